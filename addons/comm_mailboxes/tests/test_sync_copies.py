from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncCopies(SyncCase):
    """Another program copies a message, and deletes the first one later: was that a move? Whatever somebody did in Odoo with
    either of the two is there afterwards.
    """

    def copied(self):
        """Return a mailbox, a message, and the copy that another program made of it."""
        self.account = self.lab.account()
        self.client = self.lab.imap(self.account)
        for name in ("Box", "Other"):
            self.client.create(name)
        mail = self.with_attachment("Mail")
        self.client.append("INBOX", None, None, mail)
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        mailbox.fetch_mail()
        return mailbox, original.with_user(self.anna), (self.messages(mailbox) - original).with_user(self.anna)

    def contact(self, name):
        return self.env["res.partner"].create({"name": name})

    def linked(self, message):
        return {link._record().name for link in message.sudo().record_ids}

    def shown(self, mailbox):
        return {message.id: message.folder_id.path for message in self.messages(mailbox)}

    def test_what_somebody_worked_on_stays_the_record_that_it_is(self):
        def answer(copy):
            outgoing = self.make_mailbox(kind="smtp", email="anna@lab.test")
            values = {"from_mailbox_id": outgoing.id, "compose_mode": "reply", "original_id": copy.id}
            copy.save_draft({**values, "email_to": "ben@example.com", "subject": "Re: Mail", "body_html": "<p>Yes</p>"})

        works = {
            "link": lambda copy: copy.link_to("res.partner", self.contact("Contact").id),
            "mark": lambda copy: copy.write({"is_flagged": True}),
            "read": lambda copy: copy.mark_seen(),
            "move": lambda copy: copy.move_to(self.folder(copy.sudo().mailbox_id, "Other")),
            "rename a file": lambda copy: copy.attachment_ids.write({"name": "renamed.bin"}),
            "delete a file": lambda copy: copy.attachment_ids.unlink(),
            "add a file": lambda copy: (
                self.env["ir.attachment"]
                .with_user(self.anna)
                .create({"name": "added.txt", "raw": b"Added", "res_model": "comm.message", "res_id": copy.id})
            ),
            "answer": answer,
        }
        for name, work in works.items():
            with self.subTest(name):
                mailbox, original, copy = self.copied()
                work(copy)
                mailbox.fetch_mail()
                files = copy.attachment_ids.mapped("name")
                self.expunge("INBOX", "Mail")
                mailbox.fetch_mail()
                self.env.invalidate_all()
                self.assertEqual(self.shown(mailbox), {copy.id: "Other" if name == "move" else "Box"})
                self.assertEqual(copy.attachment_ids.mapped("name"), files)
                self.assertFalse(original.active)
                self.assertEqual(self.linked(copy), {"Contact"} if name == "link" else set())

    def test_what_hangs_on_the_first_one_hangs_on_the_copy_that_stays(self):
        mailbox, original, copy = self.copied()
        both = self.contact("Both")
        original.link_to("res.partner", both.id)
        original.link_to("res.partner", self.contact("First").id)
        copy.link_to("res.partner", both.id)
        copy.link_to("res.partner", self.contact("Copy").id)
        answer = self.make_message(mailbox, subject="Re: Mail", original_id=original.id)
        self.expunge("INBOX", "Mail")
        mailbox.fetch_mail()
        self.assertEqual(self.shown(mailbox).get(copy.id), "Box")
        self.assertEqual(self.linked(copy), {"Both", "First", "Copy"})
        self.assertEqual(answer.original_id, copy)

    def test_a_copy_that_nobody_touched_gives_way(self):
        mailbox, original, copy = self.copied()
        original.link_to("res.partner", self.contact("First").id)
        self.expunge("INBOX", "Mail")
        mailbox.fetch_mail()
        self.assertEqual(self.shown(mailbox), {original.id: "Box"})
        self.assertEqual(self.linked(original), {"First"})
        self.assertFalse(copy.exists())

    def test_what_the_user_deletes_or_moves_is_no_half_of_a_move(self):
        def delete(mailbox, original):
            original.delete()
            mailbox.fetch_mail()
            self.expunge("Trash", "Mail")

        def delete_at_once(_mailbox, original):
            original.delete()
            self.expunge("INBOX", "Mail")

        def move(mailbox, original):
            original.move_to(self.folder(mailbox, "Other"))
            mailbox.fetch_mail()
            self.expunge("Other", "Mail")

        def moved_elsewhere(mailbox, _original):
            self.move("INBOX", "Mail", "Other")
            mailbox.fetch_mail()
            self.expunge("Other", "Mail")

        for lose in (delete, delete_at_once, move, moved_elsewhere):
            with self.subTest(lose.__name__):
                mailbox, original, copy = self.copied()
                self.client.create("Trash")
                mailbox.fetch_mail()
                lose(mailbox, original)
                mailbox.fetch_mail()
                self.env.invalidate_all()
                self.assertEqual(self.shown(mailbox), {copy.id: "Box"})
                self.assertFalse(original.exists().active)

    def test_moved_on_it_stays_the_record_to_which_all_was_handed_over(self):
        """The move in two halves, between which somebody read the copy, and then one more."""
        mailbox, original, copy = self.copied()
        original.link_to("res.partner", self.contact("First").id)
        copy.mark_seen()
        mailbox.fetch_mail()
        self.expunge("INBOX", "Mail")
        mailbox.fetch_mail()
        self.move("Box", "Mail", "Other")
        mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertEqual(self.shown(mailbox), {copy.id: "Other"})
        self.assertEqual(self.linked(copy), {"First"})

    def test_a_linked_copy_is_moved_after_the_first_one_was_deleted_for_good(self):
        for when in ("before", "in the same visit"):
            with self.subTest(when):
                mailbox, original, copy = self.copied()
                self.client.create("Trash")
                mailbox.fetch_mail()
                copy.link_to("res.partner", self.contact("Copy").id)
                original.delete()
                mailbox.fetch_mail()
                self.expunge("Trash", "Mail")
                if when == "before":
                    mailbox.fetch_mail()
                self.move("Box", "Mail", "Other")
                mailbox.fetch_mail()
                self.env.invalidate_all()
                self.assertEqual(self.shown(mailbox), {copy.id: "Other"})
                self.assertEqual(self.linked(copy), {"Copy"})

    def test_of_two_deliveries_that_is_moved_which_was_there_last(self):
        for when in ("before", "in the same visit"):
            with self.subTest(when):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                mail = self.with_attachment("Mail")
                for name in ("Box", "Other"):
                    self.client.create(name)
                for name in ("INBOX", "Box"):
                    self.client.append(name, None, None, mail)
                mailbox = self.make_synced()
                second = self.messages(mailbox).filtered(lambda message: message.folder_id.path == "Box")
                second.with_user(self.anna).link_to("res.partner", self.contact("Second").id)
                self.expunge("INBOX", "Mail")
                if when == "before":
                    mailbox.fetch_mail()
                self.move("Box", "Mail", "Other")
                mailbox.fetch_mail()
                self.env.invalidate_all()
                self.assertEqual(self.shown(mailbox), {second.id: "Other"})
                self.assertEqual(self.linked(second), {"Second"})

    def test_what_comes_back_out_of_the_trash_is_what_was_deleted(self):
        mailbox, original, copy = self.copied()
        self.client.create("Trash")
        mailbox.fetch_mail()
        copy.link_to("res.partner", self.contact("Copy").id)
        original.delete()
        mailbox.fetch_mail()
        self.expunge("Box", "Mail")
        mailbox.fetch_mail()
        self.move("Trash", "Mail", "Other")
        mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertEqual(self.shown(mailbox), {original.id: "Other"})

    def mark(self, path, subject):
        self.client.store(self.number(path, subject), "+FLAGS", r"(\Deleted)")

    def unmark(self, path):
        self.client.select(path)
        self.client.store("1:*", "-FLAGS", r"(\Deleted)")

    def test_only_marked_as_deleted_the_first_one_goes_on_as_if_it_were_gone(self):
        for then in ("unmark", "expunge"):
            with self.subTest(then):
                mailbox, original, copy = self.copied()
                original.link_to("res.partner", self.contact("First").id)
                self.mark("INBOX", "Mail")
                for _visit in range(2):
                    mailbox.fetch_mail()
                    self.env.invalidate_all()
                    self.assertEqual(self.shown(mailbox), {original.id: "Box"})
                self.assertFalse(copy.exists())
                self.assertEqual(self.linked(original), {"First"})
                self.assertEqual(original.attachment_ids.mapped("name"), ["file.bin"])
                if then == "expunge":
                    self.client.select("INBOX")
                    self.client.expunge()
                else:
                    self.unmark("INBOX")
                for _visit in range(2):
                    mailbox.fetch_mail()
                self.env.invalidate_all()
                shown = self.shown(mailbox)
                self.assertEqual(shown.pop(original.id), "Box")
                self.assertEqual(list(shown.values()), ["INBOX"] if then == "unmark" else [])
                self.assertFalse(self.operations(mailbox))

    def test_what_hangs_on_a_first_one_that_is_marked_hangs_on_the_copy_that_stays(self):
        mailbox, original, copy = self.copied()
        original.link_to("res.partner", self.contact("First").id)
        copy.mark_seen()
        self.mark("INBOX", "Mail")
        mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertEqual(self.shown(mailbox), {copy.id: "Box"})
        self.assertEqual(self.linked(copy), {"First"})
        self.unmark("INBOX")
        mailbox.fetch_mail()
        self.env.invalidate_all()
        shown = self.shown(mailbox)
        self.assertEqual((shown.pop(copy.id), list(shown.values())), ("Box", ["INBOX"]))
        self.assertEqual(self.linked(copy), {"First"})
        self.assertNotIn(original.id, shown)

    def test_what_the_user_deletes_for_good_is_not_marked_by_another_program(self):
        """It is hidden, too, while the server has still to learn of it."""
        for name in ("Other", "Trash"):
            self.client.create(name)
        self.client.append("Trash", None, None, self.with_attachment("Mail"))
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail").with_user(self.anna)
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID STORE")
            self.through(proxy, mailbox)
            original.delete(seen_in=self.folder(mailbox, "Trash").id)
            self.client.select("Trash")
            self.client.copy("1", "Other")
            mailbox.fetch_mail()
            self.assertEqual(self.messages(mailbox).copied_from_id, original.with_env(self.env))
        self.directly(mailbox)
        mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertEqual(list(self.shown(mailbox).values()), ["Other"])
        self.assertEqual(self.subjects("Trash"), [])

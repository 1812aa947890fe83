from unittest.mock import patch

from odoo.tests import tagged

from ..sync import moved
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncMoves(SyncCase):
    """Which record goes where when the same mail is there more than once, or moves in several steps."""

    def places(self, mailbox):
        """Return ``{record: where it is shown}``."""
        return {message: message.folder_id.path for message in self.messages(mailbox)}

    def expunge_number(self, path, number):
        self.client.select(path)
        self.client.store(number, "+FLAGS", r"(\Deleted)")
        self.client.expunge()

    def test_of_the_same_mail_twice_in_a_folder_only_the_deleted_one_goes(self):
        for number in ("1", "2"):
            with self.subTest(deleted=number):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.deliver("Twice")
                self.deliver("Twice")
                mailbox = self.make_synced()
                gone = self.messages(mailbox).filtered(lambda message, uid=int(number): message.uid == uid)
                stays = self.messages(mailbox) - gone
                uid = stays.uid
                self.expunge_number("INBOX", number)
                mailbox.fetch_mail()
                self.assertEqual(self.messages(mailbox), stays)
                self.assertEqual(stays.uid, uid)
                self.assertFalse(gone.active)

    def test_a_copy_that_the_user_made_is_not_the_other_end_of_a_move(self):
        self.client.create("Projects")
        self.deliver("Mail")
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail")
        original.with_user(self.anna).copy_to(self.folder(mailbox, "Projects"))
        mailbox.fetch_mail()
        copy = self.messages(mailbox) - original
        self.expunge("INBOX", "Mail")
        mailbox.fetch_mail()
        self.assertEqual(self.places(mailbox), {copy: "Projects"})
        self.assertFalse(original.active)

    def test_what_was_copied_here_and_moved_elsewhere_keeps_both_records(self):
        for name in ("Box", "Projects"):
            self.client.create(name)
        self.deliver("Mail")
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail")
        original.with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
        mailbox._push_now()
        copy = self.messages(mailbox) - original
        self.move("INBOX", "Mail", "Projects")
        mailbox.fetch_mail()
        self.assertEqual(self.places(mailbox), {original: "Projects", copy: "Box"})

    def test_what_another_program_copied_and_then_moved_elsewhere_keeps_both_records(self):
        for name in ("Box", "Projects"):
            self.client.create(name)
        self.deliver("Mail")
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        mailbox.fetch_mail()
        copy = self.messages(mailbox) - original
        self.move("INBOX", "Mail", "Projects")
        mailbox.fetch_mail()
        self.assertEqual(self.places(mailbox), {original: "Projects", copy: "Box"})

    def test_a_copy_that_the_user_is_changing_is_not_replaced(self):
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        mailbox.fetch_mail()
        copy = self.messages(mailbox) - original
        self.expunge("INBOX", "Mail")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID STORE", text="[INUSE] Mailbox is locked")
            self.through(proxy, mailbox)
            copy.with_user(self.anna).is_flagged = True
            mailbox.fetch_mail()
            self.assertEqual(self.places(mailbox), {copy: "Box"})
            self.assertEqual(self.operations(mailbox).message_id, copy)

    def test_copied_and_marked_as_deleted_is_a_move_whenever_the_expunge_comes(self):
        for mode in ("tree", "no"):
            with self.subTest(mode):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                self.deliver("Mail")
                mailbox = self.make_synced()
                mailbox.folder_ids.fetch_mode = mode
                message = self.message(mailbox, "Mail")
                self.client.select("INBOX")
                self.client.copy("1", "Box")
                self.client.store("1", "+FLAGS", r"(\Deleted)")
                mailbox.fetch_mail()
                self.assertEqual(self.places(mailbox), {message: "Box"})
                self.client.select("INBOX")
                self.client.expunge()
                mailbox.fetch_mail()
                self.assertEqual(self.places(mailbox), {message: "Box"})
                self.assertEqual(self.folder(mailbox, "INBOX").message_count, 0)

    def test_a_moved_mail_is_looked_for_again_when_there_was_no_time(self):
        for name in ("Box1", "Box2"):
            self.client.create(name)
        self.deliver("Mail")
        mailbox = self.make_synced()
        mailbox.folder_ids.fetch_mode = "no"
        message = self.message(mailbox, "Mail")
        self.move("INBOX", "Mail", "Box2")
        locate = moved.locate

        def without_time(visit, others):
            visit.deadline = 0
            locate(visit, others)

        # The one folder that is looked into whatever the time.
        self.deliver("Other", folder="Box1")
        with patch.object(moved, "locate", without_time):
            mailbox.fetch_mail()
        mailbox.fetch_mail()
        self.assertEqual(self.places(mailbox), {message: "Box2"})

    def test_a_moved_mail_is_found_in_a_folder_that_was_made_again(self):
        """Of which nothing is here, so that no visit opens it but to look for that; with fewer messages, as many, or more."""
        for before, uidvalidity in ((1, b""), (4, b""), (6, b""), (6, b"7")):
            with self.subTest(before=before, uidvalidity=uidvalidity), self.lab.proxy("imap") as proxy:
                if uidvalidity:
                    # The server behind it knows better than to tell changes since another one.
                    proxy.hide("QRESYNC")
                    proxy.replace(rb"UIDVALIDITY \d+", b"UIDVALIDITY " + uidvalidity)
                self.client.create("Box")
                for number in range(before):
                    self.deliver(f"Old {number}", folder="Box")
                self.deliver("Mail")
                mailbox = self.make_synced(fetch_subfolders=False, port=proxy.port, security="none")
                message = self.message(mailbox, "Mail")
                self.client.delete("Box")
                self.client.create("Box")
                self.move("INBOX", "Mail", "Box")
                for number in range(3):
                    self.deliver(f"New {number}", folder="Box")
                mailbox.fetch_mail()
                self.assertEqual(self.places(mailbox), {message: "Box"})
                self.client.delete("Box")

    def test_a_folder_is_not_deleted_before_the_mail_that_is_to_leave_it(self):
        self.client.create("Trash/Old")
        self.deliver("Precious", folder="Trash/Old")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Precious")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID MOVE", text="[INUSE] later", times=1)
            self.through(proxy, mailbox)
            message.with_user(self.anna).move_to(self.folder(mailbox, "INBOX"))
            self.folder(mailbox, "Trash/Old").with_user(self.anna).delete_on_server()
            mailbox._push_now()
            self.assertEqual(self.subjects("Trash/Old"), ["Precious"])
            self.assertEqual(self.places(mailbox), {message: "INBOX"})
            mailbox.fetch_mail()
        self.assertEqual(self.subjects("INBOX"), ["Precious"])
        self.assertEqual(self.places(mailbox), {message: "INBOX"})
        self.assertNotIn("Trash/Old", mailbox.folder_ids.mapped("path"))
        self.assertNotIn(b"Trash/Old", b" ".join(self.client.list()[1]))

    def test_a_folder_that_mail_cannot_leave_is_not_deleted_at_all(self):
        self.client.create("Trash/Old")
        self.deliver("Precious", folder="Trash/Old")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Precious")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID MOVE", text="[NOPERM] Permission denied")
            proxy.deny("UID COPY", text="[NOPERM] Permission denied")
            self.through(proxy, mailbox)
            message.with_user(self.anna).move_to(self.folder(mailbox, "INBOX"))
            self.folder(mailbox, "Trash/Old").with_user(self.anna).delete_on_server()
            for _time in range(6):
                mailbox._push_now()
        self.directly(mailbox)
        mailbox.fetch_mail()
        self.assertEqual(self.subjects("Trash/Old"), ["Precious"])
        self.assertEqual(self.places(mailbox), {message: "Trash/Old"})
        self.assertFalse(self.folder(mailbox, "Trash/Old").is_missing)
        self.assertFalse(self.operations(mailbox))

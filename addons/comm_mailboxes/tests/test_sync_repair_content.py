import os
from email.message import EmailMessage
from email.policy import SMTP

from odoo.tests import tagged
from odoo.tools import SQL

from ..protocol.imap import FetchedMessage
from ..sync import content, reread, store
from ..sync.visit import Visit
from .common import CommCase, SyncCase
from .mime_corpus import MAILS

CORPUS = [mail.raw for mail in MAILS]
NOTHING = "nothing to mend"
RESTORED = "fetched again: "


@tagged("post_install", "-at_install")
class TestSyncRepairContent(SyncCase):
    """Repair brings again what messages lost here of their text and files, and downloads nothing that is sound."""

    def setUp(self):
        super().setUp()
        self.lab.deliver(self.account.address, self.rich("Plan"))
        self.deliver("Sound", body="Nothing is wrong with it – really")
        self.mailbox = self.make_synced()
        self.plan = self.message(self.mailbox, "Plan")
        self.before = self.state()

    def rich(self, subject):
        """A mail of text, HTML, an image in it, and two documents, with files that no other mail has."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "sender@example.com", "anna@lab.test", subject
        mail["Message-ID"], mail["Date"] = f"<{subject}.{id(self)}@example.com>", "Mon, 02 Nov 2026 10:00:00 +0100"
        mail.set_content("Grüße, das ist der Plan")
        mail.add_alternative('<p>Grüße, das ist <b>der Plan</b> <img src="cid:logo@lab"></p>', subtype="html")
        own = f"{subject} {self.account.address}".encode()
        mail.get_payload()[1].add_related(b"GIF89a" + own, maintype="image", subtype="gif", cid="<logo@lab>")
        for number in range(2):
            mail.add_attachment(
                b"%d " % number + own * 50, maintype="application", subtype="pdf", filename=f"{number}.pdf"
            )
        return mail.as_bytes(policy=SMTP)

    def state(self):
        plan = self.plan
        files = sorted((file.name, file.comm_content_id, file.checksum, file.raw) for file in plan.attachment_ids)
        return plan.body_text, plan.body_html, plan.snippet, plan.has_attachment, files

    def files(self):
        return {file.name: file for file in self.plan.attachment_ids}

    def damage(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *args))
        self.env.invalidate_all()

    def check_restored(self):
        """Check that it takes one Repair, which tells it, and that the next one finds nothing."""
        self.assertNotEqual(self.state(), self.before)
        self.assertIn(f"{RESTORED}1", self.mailbox.repair())
        self.env.invalidate_all()
        self.assertEqual(self.state(), self.before)
        self.assertIn(NOTHING, self.mailbox.repair())

    def test_text_that_is_gone(self):
        for lost in (
            "body_html = NULL",
            "body_text = NULL",
            "body_html = '', body_text = ''",
            "body_html = NULL, body_text = NULL, content_size = NULL",
            "body_html = left(body_html, 20)",
        ):
            with self.subTest(lost):
                self.damage(f"UPDATE comm_message SET {lost} WHERE id = %s", self.plan.id)
                self.check_restored()

    def test_rows_of_files_that_are_gone(self):
        files = self.files()
        for names in (["0.pdf"], ["0.pdf", "1.pdf"], [name for name in files if not name.endswith(".pdf")]):
            with self.subTest(names):
                left = {file.id for name, file in self.files().items() if name not in names}
                self.assertTrue(left)
                self.damage("DELETE FROM ir_attachment WHERE id = ANY(%s)", [self.files()[name].id for name in names])
                self.check_restored()
                self.assertLess(left, set(self.plan.attachment_ids.ids), "what was here keeps its record")

    def test_of_older_messages_the_loss_of_all_documents_shows(self):
        self.damage("UPDATE comm_message SET content_size = NULL WHERE mailbox_id = %s", self.mailbox.id)
        self.assertIn(NOTHING, self.mailbox.repair())
        self.damage("DELETE FROM ir_attachment WHERE id = ANY(%s)", [self.files()[f"{n}.pdf"].id for n in range(2)])
        self.check_restored()

    def test_files_that_are_not_on_the_disk(self):
        for damage in (os.remove, lambda path: os.truncate(path, 3)):
            file = self.files()["1.pdf"]
            damage(file._full_path(file.store_fname))
            self.env.invalidate_all()
            self.check_restored()
            self.assertEqual(self.files()["1.pdf"], file)

    def test_the_original_that_is_kept_with_a_message(self):
        self.client.select("INBOX")
        raw = self.client.fetch(self.number("INBOX", "Plan"), "(BODY.PEEK[])")[1][0][1]
        self.plan.with_user(self.anna).sudo()._attach_originals({self.plan.id: raw})
        self.before = self.state()
        source = self.plan.attachment_ids.filtered("comm_is_source")
        os.remove(source._full_path(source.store_fname))
        self.env.invalidate_all()
        self.check_restored()
        self.assertEqual(source.raw, raw)

    def test_a_row_that_is_gone_and_its_file_is_broken(self):
        file = self.files()["1.pdf"]
        os.truncate(file._full_path(file.store_fname), 3)
        self.damage("DELETE FROM ir_attachment WHERE id = %s", file.id)
        self.check_restored()

    def test_a_copy_is_restored_too(self):
        self.plan.with_user(self.anna).copy_to(self.folder(self.mailbox, "Archive"))
        self.mailbox.fetch_mail()
        copy = self.messages(self.mailbox).filtered(lambda message: message.folder_id.path == "Archive")
        self.damage(
            "DELETE FROM ir_attachment WHERE id = %s", copy.attachment_ids.filtered(lambda f: f.name == "0.pdf").id
        )
        self.assertIn(f"{RESTORED}1", self.mailbox.repair())
        self.assertEqual(
            sorted(copy.attachment_ids.mapped("checksum")), sorted(self.plan.attachment_ids.mapped("checksum"))
        )

    def test_another_mail_under_its_uid_is_not_taken_for_it(self):
        self.damage("UPDATE comm_message SET body_html = NULL, identity = %s WHERE id = %s", "0" * 40, self.plan.id)
        self.env.flush_all()
        with self.registry.cursor() as cr:
            mailbox = self.mailbox.sudo().with_env(self.env(cr=cr))
            inbox = self.folder(mailbox, "INBOX").with_env(mailbox.env)
            with mailbox._open_session__() as session:
                visit = Visit(mailbox, session)
                visit.open(inbox)
                self.assertTrue(content.restore(visit, inbox))
        self.assertFalse(visit.counts["restored"])
        self.env.invalidate_all()
        self.assertFalse(self.plan.body_html)

    def test_what_is_sound_costs_two_queries_and_no_download(self):
        inbox = self.folder(self.mailbox, "INBOX").sudo()
        for number in range(20):
            self.deliver(f"Mail {number}")
        self.mailbox.fetch_mail()
        self.env.flush_all()
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            with self.mailbox._open_session__() as session:
                visit = Visit(self.mailbox.sudo(), session)
                visit.open(inbox)
                proxy.clear_counts()
                with self.assertQueryCount(3):
                    self.assertTrue(content.restore(visit, inbox))
                self.assertEqual(proxy.commands, [])


class TestContentSize(CommCase):
    def test_what_is_noted_is_what_the_database_has(self):
        """However odd a mail is: else each Repair would download it again."""
        folder = self.make_message(self.make_mailbox().sudo()).folder_id
        prepared = [
            store.prepare(FetchedMessage(uid, frozenset(), None, len(raw), raw)) for uid, raw in enumerate(CORPUS, 1)
        ]
        messages = store.save(folder, prepared)
        self.assertGreater(sum(messages.mapped("content_size")), 10_000)
        self.assertEqual((content._incomplete(folder), dict(content._bad_files(folder))), ({}, {}))
        reread.replace(messages, prepared)
        self.env.invalidate_all()
        self.assertEqual(content._incomplete(folder), {})
        # Nor less, by which a loss would go unseen.
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_message SET content_size = content_size + 1 WHERE folder_id = %s", [folder.id])
        self.assertEqual(len(content._incomplete(folder)), len(messages))


@tagged("post_install", "-at_install")
class TestSyncRepairChanged(SyncCase):
    """What a user did with the files of a message is no loss: Repair leaves it so."""

    def setUp(self):
        super().setUp()
        self.client.append("INBOX", None, None, self.with_attachment("Plan", b"A long content " * 50))
        self.mailbox = self.make_synced()
        self.plan = self.message(self.mailbox, "Plan").with_user(self.anna)

    def check_left_alone(self, files, has_attachment=True):
        for _time in range(2):
            self.assertIn(NOTHING, self.mailbox.repair())
            self.env.invalidate_all()
            self.assertEqual(sorted((file.name, file.raw) for file in self.plan.attachment_ids), files)
            self.assertEqual(self.plan.has_attachment, has_attachment)

    def test_what_was_deleted(self):
        self.plan.attachment_ids.unlink()
        self.check_left_alone([], has_attachment=False)

    def test_what_was_written_anew(self):
        self.plan.attachment_ids.raw = b"Short"
        self.check_left_alone([("file.bin", b"Short")])

    def test_what_was_added_and_taken_away_again(self):
        added = self.env["ir.attachment"].with_user(self.anna)
        added = added.create({"name": "own.txt", "raw": b"Own", "res_model": "comm.message", "res_id": self.plan.id})
        [file] = self.plan.attachment_ids - added
        size = self.plan.sudo().content_size
        added.unlink()
        self.assertEqual(self.plan.sudo().content_size, size - 3)
        self.check_left_alone([(file.name, file.raw)])

    def test_what_is_lost_besides_is_brought_again(self):
        self.plan.attachment_ids.raw = b"Short"
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_message SET body_text = NULL WHERE id = %s", [self.plan.id])
        self.env.invalidate_all()
        self.assertIn(f"{RESTORED}1", self.mailbox.repair())
        self.env.invalidate_all()
        self.assertIn("Text", self.plan.body_text)

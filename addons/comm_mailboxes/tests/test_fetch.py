import base64
import hashlib
import os
import sys
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import comm_mailbox_connection
from ..sync import filestore, read_ahead
from .common import LabCase

ATTACHED = b"""From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\r
To: anna@lab.test\r
Subject: =?utf-8?q?Angebot_f=C3=BCr_Sie?=\r
Message-ID: <offer@example.com>\r
Date: Mon, 02 Nov 2026 10:00:00 +0100\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="outer"\r
\r
--outer\r
Content-Type: multipart/related; boundary="inner"\r
\r
--inner\r
Content-Type: text/html; charset=iso-8859-1\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p onclick=3D"x()">Gr=FC=DFe</p><script>alert(1)</script><img src=3D"cid:logo@x">\r
--inner\r
Content-Type: image/png\r
Content-ID: <logo@x>\r
Content-Disposition: inline; filename="logo.png"\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgo=\r
--inner--\r
--outer\r
Content-Type: text/html; name="page.html"\r
Content-Disposition: attachment; filename="page.html"\r
\r
<script>alert(2)</script>\r
--outer--\r
"""


@tagged("post_install", "-at_install")
class TestFetch(LabCase):
    def test_a_message_arrives_with_body_attachments_inline_image_and_flags(self):
        self.lab.deliver(self.account.address, ATTACHED, flags=(r"\Seen", r"\Flagged"))
        partner = self.env["res.partner"].create({"name": "Jörg", "email": "joerg@example.com"})
        mailbox = self.make_lab_mailbox()
        self.assertEqual(mailbox.fetch_mail(), 1)
        message = self.messages(mailbox)
        self.assertEqual(message.subject, "Angebot für Sie")
        self.assertEqual(message.date, fields.Datetime.to_datetime("2026-11-02 09:00:00"))
        self.assertIn("Grüße", message.body_html)
        self.assertNotIn("script", message.body_html)
        self.assertNotIn("onclick", message.body_html)
        self.assertIn("Grüße", message.body_text)
        self.assertTrue(message.is_seen and message.is_flagged and message.has_attachment)
        self.assertFalse(message.is_answered)
        self.assertEqual(message.partner_id, partner)
        self.assertEqual(
            [(part.name, part.mimetype, part.comm_content_id) for part in message.attachment_ids.sorted("id")],
            # HTML from a stranger is never served as HTML.
            [("logo.png", "image/png", "logo@x"), ("page.html", "text/plain", False)],
        )

    def test_a_message_is_imported_once_however_often_it_runs(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        mailbox = self.make_lab_mailbox()
        self.assertEqual(mailbox.fetch_mail(), 3)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.deliver("New")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(len(self.messages(mailbox)), 4)
        self.assertEqual((mailbox.message_count, mailbox.unread_count), (4, 4))

    def test_a_file_that_was_collected_as_garbage_before_its_row_came_is_written_again(self):
        content = os.urandom(3000)
        written, path = self._write_ahead(content)
        self.assertEqual(path.read_bytes(), content)
        self.env["ir.attachment"]._gc_file_store_unsafe()
        self.assertFalse(path.exists(), "without a row it is garbage")
        attachment = self.env["ir.attachment"].create({"name": "a", "raw": written})
        attachment.invalidate_recordset()
        self.assertEqual((path.read_bytes(), attachment.raw), (content, content))

    def test_a_file_that_was_written_or_compared_ahead_is_not_read_again(self):
        content = os.urandom(3000)
        for written, path in (self._write_ahead(content), self._write_ahead(content)):
            with patch("builtins.open", side_effect=AssertionError):
                attachment = self.env["ir.attachment"].create({"name": "a", "raw": written})
            attachment.invalidate_recordset()
            self.assertEqual(attachment.raw, content)
            self.assertEqual(attachment.checksum, path.name)

    def test_a_file_that_a_crash_cut_off_is_never_taken_for_the_whole_one_and_written_anew(self):
        for ahead_of_it in (False, True):
            for broken in (lambda content: content[:-7], lambda content: b"", lambda content: bytes(len(content))):
                content = os.urandom(3000)
                _written, path = self._write_ahead(content)
                path.write_bytes(broken(content))
                raw = self._write_ahead(content)[0] if ahead_of_it else content
                attachment = self.env["ir.attachment"].create({"name": "a", "raw": raw})
                attachment.invalidate_recordset()
                self.assertEqual((attachment.raw, path.read_bytes()), (content, content))

    def test_a_file_that_holds_what_its_name_says_is_not_touched(self):
        content = os.urandom(3000)
        stored = self.env["ir.attachment"].create({"name": "a.bin", "raw": content})
        path = stored._full_path(stored.store_fname)
        with self.assertRaisesRegex(UserError, "collides"):
            stored._get_path(b"another content of that checksum", stored.checksum)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), content)

    def _write_ahead(self, content):
        """Return what is to be stored, and where the file is."""
        folder = filestore.folder_of(self.env)
        written = filestore.write_ahead(folder, content)
        name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        path = Path(folder, name[:2], name)
        self.addCleanup(path.unlink, missing_ok=True)
        return written, path

    def test_turns_of_threads_are_short_while_somebody_reads_ahead_and_as_before_afterwards(self):
        usual = sys.getswitchinterval()
        first, second = (read_ahead.read_ahead(None, []) for _each in range(2))
        with first:
            with second:
                short = sys.getswitchinterval()
            self.assertEqual(sys.getswitchinterval(), short)
        self.assertLess(short, usual)
        self.assertEqual(sys.getswitchinterval(), usual)

    def test_an_empty_mailbox_is_no_error(self):
        mailbox = self.make_lab_mailbox()
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(mailbox.state, "ok")
        self.assertTrue(mailbox.last_fetch)

    def test_bad_mail_is_kept_and_does_not_hold_up_the_rest(self):
        bad = {
            "no header at all": b"just text\r\n",
            "nothing": b"\r\n",
            "broken charset": b"Subject: x\r\nContent-Type: text/plain; charset=x-klingon\r\n\r\n\xff\xfe\xfc\r\n",
            "nul bytes": b"Subject: a\x00b\r\n\r\nbo\x00dy\r\n",
            "raw umlauts": "Subject: Grüße\r\n\r\nÄ\r\n".encode("latin-1"),
            "broken parts": b'Subject: y\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: te',
        }
        for raw in bad.values():
            # Dovecot itself cleans NUL bytes out of what is stored; the reader has its own tests for them.
            self.lab.deliver(self.account.address, raw.replace(b"\x00", b"?"))
        self.deliver("Good")
        mailbox = self.make_lab_mailbox()
        self.assertEqual(mailbox.fetch_mail(), len(bad) + 1)
        self.assertIn("Good", self.messages(mailbox).mapped("subject"))

    def test_a_message_that_cannot_be_stored_as_read_is_kept_as_source(self):
        self.deliver("First")
        self.deliver("Poison")
        self.deliver("Last")
        # A trigger stands for whatever the database may refuse.
        self.env.cr.execute(
            """
            CREATE FUNCTION refuse_poison() RETURNS trigger AS $$ BEGIN
                IF NEW.subject = 'Poison' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER refuse BEFORE INSERT ON comm_message FOR EACH ROW EXECUTE FUNCTION refuse_poison();
            """
        )
        mailbox = self.make_lab_mailbox()
        with self.assertLogs("odoo.addons.comm_mailboxes.sync.batch", "WARNING"), self.assertNoLogs("odoo.sql_db"):
            # No log gets the statement with everybody's mail in it.
            self.assertEqual(mailbox.fetch_mail(), 3)
        messages = self.messages(mailbox)
        self.assertEqual(set(messages.mapped("subject")), {"First", "Last", False})
        broken = messages.filtered("defect")
        self.assertIn(b"Subject: Poison", broken.attachment_ids.raw)
        self.assertEqual(mailbox.fetch_mail(), 0)

    def test_a_new_uidvalidity_keeps_every_record_and_downloads_nothing_again(self):
        for number in range(3):
            self.deliver(f"Mail {number}", folder="Box")
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        folder = mailbox.folder_ids.filtered(lambda folder: folder.path == "Box")
        folder.fetch_mail()
        before = {message.subject: message.id for message in self.messages(mailbox)}
        # Another client rebuilds the folder: same mail, other order, new UIDVALIDITY.
        client = self.lab.imap(self.account)
        client.select("Box")
        client.create("Rebuilt")
        client.copy("3", "Rebuilt")
        client.copy("1:2", "Rebuilt")
        client.close()
        client.delete("Box")
        client.rename("Rebuilt", "Box")
        client.logout()
        uidvalidity = folder.uidvalidity
        self.assertEqual(folder.fetch_mail(), 0)
        self.assertNotEqual(folder.uidvalidity, uidvalidity)
        self.assertEqual({message.subject: message.id for message in self.messages(mailbox)}, before)
        self.assertEqual(sorted(self.messages(mailbox).mapped("uid")), [1, 2, 3])

    def test_a_server_that_hangs_up_in_the_middle_loses_nothing(self):
        for number in range(40):
            self.deliver(f"Mail {number}", body="x" * 2000)
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_lab_mailbox(port=proxy.port, security="none")
            proxy.cut_after(40_000)
            self.assertIn("closed the connection", self.failure_of(mailbox.fetch_mail))
            self.assertEqual(mailbox.state, "error")
            first = len(self.messages(mailbox))
            self.assertTrue(0 < first < 40, first)
        mailbox.port = self.lab.ports["imap"]
        mailbox.fetch_mail()
        self.assertEqual(mailbox.state, "ok")
        subjects = self.messages(mailbox).mapped("subject")
        self.assertEqual(sorted(subjects), sorted(f"Mail {number}" for number in range(40)))

    def test_a_message_of_60_mb_arrives_whole(self):
        content = b"0123456789abcdef" * 2_800_000
        raw = (
            b"From: a@example.com\r\nSubject: Large\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
            b'Content-Disposition: attachment; filename="large.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        ) + base64.encodebytes(content).replace(b"\n", b"\r\n")
        self.assertGreater(len(raw), 60_000_000)
        self.lab.deliver(self.account.address, raw)
        self.deliver("Small")
        mailbox = self.make_lab_mailbox()
        self.assertEqual(mailbox.fetch_mail(), 2)
        large = self.messages(mailbox).filtered(lambda message: message.subject == "Large")
        self.assertEqual(large.attachment_ids.name, "large.bin")
        self.assertEqual(large.attachment_ids.raw, content)
        self.assertFalse(large.defect)

    def test_files_that_are_mapped_and_compared_at_once(self):
        """Mail of 8 MB and more is worked on in a file, and up to 10 MB of content are compared at once."""
        sizes = {"Smaller": 6_000_000, "Largest that is compared at once": 10_000_000}
        for subject, size in sizes.items():
            raw = (
                f"From: a@example.com\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: application/zip\r\n"
                'Content-Disposition: attachment; filename="a.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            ).encode() + base64.encodebytes(bytes(size)).replace(b"\n", b"\r\n")
            self.lab.deliver(self.account.address, raw)
        self.deliver("Small")
        mailbox = self.make_lab_mailbox()
        self.assertEqual(mailbox.fetch_mail(), 3)
        messages = {message.subject: message for message in self.messages(mailbox)}
        self.assertFalse([message.defect for message in messages.values() if message.defect])
        for subject, size in sizes.items():
            self.assertEqual(messages[subject].attachment_ids.raw, bytes(size))

    def test_a_server_that_falls_silent_is_told_and_nothing_needs_a_restart(self):
        for number in range(30):
            self.deliver(f"Mail {number}", body="x" * 2000)
        with self.lab.proxy("imap") as proxy, patch.object(comm_mailbox_connection, "TIMEOUT", 1.0):
            mailbox = self.make_lab_mailbox(port=proxy.port, security="none")
            proxy.stall_after(20_000)
            self.assertIn("gave no answer", self.failure_of(mailbox.fetch_mail))
        mailbox.port = self.lab.ports["imap"]
        mailbox.fetch_mail()
        self.assertEqual(len(self.messages(mailbox)), 30)

    def test_the_newest_mail_comes_first(self):
        for number in range(30):
            self.deliver(f"Mail {number}")
        mailbox = self.make_lab_mailbox()
        mailbox.fetch_mail()
        by_import = self.messages(mailbox).sorted("id")
        self.assertIn("Mail 29", by_import[:10].mapped("subject"))

    def test_a_failure_is_on_the_mailbox_and_in_the_event_log_without_a_secret(self):
        mailbox = self.make_lab_mailbox(password="no-such-password")
        self.failure_of(mailbox.fetch_mail)
        self.assertEqual(mailbox.state, "error")
        self.assertTrue(mailbox.event_ids)
        self.assertNotIn("no-such-password", str(mailbox.event_ids.read() + mailbox.read()))

    def test_members_of_a_shared_mailbox_fetch_it(self):
        self.deliver("For all")
        mailbox = self.make_shared(
            {self.ben: "read"},
            host=self.lab.host,
            port=self.lab.ports["imaps"],
            login=self.account.address,
            password=self.account.password,
        )
        self.assertEqual(mailbox.with_user(self.ben).fetch_mail(), 1)

    def test_the_scheduled_action_fetches_what_is_due_and_goes_on_after_a_failure(self):
        self.deliver("Automatic")
        broken = self.make_lab_mailbox(password="wrong", auto_fetch=True)
        mailbox = self.make_lab_mailbox(self.ben, auto_fetch=True, fetch_interval=7)
        by_hand = self.make_lab_mailbox(self.manager)
        self.env["comm.mailbox.lease"].search([("mailbox_id", "not in", (broken | mailbox).ids)]).unlink()
        self.env.ref("comm_mailboxes.ir_cron_fetch_mail").method_direct_trigger()
        self.assertEqual((broken.state, mailbox.state, by_hand.state), ("error", "ok", "draft"))
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Automatic"])
        due = mailbox.sudo().lease_ids.due_at
        self.assertAlmostEqual((due - fields.Datetime.now()).total_seconds(), 7 * 60, delta=30)
        self.deliver("Not yet due")
        self.env.ref("comm_mailboxes.ir_cron_fetch_mail").method_direct_trigger()
        self.assertEqual(len(self.messages(mailbox)), 1)

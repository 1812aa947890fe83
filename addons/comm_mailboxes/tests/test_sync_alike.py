import time
from unittest.mock import patch

from odoo.tests import tagged

from ..protocol.imap import ImapSession
from ..sync import breaking
from .common import SyncCase

DELIVERED = "Received: from mail.example.com by mail.lab.test; Mon, 02 Nov 2026 10:00:01 +0100\r\n"


LONG_AGO = '"02-Nov-2026 10:00:00 +0100"'
A_SECOND_LATER = '"02-Nov-2026 10:00:01 +0100"'


@tagged("post_install", "-at_install")
class TestSyncAlike(SyncCase):
    """Mails of which header and size are the same, and the content is not, or is."""

    def setUp(self):
        super().setUp()
        self.client.create("Box")

    def append(self, body, folder="INBOX", flags="", header="", date=None):
        raw = (
            f"{header}From: meter@example.com\r\nSubject: Reading\r\nMessage-ID: <meter@example.com>\r\n"
            f"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n\r\n{body}\r\n"
        )
        self.assertEqual(self.client.append(folder, f"({flags})", date, raw.encode())[0], "OK")

    def copy_there(self, path, number, target):
        self.client.select(path)
        self.client.copy(number, target)

    def expunge_number(self, path, number):
        self.client.select(path)
        self.client.store(number, "+FLAGS", r"(\Deleted)")
        self.client.expunge()

    def texts(self, mailbox):
        """Return what the user reads, as (folder, UID, text)."""
        return sorted(
            (message.folder_id.path, message.uid, message.body_text.strip()) for message in self.messages(mailbox)
        )

    def downloads_of(self, mailbox):
        """Return the UIDs that a fetch downloads."""
        downloaded = []
        real = ImapSession.messages

        def messages(session, uids):
            downloaded.extend(uids)
            return real(session, uids)

        with patch.object(ImapSession, "messages", messages):
            mailbox.fetch_mail()
        return downloaded

    def test_each_has_its_own_content_whenever_and_wherever_it_comes(self):
        self.append("12.5")
        mailbox = self.make_synced()
        self.append("13.0")
        self.append("14.5", folder="Box")
        mailbox.fetch_mail()
        self.append("13.0", folder="Box")
        mailbox.fetch_mail()
        self.assertEqual(
            self.texts(mailbox), [("Box", 1, "14.5"), ("Box", 2, "13.0"), ("INBOX", 1, "12.5"), ("INBOX", 2, "13.0")]
        )

    def test_what_is_another_mail_does_not_take_the_place_of_a_deleted_one(self):
        self.append("12.5")
        mailbox = self.make_synced()
        first = self.messages(mailbox)
        self.append("13.0", folder="Box")
        mailbox.fetch_mail()
        self.expunge_number("INBOX", "1")
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), [("Box", 1, "13.0")])
        self.assertNotIn(first, self.messages(mailbox))

    def test_a_copy_is_found_to_be_one_and_may_prove_to_be_a_move(self):
        self.append("12.5")
        mailbox = self.make_synced()
        first = self.messages(mailbox)
        self.copy_there("INBOX", "1", "Box")
        mailbox.fetch_mail()
        self.assertEqual((self.messages(mailbox) - first).copied_from_id, first)
        self.expunge_number("INBOX", "1")
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox), first)
        self.assertEqual(self.texts(mailbox), [("Box", 1, "12.5")])

    def test_of_two_the_one_that_was_moved_is_found(self):
        self.append("12.5")
        self.append("13.0")
        mailbox = self.make_synced()
        low, high = self.messages(mailbox).sorted("uid")
        self.copy_there("INBOX", "2", "Box")
        mailbox.fetch_mail()
        self.assertEqual((self.messages(mailbox) - low - high).copied_from_id, high)

    def test_a_copy_of_what_a_server_delivered_is_not_downloaded(self):
        self.append("12.5", header=DELIVERED)
        mailbox = self.make_synced()
        self.copy_there("INBOX", "1", "Box")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual(self.texts(mailbox), [("Box", 1, "12.5"), ("INBOX", 1, "12.5")])

    def test_a_move_is_not_downloaded(self):
        self.append("12.5", date=LONG_AGO)
        mailbox = self.make_synced()
        first = self.messages(mailbox)
        self.move("INBOX", "Reading", "Box")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual(self.messages(mailbox), first)

    def test_another_one_in_the_place_of_one_that_is_gone_is_read(self):
        """Between two visits one went and another one came: only the time of its arrival says that it is another."""
        for folder in ("INBOX", "Box"):
            with self.subTest(folder):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                self.append("12.5", date=LONG_AGO)
                mailbox = self.make_synced()
                gone = self.messages(mailbox)
                self.append("13.0", folder=folder, date=A_SECOND_LATER)
                self.expunge_number("INBOX", "1")
                mailbox.fetch_mail()
                self.assertEqual([text for *_place, text in self.texts(mailbox)], ["13.0"])
                self.assertFalse(gone.active)

    def test_another_one_of_the_same_second_is_read(self):
        """What was imported as soon as it came may be followed by another one in the same second."""
        for folder in ("INBOX", "Box"):
            with self.subTest(folder):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                now = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime())
                self.append("12.5", date=now)
                mailbox = self.make_synced()
                self.append("13.0", folder=folder, date=now)
                self.expunge_number("INBOX", "1")
                self.assertEqual(self.downloads_of(mailbox), [2 if folder == "INBOX" else 1] * 2)
                self.assertEqual([text for *_place, text in self.texts(mailbox)], ["13.0"])

    def test_where_the_time_of_arrival_is_not_known_what_it_says_decides(self):
        """So it is with all that was imported before that time was noted."""
        self.append("12.5", date=LONG_AGO)
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        self.env.cr.execute("UPDATE comm_message SET internal_date = NULL WHERE id = %s", message.ids)
        self.env.invalidate_all()
        self.move("INBOX", "Reading", "Box")
        self.assertEqual(self.downloads_of(mailbox), [1])
        self.assertEqual(self.messages(mailbox), message)
        self.move("Box", "Reading", "INBOX")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual(self.messages(mailbox), message)

    def test_html_that_was_stored_without_the_places_in_it_says_the_same(self):
        """The sanitizer of earlier versions took out links that lead to a place in the same mail."""
        self.append('<h2 id="a">A</h2><a href="#a">B</a>', header="Content-Type: text/html\r\n", date=LONG_AGO)
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        old = (
            str(message.body_html)
            .replace(' id="comm-1"', "")
            .replace('href="#comm-1"', 'target="_blank" rel="noopener noreferrer"')
        )
        self.assertNotEqual(old, message.body_html)
        self.env.cr.execute(
            "UPDATE comm_message SET internal_date = NULL, body_html = %s WHERE id = %s", (old, message.id)
        )
        self.env.invalidate_all()
        self.move("INBOX", "Reading", "Box")
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox), message)

    def test_what_came_beside_the_one_that_moved_is_read(self):
        """Both arrived in the same second, as a program says that restores mail."""
        self.append("12.5", date=LONG_AGO)
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        self.append("13.0", folder="Box", date=LONG_AGO)
        self.move("INBOX", "Reading", "Box")
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), [("Box", 1, "13.0"), ("Box", 2, "12.5")])
        self.assertEqual(message.uid, 2)

    def test_what_may_be_a_copy_is_read(self):
        self.append("12.5", date=LONG_AGO)
        mailbox = self.make_synced()
        self.append("13.0", folder="Box", date=LONG_AGO)
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), [("Box", 1, "13.0"), ("INBOX", 1, "12.5")])

    def test_what_may_be_a_copy_of_what_is_kept_in_odoo_only_is_read(self):
        self.append("12.5", date=LONG_AGO)
        mailbox = self.make_synced()
        self.messages(mailbox).sudo().with_context(comm_sync=True).write({"server_folder_id": False, "uid": False})
        self.expunge_number("INBOX", "1")
        self.append("13.0", folder="Box", date=LONG_AGO)
        mailbox.fetch_mail()
        shown = sorted((message.folder_id.path, message.body_text.strip()) for message in self.messages(mailbox))
        self.assertEqual(shown, [("Box", "13.0"), ("INBOX", "12.5")])

    def test_what_has_no_message_id_is_read(self):
        def append(body, folder):
            raw = f"From: meter@example.com\r\nSubject: Reading\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n\r\n{body}\r\n"
            self.client.append(folder, None, LONG_AGO, raw.encode())

        append("12.5", "INBOX")
        mailbox = self.make_synced()
        append("13.0", "Box")
        self.expunge_number("INBOX", "1")
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), [("Box", 1, "13.0")])

    def test_at_what_the_connection_breaks_each_time_is_not_asked_for(self):
        self.append("12.5")
        mailbox = self.make_synced()
        self.folder(mailbox, "Box").write({"broken_uid": 1, "broken_times": breaking.TIMES})
        self.append("13.0", folder="Box")
        self.assertEqual(self.downloads_of(mailbox), [])
        [message] = self.messages(mailbox).filtered(lambda message: message.folder_id.path == "Box")
        self.assertTrue(message.is_partial)
        self.assertFalse(message.copied_from_id)

    def test_of_what_is_too_large_to_be_here_the_time_of_arrival_decides(self):
        self.env.company.comm_import_limit = 1
        large = "word " * 300_000
        self.append("12.5" + large, date=LONG_AGO)
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        self.assertTrue(message.is_partial)
        self.move("INBOX", "Reading", "Box")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual((self.messages(mailbox), message.folder_id.path), (message, "Box"))
        self.copy_there("Box", "1", "Archive")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual((self.messages(mailbox) - message).copied_from_id, message)
        self.append("13.0" + large, folder="INBOX", date=A_SECOND_LATER)
        self.expunge_number("Box", "1")
        self.expunge_number("Archive", "1")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertFalse(message.active)
        self.assertEqual(self.messages(mailbox).folder_id.path, "INBOX")

    def test_hundreds_that_moved_are_not_downloaded(self):
        """As sent mail is: plain text, and no server delivered it."""
        for number in range(120):
            raw = f"From: anna@lab.test\r\nSubject: Sent\r\nMessage-ID: <{number}@example.com>\r\n\r\nText {number}\r\n"
            self.client.append("Sent", None, LONG_AGO, raw.encode())
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        self.client.select("Sent")
        self.client._simple_command("MOVE", "1:*", "Archive")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual(self.messages(mailbox), before)
        self.assertEqual(before.folder_id.mapped("path"), ["Archive"])

    def test_files_are_content_too(self):
        """A scanner's mail: nothing but a file, so no parts and no words."""
        header = "Content-Type: application/octet-stream; name=scan.bin\r\nContent-Transfer-Encoding: base64\r\n"
        self.append("QUFB", header=header)
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        self.append("QkJC", header=header, folder="Box")
        self.expunge_number("INBOX", "1")
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).attachment_ids.raw, b"BBB")
        self.assertFalse(message.active)
        self.move("Box", "Reading", "INBOX")
        moved = self.messages(mailbox)
        self.assertEqual(self.downloads_of(mailbox), [2])
        self.assertEqual(self.messages(mailbox), moved)

    def test_what_was_written_here_is_known_by_its_words(self):
        """It is kept as it was written, not as it reads."""
        self.append("12.5")
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        message.sudo().write({"outgoing_state": "sent", "body_html": "<p class='o'>12.5</p>"})
        self.move("INBOX", "Reading", "Box")
        self.assertEqual(self.downloads_of(mailbox), [1])
        self.assertEqual(self.messages(mailbox), message)

    def test_the_source_that_is_kept_beside_is_no_part_of_the_content(self):
        self.append("12.5")
        mailbox = self.make_synced()
        message = self.messages(mailbox)
        source = {"name": "source.eml", "raw": b"Source", "comm_is_source": True}
        self.env["ir.attachment"].create({**source, "res_model": message._name, "res_id": message.id})
        self.move("INBOX", "Reading", "Box")
        self.assertEqual(self.downloads_of(mailbox), [1])
        self.assertEqual(self.messages(mailbox), message)

    def test_what_other_mailboxes_hold_is_of_no_concern(self):
        ours, our_client = self.account, self.client
        self.account = self.lab.account()
        self.client = self.lab.imap(self.account)
        self.append("13.0", date=LONG_AGO)
        self.make_synced(name="Theirs")
        self.client.logout()
        self.account, self.client = ours, our_client
        self.append("12.5", date=LONG_AGO)
        mailbox = self.make_synced()
        self.move("INBOX", "Reading", "Box")
        self.assertEqual(self.downloads_of(mailbox), [])
        self.assertEqual(self.texts(mailbox), [("Box", 1, "12.5")])

    def test_a_draft_that_was_written_on_is_shown_as_it_is_now(self):
        # Whatever its header holds: the program keeps it, and the time, too.
        self.append("Dear Ann", folder="Drafts", flags=r"\Draft", header=DELIVERED, date=LONG_AGO)
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        self.append("Dear Bob", folder="Drafts", flags=r"\Draft", header=DELIVERED, date=LONG_AGO)
        self.expunge_number("Drafts", "1")
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), [("Drafts", 2, "Dear Bob")])
        self.assertFalse(before.active)

    def test_a_draft_that_was_moved_is_the_same(self):
        self.append("Dear Ann", folder="Drafts", flags=r"\Draft")
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        self.move("Drafts", "Reading", "Box")
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox), before)
        self.assertEqual(self.texts(mailbox), [("Box", 1, "Dear Ann")])

    def test_what_the_server_does_not_hand_out_is_taken_for_nothing(self):
        self.append("12.5")
        mailbox = self.make_synced()
        self.append("13.0", folder="Box")
        real = ImapSession.messages

        def messages(session, uids):
            for fetched in real(session, uids):
                fetched.raw, fetched.failed = b"", "Damaged"
                yield fetched

        with patch.object(ImapSession, "messages", messages):
            mailbox.fetch_mail()
        [message] = self.messages(mailbox).filtered(lambda message: message.folder_id.path == "Box")
        self.assertFalse(message.copied_from_id or message.body_text)
        self.assertIn("Damaged", message.defect)

    def test_alike_mails_that_all_moved_keep_what_they_say(self):
        """Which of them is where, header and size do not tell."""
        # Looked into first is where they went from.
        self.client.create("Keep")
        for body in ("10.5", "11.5", "12.5"):
            self.append(body, folder="Box")
        mailbox = self.make_synced()
        self.client.select("Box")
        self.client._simple_command("MOVE", "1:*", "Keep")
        there = [("Keep", 1, "10.5"), ("Keep", 2, "11.5"), ("Keep", 3, "12.5")]
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), there)
        self.folder(mailbox, "Keep").uidvalidity += 1
        mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), there)

from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.imap import FetchedMessage
from ..protocol.mime_defects import BREAKS_OFF, NOT_HANDED_OUT, NOT_STORED
from ..sync import store
from .common import SyncCase
from .test_pop3_drop import Pop3DropCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"
PLAIN = b"Subject: Bare\r\n\r\nNothing names it.\r\n"
WITH_FILE = (
    b"From: x@example.com\r\nSubject: Bare with file\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n"
    b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nof the file\r\n--b--\r\n"
)


def age(case, messages, folders=()):
    """Let two days pass for what was asked for in vain."""
    case.env.flush_all()
    case.env.cr.execute(
        "UPDATE comm_message SET write_date = write_date - interval '2 days' WHERE id = ANY(%s)", [messages.ids]
    )
    case.env.invalidate_all()
    for folder in folders:
        folder.silent_asked_at -= timedelta(days=2)


@tagged("post_install", "-at_install")
class TestSyncAskedAgain(SyncCase):
    """What the server did not hand out, for whatever reason, comes once it does: a day later, or at once by Repair."""

    # What they are: header only, of which not even the size is told, and without any content; the fifth is refused.
    PARTIAL, SILENT, EMPTY, REFUSED = 2, 3, 4, 5
    NUMBER = 6

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        self.proxy = self.enterContext(self.lab.proxy("imap"))

    def make_judged(self):
        for number in range(1, self.NUMBER + 1):
            self.deliver(f"Mail {number}")
        self.break_again()
        mailbox = self.make_lab_mailbox(port=self.proxy.port, security="none")
        self.visit(mailbox, 4)
        self.assertEqual(mailbox.state, "ok")
        refused = self.messages(mailbox).filtered(lambda message: message.uid == self.REFUSED)
        stub = store.prepare(FetchedMessage(self.REFUSED, frozenset(), None, refused.size, b"", "damaged"))
        refused.unlink()
        store.save(self.folder(mailbox, "INBOX"), [stub])
        self.assertEqual(
            {message.uid: message.defect for message in self.lacking(mailbox)},
            {
                **dict.fromkeys((self.PARTIAL, self.SILENT, self.EMPTY), BREAKS_OFF),
                self.REFUSED: f"{NOT_HANDED_OUT}\ndamaged",
            },
        )
        return mailbox

    def break_again(self):
        self.proxy.hang_up_at(rb"FETCH \(UID %d .*BODY\[\]" % self.PARTIAL)
        self.proxy.hang_up_at(rb"FETCH \(UID %d (?:RFC822|.*BODY)" % self.SILENT)
        self.proxy.hang_up_at(rb"FETCH \(UID %d .*BODY\[" % self.EMPTY)

    def test_what_cannot_be_stored_for_a_time_holds_nothing_up_and_comes(self):
        self.lab.deliver(self.account.address, WITH_FILE)
        self.deliver("Newer")
        mailbox = self.make_lab_mailbox()
        refused = patch.object(
            self.env.registry["ir.attachment"], "_file_write", side_effect=UserError("No files today")
        )
        with refused, mute_logger("odoo.addons.comm_mailboxes.sync.batch"):
            self.visit(mailbox)
        self.assertEqual(mailbox.state, "ok")
        self.assertEqual(sorted(self.messages(mailbox).mapped(lambda message: message.subject or "")), ["", "Newer"])
        stub = self.messages(mailbox).filtered("defect")
        self.assertEqual((stub.defect, stub.is_partial), (NOT_STORED, True))
        self.assertTrue(stub.date)
        [told] = mailbox.event_ids.filtered(lambda event: event.level == "warning")
        self.assertIn("could not be stored as they are: 1.", told.text)
        age(self, stub)
        self.visit(mailbox)
        self.assertEqual(stub.subject, "Bare with file")
        self.assertEqual(stub.attachment_ids.raw, b"of the file")
        self.assertFalse(stub.defect or stub.is_partial)

    def visit(self, mailbox, times=1):
        for _time in range(times):
            with suppress(UserError):
                mailbox.fetch_mail()

    def lacking(self, mailbox):
        return self.messages(mailbox).filtered(lambda message: message.is_partial or message.defect)

    def assert_whole(self, mailbox):
        self.assertFalse(self.lacking(mailbox))
        self.client.select("INBOX")
        told = self.client.fetch("1:*", "(RFC822.SIZE)")[1]
        sizes = [int(line.split()[-1].rstrip(b")")) for line in told]
        messages = self.messages(mailbox).sorted("uid")
        self.assertEqual(messages.mapped("size"), sizes)
        self.assertEqual(messages.mapped("subject"), [f"Mail {number}" for number in range(1, self.NUMBER + 1)])
        self.assertTrue(all(messages.mapped("body_text")))
        inbox = self.folder(mailbox, "INBOX")
        self.assertEqual((inbox.silent_uids, inbox.broken_times), (False, 0))
        self.assertEqual(mailbox.state, "ok")

    def test_a_day_later_all_of_it_comes(self):
        mailbox = self.make_judged()
        self.proxy.reset()
        self.client.select("INBOX")
        self.client.store(str(self.SILENT), "+FLAGS", r"\Flagged")
        mailbox.fetch_mail()
        self.assertEqual(len(self.lacking(mailbox)), 4, "not at every visit")
        age(self, self.lacking(mailbox), self.folder(mailbox, "INBOX"))
        mailbox.fetch_mail()
        self.assert_whole(mailbox)
        self.assertTrue(self.message(mailbox, f"Mail {self.SILENT}").is_flagged)

    def test_a_server_that_hangs_up_again_keeps_nothing_away(self):
        mailbox = self.make_judged()
        inbox = self.folder(mailbox, "INBOX")
        self.deliver("Today")
        age(self, self.lacking(mailbox), inbox)
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual((mailbox.state, inbox.broken_at, mailbox.sudo().lease_ids.failures), ("ok", False, 0))
        self.assertEqual(sorted(self.lacking(mailbox).mapped("uid")), [self.PARTIAL, self.SILENT, self.EMPTY])
        self.assertEqual(self.message(mailbox, f"Mail {self.REFUSED}").uid, self.REFUSED)
        self.assertTrue(self.message(mailbox, "Today").body_text)
        self.proxy.clear_counts()
        mailbox.fetch_mail()
        self.assertEqual(self.proxy.connections, 1, "they wait a day again")

    def test_repair_asks_at_once_and_tells_of_it(self):
        mailbox = self.make_judged()
        self.proxy.reset()
        self.assertIn("fetched again: 4", mailbox.repair())
        self.assert_whole(mailbox)
        self.assertIn("nothing to mend", mailbox.repair())

    def test_repair_does_not_fail_where_the_server_hangs_up_again(self):
        mailbox = self.make_judged()
        self.assertIn("fetched again: 1", mailbox.repair())
        self.assertEqual(mailbox.state, "ok")
        self.assertEqual(sorted(self.lacking(mailbox).mapped("uid")), [self.PARTIAL, self.SILENT, self.EMPTY])

    def test_one_that_is_gone_does_not_come_back_empty(self):
        mailbox = self.make_judged()
        self.client.select("INBOX")
        self.client.store(str(self.SILENT), "+FLAGS", r"\Deleted")
        self.client.expunge()
        self.visit(mailbox)
        self.proxy.reset()
        mailbox.repair()
        self.assertFalse(self.lacking(mailbox))
        self.assertEqual(len(self.messages(mailbox)), self.NUMBER - 1)

    def test_loaded_by_hand_they_have_their_size(self):
        mailbox = self.make_judged()
        self.proxy.reset()
        self.lacking(mailbox).filtered("is_partial").with_user(self.anna).load_from_server()
        self.lacking(mailbox).with_user(self.anna).reprocess()
        self.folder(mailbox, "INBOX").silent_uids = False
        self.assert_whole(mailbox)

    def test_what_is_too_large_stays_as_it_is(self):
        self.env.company.comm_import_limit = 1
        self.deliver("Small")
        large = f"Subject: Large\r\nMessage-ID: <large@example.com>\r\n\r\n{'x' * 70}\r\n" + f"{'x' * 70}\r\n" * 20_000
        self.lab.deliver(self.account.address, large.encode())
        mailbox = self.make_lab_mailbox(port=self.proxy.port, security="none")
        mailbox.fetch_mail()
        message = self.message(mailbox, "Large")
        age(self, message)
        mailbox.fetch_mail()
        self.assertIn("nothing to mend", mailbox.repair())
        self.assertEqual((message.is_partial, message.defect), (True, False))
        # It is no more than that of what broke the connection, either.
        message.sudo().write({"defect": BREAKS_OFF})
        self.assertIn("fetched again: 1", mailbox.repair())
        self.assertEqual((message.is_partial, message.defect), (True, False))

    def test_repair_restores_mail_that_nothing_names(self):
        for raw in (PLAIN, WITH_FILE):
            self.lab.deliver(self.account.address, raw)
        # Put there, not delivered, so that no server wrote a line of its own.
        self.client.select("INBOX")
        self.client.store("1:*", "+FLAGS", r"\Deleted")
        self.client.expunge()
        for raw in (PLAIN, WITH_FILE):
            self.client.append("INBOX", None, None, raw)
        mailbox = self.make_synced()
        messages = self.messages(mailbox)
        self.assertEqual(messages.mapped("identity"), [False, False])
        texts = messages.mapped("body_text")
        messages.write({"body_text": False, "body_html": False})
        messages.attachment_ids.unlink()
        self.assertIn("fetched again: 2", mailbox.repair())
        self.assertEqual(messages.mapped("body_text"), texts)
        self.assertEqual(messages.attachment_ids.mapped("name"), ["a.txt"])
        self.assertIn("nothing to mend", mailbox.repair())


@tagged("post_install", "-at_install")
class TestPop3AskedAgain(Pop3DropCase):
    """The same for a POP3 server."""

    def make_judged(self, **vals):
        mailbox = self.make_pop3(*self.numbered(4), **vals)
        self.server.answers = {"RETR 1": None, "RETR 2": None, "TOP 2": None}
        for _visit in range(10):
            with suppress(UserError):
                mailbox.fetch_mail()
        self.assertEqual((mailbox.state, len(self.lacking(mailbox))), ("ok", 2))
        return mailbox

    def lacking(self, mailbox):
        return self.messages(mailbox).filtered("defect")

    def test_a_day_later_they_come(self):
        mailbox = self.make_judged()
        self.server.answers = {}
        mailbox.fetch_mail()
        self.assertEqual(len(self.lacking(mailbox)), 2)
        age(self, self.lacking(mailbox))
        mailbox.fetch_mail()
        self.assertFalse(self.lacking(mailbox))
        self.assertEqual(self.subjects(mailbox), ["m1", "m2", "m3", "m4"])
        self.assertEqual(self.texts(mailbox), ["Text"] * 4)

    def test_a_server_that_hangs_up_again_keeps_nothing_away(self):
        mailbox = self.make_judged()
        subjects = self.subjects(mailbox)
        age(self, self.lacking(mailbox))
        self.server.drop.append(["today", self.numbered(5)[-1][1]])
        for came in (1, 0, 0):
            self.assertEqual(mailbox.fetch_mail(), came)
        self.assertEqual(self.subjects(mailbox), sorted([*subjects, "m5"]))
        self.server.asked("RETR")
        mailbox.fetch_mail()
        self.assertEqual(self.server.asked("RETR"), [])

    def test_repair_asks_at_once(self):
        mailbox = self.make_judged()
        self.server.answers = {}
        self.assertIn("fetched again: 2", mailbox.repair())
        self.assertFalse(self.lacking(mailbox))

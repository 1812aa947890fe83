from contextlib import suppress
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.mime_defects import BREAKS_OFF
from ..sync import blame
from .common import SyncCase
from .test_pop3_drop import Pop3DropCase, mail

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"
# Where the server hangs up: at size and content of a message, at content of any kind, at whole mails only.
ANYTHING, CONTENT, WHOLE = rb"FETCH \(UID \d+ (?:RFC822|.*BODY)", rb"FETCH \(UID .*BODY\[", rb"FETCH \(UID .*BODY\[\]"
MANY_VISITS = 12


@tagged("post_install", "-at_install")
class TestSyncOutage(SyncCase):
    """A server that is in trouble for long is told of; no message is taken for the cause, and all come whole afterwards."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        self.proxy = self.enterContext(self.lab.proxy("imap"))

    def make_behind(self, *subjects):
        for subject in subjects:
            self.deliver(subject)
        mailbox = self.make_lab_mailbox(port=self.proxy.port, security="none")
        mailbox.fetch_mail()
        return mailbox

    def visit(self, mailbox, times):
        failed = 0
        for _time in range(times):
            try:
                mailbox.fetch_mail()
            except UserError:
                failed += 1
        return failed

    def judged(self, mailbox):
        return self.messages(mailbox).filtered(lambda message: message.is_partial or message.defect)

    def assert_whole(self, mailbox, number):
        self.assertEqual(len(self.messages(mailbox)), number)
        self.assertFalse(self.judged(mailbox))
        self.assertNotIn("warning", mailbox.event_ids.mapped("level"))
        self.assertEqual(mailbox.state, "ok")

    def test_new_mail_beside_what_is_here(self):
        for number, where in enumerate((ANYTHING, CONTENT, WHOLE)):
            with self.subTest(where=where):
                mailbox = self.make_behind(f"Old {number}")
                old = len(self.messages(mailbox))
                for count in (1, 3):
                    new = [f"New {number} {count} {one}" for one in range(count)]
                    for subject in new:
                        self.deliver(subject)
                    self.proxy.hang_up_at(where)
                    self.assertEqual(self.visit(mailbox, MANY_VISITS), MANY_VISITS)
                    self.assertEqual((mailbox.state, len(self.messages(mailbox))), ("error", old))
                    self.proxy.reset()
                    self.assertEqual(self.visit(mailbox, 1), 0)
                    old += count
                    self.assert_whole(mailbox, old)

    def test_the_only_mail_of_a_folder(self):
        for number, where in enumerate((ANYTHING, WHOLE)):
            with self.subTest(where=where):
                mailbox = self.make_behind()
                self.deliver(f"Only {number}")
                self.proxy.hang_up_at(where)
                self.assertEqual(self.visit(mailbox, MANY_VISITS), MANY_VISITS)
                self.proxy.reset()
                self.assertEqual(self.visit(mailbox, 1), 0)
                self.assert_whole(mailbox, 1)
                self.client.select("INBOX")
                self.client.store("1", "+FLAGS", r"\Deleted")
                self.client.expunge()

    def test_the_only_mail_of_a_folder_is_judged_after_many_visits_over_more_than_a_day(self):
        for number, where in enumerate((ANYTHING, CONTENT, WHOLE)):
            with self.subTest(where=where):
                mailbox = self.make_behind()
                self.deliver(f"Only {number}")
                self.proxy.hang_up_at(where)
                self.visit(mailbox, 3)
                inbox = self.folder(mailbox, "INBOX")
                inbox.broken_since -= blame.TIME_ALONE + timedelta(hours=1)
                self.visit(mailbox, blame.VISITS_ALONE - 4)
                self.assertFalse(self.messages(mailbox))
                self.visit(mailbox, 3)
                self.assertEqual((mailbox.state, mailbox.last_error), ("ok", False))
                self.assertEqual(len(self.judged(mailbox)), 1)
                self.assertFalse(inbox.broken_since)
                self.proxy.reset()
                self.client.select("INBOX")
                self.client.store("1", "+FLAGS", r"\Deleted")
                self.client.expunge()

    def test_one_message_that_is_to_blame_is_found_all_the_same(self):
        mailbox = self.make_behind("Old")
        for subject in ("Sound", "Bad"):
            self.deliver(subject)
        self.proxy.hang_up_at(rb"FETCH \(UID 3 .*BODY\[")
        self.visit(mailbox, 3)
        self.assertEqual(mailbox.state, "ok")
        self.assertEqual(self.judged(mailbox).mapped("defect"), [BREAKS_OFF])


@tagged("post_install", "-at_install")
class TestPop3Outage(Pop3DropCase):
    """The same for a POP3 server."""

    def visit(self, mailbox, times):
        for _time in range(times):
            with suppress(UserError):
                mailbox.fetch_mail()

    def test_a_server_in_trouble_costs_no_mail(self):
        for lacks in (set(), {"UIDL"}):
            for old in (0, 3):
                with self.subTest(lacks=lacks, old=old):
                    self.server.answers = {}
                    self.server.lacks = lacks
                    mailbox = self.make_pop3(*self.numbered(old))
                    mailbox.fetch_mail()
                    self.server.drop.append(["new", mail("new")])
                    self.server.answers = {"RETR": None, "TOP": None}
                    self.visit(mailbox, MANY_VISITS)
                    self.assertEqual((mailbox.state, len(self.messages(mailbox))), ("error", old))
                    self.server.answers = {}
                    self.assertEqual(mailbox.fetch_mail(), 1)
                    self.assertFalse(self.messages(mailbox).filtered(lambda one: one.is_partial or one.defect))
                    self.assertFalse(self.events(mailbox))

    def test_the_only_mail_is_judged_after_a_day(self):
        mailbox = self.make_pop3(["new", mail("new")])
        self.server.answers = {"RETR": None}
        self.visit(mailbox, 3)
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_pop3_uidl SET create_date = create_date - interval '2 days'")
        self.env.invalidate_all()
        self.visit(mailbox, 4)
        self.assertEqual((mailbox.state, self.messages(mailbox).is_partial), ("ok", True))

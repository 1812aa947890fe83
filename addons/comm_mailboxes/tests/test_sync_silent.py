from odoo.exceptions import UserError
from odoo.tests import tagged

from ..protocol.mime_defects import BREAKS_OFF
from .common import SyncCase

SIZE, MARKS, ANYTHING = rb"RFC822\.SIZE \d+\)", rb"[^\r]*FLAGS", rb""


@tagged("post_install", "-at_install")
class TestSyncSilent(SyncCase):
    """A server that hangs up when it is asked for size or marks of one message keeps no other away."""

    NUMBER = 12

    def setUp(self):
        super().setUp()
        for number in range(1, self.NUMBER + 1):
            self.deliver(f"Mail {number}")
        proxy = self.lab.proxy("imap")
        self.proxy = proxy.__enter__()
        self.addCleanup(proxy.__exit__)

    def make_behind(self):
        return self.make_lab_mailbox(port=self.proxy.port, security="none")

    def hang_up_at(self, item, *uids):
        for uid in uids:
            self.proxy.hang_up_at(rb"FETCH \((?:UID %d %b|[^\r]*UID %d\))" % (uid, item, uid))

    def visits(self, mailbox, most=3):
        """Return how many visits failed before one did not."""
        for number in range(most):
            try:
                mailbox.fetch_mail()
            except UserError:
                continue
            return number
        return self.fail(f"{most} visits, {len(self.messages(mailbox))} messages: {mailbox.last_error}")

    def assert_all_here(self, mailbox, number, *, without=()):
        messages = self.messages(mailbox)
        self.assertEqual(sorted(messages.mapped("uid")), list(range(1, number + 1)))
        self.assertEqual(sorted(messages.filtered("is_partial").mapped("uid")), sorted(without))
        self.assertEqual(mailbox.state, "ok")

    def warnings(self, mailbox):
        return mailbox.event_ids.filtered(lambda event: event.level == "warning" and "size or marks" in event.text)

    def test_at_the_size_of_messages_that_are_new(self):
        for item in (SIZE, ANYTHING):
            for uids in ((1,), (7,), (self.NUMBER,), (3, 4, 10)):
                with self.subTest(item=item, uids=uids):
                    self.proxy.reset()
                    self.hang_up_at(item, *uids)
                    mailbox = self.make_behind()
                    self.assertEqual(self.visits(mailbox), 1)
                    self.assert_all_here(mailbox, self.NUMBER, without=uids)
                    self.assertEqual(len(self.warnings(mailbox)), len(uids))
                    placeholder = self.messages(mailbox).filtered(lambda one, uids=uids: one.uid == uids[0])
                    self.assertEqual((placeholder.defect, placeholder.subject), (BREAKS_OFF, False))

    def test_at_the_marks_of_messages_that_are_here(self):
        for number, hidden in enumerate((("CONDSTORE", "QRESYNC"), ("QRESYNC",), ("NOTHING",))):
            with self.subTest(hidden=hidden):
                self.proxy.reset()
                self.proxy.hide(*hidden)
                mailbox = self.make_behind()
                mailbox.fetch_mail()
                self.hang_up_at(MARKS, 5)
                self.client.select("INBOX")
                self.client.store("4:6", "+FLAGS", f"kw{number}")
                self.deliver(f"News {number}")
                self.assertEqual(self.visits(mailbox), 1)
                self.assert_all_here(mailbox, self.NUMBER + number + 1)
                marked = self.messages(mailbox).filtered(lambda one, word=f"kw{number}": word in (one.keywords or ""))
                self.assertEqual(sorted(marked.mapped("uid")), [4, 6])
                # It is at peace with that.
                self.client.store("6", "+FLAGS", rf"kw{number}b")
                self.assertEqual(self.visits(mailbox), 0)
                self.assertIn(f"kw{number}b", self.message(mailbox, "Mail 6").keywords)
                self.assertEqual(len(self.warnings(mailbox)), 1)
                # Repair asks again.
                self.proxy.reset()
                mailbox.repair()
                self.assertIn(f"kw{number}", self.message(mailbox, "Mail 5").keywords)

    def test_a_server_in_trouble_is_not_taken_for_that(self):
        mailbox = self.make_behind()
        self.proxy.hang_up_at(rb"FETCH \(UID \d+ RFC822")
        for _time in range(3):
            self.assertRaises(UserError, mailbox.fetch_mail)
        self.assertFalse(self.warnings(mailbox))
        self.proxy.reset()
        mailbox.fetch_mail()
        self.assert_all_here(mailbox, self.NUMBER)

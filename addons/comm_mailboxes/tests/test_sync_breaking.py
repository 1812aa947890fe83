import random
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..protocol.imap import ImapSession
from ..protocol.mime_defects import BREAKS_OFF
from ..sync import breaking, visit
from .common import SyncCase

# Of the first batch: narrowed down to one, and so often at that one; by visit, where each has one new connection only, over which
# it asks for another message.
VISITS_TO_HEADER = 1 + breaking.TIMES
VISITS_TO_NOTHING = 1 + breaking.TIMES_IN_ALL


@tagged("post_install", "-at_install")
class TestSyncBreaking(SyncCase):
    """One message at which the connection breaks each time keeps no other away for ever."""

    NUMBER = 15

    def setUp(self):
        super().setUp()
        self.patch(visit, "MOST_RECONNECTIONS", 1)
        for number in range(1, self.NUMBER + 1):
            self.deliver(f"Mail {number}")
        proxy = self.lab.proxy("imap")
        self.proxy = proxy.__enter__()
        self.addCleanup(proxy.__exit__)

    def make_behind(self, **vals):
        return self.make_lab_mailbox(port=self.proxy.port, security="none", **vals)

    def hang_up_before(self, uid, say=b"", item=rb"BODY\[\]"):
        self.proxy.hang_up_at(rb"FETCH \(UID %d .*%b" % (uid, item), say=say)

    def visit(self, mailbox, times=1):
        """Return how often the fetch failed."""
        failed = 0
        for _time in range(times):
            try:
                mailbox.fetch_mail()
            except UserError:
                failed += 1
        return failed

    def visit_until_it_works(self, mailbox, most):
        for number in range(most + 1):
            if not self.visit(mailbox):
                return number
        return self.fail(f"{most} visits, {len(self.messages(mailbox))} messages: {mailbox.last_error}")

    def partial(self, mailbox):
        return self.messages(mailbox).filtered("is_partial").mapped("uid")

    def assert_all_here(self, mailbox, number=NUMBER):
        self.assertEqual(sorted(self.messages(mailbox).mapped("uid")), list(range(1, number + 1)))
        self.assertEqual(mailbox.state, "ok")

    def test_a_server_that_hangs_up_before_one_message(self):
        for say in (b"", b"* BYE internal error\r\n"):
            for uid in (self.NUMBER, 12, 6, 1):
                with self.subTest(say=say, uid=uid):
                    self.proxy.reset()
                    self.hang_up_before(uid, say)
                    mailbox = self.make_behind()
                    self.assertLessEqual(self.visit_until_it_works(mailbox, VISITS_TO_HEADER), VISITS_TO_HEADER)
                    self.assert_all_here(mailbox)
                    self.assertEqual(self.partial(mailbox), [uid])
                    self.assertEqual(self.message(mailbox, f"Mail {uid}").uid, uid)
                    [warning] = mailbox.event_ids.filtered(lambda event: event.level == "warning")
                    self.assertIn("one message", warning.text)

    def test_new_mail_comes_meanwhile(self):
        self.hang_up_before(12)
        mailbox = self.make_behind()
        self.visit(mailbox, 2)
        self.assertEqual(sorted(self.messages(mailbox).mapped("uid")), [13, 14, 15])
        self.deliver("Today")
        self.visit(mailbox)
        self.assertTrue(self.message(mailbox, "Today"))
        self.visit_until_it_works(mailbox, VISITS_TO_HEADER)
        self.assert_all_here(mailbox, self.NUMBER + 1)

    def test_new_mail_at_which_the_server_hangs_up(self):
        mailbox = self.make_behind()
        mailbox.fetch_mail()
        for number in range(1, 6):
            self.deliver(f"New {number}")
        self.hang_up_before(self.NUMBER + 1)
        self.visit_until_it_works(mailbox, VISITS_TO_HEADER)
        self.assert_all_here(mailbox, self.NUMBER + 5)
        self.assertEqual(self.partial(mailbox), [self.NUMBER + 1])

    def test_a_server_that_does_not_hand_out_the_header_either(self):
        self.hang_up_before(12, item=rb"BODY\[")
        mailbox = self.make_behind()
        self.visit_until_it_works(mailbox, VISITS_TO_NOTHING)
        self.assert_all_here(mailbox)
        [message] = self.messages(mailbox).filtered("is_partial")
        self.assertEqual((message.uid, message.defect, message.subject), (12, BREAKS_OFF, False))
        self.assertTrue(message.date)
        self.assertIn("Load from server", message.with_user(self.anna).defect_text)
        # It is at peace with that: no further visit asks for it.
        self.deliver("Later")
        self.assertEqual(self.visit(mailbox, 3), 0)
        self.assertIn("broke each time", " ".join(mailbox.event_ids.mapped("text")))
        self.failure_of(message.with_user(self.anna).load_from_server)
        self.proxy.reset()
        message.with_user(self.anna).load_from_server()
        self.assertEqual((message.subject, message.is_partial, message.defect), ("Mail 12", False, False))
        self.assertIn("Text", message.body_text)

    def test_several_in_one_batch(self):
        for uid in (14, 13, 9):
            self.hang_up_before(uid)
        mailbox = self.make_behind()
        self.visit_until_it_works(mailbox, 3 * (VISITS_TO_HEADER + 1))
        self.assert_all_here(mailbox)
        self.assertEqual(sorted(self.partial(mailbox)), [9, 13, 14])

    def test_over_new_connections_the_second_visit_finds_all_of_them(self):
        self.patch(visit, "MOST_RECONNECTIONS", 40)
        for uid in (14, 13, 9, 2):
            self.hang_up_before(uid)
        self.hang_up_before(6, item=rb"BODY\[")
        mailbox = self.make_behind()
        self.assertEqual(self.visit_until_it_works(mailbox, 1), 1)
        self.assert_all_here(mailbox)
        self.assertEqual(sorted(self.partial(mailbox)), [2, 6, 9, 13, 14])
        self.assertFalse(self.folder(mailbox, "INBOX").broken_at)
        self.assertLessEqual(self.proxy.connections, 2 + 5 * (VISITS_TO_HEADER + 1))
        warnings = mailbox.event_ids.filtered(lambda event: event.level == "warning")
        self.assertEqual(len(warnings), 6, "each message once, and the one without header once more")
        # It is at peace with them.
        self.proxy.clear_counts()
        self.assertEqual(self.visit(mailbox), 0)
        self.assertEqual(self.proxy.connections, 1)

    def test_a_visit_has_no_more_connections_than_that_and_the_next_one_goes_on_soon(self):
        self.patch(visit, "MOST_RECONNECTIONS", 2)
        for uid in (14, 13, 9):
            self.hang_up_before(uid)
        mailbox = self.make_behind(fetch_interval=30)
        failed = 0
        while self.visit(mailbox):
            failed += 1
            lease = mailbox.sudo().lease_ids
            self.assertLessEqual(lease.due_at, fields.Datetime.now() + timedelta(minutes=1))
            self.assertEqual(lease.failures, 1)
        self.assertGreater(failed, 3)
        self.assert_all_here(mailbox)

    def test_a_server_that_is_in_trouble_itself_gets_the_time_that_it_needs(self):
        """It lets in, and hands out nothing; one that was restarted, say."""
        self.patch(visit, "MOST_RECONNECTIONS", 40)
        mailbox = self.make_behind()
        self.proxy.hang_up_at(rb"FETCH \(UID \d+ .*BODY\[")
        self.assertEqual(self.visit(mailbox, 3), 3)
        self.assertEqual(mailbox.sudo().lease_ids.failures, 3)
        self.assertLessEqual(self.proxy.connections, 6)
        self.assertFalse(self.messages(mailbox))
        self.proxy.reset()
        self.assertEqual(self.visit(mailbox), 0)
        self.assert_all_here(mailbox)
        self.assertEqual(self.partial(mailbox), [])

    def test_a_server_that_lets_nobody_in_again_is_told_for_what_it_did_before(self):
        self.patch(visit, "MOST_RECONNECTIONS", 40)
        self.hang_up_before(12)
        mailbox = self.make_behind()
        self.visit(mailbox)
        reconnect = ImapSession.reconnect

        def refused(session):
            self.proxy.refuse()
            reconnect(session)

        with patch.object(ImapSession, "reconnect", refused):
            self.assertIn("in the middle of the work", self.failure_of(mailbox.fetch_mail))
        self.proxy.reset()
        self.hang_up_before(12)
        self.assertEqual(self.visit(mailbox), 0)
        self.assert_all_here(mailbox)

    def test_far_down_in_a_large_batch(self):
        self.lab.deliver_many(
            self.account.address,
            (("INBOX", self.with_attachment(f"More {number}")) for number in range(self.NUMBER + 1, 131)),
        )
        self.hang_up_before(60)
        mailbox = self.make_behind()
        self.assertLessEqual(self.visit_until_it_works(mailbox, VISITS_TO_HEADER + 2), VISITS_TO_HEADER + 2)
        self.assert_all_here(mailbox, 130)
        self.assertEqual(self.partial(mailbox), [60])

    def test_a_message_longer_than_the_server_says(self):
        sizes = dict(enumerate(self.client_sizes(), 1))
        for missing in (1, 2, 20, 60):
            for uid in (self.NUMBER, 12, 6):
                with self.subTest(missing=missing, uid=uid):
                    self.proxy.reset()
                    self.proxy.replace(
                        rb"(FETCH \(UID %d .*BODY\[\] )\{\d+\}" % uid, rb"\g<1>{%d}" % (sizes[uid] - missing)
                    )
                    mailbox = self.make_behind()
                    self.visit_until_it_works(mailbox, VISITS_TO_HEADER + 1)
                    self.assert_all_here(mailbox)
                    self.assertEqual(self.partial(mailbox), [uid])
                    self.assertEqual(self.message(mailbox, f"Mail {uid}").uid, uid)

    def client_sizes(self):
        self.client.select("INBOX")
        found = self.client.fetch("1:*", "(RFC822.SIZE)")[1]
        return [int(line.split()[-1].rstrip(b")")) for line in found]

    def test_a_bad_line_puts_no_message_under_suspicion_for_long(self):
        """It breaks anywhere, and each time elsewhere."""
        self.proxy.clear_counts()
        mailbox = self.make_behind()
        mailbox.fetch_mail()
        size = self.proxy.bytes_from_server
        dice = random.Random(5)
        for _round in range(3):
            mailbox = self.make_behind()
            failed = 0
            for _time in range(8):
                self.proxy.cut_after(dice.randrange(size // 4, size))
                failed += self.visit(mailbox)
            self.proxy.reset()
            self.assertTrue(failed)
            self.visit(mailbox)
            self.assert_all_here(mailbox)
            self.assertEqual(self.partial(mailbox), [])
            self.assertNotIn("warning", mailbox.event_ids.mapped("level"))

    def test_a_folder_that_is_numbered_anew_is_under_no_suspicion(self):
        mailbox = self.make_behind()
        mailbox.fetch_mail()
        inbox = self.folder(mailbox, "INBOX")
        inbox.write({"broken_uid": 3, "broken_times": breaking.TIMES_IN_ALL, "uidvalidity": 7})
        self.env.flush_all()
        self.messages(mailbox).unlink()
        mailbox.fetch_mail()
        self.assert_all_here(mailbox)
        self.assertEqual(self.partial(mailbox), [])

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.imap import ImapSession
from ..sync import compare
from .common import SyncCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestSyncGap(SyncCase):
    """What comes or goes while the server is compared is no gap; what is missing is one."""

    def churn(self, change):
        """Do ``change()`` each time before the server lists its messages."""
        sizes = ImapSession.sizes

        def changing(session, *args):
            change()
            return sizes(session, *args)

        self.enterContext(patch.object(ImapSession, "sizes", changing))

    def check_at_night(self):
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_check_counts").method_direct_trigger()

    def test_mail_that_is_gone_before_it_is_fetched_is_not_missing(self):
        self.deliver("Mail")
        mailbox = self.make_synced()
        for number in range(3):
            self.deliver(f"Short-lived {number}")
            with self.meanwhile("select", lambda number=number: self.expunge("INBOX", f"Short-lived {number}")):
                mailbox.fetch_mail()
            self.assertEqual((self.folder(mailbox, "INBOX").gap, mailbox.state), (0, "ok"))
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Mail"])

    def test_missing_mail_that_is_gone_before_it_is_brought_is_not_missing(self):
        self.deliver("Lost")
        mailbox = self.make_synced()
        self.messages(mailbox).unlink()
        self.deliver("New")
        with self.meanwhile(
            "sizes", lambda: self.expunge("INBOX", "Lost"), when=lambda _session, first, *_last: first == 1
        ):
            mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["New"])
        self.assertEqual(self.folder(mailbox, "INBOX").gap, 0)

    def test_of_a_folder_that_changes_all_the_time_only_missing_messages_are_believed(self):
        for number in range(20):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        self.message(mailbox, "Mail 19").unlink()
        self.deliver("New")
        waiting = [f"Mail {number}" for number in range(15)]
        self.churn(lambda: self.expunge("INBOX", waiting.pop()))
        mailbox.fetch_mail()
        inbox = self.folder(mailbox, "INBOX")
        self.assertEqual((inbox.gap, mailbox.state), (0, "ok"))
        self.assertIn("Mail 19", self.messages(mailbox).mapped("subject"))

    @mute_logger(EVENTS)
    def test_what_the_server_hands_out_in_vain_is_missing(self):
        self.deliver("Lost")
        mailbox = self.make_synced()
        self.messages(mailbox).unlink()
        inbox = self.folder(mailbox, "INBOX")
        import_nothing = patch.object(compare.fetch, "fetch_uids", lambda *_args: True)
        for number in range(2):
            self.deliver(f"New {number}")
            with import_nothing:
                if number:
                    self.assertIn("than it hands out", self.failure_of(mailbox.fetch_mail))
                else:
                    mailbox.fetch_mail()
            self.assertEqual(inbox.gap, 1)
        self.deliver("New 2")
        mailbox.fetch_mail()
        self.assertEqual((inbox.gap, mailbox.state), (0, "ok"))
        self.assertEqual(len(self.messages(mailbox)), 4)

    @mute_logger(EVENTS)
    def test_what_the_nightly_check_finds_wrong_is_compared_with_the_server(self):
        for name in ("Mail", "Lost"):
            self.deliver(name)
        mailbox = self.make_synced()
        self.env.cr.execute("DELETE FROM comm_message WHERE id = %s", [self.message(mailbox, "Lost").id])
        self.env.invalidate_all()
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Mail"], "the list shows no change")
        self.check_at_night()
        inbox = self.folder(mailbox, "INBOX")
        self.assertTrue(inbox.is_to_compare)
        mailbox.fetch_mail()
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Lost", "Mail"])
        self.assertEqual((inbox.is_to_compare, inbox.message_count), (False, 2))

    @mute_logger(EVENTS)
    def test_a_folder_of_which_everything_is_lost_is_compared_too(self):
        self.deliver("Lost")
        mailbox = self.make_synced()
        self.env.cr.execute("DELETE FROM comm_message WHERE mailbox_id = %s", [mailbox.id])
        self.env.invalidate_all()
        self.check_at_night()
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Lost"])
        self.assertFalse(self.folder(mailbox, "INBOX").is_to_compare)

    def test_at_night_a_gap_that_stayed_is_looked_at_again(self):
        mailbox = self.make_synced()
        inbox = self.folder(mailbox, "INBOX")
        inbox.gap = 2
        self.check_at_night()
        self.assertEqual(mailbox.folder_ids.filtered("is_to_compare"), inbox)
        mailbox.fetch_mail()
        self.assertEqual((inbox.gap, inbox.is_to_compare), (0, False))

    @mute_logger(EVENTS)
    def test_what_was_never_fetched_cannot_be_compared(self):
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        inbox = self.folder(mailbox, "INBOX")
        self.env.cr.execute("UPDATE comm_folder SET message_count = 5 WHERE id = %s", [inbox.id])
        self.env.invalidate_all()
        self.check_at_night()
        self.assertEqual((inbox.message_count, inbox.is_to_compare), (0, False))

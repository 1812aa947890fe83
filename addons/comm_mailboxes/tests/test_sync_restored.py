from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncRestored(SyncCase):
    """A server that was set back to a backup: under the UIDVALIDITY that it had, it gives out UIDs and sequences again."""

    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(self.lab.proxy("imap"))

    def back_up(self):
        self.client.logout()
        self.lab.back_up(self.account)
        self.client = self.lab.imap(self.account)

    def restore(self):
        self.client.logout()
        self.lab.restore(self.account)
        self.client = self.lab.imap(self.account)

    def make_mailbox_behind_proxy(self, *hidden):
        self.proxy.hide(*hidden)
        return self.make_synced(port=self.proxy.port, security="none")

    def test_mail_that_came_after_the_backup_goes_and_what_gets_its_uids_is_fetched(self):
        self.deliver("Before")
        self.back_up()
        for number in range(3):
            self.deliver(f"After {number}")
        mailbox = self.make_mailbox_behind_proxy()
        self.restore()
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Before"])
        mailbox.fetch_mail()
        # That is seen again as what it is: nothing to do.
        self.proxy.clear_counts()
        mailbox.fetch_mail()
        self.assertNotIn("SELECT", self.proxy.commands)
        self.deliver("New")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Before", "New"])
        self.assertEqual(mailbox.state, "ok")

    def test_marks_are_those_of_the_backup(self):
        for hidden in ((), ("QRESYNC",), ("QRESYNC", "CONDSTORE")):
            with self.subTest(hidden=hidden):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.proxy.reset()
                for name in ("First", "Second"):
                    self.deliver(name)
                self.back_up()
                self.client.select("INBOX")
                for flag in (r"\Seen", r"\Flagged", r"\Answered"):
                    self.client.store("1", "+FLAGS", f"({flag})")
                mailbox = self.make_mailbox_behind_proxy(*hidden)
                first = self.message(mailbox, "First")
                self.assertTrue(first.is_seen and first.is_flagged)
                self.restore()
                mailbox.fetch_mail()
                self.assertFalse(first.is_seen or first.is_flagged or first.is_answered)
                self.client.select("INBOX")
                self.client.store("2", "+FLAGS", r"(\Flagged)")
                mailbox.fetch_mail()
                self.assertTrue(self.message(mailbox, "Second").is_flagged)

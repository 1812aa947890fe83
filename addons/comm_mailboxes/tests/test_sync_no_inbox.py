from odoo.tests import tagged

from ..sync.visit import Visit
from .common import SyncCase

PLAIN = ("CONDSTORE", "QRESYNC", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE")


@tagged("post_install", "-at_install")
class TestSyncNoInbox(SyncCase):
    """A server whose list leaves out the inbox, which is always there (RFC 9051, 5.1)."""

    def setUp(self):
        super().setUp()
        self.client.create("Box")
        proxy = self.lab.proxy("imap")
        self.proxy = proxy.__enter__()
        self.addCleanup(proxy.__exit__)
        self.leave_out()

    def leave_out(self):
        self.proxy.replace(rb'^\* (?:LIST|LSUB) .*"?INBOX"?\r\n', b"", only=b"INBOX")

    def make_behind(self):
        return self.make_synced(port=self.proxy.port, security="none")

    def assert_fetched_like_any_other(self, mailbox, number):
        self.client.select("INBOX")
        self.client.store("1", "+FLAGS", r"(\Flagged)")
        self.deliver(f"Next {number}")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual((mailbox.state, self.folder(mailbox, "INBOX").role), ("ok", "inbox"))
        self.assertTrue(self.message(mailbox, "First").is_flagged)

    def test_its_mail_comes_all_the_same(self):
        self.deliver("First")
        for number, hidden in enumerate(((), PLAIN)):
            for denied in (False, True):
                with self.subTest(hidden=hidden, denied=denied):
                    self.proxy.reset()
                    self.leave_out()
                    self.proxy.hide(*hidden or ("NOTHING",))
                    if denied:
                        # What STATUS does not tell, opening the inbox does.
                        self.proxy.deny("STATUS")
                    self.assert_fetched_like_any_other(self.make_behind(), f"{number} {denied}")

    def test_it_settles(self):
        mailbox = self.make_behind().sudo()
        for _time in range(3):
            mailbox.fetch_mail()
        self.assertTrue(mailbox.lease_ids.settled_by)
        self.proxy.clear_counts()
        mailbox.fetch_mail()
        self.assertEqual(self.proxy.commands[-4:], ["NAMESPACE", "LIST", "STATUS", "LOGOUT"])
        self.deliver("News")
        self.assertEqual(mailbox.fetch_mail(), 1)

    def test_one_that_is_not_handed_out_either_is_told(self):
        self.deliver("First")
        self.deliver("Boxed", folder="Box")
        for command in ("STATUS", "EXAMINE"):
            self.proxy.deny(command, text="[NONEXISTENT] No such mailbox")
        mailbox = self.make_lab_mailbox(port=self.proxy.port, security="none", fetch_subfolders=True)
        mailbox.refresh_folders()
        mailbox.folder_ids.fetch_mode = "this"
        for _time in range(2):
            told = self.failure_of(mailbox.fetch_mail)
            self.assertIn("shows no inbox, and does not open it either ([NONEXISTENT] No such mailbox)", told)
            self.assertEqual((mailbox.state, mailbox.last_error), ("error", told))
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Boxed"])
        self.proxy.reset()
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(mailbox.state, "ok")

    def test_no_other_folder_is_taken_for_open_when_the_inbox_was_looked_into(self):
        self.proxy.deny("STATUS")
        mailbox = self.make_behind().sudo()
        box = self.folder(mailbox, "Box")
        with mailbox._open_session__() as session:
            visit = Visit(mailbox, session)
            visit.open(box)
            session.folders()
            visit.reopen(box)
            self.assertEqual(session.selected, "Box")

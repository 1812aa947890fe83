from contextlib import suppress

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sync.visit import BREAKS_BEFORE_TOLD
from .common import SyncCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestSyncFolderBreaks(SyncCase):
    """A folder at whose opening the server hangs up each time: its changes wait, and somebody is told why and what to do."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        for name in ("Box", "Other"):
            self.client.create(name)
        self.deliver("In the box", folder="Box")
        self.deliver("Mail")
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.mailbox = self.make_synced(port=self.proxy.port, security="none", auto_fetch=True)
        self.message = self.message(self.mailbox, "In the box").with_user(self.anna)

    def break_in(self, path):
        self.proxy.hang_up_at(rb"\[UIDVALIDITY %d\]" % self.folder(self.mailbox, path).uidvalidity)

    def visit(self, times=1, how="fetch_mail"):
        for _time in range(times):
            with suppress(UserError):
                getattr(self.mailbox, how)()
        self.env.invalidate_all()

    def test_it_is_told_after_some_visits_while_the_others_go_on(self):
        for how in ("fetch_mail", "_push_now"):
            with self.subTest(how):
                self.break_in("Box")
                self.message.is_flagged = True
                self.message.move_to(self.folder(self.mailbox, "Other").id)
                self.visit(BREAKS_BEFORE_TOLD - 1, how)
                self.assertNotIn("each time", self.mailbox.last_error)
                self.deliver(f"New at {how}")
                self.visit(1, how)
                self.assertEqual(self.mailbox.state, "error")
                self.assertIn("Folder “Box”: The connection breaks each time", self.mailbox.last_error)
                self.assertIn("3 visits in a row", self.mailbox.last_error)
                self.assertIn("Changes that wait for it (2)", self.mailbox.last_error)
                self.assertEqual(self.mailbox.event_ids.sorted("id")[-1].text, self.mailbox.last_error)
                self.assertEqual(self.mailbox.sudo().lease_ids.failures, 0)
                self.visit()
                self.message_named(f"New at {how}")
                self.proxy.reset()
                self.visit(3)
                self.assertEqual(self.mailbox.state, "ok")
                self.assertFalse(self.operations(self.mailbox))
                self.assertEqual(self.message.folder_id.path, "Other")
                self.assertEqual(self.folder(self.mailbox, "Box").broken_visits, 0)
                self.message.move_to(self.folder(self.mailbox, "Box").id)
                self.message.is_flagged = False
                self.visit(2)

    def message_named(self, subject):
        self.assertIn(subject, self.messages(self.mailbox).mapped("subject"))

    def test_of_the_inbox_too(self):
        self.break_in("INBOX")
        self.deliver("New")
        self.deliver("New in the box", folder="Box")
        self.visit(BREAKS_BEFORE_TOLD)
        self.message_named("New in the box")
        self.assertIn("Folder “INBOX”: The connection breaks each time", self.mailbox.last_error)
        self.assertTrue(self.mailbox.sudo().lease_ids.failures)

    def test_a_bad_day_is_no_fault_of_the_folder(self):
        for _day in range(BREAKS_BEFORE_TOLD):
            self.break_in("Box")
            self.deliver("New", folder="Box")
            self.visit(BREAKS_BEFORE_TOLD - 1)
            self.assertIn("in the middle of the work", self.mailbox.last_error)
            self.proxy.reset()
            self.visit(2)
            self.assertEqual(self.mailbox.state, "ok")

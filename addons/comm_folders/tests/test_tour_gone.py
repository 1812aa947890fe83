from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import SyncCase


@tagged("post_install", "-at_install")
class TestTourGone(SyncCase, BrowserCase):
    """What somebody reads is deleted by another mail program, the mail server goes in the middle of a move, and a folder is
    deleted in another window: on a real server, in a real browser.
    """

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.lang = "en_US"
        self.deliver("Report")
        self.deliver("Stays")
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.mailbox = self.make_synced()
        self.through(self.proxy, self.mailbox)
        entries = self.env["comm.structure.entry"].with_user(self.anna)
        entries.insert("personal", {"mailbox_id": self.mailbox.id})
        entries.insert("personal", {"folder_name": "Drawer"})

    @mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event")
    def test_told_and_undone(self):
        test = self
        mark_seen = type(self.env["comm.message"]).mark_seen
        get_move_targets = type(self.env["comm.folder"]).get_move_targets

        def read_and_deleted(messages):
            result = mark_seen(messages)
            if messages.subject == "Report":
                test.expunge("INBOX", "Report")
            return result

        def offered_and_gone(folder, **options):
            targets = get_move_targets(folder, **options)
            test.proxy.refuse()
            test.proxy.drop()
            return targets

        with (
            patch.object(type(self.env["comm.message"]), "mark_seen", read_and_deleted),
            patch.object(type(self.env["comm.folder"]), "get_move_targets", offered_and_gone),
        ):
            self.start_tour("/odoo", "comm_folders.gone", login=self.anna.login, timeout=180)
        self.assertEqual(self.subjects("INBOX"), ["Stays"])
        self.assertEqual(self.message(self.mailbox, "Stays").folder_id.path, "INBOX")
        self.assertFalse(self.operations(self.mailbox).filtered(lambda operation: operation.kind == "move"))

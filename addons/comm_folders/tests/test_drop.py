from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.tests.common import SyncCase


@tagged("post_install", "-at_install")
class TestDrop(SyncCase):
    """What the tree does with messages that are dropped on a folder."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        for subject in ("One", "Two"):
            self.deliver(subject)
        self.client.create("Archive")
        self.mailbox = self.make_synced()
        self.inbox = self.folder(self.mailbox, "INBOX").with_user(self.anna)
        self.archive = self.folder(self.mailbox, "Archive").with_user(self.anna)
        entries = self.env["comm.structure.entry"].with_user(self.anna)
        self.drawer = entries.browse(entries.insert("personal", {"folder_name": "Drawer"})).folder_id

    def shown(self, folder):
        return [row["subject"] for row in folder.get_page()["messages"]]

    def test_a_folder_made_by_hand_takes_all_that_the_list_shows_and_gives_it_back(self):
        result = self.inbox.change_messages("move", excluded=[], target_id=self.drawer.id)
        self.assertEqual(result["count"], 2)
        self.assertEqual(result["counts"][self.drawer.id], {"message_count": 2, "unread_count": 2})
        self.assertCountEqual(self.shown(self.drawer), ["One", "Two"])
        self.env["comm.message.undo"].with_user(self.anna).browse(result["undo_id"]).undo()
        self.assertCountEqual(self.shown(self.inbox), ["One", "Two"])
        self.assertEqual(self.shown(self.drawer), [])

    def test_a_copy_comes_from_the_server(self):
        message = self.message(self.mailbox, "One")
        result = self.inbox.copy_messages(self.archive.id, ids=message.ids)
        self.assertEqual(result["count"], 1)
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertCountEqual(self.shown(self.inbox), ["One", "Two"])
        self.assertEqual(self.shown(self.archive), ["One"])

    def test_a_copy_in_a_folder_made_by_hand_is_there_at_once(self):
        message = self.message(self.mailbox, "One")
        result = self.inbox.copy_messages(self.drawer.id, ids=message.ids)
        self.assertEqual(result["counts"][self.drawer.id]["message_count"], 1)
        self.assertEqual(self.shown(self.drawer), ["One"])

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .operations import OperationCase


@tagged("post_install", "-at_install")
class TestMissingFolder(OperationCase):
    """A folder that is gone from the server is deleted here when somebody confirms how much goes with it."""

    def test_the_sentence_says_how_much(self):
        gone = self.make_folder("Old", is_missing=True)
        below = self.make_folder("Old/Older", parent=gone, is_missing=True)
        mails = self.place(gone, [1, 2]) | self.place(below, [3])
        dialog = self.env["comm.folder.delete"].with_user(self.anna).create({"folder_id": gone.id})
        self.assertIn("the folders below it (1) and the messages in them (3)", dialog.sentence)
        dialog.folder_id = below
        self.assertIn("“Old / Older” and the messages in it (1)", dialog.sentence)
        dialog.folder_id = gone
        action = gone.with_user(self.anna).action_delete_here()
        told = self.env[action["res_model"]].with_user(self.anna).browse(action["res_id"]).action_delete()
        self.assertEqual(told["params"]["message"], "Folder “Old” deleted.")
        self.assertFalse((gone | below).exists() or mails.exists())

    def test_one_that_is_there_would_come_back(self):
        with self.assertRaises(UserError):
            self.archive.with_user(self.anna).action_delete_here()

    def test_its_messages_are_deleted_where_they_were_seen_and_moved_to_no_server(self):
        for name, lack in (("Old", {"is_missing": True}), ("Above", {"is_selectable": False})):
            with self.subTest(name):
                gone = self.make_folder(name, **lack)
                first, second = self.place(gone, [1, 2]).with_user(self.anna)
                for refused in (first.move_to, first.copy_to):
                    with self.assertRaisesRegex(UserError, "not on the mail server any more"):
                        refused(self.archive)
                (first | second).delete()
                first.delete(seen_in=self.inbox.id)
                self.assertTrue(first.active and second.active)
                first.delete(seen_in=gone.id)
                self.assertEqual((first | second).exists(), second)
                self.assertFalse(self.operations())

    def test_its_messages_can_be_kept_in_a_folder_made_by_hand(self):
        gone = self.make_folder("Old", is_missing=True)
        kept = self.env["comm.folder"].create({"name": "Kept", "is_local": True, "user_id": self.anna.id})
        message = self.place(gone, [1]).with_user(self.anna)
        message.move_to(kept.with_user(self.anna))
        self.assertEqual((message.folder_id, message.server_folder_id), (kept, self.env["comm.folder"]))
        self.assertFalse(gone.message_count)

    def test_only_who_may_edit_the_mailbox(self):
        gone = self.make_folder("Old", is_missing=True)
        with self.assertRaises(AccessError):
            gone.with_user(self.ben).action_delete_here()

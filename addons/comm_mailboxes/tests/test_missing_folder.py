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
        self.env[action["res_model"]].with_user(self.anna).browse(action["res_id"]).action_delete()
        self.assertFalse((gone | below).exists() or mails.exists())

    def test_one_that_is_there_would_come_back(self):
        with self.assertRaises(UserError):
            self.archive.with_user(self.anna).action_delete_here()

    def test_only_who_may_edit_the_mailbox(self):
        gone = self.make_folder("Old", is_missing=True)
        with self.assertRaises(AccessError):
            gone.with_user(self.ben).action_delete_here()

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestTreeMenu(StructureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trash = cls.make_folder(cls.office, "Trash", role="trash")
        cls.below = cls.make_folder(cls.office, "Trash.Old", parent_id=cls.trash.id)

    def mail(self, folder, count=2, **vals):
        return self.env["comm.message"].create(
            [
                {
                    "folder_id": folder.id,
                    "server_folder_id": folder.id,
                    "mailbox_id": folder.mailbox_id.id,
                    "uid": uid,
                    **vals,
                }
                for uid in range(1, count + 1)
            ]
        )

    def test_a_folder_is_marked_as_read_on_the_server_too(self):
        mails, others = self.mail(self.alpha), self.mail(self.projects)
        self.assertEqual(self.alpha.with_user(self.anna).mark_all_seen(), 2)
        self.assertEqual(mails.mapped("is_seen"), [True, True])
        self.assertEqual(others.mapped("is_seen"), [False, False])
        self.assertEqual(len(self.env["comm.operation"].search([("message_id", "in", mails.ids)])), 2)
        self.assertEqual(self.alpha.with_user(self.anna).mark_all_seen(), 0)

    def test_a_mailbox_is_marked_as_read_but_not_its_trash(self):
        mails, trashed = self.mail(self.alpha), self.mail(self.trash)
        self.assertEqual(self.office.with_user(self.anna).mark_all_seen(), 2)
        self.assertEqual(mails.mapped("is_seen"), [True, True])
        self.assertEqual(trashed.mapped("is_seen"), [False, False])

    def test_the_trash_is_emptied_with_all_below_and_nothing_else(self):
        trashed = self.mail(self.trash) | self.mail(self.below)
        kept = self.mail(self.alpha)
        self.assertEqual(self.trash.with_user(self.anna).empty_trash(), 4)
        self.assertFalse(any(trashed.mapped("active")))
        self.assertTrue(all(kept.mapped("active")))
        operations = self.env["comm.operation"].search([("message_id", "in", trashed.ids)])
        self.assertEqual(set(operations.mapped("kind")), {"expunge"})

    def test_a_folder_made_by_hand_goes_only_when_it_is_empty(self):
        folders = self.env["comm.folder"].with_user(self.anna)
        kept = folders.create({"name": "Kept", "is_local": True, "user_id": self.anna.id})
        mail = self.env["comm.message"].create({"folder_id": kept.id, "subject": "Kept"})
        self.env.flush_all()
        kept.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "“Kept” still holds mail"):
            kept.delete_empty()
        self.assertTrue(mail.exists())
        mail.unlink()
        kept.invalidate_recordset()
        kept.delete_empty()
        self.assertFalse(kept.exists())
        with self.assertRaises(UserError):
            self.alpha.with_user(self.anna).delete_empty()
        self.assertTrue(self.alpha.exists())

    def test_only_a_trash_can_be_emptied(self):
        with self.assertRaises(UserError):
            self.alpha.with_user(self.anna).empty_trash()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_else_does_any_of_it(self):
        self.mail(self.trash)
        for action in (self.trash.with_user(self.ben).empty_trash, self.trash.with_user(self.ben).mark_all_seen):
            with self.assertRaises(AccessError):
                action()

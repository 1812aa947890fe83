from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, tagged
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
        self.assertEqual(self.alpha.with_user(self.anna).mark_all_seen()["count"], 2)
        self.assertEqual(mails.mapped("is_seen"), [True, True])
        self.assertEqual(others.mapped("is_seen"), [False, False])
        self.assertEqual(len(self.env["comm.operation"].search([("message_id", "in", mails.ids)])), 2)
        self.assertEqual(self.alpha.with_user(self.anna).mark_all_seen(), {"count": 0, "undo_id": False})

    def test_a_mailbox_is_marked_as_read_but_not_its_trash(self):
        mails, trashed = self.mail(self.alpha), self.mail(self.trash)
        self.assertEqual(self.office.with_user(self.anna).mark_all_seen()["count"], 2)
        self.assertEqual(mails.mapped("is_seen"), [True, True])
        self.assertEqual(trashed.mapped("is_seen"), [False, False])

    def test_undone_those_are_unread_again_that_were(self):
        unread, read = self.mail(self.alpha), self.mail(self.projects, is_seen=True)
        elsewhere = self.mail(self.make_folder(self.office, "More"))
        undo = self.env["comm.message.undo"].with_user(self.anna)
        undo_id = self.office.with_user(self.anna).mark_all_seen()["undo_id"]
        # One went away for good meanwhile.
        unread[0].active = False
        self.assertEqual(undo.browse(undo_id).undo(), 3)
        self.assertEqual((unread | read | elsewhere).mapped("is_seen"), [True, False, True, True, False, False])
        self.assertFalse(undo.browse(undo_id).exists())

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


@tagged("post_install", "-at_install")
class TestReaderEmptiesNothing(StructureCase, HttpCase):
    """Who may read a shared mailbox, and not write in it, empties none of its folders: by no button and by no call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.info.member_ids = [Command.create({"user_id": cls.ben.id, "access": "read"})]
        cls.trash = cls.make_folder(
            cls.info, "Trash", role="trash", delimiter="/", uidvalidity=7, server_uidnext=5, uid_high=4
        )
        cls.make_folder(cls.info, "Trash/Old", parent_id=cls.trash.id, delimiter="/")
        cls.mail = cls.env["comm.message"].create(
            {"folder_id": cls.trash.id, "server_folder_id": cls.trash.id, "mailbox_id": cls.info.id, "uid": 3}
        )

    def waiting(self):
        return self.env["comm.operation"].search([("mailbox_id", "=", self.info.id)])

    def call(self, method):
        """Call it as the web client does, or anybody with a session."""
        call = {"model": "comm.folder", "method": method, "args": [self.trash.ids], "kwargs": {}}
        return self.make_jsonrpc_request(f"/web/dataset/call_kw/comm.folder/{method}", call)

    def test_who_may_write_empties_it(self):
        self.trash.with_user(self.anna).empty_trash()
        self.assertIn("empty_folder", self.waiting().mapped("kind"))
        self.assertFalse(self.mail.active)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_a_reader_sees_it_and_empties_it_by_no_call(self):
        self.authenticate(self.ben.login, self.ben.login)
        self.assertEqual([row["id"] for row in self.call("get_page")["messages"]], self.mail.ids)
        for method in ("empty_trash", "empty_on_server"):
            with self.subTest(method):
                with self.assertRaisesRegex(JsonRpcException, "AccessError"):
                    self.call(method)
                self.assertFalse(self.waiting())
                self.assertTrue(self.mail.active)

    def test_the_tree_tells_the_menu_that_a_reader_writes_nothing(self):
        self.insert(self.info, user=self.ben)
        mailboxes = self.tree(self.ben)["mailboxes"]
        self.assertEqual([mailbox["can_write"] for mailbox in mailboxes], [False])

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestFolderProperties(StructureCase):
    def properties(self, folder, user=None):
        return folder.with_user(user or self.anna).get_properties()

    def test_a_server_folder(self):
        self.alpha.write({"path": "Projects/Alpha", "uidvalidity": 1759, "looked_into_at": "2026-11-02 09:00:00"})
        for size in (100, 200):
            self.make_message(self.office, folder_id=self.alpha.id, size=size)
        told = self.properties(self.alpha)
        expected = {
            "name": "Alpha",
            "mailbox": "Office",
            "path": "Projects/Alpha",
            "kind": "Mail folder",
            "message_count": 2,
            "size": 300,
            "last_fetch": "2026-11-02 09:00:00",
            "fetch_mode": "no",
            "can_choose": True,
            "uidvalidity": False,
        }
        self.assertEqual({name: told[name] for name in expected}, expected)

    def test_its_kind(self):
        work = self.insert("Work").folder_id
        node = self.make_folder(self.office, "Node", is_selectable=False)
        local = self.make_folder(self.office, "Sent here", is_local=True)
        trash = self.make_folder(self.office, "Bin", role="trash")
        for folder, kind in (
            (self.inbox, "Inbox"),
            (trash, "Trash"),
            (work, "Folder made by hand, only in Odoo"),
            (local, "Folder of Odoo"),
            (node, "Holds folders, but no mail itself"),
        ):
            with self.subTest(folder.name):
                self.assertEqual(self.properties(folder)["kind"], kind)
        self.assertEqual(self.properties(work)["fetch_modes"], [])
        self.assertEqual(self.properties(self.inbox)["fetch_modes"], [], "it is always fetched")
        self.assertNotIn("this", dict(self.properties(node)["fetch_modes"]))

    def test_administrators_see_the_uidvalidity_and_no_size_of_what_they_may_not_read(self):
        self.alpha.uidvalidity = 1759
        self.make_message(self.office, folder_id=self.alpha.id, size=100)
        told = self.properties(self.alpha, self.admin)
        self.assertEqual((told["uidvalidity"], told["size"]), (1759, 0))

    def test_to_choose_makes_the_mailbox_fetch_it(self):
        self.assertFalse(self.office.fetch_subfolders)
        self.alpha.with_user(self.anna).choose_fetch_mode("this")
        self.assertEqual((self.alpha.fetch_mode, self.office.fetch_subfolders), ("this", True))
        self.alpha.with_user(self.anna).choose_fetch_mode("no")
        self.assertEqual(self.alpha.fetch_mode, "no")

    def test_what_cannot_be_fetched_cannot_be_chosen(self):
        node = self.make_folder(self.office, "Node", is_selectable=False)
        with self.assertRaises(UserError):
            node.with_user(self.anna).choose_fetch_mode("this")
        with self.assertRaises(UserError):
            self.alpha.with_user(self.anna).choose_fetch_mode("always")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_else(self):
        with self.assertRaises(AccessError):
            self.properties(self.alpha, self.ben)
        with self.assertRaises(AccessError):
            self.alpha.with_user(self.ben).choose_fetch_mode("this")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_members_of_a_shared_mailbox_see_but_do_not_choose(self):
        folder = self.make_folder(self.info, "Ablage")
        self.assertFalse(self.properties(folder)["can_choose"])
        with self.assertRaises(AccessError):
            folder.with_user(self.anna).choose_fetch_mode("this")

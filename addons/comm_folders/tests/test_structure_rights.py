from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestStructureRights(StructureCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule"))

    def test_my_structure_is_mine_alone(self):
        entry = self.insert(self.office)
        for user in (self.ben, self.manager, self.admin):
            with self.subTest(user.login):
                self.assertEqual(self.outline(user), [])
                other = entry.with_user(user)
                for method, *arguments in (("read", ["name"]), ("rename", "X"), ("unlink",), ("move",)):
                    with self.assertRaises(AccessError):
                        getattr(other, method)(*arguments)

    def test_personal_mailboxes_go_into_their_owners_structure_only(self):
        for user, scope in ((self.ben, "personal"), (self.admin, "personal"), (self.manager, "shared")):
            for target in (self.office, self.alpha):
                with self.subTest(user.login, target=target), self.assertRaises(ValidationError):
                    self.insert(target, scope=scope, user=user)

    def test_a_folder_made_by_hand_goes_into_its_makers_structure_only(self):
        folder = self.insert("Work").folder_id
        for user, scope in ((self.ben, "personal"), (self.manager, "shared")):
            with self.subTest(user.login), self.assertRaises(ValidationError):
                self.insert(folder, scope=scope, user=user)

    def test_a_shared_mailbox_goes_into_my_structure_when_i_may_read_it(self):
        self.insert(self.info, user=self.anna)
        for user in (self.ben, self.manager, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.insert(self.info, user=user)

    def test_managers_arrange_the_shared_structure(self):
        info = self.insert(self.info, scope="shared", user=self.manager)
        team = self.insert("Team", info, "before", scope="shared", user=self.manager)
        as_manager = info.with_user(self.manager)
        as_manager.move(team.id, "into")
        as_manager.rename("Front desk")
        self.assertEqual(self.outline(scope="shared"), ["Team", ".Front desk"])
        as_manager.unlink()
        self.assertEqual(self.outline(scope="shared"), ["Team"])

    def test_members_do_not(self):
        info = self.insert(self.info, scope="shared", user=self.manager)
        mine = info.with_user(self.anna)
        sent = self.make_folder(self.info, "Sent")
        for attempt in (
            lambda: self.insert("Team", scope="shared"),
            lambda: self.insert(sent, scope="shared"),
            lambda: mine.rename("X"),
            mine.move,
            mine.unlink,
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_everybody_sees_of_the_shared_structure_what_they_may_read(self):
        info = self.insert(self.info, scope="shared", user=self.manager)
        team = self.insert("Team", info, "into", scope="shared", user=self.manager)
        self.assertEqual(self.outline(self.anna, "shared"), ["Info", ".Team"])
        # The place above is hidden from Ben, so what stands below moves up for him.
        self.assertEqual(self.outline(self.ben, "shared"), ["Team"])
        self.assertEqual(self.Entry.with_user(self.ben).search([]), team)

    def test_managers_arrange_but_read_only_as_members(self):
        self.insert(self.info, scope="shared", user=self.manager)
        self.make_folder(self.info, "Secret")
        for user in (self.manager, self.admin):
            with self.subTest(user.login):
                self.assertEqual(self.tree(user), {"entries": [], "mailboxes": [], "folders": []})
                editor = self.Entry.with_user(user).get_editor("shared")
                self.assertEqual([entry["name"] for entry in editor["entries"]], ["Info"])

    def test_who_is_no_member_any_more_loses_the_place(self):
        self.insert(self.info)
        self.insert("Work")
        self.info.member_ids.unlink()
        self.assertEqual(self.outline(), ["Work"])
        self.info.member_ids = [Command.create({"user_id": self.anna.id, "access": "read"})]
        self.assertEqual(self.outline(), ["Info", "Work"])

    def test_a_group_is_a_member_too(self):
        self.insert(self.info, scope="shared", user=self.manager)
        self.info.member_ids = [
            Command.create({"group_id": self.env.ref("comm_mailboxes.group_user").id, "access": "read"})
        ]
        self.assertEqual(self.outline(self.ben, "shared"), ["Info"])

    def test_an_entry_cannot_change_what_it_stands_for(self):
        entry = self.insert("Work").with_user(self.anna)
        for vals in (
            {"scope": "shared", "user_id": False},
            {"user_id": self.ben.id},
            {"folder_id": self.alpha.id},
            {"content_mailbox_id": self.info.id},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                entry.write(vals)

    def test_an_entry_cannot_pretend_to_belong_to_another_mailbox(self):
        mine = self.make_mailbox(self.ben)
        folder = self.make_folder(self.info, "Secret")
        for content in (mine.id, False):
            with self.subTest(content), self.assertRaises(AccessError):
                self.Entry.with_user(self.ben).create(
                    {"user_id": self.ben.id, "folder_id": folder.id, "content_mailbox_id": content}
                )

    def test_hand_made_folders_of_the_shared_structure(self):
        folder = self.insert("Team", scope="shared", user=self.manager).folder_id
        self.assertEqual(folder.with_user(self.ben).name, "Team")
        for attempt in (lambda: folder.with_user(self.ben).write({"name": "X"}), folder.with_user(self.ben).unlink):
            with self.assertRaises(AccessError):
                attempt()
        folder.with_user(self.manager).name = "Crew"
        self.assertEqual(self.outline(self.ben, "shared"), ["Crew"])

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestKeptForAll(StructureCase):
    """Folders made by hand for the shared structure hold mail: who does what with it. Anna writes, Rita reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rita = new_test_user(cls.env, "comm_rita", groups="comm_mailboxes.group_user", lang="en_US")
        cls.team = cls.make_for_all("Team", {cls.anna: "write", cls.rita: "read"})

    @classmethod
    def make_for_all(cls, name, members):
        lines = [Command.create({"user_id": user.id, "access": access}) for user, access in members.items()]
        folders = cls.env["comm.folder"].with_user(cls.manager)
        return folders.create({"name": name, "is_local": True, "member_ids": lines}).with_env(cls.env)

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule"))
        self.message = self.keep("Offer")
        self.file = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"content", "res_model": "comm.message", "res_id": self.message.id}
        )
        self.entry = self.insert(self.team, user=self.manager, scope="shared")

    def keep(self, subject, folder=None, **vals):
        return self.env["comm.message"].create({"folder_id": (folder or self.team).id, "subject": subject, **vals})

    def shown(self, user, folder=None, **query):
        return [row["subject"] for row in (folder or self.team).with_user(user).get_page(**query)["messages"]]

    def outsiders(self):
        return self.ben, self.manager, self.admin

    def test_members_see_the_place_and_its_mail_and_nobody_else_does(self):
        for user in (self.anna, self.rita):
            with self.subTest(user.login):
                self.assertEqual(self.outline(user, "shared"), ["Team"])
                self.assertEqual(self.shown(user), ["Offer"])
                [folder] = self.tree(user)["folders"]
                self.assertEqual(
                    (folder["message_count"], folder["unread_count"], folder["can_write"]), (1, 1, user == self.anna)
                )
                self.assertEqual(self.file.with_user(user).raw, b"content")
                self.assertEqual(self.file.with_user(user).search([("res_model", "=", "comm.message")]), self.file)
        for user in self.outsiders():
            with self.subTest(user.login):
                self.assertEqual(self.tree(user), {"entries": [], "mailboxes": [], "folders": []})
                self.assertFalse(self.env["comm.message"].with_user(user).search([("subject", "=", "Offer")]))
                self.assertFalse(self.file.with_user(user).search([("res_model", "=", "comm.message")]))
                for attempt in (
                    lambda user=user: self.message.with_user(user).read(["subject"]),
                    lambda user=user: self.file.with_user(user).raw,
                    lambda user=user: self.message.with_user(user).get_conversation(),
                    lambda user=user: self.team.with_user(user).change_messages("seen", self.message.ids),
                ):
                    with self.assertRaises(AccessError):
                        attempt()

    def test_managers_see_the_folder_but_not_the_mail(self):
        for user in (self.manager, self.admin):
            with self.subTest(user.login):
                self.assertEqual(self.shown(user), [])
                self.assertEqual(self.team.with_user(user).get_page()["total"], 0)
                self.assertEqual(self.team.with_user(user).get_page_ids(0, 10), [])
                self.assertEqual(self.team.with_user(user).get_properties()["size"], 0)
        with self.assertRaises(AccessError):
            self.team.with_user(self.ben).get_page()

    def test_who_may_write_marks_and_deletes_for_all(self):
        self.team.with_user(self.anna).change_messages("seen", self.message.ids)
        self.team.with_user(self.anna).change_messages("flag", self.message.ids)
        [row] = self.team.with_user(self.rita).get_page()["messages"]
        self.assertTrue(row["is_seen"] and row["is_flagged"])
        self.assertEqual(self.team.unread_count, 0)
        self.team.with_user(self.anna).change_messages("delete", self.message.ids, final=True)
        self.assertEqual(self.shown(self.rita), [])
        self.assertEqual(self.team.message_count, 0)
        self.assertFalse(self.file.exists())

    def test_who_may_only_read_changes_nothing(self):
        drawer = self.env["comm.folder"].with_user(self.rita)
        drawer = drawer.create({"name": "Drawer", "is_local": True, "user_id": self.rita.id})
        theirs = self.keep("Mine", drawer).with_user(self.rita)
        team = self.team.with_user(self.rita)
        for attempt in (
            lambda: team.change_messages("seen", self.message.ids),
            lambda: team.change_messages("flag", self.message.ids),
            lambda: team.change_messages("delete", self.message.ids, final=True),
            lambda: team.change_messages("move", self.message.ids, target_id=drawer.id),
            lambda: team.copy_messages(drawer.id, self.message.ids),
            team.mark_all_seen,
            lambda: self.message.with_user(self.rita).write({"is_seen": True}),
            lambda: self.file.with_user(self.rita).write({"name": "b.txt"}),
            lambda: drawer.change_messages("move", theirs.ids, target_id=team.id),
            lambda: drawer.copy_messages(team.id, theirs.ids),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                attempt()
        self.assertRecordValues(
            self.message, [{"folder_id": self.team.id, "is_seen": False, "is_flagged": False, "active": True}]
        )
        self.assertEqual(theirs.folder_id, drawer)

    def test_outsiders_put_nothing_there(self):
        for user in self.outsiders():
            drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": user.id})
            mine = self.keep("Mine", drawer).with_user(user)
            for move in (mine.move_to, mine.copy_to):
                with self.subTest(user.login), self.assertRaises(UserError):
                    move(self.team.id)

    def test_the_move_dialog_offers_it_where_one_may_write(self):
        targets = {folder["path"]: folder for folder in self.inbox.with_user(self.anna).get_move_targets()}
        self.assertTrue(targets["Shared folders / Team"]["is_shared"])
        self.assertFalse(targets["Alpha" if "Alpha" in targets else "Projects / Alpha"]["is_shared"])
        for user in (self.rita, *self.outsiders()):
            drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": user.id})
            paths = [folder["path"] for folder in drawer.with_user(user).get_move_targets()]
            self.assertNotIn("Shared folders / Team", paths, user.login)

    def test_search_everywhere_finds_it_for_members(self):
        for user, expected in ((self.anna, ["Offer"]), (self.rita, ["Offer"]), (self.ben, []), (self.admin, [])):
            drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": user.id})
            for _turn in range(2):
                with self.subTest(user.login):
                    self.assertEqual(self.shown(user, drawer, search="offer", scope="everywhere"), expected)
                while self.env["comm.message.search"]._index_batch():
                    pass
        page = self.inbox.with_user(self.anna).get_page(search="offer", scope="everywhere")
        self.assertTrue(page["places"][self.team.id]["canWrite"])
        mine = self.env["comm.folder"].create({"name": "Rita's", "is_local": True, "user_id": self.rita.id})
        page = mine.with_user(self.rita).get_page(search="offer", scope="everywhere")
        self.assertFalse(page["places"][self.team.id]["canWrite"])

    def test_conversations_end_where_reading_ends(self):
        secret = self.make_for_all("Secret", {self.anna: "read"})
        (self.message | self.keep("Re: Offer", secret)).write({"thread_key": 1})
        for user, expected in ((self.anna, {"Team", "Secret"}), (self.rita, {"Team"})):
            rows = self.message.with_user(user).get_conversation()
            self.assertEqual({row["folder_name"] for row in rows}, expected, user.login)

    def test_usual_members_are_everybody_to_read_and_managers_to_write(self):
        folder = self.insert("New", user=self.manager, scope="shared").folder_id
        self.assertEqual(
            {(line.group_id, line.access) for line in folder.member_ids},
            {
                (self.env.ref("comm_mailboxes.group_user"), "read"),
                (self.env.ref("comm_mailboxes.group_shared_manager"), "write"),
            },
        )
        self.assertIn("New", self.outline(self.ben, "shared"))
        self.assertFalse(self.insert("Own").folder_id.member_ids)

    def test_managers_decide_who_is_a_member(self):
        self.team.with_user(self.manager).member_ids = [Command.create({"user_id": self.ben.id, "access": "read"})]
        self.assertEqual(self.shown(self.ben), ["Offer"])
        line = self.team.member_ids.filtered(lambda line: line.user_id == self.rita)
        self.team.with_user(self.manager).member_ids = [Command.delete(line.id)]
        self.assertEqual(self.outline(self.rita, "shared"), [])
        for user in (self.anna, self.ben):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.team.with_user(user).member_ids = [Command.create({"user_id": self.rita.id})]

    def test_the_editor_tells_managers_who_the_members_are(self):
        editor = self.Entry.with_user(self.manager).get_editor("shared")
        self.assertEqual(editor["members"][self.team.id], {"read": [self.rita.name], "write": [self.anna.name]})
        self.assertEqual(self.Entry.with_user(self.anna).get_editor("shared")["members"], {})

    def test_properties_name_the_members_to_who_decides_or_writes(self):
        everybody = self.env.ref("comm_mailboxes.group_user")
        self.team.member_ids = [Command.create({"group_id": everybody.id, "access": "read"})]
        expected = [
            {"name": self.anna.name, "access": "Read and write"},
            {"name": self.rita.name, "access": "Read"},
            {"name": f"Communication / User ({len(everybody.all_user_ids)})", "access": "Read"},
        ]
        for user in (self.anna, self.manager, self.admin):
            with self.subTest(user.login):
                self.assertEqual(self.team.with_user(user).get_properties()["members"], expected)
        self.assertFalse(self.team.with_user(self.rita).get_properties()["members"])
        for folder in (self.inbox, self.insert("Own").folder_id):
            self.assertFalse(folder.with_user(self.anna).get_properties()["members"])
        self.team.member_ids.unlink()
        self.assertEqual(self.team.with_user(self.manager).get_properties()["members"], [])

    def test_it_goes_into_my_structure_where_i_am_a_member(self):
        self.insert(self.team, user=self.rita)
        self.assertEqual(self.outline(self.rita), ["Team"])
        offered = self.Entry.with_user(self.rita).get_editor("personal")["folders"]
        self.assertIn(self.team.id, [folder["id"] for folder in offered])
        for user in self.outsiders():
            offered = self.Entry.with_user(user).get_editor("personal")["folders"]
            self.assertNotIn(self.team.id, [folder["id"] for folder in offered])
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.insert(self.team, user=user)

    def test_removing_the_place_removes_no_mail(self):
        place = self.entry.with_user(self.manager).remove()
        self.assertEqual(self.shown(self.rita), ["Offer"])
        self.Entry.with_user(self.manager).put_back(place)
        self.assertEqual(self.outline(self.rita, "shared"), ["Team"])

    def test_a_folder_with_mail_is_not_deleted(self):
        for user in (self.manager, self.admin):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "holds mail"):
                self.team.with_user(user).unlink()
        self.message.with_user(self.anna).delete(seen_in=self.team.id)
        self.team.with_user(self.manager).unlink()
        self.assertFalse(self.team.exists())

    def test_who_is_asked_before_more_people_read_it(self):
        drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": self.anna.id})
        mine = self.keep("Mine", drawer)
        ask = drawer.with_user(self.anna).get_new_readers
        self.assertEqual(ask(self.team.id, mine.ids), [self.rita.name])
        self.assertEqual(ask(self.team.id, excluded=[]), [self.rita.name])
        self.assertEqual(ask(self.inbox.id, mine.ids), [])
        everybody = self.env.ref("comm_mailboxes.group_user")
        self.team.member_ids = [Command.create({"group_id": everybody.id, "access": "read"})]
        count = len(everybody.all_user_ids)
        self.assertEqual(ask(self.team.id, mine.ids), [self.rita.name, f"Communication / User ({count})"])

    def test_the_same_readers_are_not_named(self):
        inbox = self.make_folder(self.info, "INBOX", role="inbox")
        message = self.make_message(self.info)
        ask = inbox.with_user(self.anna).get_new_readers
        self.assertEqual(ask(self.team.id, message.ids), [self.rita.name])
        self.info.member_ids = [Command.create({"user_id": self.rita.id, "access": "read"})]
        self.assertEqual(ask(self.team.id, message.ids), [])
        self.info.member_ids = [Command.create({"group_id": self.env.ref("comm_mailboxes.group_user").id})]
        self.assertEqual(ask(self.team.id, message.ids), [])
        # What a search found elsewhere is asked for where it lies.
        drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": self.anna.id})
        mine = self.keep("Mine", drawer)
        query = {"search": "mine", "scope": "everywhere"}
        self.assertEqual(ask(self.team.id, (mine | message).ids, **query), [self.rita.name])

    def test_the_nightly_check_mends_its_counts(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_folder SET message_count = 7, unread_count = 9 WHERE id = %s", [self.team.id])
        self.env.invalidate_all()
        with self.assertLogs("odoo.addons.comm_mailboxes.models.comm_folder_counts", "WARNING"):
            self.team._correct_counts()
        self.assertEqual((self.team.message_count, self.team.unread_count), (1, 1))

    def test_no_question_for_each_message(self):
        for count in (1, 30):
            for number in range(count):
                self.keep(f"Mail {number}")
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count), self.assertQueryCount(20):
                self.team.with_user(self.rita).get_page()

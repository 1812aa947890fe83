from odoo.tests import tagged

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestTree(StructureCase):
    def folder_names(self, user=None):
        return [folder["name"] for folder in self.tree(user)["folders"]]

    def test_a_mailbox_brings_its_folders(self):
        self.insert(self.office)
        folders = {folder["name"]: folder for folder in self.tree()["folders"]}
        self.assertEqual(set(folders), {"Inbox", "Projects", "Alpha"})
        self.assertEqual(folders["Alpha"]["parent_id"], self.projects.id)
        self.assertEqual(
            folders["Inbox"],
            {
                "id": self.inbox.id,
                "mailbox_id": self.office.id,
                "parent_id": False,
                "user_id": False,
                "name": "Inbox",
                "role": "inbox",
                "is_selectable": True,
                "is_local": False,
                "is_missing": False,
                "is_unfetched": False,
                "can_delete_here": False,
                "can_write": False,
                "message_count": 5,
                "unread_count": 2,
            },
        )

    def test_a_folder_into_which_nobody_looked_yet_says_so_where_the_server_can_be_asked(self):
        self.insert(self.office)

        def waiting():
            return [folder["name"] for folder in self.tree()["folders"] if folder["is_unfetched"]]

        self.assertEqual(waiting(), [])
        self.office.sudo().state = "ok"
        self.assertIn("Alpha", waiting())
        alpha = self.env["comm.folder"].sudo().search([("name", "=", "Alpha"), ("mailbox_id", "=", self.office.id)])
        alpha.looked_into_at = "2026-11-30 10:00:00"
        self.assertNotIn("Alpha", waiting())
        alpha.write({"looked_into_at": False, "is_missing": True})
        self.assertNotIn("Alpha", waiting())

    def test_a_folder_gone_from_the_server_says_whether_its_reader_may_delete_it_here(self):
        self.insert(self.office)
        self.insert(self.info)
        mine = self.make_folder(self.office, "Mine", is_missing=True)
        shared = self.make_folder(self.info, "Shared", is_missing=True)

        def deletable():
            return {folder["id"] for folder in self.tree()["folders"] if folder["can_delete_here"]}

        self.assertEqual(deletable(), {mine.id})
        self.anna.sudo().group_ids += self.env.ref("comm_mailboxes.group_shared_manager")
        self.assertEqual(deletable(), {mine.id, shared.id})

    def test_new_server_folders_appear_by_themselves(self):
        self.insert(self.office)
        self.make_folder(self.office, "Fresh")
        self.assertIn("Fresh", self.folder_names())

    def test_a_folder_brings_what_is_below_it(self):
        self.insert(self.projects)
        self.assertCountEqual(self.folder_names(), ["Projects", "Alpha"])

    def test_well_known_folders_come_first(self):
        for name, role in (("Aardvark", False), ("Bin", "trash"), ("Outbox", "sent"), ("abc", False)):
            self.make_folder(self.office, name, role=role)
        self.insert(self.office)
        self.assertEqual(self.folder_names(), ["Inbox", "Outbox", "Bin", "Aardvark", "abc", "Alpha", "Projects"])

    def test_only_subscribed_folders(self):
        deep = self.make_folder(self.office, "Deep", parent_id=self.alpha.id, subscribed=True)
        self.projects.subscribed = False
        lonely = self.make_folder(self.office, "Lonely")
        self.office.only_subscribed = True
        self.insert(self.office)
        # What leads to a subscribed folder shows too.
        self.assertCountEqual(self.folder_names(), ["Inbox", "Projects", "Alpha", "Deep"])
        deep.subscribed = False
        self.assertEqual(self.folder_names(), ["Inbox"])
        # Who inserts an unsubscribed folder wants to see it.
        self.insert(lonely)
        self.assertCountEqual(self.folder_names(), ["Inbox", "Lonely"])

    def test_archived_mailboxes_are_out_of_sight(self):
        self.insert(self.office)
        self.insert(self.alpha)
        self.office.active = False
        self.assertEqual(self.tree(), {"entries": [], "mailboxes": [], "folders": []})

    def test_read_only_members_are_told(self):
        self.insert(self.office)
        self.insert(self.info)
        self.info.member_ids.access = "read"
        can_write = {mailbox["name"]: mailbox["can_write"] for mailbox in self.tree()["mailboxes"]}
        self.assertEqual(can_write, {"Office": True, "Info": False})

    def test_the_editor_offers_what_fits(self):
        work = self.insert("Work").folder_id
        team = self.insert("Team", scope="shared", user=self.manager).folder_id
        self.make_mailbox(self.ben, name="Foreign")
        cases = (
            ("personal", self.anna, True, {"Office", "Info"}, {self.inbox, self.projects, self.alpha, work, team}),
            # Not to be inserted, but to be drawn as what it is.
            ("shared", self.anna, False, set(), {team}),
            ("shared", self.manager, True, {"Info"}, {team}),
            ("personal", self.manager, True, set(), {team}),
        )
        for scope, user, can_edit, mailboxes, folders in cases:
            with self.subTest(scope, user=user.login):
                editor = self.Entry.with_user(user).get_editor(scope)
                self.assertEqual(editor["can_edit"], can_edit)
                self.assertEqual({mailbox["name"] for mailbox in editor["mailboxes"]}, mailboxes)
                self.assertEqual({folder["id"] for folder in editor["folders"]}, {folder.id for folder in folders})

    def test_queries_do_not_grow_with_rows(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.tree()
            return self.env.cr.sql_log_count - before

        self.insert(self.office)
        self.insert(self.info)
        self.insert("Work")
        self.tree()
        few = count_queries()
        parent = self.insert("Parent")
        for number in range(20):
            mailbox = self.make_mailbox(self.anna, name=f"M{number}")
            self.insert(mailbox, parent, "into")
            self.insert(self.make_folder(mailbox, f"Single {number}"), parent)
        for number in range(300):
            self.make_folder(self.office, f"F{number}", parent_id=self.alpha.id)
        self.assertEqual(count_queries(), few)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(16):
            self.tree()

    def test_five_thousand_folders_with_long_names(self):
        self.insert(self.office)
        self.env["comm.folder"].create(
            [
                {
                    "mailbox_id": self.office.id,
                    "name": f"{number:05} " + "W" * 294,
                    "path": f"{number}",
                    "parent_id": self.alpha.id,
                }
                for number in range(5000)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(16):
            folders = self.tree()["folders"]
        self.assertEqual(len(folders), 5003)
        self.assertEqual(len(folders[10]["name"]), 300)

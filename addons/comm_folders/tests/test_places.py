from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestPlaces(StructureCase):
    """Where messages can go, and what can be done with those that a search found in other mailboxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.office | cls.info).kind = "imap"
        cls.info_inbox = cls.make_folder(cls.info, "INBOX", role="inbox")
        cls.archive = cls.make_folder(cls.office, "Archive", role="archive")
        cls.info_archive = cls.make_folder(cls.info, "Ablage", role="archive")
        cls.trash = cls.make_folder(cls.office, "Trash", role="trash")
        cls.mine = cls.make_message(cls.inbox)
        cls.shared = cls.make_message(cls.info_inbox)

    @classmethod
    def make_message(cls, folder):
        return cls.env["comm.message"].create(
            {
                "folder_id": folder.id,
                "server_folder_id": folder.id,
                "mailbox_id": folder.mailbox_id.id,
                "uid": 1,
                "subject": "Kitchen",
            }
        )

    def targets(self, folder, user=None):
        return [target["path"] for target in folder.with_user(user or self.anna).get_move_targets()]

    def places(self, user=None):
        page = self.inbox.with_user(user or self.anna).get_page(search="kitchen", scope="everywhere")
        return {place["name"]: place for place in page["places"].values()}

    def change(self, change, **options):
        both = (self.mine | self.shared).ids
        return self.inbox.with_user(self.anna).change_messages(
            change, ids=both, search="kitchen", scope="everywhere", **options
        )

    def test_targets_are_the_other_folders_that_hold_mail(self):
        self.projects.is_selectable = False
        self.make_folder(self.office, "Gone", is_missing=True)
        self.make_folder(self.office, "Outbox", is_local=True)
        self.assertEqual(self.targets(self.inbox), ["Archive", "Trash", "Projects / Alpha"])
        self.assertEqual(self.targets(self.info_inbox), ["Ablage"])

    def test_targets_stand_in_the_order_of_the_tree(self):
        zone = self.make_folder(self.office, "Zone")
        self.make_folder(self.office, "Bottom", parent_id=zone.id)
        self.make_folder(self.office, "Cellar")
        self.assertEqual(
            self.targets(self.inbox),
            ["Archive", "Trash", "Cellar", "Projects", "Projects / Alpha", "Zone", "Zone / Bottom"],
        )

    def test_copies_go_where_there_is_something_to_be_copied_from(self):
        later = self.env["comm.folder"].create({"name": "Later", "is_local": True, "user_id": self.anna.id})
        now = later.copy({"name": "Now", "user_id": self.anna.id})
        outbox = self.make_folder(self.office, "Outbox", is_local=True)
        pop3 = self.make_mailbox(name="Old", kind="pop3")
        pop3_inbox = self.make_folder(pop3, "INBOX", role="inbox")

        def targets(folder):
            return [target["id"] for target in folder.with_user(self.anna).get_move_targets(is_copy=True)]

        self.assertCountEqual(
            targets(self.inbox), (self.archive | self.trash | self.projects | self.alpha | later | now).ids
        )
        self.assertEqual(targets(later), now.ids)
        for folder in (outbox, pop3_inbox):
            self.assertCountEqual(targets(folder), (later | now).ids)

    def test_a_place_tells_its_role_and_rows_elsewhere_whether_they_have_left(self):
        junk = self.make_folder(self.office, "Junk", role="junk")
        self.mine.with_context(comm_sync=True).folder_id = junk
        self.assertEqual(self.places()["Office / Junk"]["role"], "junk")
        self.assertEqual(self.places()["Office / Junk"]["roles"], ["archive", "inbox"])
        page = self.inbox.with_user(self.anna).get_page(search="kitchen", scope="everywhere")
        self.assertEqual({row["outgoing_state"] for row in page["messages"]}, {False})
        self.assertNotIn("outgoing_state", junk.with_user(self.anna).get_page()["messages"][0])
        drafts = self.make_folder(self.office, "Drafts", role="drafts")
        self.mine.with_context(comm_sync=True).folder_id = drafts
        self.assertIn("outgoing_state", drafts.with_user(self.anna).get_page()["messages"][0])

    def test_folders_made_by_hand_take_from_all_mailboxes_and_give_to_all(self):
        folders = self.env["comm.folder"].create(
            [
                {"name": name, "is_local": True, "user_id": user.id}
                for name, user in (("Later", self.anna), ("Now", self.anna), ("Bens", self.ben))
            ]
        )
        self.info.member_ids.sudo().access = "read"
        self.assertCountEqual(
            self.targets(folders[0]),
            [
                "Now",
                "Office / Inbox",
                "Office / Archive",
                "Office / Trash",
                "Office / Projects",
                "Office / Projects / Alpha",
            ],
        )
        self.assertEqual(self.targets(self.info_inbox), ["Ablage", "Later", "Now"])

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_targets_are_told_to_readers_alone(self):
        with self.assertRaises(AccessError):
            self.targets(self.inbox, self.ben)

    def test_places_tell_what_can_be_done_there(self):
        places = self.places()
        self.assertEqual(set(places), {"Office / Inbox", "Info / Inbox"})
        info = places["Info / Inbox"]
        self.assertEqual((info["mailboxId"], info["canWrite"], info["roles"]), (self.info.id, True, ["archive"]))
        self.assertFalse(info["isFinal"] or info["isHereOnly"])
        self.info.member_ids.sudo().access = "read"
        self.assertFalse(self.places()["Info / Inbox"]["canWrite"])

    def test_what_lies_in_the_trash_or_in_an_archive(self):
        self.make_message(self.trash)
        self.make_message(self.archive)
        places = self.places()
        self.assertTrue(places["Office / Trash"]["isFinal"])
        self.assertFalse(places["Office / Trash"]["isHereOnly"])
        self.trash.sudo().is_missing = True
        self.assertTrue(self.places()["Office / Trash"]["isHereOnly"])
        self.assertEqual(places["Office / Archive"]["roles"], ["inbox"])

    def test_each_mailbox_has_its_own_archive(self):
        result = self.change("archive")
        self.assertEqual(
            (result["count"], self.mine.folder_id, self.shared.folder_id), (2, self.archive, self.info_archive)
        )
        self.assertEqual(result["counts"][self.info_archive.id]["message_count"], 1)
        self.env["comm.message.undo"].with_user(self.anna).browse(result["undo_id"]).undo()
        self.assertEqual((self.mine.folder_id, self.shared.folder_id), (self.inbox, self.info_inbox))

    def test_one_without_an_archive_stops_all(self):
        self.info_archive.role = False
        with self.assertRaises(UserError):
            self.change("archive")
        self.assertEqual(self.mine.folder_id, self.inbox)

    def test_messages_of_two_mailboxes_cannot_be_moved_into_one(self):
        with self.assertRaises(UserError):
            self.change("move", target_id=self.archive.id)

    def test_queries_do_not_grow_with_folders(self):
        self.places()
        for count in (2, 12):
            for number in range(count):
                self.make_message(self.make_folder(self.office, f"Of {count}, {number}"))
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count), self.assertQueryCount(25):
                self.places()

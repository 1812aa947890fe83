from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestStructureEntry(StructureCase):
    def test_the_first_entry_needs_no_anchor(self):
        self.insert(self.office)
        self.assertEqual(self.outline(), ["Office"])

    def test_insert_modes(self):
        for mode, expected in (
            ("before", ["Work", "Office", "Info"]),
            ("after", ["Office", "Work", "Info"]),
            ("into", ["Office", ".Work", "Info"]),
        ):
            with self.subTest(mode):
                office, info = self.insert(self.office), self.insert(self.info)
                self.assertEqual(self.outline(), ["Office", "Info"])
                work = self.insert("Work", office, mode)
                self.assertEqual(self.outline(), expected)
                (office | info | work).unlink()

    def test_into_goes_to_the_end(self):
        work = self.insert("Work")
        for name in ("One", "Two", "Three"):
            self.insert(name, work, "into")
        self.assertEqual(self.outline(), ["Work", ".One", ".Two", ".Three"])

    def test_beside_a_subfolder_means_on_its_level(self):
        work = self.insert("Work")
        two = self.insert("Two", work, "into")
        self.insert("One", two, "before")
        self.insert("Three", two, "after")
        self.assertEqual(self.outline(), ["Work", ".One", ".Two", ".Three"])

    def test_an_unknown_mode_is_refused(self):
        with self.assertRaisesRegex(UserError, "before or after"):
            self.insert(self.office, mode="above")

    def test_a_vanished_anchor_is_told(self):
        work = self.insert("Work")
        work.unlink()
        with self.assertRaisesRegex(UserError, "not there any more"):
            self.insert(self.office, work)

    @mute_logger("odoo.sql_db")
    def test_twice_in_one_structure_is_refused(self):
        self.insert(self.info)
        with self.assertRaisesRegex(IntegrityError, "mailbox_once"):
            self.insert(self.info)

    def test_a_shared_mailbox_may_stand_in_mine_and_in_the_shared_structure(self):
        self.insert(self.info)
        self.insert(self.info, scope="shared", user=self.manager)
        self.assertEqual(self.outline(), ["Info"])
        self.assertEqual(self.outline(scope="shared"), ["Info"])

    def test_a_hand_made_folder_belongs_to_who_made_it(self):
        folder = self.insert("Work").folder_id
        self.assertRecordValues(folder, [{"is_local": True, "user_id": self.anna.id, "mailbox_id": False}])
        shared = self.insert("Everybody", scope="shared", user=self.manager).folder_id
        self.assertRecordValues(shared, [{"is_local": True, "user_id": False, "mailbox_id": False}])

    def test_a_hand_made_folder_needs_a_name(self):
        for name in ("", "  "):
            with self.subTest(name=name), self.assertRaisesRegex(UserError, "a name"):
                self.insert(name)

    def test_move(self):
        office, info, work = self.insert(self.office), self.insert(self.info), self.insert("Work")
        work.move(office.id, "before")
        self.assertEqual(self.outline(), ["Work", "Office", "Info"])
        info.move(work.id, "into")
        self.assertEqual(self.outline(), ["Work", ".Info", "Office"])
        info.move(work.id, "after")
        self.assertEqual(self.outline(), ["Work", "Info", "Office"])
        work.move()
        self.assertEqual(self.outline(), ["Info", "Office", "Work"])

    def test_nothing_moves_below_itself(self):
        work = self.insert("Work")
        below = self.insert("Below", self.insert("Between", work, "into"), "into")
        for anchor in (work, below):
            for mode in ("before", "into"):
                with self.subTest(anchor.name, mode=mode), self.assertRaisesRegex(UserError, "itself"):
                    work.move(anchor.id, mode)

    def test_nothing_moves_to_the_other_structure(self):
        work, shared = self.insert("Work"), self.insert("Everybody", scope="shared", user=self.manager)
        with self.assertRaisesRegex(UserError, "from one structure to the other"):
            work.move(shared.id)
        with self.assertRaises(ValidationError):
            work.parent_id = shared

    def test_rename_is_ours_alone(self):
        office = self.insert(self.office)
        office.rename(" My desk ")
        self.assertEqual(self.outline(), ["My desk"])
        self.assertEqual(self.office.name, "Office")
        office.rename("")
        self.assertEqual(self.outline(), ["Office"])

    def test_a_folder_made_by_hand_has_one_name_everywhere(self):
        work, everybody = self.insert("Work"), self.insert("Everybody", scope="shared", user=self.manager)
        for entry, user, scope in ((work, self.anna, "personal"), (everybody, self.manager, "shared")):
            with self.subTest(scope):
                entry.name = "Label"
                before = entry.with_user(user).rename(" New ")
                self.assertEqual((entry.name, entry.folder_id.name), (False, "New"))
                again = entry.with_user(user).rename("Newer")
                entry.with_user(user).take_back_name(again)
                self.assertEqual((entry.name, entry.folder_id.name), (False, "New"))
                entry.with_user(user).take_back_name(before)
                self.assertEqual(entry.name, "Label")
                self.assertEqual(entry.folder_id.name, "Work" if entry == work else "Everybody")
                entry.with_user(user).rename("")
                self.assertEqual(entry.display_name, "Work" if entry == work else "Everybody")

    def test_my_structure_renames_no_folder_of_all(self):
        folder = self.insert("Everybody", scope="shared", user=self.manager).folder_id
        mine = self.insert(folder, user=self.manager)
        before = mine.with_user(self.manager).rename("Mine")
        self.assertEqual((mine.name, folder.name), ("Mine", "Everybody"))
        mine.with_user(self.manager).take_back_name(before)
        self.assertEqual((mine.name, folder.name), (False, "Everybody"))

    def test_a_folder_of_a_server_gets_a_label(self):
        folder = self.make_folder(self.office, "Bills")
        entry = self.insert(folder)
        entry.with_user(self.anna).rename("Invoices")
        self.assertEqual((entry.name, folder.name), ("Invoices", "Bills"))

    def test_the_name_follows_the_mailbox(self):
        self.insert(self.office)
        self.office.name = "Desk"
        self.assertEqual(self.outline(), ["Desk"])

    def test_removing_takes_the_place_and_nothing_else(self):
        message = self.make_message(self.office)
        work, office = self.insert("Work"), self.insert(self.office)
        folder = work.folder_id
        (work | office).unlink()
        self.assertEqual(self.outline(), [])
        self.assertTrue(message.exists() and self.office.exists() and folder.exists())

    def test_what_stood_below_a_removed_entry_takes_its_place(self):
        self.insert("First")
        work = self.insert("Work")
        self.insert("Last")
        one = self.insert("One", work, "into")
        self.insert("Deep", one, "into")
        self.insert("Two", work, "into")
        work.unlink()
        self.assertEqual(self.outline(), ["First", "One", ".Deep", "Two", "Last"])

    def test_entries_go_with_their_mailbox(self):
        office = self.insert(self.office)
        self.insert("Work", office, "into")
        self.insert(self.alpha)
        self.office.with_user(self.anna).unlink()
        self.assertEqual(self.outline(), ["Work"])

    def test_entries_go_with_their_folder(self):
        alpha = self.insert(self.alpha)
        self.insert("Work", alpha, "into")
        self.projects.unlink()
        self.assertEqual(self.outline(), ["Work"])

    def test_a_mailbox_that_becomes_somebody_elses_leaves(self):
        self.insert(self.office)
        self.insert(self.alpha)
        self.office.user_id = self.ben
        self.assertFalse(self.Entry.search([("content_mailbox_id", "=", self.office.id)]))

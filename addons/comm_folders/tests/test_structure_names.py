from contextlib import contextmanager

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import StructureCase

TAKEN = "in this place already"


@tagged("post_install", "-at_install")
class TestStructureNames(StructureCase):
    """What is made or named in a structure has a name of its own in its place, which is not cut."""

    @contextmanager
    def refused(self, reason):
        """Expect a refusal that says so, and leave the database as it is after one."""
        with self.assertRaises(ValidationError) as caught:
            yield
        self.assertIn(reason, str(caught.exception))

    def test_too_long_a_name_is_refused_and_nothing_changes(self):
        work, office = self.insert("Work"), self.insert(self.office)
        for action in (
            self.insert,
            work.with_user(self.anna).rename,
            office.with_user(self.anna).rename,
        ):
            with self.subTest(), self.refused("has 300 characters. Shorten it to at most 200."):
                action("x" * 300)
            self.assertEqual(self.outline(), ["Work", "Office"])
        long = self.insert("ä" * 200)
        self.assertEqual(long.folder_id.name, "ä" * 200)

    def test_a_name_is_one_line(self):
        with self.refused("one line"):
            self.insert("Work\nand more")

    def test_a_name_is_none_of_a_path(self):
        for name in (".", ".."):
            with self.subTest(name), self.refused(f"A folder cannot be called “{name}”."):
                self.insert(name)
        self.insert("...")

    def test_a_new_folder_beside_one_of_that_name(self):
        self.insert("Work")
        for name in ("Work", " work ", "WORK"):
            with self.subTest(name), self.refused(TAKEN):
                self.insert(name)
        self.assertEqual(self.outline(), ["Work"])

    def test_elsewhere_and_for_others_the_name_is_free(self):
        work = self.insert("Work")
        self.insert("Work", work, "into")
        self.insert("Work", user=self.ben)
        self.insert("Work", scope="shared", user=self.manager)
        self.assertEqual(self.outline(), ["Work", ".Work"])

    def test_folders_of_the_mailbox_stand_there_too(self):
        office = self.insert(self.office)
        for name in ("Projects", "inbox"):
            with self.subTest(name), self.refused(TAKEN):
                self.insert(name, office, "into")
        self.insert("Alpha", office, "into")
        projects = self.insert(self.projects)
        with self.refused(TAKEN):
            self.insert("Alpha", projects, "into")

    def test_the_inbox_is_the_inbox_in_every_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        office = self.insert(self.office)
        with self.refused(TAKEN):
            self.insert("Posteingang", office, "into")

    def test_folders_that_do_not_show_take_no_name(self):
        office = self.insert(self.office)
        self.office.only_subscribed = True
        self.projects.subscribed = False
        self.insert("Projects", office, "into")

    def test_moving(self):
        work = self.insert("Work")
        below = self.insert("Work", self.insert("Old"), "into")
        with self.refused(TAKEN):
            below.with_user(self.anna).move(work.id, "after")
        self.assertEqual(self.outline(), ["Work", "Old", ".Work"])
        # Only another place is looked at.
        work.with_user(self.anna).move(mode="after")
        self.assertEqual(self.outline(), ["Old", ".Work", "Work"])

    def test_renaming_a_folder_and_a_label(self):
        work, office = self.insert("Work"), self.insert(self.office)
        with self.refused(TAKEN):
            work.with_user(self.anna).rename("office")
        with self.refused(TAKEN):
            office.with_user(self.anna).rename("work")
        with self.refused(TAKEN):
            work.folder_id.with_user(self.anna).name = "Office"
        work.with_user(self.anna).rename("WORK")
        self.assertEqual(self.outline(), ["WORK", "Office"])

    def test_two_mailboxes_of_one_name_stand_beside_each_other(self):
        self.insert(self.office)
        self.insert(self.make_mailbox(self.anna, name="Office").with_env(self.env))
        self.insert(self.inbox)
        self.assertEqual(self.outline(), ["Office", "Office", "Inbox"])

    def test_a_label_of_the_usual_name_is_none(self):
        office = self.insert(self.office)
        office.with_user(self.anna).rename("Office")
        self.office.name = "Desk"
        self.assertEqual(self.outline(), ["Desk"])

    def test_what_somebody_called_something_binds_nobody_else(self):
        everybody = self.insert("Everybody", scope="shared", user=self.manager).folder_id
        self.insert(everybody)
        self.insert("Work")
        everybody.with_user(self.manager).name = "Work"
        self.assertEqual(self.outline(), ["Work", "Work"])

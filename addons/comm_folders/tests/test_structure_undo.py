from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestStructureUndo(StructureCase):
    """What the editors need to take back the last step, and what a place looks like."""

    def entry(self, entry, user=None):
        return entry.with_user(user or self.anna)

    def test_a_removed_place_comes_back_with_what_stood_below(self):
        self.insert("First")
        work = self.insert("Work")
        self.insert("Last")
        self.insert("Deep", self.insert("One", work, "into"), "into")
        self.insert("Two", work, "into")
        before = self.outline()
        work.write({"name": "My work", "icon": "star", "color": 4})
        folder = work.folder_id
        place = self.entry(work).remove()
        self.assertEqual(self.outline(), ["First", "One", ".Deep", "Two", "Last"])
        again = self.Entry.browse(self.Entry.with_user(self.anna).put_back(place))
        self.assertEqual(self.outline(), [name.replace("Work", "My work") for name in before])
        self.assertRecordValues(again, [{"folder_id": folder.id, "name": "My work", "icon": "star", "color": 4}])

    def test_what_stood_below_may_be_called_the_same(self):
        work = self.insert("Projects")
        self.insert("PROJECTS", work, "into")
        before = self.outline()
        place = self.entry(work).remove()
        self.assertEqual(self.outline(), ["PROJECTS"])
        self.Entry.with_user(self.anna).put_back(place)
        self.assertEqual(self.outline(), before)

    def test_it_comes_back_wherever_it_stood(self):
        office = self.insert(self.office)
        below = self.insert("Below", office, "into")
        info = self.insert(self.info)
        before = self.outline()
        for entry in (office, below, info):
            with self.subTest(entry.display_name):
                entry = self.Entry.search([("mailbox_id", "=", entry.mailbox_id.id)]) if not entry.exists() else entry
                place = self.entry(entry).remove()
                self.Entry.with_user(self.anna).put_back(place)
                self.assertEqual(self.outline(), before)

    def test_without_its_neighbour_it_comes_to_the_end(self):
        first, work = self.insert("First"), self.insert("Work")
        self.insert("Last")
        place = self.entry(work).remove()
        first.unlink()
        self.Entry.with_user(self.anna).put_back(place)
        self.assertEqual(self.outline(), ["Last", "Work"])

    def test_an_insertion_is_taken_back_with_the_folder_made_for_it(self):
        work = self.insert("Work")
        folder = work.folder_id
        self.entry(work).take_back(with_folder=True)
        self.assertFalse(work.exists() or folder.exists())

    def test_a_folder_with_mail_stays(self):
        work = self.insert("Work")
        folder = work.folder_id
        self.env["comm.message"].create({"folder_id": folder.id, "active": False})
        self.entry(work).take_back(with_folder=True)
        self.assertFalse(work.exists())
        self.assertTrue(folder.exists())

    def test_a_server_folder_always_stays(self):
        alpha = self.insert(self.alpha)
        self.entry(alpha).take_back(with_folder=True)
        self.assertTrue(self.alpha.exists())

    def test_icon_and_colour_are_shown(self):
        office = self.insert(self.office)
        self.entry(office).write({"icon": "briefcase", "color": 3})
        [entry] = self.tree()["entries"]
        self.assertEqual((entry["icon"], entry["color"], entry["label"]), ("briefcase", 3, ""))
        names = [name for name, _label in self.Entry.with_user(self.anna).get_editor("personal")["icons"]]
        self.assertIn("briefcase", names)

    def test_other_icons_and_colours_are_refused(self):
        office = self.insert(self.office)
        with self.assertRaises(ValueError):
            self.entry(office).icon = 'star" onload="alert(1)'
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.entry(office).color = 12
            self.env.flush_all()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_touches_the_places_of_others(self):
        mine = self.insert("Work")
        shared = self.insert("Everybody", scope="shared", user=self.manager)
        for entry, user in ((mine, self.ben), (mine, self.manager), (shared, self.anna)):
            for change in (
                lambda entry: entry.remove(),
                lambda entry: entry.take_back(with_folder=True),
                lambda entry: entry.write({"color": 1}),
            ):
                with self.subTest(entry.display_name, user=user.login), self.assertRaises(AccessError):
                    change(self.entry(entry, user))
        self.assertTrue(mine.exists() and shared.exists())

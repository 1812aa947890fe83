from odoo.exceptions import UserError
from odoo.tests import tagged

from .operations import OperationCase


class FolderCase(OperationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.projects = cls.make_folder("Projects").with_user(cls.anna)
        cls.alpha = cls.make_folder("Projects/Alpha", parent=cls.projects)
        cls.old = cls.make_folder("Projects/Alpha/Old", parent=cls.alpha)
        # Not below it, though it begins with its name.
        cls.alphabet = cls.make_folder("Projects/Alphabet", parent=cls.projects)
        cls.alpha = cls.alpha.with_user(cls.anna)

    def log(self):
        """Return the changes of folders that wait, in their order."""
        return [
            (operation.kind, operation.path, *filter(None, [operation.new_path])) for operation in self.operations()
        ]

    def paths(self):
        return set(self.mailbox.sudo().folder_ids.mapped("path"))


@tagged("post_install", "-at_install")
class TestCreateFolder(FolderCase):
    def test_at_the_top(self):
        folder = self.mailbox.create_folder("  Invoices ")
        self.assertRecordValues(
            folder,
            [{"name": "Invoices", "path": "Invoices", "delimiter": "/", "parent_id": False, "subscribed": True}],
        )
        self.assertEqual(self.log(), [("create_folder", "Invoices")])

    def test_below_another_one(self):
        folder = self.alpha.create_subfolder("Grüße & Co")
        self.assertEqual((folder.parent_id, folder.path), (self.alpha, "Projects/Alpha/Grüße & Co"))
        self.assertEqual(folder.complete_name, "Projects / Alpha / Grüße & Co")

    def test_below_the_inbox_where_the_server_keeps_everything_there(self):
        mailbox = self.make_mailbox()
        inbox = self.make_folder("INBOX", mailbox, role="inbox", delimiter=".")
        self.make_folder("INBOX.Sent", mailbox, parent=inbox, delimiter=".")
        folder = mailbox.create_folder("Trash")
        self.assertEqual((folder.path, folder.delimiter, folder.parent_id), ("INBOX.Trash", ".", inbox))

    def test_names_that_do_not_do(self):
        for name in (
            "", "  ", None, 7, "a/b", "a\nb", "a\0b", "a\u202eb", "a%", "a*", "x" * 201, "ü" * 80, "Archive", "inbox",
        ):  # fmt: skip
            with self.subTest(name), self.assertRaises(UserError):
                self.mailbox.create_folder(name)
        for name in (".", "..", " .. "):
            with self.subTest(name), self.assertRaisesRegex(UserError, "cannot be called “\\.+”"):
                self.mailbox.create_folder(name)
            with self.subTest(name), self.assertRaisesRegex(UserError, "cannot be called “\\.+”"):
                self.alpha.rename(name)
        with self.assertRaises(UserError):
            self.projects.create_subfolder("Alpha")
        self.projects.create_subfolder("Archive")
        self.assertEqual(len(self.log()), 1)

    def test_a_name_that_people_take_for_that_of_a_sibling(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.make_folder("Grüße")
        for name in ("projects", "PROJECTS", "GRÜSSE", "Gru\u0308ße", "Posteingang", "posteingang", "Inbox"):
            with self.subTest(name), self.assertRaises(UserError):
                self.mailbox.create_folder(name)
        with self.assertRaisesRegex(UserError, "There is a folder “alpha” already"):
            self.projects.create_subfolder("alpha")
        with self.assertRaisesRegex(UserError, "There is a folder “alphabet” already"):
            self.alpha.rename("alphabet")
        self.assertEqual(self.log(), [])
        # Elsewhere, and for itself, it is free.
        self.projects.create_subfolder("Posteingang")
        self.alpha.create_subfolder("Projects")
        self.alpha.rename("ALPHA")
        self.assertEqual(len(self.log()), 3)

    def test_siblings_where_all_others_lie_below_the_inbox(self):
        mailbox = self.make_mailbox()
        inbox = self.make_folder("INBOX", mailbox, role="inbox", delimiter=".")
        self.make_folder("INBOX.Sent", mailbox, parent=inbox, delimiter=".").name = "Sent"
        with self.assertRaises(UserError):
            mailbox.create_folder("SENT")

    def test_too_long_a_name_says_what_is_possible(self):
        for name in ("x" * 300, "ü" * 80):
            with self.subTest(name), self.assertRaisesRegex(UserError, "at most 200 letters.*Shorten it"):
                self.alpha.rename(name)
        self.assertEqual((self.alpha.name, self.log()), ("Alpha", []))

    def test_where_nothing_can_be_created(self):
        mine = self.env["comm.folder"].create({"name": "Mine", "is_local": True, "user_id": self.anna.id})
        gone = self.make_folder("Gone", is_missing=True)
        flat = self.make_folder("Flat", delimiter=False)
        for folder in (mine, gone, flat):
            with self.subTest(folder.name), self.assertRaises(UserError):
                folder.with_user(self.anna).create_subfolder("New")
        with self.assertRaises(UserError):
            self.make_mailbox(kind="pop3").create_folder("New")

    def test_one_that_is_gone_from_the_server_comes_back_with_what_odoo_kept(self):
        gone = self.make_folder("Gone", is_missing=True)
        mail = self.place(gone, [1])
        self.assertEqual(self.mailbox.create_folder("Gone"), gone)
        self.assertFalse(gone.is_missing)
        self.operations()._folder_refused("No")
        self.assertTrue(gone.is_missing and mail.exists())

    def test_a_refusal_takes_it_away_and_puts_back_what_was_moved_there(self):
        folder = self.mailbox.create_folder("New")
        below = folder.create_subfolder("Below")
        self.messages.move_to(below.id)
        operation = self.operations()[0]
        self.env["comm.operation"]._refused({operation.id: 1}, "Over quota")
        self.assertFalse((folder | below).exists())
        self.assertEqual(self.messages.folder_id, self.inbox)
        self.assertFalse(self.operations())
        self.assertIn("Create the folder “New”", self.events()[0].text)
        self.assertIn("Over quota", self.events()[0].text)


@tagged("post_install", "-at_install")
class TestRenameFolder(FolderCase):
    def test_what_lies_below_comes_along(self):
        self.alpha.rename("Beta")
        self.assertEqual(self.alpha.name, "Beta")
        self.assertEqual(
            self.paths() - {"INBOX", "Archive", "Trash"},
            {"Projects", "Projects/Beta", "Projects/Beta/Old", "Projects/Alphabet"},
        )
        self.assertEqual(self.old.complete_name, "Projects / Beta / Old")
        self.assertEqual(self.log(), [("rename_folder", "Projects/Alpha", "Projects/Beta")])

    def test_the_same_name_is_nothing(self):
        self.alpha.rename("Alpha")
        self.assertEqual(self.log(), [])

    def test_each_rename_is_told_with_its_own_paths(self):
        self.alpha.rename("Beta")
        self.alpha.create_subfolder("New")
        self.projects.rename("Work")
        self.assertEqual(
            self.log(),
            [
                ("rename_folder", "Projects/Alpha", "Projects/Beta"),
                ("create_folder", "Projects/Beta/New"),
                ("rename_folder", "Projects", "Work"),
            ],
        )

    def test_the_paths_that_the_server_has_meanwhile(self):
        self.alpha.rename("Beta")
        new = self.alpha.create_subfolder("New")
        self.projects.rename("Work")
        self.assertEqual(
            self.env["comm.operation"]._server_paths(self.mailbox.sudo()),
            {
                self.projects: "Projects",
                self.alpha: "Projects/Alpha",
                self.old: "Projects/Alpha/Old",
                self.alphabet: "Projects/Alphabet",
                new: None,
            },
        )

    def test_a_refusal_brings_the_old_names_back(self):
        before = self.paths()
        self.projects.rename("Work")
        self.operations()._folder_refused("No permission")
        self.assertEqual((self.paths(), self.projects.name), (before, "Projects"))
        self.assertIn("No permission", self.events()[0].text)

    def test_discarding_goes_back_step_by_step(self):
        before = self.paths()
        self.alpha.rename("Beta")
        self.projects.rename("Work")
        self.alpha.rename("Gamma")
        self.operations().with_user(self.anna).action_discard()
        self.assertEqual((self.paths(), self.operations()), (before, self.env["comm.operation"]))

    def test_folders_that_mail_programs_rely_on_stay(self):
        sent = self.make_folder("Sent", role="sent")
        for folder in (self.inbox, self.trash, sent):
            with self.subTest(folder.name), self.assertRaises(UserError):
                folder.with_user(self.anna).rename("Other")
            with self.subTest(folder.name), self.assertRaises(UserError):
                folder.with_user(self.anna).delete_on_server()

    def test_a_thousand_folders_in_few_statements(self):
        self.env["comm.folder"].create(
            [
                {
                    "mailbox_id": self.mailbox.id,
                    "name": f"F{number}",
                    "path": f"Projects/Alpha/F{number}",
                    "delimiter": "/",
                    "parent_id": self.alpha.id,
                }
                for number in range(1000)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            self.alpha.rename("Beta")
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestDeleteFolder(FolderCase):
    def test_it_moves_into_the_trash_with_all_below(self):
        self.alpha.delete_on_server()
        self.assertEqual(self.alpha.parent_id, self.trash)
        self.assertEqual((self.alpha.path, self.old.path), ("Trash/Alpha", "Trash/Alpha/Old"))
        self.assertEqual(self.log(), [("rename_folder", "Projects/Alpha", "Trash/Alpha")])
        self.assertTrue(self.trash._is_above(self.old))

    def test_two_of_one_name_find_room_in_the_trash(self):
        self.make_folder("Trash/Alpha", parent=self.trash)
        self.alpha.delete_on_server()
        self.assertEqual((self.alpha.path, self.alpha.name), ("Trash/Alpha 2", "Alpha 2"))

    def test_in_the_trash_it_is_deleted_leaves_first(self):
        self.alpha.delete_on_server()
        mail = self.place(self.old, [1])
        self.operations().unlink()
        self.alpha.delete_on_server()
        self.assertEqual(self.log(), [("delete_folder", "Trash/Alpha/Old"), ("delete_folder", "Trash/Alpha")])
        self.assertTrue(self.alpha.is_missing)
        self.env["comm.operation"]._done({operation.id: 1 for operation in self.operations()})
        self.assertFalse((self.alpha | self.old).exists() or mail.exists())

    def test_a_refusal_keeps_it(self):
        self.alpha.delete_on_server()
        self.operations().unlink()
        self.alpha.delete_on_server()
        self.operations()[0]._folder_refused("Not empty")
        self.assertFalse(self.old.is_missing)

    def test_a_refused_move_into_the_trash_puts_it_back(self):
        self.alpha.delete_on_server()
        self.operations()._folder_refused("No inferiors")
        self.assertEqual((self.alpha.parent_id, self.alpha.path), (self.projects, "Projects/Alpha"))

    def test_on_a_server_without_subfolders_it_is_deleted(self):
        self.mailbox.sudo().folder_ids.write({"delimiter": False})
        self.archive.with_user(self.anna).delete_on_server()
        self.assertEqual(self.log(), [("delete_folder", "Archive")])

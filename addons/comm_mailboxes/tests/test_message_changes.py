from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .operations import OperationCase


@tagged("post_install", "-at_install")
class TestMarks(OperationCase):
    def test_every_mark_is_told_under_its_flag(self):
        for name, flag in {
            "is_seen": r"\Seen",
            "is_flagged": r"\Flagged",
            "is_answered": r"\Answered",
            "is_forwarded": "$Forwarded",
        }.items():
            with self.subTest(name):
                self.message[name] = True
                self.assertIn(("flag", 1, flag, True), self.queue())
                self.message[name] = False
                self.assertIn(("flag", 1, flag, False), self.queue())

    def test_keywords_are_told_one_by_one(self):
        engine = self.message.sudo().with_context(comm_sync=True)
        engine.keywords = "$Junk Work"
        self.message.keywords = "Work Urgent"
        self.assertEqual(self.message.keywords, "Urgent Work")
        self.assertEqual(self.queue(), [("flag", 1, "$Junk", False), ("flag", 1, "Urgent", True)])

    def test_reading_a_message_is_told_once(self):
        self.messages.mark_seen()
        revision = self.operations().mapped("revision")
        self.messages.mark_seen()
        self.assertEqual((len(self.queue()), self.operations().mapped("revision")), (3, revision))

    def test_reading_what_was_deleted_meanwhile_is_no_error(self):
        gone, left = self.messages[:2]
        gone.sudo().unlink()
        (gone | left).mark_seen()
        self.assertEqual((left.is_seen, len(self.queue())), (True, 1))


@tagged("post_install", "-at_install")
class TestMove(OperationCase):
    def test_it_shows_at_once_and_the_server_learns_where_it_goes(self):
        self.messages.move_to(self.archive.id)
        self.assertEqual(self.messages.folder_id, self.archive)
        self.assertEqual(self.messages.server_folder_id, self.inbox)
        self.assertEqual((self.inbox.message_count, self.archive.message_count), (0, 3))
        self.assertEqual(self.queue(), [("move", uid, "Archive", False) for uid in (1, 2, 3)])

    def test_moving_on_leaves_one_row_with_the_last_target(self):
        self.message.move_to(self.archive.id)
        self.message.move_to(self.trash.id)
        self.assertEqual(self.queue(), [("move", 1, "Trash", False)])

    def test_moving_back_leaves_nothing_to_do(self):
        """The row goes when nothing can be on its way: under the lease, before the server is told anything."""
        self.message.move_to(self.archive.id)
        self.message.move_to(self.inbox.id)
        self.assertEqual(self.message.folder_id, self.inbox)
        self.assertFalse(self.env["comm.operation"]._pending(self.mailbox.sudo()))

    def test_moving_back_while_the_server_is_told_is_told_too(self):
        self.message.move_to(self.archive.id)
        told = {operation.id: operation.revision for operation in self.operations()}
        # Now the server moves it, and before that is noted ...
        self.message.move_to(self.inbox.id)
        self.message.sudo().with_context(comm_sync=True).write({"server_folder_id": self.archive.id, "uid": 7})
        self.env["comm.operation"]._done(told)
        pending = self.env["comm.operation"]._pending(self.mailbox.sudo())
        self.assertEqual((pending.kind, pending.folder_id), ("move", self.inbox))

    def test_where_messages_cannot_go(self):
        other = self.make_folder("INBOX", self.make_mailbox().sudo(), role="inbox")
        mine = (
            self.env["comm.folder"]
            .with_user(self.anna)
            .create({"name": "Mine", "is_local": True, "user_id": self.anna.id})
        )
        gone = self.make_folder("Gone", is_missing=True)
        label = self.make_folder("[Gmail]", is_selectable=False)
        for folder in (other, mine, gone, label):
            for move in (self.message.move_to, self.message.copy_to):
                with self.subTest(f"{move.__name__} {folder.name}"), self.assertRaises(UserError):
                    move(folder.id)
        gone_id = gone.id
        gone.unlink()
        with self.assertRaises(UserError):
            self.message.move_to(gone_id)
        self.assertEqual((self.queue(), self.message.folder_id), ([], self.inbox))

    def test_between_folders_of_ones_own_no_server_is_told(self):
        folders = self.env["comm.folder"].create(
            [{"name": name, "is_local": True, "user_id": self.anna.id} for name in ("One", "Two")]
        )
        message = self.env["comm.message"].create({"subject": "Kept", "folder_id": folders[0].id})
        message.with_user(self.anna).move_to(folders[1].id)
        self.assertEqual(message.folder_id, folders[1])
        self.assertEqual(folders.mapped("message_count"), [0, 1])
        self.assertFalse(self.env["comm.operation"].search([("message_id", "=", message.id)]))

    def test_what_went_away_meanwhile_is_passed_over(self):
        self.messages[1].sudo().unlink()
        self.messages.move_to(self.archive.id)
        self.assertEqual({row[1] for row in self.queue()}, {1, 3})


@tagged("post_install", "-at_install")
class TestCopy(OperationCase):
    def test_the_server_makes_the_copy(self):
        self.message.copy_to(self.archive.id)
        self.assertEqual(self.queue(), [("copy", 1, "Archive", False)])
        self.assertEqual((self.archive.message_count, self.message.folder_id), (0, self.inbox))

    def test_copies_are_never_merged(self):
        self.message.copy_to(self.archive.id)
        self.message.copy_to(self.archive.id)
        self.message.copy_to(self.trash.id)
        self.assertEqual(len(self.queue()), 3)

    def test_only_what_is_on_a_server_can_be_copied_there(self):
        with self.assertRaises(UserError):
            self.make_message(self.mailbox).with_user(self.anna).copy_to(self.archive.id)


@tagged("post_install", "-at_install")
class TestDelete(OperationCase):
    def test_first_into_the_trash(self):
        self.messages.delete()
        self.assertEqual(self.messages.folder_id, self.trash)
        self.assertEqual({row[0] for row in self.queue()}, {"move"})

    def test_what_was_seen_in_the_trash_and_below_for_good(self):
        below = self.make_folder("Trash/2025", parent=self.trash)
        mails = self.place(self.trash, [8]) | self.place(below, [9])
        for mail in mails.with_user(self.anna):
            mail.delete(seen_in=mail.folder_id.id)
        self.assertEqual(self.queue(), [("expunge", 8, "Trash", False), ("expunge", 9, "2025", False)])
        self.assertFalse(any(mails.mapped("active")))
        self.assertEqual((self.trash.message_count, below.message_count), (0, 0))

    def test_a_second_click_in_the_same_list_deletes_nothing_for_good(self):
        for seen_in in (self.inbox.id, None, False):
            self.messages.delete(seen_in=seen_in)
            self.messages.delete(seen_in=seen_in)
        self.assertEqual(self.messages.mapped("active"), [True] * 3)
        self.assertEqual(self.queue(), [("move", uid, "Trash", False) for uid in (1, 2, 3)])

    def test_what_was_taken_out_of_the_trash_meanwhile_stays_where_it_is(self):
        self.messages[0].move_to(self.trash.id)
        self.messages[1].move_to(self.archive.id)
        self.messages.delete(seen_in=self.trash.id)
        self.assertEqual(self.messages.mapped("active"), [False, True, True])
        self.assertEqual(self.messages.folder_id, self.trash | self.archive | self.inbox)
        self.assertEqual(self.queue(), [("move", 2, "Archive", False), ("expunge", 1, "INBOX", False)])

    def test_deleting_for_good_supersedes_marks_and_moves_but_not_copies(self):
        self.message.is_flagged = True
        self.message.copy_to(self.archive.id)
        self.message.delete(seen_in=self.inbox.id)
        self.message.delete(seen_in=self.trash.id)
        self.assertEqual([row[0] for row in self.queue()], ["copy", "expunge"])
        self.message.sudo().is_seen = True
        self.assertEqual([row[0] for row in self.queue()], ["copy", "expunge"])

    def test_a_mailbox_without_trash_gets_one(self):
        self.trash.with_context(comm_sync=True).unlink()
        self.messages.delete()
        trash = self.messages.folder_id
        self.assertRecordValues(trash, [{"path": "Trash", "role": "trash", "role_is_chosen": True}])
        self.assertEqual(self.mailbox.trash_folder_id, trash)
        self.assertEqual([row[0] for row in self.queue()], ["create_folder", "move", "move", "move"])

    def test_a_folder_of_that_name_is_taken(self):
        self.trash.role = False
        self.messages.delete()
        self.assertEqual((self.messages.folder_id, self.trash.role), (self.trash, "trash"))
        self.assertNotIn("create_folder", [row[0] for row in self.queue()])

    def test_what_is_on_no_server_goes_at_once(self):
        pop3 = self.make_mailbox(kind="pop3")
        folder = self.env["comm.folder"].create({"name": "Mine", "is_local": True, "user_id": self.anna.id})
        mails = self.make_message(pop3) | self.env["comm.message"].create({"subject": "x", "folder_id": folder.id})
        document = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"x", "res_model": "comm.message", "res_id": mails[0].id}
        )
        # Not what lies elsewhere by now than where it was seen.
        mails[1].with_user(self.anna).delete(seen_in=mails[0].folder_id.id)
        self.assertEqual(mails.exists(), mails)
        for mail in mails.with_user(self.anna):
            mail.delete(seen_in=mail.folder_id.id)
        self.assertFalse(mails.exists() or document.exists())
        self.assertEqual(pop3.message_count, 0)


@tagged("post_install", "-at_install")
class TestRightsOfChanges(OperationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = cls.make_shared(cls, {cls.anna: "write", cls.ben: "read"})
        cls.desk_inbox = cls.make_folder("INBOX", cls.shared, role="inbox")
        cls.desk_archive = cls.make_folder("Archive", cls.shared)
        cls.desk_trash = cls.make_folder("Trash", cls.shared, role="trash", role_is_chosen=True)

    def changes(self, user):
        message = self.place(self.desk_inbox, [user.id]).with_user(user)
        folder = self.desk_archive.with_user(user)
        return {
            "mark": lambda: message.write({"is_seen": True}),
            "keywords": lambda: message.write({"keywords": "Work"}),
            "move": lambda: message.move_to(self.desk_archive.id),
            "copy": lambda: message.copy_to(self.desk_archive.id),
            "delete": message.delete,
            "delete for good": message.delete,
            "new folder": lambda: self.shared.with_user(user).create_folder("New"),
            "new subfolder": lambda: folder.create_subfolder("New"),
            "rename": lambda: folder.rename("Old"),
            "delete folder": folder.delete_on_server,
        }

    def test_members_with_write_change_everything(self):
        for name, change in self.changes(self.anna).items():
            with self.subTest(name):
                change()

    def test_readers_are_told_that_they_may_only_read(self):
        for name, change in self.changes(self.ben).items():
            with self.subTest(name), self.assertRaisesRegex(AccessError, "but not change it"):
                change()
        self.assertFalse(self.operations(self.shared))

    def test_managers_and_administrators_change_no_mail(self):
        for user in (self.manager, self.admin):
            for name, change in self.changes(user).items():
                with self.subTest(f"{user.login}: {name}"), self.assertRaises(AccessError):
                    change()
        self.assertFalse(self.operations(self.shared))

from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.imap import FetchedMessage
from ..sync import known, moved, pending, placing
from .operations import OperationCase


@tagged("post_install", "-at_install")
class TestMovePlaces(OperationCase):
    """``placing.move``: a message that turned up elsewhere gets that place, and keeps what the user has still to tell."""

    def move(self, folder, messages, uid=70, flags=()):
        """Let the engine find these messages in ``folder``."""
        messages = messages.sudo().with_context(comm_sync=True)
        headers = [FetchedMessage(uid + n, frozenset(flags), None, 10, b"") for n in range(len(messages))]
        placing.move(folder, list(zip(messages, headers, strict=True)), pending.Pending(messages))
        self.env.flush_all()

    def place_of(self, message):
        return message.folder_id, message.server_folder_id, message.uid

    def test_the_place_and_the_marks_are_those_of_the_server(self):
        self.move(self.archive, self.messages[:2], flags=[r"\Seen", "Work"])
        self.assertEqual(self.place_of(self.messages[0]), (self.archive, self.archive, 70))
        self.assertEqual(self.place_of(self.messages[1]), (self.archive, self.archive, 71))
        self.assertEqual(self.messages.mapped("is_seen"), [True, True, False])
        self.assertEqual(self.message.keywords, "Work")
        counts = {folder: (folder.message_count, folder.unread_count) for folder in (self.inbox, self.archive)}
        self.assertEqual(counts, {self.inbox: (1, 1), self.archive: (2, 0)})
        self.assertFalse(self.operations())

    def test_a_mark_that_waits_wins_over_the_servers(self):
        self.message.is_flagged = True
        self.move(self.archive, self.message, flags=[r"\Seen"])
        self.assertTrue(self.message.is_seen and self.message.is_flagged)
        self.assertEqual(self.queue(), [("flag", 70, r"\Flagged", True)])

    def test_where_the_user_puts_it_meanwhile_it_is_shown(self):
        self.message.move_to(self.trash)
        self.move(self.archive, self.message)
        self.assertEqual(self.place_of(self.message), (self.trash, self.archive, 70))
        self.assertEqual(self.queue(), [("move", 70, "Trash", False)])

    def test_a_move_that_turns_out_to_be_done_waits_no_more(self):
        (self.messages[0] | self.messages[1]).move_to(self.archive)
        self.move(self.archive, self.message)
        self.assertEqual(self.place_of(self.message), (self.archive, self.archive, 70))
        self.assertEqual(self.queue(), [("move", 2, "Archive", False)], "that of the other one does")

    @mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event")
    def test_a_deletion_holds_in_the_trash_only(self):
        (self.messages[0] | self.messages[1]).move_to(self.trash)
        (self.messages[0] | self.messages[1]).delete(seen_in=self.trash.id)
        self.move(self.archive, self.messages[0])
        self.move(self.trash, self.messages[1])
        self.assertEqual(self.messages.mapped("active"), [True, False, True])
        self.assertEqual(self.queue(), [("expunge", 70, "INBOX", False)])
        self.assertEqual(self.operations().message_id.server_folder_id, self.trash)


@tagged("post_install", "-at_install")
class TestTakeOver(OperationCase):
    """``moved._take_over``: a message whose copy stayed takes the copy's place."""

    def copy_of(self, message, folder, uid=70, **vals):
        return self.place(folder, [uid], copied_from_id=message.id, **vals)

    def vanish(self, messages):
        messages.sudo().with_context(comm_sync=True).write({"active": False, "uid": False})

    def take_over(self, copies):
        count = moved._take_over(copies.sudo().with_context(comm_sync=True))
        self.env.flush_all()
        return count

    def test_the_original_lives_on_in_the_place_of_the_copy(self):
        copy = self.copy_of(self.message, self.archive, is_seen=True, keywords="Work")
        self.vanish(self.message)
        self.assertEqual(self.take_over(copy), 1)
        self.assertFalse(copy.exists())
        self.assertRecordValues(
            self.message,
            [
                {
                    "active": True,
                    "uid": 70,
                    "folder_id": self.archive.id,
                    "server_folder_id": self.archive.id,
                    "is_seen": True,
                    "keywords": "Work",
                }
            ],
        )
        self.assertEqual((self.archive.message_count, self.archive.unread_count), (1, 0))
        self.assertEqual(self.inbox.message_count, 2)

    def test_of_several_copies_the_first_one_is_replaced(self):
        copies = self.copy_of(self.message, self.archive) | self.copy_of(self.message, self.trash, 71)
        self.vanish(self.message)
        self.assertEqual(self.take_over(copies), 1)
        self.assertEqual(copies.exists(), copies[1])
        self.assertEqual(self.message.folder_id, self.archive)

    def test_a_copy_that_the_user_changes_stays_what_it_is(self):
        copy = self.copy_of(self.message, self.archive)
        copy.with_user(self.anna).is_flagged = True
        self.vanish(self.message)
        self.assertEqual(self.take_over(copy), 0)
        self.assertEqual((copy.exists(), self.message.active), (copy, False))

    def test_what_the_user_did_to_the_original_before_stays(self):
        copy = self.copy_of(self.message, self.archive)
        self.message.is_flagged = True
        self.message.move_to(self.trash)
        self.vanish(self.message)
        self.take_over(copy)
        self.assertTrue(self.message.is_flagged and self.message.active)
        self.assertEqual((self.message.folder_id, self.message.server_folder_id), (self.trash, self.archive))
        self.assertEqual(len(self.queue()), 2)

    def test_a_copy_that_is_marked_as_deleted_hides_the_original(self):
        copy = self.copy_of(self.message, self.archive, active=False)
        self.vanish(self.message)
        self.take_over(copy)
        self.assertEqual((self.message.active, self.message.uid), (False, 70))

    @mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event")
    def test_what_was_deleted_for_good_and_copied_out_of_the_trash_stays(self):
        original = self.place(self.trash, [9]).with_user(self.anna)
        original.delete(seen_in=self.trash.id)
        copy = self.copy_of(original, self.archive)
        self.vanish(original)
        self.take_over(copy)
        self.assertEqual((original.active, original.folder_id), (True, self.archive))
        self.assertFalse(self.operations())


@tagged("post_install", "-at_install")
class TestWhichIsMeant(OperationCase):
    """``known._distance``: which of several messages that are the same one turned up in a folder."""

    def distance(self, message):
        message = message.sudo()
        return known._distance(message, folder=self.archive, waiting=pending.Pending(message))

    def place_of(self, message, **vals):
        message.sudo().with_context(comm_sync=True).write(vals)
        return self.distance(message)

    def test_what_has_its_place_was_copied(self):
        self.assertEqual(self.distance(self.message), known.COPY)
        self.assertEqual(self.place_of(self.message, server_folder_id=False, uid=False), known.COPY)

    def test_what_lost_its_place_was_moved_most_likely_within_its_folder(self):
        self.assertEqual(self.place_of(self.message, uid=False), known.ELSEWHERE)
        self.assertEqual(self.place_of(self.message, server_folder_id=self.archive.id), known.SAME_FOLDER)
        self.assertLess(known.SAME_FOLDER, known.ELSEWHERE)
        self.assertLess(known.ELSEWHERE, known.MARKED)

    def test_what_lay_in_a_folder_that_is_gone_was_moved(self):
        self.inbox.is_missing = True
        self.assertEqual(self.distance(self.message), known.ELSEWHERE)

    def test_what_is_marked_as_deleted_was_moved_unless_the_user_did_that(self):
        self.assertEqual(self.place_of(self.message, active=False), known.MARKED)
        self.env["comm.operation"]._enqueue(self.message, "expunge")
        self.assertEqual(self.distance(self.message), known.COPY)


@tagged("post_install", "-at_install")
class TestMovedInTwoSteps(OperationCase):
    """``moved.take_over``: only a copy whose original is gone, or about to be, may be the other end of a move."""

    def moved(self, original, created=None):
        """Return whether the original, with these values, takes the place of its copy."""
        [first] = self.place(self.inbox, [50])
        [second] = self.place(self.archive, [60], copied_from_id=first.id)
        first.with_context(comm_sync=True).write(original)
        visit = SimpleNamespace(env=self.env, mailbox=self.mailbox, counts=Counter(), commit=lambda work: work())
        if created:
            self.env.flush_all()
            self.env.cr.execute("UPDATE comm_message SET create_date = %s WHERE id = %s", [created, second.id])
            self.env.invalidate_all()
        moved.take_over(visit)
        if second.exists():
            (first | second).unlink()
            return False
        first.unlink()
        return bool(visit.counts["moved"])

    def test_only_of_what_is_gone(self):
        self.assertTrue(self.moved({"active": False, "uid": False}))
        self.assertFalse(self.moved({"active": True, "uid": False}))
        self.assertFalse(self.moved({"active": True, "uid": 50}))
        # Marked as deleted it is as good as gone.
        self.assertTrue(self.moved({"active": False, "uid": 50}))

    def test_only_for_a_day(self):
        now = fields.Datetime.now()
        gone = {"active": False, "uid": False}
        self.assertTrue(self.moved(gone, now - timedelta(hours=23)))
        self.assertFalse(self.moved(gone, now - timedelta(hours=25)))

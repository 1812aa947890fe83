from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.comm_operation import REFUSALS_BEFORE_UNDO
from ..protocol.errors import ConnectionLost
from ..protocol.imap import ImapSession
from ..sync.answers import BREAKS_IN_TURN
from .common import SyncCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestSyncChangeBreaks(SyncCase):
    """A change at which the connection breaks each time keeps neither mail nor other changes away, and is undone."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        for name in ("Box", "Other", "Trash/Old"):
            self.client.create(name)
        for number in range(1, 6):
            self.deliver(f"Mail {number}")
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.mailbox = self.make_synced(port=self.proxy.port, security="none", auto_fetch=True)

    def hang_up_at_command(self, command):
        """Let the server hang up in the place of doing this."""
        self.proxy.deny(command)
        self.proxy.hang_up_at(rb"OK NOOP")

    def mail(self, *numbers):
        messages = self.env["comm.message"].browse(
            self.message(self.mailbox, f"Mail {number}").id for number in numbers
        )
        return messages.with_user(self.anna)

    def visit(self, times=1):
        for _time in range(times):
            with suppress(UserError):
                self.mailbox.fetch_mail()
        self.env.invalidate_all()

    def waiting(self):
        return sorted(self.operations(self.mailbox).mapped("summary"))

    def is_here(self, subject):
        return subject in self.messages(self.mailbox).mapped("subject")

    def warnings(self):
        return " ".join(self.mailbox.event_ids.filtered(lambda event: event.level == "warning").mapped("text"))

    def test_of_several_messages_in_one_command(self):
        moved = self.mail(1, 2, 3)
        bad = moved[1].sudo()
        moved.move_to(self.folder(self.mailbox, "Box"))
        self.mail(4).move_to(self.folder(self.mailbox, "Other"))
        self.mail(5).is_flagged = True
        self.deliver("New")
        move = ImapSession.move

        def breaking_move(session, uids, **options):
            uids = list(uids)
            if bad.uid in uids:
                session.hang_up()
                raise ConnectionLost("mail.lab.test")
            return move(session, uids, **options)

        with patch.object(ImapSession, "move", breaking_move):
            self.visit(BREAKS_IN_TURN)
            self.assertFalse(self.is_here("New"))
            self.visit()
            self.assertTrue(self.is_here("New"))
            self.assertEqual(self.waiting(), ["Move to “Box”"])
            self.assertEqual(sorted(self.subjects("Box")), ["Mail 1", "Mail 3"])
            self.assertEqual(self.subjects("Other"), ["Mail 4"])
            self.assertIn(r"\Flagged", self.flags("INBOX", "Mail 5"))
            lease = self.mailbox.sudo().lease_ids
            self.assertEqual((lease.failures, self.mailbox.state), (0, "error"))
            self.visit(REFUSALS_BEFORE_UNDO - 2)
            self.assertEqual(self.waiting(), ["Move to “Box”"])
            self.assertFalse(self.warnings())
            self.visit()
        self.assertFalse(self.waiting())
        self.assertIn("undone: 1. ", self.warnings())
        self.assertEqual(bad.folder_id.path, "INBOX")
        self.visit()
        self.assertEqual(self.mailbox.state, "ok")

    def test_of_a_folder(self):
        for command, change in {
            "CREATE": lambda: self.folder(self.mailbox, "Box").with_user(self.anna).create_subfolder("New"),
            "RENAME": lambda: self.folder(self.mailbox, "Box").with_user(self.anna).rename("Kiste"),
            "DELETE": lambda: self.folder(self.mailbox, "Trash/Old").with_user(self.anna).delete_on_server(),
        }.items():
            with self.subTest(command):
                paths = sorted(self.mailbox.folder_ids.filtered(lambda one: not one.is_missing).mapped("path"))
                self.hang_up_at_command(command)
                change()
                self.mail(1).is_flagged = True
                self.deliver(f"New at {command}")
                self.visit(BREAKS_IN_TURN)
                self.assertIn(command.capitalize(), " ".join(self.waiting()))
                self.visit()
                self.assertTrue(self.is_here(f"New at {command}"))
                self.assertFalse(self.waiting())
                self.assertIn(r"\Flagged", self.flags("INBOX", "Mail 1"))
                self.assertIn("It was undone", self.warnings())
                self.proxy.reset()
                self.visit()
                here = self.mailbox.folder_ids.filtered(lambda one: not one.is_missing)
                self.assertEqual(sorted(here.mapped("path")), paths)
                self.assertEqual(self.mailbox.state, "ok")
                self.mail(1).is_flagged = False
                self.visit()

    def test_what_builds_on_a_change_of_a_folder_waits_with_it(self):
        self.hang_up_at_command("CREATE")
        folder = self.folder(self.mailbox, "Box").with_user(self.anna).create_subfolder("New")
        folder.rename("Newer")
        self.mail(1).move_to(folder)
        self.mail(2).is_flagged = True
        self.visit(BREAKS_IN_TURN)
        self.proxy.reset()
        self.visit()
        self.assertIn(r"\Flagged", self.flags("INBOX", "Mail 2"))
        self.visit()
        self.assertEqual(self.subjects("Box/Newer"), ["Mail 1"])
        self.assertFalse(self.waiting())

    def test_many_of_them_keep_mail_away_no_longer_than_one(self):
        for number in range(1, 6):
            self.mail(number).keywords = f"Word{number}"
        self.mail(1).move_to(self.folder(self.mailbox, "Box"))
        self.hang_up_at_command("UID STORE")
        self.deliver("New")
        self.visit(BREAKS_IN_TURN + 1)
        self.assertTrue(self.is_here("New"))
        self.assertEqual(self.subjects("Box"), ["Mail 1"])
        self.visit(BREAKS_IN_TURN + REFUSALS_BEFORE_UNDO)
        self.assertFalse(self.waiting())
        self.proxy.reset()
        self.visit()
        self.assertFalse(self.messages(self.mailbox).filtered("keywords"))

    def test_a_visit_that_only_tells_changes_tells_all_of_them(self):
        self.mail(1).is_flagged = True
        self.hang_up_at_command("UID STORE")
        for _visit in range(BREAKS_IN_TURN):
            self.failure_of(self.mailbox._push_now)
        self.mail(2).move_to(self.folder(self.mailbox, "Box"))
        self.failure_of(self.mailbox._push_now)
        self.assertEqual(self.subjects("Box"), ["Mail 2"])
        self.assertEqual(self.waiting(), ["Set the flag"])
        self.proxy.reset()
        self.mailbox._push_now()
        self.assertFalse(self.waiting())
        self.assertIn(r"\Flagged", self.flags("INBOX", "Mail 1"))

    def test_a_line_that_was_cut_once_puts_nothing_off(self):
        self.mail(1).is_flagged = True
        self.hang_up_at_command("UID STORE")
        self.failure_of(self.mailbox._push_now)
        self.proxy.reset()
        self.mailbox._push_now()
        self.assertFalse(self.waiting() or self.folder(self.mailbox, "INBOX").broken_at)

    def test_a_server_that_is_in_trouble_itself_refuses_nothing(self):
        self.mail(1).is_flagged = True
        self.hang_up_at_command("UID STORE")
        self.visit(BREAKS_IN_TURN)
        self.hang_up_at_command("LIST")
        for _visit in range(REFUSALS_BEFORE_UNDO + 1):
            self.failure_of(self.mailbox._push_now)
        self.assertEqual(self.operations(self.mailbox).attempts, 0)
        self.proxy.reset()
        self.visit()
        self.assertFalse(self.waiting())
        self.assertIn(r"\Flagged", self.flags("INBOX", "Mail 1"))

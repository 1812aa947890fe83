from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ..protocol.imap import ImapSession
from ..sync import engine, fetch, visit
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncRemade(SyncCase):
    """Folders made again under their name: the UIDs there mean other mails now, or the same mails have other UIDs."""

    def setUp(self):
        super().setUp()
        self.client.create("Box")

    def make_with_inbox_only(self):
        """Return a mailbox that knows of the other folders, and fetches none of them."""
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        mailbox.fetch_mail()
        return mailbox.with_env(self.env)

    def remake(self, path, *, keep=False):
        """Make a folder anew, empty or with the mail that it had, in another order."""
        [answer] = self.client.status(path, "(MESSAGES)")[1]
        count = int(answer.rpartition(b" ")[2].rstrip(b")"))
        self.client.select("INBOX")
        self.client.rename(path, "Old")
        self.client.create(path)
        self.client.select("Old")
        for number in range(count, 0, -1) if keep else ():
            self.client.copy(str(number), path)
        self.client.select("INBOX")
        self.client.delete("Old")

    def test_what_was_moved_into_a_folder_never_opened_is_not_taken_for_another_mail(self):
        self.deliver("Mail")
        mailbox = self.make_with_inbox_only()
        message = self.message(mailbox, "Mail").with_user(self.anna)
        message.move_to(self.folder(mailbox, "Box"))
        mailbox._push_now()
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.remake("Box")
        self.deliver("Other", folder="Box")
        mailbox.fetch_mail()
        message.is_flagged = True
        mailbox.fetch_mail()
        self.assertEqual(self.flags("Box", "Other"), set())
        self.assertFalse(message.uid)

    def test_what_is_moved_and_copied_into_a_folder_made_again_finds_its_place(self):
        for name in ("Before", "And before"):
            self.deliver(name, folder="Box")
        for name in ("Moved", "Copied"):
            self.deliver(name)
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        moved, copied = (self.message(mailbox, name).with_user(self.anna) for name in ("Moved", "Copied"))
        self.remake("Box")
        moved.move_to(self.folder(mailbox, "Box"))
        copied.copy_to(self.folder(mailbox, "Box"))
        mailbox._push_now()
        self.assertEqual(mailbox.state, "ok")
        mailbox.fetch_mail()
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(sorted(self.subjects("Box")), ["Copied", "Moved"])
        # What was in it before stays, beside it.
        kept = self.messages(mailbox).filtered("folder_id.is_missing")
        self.assertEqual(set(kept.mapped("subject")), {"Before", "And before"})
        shown = sorted((one.folder_id.path, one.subject) for one in self.messages(mailbox) - kept)
        self.assertEqual(shown, [("Box", "Copied"), ("Box", "Moved"), ("INBOX", "Copied")])
        self.assertEqual(moved.server_folder_id.path, "Box")
        self.assertEqual(self.messages(mailbox) & before, moved.sudo() | copied.sudo() | kept)

    def test_in_a_folder_that_is_not_fetched_mail_is_found_again_under_its_new_uids(self):
        names = ("First", "Second", "Third")
        for name in names:
            self.deliver(name)
        mailbox = self.make_with_inbox_only()
        messages = self.messages(mailbox).with_user(self.anna)
        messages.move_to(self.folder(mailbox, "Box"))
        mailbox.fetch_mail()
        self.remake("Box", keep=True)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.messages(mailbox).with_user(self.anna), messages)
        self.message(mailbox, "First").with_user(self.anna).is_flagged = True
        mailbox.fetch_mail()
        self.assertEqual([self.flags("Box", name) for name in names], [{r"\Flagged"}, set(), set()])

    def test_what_a_turn_has_no_time_to_find_again_stays_on_the_screen(self):
        names = [f"Mail {number}" for number in range(5)]
        for name in names:
            self.deliver(name, folder="Box")
        mailbox = self.make_synced()
        messages = self.messages(mailbox)
        self.remake("Box", keep=True)
        now = 0.0
        select = ImapSession.select

        def slow_select(session, *args, **options):
            nonlocal now
            now += engine.TURN
            return select(session, *args, **options)

        clock = SimpleNamespace(monotonic=lambda: now)
        with (
            patch.object(ImapSession, "select", slow_select),
            patch.object(engine, "time", clock),
            patch.object(visit, "time", clock),
            patch.object(fetch, "CHUNK", 2),
        ):
            mailbox.fetch_mail()
            placed = messages.filtered("uid")
            self.assertTrue(placed)
            self.assertLess(placed, messages)
            self.assertEqual(self.messages(mailbox), messages)
            mailbox.fetch_mail()
            self.assertEqual(self.messages(mailbox), messages)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(messages.filtered("uid"), messages)
        self.assertEqual(self.messages(mailbox).sorted("uid").mapped("subject"), names[::-1])

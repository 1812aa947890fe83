from odoo.tests import tagged

from ..models.comm_operation import REFUSALS_BEFORE_UNDO
from ..sync.answers import TRIES_WITH_BUG
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncAcl(SyncCase):
    """Rights on a folder (RFC 4314) that are taken away: what the user does there is undone, and he is told why."""

    def setUp(self):
        super().setUp()
        self.account = self.lab.account(acl=True)
        self.client = self.lab.imap(self.account)
        self.client.create("Work")
        for name in ("First", "Second"):
            self.deliver(name, folder="Work")
        self.mailbox = self.make_synced()
        self.work = self.folder(self.mailbox, "Work")
        self.first, self.second = (
            self.message(self.mailbox, name).with_user(self.anna) for name in ("First", "Second")
        )

    def allow(self, rights):
        self.client.select("INBOX")
        self.assertEqual(self.client.setacl("Work", "owner", rights)[0], "OK")

    def warnings(self):
        return self.mailbox.event_ids.filtered(lambda event: event.level == "warning").mapped("text")

    def assert_undone_at_once(self):
        """The server is asked once, and everything is as it was."""
        self.mailbox.fetch_mail()
        [text] = self.warnings()
        self.assertIn("were undone", text)
        self.assertIn("does not let you change the folder Work", text)
        self.assertNotIn("again and again", text)
        self.assertEqual(self.mailbox.state, "ok")
        for _visit in range(2):
            self.mailbox.fetch_mail()
        self.assertFalse(self.operations(self.mailbox))
        self.assertEqual(len(self.warnings()), 1)
        self.assertEqual(self.first.folder_id, self.work)
        self.assertTrue(self.first.active)
        self.assertFalse(self.first.is_seen or self.first.is_flagged)

    def test_marks_in_a_folder_that_became_read_only(self):
        self.allow("lr")
        self.first.write({"is_seen": True, "is_flagged": True})
        self.second.is_flagged = True
        self.mailbox.fetch_mail()
        self.assertFalse(self.operations(self.mailbox))
        self.assertFalse(self.first.is_seen or self.first.is_flagged or self.second.is_flagged)
        self.assertTrue(all("READ-ONLY" in text for text in self.warnings()), self.warnings())
        self.assertEqual(len(self.warnings()), 2)
        self.allow("lrwstipekx")
        self.assertIn("nothing to mend", self.mailbox.repair())

    def test_a_mark_for_which_the_right_is_missing(self):
        self.allow("lrs")
        self.first.is_flagged = True
        self.second.is_seen = True
        self.assert_undone_at_once()
        self.assertTrue(self.second.is_seen)
        self.assertEqual(self.flags("Work", "Second"), {r"\Seen"})

    def test_marks_of_others_arrive_in_a_folder_that_is_read_only(self):
        self.allow("lr")
        self.mailbox.fetch_mail()
        self.allow("lrwstipekx")
        self.client.store(self.number("Work", "First"), "+FLAGS", r"(\Flagged)")
        self.allow("lr")
        self.mailbox.fetch_mail()
        self.assertTrue(self.first.is_flagged)

    def test_a_move_out_of_a_folder_that_mail_may_not_leave(self):
        self.client.create("Box")
        self.mailbox.refresh_folders()
        self.allow("lrsw")
        self.first.move_to(self.folder(self.mailbox, "Box"))
        self.assert_undone_at_once()
        self.assertEqual(self.subjects("Box"), [])

    def test_what_is_refused_together_for_want_of_a_right_is_asked_once_and_told_once(self):
        for name in ("Mail", "More"):
            self.deliver(name)
        self.mailbox.fetch_mail()
        self.allow("lr")
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            messages = self.messages(self.mailbox).with_user(self.anna) - self.first - self.second
            messages.move_to(self.work)
            self.mailbox.fetch_mail()
            self.assertEqual(proxy.commands.count("UID MOVE"), 1)
        [text] = self.warnings()
        self.assertIn("undone: 2", text)
        self.assertEqual(messages.folder_id.path, "INBOX")

    def test_so_are_marks_of_which_the_server_did_not_tell_before_that_it_takes_none(self):
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID STORE", text="[NOPERM] Permission denied")
            self.through(proxy, self.mailbox)
            (self.first | self.second).is_flagged = True
            self.mailbox.fetch_mail()
            self.assertEqual(proxy.commands.count("UID STORE"), 1)
            self.mailbox.fetch_mail()
        [text] = self.warnings()
        self.assertIn("undone: 2", text)
        self.assertFalse(self.first.is_flagged or self.second.is_flagged)

    def test_a_move_that_the_server_calls_a_bug_of_its_own(self):
        """So Dovecot does when the folder lies in the namespace of another user."""
        self.allow("lrswt")
        with self.lab.proxy("imap") as proxy:
            proxy.deny(
                "UID MOVE", text="[SERVERBUG] Internal error occurred. Refer to server log for more information."
            )
            self.through(proxy, self.mailbox)
            self.first.move_to(self.folder(self.mailbox, "INBOX"))
            self.assert_undone_at_once()

    def test_what_the_server_calls_a_bug_though_the_rights_are_there_is_tried_longer_and_not_for_ever(self):
        with self.lab.proxy("imap") as proxy:
            proxy.deny(
                "UID MOVE", text="[SERVERBUG] Internal error occurred. Refer to server log for more information."
            )
            self.through(proxy, self.mailbox)
            self.first.move_to(self.folder(self.mailbox, "INBOX"))
            for _visit in range(TRIES_WITH_BUG - 1):
                self.mailbox._push_now()
            self.assertGreater(TRIES_WITH_BUG, REFUSALS_BEFORE_UNDO)
            self.assertEqual(self.first.folder_id.path, "INBOX")
            self.mailbox._push_now()
        self.assertEqual(self.first.folder_id, self.work)
        self.assertIn("Internal error", self.warnings()[0])

    def test_a_deletion_for_which_the_right_is_missing(self):
        self.work.write({"role": "trash", "role_is_chosen": True})
        for rights in ("lr", "lrsw", "lrswt", "lrswe"):
            with self.subTest(rights):
                self.mailbox.event_ids.unlink()
                self.allow(rights)
                self.first.delete(seen_in=self.work.id)
                self.assert_undone_at_once()
                self.allow("lrwstipekx")
                self.assertEqual(sorted(self.subjects("Work")), ["First", "Second"])

    def test_a_move_into_a_folder_that_takes_nothing_is_about_that_folder(self):
        self.deliver("Mail")
        self.mailbox.fetch_mail()
        self.allow("lr")
        message = self.message(self.mailbox, "Mail").with_user(self.anna)
        message.move_to(self.work)
        self.mailbox.fetch_mail()
        self.assertEqual(message.folder_id.path, "INBOX")
        self.assertIn("change the folder Work", self.warnings()[0])

    def test_a_folder_that_may_not_be_read(self):
        self.allow("l")
        self.deliver("New")
        told = self.failure_of(self.mailbox.fetch_mail)
        self.assertIn("You have no right to read the folder Work", told)
        self.assertIn("Ask who shares it with you", told)
        self.assertNotIn("Try again later", told)
        self.assertEqual(self.message(self.mailbox, "New").folder_id.path, "INBOX")
        self.allow("lr")
        self.mailbox.fetch_mail()
        self.assertEqual(self.mailbox.state, "ok")

    def test_a_share_that_was_withdrawn_and_comes_back(self):
        # Without the right to see it.
        self.allow("r")
        self.mailbox.fetch_mail()
        [text] = self.warnings()
        self.assertIn("hold no mail there: Work. They were deleted, or a share was withdrawn", text)
        self.assertIn(": 2.", text)
        self.assertTrue(self.work.is_missing)
        self.allow("lr")
        self.mailbox.fetch_mail()
        self.assertFalse(self.work.is_missing)
        self.assertEqual(len(self.messages(self.mailbox)), 2)

from contextlib import contextmanager, suppress
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..protocol.errors import ConnectionLost, ServerRefused
from ..protocol.imap import ImapSession
from ..sync import batch, engine, visit
from .common import SyncCase

PLAIN = ("CONDSTORE", "QRESYNC", "LIST-STATUS")


@tagged("post_install", "-at_install")
class TestSyncTurns(SyncCase):
    """What does not fit into one turn comes in the next ones, all of it."""

    def fill(self, count):
        for number in range(count):
            self.client.create(f"Box{number}")
            self.deliver(f"In {number}", folder=f"Box{number}")

    def slow(self, seconds):
        """Let the server take so many seconds to open a folder, as far as the engine looks at its watch."""
        now = 0.0
        select = ImapSession.select

        def slow_select(session, *args, **options):
            nonlocal now
            now += seconds
            return select(session, *args, **options)

        clock = SimpleNamespace(monotonic=lambda: now)
        self.enterContext(patch.object(ImapSession, "select", slow_select))
        self.enterContext(patch.object(engine, "time", clock))
        self.enterContext(patch.object(visit, "time", clock))

    @contextmanager
    def breaking(self, broken):
        """Meanwhile the connection breaks whenever this folder is opened."""
        select = ImapSession.select

        def breaking_select(session, path, **options):
            if path == broken:
                raise ConnectionLost("mail.lab.test")
            return select(session, path, **options)

        with patch.object(ImapSession, "select", breaking_select):
            yield

    def next_visit(self, mailbox):
        """Fetch a minute later."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE comm_folder SET caught_up_at = caught_up_at - interval '1 minute', looked_into_at = looked_into_at"
            " - interval '1 minute', compared_at = compared_at - interval '1 minute' WHERE mailbox_id = %s",
            [mailbox.id],
        )
        self.env.invalidate_all()
        return mailbox.fetch_mail()

    def test_new_mail_comes_though_a_turn_is_too_short_for_the_old_one(self):
        self.fill(12)
        with self.lab.proxy("imap") as proxy:
            proxy.hide(*PLAIN)
            mailbox = self.make_synced(port=proxy.port, security="none")
            self.slow(seconds=engine.TURN / 6)
            self.deliver("New")
            self.assertEqual(self.next_visit(mailbox), 1)
            self.assertEqual(self.message(mailbox, "New").folder_id.path, "INBOX")

    def test_marks_and_new_mail_of_every_folder_come_within_some_turns(self):
        self.fill(12)
        with self.lab.proxy("imap") as proxy:
            proxy.hide(*PLAIN)
            mailbox = self.make_synced(port=proxy.port, security="none")
            for number in range(12):
                self.client.select(f"Box{number}")
                self.client.store("1", "+FLAGS", r"(\Flagged)")
                self.deliver(f"New {number}", folder=f"Box{number}")
            self.slow(seconds=engine.TURN / 8)
            for _turn in range(12):
                self.next_visit(mailbox)
            old, new = (
                self.messages(mailbox).filtered(lambda message, word=word: message.subject.startswith(word))
                for word in ("In", "New")
            )
            self.assertEqual(old.filtered("is_flagged"), old)
            self.assertEqual(len(new), 12)

    def test_every_step_reaches_every_folder_though_no_turn_has_any_time(self):
        count = 6
        self.fill(count)
        with self.lab.proxy("imap") as proxy:
            proxy.hide(*PLAIN)
            mailbox = self.make_synced(port=proxy.port, security="none")
            boxes = mailbox.folder_ids.filtered(lambda folder: folder.path.startswith("Box"))
            lost = self.messages(mailbox).filtered(lambda one: one.folder_id == boxes[0])
            lost.unlink()
            boxes[0].is_to_compare = True
            for number in range(1, count):
                self.client.select(f"Box{number}")
                self.client.store("1", "+FLAGS", r"(\Flagged)")
            # One is taken away, and there is a folder whose first import has not begun.
            self.expunge("Box5", "In 5")
            for number in range(count):
                self.deliver(f"New {number}", folder=f"Box{number}")
            self.client.create("First")
            for number in range(batch.FIRST_MESSAGES + 5):
                self.deliver(f"First {number}", folder="First")
            mailbox.refresh_folders()
            mailbox.folder_ids.fetch_mode = "tree"
            self.patch(engine, "TURN", 0.0)
            turns = 2 * len(mailbox.folder_ids)
            pushed = self.message(mailbox, "In 1")
            for turn in range(turns):
                self.deliver(f"Flood {turn}")
                pushed.with_user(self.anna).is_seen = not turn % 2
                self.next_visit(mailbox)
                self.assertFalse(self.operations(mailbox), "what users change is told in every turn")
            names = self.messages(mailbox).mapped("subject")
            self.assertEqual(len([name for name in names if name.startswith("New")]), count)
            self.assertEqual(len([name for name in names if name.startswith("First")]), batch.FIRST_MESSAGES + 5)
            self.assertEqual(sorted(name for name in names if name.startswith("In")), [f"In {n}" for n in range(5)])
            self.assertTrue(all(self.message(mailbox, f"In {number}").is_flagged for number in range(1, 5)))
            self.assertFalse(boxes[0].is_to_compare)
            # The end of a visit had its turn in every folder, too.
            for folder in boxes:
                self.assertEqual(folder.server_count, len(self.subjects(folder.path)), folder.path)

    def test_a_folder_in_which_the_server_fails_is_not_the_first_one_in_every_visit(self):
        for failure in (ServerRefused("SELECT", b"NO"), ConnectionLost("mail.lab.test")):
            with self.subTest(type(failure).__name__), self.lab.proxy("imap") as proxy:
                proxy.hide(*PLAIN)
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.fill(4)
                mailbox = self.make_synced(port=proxy.port, security="none")
                for number in range(1, 4):
                    self.client.select(f"Box{number}")
                    self.client.store("1", "+FLAGS", r"(\Flagged)")
                select = ImapSession.select

                def failing(session, path, failure=failure, select=select, **options):
                    if path == "Box0":
                        raise failure
                    return select(session, path, **options)

                with patch.object(ImapSession, "select", failing), patch.object(engine, "TURN", 0.0):
                    for _turn in range(len(mailbox.folder_ids)):
                        with suppress(UserError):
                            self.next_visit(mailbox)
                marked = self.messages(mailbox).filtered("is_flagged")
                self.assertEqual(sorted(marked.mapped("subject")), ["In 1", "In 2", "In 3"])

    def test_a_folder_in_which_the_connection_breaks_keeps_no_mail_of_the_others_away(self):
        self.fill(3)
        with self.lab.proxy("imap") as proxy:
            proxy.hide(*PLAIN)
            mailbox = self.make_synced(port=proxy.port, security="none")
            self.client.select("Box2")
            self.client.store("1", "+FLAGS", r"(\Flagged)")
            for name in ("INBOX", "Box0", "Box2"):
                self.deliver(f"New in {name}", folder=name)
            with self.breaking("Box0"):
                for _visit in range(2):
                    self.failure_of(self.next_visit, mailbox)
            self.assertTrue(self.message(mailbox, "In 2").is_flagged)
            self.assertEqual((mailbox.state, self.message(mailbox, "New in INBOX").folder_id.role), ("error", "inbox"))
            self.assertTrue(self.message(mailbox, "New in Box2"))
            self.next_visit(mailbox)
            self.assertTrue(self.message(mailbox, "New in Box0"))
            self.assertFalse(any(folder.broken_at for folder in mailbox.folder_ids))

    def test_a_change_in_a_folder_in_which_the_connection_breaks_keeps_no_mail_away(self):
        self.fill(2)
        mailbox = self.make_synced(auto_fetch=True, fetch_interval=5)
        message = self.message(mailbox, "In 0")
        message.is_flagged = True
        for name in ("INBOX", "Box0", "Box1"):
            self.deliver(f"New in {name}", folder=name)
        with self.breaking("Box0"):
            reasons = [self.failure_of(self.next_visit, mailbox) for _visit in range(3)]
        self.assertIn("Box0", reasons[-1])
        self.assertTrue(self.message(mailbox, "New in INBOX") and self.message(mailbox, "New in Box1"))
        self.assertNotIn("New in Box0", self.messages(mailbox).mapped("subject"))
        # The others are fetched as often as ever.
        lease = mailbox.sudo().lease_ids
        self.assertEqual(lease.failures, 0)
        self.assertAlmostEqual((lease.due_at - fields.Datetime.now()).total_seconds(), 300, delta=60)
        self.next_visit(mailbox)
        self.assertTrue(self.message(mailbox, "New in Box0"))
        self.assertIn(r"\Flagged", self.flags("Box0", "In 0"))
        self.assertFalse(any(folder.broken_at for folder in mailbox.folder_ids))
        self.assertEqual(mailbox.state, "ok")

    def test_a_change_at_which_the_connection_breaks_keeps_no_new_mail_of_its_own_folder_away(self):
        self.deliver("Old")
        mailbox = self.make_synced(auto_fetch=True)
        self.message(mailbox, "Old").is_flagged = True
        self.deliver("New")
        with patch.object(ImapSession, "store_flags", side_effect=ConnectionLost("mail.lab.test")):
            for _visit in range(3):
                self.failure_of(self.next_visit, mailbox)
        self.assertTrue(self.message(mailbox, "New"))
        self.assertEqual(mailbox.sudo().lease_ids.failures, 0)
        self.next_visit(mailbox)
        self.assertIn(r"\Flagged", self.flags("INBOX", "Old"))

    def test_what_repair_had_no_time_for_the_next_fetches_do(self):
        self.fill(5)
        mailbox = self.make_synced()
        self.env.cr.execute("UPDATE comm_message SET is_flagged = TRUE WHERE mailbox_id = %s", [mailbox.id])
        self.env.invalidate_all()
        self.slow(seconds=engine.TURN / 4)
        self.assertIn("rest follows", mailbox.repair())
        self.assertTrue(any(message.is_flagged for message in self.messages(mailbox)))
        for _turn in range(5):
            self.next_visit(mailbox)
        self.assertFalse(any(message.is_flagged for message in self.messages(mailbox)))
        self.assertFalse(any(folder.is_to_compare for folder in mailbox.folder_ids))

    def test_an_archived_mailbox_is_left_at_the_next_folder(self):
        self.fill(6)
        with self.lab.proxy("imap") as proxy:
            proxy.hide(*PLAIN)
            mailbox = self.make_synced(port=proxy.port, security="none")
            proxy.clear_counts()

            def archive():
                mailbox.with_user(self.anna).active = False

            with self.meanwhile("select", archive):
                mailbox.fetch_mail()
            self.assertEqual(proxy.commands.count("SELECT"), 1)

    def test_a_folder_may_be_deleted_while_it_is_imported(self):
        self.client.create("Trash/Old")
        for number in range(batch.FIRST_MESSAGES + 5):
            self.deliver(f"Mail {number}", folder="Trash/Old")
        self.client.create("Zuletzt")
        self.deliver("Last", folder="Zuletzt")
        mailbox = self.make_lab_mailbox(fetch_subfolders=True)
        mailbox.refresh_folders()
        mailbox = mailbox.with_env(self.env)
        mailbox.folder_ids.fetch_mode = "this"
        old = self.folder(mailbox, "Trash/Old")
        save, deleted = batch.save, []

        def save_and_delete(folder, *args):
            save(folder, *args)
            if folder == old and not deleted:
                deleted.append(old.with_user(self.anna).delete_on_server())
                self.env.flush_all()

        with patch.object(batch, "save", save_and_delete):
            mailbox.fetch_mail()
        self.assertTrue(deleted)
        self.assertFalse(old.exists())
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Last"])
        self.assertEqual(mailbox.state, "ok")

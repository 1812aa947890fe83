from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.mime_defects import NOT_HANDED_OUT
from ..sync import engine, settled
from ..sync.errors import FolderIncomplete
from ..sync.visit import Visit
from .common import SyncCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"
# A visit without news. Whoever adds a statement to each of them has to say why here.
STATEMENTS = 9


@tagged("post_install", "-at_install")
class TestSyncSettled(SyncCase):
    """A visit that finds everything as the last one left it sees that at a glance, and whatever changed is seen."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        self.deliver("Mail")
        self.mailbox = self.make_synced().sudo()

    def visit(self):
        self.env.invalidate_all()
        return self.mailbox._visit("fetch", engine.fetch_mail)

    def settle(self):
        """Visit until there is nothing to do any more."""
        for _number in range(4):
            if self.visit().is_settled:
                return
        self.fail("the mailbox does not settle")

    def test_without_news_nothing_but_the_list_is_asked(self):
        self.settle()
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            self.settle()
            proxy.clear_counts()
            self.assertTrue(self.visit().is_settled)
            self.assertEqual(proxy.commands[-3:], ["NAMESPACE", "LIST", "LOGOUT"])

    def test_without_news_a_handful_of_statements(self):
        self.settle()
        statements = []
        execute = Cursor.execute

        def counted(cursor, query, *args, **options):
            if "SAVEPOINT" not in str(query):
                statements.append(query)
            return execute(cursor, query, *args, **options)

        with patch.object(Cursor, "execute", counted):
            self.visit()
        self.assertLessEqual(len(statements), STATEMENTS, "\n".join(map(str, statements)))

    def test_a_visit_without_news_is_noted_like_any_other(self):
        self.mailbox.fetch_interval = 7
        self.settle()
        events = len(self.mailbox.event_ids)
        self.mailbox.lease_ids.write({"due_at": "2026-01-01", "last_fetch": "2026-01-01", "failures": 2})
        before = fields.Datetime.now()
        self.assertTrue(self.visit().is_settled)
        lease = self.mailbox.lease_ids
        self.assertGreaterEqual(lease.last_fetch, before)
        self.assertGreaterEqual(lease.due_at, before + timedelta(minutes=7))
        self.assertEqual((lease.failures, self.mailbox.state), (0, "ok"))
        connected, looked = self.mailbox.event_ids[: len(self.mailbox.event_ids) - events][::-1]
        self.assertIn("logged in", connected.text)
        self.assertEqual((looked.step, looked.level, looked.text), ("fetch", "info", "Messages fetched: 0"))

    def test_after_a_failure_it_tells_that_all_is_well_again(self):
        self.settle()
        self.mailbox._record_failure("fetch", "Broken")
        self.visit()
        self.assertEqual((self.mailbox.state, self.mailbox.last_error), ("ok", False))

    def test_what_another_program_does_is_seen(self):
        def subscribe():
            self.client.unsubscribe("Sent")

        changes = {
            "new mail": lambda: self.deliver("New"),
            "a mark": lambda: self.client.store(self.number("INBOX", "Mail"), "+FLAGS", r"(\Flagged)"),
            "a move": lambda: self.move("INBOX", "New", "Archive"),
            "a deletion": lambda: self.expunge("Archive", "New"),
            "a new folder": lambda: self.client.create("Made"),
            "a new name": lambda: self.client.rename("Made", "Renamed"),
            "a folder that is gone": lambda: self.client.delete("Renamed"),
            "a subscription": subscribe,
        }
        for name, change in changes.items():
            with self.subTest(name):
                self.settle()
                self.client.select("Drafts")
                change()
                self.client.select("Drafts")
                self.assertFalse(self.visit().is_settled)
        self.assertTrue(self.message(self.mailbox, "Mail").is_flagged)
        self.assertEqual(self.messages(self.mailbox).mapped("subject"), ["Mail"])

    def test_what_changed_in_odoo_is_seen(self):
        def refused():
            self.message(self.mailbox, "Mail").write({"defect": f"{NOT_HANDED_OUT}\nLater"})

        inbox = self.folder(self.mailbox, "INBOX")
        changes = {
            "a folder's mode": lambda: self.folder(self.mailbox, "Sent").write({"fetch_mode": "no"}),
            "a folder to compare": lambda: inbox.write({"is_to_compare": True}),
            "a gap": lambda: inbox.write({"gap": 1}),
            "a lost connection": lambda: inbox.write({"broken_at": fields.Datetime.now()}),
            "a setting": lambda: self.mailbox.write({"fetch_subfolders": False}),
            "another login": self.mailbox._retry_soon,
            "a change for the server": lambda: (
                self.message(self.mailbox, "Mail").with_user(self.anna).write({"is_flagged": True})
            ),
            "a message that is asked for again": refused,
            "a message that lost its place": lambda: self.message(self.mailbox, "Mail").write({"active": False}),
        }
        for name, change in changes.items():
            with self.subTest(name):
                self.settle()
                change()
                self.assertFalse(self.visit().is_settled)
                if name == "a message that is asked for again":
                    self.message(self.mailbox, "Mail").write({"defect": False})
        self.assertEqual(self.flags("INBOX", "Mail"), {r"\Flagged"})

    def test_only_a_visit_that_had_nothing_to_do_leaves_a_reason(self):
        """Whatever a visit did, a reason of it would let the next ones pass it over."""
        self.settle()
        before = settled.look(self.mailbox)
        doings = {
            "nothing": lambda visit: None,
            "not all of it": lambda visit: setattr(visit, "complete", False),
            "a problem": lambda visit: visit.problems.append(FolderIncomplete("INBOX", 1)),
            "a change told": lambda visit: visit.told.add(1),
            "a folder opened": lambda visit: visit.states.update({1: None}),
            "a folder opened and left": lambda visit: setattr(visit.session, "selected", "INBOX"),
            "a change here": lambda visit: self.mailbox.folder_ids[0].write({"gap": 1}),
        }
        for name, do in doings.items():
            with self.subTest(name):
                visit = Visit(self.mailbox, SimpleNamespace(fingerprint="list", selected=None))
                do(visit)
                reason = settled.reason_of(visit, before)
                self.assertEqual(reason, f"{before.state} list" if name == "nothing" else None)
        self.assertIsNone(settled.reason_of(Visit(self.mailbox, SimpleNamespace(selected=None)), settled.UNKNOWN))

    def test_a_message_without_its_place_is_another_state_though_its_folder_is_as_before(self):
        message = self.message(self.mailbox, "Mail")
        self.env.cr.execute("UPDATE comm_message SET identity = 'known' WHERE id = %s", message.ids)
        before = settled.look(self.mailbox).state
        for values in ((None, True), (1, False)):
            self.env.cr.execute("UPDATE comm_message SET uid = %s, active = %s WHERE id = %s", [*values, message.id])
            self.assertNotEqual(settled.look(self.mailbox).state, before, values)

    def test_what_is_asked_for_again_is_asked_in_its_time(self):
        message = self.message(self.mailbox, "Mail")
        message.write({"defect": f"{NOT_HANDED_OUT}\nLater"})
        for _number in range(3):
            self.assertFalse(self.visit().is_settled)
        self.env.cr.execute("UPDATE comm_message SET write_date = now() - interval '2 days' WHERE id = %s", message.ids)
        self.visit()
        self.assertFalse(self.message(self.mailbox, "Mail").defect)
        self.settle()

    def test_a_folder_fetched_by_hand_is_fetched_whatever_was_settled(self):
        sent = self.folder(self.mailbox, "Sent")
        sent.fetch_mode = "no"
        self.settle()
        with patch.object(engine, "_bring_in_line", wraps=engine._bring_in_line) as bring:
            sent.fetch_mail()
        self.assertEqual(bring.call_args.args[0].is_settled, False)

    def test_a_visit_that_had_no_time_does_not_settle(self):
        self.lab.create_folder(self.account.address, "More")
        self.settle()
        self.env["comm.mailbox.lease"].search([]).write({"settled_by": False})
        with patch.object(engine, "TURN", 0.0):
            self.deliver("New")
            self.assertFalse(self.visit().settled_by)

    def test_a_server_that_does_not_tell_of_marks_never_settles(self):
        with self.lab.proxy("imap") as proxy:
            proxy.hide("CONDSTORE", "QRESYNC")
            self.through(proxy, self.mailbox)
            for _number in range(3):
                self.assertFalse(self.visit().is_settled)
            self.client.store(self.number("INBOX", "Mail"), "+FLAGS", r"(\Flagged)")
            self.visit()
        self.assertTrue(self.message(self.mailbox, "Mail").is_flagged)

    def test_refreshing_the_folders_and_repairing_go_their_whole_way(self):
        self.settle()
        sent = self.folder(self.mailbox, "Sent")
        self.env.cr.execute("UPDATE comm_folder SET subscribed = NOT subscribed WHERE id = %s", sent.ids)
        self.env.invalidate_all()
        self.mailbox.refresh_folders()
        self.env.invalidate_all()
        self.assertTrue(sent.subscribed)
        self.deliver("Lost")
        self.settle()
        self.env.cr.execute("DELETE FROM comm_message WHERE id = %s", self.message(self.mailbox, "Lost").ids)
        self.settle()
        self.mailbox.repair()
        self.assertEqual(set(self.messages(self.mailbox).mapped("subject")), {"Mail", "Lost"})

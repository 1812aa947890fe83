from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.comm_operation import REFUSALS_BEFORE_UNDO
from ..sync.transaction import committed
from .operations import CommittedCase, OperationCase


@tagged("post_install", "-at_install")
class TestQueue(CronMixinCase, OperationCase):
    def test_a_newer_intention_replaces_the_older_one(self):
        self.message.is_seen = True
        self.assertEqual(self.queue(), [("flag", 1, r"\Seen", True)])
        operation = self.operations()
        self.message.is_seen = False
        self.assertEqual(self.queue(), [("flag", 1, r"\Seen", False)])
        self.assertEqual((self.operations(), operation.revision), (operation, 2))

    def test_what_the_user_changed_while_the_server_was_told_stays_pending(self):
        self.messages.is_seen = True
        told = {operation.id: operation.revision for operation in self.operations()}
        self.message.is_seen = False
        self.env["comm.operation"]._done(told)
        self.assertEqual(self.queue(), [("flag", 1, r"\Seen", False)])

    def test_each_flag_has_a_row_of_its_own(self):
        self.message.write({"is_seen": True, "is_flagged": True})
        self.message.move_to(self.archive.id)
        self.assertEqual(
            self.queue(),
            [("flag", 1, r"\Seen", True), ("flag", 1, r"\Flagged", True), ("move", 1, "Archive", False)],
        )

    def test_a_refusal_is_noted_and_a_new_intention_forgets_it(self):
        self.message.is_seen = True
        operation = self.operations()
        self.env["comm.operation"]._refused({operation.id: operation.revision}, "Mailbox is full")
        self.assertRecordValues(operation, [{"attempts": 1, "last_error": "Mailbox is full"}])
        self.message.is_seen = False
        self.assertRecordValues(operation, [{"attempts": 0, "last_error": False}])
        self.env["comm.operation"]._refused({operation.id: 1}, "Too late")
        self.assertFalse(operation.last_error, "that was about the older intention")

    def test_what_the_server_never_takes_is_undone_with_an_event(self):
        self.env["bus.bus"].sudo().search([]).unlink()
        self.message.move_to(self.archive.id)
        operation = self.operations()
        for _try in range(REFUSALS_BEFORE_UNDO):
            self.assertEqual(self.message.folder_id, self.archive)
            self.env["comm.operation"]._refused({operation.id: 1}, "No permission")
        self.assertEqual((self.message.folder_id, self.queue()), (self.inbox, []))
        self.assertIn("No permission", self.events()[0].text)
        self.assertEqual(self.inbox.message_count, 3)
        # Who did it is told where they are, and nobody else.
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].sudo().search([("message", "like", "simple_notification")])
        self.assertEqual(len(told), 1)
        self.assertIn("No permission", told.message)
        self.assertIn(f'"res.partner",{self.anna.partner_id.id}]', told.channel)

    def test_changes_of_vanished_messages_are_dropped_with_one_event(self):
        self.messages.write({"is_seen": True, "is_flagged": True})
        self.operations().filtered(lambda operation: operation.message_id in self.messages[:2])._drop_vanished()
        self.assertEqual({row[1] for row in self.queue()}, {3})
        self.assertEqual(len(self.events()), 1)
        self.assertIn("4", self.events().text)

    def test_every_change_starts_the_scheduled_action_at_once(self):
        cron = self.env.ref("comm_mailboxes.ir_cron_push")
        for change in (
            lambda: self.message.write({"is_flagged": True}),
            lambda: self.message.move_to(self.archive.id),
            lambda: self.message.copy_to(self.archive.id),
            lambda: self.mailbox.create_folder("New"),
            self.messages.delete,
        ):
            with self.capture_triggers(cron.id) as captured:
                change()
            self.assertTrue(captured.records)
            self.assertLessEqual(captured.records[0].call_at, fields.Datetime.now())

    def test_what_changes_nothing_is_not_told(self):
        cron = self.env.ref("comm_mailboxes.ir_cron_push")
        with self.capture_triggers(cron.id) as captured:
            self.messages.write({"is_seen": False, "keywords": False})
            self.messages.move_to(self.inbox.id)
        self.assertEqual((self.queue(), len(captured.records)), ([], 0))

    def test_what_the_engine_writes_is_not_told(self):
        engine = self.messages.sudo().with_context(comm_sync=True)
        engine.write({"is_seen": True, "keywords": "Work"})
        self.assertEqual(self.queue(), [])
        # A context can be sent by anybody.
        self.messages.with_context(comm_sync=True).is_seen = False
        self.assertEqual(len(self.queue()), 3)

    def test_messages_that_are_on_no_server_are_not_told(self):
        local = self.make_message(self.mailbox).with_user(self.anna)
        local.is_seen = True
        self.assertEqual((self.queue(), local.is_seen), ([], True))

    def test_a_message_on_its_way_to_the_server_keeps_its_later_changes(self):
        draft = self.make_message(self.mailbox).with_user(self.anna)
        self.env["comm.operation"]._enqueue(draft, "append", self.inbox)
        draft.is_flagged = True
        draft.move_to(self.archive.id)
        self.assertEqual([row[0] for row in self.queue()], ["append", "flag", "move"])

    def test_thousands_in_a_handful_of_statements(self):
        many = self.place(self.inbox, range(100, 5100)).with_user(self.anna)
        self.env.invalidate_all()
        for change in (
            lambda: many.write({"is_seen": True, "is_flagged": True}),
            lambda: many.write({"keywords": "Work $Later"}),
            lambda: many.move_to(self.archive.id),
            lambda: many.copy_to(self.inbox.id),
            lambda: many.delete(seen_in=self.archive.id),
            lambda: many.delete(seen_in=self.trash.id),
        ):
            self.env.invalidate_all()
            # 5 blocks of 1,000 records are read and written, whatever is done to them.
            with self.assertQueryCount(100):
                change()
                self.env.flush_all()
        operations = self.operations()
        self.assertEqual(operations.grouped("kind").keys(), {"copy", "expunge"})
        with self.assertQueryCount(12):
            self.env["comm.operation"]._done({operation.id: 1 for operation in operations})
        self.assertFalse(self.operations())


@tagged("post_install", "-at_install")
class TestQueueBesideOthers(CommittedCase):
    def test_who_changes_his_mind_while_the_server_is_told_is_not_overheard(self):
        with self.committed() as env:
            env["comm.message"].browse(self.message_id).is_flagged = True
        with self.committed() as engine:
            operation = engine["comm.operation"]._pending(engine["comm.mailbox"].browse(self.mailbox_id))
            told = {operation.id: operation.revision}
            engine.cr.commit()
            self.assertTrue(operation.value)  # told to the server; its answer is to be noted in this transaction
            with self.committed() as user:
                user["comm.message"].browse(self.message_id).is_flagged = False
            tries = []

            def note():
                tries.append(1)
                engine["comm.operation"]._done(told)

            committed(engine, note)
            self.assertEqual(len(tries), 2, "PostgreSQL refused the first one")
            operation.invalidate_recordset()
            self.assertEqual((operation.exists(), operation.value, operation.revision), (operation, False, 2))


@tagged("post_install", "-at_install")
class TestDiscard(OperationCase):
    def test_odoo_goes_back_to_what_the_server_has(self):
        self.inbox.write({"highestmodseq": 99, "flags_cursor": 7})
        self.messages[0].move_to(self.archive.id)
        self.place(self.trash, [9]).with_user(self.anna).delete(seen_in=self.trash.id)
        self.messages[1].is_seen = True
        old = self.trash.with_user(self.anna).search([("id", "=", self.trash.id)])
        self.assertEqual((old.message_count, self.inbox.message_count), (0, 2))
        self.operations().with_user(self.anna).action_discard()
        self.assertEqual(self.queue(), [])
        self.assertEqual(self.messages.folder_id, self.inbox)
        self.assertEqual((self.trash.message_count, self.inbox.message_count), (1, 3))
        self.assertEqual((self.inbox.highestmodseq, self.inbox.flags_cursor), (0, 0), "all marks are read again")
        self.assertIn("comm_anna", self.events()[0].text)

    def test_an_administrator_discards_without_seeing_what(self):
        self.messages.is_seen = True
        mailbox = self.mailbox.with_user(self.admin)
        self.assertEqual(mailbox.operation_count, 3)
        with self.assertRaises(AccessError):
            self.operations().with_user(self.admin).read(["message_id"])
        with self.assertRaises(AccessError):
            mailbox.action_operations()
        mailbox.action_discard_operations()
        self.assertEqual(mailbox.operation_count, 0)

    def test_others_discard_nothing(self):
        self.messages.is_seen = True
        operations = self.operations().with_user(self.ben)
        for action in (operations.action_discard, self.mailbox.with_user(self.ben).action_discard_operations):
            with self.assertRaises(AccessError):
                action()
        self.assertEqual(len(self.queue()), 3)

    def test_a_reader_of_a_shared_mailbox_sees_but_does_not_discard(self):
        shared = self.make_shared({self.anna: "write", self.ben: "read"})
        message = self.place(self.make_folder("INBOX", shared, role="inbox"), [1])
        message.with_user(self.anna).is_seen = True
        operation = self.operations(shared).with_user(self.ben)
        self.assertEqual(operation.summary, "Mark as read")
        with self.assertRaises(AccessError):
            operation.action_discard()
        operation.with_user(self.anna).action_discard()
        self.assertFalse(self.operations(shared))


@tagged("post_install", "-at_install")
class TestSummary(OperationCase):
    def test_each_change_has_words(self):
        message = self.message
        message.write(
            {"is_seen": True, "is_flagged": True, "is_answered": True, "is_forwarded": True, "keywords": "Work"}
        )
        message.move_to(self.archive.id)
        message.copy_to(self.trash.id)
        folder = self.mailbox.create_folder("New")
        folder.rename("Newer")
        self.assertEqual(
            self.operations().with_user(self.anna).mapped("summary"),
            [
                "Mark as read",
                "Set the flag",
                "Mark as answered",
                "Mark as forwarded",
                "Set the keyword “Work”",
                "Move to “Archive”",
                "Copy to “Trash”",
                "Create the folder “New”",
                "Rename the folder “New” to “Newer”",
            ],
        )
        message.write({"is_seen": False, "keywords": False})
        self.assertIn("Remove the keyword “Work”", self.operations().mapped("summary"))
        self.assertIn("Mark as unread", self.operations().mapped("summary"))


@tagged("post_install", "-at_install")
class TestPushSchedule(OperationCase):
    def due(self):
        return self.env["comm.mailbox"]._to_push() & self.mailbox.sudo()

    def test_a_mailbox_is_visited_while_something_is_pending(self):
        self.assertFalse(self.due())
        self.message.is_seen = True
        self.assertTrue(self.due())

    def test_not_while_its_server_fails_nor_when_archived(self):
        self.message.is_seen = True
        lease = self.mailbox.sudo().lease_ids
        later = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        lease.write({"failures": 1, "due_at": later, "settings_stamp": self.mailbox.sudo().settings_stamp})
        self.assertFalse(self.due())
        lease.due_at = fields.Datetime.now()
        self.assertTrue(self.due())
        self.mailbox.active = False
        self.assertFalse(self.due())


@tagged("post_install", "-at_install")
class TestUserErrors(OperationCase):
    def test_keywords_are_atoms(self):
        for wrong in (r"\Deleted", "a(b", 'say"', "ä", "x" * 101, "a%"):
            with self.subTest(wrong), self.assertRaises(UserError):
                self.message.keywords = wrong
        self.message.keywords = " Work  $Later Work "
        self.assertEqual(self.message.keywords, "$Later Work")

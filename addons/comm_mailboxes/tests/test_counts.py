from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sync.transaction import committed
from .operations import CommittedCase, OperationCase

LOGGER = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestCounts(OperationCase):
    def break_counts(self, folder, messages, unread):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE comm_folder SET message_count = %s, unread_count = %s WHERE id = %s", [messages, unread, folder.id]
        )
        self.env.invalidate_all()

    def test_wrong_counts_are_corrected_and_each_is_reported(self):
        self.place(self.archive, [7], is_seen=True)
        self.place(self.archive, [8], active=False)
        self.break_counts(self.inbox, 7, 0)
        self.break_counts(self.archive, 1, 1)
        self.assertEqual(self.mailbox.sudo().folder_ids._correct_counts(), 2)
        self.assertRecordValues(
            self.inbox | self.archive,
            [{"message_count": 3, "unread_count": 3}, {"message_count": 1, "unread_count": 0}],
        )
        self.assertEqual((self.mailbox.message_count, self.mailbox.unread_count), (4, 3))
        events = self.mailbox.sudo().event_ids
        self.assertEqual(events.mapped("level"), ["warning", "warning"])
        self.assertIn(
            "“INBOX” was wrong and was corrected: 3 messages instead of 7, unread 3 instead of 0.",
            "".join(events.mapped("text")),
        )

    def test_the_owner_reads_in_their_language_what_was_wrong(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.mailbox.sudo().user_id.lang = "de_DE"
        self.break_counts(self.archive, 7, 0)
        self.mailbox.sudo().with_context(lang="en_US").folder_ids._correct_counts()
        self.assertIn("war falsch und wurde korrigiert", self.mailbox.sudo().event_ids.text)

    def test_right_counts_are_left_alone(self):
        self.assertEqual(self.mailbox.sudo().folder_ids._correct_counts(), 0)
        self.assertFalse(self.mailbox.sudo().event_ids)

    def test_a_folder_without_mailbox_and_one_without_messages(self):
        mine = self.env["comm.folder"].create({"name": "Mine", "is_local": True, "user_id": self.anna.id})
        self.break_counts(mine, 5, 5)
        with self.assertLogs("odoo.addons.comm_mailboxes.models.comm_folder_counts", "WARNING"):
            mine._correct_counts()
        self.assertRecordValues(mine, [{"message_count": 0, "unread_count": 0}])

    def test_every_night(self):
        self.break_counts(self.inbox, 0, 9)
        self.registry_enter_test_mode()
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_check_counts").method_direct_trigger()
        self.env.invalidate_all()
        self.assertRecordValues(self.inbox, [{"message_count": 3, "unread_count": 3}])


@tagged("post_install", "-at_install")
class TestCountsBesideOthers(CommittedCase):
    def setUp(self):
        super().setUp()
        with self.committed() as env:
            env.cr.execute("UPDATE comm_folder SET message_count = 9 WHERE id = %s", [self.folder_id])

    def test_a_message_that_comes_meanwhile_is_counted_once(self):
        with self.committed() as env:
            folder = env["comm.folder"].browse(self.folder_id)
            self.assertEqual(folder.message_count, 9)  # the snapshot is taken
            with self.committed() as other:
                self.deliver(other)
            with self.assertRaises(SerializationFailure):
                folder._correct_counts()
            env.cr.rollback()
            self.assertEqual(committed(folder.env, folder._correct_counts), 1)
        with self.committed() as env:
            folder = env["comm.folder"].browse(self.folder_id)
            self.assertEqual((folder.message_count, folder.unread_count), (2, 2))

    def test_the_scheduled_check_begins_again(self):
        def correct_while_a_message_comes():
            folder.invalidate_recordset()
            self.assertIn(folder.message_count, (9, 10))
            if not interrupted:
                interrupted.append(True)
                with self.committed() as other:
                    self.deliver(other)
            return folder._correct_counts()

        interrupted = []
        with self.committed() as env:
            folder = env["comm.folder"].browse(self.folder_id)
            committed(folder.env, correct_while_a_message_comes)
            folder.invalidate_recordset()
            self.assertEqual((folder.message_count, folder.unread_count), (2, 2))

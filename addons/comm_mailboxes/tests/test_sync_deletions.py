from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.comm_operation import REFUSALS_BEFORE_UNDO
from .common import SyncCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestSyncDeletions(SyncCase):
    """Deleted for good is only what the user saw in the trash and what the server still has there."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        for name in ("Box", "Trash"):
            self.client.create(name)

    def make_deleted(self, path="Trash"):
        """Return a mailbox, and its message that the user deleted for good; the server has still to learn of it."""
        self.deliver("Mail", folder=path)
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail").with_user(self.anna)
        if path != "Trash":
            message.delete(seen_in=message.folder_id.id)
        message.delete(seen_in=self.folder(mailbox, "Trash").id)
        self.assertFalse(message.active)
        self.assertEqual(self.operations(mailbox).kind, "expunge")
        return mailbox, message

    def events(self, mailbox):
        return "".join(mailbox.event_ids.mapped("text"))

    def test_what_another_program_took_out_of_the_trash_stays(self):
        for mode in ("tree", "no"):
            with self.subTest(mode):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                self.client.create("Trash")
                mailbox, message = self.make_deleted()
                mailbox.folder_ids.fetch_mode = mode
                self.move("Trash", "Mail", "Box")
                for _time in range(3):
                    mailbox.fetch_mail()
                self.assertEqual(self.subjects("Box"), ["Mail"])
                self.assertEqual((message.active, message.folder_id.path), (True, "Box"))
                self.assertFalse(self.operations(mailbox))
                self.assertIn("took them out of the trash", self.events(mailbox))
                # The list on the screen still shows it in the trash.
                message.delete(seen_in=self.folder(mailbox, "Trash").id)
                mailbox.fetch_mail()
                self.assertEqual(self.subjects("Box"), ["Mail"])
                self.assertTrue(message.active)

    def test_what_was_on_its_way_to_the_trash_and_moved_elsewhere_stays(self):
        mailbox, message = self.make_deleted("INBOX")
        self.move("INBOX", "Mail", "Box")
        for _time in range(2):
            mailbox.fetch_mail()
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.assertEqual((message.active, message.folder_id.path), (True, "Box"))

    def test_what_was_on_its_way_to_the_trash_goes_wherever_it_is_found_on_that_way(self):
        for moved_by_another in (False, True):
            with self.subTest(moved_by_another=moved_by_another):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Trash")
                mailbox, message = self.make_deleted("INBOX")
                if moved_by_another:
                    self.move("INBOX", "Mail", "Trash")
                for _time in range(2):
                    mailbox.fetch_mail()
                self.assertEqual((self.subjects("INBOX"), self.subjects("Trash")), ([], []))
                self.assertFalse(message.exists() or self.operations(mailbox))

    def test_what_another_program_copied_out_of_the_trash_and_deleted_there_stays(self):
        self.deliver("Mail", folder="Trash")
        mailbox = self.make_synced()
        original = self.message(mailbox, "Mail").with_user(self.anna)
        self.client.select("Trash")
        self.client.copy("1", "Box")
        mailbox.fetch_mail()
        original.delete(seen_in=original.folder_id.id)
        self.expunge("Trash", "Mail")
        for _time in range(2):
            mailbox.fetch_mail()
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.assertFalse(original.active)
        self.assertEqual(self.messages(mailbox).folder_id.path, "Box")
        self.assertFalse(self.operations(mailbox))

    def test_what_the_server_keeps_though_it_says_ok_is_not_taken_for_gone(self):
        mailbox, message = self.make_deleted()
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID EXPUNGE", code="OK", text="Done")
            self.through(proxy, mailbox)
            mailbox._push_now()
            self.assertTrue(message.exists())
            self.assertIn("under retention", self.operations(mailbox).last_error)
            for _time in range(REFUSALS_BEFORE_UNDO - 1):
                mailbox._push_now()
            self.assertTrue(message.active)
            mailbox.fetch_mail()
        self.assertEqual(self.subjects("Trash"), ["Mail"])
        self.assertTrue(message.active)
        self.assertFalse(self.operations(mailbox))

    def test_of_what_a_server_does_not_tell_nothing_is_believed(self):
        mailbox, message = self.make_deleted()
        with self.lab.proxy("imap") as proxy:
            proxy.hide("QRESYNC")
            proxy.deny("UID SEARCH")
            self.through(proxy, mailbox)
            mailbox._push_now()
        self.directly(mailbox)
        self.assertEqual((message.exists().active, bool(message.exists().uid)), (False, True))
        mailbox.fetch_mail()
        self.assertEqual((message.exists().active, bool(message.uid)), (False, False))
        self.assertFalse(self.operations(mailbox))

    def test_what_others_deleted_along_becomes_a_tombstone(self):
        self.deliver("Other", folder="Trash")
        mailbox, message = self.make_deleted()
        other = self.message(mailbox, "Other")
        # Nothing is asked between opening the folder and deleting.
        self.folder(mailbox, "Trash").newest_checked_at = fields.Datetime.now()
        with self.meanwhile("select", lambda: self.expunge("Trash", "Other")):
            mailbox._push_now()
        self.assertFalse(message.exists())
        self.assertEqual((other.exists().active, other.uid), (False, False))

    def test_a_record_that_is_deleted_in_odoo_while_its_change_is_told_stops_nothing(self):
        for name in ("First", "Second", "Third"):
            self.deliver(name)
        mailbox = self.make_synced()
        first, second, third = (self.message(mailbox, name) for name in ("First", "Second", "Third"))
        box = self.folder(mailbox, "Box")
        (first | second).with_user(self.anna).move_to(box.id)
        third.with_user(self.anna).is_flagged = True
        with self.meanwhile("move", first.unlink):
            mailbox._push_now()
        self.assertEqual((mailbox.state, second.folder_id, second.server_folder_id), ("ok", box, box))
        self.assertEqual(self.flags("INBOX", "Third"), {r"\Flagged"})
        self.assertIn("deleted in Odoo meanwhile: 1", self.events(mailbox))
        self.assertFalse(self.operations(mailbox))

    def test_a_record_that_is_deleted_in_odoo_while_another_is_told_stops_nothing(self):
        for name in ("First", "Second"):
            self.deliver(name)
        mailbox = self.make_synced()
        first, second = (self.message(mailbox, name) for name in ("First", "Second"))
        (first | second).with_user(self.anna).is_flagged = True
        stored = self.make_message(mailbox)
        source = {"name": "source.eml", "raw": b"Subject: Stored\r\n\r\n", "comm_is_source": True}
        self.env["ir.attachment"].create({**source, "res_model": stored._name, "res_id": stored.id})
        self.env["comm.operation"]._enqueue(stored, "append", self.folder(mailbox, "Box"))
        with self.meanwhile("append", first.unlink):
            mailbox._push_now()
        self.assertEqual(mailbox.state, "ok")
        self.assertEqual(self.flags("INBOX", "Second"), {r"\Flagged"})
        self.assertIn("deleted in Odoo meanwhile: 1", self.events(mailbox))
        self.assertFalse(self.operations(mailbox))

    def test_what_turns_up_elsewhere_before_the_push_notices_stays(self):
        """However the record came to another place: the push looks at where the message lies in that moment."""
        mailbox, message = self.make_deleted()
        self.move("Trash", "Mail", "Box")
        self.client.select("Box")
        box = self.folder(mailbox, "Box")
        message.sudo().with_context(comm_sync=True).write({"server_folder_id": box.id, "uid": 1})
        mailbox._push_now()
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.assertTrue(message.active)
        self.assertFalse(self.operations(mailbox))

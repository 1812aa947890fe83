from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..protocol.errors import ConnectionLost
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncRefusals(SyncCase):
    """What the server refuses, and what users do while it is told something."""

    def lease(self, mailbox):
        row = mailbox.sudo().lease_ids
        row.invalidate_recordset()
        return row

    def test_what_the_server_cannot_do_right_now_is_never_undone(self):
        for number in range(7):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID STORE", text="[INUSE] Mailbox is locked")
            self.through(proxy, mailbox)
            for number in range(7):
                self.message(mailbox, f"Mail {number}").with_user(self.anna).is_flagged = True
                mailbox._push_now()
            self.assertEqual(set(self.operations(mailbox).mapped("attempts")), {0})
            self.assertIn("locked", self.operations(mailbox)[0].last_error)
            proxy.reset()
            mailbox.fetch_mail()
        self.assertTrue(all(message.is_flagged for message in self.messages(mailbox)))
        self.assertEqual(self.flags("INBOX", "Mail 0"), {r"\Flagged"})
        self.assertNotIn("warning", mailbox.event_ids.mapped("level"))

    def test_a_change_of_a_folder_waits_for_the_one_before_that_comes_later(self):
        mailbox = self.make_synced()
        with self.lab.proxy("imap") as proxy:
            proxy.deny("CREATE", text="[INUSE] later", times=1)
            self.through(proxy, mailbox)
            folder = mailbox.with_user(self.anna).create_folder("New")
            folder.rename("Newer")
            mailbox._push_now()
            self.assertEqual(len(self.operations(mailbox)), 2)
            mailbox._push_now()
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(folder.path, "Newer")
        self.assertIn(b"Newer", b" ".join(self.client.list()[1]))
        self.assertNotIn("warning", mailbox.event_ids.mapped("level"))

    def test_a_user_may_discard_a_change_while_another_is_told(self):
        self.deliver("First")
        self.deliver("Second")
        mailbox = self.make_synced()
        first, second = (self.message(mailbox, name).with_user(self.anna) for name in ("First", "Second"))
        first.is_flagged = True
        second.is_seen = True
        waiting = self.operations(mailbox).filtered(lambda operation: operation.message_id.id == second.id)
        with self.meanwhile("store_flags", waiting.with_user(self.anna).action_discard):
            mailbox._push_now()
        self.assertEqual(self.flags("INBOX", "First"), {r"\Flagged"})
        self.assertEqual(self.flags("INBOX", "Second"), set())
        self.assertEqual(mailbox.state, "ok")
        mailbox.fetch_mail()
        self.assertFalse(second.is_seen)

    def test_a_user_may_delete_for_good_while_another_change_is_told(self):
        self.deliver("First", folder="Trash")
        self.deliver("Second", folder="Trash")
        mailbox = self.make_synced()
        first, second = (self.message(mailbox, name).with_user(self.anna) for name in ("First", "Second"))
        first.is_flagged = True
        second.is_seen = True
        with self.meanwhile("store_flags", lambda: second.delete(second.folder_id.id)):
            mailbox._push_now()
        self.assertEqual(mailbox.state, "ok")
        mailbox._push_now()
        self.assertEqual(self.subjects("Trash"), ["First"])
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["First"])

    def test_a_copy_may_be_discarded_while_another_change_is_told(self):
        self.client.create("Box")
        self.deliver("First")
        self.deliver("Second")
        mailbox = self.make_synced()
        self.message(mailbox, "First").with_user(self.anna).is_flagged = True
        self.message(mailbox, "Second").with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
        waiting = self.operations(mailbox).filtered(lambda operation: operation.kind == "copy")
        with self.meanwhile("store_flags", waiting.with_user(self.anna).action_discard):
            mailbox._push_now()
        self.assertEqual(mailbox.state, "ok")
        self.assertEqual(self.subjects("Box"), [])
        self.assertFalse(self.operations(mailbox))

    def test_a_folder_that_is_refused_does_not_slow_down_the_others(self):
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_synced(fetch_interval=5)
        self.deliver("Behind", folder="Box")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("SELECT", text="[NOPERM] Permission denied")
            self.through(proxy, mailbox)
            for _time in range(4):
                told = self.failure_of(mailbox.fetch_mail)
            self.assertIn("Box", told)
            self.assertIn("Permission denied", told)
            self.assertEqual((mailbox.state, mailbox.last_error), ("error", told))
            self.assertEqual(self.lease(mailbox).failures, 0)
            self.assertLessEqual(self.lease(mailbox).due_at, fields.Datetime.now() + timedelta(minutes=5))
            self.message(mailbox, "Mail").with_user(self.anna).is_seen = True
            self.assertIn(mailbox, self.env["comm.mailbox"]._to_push())
            proxy.reset()
            mailbox.fetch_mail()
        self.assertEqual(mailbox.state, "ok")
        self.assertEqual(self.flags("INBOX", "Mail"), {r"\Seen"})
        self.assertEqual(self.message(mailbox, "Behind").folder_id.path, "Box")

    def test_mail_comes_to_the_other_folders_when_one_is_refused(self):
        for name in ("Box", "Other"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        mailbox = self.make_synced()
        with self.lab.proxy("imap") as proxy:
            # The first folder that is opened to be caught up, and the same again for its import.
            proxy.deny("SELECT", text="[NOPERM] Permission denied", times=1)
            self.through(proxy, mailbox)
            self.deliver("New", folder="Box")
            self.deliver("Newer", folder="Other")
            self.failure_of(mailbox.fetch_mail)
        self.assertTrue({"New", "Newer"} & set(self.messages(mailbox).mapped("subject")))

    def test_a_copy_into_a_folder_that_is_gone_is_undone_and_stops_nothing(self):
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_synced()
        self.message(mailbox, "Mail").with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
        self.client.delete("Box")
        for number in range(6):
            self.deliver(f"New {number}")
            self.assertEqual(mailbox.fetch_mail(), 1)
        mailbox.refresh_folders()
        self.assertFalse(self.operations(mailbox))
        self.assertIn("warning", mailbox.event_ids.mapped("level"))
        self.assertEqual((mailbox.state, self.lease(mailbox).failures), ("ok", 0))

    def test_a_move_into_a_folder_that_is_gone_does_not_keep_the_next_change_from_the_server(self):
        self.client.create("Never")
        for name in ("Moved", "Deleted"):
            self.deliver(name, folder="Trash")
        mailbox = self.make_lab_mailbox(fetch_subfolders=True)
        mailbox.refresh_folders()
        mailbox = mailbox.with_env(self.env)
        trash = self.folder(mailbox, "Trash")
        trash.fetch_mode = "this"
        mailbox.fetch_mail()
        moved = self.message(mailbox, "Moved")
        moved.with_user(self.anna).move_to(self.folder(mailbox, "Never"))
        self.message(mailbox, "Deleted").with_user(self.anna).delete(seen_in=trash.id)
        self.client.delete("Never")
        mailbox.fetch_mail()
        self.assertEqual(self.subjects("Trash"), ["Moved"])
        for _time in range(5):
            mailbox.fetch_mail()
        self.assertEqual(moved.folder_id, trash)
        self.assertFalse(self.operations(mailbox))

    def test_a_deletion_that_was_refused_half_way_leaves_no_mark_on_the_server(self):
        self.deliver("Mail", folder="Trash")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID EXPUNGE", text="[NOPERM] Permission denied")
            self.through(proxy, mailbox)
            message.with_user(self.anna).delete(seen_in=message.folder_id.id)
            for _time in range(5):
                mailbox._push_now()
            self.assertTrue(message.active)
            mailbox.fetch_mail()
        self.assertEqual(self.subjects("Trash"), ["Mail"])
        self.directly(mailbox)
        mailbox.fetch_mail()
        self.assertTrue(message.active)
        self.assertFalse(self.operations(mailbox))

    def test_a_copy_that_was_made_but_not_noted_is_not_made_again(self):
        without_id = (
            b"From: sender@example.com\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\nSubject: Without\r\n\r\nText\r\n"
        )
        self.client.create("Box")
        self.deliver("With")
        self.lab.deliver(self.account.address, without_id)
        mailbox = self.make_synced()

        def cut():
            raise ConnectionLost

        for subject in ("With", "Without"):
            with self.subTest(subject):
                self.message(mailbox, subject).with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
                with self.meanwhile("copy", cut):
                    self.failure_of(mailbox._push_now)
                mailbox.fetch_mail()
                self.assertEqual(self.subjects("Box").count(subject), 1)
                copies = self.messages(mailbox).filtered(lambda one, subject=subject: one.subject == subject)
                self.assertEqual(sorted(copies.folder_id.mapped("path")), ["Box", "INBOX"])

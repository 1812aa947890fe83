from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncPush(SyncCase):
    """What users do in Odoo reaches the server."""

    def test_marks_reach_the_server(self):
        self.deliver("Mail")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail").with_user(self.anna)
        message.write({"is_seen": True, "is_flagged": True})
        mailbox._push_now()
        self.assertEqual(self.flags("INBOX", "Mail"), {r"\Seen", r"\Flagged"})
        message.is_seen = False
        mailbox._push_now()
        self.assertEqual(self.flags("INBOX", "Mail"), {r"\Flagged"})
        self.assertFalse(self.operations(mailbox))

    def test_the_users_pending_change_wins_over_an_older_value_of_the_server(self):
        self.deliver("Mail")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        message.with_user(self.anna).is_flagged = True
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID STORE", code="NO", text="[INUSE] later", times=1)
            mailbox.write({"port": proxy.port, "security": "none"})
            self.client.select("INBOX")
            self.client.store("1", "+FLAGS", r"(\Answered)")
            mailbox.fetch_mail()
            self.assertTrue(message.is_flagged and message.is_answered)
            mailbox.fetch_mail()
        self.assertEqual(self.flags("INBOX", "Mail"), {r"\Flagged", r"\Answered"})

    def test_a_move_reaches_the_server_in_few_commands_and_keeps_the_records(self):
        self.client.create("Box")
        for number in range(20):
            self.deliver(f"Mail {number}")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            messages = self.messages(mailbox)
            proxy.clear_counts()
            messages.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
            self.assertEqual(self.folder(mailbox, "Box").message_count, 20)
            mailbox._push_now()
            self.assertEqual(proxy.commands.count("UID MOVE"), 1)
        self.assertEqual(len(self.subjects("Box")), 20)
        self.assertEqual(self.subjects("INBOX"), [])
        self.assertEqual(set(messages.server_folder_id.mapped("path")), {"Box"})
        mailbox.port, mailbox.security = self.lab.ports["imaps"], "tls"
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.messages(mailbox), messages)

    def test_moved_back_before_the_server_knew_is_no_move(self):
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail").with_user(self.anna)
        message.move_to(self.folder(mailbox, "Box"))
        message.move_to(self.folder(mailbox, "INBOX"))
        mailbox.fetch_mail()
        self.assertEqual(self.subjects("INBOX"), ["Mail"])
        self.assertEqual(message.folder_id.path, "INBOX")

    def test_copies_and_deletions_and_marks_without_move_and_uidplus(self):
        for capabilities in (["MOVE"], ["MOVE", "UIDPLUS"]):
            with self.subTest(capabilities), self.lab.proxy("imap") as proxy:
                proxy.hide(*capabilities)
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                self.client.create("Trash")
                for name in ("Moved", "Copied", "Deleted"):
                    self.deliver(name)
                mailbox = self.make_synced(port=proxy.port, security="none")
                moved, copied, deleted = (
                    self.message(mailbox, name).with_user(self.anna) for name in ("Moved", "Copied", "Deleted")
                )
                moved.move_to(self.folder(mailbox, "Box"))
                copied.copy_to(self.folder(mailbox, "Box"))
                deleted.delete()
                mailbox.fetch_mail()
                self.assertEqual(sorted(self.subjects("Box")), ["Copied", "Moved"])
                self.assertEqual(self.subjects("Trash"), ["Deleted"])
                self.assertEqual(self.subjects("INBOX"), ["Copied"])
                mailbox.fetch_mail()
                self.assertEqual(deleted.folder_id.path, "Trash")
                self.assertEqual(
                    sorted((one.subject, one.folder_id.path) for one in self.messages(mailbox)),
                    [("Copied", "Box"), ("Copied", "INBOX"), ("Deleted", "Trash"), ("Moved", "Box")],
                )
                self.assertEqual(mailbox.state, "ok")

    def test_two_copies_of_one_message_are_two(self):
        self.client.create("Box")
        for name in ("Twice", "Once"):
            self.deliver(name)
        mailbox = self.make_synced()
        twice, once = (self.message(mailbox, name).with_user(self.anna) for name in ("Twice", "Once"))
        (twice | once).copy_to(self.folder(mailbox, "Box"))
        twice.copy_to(self.folder(mailbox, "Box"))
        for _visit in range(2):
            mailbox.fetch_mail()
            self.assertEqual(sorted(self.subjects("Box")), ["Once", "Twice", "Twice"])
            box = self.messages(mailbox).filtered(lambda message: message.folder_id.path == "Box")
            self.assertEqual(sorted(box.mapped("subject")), ["Once", "Twice", "Twice"])
        self.assertFalse(self.operations(mailbox))

    def test_deleting_in_the_trash_is_for_good(self):
        self.client.create("Trash")
        self.deliver("Mail", folder="Trash")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        message.with_user(self.anna).delete(seen_in=message.folder_id.id)
        self.assertFalse(self.messages(mailbox))
        mailbox._push_now()
        self.assertEqual(self.subjects("Trash"), [])
        self.assertFalse(message.exists())

    def test_folders_are_created_renamed_and_deleted(self):
        self.client.create("Box")
        self.deliver("Mail", folder="Box")
        mailbox = self.make_synced()
        box = self.folder(mailbox, "Box").with_user(self.anna)
        box.create_subfolder("Grüße & mehr")
        box.rename("Kiste")
        mailbox.fetch_mail()
        self.assertEqual(box.path, "Kiste")
        self.assertIn("Mail", self.subjects("Kiste"))
        paths = {folder.path for folder in mailbox.folder_ids if not folder.is_missing}
        self.assertIn("Kiste/Grüße & mehr", paths)
        self.assertIn(b'"Kiste/Gr&APwA3w-e &- mehr"', b" ".join(self.client.list()[1]))

    def test_a_change_of_a_message_that_vanished_is_dropped_with_an_event(self):
        self.deliver("Mail")
        mailbox = self.make_synced()
        self.message(mailbox, "Mail").with_user(self.anna).is_flagged = True
        self.expunge("INBOX", "Mail")
        mailbox.fetch_mail()
        self.assertFalse(self.operations(mailbox))
        self.assertIn("warning", mailbox.event_ids.mapped("level"))
        self.assertEqual(mailbox.state, "ok")

    def test_marks_in_a_folder_that_is_gone_wait_and_alarm_nobody(self):
        self.client.create("Box")
        self.deliver("Mail", folder="Box")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        self.client.delete("Box")
        mailbox.refresh_folders()
        self.assertTrue(message.folder_id.is_missing)
        events = mailbox.event_ids
        message.with_user(self.anna).is_seen = True
        for _time in range(6):
            mailbox._push_now()
        self.assertEqual((mailbox.state, len(self.operations(mailbox))), ("ok", 1))
        self.assertFalse((mailbox.event_ids - events).filtered(lambda event: event.level != "info"))

    def test_moved_here_and_elsewhere_at_once_the_users_wish_wins(self):
        for name in ("Box", "Other"):
            self.client.create(name)
        self.deliver("Mail")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        message.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
        self.move("INBOX", "Mail", "Other")
        mailbox.fetch_mail()
        mailbox.fetch_mail()
        self.assertEqual(message.folder_id.path, "Box")
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.assertEqual(self.subjects("Other"), [])

    def test_a_new_uidvalidity_does_not_lose_what_waits(self):
        for name in ("Mail", "Other"):
            self.deliver(name, folder="Box")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        message.with_user(self.anna).is_flagged = True
        self.client.select("Box")
        self.client.create("Rebuilt")
        self.client.copy("2", "Rebuilt")
        self.client.copy("1", "Rebuilt")
        self.client.close()
        self.client.delete("Box")
        self.client.rename("Rebuilt", "Box")
        self.assertEqual(mailbox.fetch_mail(), 0)
        mailbox.fetch_mail()
        self.assertEqual(self.flags("Box", "Mail"), {r"\Flagged"})
        self.assertTrue(message.active and message.is_flagged)

    def test_a_move_of_which_the_server_does_only_the_first_half_leaves_two_messages_on_both_sides(self):
        self.client.create("Box")
        self.deliver("Mail")
        with self.lab.proxy("imap") as proxy:
            proxy.hide("MOVE", "UIDPLUS")
            mailbox = self.make_synced(port=proxy.port, security="none")
            message = self.message(mailbox, "Mail")
            proxy.deny("UID STORE", text="no", times=1)
            message.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
            mailbox._push_now()
            mailbox.fetch_mail()
            mailbox.fetch_mail()
        self.assertEqual((self.subjects("INBOX"), self.subjects("Box")), (["Mail"], ["Mail"]))
        self.assertEqual(sorted(self.messages(mailbox).folder_id.mapped("path")), ["Box", "INBOX"])
        self.assertEqual(message.folder_id.path, "Box")

from odoo.tests import tagged

from .common import SyncCase

NOTHING = "nothing to mend"


@tagged("post_install", "-at_install")
class TestSyncRepair(SyncCase):
    """Repair mends whatever damage, in one go; and nothing that is compared with the server makes it worse."""

    def damage(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(query, args)
        self.env.invalidate_all()

    def uids(self, mailbox, path="INBOX"):
        """Return ``{subject: UID}`` of what Odoo shows in the folder."""
        shown = self.messages(mailbox).filtered(lambda message: message.folder_id.path == path)
        self.assertEqual(shown.server_folder_id, shown.folder_id)
        self.assertEqual(self.folder(mailbox, path).message_count, len(shown))
        return {message.subject: message.uid for message in shown}

    def test_a_uid_that_the_server_never_gave(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        records, right = self.messages(mailbox), self.uids(mailbox)
        self.damage("UPDATE comm_message SET uid = 999 WHERE id = %s", self.message(mailbox, "Mail 1").id)
        mailbox.repair()
        self.assertEqual(self.uids(mailbox), right)
        self.assertEqual(self.messages(mailbox), records)
        self.assertIn(NOTHING, mailbox.repair())

    def test_messages_that_lost_their_place(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        records, right = self.messages(mailbox), self.uids(mailbox)
        self.damage("UPDATE comm_message SET server_folder_id = NULL, uid = NULL WHERE id = ANY(%s)", records[:2].ids)
        mailbox.repair()
        self.assertEqual(self.uids(mailbox), right)
        self.assertEqual(self.messages(mailbox), records)
        self.assertIn(NOTHING, mailbox.repair())

    def test_a_folder_of_which_every_message_was_lost_here(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        right = self.uids(mailbox)
        self.damage("DELETE FROM comm_message WHERE mailbox_id = %s", mailbox.id)
        mailbox.repair()
        self.assertEqual(self.uids(mailbox), right)
        self.assertIn(NOTHING, mailbox.repair())

    def test_a_fetch_after_such_damage_touches_no_sound_mail(self):
        self.client.create("Box")
        for number in range(3):
            self.deliver(f"Mail {number}")
            self.deliver(f"Other {number}", folder="Box")
        mailbox = self.make_synced()
        sound = self.messages(mailbox) - self.message(mailbox, "Mail 1")
        self.damage("UPDATE comm_message SET uid = 999 WHERE id = %s", self.message(mailbox, "Mail 1").id)
        self.deliver("New")
        self.deliver("Newer", folder="Box")
        mailbox.fetch_mail()
        self.assertTrue(all(message.active for message in sound))
        self.assertEqual(set(self.uids(mailbox)) - {"New"}, {f"Mail {number}" for number in range(3)})

    def test_two_mails_of_the_same_size_under_each_others_uid(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        right = self.uids(mailbox)
        first, second = self.message(mailbox, "Mail 0"), self.message(mailbox, "Mail 1")
        self.assertEqual(first.size, second.size)
        for message, uid in ((first, 77), (second, right["Mail 0"]), (first, right["Mail 1"])):
            self.damage("UPDATE comm_message SET uid = %s WHERE id = %s", uid, message.id)
        mailbox.repair()
        self.assertEqual(self.uids(mailbox), right)
        self.assertEqual((first + second).mapped("active"), [True, True])
        first.with_user(self.anna).is_flagged = True
        mailbox._push_now()
        self.assertEqual(self.flags("INBOX", "Mail 0"), {r"\Flagged"})
        self.assertEqual(self.flags("INBOX", "Mail 1"), set())
        self.assertIn(NOTHING, mailbox.repair())

    def test_a_message_that_is_placed_in_an_empty_folder(self):
        self.deliver("Mail")
        self.deliver("Lost")
        mailbox = self.make_synced()
        records, right = self.messages(mailbox), self.uids(mailbox)
        archive = self.folder(mailbox, "Archive").id
        self.damage(
            "UPDATE comm_message SET server_folder_id = %s WHERE id = %s", archive, self.message(mailbox, "Lost").id
        )
        mailbox.repair()
        self.assertEqual(self.uids(mailbox), right)
        self.assertEqual(self.messages(mailbox), records)
        self.assertIn(NOTHING, mailbox.repair())

    def test_messages_that_are_shown_elsewhere(self):
        self.deliver("Mail")
        self.deliver("Moving")
        mailbox = self.make_synced()
        archive = self.folder(mailbox, "Archive")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("UID MOVE", text="[INUSE] later")
            self.through(proxy, mailbox)
            moving = self.message(mailbox, "Moving")
            moving.with_user(self.anna).move_to(archive)
            self.damage("UPDATE comm_message SET folder_id = %s WHERE mailbox_id = %s", archive.id, mailbox.id)
            self.assertIn("wrong folder: 1", mailbox.repair())
            self.assertEqual(list(self.uids(mailbox)), ["Mail"])
            # What the server has still to learn is no damage.
            self.assertEqual(moving.folder_id, archive)

    def test_everything_at_once(self):
        for number in range(6):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        right = self.uids(mailbox)
        archive = self.folder(mailbox, "Archive").id
        for change in (
            "is_seen = TRUE WHERE subject = 'Mail 0'",
            "active = FALSE WHERE subject = 'Mail 1'",
            "uid = NULL WHERE subject = 'Mail 2'",
            "server_folder_id = NULL, uid = NULL WHERE subject = 'Mail 4'",
            f"server_folder_id = {archive} WHERE subject = 'Mail 5'",
        ):
            self.damage(f"UPDATE comm_message SET {change} AND mailbox_id = %s", mailbox.id)
        self.damage("DELETE FROM comm_message WHERE subject = 'Mail 3' AND mailbox_id = %s", mailbox.id)
        self.damage(
            "UPDATE comm_folder SET message_count = 99, unread_count = -3 WHERE mailbox_id = %s AND path = 'INBOX'",
            mailbox.id,
        )
        mailbox.repair()
        placed = self.messages(mailbox).filtered("server_folder_id")
        self.assertEqual({message.subject: message.uid for message in placed}, right)
        self.assertEqual(len(placed), 6)
        self.assertFalse(any(message.is_seen for message in placed))
        self.assertEqual(self.messages(mailbox), placed)
        self.assertEqual(self.folder(mailbox, "INBOX").unread_count, len(placed))
        self.assertIn(NOTHING, mailbox.repair())

    def test_an_expunge_between_two_commands_mixes_no_folders(self):
        for hidden in ([], ["CONDSTORE", "QRESYNC", "LIST-STATUS"]):
            with self.subTest(hidden), self.lab.proxy("imap") as proxy:
                proxy.hide(*hidden or ["NOTHING"])
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                for number in range(3):
                    self.deliver(f"Inbox {number}")
                for number in range(5):
                    self.deliver(f"Box {number}", folder="Box")
                mailbox = self.make_synced(port=proxy.port, security="none")
                records = self.messages(mailbox)
                self.deliver("Short-lived")
                self.deliver("Inbox 3")
                self.deliver("Box 5", folder="Box")
                with self.meanwhile(
                    "sizes",
                    lambda: self.expunge("INBOX", "Short-lived"),
                    when=lambda session, *_args: session.selected == "INBOX",
                ):
                    mailbox.fetch_mail()
                mailbox.fetch_mail()
                self.assertEqual(sorted(self.uids(mailbox)), sorted(self.subjects("INBOX")))
                self.assertEqual(sorted(self.uids(mailbox, "Box")), sorted(self.subjects("Box")))
                self.assertTrue(all(message.active for message in records))
                self.assertEqual(mailbox.state, "ok")

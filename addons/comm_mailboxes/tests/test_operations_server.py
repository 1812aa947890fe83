from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SyncCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestOperationsAndServer(SyncCase):
    """What waits, and a real server: pushed by the scheduled action, refused, discarded."""

    def push_by_cron(self):
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_push").method_direct_trigger()
        self.env.invalidate_all()

    @mute_logger(EVENTS)
    def test_the_scheduled_action_tells_the_servers_and_one_that_fails_stops_no_other(self):
        self.deliver("Mail")
        mailbox = self.make_synced()
        broken = self.make_mailbox(host="127.0.0.1", port=1, login="x", password="x", security="none")
        stuck = self.make_message(broken)
        stuck.server_folder_id = stuck.folder_id
        stuck.is_flagged = True
        self.message(mailbox, "Mail").with_user(self.anna).is_flagged = True
        self.push_by_cron()
        self.assertEqual(self.flags("INBOX", "Mail"), {r"\Flagged"})
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(len(self.operations(broken)), 1)
        self.assertEqual(broken.state, "error")

    def test_a_message_moved_into_a_folder_that_is_not_fetched_can_still_be_changed(self):
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_lab_mailbox().with_env(self.env)
        mailbox.refresh_folders()
        mailbox.fetch_mail()
        message = self.message(mailbox, "Mail").with_user(self.anna)
        message.move_to(self.folder(mailbox, "Box").id)
        self.push_by_cron()
        message.is_flagged = True
        self.push_by_cron()
        self.assertEqual(self.flags("Box", "Mail"), {r"\Flagged"})
        self.assertFalse(self.operations(mailbox))

    def test_what_was_discarded_comes_back_as_the_server_has_it(self):
        self.deliver("Mail")
        self.client.create("Box")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail").with_user(self.anna)
        message.write({"is_flagged": True, "keywords": "Work"})
        message.move_to(self.folder(mailbox, "Box").id)
        self.operations(mailbox).with_user(self.anna).action_discard()
        self.assertEqual(message.folder_id.path, "INBOX")
        mailbox.fetch_mail()
        self.assertEqual((message.is_flagged, message.keywords), (False, False))
        self.assertEqual((self.subjects("INBOX"), self.subjects("Box")), (["Mail"], []))

    @mute_logger(EVENTS)
    def test_a_folder_that_the_server_refuses_goes_and_its_mail_goes_back(self):
        self.deliver("Mail")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            message = self.message(mailbox, "Mail").with_user(self.anna)
            folder = mailbox.with_user(self.anna).create_folder("New")
            message.move_to(folder.id)
            proxy.deny("CREATE", code="NO", text="[OVERQUOTA] Too many folders", times=1)
            mailbox.with_user(self.anna).fetch_mail()
        self.assertFalse(folder.exists())
        self.assertEqual((message.folder_id.path, self.subjects("INBOX")), ("INBOX", ["Mail"]))
        self.assertIn("Too many folders", "".join(mailbox.event_ids.mapped("text")))
        self.assertFalse(self.operations(mailbox))

    @mute_logger(EVENTS)
    def test_a_rename_that_the_server_refuses_is_undone(self):
        self.client.create("Box/Below")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            box = self.folder(mailbox, "Box")
            before = {folder: folder.path for folder in mailbox.folder_ids}
            box.with_user(self.anna).rename("Chest")
            self.assertIn("Chest/Below", mailbox.folder_ids.mapped("path"))
            proxy.deny("RENAME", code="NO", text="[NOPERM] No", times=1)
            mailbox.refresh_folders()
        self.assertEqual({folder: folder.path for folder in mailbox.folder_ids}, before)
        self.assertFalse(any(mailbox.folder_ids.mapped("is_missing")))

    def test_a_mailbox_without_trash_gets_one_on_the_server(self):
        self.deliver("Mail")
        self.client.delete("Trash")
        mailbox = self.make_synced()
        self.assertFalse(mailbox.trash_folder_id)
        message = self.message(mailbox, "Mail").with_user(self.anna)
        message.delete()
        self.push_by_cron()
        self.assertEqual(message.folder_id.role, "trash")
        self.assertEqual((self.subjects(message.folder_id.path), self.subjects("INBOX")), (["Mail"], []))
        mailbox.refresh_folders()
        self.assertEqual(mailbox.trash_folder_id, message.folder_id)
        message.delete(seen_in=mailbox.trash_folder_id.id)
        self.push_by_cron()
        self.assertEqual(self.subjects(mailbox.trash_folder_id.path), [])

    def test_deleting_a_folder_moves_it_into_the_trash_and_then_for_good(self):
        self.client.create("Box/Below")
        self.client.create("Trash")
        self.deliver("Mail", folder="Box/Below")
        mailbox = self.make_synced()
        self.assertEqual(mailbox.trash_folder_id.path, "Trash")
        box = self.folder(mailbox, "Box").with_user(self.anna)
        box.delete_on_server()
        self.push_by_cron()
        self.assertEqual(self.subjects("Trash/Box/Below"), ["Mail"])
        mailbox.fetch_mail()
        self.assertEqual(self.message(mailbox, "Mail").folder_id.path, "Trash/Box/Below")
        box.delete_on_server()
        self.push_by_cron()
        self.assertFalse(box.exists() or self.messages(mailbox))
        listed = b"".join(line for line in self.client.list()[1] if line)
        self.assertNotIn(b"Box", listed)

    def test_a_folder_made_again_meanwhile_is_not_the_one_that_was_to_be_deleted(self):
        for is_made_again in (True, False):
            with self.subTest(is_made_again):
                self.client.create("Trash/Old")
                self.deliver("Mail", folder="Trash/Old")
                mailbox = self.make_synced()
                old = self.folder(mailbox, "Trash/Old")
                old.with_user(self.anna).delete_on_server()
                self.client.delete("Trash/Old")
                if is_made_again:
                    self.client.create("Trash/Old")
                    self.deliver("New", folder="Trash/Old")
                mailbox.fetch_mail()
                self.assertFalse(old.exists() or self.operations(mailbox))
                self.assertEqual(self.messages(mailbox).mapped("subject"), ["New"] * is_made_again)
                if is_made_again:
                    self.assertEqual(self.subjects("Trash/Old"), ["New"])
                    self.assertFalse(self.folder(mailbox, "Trash/Old").is_missing)
                    self.client.select("INBOX")
                    self.client.delete("Trash/Old")

    def test_repair_is_for_who_edits_the_mailbox_or_reads_its_mail(self):
        self.deliver("Mail")
        mailbox = self.make_synced()
        for user in (self.anna, self.admin):
            with self.subTest(user.login):
                self.assertIn("nothing to mend", mailbox.with_user(user).action_repair()["params"]["message"])
        with self.assertRaises(AccessError):
            mailbox.with_user(self.ben).action_repair()
        mailbox.port = 1
        with self.assertRaises(UserError), mute_logger(EVENTS):
            mailbox.with_user(self.anna).action_repair()

    def mailbox_with_old_trash(self):
        """A mailbox whose trash, which is not fetched, holds a mail that was never imported, and one that was."""
        for path in ("Trash", "Trash/Below"):
            self.client.create(path)
        self.deliver("Old", folder="Trash")
        self.deliver("Deep", folder="Trash/Below")
        self.deliver("Mail")
        mailbox = self.make_lab_mailbox().with_env(self.env)
        mailbox.refresh_folders()
        mailbox.fetch_mail()
        self.message(mailbox, "Mail").with_user(self.anna).delete()
        self.push_by_cron()
        self.assertEqual(self.subjects("Trash"), ["Old", "Mail"])
        return mailbox

    def test_a_folder_is_emptied_of_what_was_never_imported_when_the_user_said_so(self):
        mailbox = self.mailbox_with_old_trash()
        message = self.message(mailbox, "Mail")
        self.folder(mailbox, "Trash").with_user(self.anna).empty_on_server()
        self.deliver("Later", folder="Trash")
        self.push_by_cron()
        self.assertEqual(self.subjects("Trash"), ["Mail", "Later"])
        self.assertTrue(message.active)
        self.assertFalse(self.operations(mailbox))
        self.assertFalse(mailbox.folder_ids.filtered(lambda folder: folder.path == "Trash/Below"))
        self.assertEqual(self.client.list('""', "Trash/*"), ("OK", [None]))

    def test_another_folder_of_that_name_is_not_emptied(self):
        mailbox = self.mailbox_with_old_trash()
        self.folder(mailbox, "Trash").with_user(self.anna).empty_on_server()
        # Dovecot throws out whoever has a folder open that is deleted.
        self.client.select("INBOX")
        self.client.delete("Trash/Below")
        self.client.delete("Trash")
        self.client.create("Trash")
        self.deliver("New", folder="Trash")
        self.push_by_cron()
        self.assertEqual(self.subjects("Trash"), ["New"])
        self.assertFalse(self.operations(mailbox))

    @mute_logger(EVENTS)
    def test_what_the_server_keeps_of_a_folder_to_be_emptied_is_told(self):
        mailbox = self.mailbox_with_old_trash()
        self.folder(mailbox, "Trash").with_user(self.anna).empty_on_server()
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, mailbox)
            proxy.deny("UID STORE")
            self.push_by_cron()
        warnings = mailbox.event_ids.filtered(lambda event: event.level == "warning")
        self.assertIn("Empty the folder “Trash”", warnings.text)
        self.assertEqual(self.subjects("Trash"), ["Old", "Mail"])
        self.assertFalse(self.operations(mailbox))

    def test_a_stranger_empties_no_folder(self):
        mailbox = self.mailbox_with_old_trash()
        with self.assertRaises(AccessError):
            self.folder(mailbox, "Trash").with_user(self.ben).empty_on_server()
        self.assertFalse(self.operations(mailbox))

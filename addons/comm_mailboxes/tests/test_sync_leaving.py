from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncLeaving(SyncCase):
    """A folder that a user deleted or moved in Odoo, while the server has still to do it."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        for name in ("Box", "Box/Below", "Trash", "Trash/Old"):
            self.client.create(name)
        self.deliver("Old", folder="Trash/Old")
        self.deliver("Boxed", folder="Box/Below")

    def visit_while_refused(self, proxy, mailbox, command):
        """Fetch twice while the server asks to come back later for that command; new mail arrives meanwhile."""
        proxy.deny(command, text="[INUSE] later")
        self.through(proxy, mailbox)
        for number in range(2):
            for path in ("Trash/Old", "Box/Below"):
                self.deliver(f"New {number} in {path}", folder=path)
            proxy.clear_counts()
            mailbox.fetch_mail()
            mailbox.refresh_folders()

    def test_a_deleted_one_is_neither_fetched_nor_made_again(self):
        mailbox = self.make_synced()
        old = self.folder(mailbox, "Trash/Old")
        known = set(mailbox.folder_ids.ids)
        old.with_user(self.anna).delete_on_server()
        with self.lab.proxy("imap") as proxy:
            self.visit_while_refused(proxy, mailbox, "DELETE")
            # By hand, too, it is left alone.
            self.assertIn("not on the mail server any more", self.failure_of(old.fetch_mail))
        self.assertEqual(set(mailbox.folder_ids.ids), known)
        self.assertTrue(old.is_missing)
        shown = self.env["comm.message"].search([("folder_id", "=", old.id)])
        self.assertEqual(shown.mapped("subject"), ["Old"])
        self.directly(mailbox)
        mailbox.fetch_mail()
        self.assertFalse(old.exists())
        self.assertNotIn("Trash/Old", mailbox.folder_ids.mapped("path"))

    def test_a_moved_one_has_one_record_before_and_after(self):
        mailbox = self.make_synced()
        box, below = self.folder(mailbox, "Box"), self.folder(mailbox, "Box/Below")
        known = set(mailbox.folder_ids.ids)
        box.with_user(self.anna).delete_on_server()
        with self.lab.proxy("imap") as proxy:
            self.visit_while_refused(proxy, mailbox, "RENAME")
            self.assertEqual(set(mailbox.folder_ids.ids), known)
            self.assertEqual((box.path, below.path), ("Trash/Box", "Trash/Box/Below"))
            self.assertFalse(box.is_missing or below.is_missing)
        self.directly(mailbox)
        mailbox.fetch_mail()
        self.assertEqual(set(mailbox.folder_ids.ids), known)
        self.assertEqual(
            sorted(self.subjects("Trash/Box/Below")),
            sorted(self.messages(mailbox).filtered(lambda one: one.folder_id == below).mapped("subject")),
        )

    def test_one_that_is_deleted_in_the_middle_of_a_visit_is_not_begun(self):
        mailbox = self.make_synced()
        old = self.folder(mailbox, "Trash/Old")
        self.deliver("New")
        self.deliver("Too late", folder="Trash/Old")
        with self.meanwhile(
            "select", old.with_user(self.anna).delete_on_server, when=lambda session, path, **_options: path == "INBOX"
        ):
            mailbox.fetch_mail()
        self.assertNotIn("Too late", self.messages(mailbox).mapped("subject"))
        mailbox.fetch_mail()
        self.assertFalse(old.exists())
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Boxed", "New"])

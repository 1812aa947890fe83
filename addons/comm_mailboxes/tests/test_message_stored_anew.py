from odoo.tests import tagged

from .test_message_keep import KeepCase


@tagged("post_install", "-at_install")
class TestMessageStoredAnew(KeepCase):
    """What is put back from a folder made by hand takes the server's copy if that is still there when the server is told; else
    the original, which is here, is stored anew.
    """

    def check_there(self, message, folder):
        """Check that it is where it was put back, shown and on the server, once, and for good."""
        for _visit in range(3):
            self.sync()
        self.assertRecordValues(
            message.sudo(),
            [{"active": True, "folder_id": folder.id, "server_folder_id": folder.id, "mailbox_id": self.mailbox.id}],
        )
        self.assertTrue(message.uid)
        self.assertFalse(self.operations(self.mailbox))
        self.assertFalse(self.shown(self.drawer))
        self.assertEqual(self.subjects(folder.path).count(message.subject), 1)
        [stored] = self.client.fetch(self.number(folder.path, message.subject), "(BODY.PEEK[])")[1][:1]
        self.assertEqual(stored[1], message.sudo()._source())
        self.assertEqual(folder.message_count, len(self.subjects(folder.path)))
        self.assertEqual(len(self.shown(folder)), folder.message_count)

    def bring(self, subject, path="INBOX"):
        """Return a new message, fetched."""
        self.deliver(subject)
        if path != "INBOX":
            self.move("INBOX", subject, path)
        self.mailbox.refresh_folders()
        self.mailbox.folder_ids.fetch_mode = "tree"
        self.sync()
        return self.message(self.mailbox, subject).with_user(self.anna)

    def test_when_its_copy_vanished_before_it_reached_the_trash(self):
        for path in ("INBOX", "Archive", self.trash().path):
            with self.subTest(path):
                message = self.bring(f"Deleted {path}")
                message.move_to(self.drawer)
                self.expunge("INBOX", message.subject)
                message.move_to(self.folder(self.mailbox, path))
                self.check_there(message, self.folder(self.mailbox, path))

    def test_when_its_copy_was_moved_before_it_reached_the_trash(self):
        for path in ("Archive", self.trash().path):
            with self.subTest(path):
                message = self.bring(f"Moved {path}")
                message.move_to(self.drawer)
                self.move("INBOX", message.subject, path)
                message.move_to(self.inbox())
                self.check_there(message, self.inbox())
                self.assertNotIn(message.subject, self.subjects(path))

    def test_when_its_copy_was_taken_out_of_the_trash_and_deleted(self):
        self.offer.move_to(self.drawer)
        self.sync()
        self.offer.move_to(self.inbox())
        self.move(self.trash().path, "Offer", "Archive")
        self.sync()
        self.assertEqual(self.offer.sudo().server_folder_id.path, "Archive")
        self.expunge("Archive", "Offer")
        self.check_there(self.offer, self.inbox())

    def test_into_the_trash_that_was_emptied(self):
        self.offer.move_to(self.drawer)
        self.sync()
        self.expunge(self.trash().path, "Offer")
        self.offer.move_to(self.trash())
        self.check_there(self.offer, self.trash())

    def test_when_the_trash_was_deleted_and_made_again(self):
        path = self.trash().path
        for order in ("pending", "unseen", "seen"):
            with self.subTest(order):
                message = self.bring(f"Trash {order}")
                message.move_to(self.drawer)
                self.sync()
                if order == "pending":
                    message.move_to(self.inbox())
                self.client.delete(path)
                self.client.create(path)
                if order == "seen":
                    self.sync()
                if order != "pending":
                    message.move_to(self.inbox())
                self.check_there(message, self.inbox())

    def test_when_the_mailbox_has_another_account_meanwhile(self):
        self.offer.move_to(self.drawer)
        self.sync()
        self.offer.move_to(self.inbox())
        other = self.lab.account()
        self.mailbox.write({"login": other.address, "password": other.password})
        self.client.logout()
        self.client = self.lab.imap(other)
        self.check_there(self.offer, self.inbox())

    def test_when_the_folder_of_its_copy_is_gone(self):
        path = f"{self.trash().path}/Deep"
        for order in ("seen", "unseen", "made again", "left for what is below"):
            with self.subTest(order):
                self.client.create(path)
                message = self.bring(f"Deep {order}", path)
                message.move_to(self.drawer)
                self.sync()
                if order.startswith("left"):
                    self.client.create(f"{path}/Below")
                self.client.delete(path)
                if order == "made again":
                    self.client.create(path)
                if order != "unseen":
                    self.sync()
                message.move_to(self.inbox())
                self.check_there(message, self.inbox())
                if order == "made again":
                    self.client.delete(path)

    def test_deleted_for_good_by_somebody_while_its_original_is_brought(self):
        trash = self.trash()
        message = self.bring("Deleted meanwhile", trash.path)
        with self.meanwhile("messages", lambda: message.delete(seen_in=trash.id)):
            told = self.failure_of(message.move_to, self.drawer)
        self.assertEqual(told, "“Deleted meanwhile” was moved or deleted meanwhile. Try again.")
        self.sync()
        messages = self.env["comm.message"].with_context(active_test=False)
        self.assertFalse(messages.search([("folder_id", "=", self.drawer.id)]))
        self.assertFalse(self.subjects(trash.path))
        self.assertFalse(self.operations(self.mailbox))

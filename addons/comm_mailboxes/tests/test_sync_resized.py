from unittest.mock import patch

from odoo.tests import tagged

from ..protocol.imap import ImapSession
from .common import SyncCase

SIZE = rb"RFC822\.SIZE "
A_THOUSAND_MORE = rb"RFC822.SIZE 1"


@tagged("post_install", "-at_install")
class TestSyncResized(SyncCase):
    """A server tells other sizes than before: Exchange without exact ones, a store that was converted. Its mail is the same."""

    def setUp(self):
        super().setUp()
        self.client.create("Box")
        for number in range(3):
            self.bring(f"Mail-{number}")
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.mailbox = self.make_synced(port=self.proxy.port, security="none")
        self.records = self.messages(self.mailbox)
        self.assertEqual(len(self.records), 3)

    def bring(self, subject):
        """Bring a mail of parts, whose header no other mail has."""
        self.lab.deliver(self.account.address, self.with_attachment(subject), folder="Box")

    def resize(self):
        self.proxy.replace(SIZE, A_THOUSAND_MORE)

    def downloads_of(self, action):
        downloaded = []
        real = ImapSession.messages

        def messages(session, uids):
            downloaded.extend(uids)
            return real(session, uids)

        with patch.object(ImapSession, "messages", messages):
            action()
        return downloaded

    def test_a_fetch_and_repair_leave_it(self):
        self.resize()
        self.expunge("Box", "Mail-1")
        self.bring("New")
        gone, left = self.message(self.mailbox, "Mail-1"), self.records.filtered(lambda one: one.subject != "Mail-1")
        sizes = {message: message.size for message in left}
        self.assertEqual(len(self.downloads_of(self.mailbox.fetch_mail)), 1)
        self.assertEqual(self.downloads_of(self.mailbox.repair), [])
        self.assertEqual(self.messages(self.mailbox) - self.message(self.mailbox, "New"), left)
        self.assertFalse(gone.active)
        self.assertTrue(all(message.size > size for message, size in sizes.items()))
        self.assertIn("nothing to mend", self.mailbox.repair())
        # It is found by what the server says now.
        self.move("Box", "Mail-0", "Archive")
        self.assertEqual(self.downloads_of(self.mailbox.fetch_mail), [])
        self.assertEqual(self.message(self.mailbox, "Mail-0").folder_id.path, "Archive")
        self.assertIn(self.message(self.mailbox, "Mail-0"), left)

    def test_another_mail_under_its_uid_is_not_it(self):
        """The size alone says nothing any more, so the header decides."""
        first, second = self.records.sorted("uid")[:2]
        uids = first.uid, second.uid
        self.env.flush_all()
        for message, uid in ((first, 99), (second, uids[0]), (first, uids[1])):
            self.env.cr.execute("UPDATE comm_message SET uid = %s WHERE id = %s", (uid, message.id))
        self.env.invalidate_all()
        self.resize()
        self.mailbox.repair()
        self.assertEqual(
            {message.subject: message.uid for message in self.messages(self.mailbox)},
            {f"Mail-{number}": number + 1 for number in range(3)},
        )

    def test_under_a_new_uidvalidity_it_is_found_by_a_header_that_no_other_has(self):
        self.resize()
        self.client.select("Box")
        self.client.create("Rebuilt")
        self.client.copy("1:3", "Rebuilt")
        self.client.close()
        self.client.delete("Box")
        self.client.rename("Rebuilt", "Box")
        self.assertEqual(self.downloads_of(self.mailbox.fetch_mail), [])
        self.assertEqual(self.messages(self.mailbox), self.records)
        self.assertTrue(all(self.records.mapped("uid")))

    def test_its_folder_is_found_under_another_name(self):
        self.resize()
        self.client.rename("Box", "Chest")
        self.assertEqual(self.downloads_of(self.mailbox.fetch_mail), [])
        self.assertEqual(self.messages(self.mailbox), self.records)
        self.assertEqual(self.records.folder_id.mapped("path"), ["Chest"])

    def test_it_can_be_kept_in_a_folder_made_by_hand(self):
        drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": self.anna.id})
        self.resize()
        message = self.records[0].with_user(self.anna)
        message.move_to(drawer)
        self.assertEqual(message.folder_id, drawer)

    def test_what_another_mail_says_under_its_uid_is_not_loaded(self):
        message = self.records[0]
        message.with_context(comm_sync=True).write({"is_partial": True, "identity": "0" * 40, "body_text": "Here"})
        self.failure_of(message.with_user(self.anna).load_from_server)
        self.env.invalidate_all()
        self.assertEqual((message.is_partial, message.body_text, message.active), (True, "Here", False))

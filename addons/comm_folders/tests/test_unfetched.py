from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.common import SyncCase


@tagged("post_install", "-at_install")
class TestUnfetched(SyncCase):
    def test_a_folder_into_which_another_program_moved_a_known_message_still_waits_for_its_first_fetch(self):
        self.client.create("Bills")
        self.lab.deliver(self.account.address, self.with_attachment("Old"))
        self.move("INBOX", "Old", "Bills")
        self.deliver("Mail")
        mailbox = self.make_synced(fetch_subfolders=False)
        bills = self.folder(mailbox, "Bills")
        self.move("INBOX", "Mail", "Bills")
        mailbox.fetch_mail()
        self.assertEqual(self.message(mailbox, "Mail").folder_id, bills)
        self.assertTrue(bills.sudo()._is_unfetched())
        self.assertFalse(bills.get_properties()["last_fetch"])
        bills.fetch_mail()
        self.assertCountEqual(
            self.messages(mailbox).filtered(lambda message: message.folder_id == bills).mapped("subject"),
            ["Mail", "Old"],
        )
        self.assertFalse(bills.sudo()._is_unfetched())

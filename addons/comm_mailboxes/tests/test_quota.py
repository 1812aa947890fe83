from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LabCase


@tagged("post_install", "-at_install")
class TestQuota(LabCase):
    """How full a mailbox is on a server with limits, and on one without."""

    def setUp(self):
        super().setUp()
        self.account = self.lab.account(quota=10)
        self.mailbox = self.make_lab_mailbox()
        self.mailbox.refresh_folders()

    def test_the_server_tells(self):
        before = self.mailbox.get_quota()
        self.assertEqual(before["limit"], 10 * 1024 * 1024)
        self.assertEqual(before["message_limit"], 1000)
        self.deliver("Large", body="x" * 76 + "\r\n" * 30_000)
        after = self.mailbox.get_quota()
        self.assertGreater(after["used"], before["used"] + 50_000)
        self.assertEqual(after["messages"], before["messages"] + 1)

    def test_what_a_full_mailbox_does_not_take_stays_here_and_is_told_once(self):
        self.account = self.lab.account(quota=1)
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        drafts = mailbox.folder_ids.filtered(lambda folder: folder.role == "drafts")
        text = "x" * 78 + "\r\n"
        self.deliver("Large", body=text * 12_000)
        written = self.make_message(mailbox.with_env(self.env), subject="Written")
        source = f"Subject: Written\r\nMessage-ID: <written@example.com>\r\n\r\n{text * 4000}".encode()
        self.env["ir.attachment"].create(
            {
                "name": "source.eml",
                "raw": source,
                "comm_is_source": True,
                "res_model": written._name,
                "res_id": written.id,
            }
        )
        self.env["comm.operation"]._enqueue(written, "append", drafts.with_env(self.env))
        for _visit in range(7):
            mailbox._push_now()
        [text] = mailbox.sudo().event_ids.filtered(lambda event: event.level == "warning").mapped("text")
        self.assertIn("The mailbox is full: the server takes nothing more into the folder Drafts", text)
        self.assertIn("It stays in Odoo, and is tried again every hour: 1.", text)
        self.assertTrue(written.active)
        self.assertFalse(written.uid)
        client = self.lab.imap(self.account)
        client.select("INBOX")
        client.store("1", "+FLAGS", r"(\Deleted)")
        client.expunge()
        client.logout()
        self.env.cr.execute("UPDATE comm_operation SET write_date = write_date - interval '2 hours'")
        self.env.invalidate_all()
        self.assertEqual(mailbox._push_now(), 1)
        self.assertEqual(written.server_folder_id.path, "Drafts")

    def test_a_folder_tells_the_same(self):
        folder = self.mailbox.folder_ids.filtered(lambda folder: folder.path == "Sent")
        self.assertEqual(folder.get_quota(), self.mailbox.get_quota())

    def test_a_server_without_limits_tells_nothing(self):
        mailbox = self.make_lab_mailbox(account=self.lab.account(), name="Free")
        self.assertEqual(mailbox.get_quota(), {})

    @mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event")
    def test_a_server_that_is_gone_is_told(self):
        self.mailbox.port = 1
        self.assertEqual(list(self.mailbox.get_quota()), ["error"])

    def test_only_who_may_read_the_mail_asks(self):
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.admin).get_quota()
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.ben).get_quota()

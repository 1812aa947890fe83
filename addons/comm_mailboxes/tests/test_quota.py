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

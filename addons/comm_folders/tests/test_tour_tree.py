from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import SyncCase


@tagged("post_install", "-at_install")
class TestTourTree(SyncCase, BrowserCase):
    """Folders are arranged and mails dropped on them in a real browser; what the server has is read with plain imaplib."""

    def setUp(self):
        super().setUp()
        # The steps look for English texts, also in a database that was made in another language.
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.lang = "en_US"
        self.raw = self.deliver("Offer")
        self.deliver("Plan")
        self.client.create("Projects")
        self.mailbox = self.make_synced(name="Desk")

    def test_arranged_dropped_and_managed(self):
        self.start_tour("/odoo", "comm_folders.tree", login=self.anna.login, timeout=180)
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertEqual(self.subjects("INBOX"), [])
        self.assertEqual(self.subjects("Projects"), ["Plan"])
        self.assertIn(r"\Seen", self.flags("Projects", "Plan"))
        self.assertEqual(self.subjects(self.mailbox._folder_with_role("trash").path), ["Offer"])
        kept = self.env["comm.message"].search([("folder_id.name", "=", "Drawer")])
        self.assertEqual(kept.subject, "Offer")
        self.assertTrue(kept._source().endswith(self.raw))
        names = [line.decode() for line in self.client.list()[1]]
        self.assertTrue(any(name.strip('"').endswith("Kitchen") for name in names), names)
        entry = self.env["comm.structure.entry"].search([("folder_id", "=", kept.folder_id.id)])
        self.assertRecordValues(entry, [{"icon": "star", "color": 4, "parent_id": False, "user_id": self.anna.id}])

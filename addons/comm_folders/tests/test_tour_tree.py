from odoo.fields import Command
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

    def test_dropped_on_a_folder_of_the_shared_structure(self):
        self.ben.name = "Comm Ben"
        members = {self.anna: "write", self.ben: "read"}
        lines = [Command.create({"user_id": user.id, "access": access}) for user, access in members.items()]
        folders = self.env["comm.folder"].with_user(self.manager)
        team = folders.create({"name": "Team", "is_local": True, "member_ids": lines})
        entries = self.env["comm.structure.entry"]
        entries.with_user(self.manager).insert("shared", {"folder_id": team.id})
        entries.with_user(self.anna).insert("personal", {"mailbox_id": self.mailbox.id})
        self.start_tour("/odoo", "comm_folders.shared_drop", login=self.anna.login, timeout=180)

        kept = self.env["comm.message"].with_user(self.ben).search([("subject", "in", ("Offer", "Plan"))])
        self.assertEqual(kept.mapped("subject"), ["Offer"])
        self.assertEqual(kept.folder_id, team.with_user(self.ben))
        self.assertTrue(kept._source().endswith(self.raw))
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertEqual(self.subjects("INBOX"), ["Plan"])
        self.assertEqual(self.subjects(self.mailbox._folder_with_role("trash").path), ["Offer"])

from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import SyncCase

TOUR = "comm_folders.manager_list"


@tagged("post_install", "-at_install")
class TestTourList(SyncCase, BrowserCase):
    """Keys, toolbar, conversations and the search on the server in a real browser; what they did is seen on the server."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.lang = "en_US"
        for folder in ("Archive", "Trash", "Junk", "Projects", "Attic"):
            # Some servers make them by themselves.
            self.client.create(folder)
        self.deliver("Garden")
        for subject, sender, answers in (("Kitchen", "Zoe", ""), ("Re: Kitchen", "Sender", "<kitchen@example.com>")):
            hour = 11 if answers else 10
            raw = (
                f"From: {sender} <{sender.lower()}@example.com>\r\nTo: {self.account.address}\r\nSubject: {subject}\r\n"
                f"Message-ID: <{subject.lower().replace(': ', '-')}@example.com>\r\nIn-Reply-To: {answers}\r\n"
                f"Date: Mon, 02 Nov 2026 {hour}:00:00 +0100\r\n\r\nText\r\n"
            )
            self.lab.deliver(self.account.address, raw.encode())
        self.mailbox = self.make_synced()
        self.mailbox.folder_ids.fetch_mode = "no"
        self.deliver("Treasure", folder="Attic")
        self.env["comm.structure.entry"].with_user(self.anna).insert(
            "personal", {"mailbox_id": self.mailbox.id}, False, "after"
        )

    def test_what_is_done_to_the_list_is_done_on_the_server(self):
        self.start_tour("/odoo", TOUR, login=self.anna.login, timeout=180)

        self.assertTrue(self.anna.res_users_settings_id.comm_conversations)
        self.assertEqual(self.message(self.mailbox, "Treasure").folder_id.path, "Attic")
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertEqual(self.subjects("Projects"), ["Garden"])
        self.assertIn(r"\Flagged", self.flags("Projects", "Garden"))
        self.assertEqual(sorted(self.subjects("Trash")), ["Kitchen", "Re: Kitchen"])
        self.assertEqual(self.subjects("INBOX"), [])

    def test_the_menu_of_a_message(self):
        self.deliver("Meadow")
        self.deliver("Prize")
        self.mailbox.with_user(self.anna).fetch_mail()
        self.start_tour("/odoo", "comm_folders.message_menu", login=self.anna.login, timeout=180)

        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertCountEqual(self.subjects("INBOX"), ["Garden", "Prize"])
        self.assertEqual(self.subjects("Projects"), ["Garden"])
        self.assertCountEqual(self.subjects("Trash"), ["Kitchen", "Re: Kitchen"])
        self.assertEqual(self.subjects("Archive"), ["Meadow"])
        self.assertEqual(self.subjects("Junk"), [])
        self.assertIn(r"\Flagged", self.flags("Archive", "Meadow"))
        self.assertIn(r"\Seen", self.flags("Archive", "Meadow"))

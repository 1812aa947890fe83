from email import message_from_bytes, policy

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.tests.oauth_browser import OauthBrowserCase


@tagged("post_install", "-at_install")
class TestTourOauth(OauthBrowserCase):
    """Anna has no password of a mail server: she signs in at the identity server, reads what was fetched, and writes."""

    def test_signed_in_read_and_written_in_the_browser(self):
        self.deliver("Hello", body="How much is it?")
        self.anna.write({"name": "Anna Ott", "email": self.account.address})
        self.env["res.users.settings"]._find_or_create_for_user(self.anna).comm_undo_seconds = 0
        inbox = self.make_oauth_mailbox(name="Inbox of Anna")
        outgoing = self.make_oauth_mailbox(name="Outgoing", kind="smtp", is_default=True)
        self.env["comm.structure.entry"].with_user(self.anna).insert(
            "personal", {"mailbox_id": inbox.id}, False, "after"
        )
        self.start(outgoing, "comm_folders.oauth")
        self.assertEqual(self.messages(inbox).mapped("subject"), ["Hello"])
        self.assertEqual(inbox.sudo().lease_ids.mechanism, "XOAUTH2")
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_send").method_direct_trigger()
        [arrived] = [mail for mail in self.lab.received if mail.mail_from == self.account.address]
        mail = message_from_bytes(arrived.raw, policy=policy.default)
        self.assertEqual(mail["From"], f"Anna Ott <{self.account.address}>")
        self.assertEqual(mail["To"], "customer@example.com")
        self.assertEqual(mail["Subject"], "Written after signing in")
        self.assertIn("It is 9.400", mail.get_body(("plain",)).get_content())
        # Neither has a password that could have opened the server.
        secrets = self.env["comm.mailbox.secret"].search([("mailbox_id", "in", (inbox + outgoing).ids)])
        self.assertEqual(secrets.mapped("kind"), ["tokens", "tokens"])

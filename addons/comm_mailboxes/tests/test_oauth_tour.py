import threading
import time
from unittest.mock import patch

from odoo.tests import tagged

from .oauth_browser import OauthBrowserCase
from .test_secrets_everywhere import SecretsCase


@tagged("post_install", "-at_install")
class TestOauthTour(SecretsCase, OauthBrowserCase):
    """From the click in a real browser to the mail server's XOAUTH2, and back by SMTP."""

    def test_from_the_click_to_mail_fetched_and_sent(self):
        self.deliver("Hello")
        inbox = self.make_oauth_mailbox(name="Inbox")
        outgoing = self.make_oauth_mailbox(kind="smtp", name="Outgoing", is_default=True)
        self.anna.email = self.account.address
        # What steers the browser writes every message between the two, with the address of each page: a code of the identity
        # server is in there, as in the browser's own address bar. What pages write on the console (".browser") is kept.
        harness = (self._logger.name, "odoo.tests.common")
        with self.everything_logged(without=harness) as log, self.everything_answered() as answers:
            self.start(inbox, "comm_mailboxes.oauth_browser")
            self.assertEqual(self.messages(inbox).mapped("subject"), ["Hello"])
            self.assertEqual(inbox.sudo().lease_ids.mechanism, "XOAUTH2")
            self.start(outgoing, "comm_mailboxes.oauth_outgoing")
            self.send_by_chatter()
            self.send_by_outbox(outgoing)
        for subject in (b"OAuth mail by chatter", b"OAuth mail by outbox"):
            self.assertEqual(len(self.arrived(subject)), 1, subject)
        issued, text = self.book.issued, "".join(log)
        # Codes, access tokens and refresh tokens of two sign-ins in the browser.
        self.assertLessEqual({"co.", "ac.", "re."}, {secret[:3] for secret in issued})
        self.assertGreaterEqual(len(issued), 6)
        self.assertIn("/comm_mailboxes/oauth/callback?…", text, "the log of requests is among it")
        for path in ("/comm_mailboxes/oauth/callback", "/oauth_begin", "/action_fetch_mail"):
            self.assertTrue([answer for answer in answers if path in answer.partition(",")[0]], path)
        for secret in issued:
            self.assert_hidden(text, "the log", secret, self.account.address)
            self.assert_hidden("".join(answers), "an answer", secret, self.account.address)
        self.assert_not_in_database(*issued, login=self.account.address)

    def arrived(self, subject):
        """Nobody but the signed-in account may send from its address, and it has no password here."""
        return [mail for mail in self.lab.received if subject in mail.raw and mail.mail_from == self.account.address]

    def send_by_chatter(self):
        partner = self.env["res.partner"].create({"name": "Customer", "email": "customer@example.com"})
        with patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False):
            partner.with_user(self.anna).sudo().message_post(
                body="Text",
                subject="OAuth mail by chatter",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.anna.partner_id.id,
                email_from=self.anna.email_formatted,
                partner_ids=partner.ids,
            )
            self.env["mail.mail"].search([("subject", "=", "OAuth mail by chatter")]).send()

    def send_by_outbox(self, outgoing):
        self.env["res.users.settings"]._find_or_create_for_user(self.anna).comm_undo_seconds = 0
        values = {
            "from_mailbox_id": outgoing.id,
            "email_to": "customer@example.com",
            "subject": "OAuth mail by outbox",
            "body_html": "<p>Text</p>",
        }
        self.env["comm.message"].with_user(self.anna).send(values)
        outgoing._send_outbox()

    def test_with_a_code_and_out_again(self):
        mailbox = self.make_oauth_mailbox(name="Inbox")
        person = threading.Thread(target=self.enter_the_code, args=[set(self.book.user_codes)], daemon=True)
        person.start()
        self.start(mailbox, "comm_mailboxes.oauth_device")
        person.join(10)
        self.assertFalse(self.secret(mailbox))

    def enter_the_code(self, before):
        """As somebody at another device does. The server may know codes of other tests."""
        deadline = time.monotonic() + 120
        while not self.book.user_codes.keys() - before and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(2)
        [code] = self.book.user_codes.keys() - before
        address = f"{self.identity.authority}/lab.test/deviceauth"
        self.browse(address, user_code=code, account=self.account.address, password=self.account.password)

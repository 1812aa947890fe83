import sys
from pathlib import Path

from odoo.tests import tagged
from odoo.tools import mute_logger

from .oauth import OauthCase
from .outbox import OutboxCase

ROOT = str(Path(__file__).resolve().parents[3])


@tagged("post_install", "-at_install")
class TestDemoOauth(OutboxCase, OauthCase):
    """What an administrator finds in ./dev run to try shared mailboxes by OAuth 2.0 with works, as it is told there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if ROOT not in sys.path:
            sys.path.insert(0, ROOT)
        from tools import demo_accounts, demo_records, run  # noqa: PLC0415 (found through the path above)

        cls.demo, cls.records = demo_accounts, demo_records
        cls.person = cls.lab.account(demo_accounts.SHARED_WITH)
        cls.other = cls.lab.account("anna", password="anna")
        cls.shared = cls.lab.account(demo_accounts.SHARED)
        cls.info = cls.lab.account(demo_accounts.APPLICATION_MAILBOXES[0])
        demo_accounts.let_in(cls.lab.identity.book)
        cls.facts = demo_records.facts_of(cls.lab, run.USERS, "http://127.0.0.1:8069")
        demo_records.fill(cls.env, cls.facts)
        cls.admin = cls.env.ref("base.user_admin")

    def setUp(self):
        super().setUp()
        self.env["res.users.settings"]._find_or_create_for_user(self.admin).comm_undo_seconds = 0

    def found(self, account):
        """Return the mailboxes to fetch and to send with, as the administrator."""
        mailboxes = self.env["comm.mailbox"].with_user(self.admin).search([("email", "=", account.address)])
        self.assertEqual(sorted(mailboxes.mapped("kind")), ["imap", "smtp"])
        return mailboxes.sorted("kind")

    def check_fetches(self, mailbox, account):
        self.deliver(f"To {account.address}", account=account)
        self.assertFalse([step for step in mailbox.check_connection() if not step["ok"]])
        mailbox.fetch_mail()
        self.assertIn(f"To {account.address}", self.messages(mailbox).mapped("subject"))
        self.assertEqual(mailbox.sudo().lease_ids.mechanism, "XOAUTH2")

    def check_sends(self, mailbox, account):
        message = self.queue(mailbox, self.admin, subject=f"From {account.address}")
        self.send()
        self.assertEqual(message.outgoing_state, "sent", message.send_error)
        sent = [mail for mail in self.lab.received if f"Subject: From {account.address}".encode() in mail.raw]
        self.assertEqual([mail.mail_from for mail in sent], [account.address])

    def test_the_application_itself_signs_in_without_a_person(self):
        incoming, outgoing = self.found(self.info)
        self.check_fetches(incoming, self.info)
        self.check_sends(outgoing, self.info)
        self.assertFalse(incoming.may_sign_in)

    def test_the_application_opens_only_what_it_was_given(self):
        incoming = self.found(self.info)[0]
        incoming.email = self.shared.address
        with mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"):
            told = self.failure_of(incoming.fetch_mail)
        self.assertIn(self.shared.address, told)

    def test_somebody_with_access_signs_in_for_a_shared_mailbox(self):
        for mailbox in self.found(self.shared):
            self.assertEqual(mailbox.oauth_begin_device()["account"], self.person.address)
            self.assertEqual(self.sign_in(mailbox, self.person)["state"], "done")
            self.assertEqual(mailbox.oauth_account, self.person.address)
        incoming, outgoing = self.found(self.shared)
        self.check_fetches(incoming, self.shared)
        self.check_sends(outgoing, self.shared)

    def test_somebody_without_access_does_not(self):
        incoming = self.found(self.shared)[0]
        self.assertEqual(self.sign_in(incoming, self.other)["state"], "failed")
        incoming.oauth_user = self.other.address
        self.assertEqual(self.sign_in(incoming, self.other)["state"], "done")
        told = self.failure_of(incoming.fetch_mail)
        self.assertIn(self.shared.address, told)

    def test_the_next_start_ends_no_sign_in(self):
        incoming = self.found(self.shared)[0]
        self.sign_in(incoming, self.person)
        before = self.env["comm.mailbox"].search_count([])
        self.records.fill(self.env, self.facts)
        self.assertEqual(self.env["comm.mailbox"].search_count([]), before)
        self.env.invalidate_all()
        self.assertTrue(incoming.oauth_signed_in)

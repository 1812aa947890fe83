import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import vault
from ..protocol.oauth import Application
from .oauth import OauthCase


@tagged("post_install", "-at_install")
class TestOauthTenant(OauthCase):
    """The application (client) ID is enough: the address tells the organisation."""

    def where(self, **vals):
        """Return where somebody would sign in, of a mailbox that exists nowhere else."""
        values = {"kind": "imap", "client_id": "x", "auth_method": "oauth2", "oauth_provider": "microsoft", **vals}
        mailbox = self.env["comm.mailbox"].new(values)
        return mailbox._oauth_application__().authority_url.removeprefix("https://login.microsoftonline.com/")

    def test_the_domain_of_what_is_opened_is_the_tenant(self):
        for tenant, vals in (
            ("company.de", {"email": "Anna <anna@Company.de>"}),
            ("company.de", {"email": "info@company.de", "oauth_user": "ben@else.example"}),
            ("company.onmicrosoft.com", {"email": "a@brand.example", "login": "anna@company.onmicrosoft.com"}),
            ("company.de", {"email": "anna@company.de", "login": "anna"}),
            ("live.company.de", {"email": "anna@live.company.de"}),
            ("organizations", {"login": "anna"}),
            ("organizations", {"email": "anna@xn--/../x"}),
            ("organizations", {"email": "anna@company.de", "tenant": "organizations"}),
            ("1234-5678", {"email": "anna@company.de", "tenant": "1234-5678"}),
        ):
            with self.subTest(tenant, **vals):
                self.assertEqual(self.where(**vals), tenant)

    def test_private_accounts_belong_to_no_organisation(self):
        for domain in ("outlook.com", "Hotmail.com", "hotmail.co.uk", "live.de", "live.com.au", "msn.com"):
            with self.subTest(domain):
                self.assertEqual(self.where(email=f"anna@{domain}"), "consumers")

    def test_sovereign_clouds_have_tenants_too_and_other_providers_none(self):
        facts = {"kind": "imap", "client_id": "x", "domain": "Agency.example"}
        address = Application("microsoft", authority="https://login.microsoftonline.us", **facts).authority_url
        self.assertEqual(address, "https://login.microsoftonline.us/agency.example")
        self.assertEqual(Application("google", **facts).authority_url, "https://accounts.google.com/.")

    def test_an_application_of_one_organisation_needs_no_tenant(self):
        self.identity.single_tenant = True
        mailbox = self.make_oauth_mailbox()
        self.assertEqual(self.sign_in(mailbox)["state"], "done")
        self.deliver("Hello")
        self.book.expire(self.account.address)
        self.assertEqual(mailbox.fetch_mail(), 1)
        asked = {line for line in self.identity.requests[-12:] if "/oauth2/v2.0/token" in line}
        self.assertEqual(asked, {"POST /lab.test/oauth2/v2.0/token"})
        other = self.make_oauth_mailbox(tenant="organizations")
        with self.assertRaisesRegex(UserError, "registered for one organisation only.*AADSTS50194"):
            other.oauth_begin_device()

    def test_a_domain_that_is_none_of_microsoft_s_is_told_with_what_to_enter(self):
        mailbox = self.make_oauth_mailbox(tenant="nowhere")
        with self.assertRaisesRegex(UserError, r"Enter the right directory \(tenant\) ID.*AADSTS90002"):
            mailbox.oauth_begin_device()

    def test_who_signed_in_before_addresses_told_the_tenant_stays_signed_in(self):
        mailbox = self.make_oauth_mailbox(tenant="organizations")
        self.sign_in(mailbox)
        secret = self.secret(mailbox)
        stored = json.loads(vault.decrypt__(secret.ciphertext))
        del stored["tenant"]
        self.env.cr.execute("UPDATE comm_mailbox SET tenant = NULL WHERE id = %s", (mailbox.id,))
        secret.ciphertext = vault.encrypt(json.dumps(stored))
        self.env.invalidate_all()
        self.check_asked(mailbox, "organizations")
        self.deliver("Hello")
        self.assertEqual(mailbox.fetch_mail(), 1)

    def test_who_signed_in_at_a_tenant_that_was_entered_is_renewed_there(self):
        mailbox = self.make_oauth_mailbox(tenant="lab.test")
        self.sign_in(mailbox)
        secret = self.secret(mailbox)
        stored = json.loads(vault.decrypt__(secret.ciphertext))
        # As it was before addresses told the tenant.
        del stored["tenant"]
        secret.ciphertext = vault.encrypt(json.dumps(stored))
        self.env.flush_all()
        self.check_asked(mailbox, "lab.test")

    def test_an_address_in_another_domain_of_the_organisation_ends_no_sign_in(self):
        mailbox = self.make_oauth_mailbox(login=self.account.address, oauth_user=self.account.address)
        self.sign_in(mailbox)
        mailbox.write({"login": False, "email": "anna@renamed.example"})
        self.assertEqual(mailbox._oauth_application__().usual_tenant, "renamed.example")
        mailbox.login = "anna@renamed.example"
        self.assertTrue(mailbox.oauth_signed_in)
        mailbox.env.flush_all()
        self.check_asked(mailbox, "lab.test")

    def check_asked(self, mailbox, tenant):
        self.book.expire(self.account.address)
        for _time in range(2):
            asked, refreshes = len(self.identity.requests), self.book.refreshes
            mailbox._access_token__(refused=mailbox._current_token__())
            self.assertEqual(self.book.refreshes, refreshes + 1)
            told = [line for line in self.identity.requests[asked:] if line.endswith("/token")]
            self.assertEqual(told, [f"POST /{tenant}/oauth2/v2.0/token"])

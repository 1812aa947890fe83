from datetime import timedelta
from unittest.mock import patch

from cryptography.fernet import Fernet
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import config, mute_logger
from odoo.tools.safe_eval import safe_eval

from .. import vault
from ..protocol.oauth.errors import IdentityServerNonsense
from .oauth import SECRET, OauthCase

LOGGER = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestOauthSecret(OauthCase):
    """The client secret of a mailbox and who is reminded of its end; tokens that come, or end, in odd ways."""

    def setUp(self):
        super().setUp()
        self.soon = fields.Date.today() + timedelta(days=9)
        self.mailbox = self.make_oauth_mailbox(client_secret=SECRET, client_secret_expiry=self.soon)

    def events(self, mailbox):
        return self.env["comm.mailbox.event"].sudo().search([("mailbox_id", "=", mailbox.id)])

    def remind(self):
        self.env["comm.mailbox"]._cron_remind_of_secrets()
        return self.activities(self.mailbox)

    def test_who_has_done_the_reminder_is_not_reminded_of_the_same_date_again(self):
        self.remind().action_done()
        self.assertFalse(self.remind().filtered("active"))
        later = self.soon + timedelta(days=3)
        self.mailbox.client_secret_expiry = later
        self.assertEqual(self.remind().filtered("active").date_deadline, later)

    def test_the_reminder_ends_with_the_secret(self):
        for vals in ({"client_secret": "another"}, {"client_secret": False}, {"auth_method": "auto"}):
            with self.subTest(str(vals)):
                self.mailbox.write({"auth_method": "oauth2", "client_secret": SECRET})
                self.mailbox.client_secret_expiry = self.soon = self.soon + timedelta(days=1)
                self.assertTrue(self.remind())
                self.mailbox.write(vals)
                self.assertFalse(self.activities(self.mailbox))
                self.assertFalse(self.remind())

    def test_a_lost_key_names_the_field_that_is_to_be_filled(self):
        with patch.dict(config.options, {vault.KEY_OPTION: Fernet.generate_key().decode()}):
            told = self.failure_of(self.mailbox.oauth_begin)
            self.assertIn("Enter the client secret again", told)
            self.assertNotIn("password", told)
            self.mailbox.client_secret = SECRET
            self.assertTrue(self.mailbox.oauth_begin()["address"])

    def test_a_secret_of_which_somebody_was_reminded_goes_to_no_other_authority_either(self):
        values = {"auth_method": "oauth2", "client_id": "x", "oauth_authority": "https://a.example.com"}
        values |= {"client_secret": SECRET, "client_secret_expiry": self.soon}
        self.mailbox = mailbox = self.make_shared({self.anna: "write"}, **values)
        self.assertTrue(self.remind())
        self.assertTrue(self.secret(mailbox, "client_secret").reminded_for)
        mailbox.with_user(self.admin).write({"oauth_authority": "https://evil.example.com"})
        self.assertFalse(self.secret(mailbox, "client_secret"))
        self.assertFalse(self.activities(mailbox))

    def test_the_secret_is_removed_with_its_date_and_its_reminder(self):
        self.assertTrue(self.remind())
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.ben).action_remove_client_secret()
        self.mailbox.action_remove_client_secret()
        self.assertFalse(self.mailbox.has_client_secret)
        self.assertFalse(self.mailbox.client_secret_expiry)
        self.assertFalse(self.secret(self.mailbox, "client_secret"))
        self.assertFalse(self.remind())
        self.assertEqual(self.sign_in(self.mailbox)["state"], "done")

    def test_who_may_only_read_sees_no_button_that_changes_the_sign_in(self):
        shared = self.make_shared({self.anna: "write", self.ben: "read"}, client_secret=SECRET)
        self.assertTrue(shared.with_user(self.manager).may_change_oauth)
        self.assertFalse(shared.with_user(self.ben).may_change_oauth)
        arch = etree.fromstring(self.env["comm.mailbox"].get_view(view_type="form")["arch"])
        for name in ("action_oauth_sign_out", "action_remove_client_secret"):
            [button] = arch.xpath(f"//button[@name='{name}']")
            for may in (True, False):
                values = {"oauth_signed_in": True, "oauth_app_only": False, "may_change_oauth": may}
                self.assertEqual(safe_eval(button.get("invisible"), values), not may)

    def test_who_may_not_choose_that_the_application_signs_in_is_told_just_that(self):
        shared = self.make_shared({self.anna: "write"}, client_secret=SECRET, tenant="lab.test")
        for user in (self.manager, self.anna):
            with self.subTest(user.login), self.assertRaisesRegex(AccessError, "^Only an administrator may let the"):
                shared.with_user(user).oauth_app_only = True
        shared.with_user(self.admin).oauth_app_only = True
        with self.assertRaisesRegex(AccessError, "^The application itself signs in here"):
            shared.with_user(self.manager).email = "boss@lab.test"

    def test_a_tenant_is_a_name_and_no_path(self):
        for tenant in ("..", ".", "a..b", ".a", "a.", "../b"):
            with self.subTest(tenant), self.assertRaisesRegex(ValidationError, "tenant is an ID"):
                self.mailbox.tenant = tenant
        self.mailbox.tenant = "company.onmicrosoft.com"

    def test_a_refresh_token_that_came_with_a_token_of_no_use_is_kept(self):
        """The identity server took the old one back with its answer: without the new one, somebody had to sign in again."""
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        before, refreshes = self.secret(mailbox).ciphertext, self.book.refreshes
        self.identity.facts = {"access_token": '"\\u00e9"', "expires_in": "0"}
        told = None
        try:
            # Odoo's assertRaises would roll back what is committed here, as all cursors of a test share a connection.
            mailbox._renew_token()
        except IdentityServerNonsense as error:
            told = error
        self.assertIsNotNone(told)
        self.assertEqual(self.book.refreshes, refreshes + 1)
        secret = self.secret(mailbox)
        secret.invalidate_recordset()
        self.assertNotEqual(secret.ciphertext, before)
        self.identity.facts = {}
        self.book.expire(self.account.address)
        self.deliver("Hello")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(self.book.refreshes, refreshes + 2)

    def test_who_signed_in_is_told_only_where_the_provider_tells_it(self):
        mailbox = self.make_oauth_mailbox()
        self.identity.facts = {"id_token": "null"}
        self.assertEqual(self.sign_in(mailbox), {"state": "done", "text": "Signed in."})
        self.assertTrue(mailbox.oauth_signed_in)
        self.assertFalse(mailbox.oauth_account)
        self.assertTrue(mailbox.oauth_renewed)
        self.assertIn("Signed in.", self.events(mailbox).mapped("text"))
        self.book.expire(self.account.address)
        mailbox.fetch_mail()
        self.identity.facts = {}
        self.assertEqual(self.sign_in(mailbox)["text"], f"Signed in as {self.account.address}.")
        self.assertEqual(mailbox.oauth_account, self.account.address)

    def test_an_access_that_cannot_be_renewed_is_told_at_the_sign_in_and_in_the_form(self):
        mailbox = self.make_oauth_mailbox()
        self.identity.facts = {"refresh_token": "null"}
        self.book.access_seconds = 200
        answer = self.sign_in(mailbox)
        self.assertTrue(answer["warns"])
        self.assertIn("nothing to renew", answer["text"])
        [event] = self.events(mailbox).filtered(lambda event: event.text == answer["text"])
        self.assertEqual(event.level, "warning")
        self.assertFalse(mailbox.oauth_renewed)
        # It serves to its very end; then nobody is told that nobody had signed in.
        mailbox.fetch_mail()
        self.book.expire(self.account.address)
        with mute_logger(LOGGER):
            for told in (self.failure_of(mailbox.fetch_mail), mailbox.check_connection()[-1]["detail"]):
                self.assertIn("has run out", told)
                self.assertIn("nothing to renew it with", told)
                self.assertNotIn("Nobody", told)
        mailbox.invalidate_recordset()
        self.assertTrue(mailbox.oauth_ended)
        arch = etree.fromstring(self.env["comm.mailbox"].get_view(view_type="form")["arch"])
        [state] = arch.xpath("//div[contains(@class, 'o_comm_oauth_state')]")
        for text, shown in (("renewed by itself", True), ("nothing to renew it with", False)):
            [part] = state.xpath(f".//div[contains(text(), '{text}')]")
            for renewed in (True, False):
                self.assertEqual(safe_eval(part.get("invisible"), {"oauth_renewed": renewed}), renewed != shown)
        self.identity.facts = {}
        self.assertNotIn("warns", self.sign_in(mailbox))
        self.env.invalidate_all()
        self.assertTrue(mailbox.oauth_renewed)

    def test_who_signs_out_during_a_refresh_is_not_told_that_it_is_tried_again(self):
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        self.book.expire(self.account.address)
        self.identity.behaviour = "error 503"
        leases = self.env.registry["comm.mailbox.lease"]
        real = leases._note_failure

        def note_failure(lease_row, *args):
            # Not earlier: the cursors of a test share a connection, so the visit's rollback would undo it.
            mailbox.action_oauth_sign_out()
            return real(lease_row, *args)

        with patch.object(leases, "_note_failure", note_failure), mute_logger(LOGGER):
            self.failure_of(mailbox.fetch_mail)
        mailbox.invalidate_recordset()
        self.assertIn("Nobody has signed in", mailbox.last_error)

    def test_signing_out_takes_away_what_failed_before(self):
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        self.book.expire(self.account.address)
        self.identity.behaviour = "error 503"
        with mute_logger(LOGGER):
            self.failure_of(mailbox.fetch_mail)
        self.assertTrue(mailbox.last_error)
        mailbox.action_oauth_sign_out()
        self.assertFalse(mailbox.last_error)
        self.assertEqual(mailbox.state, "draft")

    def test_of_a_time_that_is_past_nobody_is_told_that_access_lasts_until_then(self):
        """Where nothing is fetched for hours, nobody knows whether the access would still be renewed."""
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        arch = etree.fromstring(self.env["comm.mailbox"].get_view(view_type="form")["arch"])
        [state] = arch.xpath("//div[contains(@class, 'o_comm_oauth_state')]")
        [until] = state.xpath(".//div[field[@name='oauth_until']]")
        [past] = state.xpath(".//div[contains(text(), 'when it is needed next')]")

        def told():
            mailbox.invalidate_recordset()
            values = {"oauth_lapsed": mailbox.oauth_lapsed}
            return [safe_eval(part.get("invisible"), dict(values)) for part in (until, past)]

        self.assertEqual(told(), [False, True])
        tokens = self.secret(mailbox)
        tokens.valid_until = fields.Datetime.now() - timedelta(hours=2)
        self.assertEqual(told(), [True, False])
        self.assertFalse(mailbox.oauth_ended)
        # Without anything to renew it with, it has ended; the mailbox need not fail for somebody to know that.
        tokens.ends_with_token = True
        mailbox.invalidate_recordset()
        self.assertTrue(mailbox.oauth_ended)

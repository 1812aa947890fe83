import json
import logging
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, config, mute_logger

from .oauth import CALLBACK, OauthHttpCase


@tagged("post_install", "-at_install")
class TestOauthSignIn(OauthHttpCase):
    """The callback, as browsers and attackers call it."""

    def assert_refused(self, response, text):
        self.assertEqual(response.status_code, 400)
        self.assertIn(text, response.text)
        self.assertFalse(self.secret(self.mailbox))
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")

    def test_in_the_browser(self):
        begun = self.call("oauth_begin", "/odoo/action-7/3")
        self.assertEqual(begun["base"], self.base_url())
        self.assertNotIn("verifier", json.dumps(begun))
        response = self.come_back(self.pass_page(begun["address"]))
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith("/odoo/action-7/3"))
        self.assertEqual(self.secret(self.mailbox).account, self.account.address)
        self.assertEqual(self.secret(self.mailbox).user_id, self.anna)
        self.deliver("Hello")
        self.assertEqual(self.mailbox.fetch_mail(), 1)

    def test_it_leads_back_to_no_other_site(self):
        for page in ("https://evil.example.com/", "//evil.example.com", "/odoo/../x", "/odoo\\evil", "/web/login", 7):
            with self.subTest(page):
                response = self.come_back(self.pass_page(self.call("oauth_begin", page)["address"]))
                self.assertTrue(response.headers["Location"].endswith(f"/odoo/comm.mailbox/{self.mailbox.id}"))

    def test_a_state_is_good_once(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.assertEqual(self.come_back(back).status_code, 303)
        self.mailbox.action_oauth_sign_out()
        self.assert_refused(self.come_back(back), "was not begun here")

    def test_a_forged_state(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        code = parse_qs(urlsplit(back).query)["code"][0]
        for query in (
            f"code={code}&state=forged",
            f"code={code}",
            "",
            "state=",
            f"code={code}&state=%00%ff",
            "error=x",
        ):
            with self.subTest(query):
                self.assert_refused(self.come_back(f"{CALLBACK}?{query}"), "was not begun here")

    def test_a_state_of_another_user(self):
        """Ben's mailbox must not get Anna's tokens, nor hers his: whoever is sent the link of another one."""
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.authenticate(self.ben.login, self.ben.login)
        self.assert_refused(self.come_back(back), "was not begun here")
        self.logout()
        self.assert_refused(self.come_back(back), "not logged in")

    def test_a_state_of_another_browser_of_the_same_user(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.authenticate(self.anna.login, self.anna.login)
        self.assert_refused(self.come_back(back), "was not begun here")

    def test_a_state_that_is_too_old(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        attempt = self.env["comm.oauth.attempt"].search([("mailbox_id", "=", self.mailbox.id)])
        self.assertLessEqual(attempt.expires_at, fields.Datetime.now() + timedelta(minutes=10))
        attempt.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assert_refused(self.come_back(back), "longer than ten minutes")
        attempt.expires_at = fields.Datetime.now() - timedelta(hours=1)
        self.env["comm.oauth.attempt"]._gc_attempts()
        self.assertFalse(attempt.exists())

    def test_a_code_for_another_mailbox(self):
        """The code of one sign-in, with the state of another one: the verifier does not fit (PKCE)."""
        other = self.make_oauth_mailbox(self.ben)
        self.authenticate(self.ben.login, self.ben.login)
        stolen = parse_qs(urlsplit(self.pass_page(self.call("oauth_begin", mailbox=other)["address"])).query)["code"][0]
        self.authenticate(self.anna.login, self.anna.login)
        state = parse_qs(urlsplit(self.call("oauth_begin")["address"]).query)["state"][0]
        self.assert_refused(self.come_back(f"{CALLBACK}?code={stolen}&state={state}"), "not begun here")

    def test_rights_that_went_meanwhile(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.env.cr.execute("UPDATE comm_mailbox SET user_id = %s WHERE id = %s", [self.ben.id, self.mailbox.id])
        self.env.invalidate_all()
        response = self.come_back(back)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.secret(self.mailbox))

    # A value of each setting that decides where the sign-in, or what it brings, goes.
    CHANGES = (
        ("oauth_authority", "https://localhost:1"),
        ("tenant", "other.example.com"),
        ("client_id", "another"),
        ("oauth_scopes", "openid"),
        ("oauth_provider", "google"),
        ("host", "evil.example.com"),
        ("port", 1),
        ("security", "starttls"),
        ("skip_certificate_check", True),
        ("certificate_hostname", "evil.example.com"),
        ("login", "other@example.com"),
        ("oauth_user", "other@example.com"),
    )

    def test_settings_that_changed_meanwhile_end_a_sign_in_that_was_begun(self):
        attempts = self.env["comm.oauth.attempt"]
        for name, value in self.CHANGES:
            with self.subTest(name):
                before = self.mailbox[name]
                back = self.pass_page(self.call("oauth_begin")["address"])
                key = self.call("oauth_begin_device")["key"]
                self.mailbox.write({name: value})
                self.assertFalse(attempts.search([("mailbox_id", "=", self.mailbox.id)]))
                asked = len(self.identity.requests)
                self.assert_refused(self.come_back(back), "settings of the mailbox were changed")
                self.assertEqual(self.call("oauth_poll_device", key)["state"], "failed")
                self.assertEqual(len(self.identity.requests), asked)
                self.mailbox.write({name: before})

    def test_a_sign_in_that_outlived_a_change_of_settings_sends_nothing(self):
        """The change was committed while the sign-in began, so that it found nothing to delete."""
        for name, value in self.CHANGES:
            with self.subTest(name):
                before = self.mailbox[name]
                back = self.pass_page(self.call("oauth_begin")["address"])
                key = self.call("oauth_begin_device")["key"]
                self.set_by_sql(name, value)
                asked = len(self.identity.requests)
                self.assert_refused(self.come_back(back), "were changed since this sign-in began")
                with mute_logger("odoo.http"):
                    self.assertIn("were changed since this sign-in began", self.call("oauth_poll_device", key))
                self.assertEqual(len(self.identity.requests), asked)
                self.set_by_sql(name, before or None)

    def set_by_sql(self, name, value):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE comm_mailbox SET %s = %s WHERE id = %s", SQL.identifier(name), value, self.mailbox.id)
        )
        self.env.invalidate_all()

    def test_signing_out_and_archiving_end_a_sign_in_that_was_begun(self):
        archive = {"active": False}
        for end in (self.mailbox.action_oauth_sign_out, lambda: self.mailbox.write(archive)):
            back = self.pass_page(self.call("oauth_begin")["address"])
            key = self.call("oauth_begin_device")["key"]
            end()
            self.assertFalse(self.env["comm.oauth.attempt"].search([("mailbox_id", "=", self.mailbox.id)]))
            self.assert_refused(self.come_back(back), "was not begun here")
        with mute_logger("odoo.http"):
            self.assertIn("is archived", self.call("oauth_poll_device", key))
            self.assertIn("is archived", self.call("oauth_begin"))

    def test_an_archived_mailbox_accepts_no_callback(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.set_by_sql("active", False)
        asked = len(self.identity.requests)
        self.assert_refused(self.come_back(back), "is archived")
        self.assertEqual(len(self.identity.requests), asked)

    def test_other_changes_do_not_end_a_sign_in(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.mailbox.write({"name": "Renamed", "host": self.mailbox.host})
        self.assertEqual(self.come_back(back).status_code, 303)

    def test_a_key_of_another_type_is_unknown(self):
        self.call("oauth_begin_device")
        for key in (None, 7, False, ["x"], {"a": 1}, "", "\ud800"):
            with self.subTest(key):
                self.assertEqual(self.call("oauth_poll_device", key)["state"], "failed")

    def test_who_cancels_is_told_so(self):
        back = self.pass_page(self.call("oauth_begin")["address"], cancel="1")
        response = self.come_back(back)
        self.assert_refused(response, "declined")
        self.assertIn(f"/odoo/comm.mailbox/{self.mailbox.id}", response.text)

    def test_the_wrong_account(self):
        other = self.lab.account()
        back = self.pass_page(self.call("oauth_begin")["address"], other)
        self.assert_refused(self.come_back(back), other.address)

    def test_what_comes_back_is_shown_as_text(self):
        state = parse_qs(urlsplit(self.call("oauth_begin")["address"]).query)["state"][0]
        query = f"state={state}&error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cb%3Ex%3C/b%3E"
        response = self.come_back(f"{CALLBACK}?{query}")
        self.assertNotIn("<script>alert", response.text)
        self.assertNotIn("<b>x", response.text)

    def test_an_identity_server_that_is_down_when_the_code_comes(self):
        for behaviour, text in (("html", "something else"), ("error 503", "cannot answer")):
            with self.subTest(behaviour):
                back = self.pass_page(self.call("oauth_begin")["address"])
                self.identity.behaviour = behaviour
                response = self.come_back(back)
                self.assert_refused(response, text)
                self.assertNotIn("by itself", response.text)
                self.identity.behaviour = ""
        port = self.identity.open_door(self.lab.certificates["self_signed"])
        self.mailbox.oauth_authority = f"https://localhost:{port}"
        with mute_logger("odoo.http"):
            self.assertIn("cannot be trusted", self.call("oauth_begin"))
            self.mailbox.oauth_authority = "https://localhost:1"
            told = self.call("oauth_begin")
        self.assertIn("cannot be reached", told)
        self.assertNotIn("by itself", told)
        self.assertIn("Sign in again", told)

    def test_a_callback_that_lacks_something_does_not_blame_the_identity_server(self):
        state = parse_qs(urlsplit(self.call("oauth_begin")["address"]).query)["state"][0]
        response = self.come_back(f"{CALLBACK}?state={state}")
        self.assert_refused(response, "incomplete")
        self.assertNotIn("identity server", response.text)
        back = self.pass_page(self.call("oauth_begin")["address"])
        self.assertEqual(self.come_back(f"{back.split('&client_info')[0]}&client_info=junk").status_code, 303)
        self.assertTrue(self.secret(self.mailbox))

    def test_a_base_address_with_a_final_slash(self):
        self.env["ir.config_parameter"].set_param("web.base.url", f"{self.base_url()}/")
        self.mailbox.invalidate_recordset()
        self.assertEqual(self.mailbox.oauth_redirect_uri, f"{self.base_url()}{CALLBACK}")

    def test_behind_a_proxy_that_speaks_https(self):
        """Odoo itself is reached by http; the provider knows the outer address only."""
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.test")
        for proxy_mode in (False, True):
            with self.subTest(proxy_mode), patch.dict(config.options, {"proxy_mode": proxy_mode}):
                begun = self.call("oauth_begin")
                self.assertEqual(begun["base"], "https://odoo.example.test")
                back = self.pass_page(begun["address"])
                self.assertTrue(back.startswith(f"https://odoo.example.test{CALLBACK}?"), back)
                headers = {
                    "X-Forwarded-Proto": "https",
                    "X-Forwarded-Host": "odoo.example.test",
                    "X-Forwarded-For": "192.0.2.7",
                }
                response = self.come_back(back, **headers)
                self.assertEqual(response.status_code, 303, response.text)
                self.assertNotIn("http://odoo.example.test", response.headers["Location"])
                self.assertTrue(self.secret(self.mailbox))
                self.mailbox.action_oauth_sign_out()

    def test_an_address_without_encryption_is_told_before_the_provider_refuses_it(self):
        for base in ("http://odoo.example.test", "https://[odoo.example.test", "odoo"):
            with self.subTest(base):
                self.env["ir.config_parameter"].set_param("web.base.url", base)
                with self.assertRaisesRegex(UserError, "web.base.url"):
                    self.mailbox.oauth_begin()

    def test_a_code_on_another_device(self):
        begun = self.call("oauth_begin_device")
        self.assertNotIn("device_code", begun)
        self.assertEqual(self.call("oauth_poll_device", begun["key"]), {"state": "waiting", "text": ""})
        # From here on, whoever may ask gets the tokens.
        self.browse(
            begun["address"],
            user_code=begun["user_code"],
            account=self.account.address,
            password=self.account.password,
        )
        attempt = self.env["comm.oauth.attempt"].search([("mailbox_id", "=", self.mailbox.id)])
        attempt.polled_at = False
        # Another browser, another user, another mailbox: the key alone is worth nothing.
        self.authenticate(self.anna.login, self.anna.login)
        self.assertEqual(self.call("oauth_poll_device", begun["key"])["state"], "failed")
        self.authenticate(self.ben.login, self.ben.login)
        with mute_logger("odoo.http"):
            answer = self.ask("oauth_poll_device", begun["key"])
        self.assertNotIn("result", answer)
        self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.AccessError")
        theirs = self.make_oauth_mailbox(self.ben)
        self.assertEqual(self.call("oauth_poll_device", begun["key"], mailbox=theirs)["state"], "failed")
        self.assertFalse(self.secret(theirs))
        self.assertFalse(self.secret(self.mailbox))

    def test_the_log_of_requests_has_neither_code_nor_state(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        # A number: Odoo calls level 25 "INFO".
        with self.assertLogs("werkzeug", logging.INFO) as log:
            self.assertEqual(self.come_back(back).status_code, 303)
        [line] = [line for line in log.output if CALLBACK in line]
        self.assertIn(f"{CALLBACK}?… ", line)
        query = parse_qs(urlsplit(back).query)
        self.assertLessEqual({"code", "state"}, query.keys())
        for [value] in query.values():
            self.assertNotIn(value, line)

    def test_tokens_and_codes_are_in_no_answer(self):
        answers = []
        begun = self.call("oauth_begin")
        answers.append(json.dumps(begun))
        back = self.pass_page(begun["address"])
        answers.append(self.come_back(back).text)
        names = list(self.env["comm.mailbox"].fields_get(attributes=["type"]))
        for method, args in (("read", [names]), ("web_read", [{name: {} for name in names}]), ("export_data", [names])):
            answers.append(json.dumps(self.call(method, *args)))
        answers.append(json.dumps(self.call("oauth_begin_device")))
        answers.append(json.dumps(self.call("check_connection")))
        self.assertTrue(self.book.issued)
        for secret in self.book.issued:
            for answer in answers:
                self.assertNotIn(secret, answer)

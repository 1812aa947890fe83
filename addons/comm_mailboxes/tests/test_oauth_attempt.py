from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import msal

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.oauth import IdentityClient
from .oauth import OauthHttpCase


@tagged("post_install", "-at_install")
class TestOauthAttempt(OauthHttpCase):
    """Each check of a sign-in by itself, where another one would refuse the same in the whole."""

    @contextmanager
    def meanwhile(self, action):
        """Do it when the identity server has answered, before the answer is stored."""
        real = IdentityClient.finish

        def finish(client, *args):
            token = real(client, *args)
            action()
            return token

        with patch.object(IdentityClient, "finish", finish):
            yield

    def test_no_script_is_opened_that_the_provider_names_as_its_page(self):
        real = msal.PublicClientApplication.initiate_auth_code_flow
        for address in (
            "javascript:alert(1)",
            "http://id.example.com/",
            "data:text/html,x",
            "https:///x",
            "https://a\nb",
        ):

            def begin(application, *args, address=address, **options):
                return {**real(application, *args, **options), "auth_uri": address}

            with (
                self.subTest(address),
                patch.object(msal.PublicClientApplication, "initiate_auth_code_flow", begin),
                self.assertRaisesRegex(UserError, "something else"),
            ):
                self.mailbox.oauth_begin()
            self.assertFalse(self.env["comm.oauth.attempt"].search([("mailbox_id", "=", self.mailbox.id)]))

    def test_an_attempt_is_found_by_its_user_and_its_way_only(self):
        """Programs have no session to tell one from another: the user alone does."""
        attempts = self.env["comm.oauth.attempt"]
        for way, other in (("code", "device"), ("device", "code")):
            with self.subTest(way):
                key = attempts._new_key()
                attempts.with_user(self.anna).sudo()._begin(self.mailbox, key, way, {})
                self.assertTrue(attempts._find(key, way, self.anna))
                self.assertFalse(attempts._find(key, way, self.ben))
                self.assertFalse(attempts._find(key, other, self.anna))

    def test_the_state_of_the_browser_is_no_key_of_a_code(self):
        state = parse_qs(urlsplit(self.call("oauth_begin")["address"]).query)["state"][0]
        asked = len(self.identity.requests)
        self.assertEqual(self.call("oauth_poll_device", state)["state"], "failed")
        self.assertEqual(len(self.identity.requests), asked)

    def test_who_may_not_any_more_when_the_answer_comes_stores_nothing(self):
        """Written past the ORM, which would end the sign-in by itself."""
        back = self.pass_page(self.call("oauth_begin")["address"])

        def take_away():
            self.env.flush_all()
            self.env.cr.execute("UPDATE comm_mailbox SET user_id = %s WHERE id = %s", [self.ben.id, self.mailbox.id])
            self.env.invalidate_all()

        with self.meanwhile(take_away):
            self.assertEqual(self.come_back(back).status_code, 400)
        self.assertFalse(self.secret(self.mailbox))

    def test_storing_asks_again_whether_the_user_may(self):
        as_ben = self.mailbox.with_user(self.ben)
        attempt = self.env["comm.oauth.attempt"]
        with self.assertRaises(AccessError):
            as_ben._store_sign_in(None, None, self.mailbox._oauth_fingerprint(), attempt)

    def test_a_code_that_another_worker_has_used_up_is_not_stored_twice(self):
        begun = self.call("oauth_begin_device")
        self.browse(
            begun["address"],
            user_code=begun["user_code"],
            account=self.account.address,
            password=self.account.password,
        )
        attempts = self.env.registry["comm.oauth.attempt"]
        with patch.object(attempts, "_use_up", lambda _attempt: False), mute_logger("odoo.http"):
            self.assertIn("Somebody signed out", self.call("oauth_poll_device", begun["key"]))
        self.assertFalse(self.secret(self.mailbox))

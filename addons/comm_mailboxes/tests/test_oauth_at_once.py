from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tests import tagged

from ..protocol.oauth import IdentityClient
from .oauth import OauthHttpCase


@tagged("post_install", "-at_install")
class TestOauthAtOnce(OauthHttpCase):
    """A code goes out once, and what comes for it is kept, whatever others do meanwhile. Real workers: tests/engine."""

    def lose_against_another_worker(self, times):
        """Storing the sign-in fails that often, as if somebody had written the mailbox meanwhile."""
        mailboxes, failures = self.env.registry["comm.mailbox"], [SerializationFailure() for _number in range(times)]
        real = mailboxes._accept_sign_in

        def accept(mailbox, *args):
            account = real(mailbox, *args)
            mailbox.env.flush_all()
            if failures:
                raise failures.pop()
            return account

        return patch.object(mailboxes, "_accept_sign_in", accept)

    def count_token_requests(self):
        return sum(line.endswith("/token") for line in self.identity.requests)

    def test_a_mailbox_that_is_written_meanwhile_loses_no_sign_in(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        asked = self.count_token_requests()
        with self.lose_against_another_worker(2):
            self.assertEqual(self.come_back(back).status_code, 303)
        self.assertEqual(self.count_token_requests(), asked + 1, "the code goes out once")
        self.assertEqual(self.secret(self.mailbox).account, self.account.address)
        self.assertEqual(self.secret(self.mailbox).user_id, self.anna)
        self.assertEqual(self.come_back(back).status_code, 400)
        self.assertEqual(self.count_token_requests(), asked + 1)
        self.deliver("Hello")
        self.assertEqual(self.mailbox.fetch_mail(), 1)

    def test_a_mailbox_that_is_written_meanwhile_loses_no_sign_in_with_a_code(self):
        begun = self.call("oauth_begin_device")
        form = {"account": self.account.address, "password": self.account.password}
        self.browse(begun["address"], user_code=begun["user_code"], **form)
        asked = self.count_token_requests()
        with self.lose_against_another_worker(2):
            answer = self.call("oauth_poll_device", begun["key"])
        self.assertEqual(answer, {"state": "done", "text": f"Signed in as {self.account.address}."})
        self.assertEqual(self.count_token_requests(), asked + 1)
        self.assertEqual(self.secret(self.mailbox).user_id, self.anna)
        self.assertFalse(self.env["comm.oauth.attempt"].search([("mailbox_id", "=", self.mailbox.id)]))

    def test_a_code_is_used_up_before_it_goes_out(self):
        back = self.pass_page(self.call("oauth_begin")["address"])
        mailboxes, attempts = self.env.registry["comm.mailbox"], self.env["comm.oauth.attempt"]
        real, left = mailboxes._identity_client__, []

        def client(mailbox, *args):
            left.append(attempts.search([("mailbox_id", "=", mailbox.id)]).mapped("is_used"))
            return real(mailbox, *args)

        with patch.object(mailboxes, "_identity_client__", client):
            self.assertEqual(self.come_back(back).status_code, 303)
        self.assertEqual(left, [[True]])
        self.assertFalse(attempts.search([("mailbox_id", "=", self.mailbox.id)]))

    def test_who_signs_out_while_the_code_is_with_the_identity_server_stays_signed_out(self):
        """Of the other way, and of each moment: tests/engine/test_oauth_workers.py."""
        back = self.pass_page(self.call("oauth_begin")["address"])
        real = IdentityClient.finish

        def finish(client, *args):
            token = real(client, *args)
            self.mailbox.action_oauth_sign_out()
            return token

        with patch.object(IdentityClient, "finish", finish):
            response = self.come_back(back)
        self.assertEqual(response.status_code, 400)
        self.assertIn("Somebody signed out", response.text)
        self.assertFalse(self.secret(self.mailbox))
        self.assertEqual(self.come_back(back).status_code, 400)

    def test_only_one_worker_asks_at_a_time_whether_a_code_was_entered(self):
        key = self.call("oauth_begin_device")["key"]
        attempt = self.env["comm.oauth.attempt"].search([("mailbox_id", "=", self.mailbox.id)])
        asked = self.count_token_requests()
        self.assertTrue(attempt._claim(0))
        self.assertEqual(self.call("oauth_poll_device", key), {"state": "waiting", "text": ""})
        self.assertEqual(self.count_token_requests(), asked)
        attempt.polled_at -= timedelta(minutes=2)
        self.assertEqual(self.call("oauth_poll_device", key), {"state": "waiting", "text": ""})
        self.assertEqual(self.count_token_requests(), asked + 1, "a worker that was killed holds nobody up for ever")
        attempt.invalidate_recordset()
        self.assertLessEqual(attempt.polled_at, fields.Datetime.now())

    def test_a_program_signs_in_with_a_code(self):
        """By JSON-2, each request is a session of its own."""
        expiry = fields.Datetime.now() + timedelta(days=1)
        api_key = self.env["res.users.apikeys"].with_user(self.anna)._generate(None, "program", expiry)

        def call(method, **args):
            return self.url_open(
                f"/json/2/comm.mailbox/{method}",
                json={"ids": self.mailbox.ids, **args},
                headers={"Authorization": f"bearer {api_key}"},
            ).json()

        of_browser = self.call("oauth_begin_device")
        self.authenticate(None, None)
        begun = call("oauth_begin_device")
        form = {"account": self.account.address, "password": self.account.password}
        for each in (begun, of_browser):
            self.browse(each["address"], user_code=each["user_code"], **form)
        # What was begun by one goes on there only.
        self.assertEqual(call("oauth_poll_device", key=of_browser["key"])["state"], "failed")
        self.authenticate(self.anna.login, self.anna.login)
        self.assertEqual(self.call("oauth_poll_device", begun["key"])["state"], "failed")
        self.authenticate(None, None)
        self.assertEqual(call("oauth_poll_device", key=begun["key"])["state"], "done")
        self.assertEqual(self.secret(self.mailbox).user_id, self.anna)

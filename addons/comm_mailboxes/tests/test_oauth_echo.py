from odoo.tests import tagged
from odoo.tools import mute_logger

from .oauth import OauthHttpCase
from .test_secrets_everywhere import SecretsCase

CLIENT_SECRET = "s3cret/of+the application%"


@tagged("post_install", "-at_install")
class TestOauthEcho(SecretsCase, OauthHttpCase):
    """An identity server that quotes in its errors whatever it was told: nobody gets to read it."""

    def setUp(self):
        super().setUp()
        self.book.register("confidential", secret=CLIENT_SECRET)
        self.mailbox.write({"client_id": "confidential", "client_secret": CLIENT_SECRET})
        self.public = self.make_oauth_mailbox(name="Public")

    def begin(self):
        """Begin a sign-in in the browser, and pass the page; return where it leads, and the verifier that is kept here."""
        back = self.pass_page(self.call("oauth_begin")["address"])
        attempt = self.env["comm.oauth.attempt"].search(
            [("mailbox_id", "=", self.mailbox.id)], order="id desc", limit=1
        )
        return back, attempt._flow__()["code_verifier"]

    def test_what_it_quotes_is_in_no_answer_page_activity_event_log_or_dump(self):
        # What this test itself asks for stands in these.
        harness = ("urllib3.connectionpool", self._logger.name)
        for status in (400, 401, 200):
            with self.subTest(status):
                self.identity.behaviour = ""
                self.assertEqual(self.come_back(self.begin()[0]).status_code, 303)
                self.book.expire(self.account.address)
                back, verifier = self.begin()
                device = self.call("oauth_begin_device", mailbox=self.public)
                self.identity.behaviour = f"echo {status}"
                with self.everything_logged(without=harness) as log, self.everything_answered() as answers:
                    with mute_logger("odoo.http"):
                        told = [
                            self.call("action_fetch_mail"),
                            # As the scheduled action does. (What a request records is undone when the test's request fails.)
                            self.failure_of(self.mailbox.fetch_mail),
                            *(step["detail"] for step in self.call("check_connection") if not step["ok"]),
                            self.call("read", ["last_error"])[0]["last_error"],
                            self.come_back(back).text,
                            self.call("oauth_poll_device", device["key"], mailbox=self.public)["text"],
                        ]
                    self.env.invalidate_all()
                    [activity] = self.activities(self.mailbox)
                    told.append(activity.note)
                for text in told:
                    # The error is shown, and what was quoted in it is not.
                    self.assertIn("weird", text)
                    self.assertIn("***", text)
                hidden = {*self.book.issued, CLIENT_SECRET, verifier}
                self.assertGreater(len(hidden), 5)
                self.assertIn("/comm_mailboxes/oauth/callback", "".join(answers))
                for secret in hidden:
                    self.assert_hidden("".join(log), "the log", secret, self.account.address)
                    self.assert_hidden("".join(answers), "an answer", secret, self.account.address)
                    self.assert_hidden("".join(told), "what is told", secret, self.account.address)
                self.assert_not_in_database(*hidden, login=self.account.address)

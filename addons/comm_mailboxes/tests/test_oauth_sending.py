from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .oauth import OauthCase
from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestOauthSending(OutboxCase, OauthCase):
    """What is to be sent by a mailbox whose sign-in does not work (any more)."""

    def setUp(self):
        super().setUp()
        self.out = self.make_oauth_mailbox(kind="smtp", name="Out").with_env(self.env)

    def arrived(self):
        return [mail for mail in self.lab.received if mail.mail_from == self.account.address]

    def failures(self):
        """The activities about the mailbox; those about a message are the author's."""
        return self.activities(self.out).filtered(lambda activity: activity.summary == "Mailbox 'Out' cannot send")

    def test_a_token_that_the_server_refuses_is_replaced_before_anything_is_sent(self):
        self.sign_in(self.out.with_user(self.anna))
        self.book.expire(self.account.address)
        refreshes = self.book.refreshes
        message = self.queue(self.out)
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        self.assertEqual(len(self.arrived()), 1)
        self.assertEqual(self.book.refreshes, refreshes + 1)

    def test_a_refused_refresh_tells_author_and_owner_until_somebody_signs_in(self):
        self.sign_in(self.out.with_user(self.anna))
        self.book.expire(self.account.address)
        self.book.refuse(50173)
        message = self.queue(self.out)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("password was changed", message.send_error)
        self.assertEqual(self.out.state, "error")
        self.assertTrue(self.out.oauth_ended)
        [activity] = self.failures()
        self.assertEqual(activity.user_id, self.anna)
        self.assertIn("AADSTS50173", activity.note)
        self.assertIn(f"/odoo/comm.mailbox/{self.out.id}", activity.note)
        self.sign_in(self.out.with_user(self.anna))
        self.env.invalidate_all()
        self.assertFalse(self.failures())
        self.assertFalse(self.out.oauth_ended)
        message.with_user(self.anna).action_retry()
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_an_identity_server_that_does_not_answer_only_delays(self):
        self.sign_in(self.out.with_user(self.anna))
        self.book.expire(self.account.address)
        for behaviour, text in (("html", "something else"), ("error 503", "cannot answer")):
            with self.subTest(behaviour):
                self.identity.behaviour = behaviour
                message = self.queue(self.out)
                self.send()
                self.assertEqual(message.outgoing_state, "queued")
                self.assertIn(text, message.send_error)
                self.identity.behaviour = ""
                self.make_due(message)
                self.send()
                self.assertEqual(message.outgoing_state, "sent")
                self.assertFalse(self.failures())
                self.book.expire(self.account.address)
        self.assertEqual(len(self.arrived()), 2)

    def test_nobody_has_signed_in(self):
        message = self.queue(self.out)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("Nobody has signed in", message.send_error)

    def test_mail_of_odoo_itself_says_why_it_was_not_sent(self):
        self.sign_in(self.out.with_user(self.anna))
        self.book.expire(self.account.address)
        self.book.refuse(7000222, error="invalid_client")
        mail = self.env["mail.mail"].create(
            {
                "subject": "Invoice",
                "body_html": "<p>Text</p>",
                "email_from": self.account.address,
                "email_to": "customer@example.com",
                "author_id": self.anna.partner_id.id,
            }
        )
        with (
            patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            mail.send()
            self.assertEqual(mail.state, "exception")
            self.assertIn("client secret has expired", mail.failure_reason)
            self.sign_in(self.out.with_user(self.anna))
            mail.mark_outgoing()
            mail.send()
        self.assertEqual(len(self.arrived()), 1)

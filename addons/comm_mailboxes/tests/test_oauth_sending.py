from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..protocol.errors import ProtocolError
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
        self.assertIn("leaves by itself", message.send_error)
        self.assertIn("leaves by itself", self.activity(message).note)
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
        for _time in range(2):
            self.send()
            self.assertEqual((message.outgoing_state, message.send_error, len(self.arrived())), ("sent", False, 1))
        self.assertFalse(self.activity(message))

    def shut_out(self, mailbox=None, **values):
        """Return a message that could not leave because the sign-in has ended."""
        self.sign_in(self.out.with_user(self.anna))
        self.book.revoke(self.account.address)
        message = self.queue(mailbox or self.out, **values)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        return message

    def test_what_was_shut_out_is_not_tried_before_somebody_acts(self):
        message = self.shut_out()
        asked, text = len(self.identity.requests), message.send_error
        self.send()
        self.assertEqual((message.outgoing_state, message.send_error), ("failed", text))
        self.assertEqual(len(self.identity.requests), asked)
        self.out.name = "Renamed"
        self.send()
        self.assertEqual(len(self.identity.requests), asked)

    def test_who_signs_in_with_too_little_is_told_so_again(self):
        message = self.shut_out()
        self.sign_in(self.out.with_user(self.anna))
        self.book.expire(self.account.address)
        self.book.refuse(65001)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("grant consent", message.send_error)
        self.assertIn("grant consent", self.activity(message).note)
        self.sign_in(self.out.with_user(self.anna))
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_what_its_author_does_not_want_any_more_stays(self):
        taken_back, deleted, moved, kept = (
            self.shut_out(subject=name) for name in ("back", "deleted", "moved", "kept")
        )
        taken_back.with_user(self.anna).action_undo_send()
        deleted.with_user(self.anna).delete()
        moved.folder_id = self.out._local_folder("drafts")
        self.sign_in(self.out.with_user(self.anna))
        self.send()
        self.assertEqual(
            (taken_back.outgoing_state, moved.outgoing_state, kept.outgoing_state), ("draft", "failed", "sent")
        )
        self.assertEqual(len(self.arrived()), 1)

    def test_whose_right_was_taken_meanwhile_sends_nothing(self):
        message = self.shut_out()
        self.sign_in(self.out.with_user(self.anna))
        self.anna.group_ids -= self.env.ref("comm_mailboxes.group_user")
        for _time in range(2):
            self.send()
            self.assertEqual((message.outgoing_state, self.arrived()), ("failed", []))
            self.assertIn("may not send with", message.send_error)

    def test_what_the_server_refused_is_not_sent_again(self):
        """Nobody was shut out: the server was told of the message, and did not want it."""
        server, out = self.make_unruly()
        server.answers["DATA"] = ["554 Looks like spam"]
        message = self.queue(out)
        self.send()
        self.assertNotIn("leaves by itself", message.send_error)
        out.password = "another"
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("failed", []))

    def test_a_corrected_password_lets_out_what_waits(self):
        out = self.make_smtp(password="wrong")
        message = self.queue(out)
        self.send()
        self.assertIn("leaves by itself", message.send_error)
        out.with_user(self.anna).password = self.account.password
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_what_another_mailbox_was_to_send_waits_for_that_one(self):
        """An address without a server of its own: the company's outgoing mailbox sends."""
        values = {"kind": "smtp", "scope": "company", "company_id": self.env.company.id, "email": False}
        company = self.make_lab_mailbox(
            self.admin, name="Company", port=self.lab.ports["submissions"], password="wrong", **values
        )
        message = self.queue(self.make_smtp(host=False))
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("leaves by itself", message.send_error)
        company.password = self.account.password
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_who_signs_in_while_it_fails_is_not_overlooked(self):
        self.sign_in(self.out.with_user(self.anna))
        self.book.revoke(self.account.address)
        message = self.queue(self.out)
        mailboxes = self.env.registry["comm.mailbox"]
        real, waiting = mailboxes._open_session__, [True]

        def open_session(mailbox, *args, **options):
            try:
                return real(mailbox, *args, **options)
            except ProtocolError:
                if waiting:
                    waiting.pop()
                    self.sign_in(self.out.with_user(self.anna))
                raise

        with patch.object(mailboxes, "_open_session__", open_session):
            self.send()
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

    def odoo_mail(self, **values):
        return self.env["mail.mail"].create(
            {
                "subject": "Invoice",
                "body_html": "<p>Text</p>",
                "email_from": self.account.address,
                "email_to": "customer@example.com",
                "author_id": self.anna.partner_id.id,
                **values,
            }
        )

    def really_sent(self):
        self.enterContext(patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False))
        self.enterContext(mute_logger("odoo.addons.mail.models.mail_mail"))

    def end_transaction(self, how="postcommit"):
        """A test's cursor keeps what is to be done after that."""
        self.env.flush_all()
        with mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"):
            getattr(self.env.cr, how).run()
        self.env.cr.postcommit.clear()
        self.env.cr.postrollback.clear()
        self.env.invalidate_all()

    def test_mail_of_odoo_itself_tells_the_owner_of_the_mailbox_too(self):
        self.really_sent()
        self.sign_in(self.out.with_user(self.anna))
        self.book.revoke(self.account.address)
        mail = self.odoo_mail()
        mail.send()
        self.assertEqual(mail.state, "exception")
        self.end_transaction()
        self.assertEqual(self.out.state, "error")
        self.assertTrue(self.out.oauth_ended)
        [activity] = self.failures()
        self.assertEqual(activity.user_id, self.anna)
        self.assertIn("AADSTS50173", activity.note)
        self.assertIn(f"/odoo/comm.mailbox/{self.out.id}", activity.note)
        events = (
            self.env["comm.mailbox.event"].sudo().search([("mailbox_id", "=", self.out.id), ("level", "=", "error")])
        )
        self.assertEqual(len(events), 1)
        self.sign_in(self.out.with_user(self.anna))
        self.env.invalidate_all()
        self.assertFalse(self.failures())

    def test_so_does_what_somebody_waits_for_though_it_is_undone(self):
        self.really_sent()
        self.sign_in(self.out.with_user(self.anna))
        self.book.revoke(self.account.address)
        with self.assertRaisesRegex(MailDeliveryException, "password was changed"):
            self.odoo_mail().send(raise_exception=True)
        self.end_transaction("postrollback")
        self.assertTrue(self.out.oauth_ended)
        self.assertTrue(self.failures())

    def test_a_mail_of_odoo_that_leaves_ends_what_was_wrong(self):
        """Who corrects a client secret has not signed in."""
        self.really_sent()
        self.sign_in(self.out.with_user(self.anna))
        self.book.expire(self.account.address)
        self.book.refuse(7000222, error="invalid_client")
        self.odoo_mail().send()
        self.end_transaction()
        self.assertTrue(self.failures())
        self.odoo_mail().send()
        self.end_transaction()
        self.assertEqual(len(self.arrived()), 1)
        self.assertFalse(self.failures())
        self.assertEqual(self.out.state, "ok")
        self.assertFalse(self.out.oauth_ended)

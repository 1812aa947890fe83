from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..models.comm_message_shut_out import STALE_AFTER
from ..protocol.errors import AuthenticationFailed
from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestLetIn(OutboxCase):
    """What was shut out leaves by itself when there is a way; and nothing that may have left, leaves twice."""

    def arrived(self):
        return [mail for mail in self.lab.received if mail.mail_from == self.account.address]

    def shut_out(self, mailbox=None, **values):
        """Return a message of a mailbox with a wrong password."""
        message = self.queue(mailbox or self.make_smtp(password="wrong"), **values)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertTrue(message.shut_out_by_id)
        self.assertIn("leaves by itself", message.send_error)
        return message

    def correct(self, message):
        message.from_mailbox_id.with_user(self.anna).password = self.account.password
        self.env.flush_all()

    def assert_stays(self, message, state="failed"):
        self.send()
        self.assertEqual((message.outgoing_state, self.arrived()), (state, []))

    def triggers(self):
        cron = self.env.ref("comm_mailboxes.ir_cron_send")
        return self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def through_company(self):
        """Return a message that the company's mailbox was to send, and that mailbox."""
        values = {"kind": "smtp", "scope": "company", "company_id": self.env.company.id, "email": False}
        company = self.make_lab_mailbox(
            self.admin, name="Company", port=self.lab.ports["submissions"], password="wrong", **values
        ).with_env(self.env)
        message = self.shut_out(self.make_smtp(host=False))
        self.assertEqual(message.shut_out_by_id, company)
        return message, company

    # Nothing twice

    def test_what_may_have_left_is_not_sent_again_by_itself(self):
        message = self.shut_out()
        message.with_user(self.anna).action_retry()
        message.outgoing_state = "sending"
        self.send()
        self.assertEqual(message.outgoing_state, "perhaps_sent")
        self.correct(message)
        self.assert_stays(message, "perhaps_sent")

    def test_what_some_have_already_is_not_promised_to_leave(self):
        message = self.queue(self.make_smtp(password="wrong"), email_to="ben@example.com, eve@example.com")
        message.delivery = {"ben@example.com": [250, "Taken"]}
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        self.assertIn("eve@example.com", message.send_error)
        self.assertNotIn("leaves by itself", message.send_error)
        self.assertFalse(message.shut_out_by_id or message.shut_out_stamp)
        self.correct(message)
        self.assert_stays(message, "sent")

    def test_what_failed_for_another_reason_since_is_not_sent_again(self):
        message = self.shut_out()
        server, _out = self.make_unruly()
        server.answers["DATA"] = ["554 Looks like spam"]
        message.from_mailbox_id.write(
            {"host": "127.0.0.1", "port": _out.port, "security": "none", "login": False, "password": False}
        )
        message.with_user(self.anna).action_retry()
        self.send()
        self.assertIn("spam", message.send_error)
        message.from_mailbox_id.skip_certificate_check = True
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("failed", []))

    def test_what_no_login_was_refused_of_waits_for_nobody(self):
        """A server without the encryption that is asked for is no matter of signing in."""
        _server, out = self.make_unruly()
        out.write({"security": "starttls"})
        message = self.queue(out)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertNotIn("leaves by itself", message.send_error)
        out.security = "none"
        self.assert_stays(message)

    # Who lets in

    def test_who_corrects_a_password_wakes_what_waits(self):
        message = self.shut_out()
        self.triggers().unlink()
        self.make_smtp(name="Other").password = "x"
        self.assertFalse(self.triggers())
        self.correct(message)
        self.assertTrue(self.triggers())

    def test_each_mailbox_lets_in_its_own(self):
        first, second = self.shut_out(), self.shut_out()
        self.correct(first)
        self.correct(second)
        messages = self.env["comm.message"]
        self.assertEqual(messages._let_in(first.from_mailbox_id), first)
        self.assertEqual(messages._let_in(second.from_mailbox_id), second)
        self.assertEqual(messages._let_in(), first | second)

    def test_what_is_let_in_is_as_just_written(self):
        message = self.shut_out()
        message.write({"send_attempts": 7, "queued_at": fields.Datetime.now() - timedelta(days=3)})
        self.assertTrue(self.activity(message))
        # Nothing listens there: what is temporary is tried for two days more, not given up.
        message.from_mailbox_id.write({"host": "127.0.0.1", "port": 9, "security": "none", "login": False})
        waiting = self.env["comm.message"]._let_in()
        self.assertEqual(waiting, message)
        self.send()
        self.assertEqual((message.outgoing_state, message.send_attempts), ("queued", 1))
        self.assertNotIn("leaves by itself", message.send_error)
        self.assertFalse(self.activity(message))
        message.write({"outgoing_state": "failed", "send_error": "Nobody gets in"})
        message._queue_again()
        self.assertFalse(message.send_error)

    def test_an_archived_mailbox_of_the_company_does_not_hold_up_what_another_way_takes(self):
        message, company = self.through_company()
        self.triggers().unlink()
        message.from_mailbox_id.write({"host": self.lab.host, "login": self.account.address, "name": "Own"})
        message.write({"shut_out_from_stamp": message.from_mailbox_id.settings_stamp})
        self.assert_stays(message)
        self.triggers().unlink()
        company.active = False
        self.assertTrue(self.triggers())
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_nor_does_one_that_was_deleted(self):
        message, company = self.through_company()
        message.from_mailbox_id.write({"host": self.lab.host, "login": self.account.address})
        message.write({"shut_out_from_stamp": message.from_mailbox_id.settings_stamp})
        self.triggers().unlink()
        company.unlink()
        self.assertTrue(self.triggers())
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_a_mailbox_that_gets_a_server_of_its_own_sends_what_waited_for_another(self):
        message, _company = self.through_company()
        self.assert_stays(message)
        self.triggers().unlink()
        message.from_mailbox_id.with_user(self.anna).write({"host": self.lab.host})
        self.assertTrue(self.triggers())
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_the_author_is_told_when_the_own_mailbox_is_archived(self):
        message = self.shut_out()
        message.from_mailbox_id.active = False
        self.assert_stays(message)
        self.assertIn("is archived", message.send_error)
        self.assertNotIn("leaves by itself", self.activity(message).note)

    def test_the_author_reads_nothing_of_a_mailbox_that_is_not_theirs_to_see(self):
        """Neither its name nor how it logs in, whichever way the mail was to leave; administrators do."""
        message, company = self.through_company()
        self.assertIn("once that is put right", message.send_error)
        told = [message.send_error, self.activity(message).note]
        mail = self.env["mail.mail"].create(
            {
                "email_from": message.email_from,
                "author_id": self.anna.partner_id.id,
                "email_to": "ben@example.com",
                "body_html": "<p>Text</p>",
            }
        )
        with patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False):
            mail.send()
            told.append(mail.failure_reason)
            anna = mail.with_user(self.anna).sudo()
            told.append(str(self.failure_of_any(lambda: anna.send(raise_exception=True))))
            servers = self.env["ir.mail_server"].with_user(self.anna)
            told.append(self.failure_of(lambda: servers._connect__(smtp_from=message.email_from)))
        for text in told:
            with self.subTest(text):
                self.assertIn("Ask your administrator", text)
                self.assertNotIn("Company", text)
                self.assertNotIn(company.login, text)
        logged = company.env["comm.mailbox.event"].search([("mailbox_id", "=", company.id)]).mapped("text")
        self.assertTrue([text for text in logged if company.login in text])
        self.assertIn(company.login, company._explain_to(self.admin, AuthenticationFailed(company.login, "x", "no")))

    def failure_of_any(self, action):
        try:
            action()
        except MailDeliveryException as error:
            return error
        return self.fail("no MailDeliveryException")

    # Not for ever

    def test_what_waited_too_long_does_not_leave_by_itself_and_its_author_is_told(self):
        for field in ("queued_at", "date"):
            with self.subTest(field):
                message = self.shut_out()
                young = self.shut_out()
                self.activity(message).unlink()
                message.write({field: fields.Datetime.now() - STALE_AFTER - timedelta(minutes=1)})
                self.correct(message)
                self.assert_stays(message)
                self.env["comm.message"]._tell_of_stale()
                self.assertIn("For 14 days", message.send_error)
                self.assertIn("For 14 days", self.activity(message).note)
                self.assertIn("leaves by itself", young.send_error)
                self.assert_stays(message)

    def test_of_what_is_too_old_nothing_is_promised_but_its_author_sends_it_again(self):
        message = self.shut_out()
        message.date = fields.Datetime.now() - STALE_AFTER - timedelta(minutes=1)
        message.with_user(self.anna).action_retry()
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertNotIn("leaves by itself", message.send_error)
        self.correct(message)
        self.assert_stays(message)
        message.with_user(self.anna).action_retry()
        self.send()
        self.assertEqual((message.outgoing_state, len(self.arrived())), ("sent", 1))

    def test_who_deletes_a_message_is_reminded_of_it_no_more(self):
        message = self.shut_out()
        activity = self.activity(message)
        self.assertTrue(activity)
        message.with_user(self.anna).delete()
        self.assertFalse(message.exists())
        self.assertFalse(activity.exists())

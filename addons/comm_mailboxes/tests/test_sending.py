from email import message_from_bytes, policy
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..protocol.errors import DeliveryUnknown
from ..protocol.smtp import SmtpSession
from ..protocol.smtputf8 import SenderNotInAscii
from .sending import ADDRESS, SendingCase


@tagged("post_install", "-at_install")
class TestSending(SendingCase):
    """What Odoo sends leaves through the server that the explanation names, or its author reads why it did not."""

    def received(self, level):
        """Return the one mail that came through a level: its envelope, and the message as the standard library reads it."""
        [envelope] = self.receivers[level].received
        return envelope, message_from_bytes(envelope.content, policy=policy.default)

    # Who wrote it

    def test_a_chatter_message_of_anna_is_sent_by_her_mailbox_when_the_queue_runs_as_odoobot(self):
        self.make_own()
        self.anna.group_ids += self.env.ref("base.group_partner_manager")
        document = self.env["res.partner"].create({"name": "Document"})
        document.message_subscribe(self.customer.ids)
        document.with_user(self.anna).with_context(mail_notify_force_send=False).message_post(
            body="Hello", subtype_xmlid="mail.mt_comment", email_from=f"Anna <{ADDRESS}>"
        )
        mail = self.env["mail.mail"].search([("model", "=", "res.partner"), ("res_id", "=", document.id)])
        self.assertEqual((len(mail), mail.comm_mailbox_id.name), (1, "Own"))
        self.run_queue(mail)
        envelope, message = self.received("own")
        self.assertEqual(envelope.rcpt_tos, ["customer@example.com"])
        self.assertEqual(message["From"].addresses[0].addr_spec, ADDRESS)

    def test_an_invoice_sent_by_template_goes_the_same_way(self):
        self.make_own()
        template = self.env["mail.template"].create(
            {
                "name": "Invoice",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Invoice",
                "body_html": "<p>Please pay</p>",
                "email_from": ADDRESS,
                "email_to": "customer@example.com",
                "auto_delete": False,
            }
        )
        mail_id = template.with_user(self.anna).sudo().send_mail(self.customer.id)
        self.run_queue(self.env["mail.mail"].browse(mail_id))
        self.assertEqual(self.came_through(), ["own"])

    def test_a_scheduled_action_may_write_in_the_name_of_anna_but_ben_may_not(self):
        self.make_own()
        by_odoo = self.make_mail(self.env.ref("base.user_root"), author_id=self.anna.partner_id.id)
        self.run_queue(by_odoo)
        self.assertEqual(self.came_through(), ["own"])
        self.forget()
        by_ben = self.make_mail(self.ben, author_id=self.anna.partner_id.id)
        self.run_queue(by_ben)
        self.assertEqual((self.came_through(), by_ben.state), ([], "exception"))

    def test_what_odoo_itself_sends_goes_through_the_company(self):
        self.make_own()
        self.make_company()
        self.run_queue(self.make_mail(self.env.ref("base.user_root"), email_from="odoo@example.com"))
        self.assertEqual(self.came_through(), ["company"])

    def test_a_mail_sent_past_the_queue_asks_too(self):
        self.make_own()
        servers = self.env["ir.mail_server"].with_user(self.anna)
        message = servers._build_email__(ADDRESS, ["customer@example.com"], "Hello", "Text")
        self.assertEqual(servers.send_email(message), message["Message-Id"])
        self.assertEqual(self.came_through(), ["own"])

    def test_the_server_that_a_template_names_comes_first(self):
        self.make_own()
        self.run_queue(self.make_mail(mail_server_id=self.make_server().id))
        self.assertEqual(self.came_through(), ["server"])

    # What leaves

    def test_the_envelope_of_a_mailbox_is_its_own_address_and_the_from_stays(self):
        self.make_default()
        self.run_queue(self.make_mail())
        envelope, message = self.received("default")
        self.assertEqual(envelope.mail_from, "anna@private.test")
        self.assertEqual(message["From"].addresses[0].addr_spec, ADDRESS)

    def test_bcc_is_never_on_the_wire(self):
        self.make_own()
        servers = self.env["ir.mail_server"].with_user(self.anna)
        message = servers._build_email__(
            ADDRESS, ["customer@example.com"], "Hello", "Text", email_bcc=["secret@example.com"]
        )
        servers.send_email(message)
        envelope, message = self.received("own")
        self.assertIn("secret@example.com", envelope.rcpt_tos)
        self.assertNotIn(b"secret@example.com", envelope.content)

    def test_the_companys_from_filter_keeps_what_passes_and_wraps_what_does_not(self):
        domain = self.env["mail.alias.domain"].create({"name": "company.test", "default_from": "notifications"})
        self.company.alias_domain_id = domain
        for address, expected in (
            ("boss@company.test", "boss@company.test"),
            ("guest@elsewhere.test", "notifications@company.test"),
        ):
            with self.subTest(address), self.undone():
                self.make_company(from_filter="company.test")
                self.run_queue(self.make_mail(self.ben, email_from=address, record_alias_domain_id=domain.id))
                _envelope, message = self.received("company")
                self.assertEqual(message["From"].addresses[0].addr_spec, expected)

    def test_each_company_sends_by_its_own_server(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.make_company()
        self.run_queue(self.make_mail(self.ben, record_company_id=other.id))
        self.assertEqual(self.came_through(), ["config"])

    def test_a_mailbox_without_a_server_keeps_its_address_and_the_company_sends(self):
        self.make_own(host=False)
        self.make_company()
        mail = self.make_mail()
        self.run_queue(mail)
        _envelope, message = self.received("company")
        self.assertEqual(message["From"].addresses[0].addr_spec, ADDRESS)
        self.assertEqual(mail.comm_mailbox_id.name, "Own")
        self.assertEqual(self.resolve().mailbox, mail.comm_mailbox_id)

    def test_many_mails_go_in_one_session(self):
        self.make_own()
        self.run_queue(self.make_mail().browse([self.make_mail().id for _number in range(30)]))
        self.assertEqual((len(self.receivers["own"].received), self.receivers["own"].sessions), (30, 1))

    def test_the_real_lab_takes_mail_over_tls_with_a_login(self):
        for security, port in (("starttls", "submission"), ("tls", "submissions")):
            with self.subTest(security), self.undone():
                self.anna.email = self.account.address
                self.make_lab_mailbox(
                    kind="smtp", security=security, port=self.lab.ports[port], email=self.account.address
                )
                mail = self.make_mail(email_from=self.account.address, email_to=f"{security}@example.com")
                self.run_queue(mail)
                self.assertEqual(mail.state, "sent", mail.failure_reason)
                arrived = [mail for mail in self.lab.received if mail.recipients == (f"{security}@example.com",)]
                self.assertEqual(len(arrived), 1)

    # What does not leave

    def test_a_mailbox_archived_between_writing_and_sending_sends_nothing(self):
        mailbox = self.make_own()
        self.make_company()
        mail = self.make_mail()
        mailbox.active = False
        self.run_queue(mail)
        self.assertEqual((self.came_through(), mail.state), ([], "exception"))
        self.assertIn("archived", mail.failure_reason)

    def test_a_right_revoked_between_writing_and_sending_is_respected(self):
        mailbox = self.make_shared_smtp()
        self.make_company()
        group = self.env.ref("base.group_user")
        for words, revoke in (
            ("may not write", mailbox.sudo().member_ids.unlink),
            ("may not write", lambda: mailbox.sudo().member_ids.write({"access": "read"})),
            ("may not use mailboxes", lambda: self.anna.write({"group_ids": [Command.set(group.ids)]})),
            ("no active user", lambda: self.anna.write({"active": False})),
        ):
            with self.subTest(words), self.undone():
                mail = self.make_mail()
                revoke()
                self.run_queue(mail)
                self.assertEqual((self.came_through(), mail.state), ([], "exception"))
                self.assertIn(words, mail.failure_reason)

    def test_who_tries_again_lets_the_chain_decide_anew(self):
        mailbox = self.make_own()
        self.make_company()
        mail = self.make_mail()
        mailbox.active = False
        self.run_queue(mail)
        mail.action_retry()
        self.run_queue(mail)
        self.assertEqual((self.came_through(), mail.state), (["company"], "sent"))

    def test_a_from_that_is_not_the_mailbox_own_is_refused(self):
        mailbox = self.make_own()
        route = self.env["comm.smtp.resolver"].resolve("boss@lab.test", self.anna, mailbox=mailbox)
        self.assertFalse(route.via)
        self.assertIn("boss@lab.test", route.refusal)

    def test_nobody_sends_with_anothers_mailbox(self):
        mailbox = self.make_own()
        route = self.env["comm.smtp.resolver"].resolve(ADDRESS, self.ben, mailbox=mailbox)
        self.assertIn("may not write", route.refusal)
        self.assertFalse(self.env["comm.smtp.resolver"].resolve(ADDRESS, self.ben).mailbox)

    def test_a_refused_recipient_is_told_in_the_servers_words(self):
        mailbox = self.make_own()
        self.receivers["own"].refused["customer@example.com"] = "550 5.1.1 No such user"
        mail = self.make_mail()
        self.run_queue(mail)
        self.assertEqual(mail.state, "exception")
        self.assertIn("No such user", mail.failure_reason)
        self.assertIn("No such user", mailbox.event_ids.filtered(lambda event: event.level == "error").text)

    def test_one_refused_of_two_is_in_the_event_log(self):
        mailbox = self.make_own()
        self.receivers["own"].refused["gone@example.com"] = "550 5.1.1 No such user"
        mail = self.make_mail(email_to="customer@example.com, gone@example.com")
        self.run_queue(mail)
        self.assertEqual(mail.state, "sent")
        self.assertIn("gone@example.com", mailbox.event_ids.filtered(lambda event: event.level == "warning").text)

    def test_addresses_beyond_ascii_at_a_server_that_does_not_know_them(self):
        mailbox = self.make_own()
        document = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"Text"})
        for files in (self.env["ir.attachment"], document):
            with self.subTest(files=len(files)):
                self.forget()
                self.receivers["own"].international = False
                to = {"email_to": "jörg@example.com, ben@bücher.example", "attachment_ids": files.ids}
                alone = self.make_mail(email_to="jörg@example.com", attachment_ids=files.ids)
                both = self.make_mail(**to)
                self.run_queue(alone | both)
                envelope, message = self.received("own")
                self.assertEqual(envelope.rcpt_tos, ["ben@xn--bcher-kva.example"])
                self.assertTrue(envelope.content.partition(b"\r\n\r\n")[0].isascii())
                self.assertEqual([each.addr_spec for each in message["To"].addresses], envelope.rcpt_tos)
                self.assertFalse(message["To"].defects)
                self.assertEqual((alone.state, both.state), ("exception", "sent"))
                self.assertIn("takes no addresses with letters", alone.failure_reason)
                told = mailbox.event_ids.filtered(lambda event: event.level == "warning")[:1].text
                self.assertIn("jörg@example.com", told)
                self.assertIn("takes no addresses with letters", told)

    def test_a_mail_that_may_have_been_sent_is_not_sent_again(self):
        self.make_own()
        mails = self.make_mail() | self.make_mail()
        send = SmtpSession.send

        def lose_the_answer(session, *args):
            send(session, *args)
            raise DeliveryUnknown("127.0.0.1")

        with patch.object(SmtpSession, "send", lose_the_answer):
            self.run_queue(mails)
        self.assertEqual(mails.mapped("state"), ["exception", "exception"])
        self.assertEqual(len(self.receivers["own"].received), 2)
        self.assertIn("may have been sent", mails[0].failure_reason)

    def test_a_session_that_the_server_ends_is_opened_again(self):
        self.make_own()
        mails = self.make_mail().browse([self.make_mail().id for _number in range(6)])
        self.receivers["own"].mails_per_session = 2
        self.run_queue(mails)
        self.assertEqual(set(mails.mapped("state")), {"sent"}, mails.mapped("failure_reason"))
        self.assertEqual((len(self.receivers["own"].received), self.receivers["own"].sessions), (6, 3))

    def test_sending_at_once_raises_what_went_wrong(self):
        self.make_own().port = self.closed_port
        with self.assertRaisesRegex(MailDeliveryException, str(self.closed_port)):
            self.make_mail().with_user(SUPERUSER_ID).send(raise_exception=True)

    def test_the_event_log_names_no_recipient_of_what_was_sent(self):
        mailbox = self.make_own()
        self.run_queue(self.make_mail())
        self.assertIn("sent to 1", mailbox.event_ids.text)
        self.assertNotIn("customer", mailbox.event_ids.text)

    # The dialog

    def ask(self, user, **vals):
        return self.env["comm.smtp.question"].with_user(user).create({"email_from": ADDRESS, **vals})

    def test_which_server_shows_the_chain(self):
        self.make_own()
        question = self.ask(self.anna)
        self.assertIn("Own", question.answer)
        self.assertEqual(question.step_ids.filtered("taken").mapped("level"), ["Own mailbox with this address"])
        self.assertEqual(len(question.step_ids), 8)
        self.assertTrue(all(question.step_ids.mapped("reason")))

    def test_only_administrators_ask_for_others(self):
        self.make_own()
        with self.assertRaises(AccessError):
            self.ask(self.ben, user_id=self.anna.id).answer  # noqa: B018
        self.assertIn("Own", self.ask(self.admin, user_id=self.anna.id).answer)

    def test_a_shared_mailbox_that_is_not_mine_to_see_is_not_told(self):
        self.make_shared({self.ben: "write"}, **self.on_receiver("shared", name="Secret"))
        self.assertNotIn("Secret", " ".join(self.ask(self.anna).step_ids.mapped("reason")))

    def test_the_dialog_answers_while_one_types(self):
        self.make_own()
        form = Form(self.env["comm.smtp.question"].with_user(self.admin))
        form.email_from = "somebody@example.com"
        self.assertIn(config["smtp_server"], form.answer)
        form.user_id = self.anna
        form.email_from = ADDRESS
        self.assertIn("Own", form.answer)

    def test_the_button_of_a_mailbox_asks_for_its_address_and_owner(self):
        action = self.make_own().action_which_server()
        question = self.env["comm.smtp.question"].with_user(self.anna).with_context(**action["context"]).create({})
        self.assertIn("Own", question.answer)

    # The check

    def test_the_check_sends_by_the_chain_and_says_so(self):
        self.make_company()
        mailbox = self.make_own(host=False, check_recipient="tester@example.com")
        steps = mailbox.check_connection()
        self.assertEqual((steps[-1]["step"], steps[-1]["ok"]), ("test_mail", True), steps[-1]["detail"])
        self.assertEqual(self.came_through(), ["company"])
        self.assertIn("127.0.0.1", steps[-1]["detail"])

    def test_the_check_of_the_companys_mailbox_sends_by_it(self):
        self.make_own()
        mailbox = self.make_company(check_recipient="tester@example.com")
        steps = mailbox.with_user(self.admin).check_connection()
        self.assertTrue(steps[-1]["ok"], steps[-1]["detail"])
        self.assertEqual(self.came_through(), ["company"])

    def test_a_test_mail_that_is_refused_is_a_failed_step(self):
        mailbox = self.make_own(check_recipient="tester@example.com")
        self.receivers["own"].refused["tester@example.com"] = "550 5.1.1 No such user"
        steps = mailbox.check_connection()
        self.assertEqual((steps[-1]["step"], steps[-1]["ok"]), ("test_mail", False))
        self.assertIn("No such user", steps[-1]["detail"])

    # For other code

    def test_a_server_of_odoo_that_knows_no_addresses_beyond_ascii(self):
        server = self.make_server()
        self.receivers["server"].international = False
        route = self.env["comm.smtp.resolver"].resolve(ADDRESS, self.anna, self.company)
        self.assertEqual(route.server, server)
        raw = f"From: {ADDRESS}\nTo: jörg@example.com, ben@example.com\n\nText\n".encode()
        with route.session__() as session:
            verdicts = session.send(ADDRESS, ["jörg@example.com", "ben@example.com"], raw)
            self.assertEqual([(verdict.accepted, verdict.reply) for verdict in verdicts][0], (False, "SMTPUTF8"))
            self.assertEqual(session.send(ADDRESS, ["jörg@example.com"], raw), verdicts[:1])
            with self.assertRaises(SenderNotInAscii):
                session.send("änna@lab.test", ["ben@example.com"], raw)
        envelope, message = self.received("server")
        self.assertEqual(envelope.rcpt_tos, ["ben@example.com"])
        self.assertEqual([each.addr_spec for each in message["To"].addresses], ["ben@example.com"])

    def test_a_session_of_each_kind_sends_raw_bytes_and_returns_verdicts(self):
        raw = b"From: anna@lab.test\r\nSubject: Raw\r\n\r\nText\r\n"
        for level, make in (("own", self.make_own), ("company", self.make_company), ("server", self.make_server)):
            with self.subTest(level), self.undone():
                make()
                self.receivers[level].refused["gone@example.com"] = "550 No such user"
                with self.resolve().session__() as session:
                    verdicts = session.send(ADDRESS, ["customer@example.com", "gone@example.com"], raw)
                self.assertEqual([verdict.accepted for verdict in verdicts], [True, False])
                self.assertEqual(self.came_through(), [level])

    # Odoo as it was

    def test_without_any_outgoing_mailbox_odoo_is_as_before(self):
        server = self.make_server()
        mail = self.make_mail()
        with patch.object(type(self.env["comm.smtp.resolver"]), "resolve") as resolve:
            self.run_queue(mail)
        resolve.assert_not_called()
        self.assertEqual((self.came_through(), mail.comm_route), ([server.name], False))

    def test_a_company_that_goes_takes_its_outgoing_mailbox_along(self):
        company = self.env["res.company"].create({"name": "Short-lived"})
        self.env["comm.mailbox"].with_company(company).action_configuration()
        mailbox = company._comm_outgoing_mailbox()
        company.unlink()
        self.assertFalse(mailbox.exists())

    def test_users_neither_see_nor_make_the_mailbox_of_a_company(self):
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError):
                self.make_mailbox(user, kind="smtp", scope="company")
        mailbox = self.make_company()
        for user in (self.anna, self.manager):
            self.assertFalse(self.env["comm.mailbox"].with_user(user).search([("id", "=", mailbox.id)]))
        self.assertTrue(
            mailbox.with_user(new_test_user(self.env, "boss", groups="base.group_system")).has_access("write")
        )

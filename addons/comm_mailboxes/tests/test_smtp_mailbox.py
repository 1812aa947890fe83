from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import config

from .common import LabCase


@tagged("post_install", "-at_install")
class TestSmtpMailbox(LabCase):
    def make_smtp(self, **vals):
        return self.make_lab_mailbox(
            **{
                "kind": "smtp",
                "security": "starttls",
                "port": self.lab.ports["submission"],
                "email": self.account.address,
                **vals,
            }
        )

    def test_ports_are_those_of_smtp(self):
        mailbox = self.make_mailbox(kind="smtp", security="tls")
        self.assertEqual(mailbox.port, 465)
        mailbox.security = "starttls"
        self.assertEqual(mailbox.port, 587)

    def test_the_check_logs_in_over_each_security(self):
        for security, port in (("starttls", "submission"), ("tls", "submissions")):
            with self.subTest(security):
                steps = self.make_smtp(security=security, port=self.lab.ports[port], email=False).check_connection()
                self.assertEqual([step["step"] for step in steps], ["resolve", "connect", "tls", "login", "sending"])
                self.assertTrue(all(step["ok"] for step in steps), steps)

    def test_a_mail_to_the_own_address_makes_the_round_trip(self):
        inbox = self.make_lab_mailbox(email=self.account.address)
        inbox.check_connection()
        steps = self.make_smtp().check_connection()
        self.assertEqual(steps[-1]["step"], "round_trip")
        self.assertTrue(steps[-1]["ok"], steps[-1]["detail"])
        self.assertIn(self.account.address, steps[-1]["detail"])

    def test_the_recipient_of_the_test_mail_gets_one_and_the_way_is_told(self):
        server = self.env["ir.mail_server"].create(
            {"name": "Lab", "smtp_host": "127.0.0.1", "smtp_port": self.lab.ports["smtp_in"], "smtp_encryption": "none"}
        )
        self.anna.email = "anna@example.com"
        mailbox = self.make_lab_mailbox(check_recipient="tester@example.com")
        with (
            patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False),
            patch.dict(config.options, {"email_from": "odoo@example.com"}),
        ):
            steps = mailbox.check_connection()
        self.assertTrue(steps[-1]["ok"], steps[-1]["detail"])
        self.assertEqual(steps[-1]["step"], "test_mail")
        self.assertIn(server.name, steps[-1]["detail"])
        received = [mail for mail in self.lab.received if "tester@example.com" in mail.recipients]
        self.assertEqual(len(received), 1)

    def test_the_sent_folder_where_the_address_is_read_is_proposed(self):
        incoming = self.make_mailbox(email="Anna <anna@example.org>")
        folders = self.env["comm.folder"].sudo()
        sent = folders.create({"mailbox_id": incoming.id, "name": "Sent", "path": "Sent", "role": "sent"})
        form = Form(self.env["comm.mailbox"].with_user(self.anna).with_context(default_kind="smtp"))
        form.email = "other@example.org"
        self.assertFalse(form.sent_folder_id)
        form.email = "ANNA@example.org"
        self.assertEqual(form.sent_folder_id, sent)
        form.name = "Out"
        form.sent_folder_id = folders
        mailbox = form.save()
        # What was decided once is not proposed again.
        with Form(mailbox) as form:
            form.email = "anna@example.org"
        self.assertFalse(mailbox.sent_folder_id)
        sent.is_missing = True
        form = Form(self.env["comm.mailbox"].with_user(self.anna).with_context(default_kind="smtp"))
        form.email = "anna@example.org"
        self.assertFalse(form.sent_folder_id, "no server has it any more")
        sent.is_missing = False
        form = Form(self.env["comm.mailbox"].with_user(self.ben).with_context(default_kind="smtp"))
        form.email = "anna@example.org"
        self.assertFalse(form.sent_folder_id, "it is somebody else's")

    def test_oauth_is_offered_where_the_server_name_says_so(self):
        form = Form(self.env["comm.mailbox"].with_user(self.anna).with_context(default_kind="smtp"))
        form.name = "Out"
        form.host = "mail.example.com"
        self.assertFalse(form.offers_oauth2)
        for name in ("use_oauth2", "client_id"):
            self.assertTrue(form._get_modifier(name, "invisible"), name)
        form.host = "smtp.office365.com"
        self.assertTrue(form.offers_oauth2)
        # Both appear with the name; what is not ticked yet demands nothing.
        for name in ("use_oauth2", "client_id"):
            self.assertFalse(form._get_modifier(name, "invisible"), name)
        self.assertFalse(form._get_modifier("client_id", "required"))
        form.use_oauth2 = True
        self.assertTrue(form._get_modifier("client_id", "required"))
        self.assertEqual(form.auth_method, "oauth2")
        form.client_id = "11111111-2222-3333-4444-555555555555"
        mailbox = form.save()
        self.assertEqual((mailbox.auth_method, mailbox.use_oauth2), ("oauth2", True))
        with patch.dict(config.options, {"comm_mailboxes_oauth_hosts": "example.net"}):
            form.host = "mail.example.net"
            self.assertTrue(form.offers_oauth2)

    def test_the_box_and_the_id_hide_where_the_server_name_offers_no_oauth(self):
        """Even where OAuth 2.0 was set by other ways than the form; then it can still be changed there."""
        mailbox = self.make_mailbox(kind="smtp", host="mail.example.com", auth_method="oauth2", client_id="x-1")
        hidden = {"use_oauth2", "client_id", "oauth_provider", "tenant", "oauth_authority", "client_secret"}
        form = Form(mailbox)
        self.assertEqual({name for name in hidden if form._get_modifier(name, "invisible")}, hidden)
        form.auth_method = "plain"
        self.assertFalse(form.use_oauth2)
        form.host = "smtp.OFFICE365.com"
        form.use_oauth2 = True
        self.assertFalse({name for name in hidden if form._get_modifier(name, "invisible")})
        self.assertTrue(form._get_modifier("client_id", "required"))
        incoming = Form(self.make_mailbox(host="mail.example.com", auth_method="oauth2", client_id="x-1"))
        self.assertFalse(incoming._get_modifier("client_id", "invisible"))
        self.assertTrue(incoming._get_modifier("use_oauth2", "invisible"))

    def test_oauth_needs_the_client_id(self):
        with self.assertRaisesRegex(ValidationError, "client"):
            self.make_mailbox(kind="smtp", auth_method="oauth2")

    def test_there_is_one_default(self):
        first = self.make_mailbox(kind="smtp", is_default=True)
        second = self.make_mailbox(kind="smtp", is_default=True)
        self.assertEqual((first.is_default, second.is_default), (False, True))
        first.is_default = True
        self.assertEqual((first.is_default, second.is_default), (True, False))

    def test_a_default_that_was_shared_is_none_of_the_person_who_gets_it(self):
        shared = self.make_shared({self.anna: "read"}, kind="smtp", user_id=self.manager.id, is_default=True)
        own = self.make_mailbox(self.manager, kind="smtp", is_default=True)
        shared.with_user(self.manager).action_make_personal()
        self.assertEqual((own.is_default, shared.is_default), (True, False))

    def test_a_shared_default_of_a_manager_is_not_in_the_way(self):
        shared = self.make_shared({self.anna: "read"}, kind="smtp", user_id=self.anna.id, is_default=True)
        own = self.make_mailbox(kind="smtp", is_default=True)
        self.assertTrue(own.is_default and shared.is_default)

    def test_without_a_server_of_its_own_the_check_says_who_sends(self):
        mailbox = self.make_mailbox(kind="smtp", email="anna@example.com")
        steps = mailbox.check_connection()
        self.assertEqual([(step["step"], step["ok"]) for step in steps], [("settings", True)])
        self.assertEqual(mailbox.state, "ok")

    def test_a_domain_is_a_single_word(self):
        for domain in ("A\\B", "A B", "A\r\nQUIT"):
            with self.subTest(domain), self.assertRaises(ValidationError):
                self.make_mailbox(kind="smtp", domain=domain)

    def test_fetching_an_outgoing_mailbox_does_nothing(self):
        self.assertEqual(self.make_smtp().fetch_mail(), 0)

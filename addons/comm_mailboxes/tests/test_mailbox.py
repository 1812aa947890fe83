from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CommCase


@tagged("post_install", "-at_install")
class TestMailbox(CommCase):
    def test_port_follows_the_security_until_the_user_types_one(self):
        form = Form(self.env["comm.mailbox"].with_user(self.anna))
        form.name = "Office"
        self.assertEqual(form.port, 993)
        form.security = "starttls"
        self.assertEqual(form.port, 143)
        form.port = 10143
        form.security = "tls"
        self.assertEqual(form.port, 10143)

    def test_a_copy_has_neither_password_nor_automatic_fetch_nor_mail(self):
        mailbox = self.make_mailbox(password="secret", auto_fetch=True)
        self.make_message(mailbox)
        copied = mailbox.copy()
        self.assertFalse(copied.has_password)
        self.assertFalse(copied.auto_fetch)
        self.assertEqual(copied.message_count, 0)
        self.assertEqual(copied.name, "Office (copy)")

    def test_a_copy_of_a_shared_mailbox_has_its_members(self):
        shared = self.make_shared({self.anna: "read", self.ben: "write"})
        copied = shared.with_user(self.manager).copy()
        self.assertEqual(copied.member_ids.user_id, self.anna | self.ben)
        self.assertEqual(len(shared.member_ids), 2)
        personal = shared.with_user(self.manager).copy({"scope": "personal", "user_id": self.manager.id})
        self.assertFalse(personal.member_ids)

    def test_sharing_twice_and_back(self):
        mailbox = self.make_mailbox(self.manager, is_default=True, kind="smtp")
        mailbox.action_share()
        mailbox.action_share()
        self.assertEqual(
            (mailbox.scope, mailbox.member_ids.user_id, mailbox.is_default), ("shared", self.manager, False)
        )
        mailbox.action_make_personal()
        self.assertEqual((mailbox.scope, mailbox.member_ids.ids, mailbox.user_id), ("personal", [], self.manager))

    def test_only_own_companies_can_be_chosen(self):
        company = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(ValidationError):
            self.make_mailbox(company_id=company.id)

    def test_deleting_takes_messages_and_their_attachments_along(self):
        mailbox = self.make_mailbox()
        message = self.make_message(mailbox)
        attachment = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": "comm.message", "res_id": message.id}
        )
        mailbox.unlink()
        self.assertFalse(message.exists())
        self.assertFalse(attachment.exists())

    def test_line_breaks_and_control_characters_are_refused_everywhere(self):
        for name in (
            "name",
            "host",
            "login",
            "password",
            "certificate_hostname",
            "email",
            "domain",
            "client_id",
            "tenant",
        ):
            for text in ("a\r\nDELETE INBOX", "a\0b", "a\nX: y"):
                with self.subTest(f"{name} {text!r}"), self.assertRaises(ValidationError):
                    self.make_mailbox(**{name: text})

    def test_addresses_are_one_address_with_or_without_a_name(self):
        mailbox = self.make_mailbox(email='"Anna B." <anna@example.com>', check_recipient="ben@example.com")
        for name in ("email", "check_recipient"):
            for text in ("anna", "a@example.com, b@example.com", "@example.com", "a@example.com,", "a@example.com;"):
                with self.subTest(f"{name} {text}"), self.assertRaises(ValidationError):
                    mailbox[name] = text
            for value in (["a@example.com"], {"a@example.com": 1}):
                with self.subTest(f"{name} {value}"), self.assertRaises(ValidationError):
                    mailbox.write({name: value})

    def test_a_server_is_a_bare_name(self):
        for host in (" mail.example.com ", "2001:db8::25", "::1", "192.0.2.25"):
            self.make_mailbox(host=host)
        with self.assertRaisesRegex(ValidationError, "Enter “mail.example.com” as server, and 993 in the field"):
            self.make_mailbox(host="mail.example.com:993")
        for host in ("mail:example:com", "mail.example.com:", ":993", "[::1]:993"):
            with self.subTest(host), self.assertRaises(ValidationError):
                self.make_mailbox(host=host)
        for host in ("https://mail.example.com", "mail example.com", "user@mail.example.com", "mail.example.com/inbox"):
            with self.subTest(host), self.assertRaises(ValidationError):
                self.make_mailbox(host=host)

    def test_state_and_kind_are_not_written_by_hand(self):
        mailbox = self.make_mailbox()
        for vals in ({"state": "ok"}, {"last_error": "x"}):
            with self.subTest(str(vals)), self.assertRaises(AccessError):
                mailbox.write(vals)
        with self.assertRaises(ValidationError):
            mailbox.kind = "pop3"
        sneaked = self.env["comm.mailbox"].with_user(self.anna).with_context(default_state="ok", default_last_error="x")
        self.assertEqual(sneaked.create({"name": "Sneaked"}).state, "draft")

    @mute_logger("odoo.sql_db")
    def test_ports_outside_the_range_are_refused(self):
        for port in (-1, 65536):
            with self.subTest(port), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.make_mailbox(port=port)

    def test_new_imap_asks_for_the_name_only_and_opens_the_properties(self):
        wizard = self.env["comm.mailbox.new"].with_user(self.anna)
        form = Form(wizard.with_context(default_kind="imap", default_scope="personal"))
        form.name = "Büro"
        action = form.save().action_create()
        mailbox = self.env["comm.mailbox"].browse(action["res_id"])
        self.assertEqual((mailbox.name, mailbox.kind, mailbox.scope), ("Büro", "imap", "personal"))
        self.assertEqual(mailbox.user_id, self.anna)

    def test_without_server_or_password_the_check_says_what_to_enter(self):
        steps = self.make_mailbox().check_connection()
        self.assertEqual([(step["step"], step["ok"]) for step in steps], [("settings", False)])
        self.assertIn("Enter the server", steps[0]["detail"])

    def test_counts_are_kept_as_messages_come_are_read_and_go(self):
        mailbox = self.make_mailbox()
        first = self.make_message(mailbox)
        second = self.make_message(mailbox, is_seen=True)
        folder = first.folder_id
        self.assertEqual((folder.message_count, folder.unread_count), (2, 1))
        first.with_user(self.anna).mark_seen()
        self.assertEqual((folder.message_count, folder.unread_count), (2, 0))
        (first | second).unlink()
        self.assertEqual((folder.message_count, folder.unread_count), (0, 0))
        self.assertEqual(mailbox.message_count, 0)

    def test_what_the_sender_wrote_cannot_be_changed(self):
        message = self.make_message(self.make_mailbox()).with_user(self.anna)
        message.is_flagged = True
        for name in ("subject", "body_html", "folder_id", "uid"):
            with self.subTest(name), self.assertRaises(AccessError):
                message.write({name: False})
        with self.assertRaises(AccessError):
            message.unlink()

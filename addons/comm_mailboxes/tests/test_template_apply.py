from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import config, mute_logger

from ..models.comm_mailbox_template import PROPERTIES
from .common import CommCase


class TemplateCase(CommCase):
    def setUp(self):
        super().setUp()
        self.template = self.env["comm.mailbox.template"].create(
            {
                "name": "Ours",
                "kind": "imap",
                "host": "mail.example.com",
                "security": "starttls",
                "auth_method": "cram_md5",
                "auto_fetch": True,
                "fetch_interval": 15,
                "only_subscribed": True,
            }
        )

    def dialog(self, mailbox, template=None):
        """Open the dialog as the button does, and choose the template in it."""
        action = mailbox.action_apply_template()
        form = Form(self.env[action["res_model"]].with_user(mailbox.env.user).with_context(**action["context"]))
        form.template_id = template or self.template
        return form

    def changes(self, wizard):
        return {line.name: (line.now, line.then) for line in wizard.line_ids}


@tagged("post_install", "-at_install")
class TestApplyTemplate(TemplateCase):
    def test_the_dialog_shows_what_changes_and_writes_nothing(self):
        mailbox = self.make_mailbox(host="old.example.com", fetch_interval=5)
        wizard = self.dialog(mailbox).save()
        self.assertEqual(
            self.changes(wizard),
            {
                "host": ("old.example.com", "mail.example.com"),
                "security": ("TLS", "STARTTLS"),
                "port": ("993", "143"),
                "auth_method": ("Automatic", "CRAM-MD5"),
                "auto_fetch": ("No", "Yes"),
                "fetch_interval": ("5", "15"),
                "only_subscribed": ("No", "Yes"),
            },
        )
        self.assertEqual(wizard.line_ids[0].label, "Server")
        self.assertEqual((mailbox.host, mailbox.port), ("old.example.com", 993))

    def test_apply_writes_the_lines_that_stayed_chosen(self):
        mailbox = self.make_mailbox(host="old.example.com")
        form = self.dialog(mailbox)
        for index in range(len(form.line_ids)):
            with form.line_ids.edit(index) as line:
                line.selected = line.name not in ("fetch_interval", "auto_fetch")
        form.save().action_apply()
        self.assertEqual(
            (mailbox.host, mailbox.port, mailbox.security, mailbox.auth_method, mailbox.only_subscribed),
            ("mail.example.com", 143, "starttls", "cram_md5", True),
        )
        self.assertEqual((mailbox.fetch_interval, mailbox.auto_fetch), (5, False))

    def test_a_property_that_is_a_record_is_shown_by_its_name(self):
        self.template.attachment_group_id = self.env["comm.attachment.group"].create({"name": "Sales desk"})
        mailbox = self.make_mailbox()
        wizard = self.dialog(mailbox).save()
        self.assertEqual(self.changes(wizard)["attachment_group_id"], ("", "Sales desk"))
        wizard.action_apply()
        self.assertEqual(mailbox.attachment_group_id, self.template.attachment_group_id)

    def test_a_template_for_oauth2_says_why_it_is_not_chosen_on_an_outgoing_mailbox(self):
        mailbox = self.make_mailbox(kind="smtp", email="anna@example.com")
        template = self.env.ref("comm_mailboxes.template_gmail_oauth_smtp")
        wizard = self.dialog(mailbox, template).save()
        self.assertIn("on smtp.gmail.com only where", wizard.oauth2_note)
        self.assertFalse(wizard.needs_client_id)
        self.assertNotIn("auth_method", self.changes(wizard))
        wizard.action_apply()
        self.assertEqual((mailbox.host, mailbox.port, mailbox.auth_method), ("smtp.gmail.com", 587, "auto"))
        self.assertFalse(mailbox.offers_oauth2)
        with patch.dict(config.options, {"comm_mailboxes_oauth_hosts": "smtp.gmail.com"}):
            form = self.dialog(mailbox, template)
            self.assertFalse(form.oauth2_note)
            self.assertTrue(form.needs_client_id)
            form.client_id = "an-application"
            form.save().action_apply()
        self.assertEqual((mailbox.auth_method, mailbox.oauth_provider), ("oauth2", "google"))
        for other in (self.template, self.env.ref("comm_mailboxes.template_gmail_smtp")):
            wizard = self.dialog(self.make_mailbox(kind=other.kind), other).save()
            self.assertFalse(wizard.oauth2_note)

    def test_login_and_password_stay(self):
        mailbox = self.make_mailbox(login="anna", password="secret", email="anna@example.com")
        self.dialog(mailbox).save().action_apply()
        self.assertEqual((mailbox.login, mailbox.email, mailbox.has_password), ("anna", "anna@example.com", True))

    def test_applying_twice_changes_nothing(self):
        mailbox = self.make_mailbox()
        self.dialog(mailbox).save().action_apply()
        wizard = self.dialog(mailbox).save()
        self.assertFalse(wizard.line_ids)
        wizard.action_apply()

    def test_another_choice_shows_other_changes(self):
        form = self.dialog(self.make_mailbox())
        form.template_id = self.env.ref("comm_mailboxes.template_gmx_imap")
        self.assertEqual(self.changes(form.save()), {"host": ("", "imap.gmx.net")})

    def test_a_template_for_the_server_leaves_the_rest(self):
        mailbox = self.make_mailbox(auto_fetch=True, fetch_interval=10, log_events=False)
        self.template.write({"holds": "server", "auto_fetch": False})
        self.dialog(mailbox).save().action_apply()
        self.assertEqual((mailbox.auto_fetch, mailbox.fetch_interval, mailbox.log_events), (True, 10, False))
        self.assertEqual(mailbox.host, "mail.example.com")

    def test_what_is_empty_in_the_template_says_nothing_unless_it_belongs_to_the_server(self):
        mailbox = self.make_mailbox(
            host="old.example.com", certificate_hostname="old.example.net", client_id="abc", tenant="t"
        )
        self.dialog(mailbox).save().action_apply()
        self.assertEqual((mailbox.client_id, mailbox.tenant, mailbox.certificate_hostname), ("abc", "t", False))
        self.template.host = False
        mailbox.certificate_hostname = "other.example.net"
        self.dialog(mailbox).save().action_apply()
        self.assertEqual((mailbox.host, mailbox.certificate_hostname), ("mail.example.com", "other.example.net"))

    def test_only_what_means_something_for_the_kind_is_written(self):
        group = self.env["comm.attachment.group"].create({"name": "Sales desk"})
        # Microsoft's are known.
        of_providers = ("oauth_authority", "oauth_scopes")
        for kind, absent in (
            ("imap", {"domain", "pop3_leave", "pop3_leave_days", "sent_copy", "file_odoo_mail", *of_providers}),
            ("pop3", {"domain", "only_subscribed", "fetch_subfolders", "sent_copy", "file_odoo_mail", *of_providers}),
            (
                "smtp",
                {
                    "auto_fetch",
                    "fetch_interval",
                    "only_subscribed",
                    "fetch_subfolders",
                    "pop3_leave",
                    "pop3_leave_days",
                    "authserv_ids",
                    *of_providers,
                },
            ),
        ):
            template = self.env["comm.mailbox.template"].create(
                {
                    "name": "T",
                    "kind": kind,
                    "host": "x",
                    "client_id": "c",
                    "tenant": "t",
                    "attachment_group_id": group.id,
                    "check_recipient": "test@example.com",
                    "authserv_ids": "mx.example.com",
                }
            )
            with self.subTest(kind):
                self.assertEqual(PROPERTIES.keys() - template._properties_for(kind).keys(), absent)

    def test_oauth_asks_for_the_application_id_that_the_template_lacks(self):
        microsoft = self.env.ref("comm_mailboxes.template_microsoft365_imap")
        mailbox = self.make_mailbox()
        form = self.dialog(mailbox, microsoft)
        self.assertTrue(form.needs_client_id)
        with self.assertRaises(AssertionError):  # the form insists on it
            form.save()
        form.client_id = "0000-1111"
        form.save().action_apply()
        self.assertEqual((mailbox.auth_method, mailbox.client_id), ("oauth2", "0000-1111"))
        microsoft.client_id = "2222-3333"
        form = self.dialog(self.make_mailbox(), microsoft)
        self.assertFalse(form.needs_client_id)
        wizard = form.save()
        wizard.action_apply()
        self.assertEqual(wizard.mailbox_id.client_id, "2222-3333")

    def test_the_template_of_the_address_is_chosen_beforehand(self):
        action = self.make_mailbox(email="Anna <Anna@GMX.de>").action_apply_template()
        self.assertEqual(action["context"]["default_template_id"], self.env.ref("comm_mailboxes.template_gmx_imap").id)
        self.assertFalse(self.make_mailbox().action_apply_template()["context"]["default_template_id"])

    def test_the_dialog_warns_before_the_password_is_forgotten(self):
        mailbox = self.make_mailbox(password="secret", host="old.example.com")
        self.assertFalse(self.dialog(mailbox).forgets_password)
        form = self.dialog(mailbox.with_user(self.admin))
        self.assertTrue(form.forgets_password)
        form.save().action_apply()
        self.assertFalse(mailbox.has_password)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_only_who_may_write_the_mailbox_gets_the_dialog(self):
        shared = self.make_shared({self.ben: "write"}, host="shared.example.com", email="info@gmx.de")
        personal = self.make_mailbox(host="personal.example.com", email="anna@gmx.de").with_env(self.env)
        Wizard = self.env["comm.mailbox.template.apply"].with_user(self.ben)
        for mailbox in (shared, personal):
            for action in ("action_apply_template", "action_find_settings"):
                with self.subTest(f"{mailbox.name} {action}"), self.assertRaises(AccessError):
                    getattr(mailbox.with_user(self.ben), action)()
            with self.subTest(f"{mailbox.name} by RPC"), self.assertRaises(AccessError):
                Wizard.create({"mailbox_id": mailbox.id, "template_id": self.template.id})
        self.env.invalidate_all()  # what is cached is not checked
        shown = {"mailbox_id": {}, "template_id": {}, "line_ids": {"fields": {"now": {}, "then": {}}}}
        values = {"mailbox_id": personal.id, "template_id": self.template.id}
        with self.subTest("onchange shows no foreign settings"), self.assertRaises(AccessError):
            Wizard.onchange(values, ["template_id"], shown)
        own = self.dialog(self.make_mailbox(self.ben)).save().with_user(self.ben)
        with self.subTest("another mailbox slipped in"), self.assertRaises(AccessError):
            own.mailbox_id = personal
            own.action_apply()
        self.assertEqual(personal.host, "personal.example.com")

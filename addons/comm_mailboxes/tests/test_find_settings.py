from contextlib import ExitStack
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..protocol.autoconfig import Discovery
from .autoconfig_servers import name_server, web_server
from .test_autoconfig import FIRST, config_xml, server_xml
from .test_template_apply import TemplateCase


@tagged("post_install", "-at_install")
class TestFindSettings(TemplateCase):
    """The button "Find settings", with a name server and a web server on the loopback."""

    def setUp(self):
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.dns = stack.enter_context(name_server({("autoconfig.example.test", "A"): ["127.0.0.1"]}))
        self.web = stack.enter_context(web_server("autoconfig.example.test"))
        stack.enter_context(
            patch.dict(
                config.options,
                {"comm_mailboxes_allowed_hosts": "127.0.0.1", "comm_mailboxes_ca_file": self.web.ca_file},
            )
        )

        def discovery(mailbox):
            return Discovery(
                mailbox._host_guard(),
                ca_file=config["comm_mailboxes_ca_file"],
                nameserver=self.dns.server_address,
                https_port=self.web.server_address[1],
            )

        # Only where the servers are is changed: port 53 and 443 are not for tests.
        stack.enter_context(patch.object(self.registry["comm.mailbox"], "_discovery", discovery))

    def find(self, mailbox):
        """Press the button; return the dialog, empty when nothing was found."""
        action = mailbox.action_find_settings()
        return self.env["comm.mailbox.template.apply"].with_user(mailbox.env.user).browse(action.get("res_id"))

    def test_a_template_for_the_domain_needs_no_network(self):
        mailbox = self.make_mailbox(email="anna@gmx.de")
        wizard = self.find(mailbox)
        self.assertEqual(wizard.template_id, self.env.ref("comm_mailboxes.template_gmx_imap"))
        self.assertIn("GMX", wizard.source)
        self.assertEqual(self.changes(wizard), {"host": ("", "imap.gmx.net"), "login": ("", "anna@gmx.de")})
        self.assertFalse(mailbox.host)
        self.assertEqual((self.dns.questions, self.web.connections), ([], []))
        wizard.action_apply()
        self.assertEqual((mailbox.host, mailbox.login), ("imap.gmx.net", "anna@gmx.de"))

    def test_the_receiving_servers_tell_where_a_domain_is_hosted(self):
        self.dns.records["example.test", "MX"] = ["0 example-test.mail.protection.outlook.com."]
        wizard = self.find(self.make_mailbox(email="anna@example.test"))
        self.assertEqual(wizard.template_id, self.env.ref("comm_mailboxes.template_microsoft365_imap"))
        self.assertIn("example-test.mail.protection.outlook.com", wizard.source)
        self.assertTrue(wizard.needs_client_id)
        self.assertEqual(self.web.connections, [])

    def test_the_dns_announces_the_server(self):
        self.dns.records["_submission._tcp.example.test", "SRV"] = ["0 1 587 smtp.example.test."]
        mailbox = self.make_mailbox(email="anna@example.test", kind="smtp", host="old.example.com")
        wizard = self.find(mailbox)
        self.assertEqual(
            self.changes(wizard),
            {
                "host": ("old.example.com", "smtp.example.test"),
                "security": ("TLS", "STARTTLS"),
                "port": ("465", "587"),
                "login": ("", "anna@example.test"),
            },
        )
        self.assertIn("DNS", wizard.source)
        self.assertFalse(wizard.template_id)
        self.assertEqual(self.web.connections, [])
        self.assertEqual(mailbox.host, "old.example.com")
        wizard.action_apply()
        self.assertEqual((mailbox.host, mailbox.port, mailbox.security), ("smtp.example.test", 587, "starttls"))

    def test_the_provider_publishes_the_settings(self):
        self.web.pages[FIRST] = (200, {}, config_xml(server_xml(username="%EMAILLOCALPART%")))
        mailbox = self.make_mailbox(email="anna@example.test", login="typed")
        wizard = self.find(mailbox)
        self.assertEqual(self.changes(wizard), {"host": ("", "imap.example.test"), "login": ("typed", "anna")})
        self.assertIn("autoconfig.example.test", wizard.source)
        self.assertEqual(len(self.web.requests), 1)

    def test_the_order_is_template_receiving_server_dns_file(self):
        self.web.pages[FIRST] = (200, {}, config_xml(server_xml(hostname="file.example.test")))
        mailbox = self.make_mailbox(email="anna@example.test")
        for step, expected in (
            (lambda: None, "file.example.test"),
            (
                lambda: self.dns.records.update({("_imaps._tcp.example.test", "SRV"): ["0 1 993 dns.example.test."]}),
                "dns.example.test",
            ),
            (
                lambda: self.dns.records.update({("example.test", "MX"): ["0 mx00.gmx.net."]}),
                "imap.gmx.net",
            ),
            (lambda: self.template.write({"domains": "example.test"}), "mail.example.com"),
        ):
            step()
            with self.subTest(expected):
                self.assertEqual(self.changes(self.find(mailbox))["host"], ("", expected))

    def test_the_host_guard_holds(self):
        self.web.pages[FIRST] = (200, {}, config_xml(server_xml()))
        with patch.dict(config.options, {"comm_mailboxes_allowed_hosts": "mail.example.com"}):
            self.assertFalse(self.find(self.make_mailbox(email="anna@example.test")))
        self.assertEqual(self.web.connections, [])

    def test_nothing_found_is_said_quietly(self):
        mailbox = self.make_mailbox(email="anna@example.test", host="old.example.com")
        action = mailbox.action_find_settings()
        self.assertEqual((action["tag"], action["params"]["type"]), ("display_notification", "info"))
        self.assertEqual(action["params"]["message"], "Nothing found. Enter what your provider told you.")
        self.assertEqual((mailbox.host, mailbox.state), ("old.example.com", "draft"))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_is_asked_for_who_may_not_write_the_mailbox(self):
        shared = self.make_shared({self.ben: "write"}, email="info@example.test")
        with self.assertRaises(AccessError):
            shared.with_user(self.ben).action_find_settings()
        self.assertEqual(self.dns.questions, [])

    def test_without_an_address_the_button_says_what_is_missing(self):
        for email in (False, "nonsense", "anna@"):
            with self.subTest(email), self.assertRaisesRegex(UserError, "e-mail address"):
                self.make_mailbox(email=email).action_find_settings()
        self.assertEqual(self.dns.questions, [])

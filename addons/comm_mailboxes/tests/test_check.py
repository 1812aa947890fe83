import socket
from contextlib import closing

from odoo.tests import tagged

from .common import LabCase


@tagged("post_install", "-at_install")
class TestCheck(LabCase):
    """Check mailbox tells in plain words which setting is wrong."""

    def outcome(self, **vals):
        """Return the step that ended the check, whether it worked, and its text."""
        steps = self.make_lab_mailbox(**vals).check_connection()
        return steps[-1]["step"], steps[-1]["ok"], steps[-1]["detail"]

    def test_right_settings_pass_every_step(self):
        mailbox = self.make_lab_mailbox()
        steps = mailbox.check_connection()
        self.assertEqual(
            [(step["step"], step["ok"]) for step in steps],
            [("resolve", True), ("connect", True), ("tls", True), ("login", True), ("folders", True)],
        )
        details = {step["step"]: step["detail"] for step in steps}
        self.assertIn("fingerprint", details["tls"])
        self.assertIn("localhost", details["tls"])
        self.assertTrue(all(step["seconds"] >= 0 for step in steps))
        self.assertEqual((mailbox.state, mailbox.last_error), ("ok", False))

    def test_each_connection_security_works(self):
        for security, port in (("tls", "imaps"), ("starttls", "imap")):
            with self.subTest(security):
                self.assertEqual(self.outcome(security=security, port=self.lab.ports[port])[:2], ("folders", True))

    def test_without_encryption_the_password_goes_only_when_it_cannot_be_read_or_the_user_chose_so(self):
        plain = {"security": "none", "port": self.lab.ports["imap"]}
        self.assertEqual(self.outcome(**plain)[:2], ("folders", True))  # by SCRAM or CRAM-MD5
        self.assertEqual(self.outcome(**plain, auth_method="cram_md5")[:2], ("folders", True))
        self.assertEqual(self.outcome(**plain, auth_method="plain")[:2], ("login", False))
        self.assertEqual(self.outcome(**plain, auth_method="plain", allow_clear_password=True)[:2], ("folders", True))

    def test_wrong_settings_are_told_apart(self):
        with closing(socket.socket()) as unused:
            unused.bind(("127.0.0.1", 0))
            closed_port = unused.getsockname()[1]
            certificates = self.lab.certificate_ports
            for vals, step, text in (
                ({"host": "no-such-host.invalid"}, "resolve", "no-such-host.invalid"),
                ({"host": "10.1.2.3"}, "resolve", "10.1.2.3"),
                ({"port": closed_port}, "connect", str(closed_port)),
                ({"security": "tls", "port": self.lab.ports["imap"]}, "tls", "TLS"),
                ({"port": certificates["self_signed"]}, "tls", "ertificate"),
                ({"port": certificates["other_name"]}, "tls", "localhost"),
                ({"port": certificates["expired"]}, "tls", "expired"),
                ({"password": "wrong"}, "login", "password"),
            ):
                with self.subTest(str(vals)):
                    outcome = self.outcome(**vals)
                    self.assertEqual(outcome[:2], (step, False), outcome[2])
                    self.assertIn(text, outcome[2])

    def test_another_kind_of_server_is_recognised_by_its_greeting(self):
        for port in ("pop3s", "submissions"):
            with self.subTest(port):
                step, ok, text = self.outcome(port=self.lab.ports[port])
                self.assertEqual((step, ok), ("connect", False))
                self.assertIn("+OK" if port == "pop3s" else "220 ", text)
                self.assertNotIn("b'", text)

    def test_a_certificate_that_does_not_fit_can_be_accepted_on_purpose(self):
        certificates = self.lab.certificate_ports
        self.assertEqual(
            self.outcome(port=certificates["self_signed"], skip_certificate_check=True)[:2], ("folders", True)
        )

    def test_a_failed_check_is_on_the_mailbox_and_in_the_event_log(self):
        mailbox = self.make_lab_mailbox(password="wrong")
        steps = mailbox.check_connection()
        self.assertEqual(mailbox.state, "error")
        self.assertEqual(mailbox.last_error, steps[-1]["detail"])
        self.assertEqual(mailbox.event_ids.mapped("level"), ["error"])
        self.assertNotIn("wrong", " ".join(mailbox.event_ids.mapped("text")).split())

    def test_errors_speak_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.anna.lang = "de_DE"
        mailbox = self.make_lab_mailbox(password="wrong")
        steps = mailbox.with_context(lang="de_DE").check_connection()
        self.assertIn("Kennwort", steps[-1]["detail"])

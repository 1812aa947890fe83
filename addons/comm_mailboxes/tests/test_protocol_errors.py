# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The sentences that users read when a connection fails."""

import pickle
import re

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import errors
from odoo.addons.comm_mailboxes.protocol.oauth.errors import IdentityServerFailed, SignInRefused, TokenNotAccepted
from odoo.addons.comm_mailboxes.sync.errors import VisitsDied

# What others derive from: they have no sentence of their own.
BASES = {errors.CertificateRejected, IdentityServerFailed}
# The mail server does not tell which of three reasons it has; and why a process ended is in its log only.
LONGER = {TokenNotAccepted: 5, VisitsDied: 4}


def all_errors(base=errors.ProtocolError):
    for kind in base.__subclasses__():
        if kind not in BASES:
            yield kind
        yield from all_errors(kind)


class TestProtocolErrors(BaseCase):
    def test_every_error_fills_its_sentence(self):
        for kind in all_errors():
            if kind is SignInRefused:
                continue  # made of the server's answer; see tests/test_oauth_client.py
            with self.subTest(kind=kind.__name__):
                error = kind(*(f"<{name}>" for name in kind.fields))
                self.assertTrue(all(f"<{name}>" in str(error) for name in kind.fields))
                self.assertEqual(set(re.findall(r"%\((\w+)\)s", kind.template)), set(kind.fields))
                self.assertIn(error.step, ("resolve", "connect", "tls", "login", "command", "fetch"))

    def test_every_sentence_is_short_and_ends(self):
        for kind in all_errors():
            with self.subTest(kind=kind.__name__):
                self.assertLessEqual(len(re.findall(r"[.:;](?= |$)", kind.template)), LONGER.get(kind, 3))
                self.assertTrue(kind.template.endswith("."))

    def test_what_a_server_says_is_made_harmless(self):
        error = errors.ServerRefused("LOGIN", b"No\r\n\x1b[31m \xff " + "\u202eevil\u200b".encode() + b"x" * 1000)
        reply = error.params["reply"]
        self.assertLessEqual(len(reply), 300)
        self.assertNotRegex(reply, "[\x00-\x1f\x7f-\x9f\u202e\u200b]")
        self.assertTrue(reply.startswith("No [31m \ufffd evil"))

    def test_percent_signs_in_replies_are_text(self):
        self.assertIn("100%(host)s %d", str(errors.ServerRefused("X", "100%(host)s %d")))

    def test_errors_travel_between_processes(self):
        error = errors.ServerSilent("mail.example.com", 30, step="fetch")
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), str(again), again.step), (type(error), str(error), "fetch"))

    def test_refuse_unsafe(self):
        for value in ("a\rb", "a\nb", "a\0b", b"a\nb", "\ud800"):
            with self.subTest(value=value), self.assertRaises(errors.UnsafeArgument):
                errors.refuse_unsafe("folder name", value)
        errors.refuse_unsafe("folder name", "Entwürfe 日本 😀 \t", b"\xff")

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The choice of the mechanism, and the exchanges on both sides of published examples."""

import base64
import html
import quopri
from urllib.parse import quote, quote_plus

import scramp

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import Credentials, sasl
from odoo.addons.comm_mailboxes.protocol.errors import (
    AuthenticationNotOffered,
    PasswordInClear,
    PasswordNotOffered,
    UnsafeArgument,
)

EVERYTHING = "SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN PASSWORD XOAUTH2 OAUTHBEARER"
# method, allow_clear, offered, encrypted, mechanisms in order (or the error)
PLANS = (
    ("auto", False, EVERYTHING, True, ["SCRAM-SHA-256", "PLAIN"]),
    ("auto", False, EVERYTHING, False, ["SCRAM-SHA-256", "CRAM-MD5"]),
    ("auto", True, EVERYTHING, False, ["SCRAM-SHA-256", "CRAM-MD5"]),
    ("auto", False, "CRAM-MD5 PLAIN LOGIN", True, ["CRAM-MD5", "PLAIN"]),
    ("auto", False, "CRAM-MD5 PLAIN LOGIN", False, ["CRAM-MD5"]),
    ("auto", True, "CRAM-MD5 LOGIN", False, ["CRAM-MD5", "LOGIN"]),
    ("auto", False, "PLAIN LOGIN PASSWORD", True, ["PLAIN"]),
    ("auto", False, "LOGIN PASSWORD", True, ["LOGIN"]),
    ("auto", False, "PASSWORD", True, ["PASSWORD"]),
    ("auto", False, "PLAIN LOGIN PASSWORD", False, PasswordInClear),
    ("auto", True, "PLAIN LOGIN PASSWORD", False, ["PLAIN"]),
    ("auto", False, "GSSAPI XOAUTH2", True, PasswordNotOffered),
    ("auto", True, "", True, PasswordNotOffered),
    ("plain", False, EVERYTHING, True, ["PLAIN"]),
    ("plain", False, "LOGIN PASSWORD", True, ["PASSWORD"]),
    ("plain", False, EVERYTHING, False, PasswordInClear),
    ("plain", True, EVERYTHING, False, ["PLAIN"]),
    ("plain", False, "CRAM-MD5", True, AuthenticationNotOffered),
    ("login", False, EVERYTHING, True, ["LOGIN"]),
    ("login", False, EVERYTHING, False, PasswordInClear),
    ("cram_md5", False, EVERYTHING, False, ["CRAM-MD5"]),
    ("cram_md5", True, "PLAIN", True, AuthenticationNotOffered),
    ("oauth2", False, EVERYTHING, True, ["XOAUTH2"]),
    ("oauth2", False, "OAUTHBEARER PLAIN", True, ["OAUTHBEARER"]),
    ("oauth2", False, EVERYTHING, False, PasswordInClear),
    ("oauth2", False, "PLAIN", True, AuthenticationNotOffered),
)


def plan(method="auto", allow_clear=False, offered=EVERYTHING, encrypted=True, prefer=""):
    credentials = Credentials("anna", "secret", method, allow_clear, prefer)
    return list(sasl.plan(credentials, set(offered.split()), encrypted=encrypted, host="mail.example.com"))


class TestSaslPlan(BaseCase):
    def test_plans(self):
        for method, allow_clear, offered, encrypted, expected in PLANS:
            with self.subTest(method=method, clear=allow_clear, offered=offered, encrypted=encrypted):
                if isinstance(expected, list):
                    self.assertEqual(plan(method, allow_clear, offered, encrypted), expected)
                else:
                    with self.assertRaises(expected):
                        plan(method, allow_clear, offered, encrypted)

    def test_what_worked_last_time_comes_first(self):
        self.assertEqual(plan(prefer="PLAIN"), ["PLAIN", "SCRAM-SHA-256"])
        self.assertEqual(plan(prefer="CRAM-MD5", offered="CRAM-MD5 PLAIN"), ["CRAM-MD5", "PLAIN"])

    def test_what_worked_last_time_never_opens_the_clear_way(self):
        self.assertEqual(plan(prefer="PLAIN", encrypted=False), ["SCRAM-SHA-256", "CRAM-MD5"])
        with self.assertRaises(PasswordInClear):
            plan(prefer="PLAIN", offered="PLAIN", encrypted=False)

    def test_error_names_what_the_server_offers(self):
        with self.assertRaises(AuthenticationNotOffered) as caught:
            plan("cram_md5", offered="PLAIN LOGIN PASSWORD")
        self.assertEqual(caught.exception.params, {"method": "CRAM-MD5", "offered": "LOGIN, PLAIN"})


class TestCredentials(BaseCase):
    def test_password_does_not_show(self):
        self.assertNotIn("secret", repr(Credentials("anna", "secret")))

    def test_line_breaks_are_refused(self):
        for login, password in (("a\r\nb", "x"), ("a", "x\ny"), ("a\0b", "x"), ("a", "x\0y"), ("a\ud800", "x")):
            with self.subTest(login=login, password=password), self.assertRaises(UnsafeArgument) as caught:
                Credentials(login, password).check()
            self.assertNotIn(password, str(caught.exception).split())

    def test_replies_that_echo_the_password_are_concealed(self):
        credentials = Credentials("anna", 'pass"word\\')
        plain = base64.b64encode(b'\0anna\0pass"word\\').decode()
        for reply in (
            'BAD unknown: a LOGIN anna "pass\\"word\\\\"',
            'no such password: pass"word\\',
            f"BAD: AUTHENTICATE PLAIN {plain}",
            b"BAD " + base64.b64encode(b'pass"word\\'),
        ):
            with self.subTest(reply=reply):
                shown = credentials.conceal(reply)
                self.assertIn("***", shown)
                self.assertNotIn("word", shown.removeprefix("no such password"))
                self.assertNotIn(plain, shown)

    def test_so_are_those_that_write_it_by_numbers(self):
        password = 'pass "wörd\\&='
        secret = password.encode()
        credentials = Credentials("anna", password)
        for echo in (
            secret.hex(),
            secret.hex().upper(),
            (b"\0anna\0" + secret).hex(),
            secret.hex(" ").upper(),
            secret.hex(":"),
            quote(password),
            quote(password).lower(),
            quote_plus(password),
            "".join(f"%{byte:02X}" for byte in secret),
            quopri.encodestring(secret, quotetabs=True).decode(),
            quopri.encodestring(secret, header=True).decode(),
            html.escape(password),
            "".join(f"&#{ord(letter)};" for letter in password),
            "".join(f"\\x{byte:02x}" for byte in secret),
        ):
            with self.subTest(echo=echo):
                self.assertNotIn(echo, credentials.conceal(f"BAD unknown: {echo} (try again)"))
                self.assertIn("*** (try again)", credentials.conceal(f"BAD unknown: {echo} (try again)"))
        # What was cut off in the middle of it
        self.assertEqual(credentials.conceal(f"BAD {secret.hex()[:14]}"), "BAD ***")

    def test_other_numbers_are_left(self):
        for reply in ("BAD 7061737321", "OK 100%25 =3D &amp; &#xffffffff;", "a.b"):
            self.assertEqual(Credentials("anna", "pass").conceal(reply), reply.replace("70617373", "***"))
        self.assertEqual(Credentials("anna", "a.b").conceal("a+b axb"), "a+b axb")


class TestExchanges(BaseCase):
    def test_plain(self):
        found = sasl.exchange("PLAIN", Credentials("müller", "geheim ü"))
        self.assertTrue(found.client_first)
        self.assertEqual(found.respond(b""), "\0müller\0geheim ü".encode())

    def test_login(self):
        found = sasl.exchange("LOGIN", Credentials("anna", "secret"))
        self.assertEqual([found.respond(b"User Name"), found.respond(b"Password")], [b"anna", b"secret"])
        with self.assertRaises(sasl.Cancelled):
            found.respond(b"once more")

    def test_cram_md5_example_of_rfc_2195(self):
        found = sasl.exchange("CRAM-MD5", Credentials("tim", "tanstaaftanstaaf"))
        self.assertFalse(found.client_first)
        self.assertEqual(
            found.respond(b"<1896.697170952@postoffice.reston.mci.net>"), b"tim b913a602c7eda7a495b4e6e7334d3890"
        )

    def test_xoauth2_and_the_challenge_after_a_refusal(self):
        found = sasl.exchange("XOAUTH2", Credentials("anna@example.com", "token"))
        self.assertEqual(found.respond(b""), b"user=anna@example.com\1auth=Bearer token\1\1")
        self.assertEqual(found.respond(b'{"status":"400"}'), b"")

    def test_oauthbearer_and_the_challenge_after_a_refusal(self):
        found = sasl.exchange("OAUTHBEARER", Credentials("a=b,c", "token"))
        self.assertEqual(found.respond(b""), b"n,a=a=3Db=2Cc,\1auth=Bearer token\1\1")
        self.assertEqual(found.respond(b"{}"), b"\1")

    def test_scram_against_a_server(self):
        client, server_final = self._scram_up_to_the_proof()
        self.assertFalse(client.proven)
        client.respond(server_final)
        self.assertTrue(client.proven)

    def test_scram_notices_a_server_that_does_not_know_the_password(self):
        client, _server_final = self._scram_up_to_the_proof()
        with self.assertRaises(sasl.Cancelled):
            client.respond(b"v=" + base64.b64encode(b"x" * 32))
        self.assertFalse(client.proven)

    def test_scram_with_a_password_it_cannot_carry(self):
        with self.assertRaises(sasl.Cancelled):
            sasl.exchange("SCRAM-SHA-256", Credentials("anna", "bell\a"))

    def test_scram_with_nonsense_from_the_server(self):
        found = sasl.exchange("SCRAM-SHA-256", Credentials("anna", "secret"))
        found.respond(b"")
        for challenge in (b"", b"\xff\xfe", b"r=other,s=AAAA,i=4096", b"e=other-error"):
            with self.subTest(challenge=challenge), self.assertRaises(sasl.Cancelled):
                found._step = 1
                found.respond(challenge)

    def _scram_up_to_the_proof(self):
        mechanism = scramp.ScramMechanism("SCRAM-SHA-256")
        known = mechanism.make_auth_info("secret")
        server = mechanism.make_server(lambda _login: known)
        client = sasl.exchange("SCRAM-SHA-256", Credentials("anna", "secret"))
        server.set_client_first(client.respond(b"").decode())
        server.set_client_final(client.respond(server.get_server_first().encode()).decode())
        return client, server.get_server_final().encode()

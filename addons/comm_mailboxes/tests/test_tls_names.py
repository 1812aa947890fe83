# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which names a certificate stands for, and what of it is shown."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import errors, tls

# expected, SAN dNSName, SAN iPAddress, common name, matches
CASES = (
    ("mail.example.com", ["mail.example.com"], [], "", True),
    ("MAIL.example.com.", ["mail.EXAMPLE.com"], [], "", True),
    ("mail.example.com", ["www.example.com", "mail.example.com"], [], "", True),
    ("mail.example.com", ["example.com"], [], "", False),
    ("mail.example.com", ["mail.example.com.evil.test"], [], "", False),
    ("mail.example.com", ["mail.example.com\0.evil.test"], [], "", False),
    # wildcards: the whole left-most label, exactly one, never a top-level domain
    ("mail.example.com", ["*.example.com"], [], "", True),
    ("xn--bcher-kva.example.com", ["*.example.com"], [], "", True),
    ("a.b.example.com", ["*.example.com"], [], "", False),
    ("example.com", ["*.example.com"], [], "", False),
    ("mail.example.com", ["m*.example.com"], [], "", False),
    ("mail.example.com", ["mail.*.com"], [], "", False),
    ("mail.example.com", ["*.*.com"], [], "", False),
    ("example.com", ["*.com"], [], "", False),
    ("mail", ["*"], [], "", False),
    (".example.com", ["*.example.com"], [], "", False),
    # the common name only without a dNSName
    ("mail.example.com", [], [], "mail.example.com", True),
    ("mail.example.com", [], [], "*.example.com", True),
    ("mail.example.com", ["www.example.com"], [], "mail.example.com", False),
    ("mail.example.com", [], ["192.0.2.1"], "mail.example.com", True),
    ("mail.example.com", [], [], "", False),
    ("", [], [], "", False),
    # addresses
    ("192.0.2.1", [], ["192.0.2.1"], "", True),
    ("192.0.2.1", ["192.0.2.1"], [], "", False),
    ("192.0.2.1", [], ["192.0.2.2"], "192.0.2.1", False),
    ("192.0.2.1", ["mail.example.com"], [], "192.0.2.1", False),
    ("192.0.2.1", [], [], "192.0.2.1", True),
    ("[2001:DB8::1]", [], ["2001:db8::1"], "", True),
    ("2001:db8:0:0::1", [], ["2001:db8::1"], "", True),
    ("192.0.2.1", ["*.0.2.1"], [], "", False),
    # umlauts
    ("bücher.example", ["xn--bcher-kva.example"], [], "", True),
    ("xn--bcher-kva.example", ["bücher.example"], [], "", True),
    # "Different common name" takes what the certificate says, even where that is no host name
    ("Mail server of Müller GmbH", [], [], "Mail server of Müller GmbH", True),
    ("*.example.com", ["*.example.com"], [], "", True),
)


def certificate(san=(), common_name="mail.example.com"):
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Müller")]
    if common_name:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Some authority")]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 2, 3, 4, 5))
        .not_valid_after(datetime.datetime(2021, 2, 3, 4, 5, 6))
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName(san), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class TestTlsNames(BaseCase):
    def test_name_matches(self):
        for expected, dns_names, addresses, common_name, matches in CASES:
            with self.subTest(expected=expected, dns=dns_names, ip=addresses, cn=common_name):
                found = tls.name_matches(expected, tuple(dns_names), tuple(addresses), common_name)
                self.assertIs(found, matches)

    def test_certificate_for_display(self):
        san = [x509.DNSName("a.example.com"), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
        shown = tls.read_certificate(certificate(san))
        self.assertEqual(shown.names, ("a.example.com", "192.0.2.1"))
        self.assertEqual(shown.subject, "mail.example.com, Müller")
        self.assertEqual(shown.issuer, "Some authority")
        self.assertEqual(shown.not_before, datetime.datetime(2020, 1, 2, 3, 4, 5))
        self.assertEqual(shown.not_after, datetime.datetime(2021, 2, 3, 4, 5, 6))
        self.assertRegex(shown.sha256, r"^([0-9A-F]{2}:){31}[0-9A-F]{2}$")

    def test_certificate_without_alternative_names_shows_its_common_name(self):
        self.assertEqual(tls.read_certificate(certificate()).names, ("mail.example.com",))
        self.assertEqual(tls.read_certificate(certificate(common_name="")).names, ())

    def test_malformed_certificate_keeps_its_fingerprint(self):
        shown = tls.read_certificate(b"no certificate")
        self.assertEqual((shown.subject, shown.names, shown.not_after), ("", (), None))
        self.assertEqual(len(shown.sha256), 95)

    def test_openssl_verdicts_become_errors_that_say_who_and_when(self):
        shown = tls.read_certificate(certificate())
        verdicts = {
            9: (errors.CertificateNotYetValid, "2020-01-02"),
            10: (errors.CertificateExpired, "2021-02-03"),
            18: (errors.CertificateSelfSigned, "Some authority"),
            19: (errors.CertificateNotTrusted, "Some authority"),
            20: (errors.CertificateNotTrusted, "Some authority"),
            66: (errors.TlsFailed, "key too weak"),
        }
        for code, (kind, word) in verdicts.items():
            with self.subTest(code=code):
                error = tls.rejection(code, "key too weak", "mail.example.com", 993, shown)
                self.assertIs(type(error), kind)
                self.assertIn(word, str(error))
                self.assertEqual(error.step, "tls")

    def test_a_missing_or_wrong_file_of_authorities_is_named(self):
        for path in ("/nowhere/ca.pem", __file__):
            with self.subTest(path=path), self.assertRaises(errors.CaFileUnreadable) as caught:
                tls.build_context(ca_file=path)
            self.assertIn(path, str(caught.exception))

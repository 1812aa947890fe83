# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which hosts a mailbox may name."""

import ipaddress
import socket
from unittest.mock import patch

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import HostGuard
from odoo.addons.comm_mailboxes.protocol.errors import (
    HostLookupFailed,
    HostNotFound,
    HostRefused,
    UnsafeArgument,
)
from odoo.addons.comm_mailboxes.protocol.host_guard import ascii_host, is_public

INTERNAL = (
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.0.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b:1::1",  # NAT64 for local use
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2001:0:7f00:1::1",  # Teredo
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC = ("8.8.8.8", "100.63.255.255", "172.32.0.1", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808")


def answering(*addresses):
    """Let the resolver give these addresses, whatever it is asked."""
    found = [
        (
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM,
            socket.IPPROTO_TCP,
            "",
            (address, 993, 0, 0) if ":" in address else (address, 993),
        )
        for address in addresses
    ]
    return patch("socket.getaddrinfo", return_value=found)


class TestHostGuard(BaseCase):
    def test_internal_addresses_are_refused(self):
        for address in INTERNAL:
            with self.subTest(address=address), answering(address), self.assertRaises(HostRefused):
                HostGuard().resolve("mail.example.com", 993)

    def test_public_addresses_pass(self):
        for address in PUBLIC:
            with self.subTest(address=address), answering(address):
                [(_family, sockaddr)] = HostGuard().resolve("mail.example.com", 993)
                self.assertEqual(sockaddr[0], address)

    def test_short_ways_to_write_loopback_are_seen_through(self):
        for host in ("127.1", "2130706433", "0x7f.0.0.1", "[::1]", "localhost"):
            with self.subTest(host=host), self.assertRaises(HostRefused):
                HostGuard().resolve(host, 993)

    def test_a_scoped_address_is_judged_without_its_scope(self):
        with answering("fe80::1%lo"), self.assertRaises(HostRefused):
            HostGuard().resolve("mail.example.com", 993)

    def test_of_mixed_answers_only_the_public_addresses_are_used(self):
        with answering("10.0.0.1", "8.8.8.8", "::1"):
            targets = HostGuard().resolve("mail.example.com", 993)
        self.assertEqual([sockaddr[0] for _family, sockaddr in targets], ["8.8.8.8"])

    def test_allowed_list(self):
        for entry in ("mail.corp.example", "MAIL.Corp.Example.", "10.1.2.3", "10.1.0.0/16", "10.1.2.99/16"):
            with self.subTest(entry=entry), answering("10.1.2.3"):
                self.assertTrue(HostGuard([entry]).resolve("mail.corp.example", 993))

    def test_entries_that_do_not_match_keep_refusing(self):
        entries = ("corp.example", "other.example", "10.1.2.4", "10.2.0.0/16", "10.1.0.0/99", "", "*", "::/0")
        for entry in entries:
            with self.subTest(entry=entry), answering("10.1.2.3"), self.assertRaises(HostRefused):
                HostGuard([entry]).resolve("mail.corp.example", 993)

    def test_an_allowed_ipv4_network_counts_for_its_ipv6_spellings(self):
        with answering("::ffff:127.0.0.1"):
            self.assertTrue(HostGuard(["127.0.0.0/8"]).resolve("mail.example.com", 993))

    def test_an_allowed_name_may_hold_umlauts(self):
        with answering("10.1.2.3"):
            self.assertTrue(HostGuard(["müller.example"]).resolve("MÜLLER.example", 993))

    def test_unknown_name_and_dead_resolver_are_told_apart(self):
        for number, error in ((socket.EAI_NONAME, HostNotFound), (socket.EAI_AGAIN, HostLookupFailed)):
            with patch("socket.getaddrinfo", side_effect=socket.gaierror(number, "x")):
                with self.assertRaises(HostNotFound) as caught:
                    HostGuard().resolve("mail.example.com", 993)
            self.assertIs(type(caught.exception), error)

    def test_impossible_names_are_not_found(self):
        for host in ("a" * 64 + ".example.com", "x" * 10000, "ü" * 64 + ".example", "..", "a..b.example"):
            with self.subTest(host=host[:20]), self.assertRaises(HostNotFound):
                HostGuard().resolve(host, 993)

    def test_what_is_no_host_name_is_refused_before_any_lookup(self):
        with patch("socket.getaddrinfo", side_effect=AssertionError("looked up")):
            for host in (
                "",
                " ",
                "mail\r\n.example.com",
                "a b",
                "http://mail.example.com",
                "me@mail.example.com",
                "a\0b",
            ):
                with self.subTest(host=host), self.assertRaises(UnsafeArgument):
                    HostGuard().resolve(host, 993)

    def test_ascii_host(self):
        self.assertEqual(ascii_host(" Mail.Example.COM. "), "mail.example.com")
        self.assertEqual(ascii_host("bücher.example"), "xn--bcher-kva.example")
        self.assertEqual(ascii_host("straße.example"), "xn--strae-oqa.example")
        self.assertEqual(ascii_host("[2001:db8::1]"), "2001:db8::1")
        self.assertEqual(ascii_host("mail_1.lan"), "mail_1.lan")

    def test_is_public_agrees_with_the_standard_library_on_every_block(self):
        """Sampled over all of IPv4: nothing that Python calls private or reserved is public to us."""
        for number in range(0, 1 << 32, 65537 * 13):
            address = ipaddress.IPv4Address(number)
            if is_public(address):
                self.assertTrue(address.is_global, address)

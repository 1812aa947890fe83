import socket
import time
from contextlib import ExitStack

from odoo.tests import BaseCase, tagged

from ..protocol.autoconfig import Discovery, read_config
from ..protocol.host_guard import HostGuard
from .autoconfig_servers import name_server, web_server

ADDRESS = "anna+x@example.test"
FIRST = ("autoconfig.example.test", "/mail/config-v1.1.xml")
SECOND = ("example.test", "/.well-known/autoconfig/mail/config-v1.1.xml")


def server_xml(kind="imap", **parts):
    parts = {
        "hostname": "imap.example.test",
        "port": "993",
        "socketType": "SSL",
        "username": "%EMAILADDRESS%",
        "authentication": "password-cleartext",
        **parts,
    }
    element = "outgoingServer" if kind == "smtp" else "incomingServer"
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value is not None)
    return f'<{element} type="{kind}">{inner}</{element}>'


def config_xml(*servers, head=""):
    inner = "".join(servers)
    return f'{head}<clientConfig version="1.1"><emailProvider id="x">{inner}</emailProvider></clientConfig>'.encode()


@tagged("post_install", "-at_install")
class TestReadConfig(BaseCase):
    """Mozilla's file, well and badly written."""

    def found(self, *servers, kind="imap", head=""):
        return read_config(config_xml(*servers, head=head), kind, ADDRESS, "example.test")

    def test_a_server_is_read(self):
        for kind, parts, expected in (
            ("imap", {}, ("imap.example.test", 993, "tls", "auto", ADDRESS)),
            (
                "imap",
                {"port": "143", "socketType": "STARTTLS"},
                ("imap.example.test", 143, "starttls", "auto", ADDRESS),
            ),
            (
                "pop3",
                {"port": "995", "username": "%EMAILLOCALPART%"},
                ("imap.example.test", 995, "tls", "auto", "anna+x"),
            ),
            (
                "smtp",
                {"port": "587", "hostname": "smtp.%EMAILDOMAIN%."},
                ("smtp.example.test", 587, "tls", "auto", ADDRESS),
            ),
            ("imap", {"authentication": "password-encrypted"}, ("imap.example.test", 993, "tls", "auto", ADDRESS)),
            ("imap", {"authentication": "OAuth2"}, ("imap.example.test", 993, "tls", "oauth2", ADDRESS)),
            ("imap", {"username": "%REALNAME%"}, ("imap.example.test", 993, "tls", "auto", "")),
            ("imap", {"username": "x" * 300}, ("imap.example.test", 993, "tls", "auto", "")),
            ("imap", {"username": "a&#10;b"}, ("imap.example.test", 993, "tls", "auto", "")),
            ("imap", {"username": None}, ("imap.example.test", 993, "tls", "auto", "")),
        ):
            with self.subTest(f"{kind} {parts}"):
                found = self.found(server_xml(kind, **parts), kind=kind)
                self.assertEqual((found.host, found.port, found.security, found.auth_method, found.login), expected)

    def test_a_password_is_preferred_to_an_application_that_has_to_be_registered(self):
        both = server_xml(authentication="OAuth2").replace(
            "<authentication>", "<authentication>password-cleartext</authentication><authentication>"
        )
        self.assertEqual(self.found(both).auth_method, "auto")

    def test_unusable_servers_are_passed_over(self):
        good = server_xml(hostname="good.example.test")
        for parts in (
            {"socketType": "plain"},
            {"socketType": None},
            {"port": "0"},
            {"port": "65536"},
            {"port": "²"},
            {"port": "-1"},
            {"port": None},
            {"hostname": "a b"},
            {"hostname": "a&#13;&#10;LOGOUT"},
            {"hostname": "user@host/x"},
            {"hostname": ""},
            {"authentication": "NTLM"},
            {"authentication": None},
        ):
            with self.subTest(str(parts)):
                self.assertIsNone(self.found(server_xml(**parts)))
                self.assertEqual(self.found(server_xml(**parts), good).host, "good.example.test")

    def test_only_the_kind_asked_for_counts(self):
        self.assertIsNone(self.found(server_xml("pop3"), server_xml("smtp")))
        self.assertIsNone(self.found(server_xml("imap"), kind="smtp"))

    def test_entities_and_external_documents_are_refused(self):
        for head in (
            '<!DOCTYPE clientConfig [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE clientConfig SYSTEM "http://127.0.0.1:1/x.dtd">',
            '<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;&b;&b;">]>',
        ):
            with self.subTest(head):
                self.assertIsNone(self.found(server_xml(), head=head))
                self.assertIsNone(self.found(server_xml(username="&x;"), head=head))

    def test_what_is_no_such_file_is_nothing(self):
        for raw in (b"", b"\0\xff", b"<html/>", b"<clientConfig>", b"<clientConfig/>", b"not found", b"<a>" * 100000):
            with self.subTest(raw[:20]):
                self.assertIsNone(read_config(raw, "imap", ADDRESS, "x"))


class NetworkCase(BaseCase):
    """Names and pages of example.test, served on the loopback."""

    names = ("example.test", "autoconfig.example.test", "other.example.test")

    def setUp(self):
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        addresses = {(name, "A"): ["127.0.0.1"] for name in (*self.names, "internal.example.test")}
        self.dns = stack.enter_context(name_server(addresses))
        self.web = stack.enter_context(web_server(*self.names))

    def discovery(self, allowed=names, **options):
        options = {
            "ca_file": self.web.ca_file,
            "nameserver": self.dns.server_address,
            "https_port": self.web.server_address[1],
            **options,
        }
        return Discovery(HostGuard(allowed), **options)


@tagged("post_install", "-at_install")
class TestAnnounced(NetworkCase):
    """RFC 6186 and RFC 8314, asked of a real name server."""

    def test_services(self):
        for kind, records, expected in (
            ("imap", {"_imaps._tcp": ["0 1 993 mail.example.test."]}, ("mail.example.test", 993, "tls")),
            ("imap", {"_imap._tcp": ["0 1 143 mail.example.test."]}, ("mail.example.test", 143, "starttls")),
            (
                "imap",
                {"_imaps._tcp": ["0 1 993 a.example.test."], "_imap._tcp": ["0 1 143 b.example.test."]},
                ("a.example.test", 993, "tls"),
            ),
            (
                "imap",
                {"_imaps._tcp": ["0 0 0 ."], "_imap._tcp": ["0 1 143 b.example.test."]},
                ("b.example.test", 143, "starttls"),
            ),
            (
                "imap",
                {"_imaps._tcp": ["20 9 993 late.test.", "10 1 993 low.test.", "10 5 993 high.test."]},
                ("high.test", 993, "tls"),
            ),
            ("imap", {"_imaps._tcp": ["0 0 0 ."], "_imap._tcp": ["0 0 0 ."]}, None),
            ("imap", {"_imaps._tcp": [r"0 1 993 a\032b.example.test."]}, None),
            ("imap", {"_pop3s._tcp": ["0 1 995 mail.example.test."]}, None),
            ("pop3", {"_pop3s._tcp": ["0 1 995 mail.example.test."]}, ("mail.example.test", 995, "tls")),
            ("pop3", {"_pop3._tcp": ["0 1 110 mail.example.test."]}, ("mail.example.test", 110, "starttls")),
            ("smtp", {"_submissions._tcp": ["0 1 465 mail.example.test."]}, ("mail.example.test", 465, "tls")),
            ("smtp", {"_submission._tcp": ["0 1 587 mail.example.test."]}, ("mail.example.test", 587, "starttls")),
        ):
            with self.subTest(f"{kind} {records}"):
                self.dns.records = {(f"{name}.example.test", "SRV"): values for name, values in records.items()}
                found = self.discovery().announced("example.test", kind)
                self.assertEqual(found and (found.host, found.port, found.security), expected)

    def test_receiving_servers_come_in_the_order_of_preference(self):
        self.dns.records["example.test", "MX"] = ["20 b.example.test.", "10 A.example.test."]
        self.assertEqual(self.discovery().mail_hosts("example.test"), ["a.example.test", "b.example.test"])
        self.dns.records["example.test", "MX"] = ["0 ."]
        self.assertEqual(self.discovery().mail_hosts("example.test"), [])

    def test_names_in_other_scripts_are_asked_as_the_dns_has_them(self):
        self.dns.records["xn--bcher-kva.test", "MX"] = ["10 mx.example.test."]
        self.assertEqual(self.discovery().mail_hosts("Bücher.test"), ["mx.example.test"])

    def test_nonsense_is_asked_of_nobody(self):
        discovery = self.discovery()
        for domain in ("", "a b", "a\r\nb", ".", "x" * 70, "a..b", "@"):
            with self.subTest(domain):
                self.assertEqual(discovery.mail_hosts(domain), [])
                self.assertIsNone(discovery.announced(domain, "imap"))
                self.assertIsNone(discovery.published(f"anna@{domain}", "imap"))
        self.assertEqual(self.web.connections, [])


@tagged("post_install", "-at_install")
class TestPublished(NetworkCase):
    """The provider's file, fetched from a real https server."""

    def page(self, hostname="imap.example.test"):
        return (200, {}, config_xml(server_xml(hostname=hostname)))

    def host(self, **options):
        found = self.discovery(**options).published(ADDRESS, "imap")
        return found and found.host

    def redirect(self, url):
        return (302, {"Location": url.replace("PORT", str(self.web.server_address[1]))}, b"")

    def test_the_autoconfig_host_is_told_the_address(self):
        self.web.pages[FIRST] = self.page()
        found = self.discovery().published(ADDRESS, "imap")
        self.assertEqual((found.host, found.place), ("imap.example.test", "autoconfig.example.test"))
        self.assertEqual(self.web.requests, [(FIRST[0], f"{FIRST[1]}?emailaddress=anna%2Bx%40example.test")])

    def test_the_well_known_address_comes_second_and_without_the_address(self):
        self.web.pages[SECOND] = self.page()
        self.assertEqual(self.host(), "imap.example.test")
        self.assertEqual(self.web.requests[-1], SECOND)

    def test_a_host_that_is_not_released_is_not_connected_to(self):
        self.web.pages[FIRST] = self.web.pages[SECOND] = self.page()
        self.assertIsNone(self.host(allowed=()))
        self.assertEqual(self.web.connections, [])
        self.assertEqual(self.host(allowed=("127.0.0.0/8",)), "imap.example.test")

    def test_the_certificate_must_be_trusted_and_fit(self):
        self.web.pages[FIRST] = self.page()
        self.assertIsNone(self.host(ca_file=None))
        with web_server("other.example.test") as other:
            other.pages[FIRST] = other.pages[SECOND] = self.page()
            self.assertIsNone(self.host(ca_file=other.ca_file, https_port=other.server_address[1]))
            self.assertTrue(other.connections)
            self.assertEqual(other.requests, [])
        self.assertEqual(self.web.requests, [])

    def test_a_redirect_is_followed(self):
        self.web.pages[FIRST] = self.redirect("https://other.example.test:PORT/a?b=c")
        self.web.pages["other.example.test", "/a"] = self.page()
        self.assertEqual(self.host(), "imap.example.test")
        self.web.pages[FIRST] = self.redirect("/relative")
        self.web.pages[FIRST[0], "/relative"] = self.page("relative.example.test")
        self.assertEqual(self.host(), "relative.example.test")

    def test_other_redirects_are_not_followed(self):
        page = ("other.example.test", "/a")
        for allowed, url in (
            (self.names, "http://other.example.test:PORT/a"),
            (self.names, "https://other.example.test:1/a"),
            (self.names, "https://other.example.test/a"),
            (self.names, "https://user:secret@other.example.test:PORT/a"),
            (self.names, "https://internal.example.test:PORT/a"),
            (self.names, "https://127.0.0.1:PORT/a"),
            (("autoconfig.example.test",), "https://other.example.test:PORT/a"),
            (self.names, "https://other.example.test:PORT/a b"),
            (self.names, "file:///etc/hostname"),
            (self.names, "https://["),
            (self.names, ""),
        ):
            with self.subTest(url):
                self.web.requests.clear()
                self.web.pages = {
                    FIRST: self.redirect(url),
                    page: self.page(),
                    ("internal.example.test", "/a"): self.page(),
                }
                self.assertIsNone(self.host(allowed=allowed))
                self.assertEqual({host for host, _path in self.web.requests} - {FIRST[0], SECOND[0]}, set())

    def test_a_circle_of_redirects_ends(self):
        self.web.pages[FIRST] = self.redirect(f"https://{FIRST[0]}:PORT{FIRST[1]}")
        self.assertIsNone(self.host())
        self.assertEqual(len([request for request in self.web.requests if request[0] == FIRST[0]]), 4)

    def test_answers_that_are_no_settings(self):
        good = self.page()[2]
        for page in (
            (404, {}, good),
            (500, {}, good),
            (204, {}, b""),
            (200, {}, b"<html/>"),
            (200, {}, good + b" " * 300_000),
            (200, {"Content-Length": "999999"}, good[:-20]),  # cut in the middle
            lambda out: out.write(b"nonsense\r\n\r\n"),
            lambda out: out.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n" + good),
            lambda out: out.write(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000),
        ):
            with self.subTest(str(page)[:60]):
                self.web.pages = {FIRST: page}
                self.assertIsNone(self.host())

    def test_one_time_limit_holds_for_everything(self):
        def drip(out):
            out.write(b"HTTP/1.1 200 OK\r\n\r\n")
            for _byte in range(100):
                out.write(b" ")
                time.sleep(0.1)

        self.web.pages = {FIRST: drip, SECOND: drip}
        started = time.monotonic()
        self.assertIsNone(self.host(seconds=1))
        self.assertLess(time.monotonic() - started, 8)

    def test_a_server_that_accepts_and_says_nothing_keeps_to_the_limit(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            started = time.monotonic()
            self.assertIsNone(self.host(seconds=1, https_port=mute.getsockname()[1]))
            self.assertLess(time.monotonic() - started, 8)


@tagged("post_install", "-at_install")
class TestOffline(NetworkCase):
    def assert_nothing(self, discovery, seconds):
        started = time.monotonic()
        self.assertEqual(discovery.mail_hosts("example.test"), [])
        self.assertIsNone(discovery.announced("example.test", "imap"))
        self.assertIsNone(discovery.published(ADDRESS, "imap"))
        self.assertLess(time.monotonic() - started, seconds)

    def test_a_silent_name_server_is_given_up_after_the_first_question(self):
        self.dns.silent = True
        self.assert_nothing(self.discovery(), 3)
        self.assertEqual({kind for _name, kind in self.dns.questions}, {"MX"})

    def test_nobody_at_the_name_server(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
            unused.bind(("127.0.0.1", 0))
            address = unused.getsockname()
        self.assert_nothing(self.discovery(nameserver=address), 4)

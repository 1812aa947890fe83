"""Finding a mailbox's server from the e-mail address alone.

In the DNS (RFC 6186, RFC 8314), then in the file that providers publish for mail programs (Mozilla's
``config-v1.1.xml``). Whatever goes wrong means "nothing found"; nothing here raises, and all of it together keeps to
one time limit. Settings without encryption are passed over: nobody should get them as a suggestion.
"""

import contextlib
import http.client
import logging
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import etree

from . import https
from .dns_records import Deadline, DnsRecords, is_host_name
from .errors import ProtocolError
from .host_guard import HostGuard, ascii_host

_logger = logging.getLogger(__name__)

SECONDS = 6.0
# A dead first address must leave time for the second.
_SECONDS_TO_CONNECT = 2.0
_SIZE_LIMIT = 256 * 1024
_REDIRECTS = 3
_LONGEST_LOGIN = 256

# Implicit TLS first, as RFC 8314 wants it.
_SERVICES = {
    "imap": (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls")),
    "pop3": (("_pop3s._tcp", "tls"), ("_pop3._tcp", "starttls")),
    "smtp": (("_submissions._tcp", "tls"), ("_submission._tcp", "starttls")),
}
_ELEMENTS = {"imap": "incomingServer", "pop3": "incomingServer", "smtp": "outgoingServer"}
_SECURITY = {"ssl": "tls", "tls": "tls", "starttls": "starttls"}
# For every password method the automatic choice takes the safest that the server really offers.
_AUTHENTICATION = {
    "password-cleartext": "auto",
    "password-encrypted": "auto",
    "plain": "auto",
    "secure": "auto",
    "oauth2": "oauth2",
}


@dataclass(frozen=True)
class Settings:
    """A server that was found. ``login`` is "" when nothing was said about it; ``place`` is where it was found."""

    host: str
    port: int
    security: str
    auth_method: str
    login: str
    place: str


class Discovery:
    """One search; its time runs from the moment it is made.

    :param nameserver: ``(address, port)``; without one those of the operating system are asked
    """

    def __init__(
        self, guard: HostGuard, *, ca_file=None, seconds=SECONDS, nameserver=None, https_port=http.client.HTTPS_PORT
    ):
        self._deadline = Deadline(seconds)
        self._dns = DnsRecords(self._deadline, nameserver)
        # The system's own lookup cannot be interrupted, so the addresses come from here; the guard judges them.
        self._guard = guard.with_lookup(self._dns.addresses)
        self._ca_file = ca_file
        self._https_port = https_port

    def mail_hosts(self, domain):
        """Return the servers that receive the domain's mail: they tell where it is hosted."""
        with self._quietly("MX records", domain):
            return self._dns.mail_hosts(ascii_host(domain))
        return []

    def announced(self, domain, kind):
        """Return what the domain announces in the DNS for "imap", "pop3" or "smtp", else ``None``."""
        with self._quietly("SRV records", domain):
            domain = ascii_host(domain)
            for service, security in _SERVICES[kind]:
                for host, port in self._dns.services(f"{service}.{domain}")[:1]:
                    return Settings(host, port, security, "auto", "", domain)
        return None

    def published(self, address, kind):
        """Return what the provider's file for mail programs says about this address, else ``None``.

        The whole address goes to the domain's own autoconfig host and to no other place.
        """
        with self._quietly("autoconfig address", address.rpartition("@")[2]):
            domain = ascii_host(address.rpartition("@")[2])
            query = urlencode({"emailaddress": address})
            for url in (
                self._url(f"autoconfig.{domain}", f"/mail/config-v1.1.xml?{query}"),
                self._url(domain, "/.well-known/autoconfig/mail/config-v1.1.xml"),
            ):
                host = urlsplit(url).hostname
                with self._quietly("autoconfig file", host):
                    settings = read_config(self._get(url), kind, address, host)
                    if settings:
                        return settings
        return None

    @contextlib.contextmanager
    def _quietly(self, what, where):
        try:
            yield
        except (ProtocolError, OSError, http.client.HTTPException, ValueError) as error:
            _logger.debug("No mail settings from the %s of %s: %s", what, where, error or type(error).__name__)

    def _url(self, host, target):
        port = "" if self._https_port == http.client.HTTPS_PORT else f":{self._https_port}"
        return f"https://{host}{port}{target}"

    def _get(self, url):
        """Return the file at an https address, following a few redirects to others."""
        for _attempt in range(1 + _REDIRECTS):
            parts = urlsplit(url)
            port = parts.port or http.client.HTTPS_PORT
            # Other ports or a login in a redirect would make this a tool for knocking at doors.
            if parts.scheme != "https" or port != self._https_port or "@" in parts.netloc:
                raise ValueError(f"refused to follow to {parts.scheme}://{parts.hostname}:{port}")
            answer = https.request(
                "GET",
                url,
                guard=self._guard,
                deadline=self._deadline,
                headers={"Accept": "text/xml, application/xml"},
                ca_file=self._ca_file,
                size_limit=_SIZE_LIMIT,
                seconds_to_connect=_SECONDS_TO_CONNECT,
            )
            if answer.status in (301, 302, 303, 307, 308):
                url = urljoin(url, answer.headers.get("location", ""))
            elif answer.status == 200 and len(answer.body) <= _SIZE_LIMIT:
                return answer.body
            else:
                raise ValueError(f"status {answer.status}, {len(answer.body)} bytes")
        raise ValueError("too many redirects")


def read_config(raw, kind, address, place):
    """Return the first usable server of that kind in Mozilla's format, else ``None``."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    # The format has no document type; whoever declares one is up to something.
    if root.tag != "clientConfig" or root.getroottree().docinfo.doctype:
        return None
    for server in root.findall(f"emailProvider/{_ELEMENTS[kind]}"):
        if (server.get("type") or "").lower() == kind:
            settings = _read_server(server, address, place)
            if settings:
                return settings
    return None


def _read_server(server, address, place):
    host = _fill(server.findtext("hostname"), address).lower().rstrip(".")
    port = (server.findtext("port") or "").strip()
    security = _SECURITY.get((server.findtext("socketType") or "").strip().lower())
    methods = [(element.text or "").strip().lower() for element in server.findall("authentication")]
    offered = [_AUTHENTICATION[method] for method in methods if method in _AUTHENTICATION]
    if not (
        is_host_name(host) and re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536 and security and offered
    ):
        return None
    login = _fill(server.findtext("username"), address)
    if "%" in login or len(login) > _LONGEST_LOGIN or not login.isprintable():
        login = ""
    # OAuth 2.0 needs an application registered beforehand, so a password goes first where it is allowed.
    return Settings(host, int(port), security, "auto" if "auto" in offered else "oauth2", login, place)


def _fill(text, address):
    """Put the parts of the address where the provider wants them."""
    local, _at, domain = address.rpartition("@")
    text = (text or "").strip()
    for placeholder, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
        text = text.replace(f"%{placeholder}%", value)
    return text

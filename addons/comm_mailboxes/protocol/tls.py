"""The one place that builds TLS contexts and judges certificates, for IMAP, POP3 and SMTP."""

import contextlib
import functools
import hashlib
import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from .errors import (
    CaFileUnreadable,
    CertificateExpired,
    CertificateNameMismatch,
    CertificateNotTrusted,
    CertificateNotYetValid,
    CertificateSelfSigned,
    ConnectionLost,
    ServerSilent,
    TlsFailed,
    TlsNotSpoken,
)
from .host_guard import ascii_host

# OpenSSL's X509_V_ERR_* numbers, as SSLCertVerificationError.verify_code gives them
_NOT_YET_VALID = 9
_EXPIRED = 10
_SELF_SIGNED = 18
_UNTRUSTED = {2, 19, 20, 21, 24, 27, 28, 29, 30, 33}
# What OpenSSL says when the other side answers a ClientHello with plain text
_PLAIN_TEXT_REASONS = {
    "WRONG_VERSION_NUMBER",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
}


@dataclass(frozen=True)
class Certificate:
    """What a person wants to know of a server's certificate. Times are naive UTC."""

    subject: str
    names: tuple[str, ...]
    issuer: str
    not_before: datetime | None
    not_after: datetime | None
    sha256: str


def build_context(*, verify=True, ca_file=None):
    """Return a client context: system trust store plus ``ca_file``.

    OpenSSL checks the chain; names are checked in :func:`start_tls`, because the expected one may differ from the
    one connected to. Without ``verify`` the connection is encrypted all the same.
    """
    stamp = None
    if ca_file:
        try:
            stamp = os.stat(ca_file).st_mtime_ns
        except OSError as error:
            raise CaFileUnreadable(ca_file) from error
    return _build_context(bool(verify), str(ca_file) if ca_file else None, stamp)


@functools.lru_cache(maxsize=8)
def _build_context(verify, ca_file, _stamp):
    # Reading the system's trust store takes longer than a whole handshake, hence the cache.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
        return context
    context.verify_mode = ssl.CERT_REQUIRED
    # A server's own certificate in ca_file is an anchor too.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise CaFileUnreadable(ca_file) from error
    return context


def start_tls(sock, *, context, server_name, expected_name=None):
    """Do the TLS handshake and check the name; the socket is closed when either fails.

    ``server_name`` goes out as SNI; the certificate must carry ``expected_name`` or, without one, ``server_name``.
    """
    port = sock.getpeername()[1]
    seconds = sock.gettimeout()
    try:
        secure = context.wrap_socket(sock, server_hostname=ascii_host(server_name))
    except ssl.SSLCertVerificationError as error:
        raise rejection(error.verify_code, error.verify_message, server_name, port) from error
    except TimeoutError as error:
        raise ServerSilent(server_name, f"{seconds:g}", step="tls") from error
    except ssl.SSLError as error:
        if error.reason in _PLAIN_TEXT_REASONS:
            raise TlsNotSpoken(server_name, port) from error
        reason = (error.reason or error.strerror or "TLS").replace("_", " ").lower()
        raise TlsFailed(server_name, port, reason) from error
    except OSError as error:
        raise ConnectionLost(server_name, step="tls") from error
    if context.verify_mode == ssl.CERT_REQUIRED:
        try:
            _check_name(secure, server_name, expected_name or server_name)
        except BaseException:
            secure.close()
            raise
    return secure


def _check_name(secure, server_name, expected):
    certificate = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True))
    dns_names, addresses, common_name = _identities(certificate)
    if not name_matches(expected, dns_names, addresses, common_name):
        names = dns_names + addresses or (common_name,)
        error = CertificateNameMismatch(server_name, expected, names)
        error.certificate = peer_certificate(secure)
        raise error


def rejection(verify_code, reason, host, port, certificate=None):
    """Return the error for a chain that OpenSSL did not accept; ``certificate`` adds who and when."""
    if verify_code == _EXPIRED:
        error = CertificateExpired(host, certificate.not_after.date() if certificate else "?")
    elif verify_code == _NOT_YET_VALID:
        error = CertificateNotYetValid(host, certificate.not_before.date() if certificate else "?")
    elif verify_code == _SELF_SIGNED:
        error = CertificateSelfSigned(host, certificate.issuer if certificate else "?")
    elif verify_code in _UNTRUSTED:
        error = CertificateNotTrusted(host, certificate.issuer if certificate else "?")
    else:
        return TlsFailed(host, port, reason)
    error.verify_code = verify_code
    error.certificate = certificate
    return error


def name_matches(expected, dns_names=(), addresses=(), common_name=""):
    """Say whether a certificate carries the expected name (RFC 6125).

    SAN dNSName with ``*`` as the whole left-most label, SAN iPAddress; the common name only without a dNSName.
    """
    expected = _comparable(expected)
    try:
        wanted = ipaddress.ip_address(expected)
    except ValueError:
        pass
    else:
        if addresses or dns_names:
            return any(wanted == ipaddress.ip_address(address) for address in addresses)
        return expected == _comparable(common_name)
    candidates = dns_names or ((common_name,) if common_name else ())
    return any(_matches_pattern(expected, _comparable(candidate)) for candidate in candidates)


def _matches_pattern(expected, pattern):
    if expected == pattern:
        return bool(expected)
    left, _dot, right = pattern.partition(".")
    # "*.com" would stand for a whole top-level domain.
    if left != "*" or "." not in right or "*" in right:
        return False
    first, _dot, rest = expected.partition(".")
    return bool(first) and rest == right


def _comparable(name):
    name = name.strip().strip("[]").rstrip(".").lower()
    if not name.isascii():
        with contextlib.suppress(Exception):
            return ascii_host(name)
    return name


def peer_certificate(sock):
    """Return the server's certificate for display, or None without TLS."""
    der = sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None
    return read_certificate(der) if der else None


def read_certificate(der):
    """Read a DER certificate; a malformed one keeps at least its fingerprint."""
    digest = hashlib.sha256(der).hexdigest()
    fingerprint = ":".join(digest[i : i + 2] for i in range(0, len(digest), 2)).upper()
    try:
        certificate = x509.load_der_x509_certificate(der)
        dns_names, addresses, common_name = _identities(certificate)
        return Certificate(
            subject=_readable(certificate.subject),
            names=dns_names + addresses or ((common_name,) if common_name else ()),
            issuer=_readable(certificate.issuer),
            not_before=certificate.not_valid_before_utc.replace(tzinfo=None),
            not_after=certificate.not_valid_after_utc.replace(tzinfo=None),
            sha256=fingerprint,
        )
    except ValueError:
        return Certificate("", (), "", None, None, fingerprint)


def _identities(certificate):
    """Return dNSNames, iPAddresses (as text) and the most specific common name."""
    dns_names = addresses = ()
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
        dns_names = tuple(extension.get_values_for_type(x509.DNSName))
        addresses = tuple(str(address) for address in extension.get_values_for_type(x509.IPAddress))
    except (x509.ExtensionNotFound, ValueError):
        pass
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return dns_names, addresses, str(common[-1].value) if common else ""


def _readable(name):
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    organization = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    parts = [str(found[-1].value) for found in (common, organization) if found]
    return ", ".join(dict.fromkeys(parts)) or name.rfc4514_string()

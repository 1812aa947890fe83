"""Addresses beyond ASCII, where the server knows them (RFC 6531) and where not.

A domain has a form in ASCII, a local part has none: who has such an address gets nothing from a server without SMTPUTF8.
The others get a header that any server and reader takes: an address that cannot stand in it is a group without members
under that name (RFC 6857, 3.1).
"""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses

from . import mime_write
from .errors import RecipientRefused, SenderRefused, UnsafeArgument, _, refuse_unsafe
from .host_guard import ascii_host

# What the verdict about such a recipient says; nobody asked the server.
UNKNOWN_HERE = (553, "SMTPUTF8")
ADDRESSES = {"from", "to", "cc", "bcc", "reply-to", "sender", "return-path", "errors-to", "disposition-notification-to"}
_END_OF_FIELD = re.compile(rb"\r\n(?![ \t])")


class RecipientNotInAscii(RecipientRefused):
    """The server lacks SMTPUTF8 (RFC 6531)."""

    template = _(
        "The server takes no addresses with letters like ä or é before the @: %(recipient)s. Use another address."
    )
    fields = ("recipient",)


class SenderNotInAscii(SenderRefused):
    """The server lacks SMTPUTF8 (RFC 6531)."""

    template = _(
        "The server %(host)s takes no addresses with letters like ä or é before the @, so %(sender)s cannot send"
        " through it. Use another address, or another server."
    )
    fields = ("host", "sender")


@dataclass(frozen=True)
class Wire:
    """A mail as it goes to a server.

    - ``told``: ``{recipient as given: as the server is told}``, without those whom it cannot know
    - ``utf8``: whether MAIL needs the option SMTPUTF8
    """

    sender: str
    told: dict
    message: bytes
    utf8: bool


def for_wire(sender, recipients, message, *, offered):
    """Return the :class:`Wire` for a server that offers SMTPUTF8 or not.

    :raise UnsafeArgument: for what is no address
    """
    sender = wire_address(sender) if sender else ""
    told = {recipient: wire_address(recipient) for recipient in recipients}
    message = in_ascii(message, keep_addresses=offered)
    utf8 = offered and not ("".join([sender, *told.values()]).isascii() and _head(message).isascii())
    if not utf8:
        told = {recipient: address for recipient, address in told.items() if address.isascii()}
    return Wire(sender, told, message, utf8)


def wire_address(address):
    """Return an address as it goes on the wire: domain in A-labels, no room for another argument or command."""
    refuse_unsafe("address", address)
    local, at, domain = address.strip().rpartition("@")
    quoted = local.startswith('"') and local.endswith('"')
    if not at or not local or any(char in "<>" or (char <= " " and not quoted) for char in local):
        raise UnsafeArgument("address")
    if any(char in "<>" or char <= " " for char in domain):
        raise UnsafeArgument("address")
    return f"{local}@{domain if domain.startswith('[') else ascii_host(domain)}"


def in_ascii(message, *, keep_addresses=False):
    """Return a mail (lines ending with CRLF) whose header is ASCII.

    :param keep_addresses: but for addresses that cannot do without

    >>> in_ascii("To: j\xf6rg@x.example, ben@b\xfccher.example\\r\\n\\r\\nText".encode())
    b'To: =?utf-8?b?asO2cmdAeC5leGFtcGxl?= :;,\\r\\n ben@xn--bcher-kva.example\\r\\n\\r\\nText'
    """
    head = _head(message)
    if head.isascii():
        return message
    fields = _END_OF_FIELD.split(head)
    changed = (field if field.isascii() else _in_ascii(field, keep_addresses) for field in fields)
    return b"\r\n".join(changed) + message[len(head) :]


def is_needed_for(text):
    """Tell whether one of the addresses in a header is not ASCII, whatever the names beside them."""
    return not text.isascii() and not all(address.isascii() for _name, address in getaddresses([text]))


def _head(message):
    return message.partition(b"\r\n\r\n")[0]


def _in_ascii(field, keep_addresses):
    name, _colon, value = field.decode("utf-8", "replace").partition(":")
    value = value.replace("\r\n", "").strip()
    if name.strip().lower() in ADDRESSES:
        pairs = [pair for pair in getaddresses([value]) if any(pair)]
        value = ",\r\n ".join(_address(*pair, keep_addresses) for pair in pairs)
    else:
        value = mime_write.encoded_text(name, _decoded(value))
    return f"{name}: {value}".encode()


def _address(name, address, keep):
    name = _decoded(name)
    try:
        if keep or address.rpartition("@")[0].isascii():
            return mime_write.encoded_address(name, address)
    except UnsafeArgument:
        # No address to begin with: it stays readable.
        pass
    return f"{mime_write.encoded_words(f'{name} {address}'.strip())} :;"


def _decoded(text):
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, UnicodeError, LookupError):
        return text

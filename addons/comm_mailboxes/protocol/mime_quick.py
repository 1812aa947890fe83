"""Mails of a text and an HTML body, built in a tenth of the time that ``email.policy.SMTP`` takes for the same.

The message is an ``EmailMessage`` like any other: headers can be read, replaced and deleted, parts can be added. Its policy
keeps headers as text and encodes them when they are written, with what :mod:`mime_write` does for mails of our own.
"""

import base64
import binascii
import re
from datetime import datetime
from email.contentmanager import raw_data_manager
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, getaddresses
from functools import lru_cache

from . import mime_write
from .errors import UnsafeArgument

ADDRESSES = {"from", "to", "cc", "bcc", "reply-to", "sender", "return-path", "errors-to"}
UNSTRUCTURED = {"subject", "comments"}
# RFC 5322, 3.6.8
_NAME = re.compile(r"[!-9;-~]+")
_LONGEST_LINE = 998


class QuickPolicy(Policy):
    """Text in, encoded and folded lines out."""

    linesep = "\r\n"
    max_line_length = 76
    cte_type = "7bit"
    content_manager = raw_data_manager

    def header_source_parse(self, sourcelines):
        name, _colon, value = sourcelines[0].partition(":")
        return name, "".join((value, *sourcelines[1:])).strip(" \t\r\n")

    def header_max_count(self, name):
        """How many of these a message may have (RFC 5322, 3.6): a second From would be for the eye of some programs."""
        return SMTP.header_max_count(name)

    def header_store_parse(self, name, value):
        if not _NAME.fullmatch(name):
            raise ValueError("Header names consist of printable ASCII characters, without a colon")
        if isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        elif isinstance(value, datetime):
            value = format_datetime(value)
        value = str(value)
        # As EmailPolicy: nothing that a user typed may begin a header of its own.
        if "\n" in value or "\r" in value:
            raise ValueError("Header values may not contain linefeed or carriage return characters")
        return name, value

    def header_fetch_parse(self, _name, value):
        return value

    def fold(self, name, value):
        return f"{name}: {_folded(name, value)}\r\n"

    def fold_binary(self, name, value):
        return self.fold(name, value).encode()


@lru_cache(maxsize=500)
def _folded(name, value):
    if "\r\n " in value:
        # Written by set_raw, as it stands.
        return value
    if name.lower() in ADDRESSES and (pairs := getaddresses([value])):
        try:
            return mime_write._addresses(pairs)
        except UnsafeArgument:
            # No address: Odoo tells why it is not sent, or it is a name for the eye.
            pass
    if name.lower() in UNSTRUCTURED or not value.isascii():
        return mime_write.encoded_text(name, value)
    return _wrapped(value, len(name) + 2)


def _wrapped(value, used):
    """Fold at blanks only: what a program is to read (a link, a Message-ID) stays in one piece."""
    lines, length = [""], used
    for word in value.split(" "):
        if lines[-1] and length + len(word) >= 76:
            lines.append("")
            length = 1
        lines[-1] += (" " if lines[-1] else "") + word
        length += len(word) + 1
    return "\r\n ".join(lines)


POLICY = QuickPolicy()


class QuickMessage(EmailMessage):
    """Written as the library's generator writes it, as long as it is the text and the parts that were built here."""

    # Headers and body as built, each in the transfer encoding that its header names.
    quick_body = None

    def as_bytes(self, unixfrom=False, policy=None):
        policy = policy or self.policy
        if self.quick_body is None or self._payload is not self.quick_body or unixfrom:
            return super().as_bytes(unixfrom, policy)
        head = [policy.fold_binary(name, value) for name, value in self.raw_items()]
        if isinstance(self.quick_body, str):
            return b"".join([*head, b"\r\n", self.quick_body.encode("ascii")])
        end = f"--{self.get_boundary()}".encode()
        parts = [b"\r\n".join([end, part.as_bytes(policy=policy)]) for part in self.quick_body]
        return b"\r\n".join([b"".join(head), *parts, end + b"--\r\n"])

    def attach(self, payload):
        self.quick_body = None
        super().attach(payload)


def build(headers, text, html):
    """Return the message.

    :param headers: pairs; a value is text, a list of addresses, or a datetime
    """
    message = QuickMessage(policy=POLICY)
    for name, value in headers:
        message[name] = value
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = f'multipart/alternative; boundary="{_boundary(text, html)}"'
    message._payload = message.quick_body = [_part(text, "plain"), _part(html, "html")]
    return message


def _boundary(text, html):
    # "_" stands in no line of base64, and "=_" in none of quoted-printable.
    return f"=_{abs(hash((text, html))):x}"


def _part(text, subtype):
    part = QuickMessage(policy=POLICY)
    encoding, payload = _encoded(text)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = encoding
    part._payload = part.quick_body = payload
    return part


def _encoded(text):
    """Return the transfer encoding that is best for ``text``, and the text in it (RFC 2045, 6)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    raw = text.encode("utf-8", "replace")
    raw = raw if raw.endswith(b"\n") else raw + b"\n"
    foreign = len(raw) - len(raw.decode("ascii", "ignore"))
    if not foreign and b"\0" not in raw and max(map(len, raw.split(b"\n"))) < _LONGEST_LINE and b"\nFrom " not in raw:
        return "7bit", raw.decode("ascii").replace("\n", "\r\n")
    if foreign * 6 < len(raw):
        quoted = binascii.b2a_qp(raw, istext=True).decode("ascii")
        return "quoted-printable", quoted.replace("\r\n", "\n").replace("\n", "\r\n")
    return "base64", base64.encodebytes(raw.replace(b"\n", b"\r\n")).decode("ascii").replace("\n", "\r\n")

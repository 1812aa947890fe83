"""Reads a mail: headers, bodies, attachments. Never raises, whatever the bytes.

``read`` takes what senders really put on the wire. What it cannot read properly it names in ``defect``,
and still gives as many fields as possible; the caller then keeps the source.
"""

import hashlib
import html
import logging
import mimetypes
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from . import (
    mime_address,
    mime_body,
    mime_charset,
    mime_date,
    mime_headers,
    mime_located,
    mime_names,
    mime_parts,
    mime_text,
    mime_tnef,
    mime_transfer,
    sender_check,
)
from . import mime_defects as defects
from .large import LargeBytes
from .mime_body import Body

_logger = logging.getLogger(__name__)

# Goes up when mails can be read that could not before: those with a defect are then read again.
READER_VERSION = 2

# Octets; no line of a mail may be longer (RFC 5322, 2.1.1), and no index takes much more.
_LONGEST_ID = 998

_DISTINCTIVE = re.compile(rb"^(?:message-id|date|received)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_NAMED = re.compile(rb"^message-id[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MADE_ONCE = re.compile(rb"^received[ \t]*:|\bboundary\*?[ \t]*=", re.IGNORECASE | re.MULTILINE)
_ANGLE_ID = re.compile(r"<[^<>]+>")
_CID = re.compile(r"""cid:([^"'\s<>)]+)""", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w:.-]{1,40})", re.IGNORECASE)
_NOT_BLANK = re.compile(rb"[^ \t\r\n\0]")
_BODY_TYPES = ("text/plain", "text/html")
# Texts that are worth keeping as a file wherever they stand
_KEPT_TEXTS = {
    "text/plain",
    "text/html",
    "text/calendar",
    "text/rfc822-headers",
    "text/directory",
    "text/vcard",
    "text/x-vcard",
}
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_TNEF_TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
_DAMAGE = {
    "no header": defects.NO_HEADER,
    "no separator": defects.NO_SEPARATOR,
    "junk": defects.DAMAGED_HEADER,
}


@dataclass(slots=True)
class MimeAttachment:
    name: str
    content_type: str
    content: bytes | LargeBytes
    content_id: str = ""
    inline: bool = False


@dataclass(slots=True)
class MimeMessage:
    subject: str = ""
    email_from: str = ""
    email_to: str = ""
    email_cc: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    reply_to: str = ""
    references: str = ""
    date: datetime | None = None
    body_html: str = ""
    body_text: str = ""
    snippet: str = ""
    attachments: list[MimeAttachment] = field(default_factory=list)
    identity: str = ""
    defect: str = ""
    # See sender_check: what mail servers said of the sender.
    sender_checks: str = ""
    # What was signed are the very bytes of the mail: nothing that is made of them can be verified.
    is_signed: bool = False


def identity_of(header, size):
    """The identity of a mail from its header block and size, the same as ``read(raw).identity``.

    The header holds Message-ID and Date, so its hash covers them. "" for a mail that has neither of them, nor
    a Received line: nothing tells it from another of its size, so it must never be taken for one already known.
    """
    header = _with_newlines(header)
    start = mime_headers.find_start(header)
    block = header[start : mime_headers.find_end(header, start, len(header))[0]].strip()
    if not _DISTINCTIVE.search(block):
        return ""
    return hashlib.blake2b(block, digest_size=20, salt=size.to_bytes(8, "big")).hexdigest()


def is_made_once(header):
    """Whether no other mail has this header: it holds the line of a server that delivered it, or a boundary of parts."""
    return bool(_MADE_ONCE.search(_with_newlines(header)))


def has_message_id(header):
    return bool(_NAMED.search(_with_newlines(header)))


def read(raw):
    """The ``MimeMessage`` that the bytes ``raw`` are."""
    reader = _Reader(raw)
    for step in (reader.open, reader.read_header, reader.read_bodies, reader.mark_inline):
        try:
            step()
        except Exception:
            # A mail that trips our code must not stop the mailbox: it is kept raw and read again after an update
            _logger.exception("A mail could not be read (%s)", step.__name__)
            reader.problems.add(defects.UNREADABLE)
    reader.message.defect = "\n".join(sorted(reader.problems))
    return reader.message


def _with_newlines(raw):
    """Old programs end lines with CR alone; the mail then holds no LF at all."""
    return raw[:].replace(b"\r", b"\n") if b"\n" not in raw and b"\r" in raw else raw


class _Reader:
    def __init__(self, raw):
        self.raw = raw
        self.message = MimeMessage()
        self.problems = set()
        self.data = raw
        self.header = mime_headers.Header()
        self.located = {}  # Content-Location to attachment
        self.base = ""
        self.tnef_body = None
        self.tnef_budget = mime_tnef.Budget()
        self.room = mime_body.MAX_SIZE

    def open(self):
        self.message.identity = identity_of(self.raw, len(self.raw))
        self.data = _with_newlines(self.raw)
        self.header = mime_headers.parse(self.data, mime_headers.find_start(self.data), len(self.data))

    def read_header(self):
        header, message = self.header, self.message
        if not _NOT_BLANK.search(self.data):
            self.problems.add(defects.EMPTY)
            return
        if header.damage:
            self.problems.add(_DAMAGE[header.damage])
        kind, parameters = mime_headers.content_type(header.first("content-type"))
        # Raw 8-bit headers are mostly in the charset of the text
        charset = parameters.get("charset", "") if kind.startswith("text/") else ""
        message.subject = mime_headers.decode(header.first("subject"), charset)
        authors = header.get("from") or header.get("sender") or []
        message.email_from = mime_address.readable(authors, charset)
        message.email_to = mime_address.readable(header.get("to", []), charset)
        message.email_cc = mime_address.readable(header.get("cc", []), charset)
        message.reply_to = mime_address.readable(header.get("reply-to", []), charset)
        message.message_id = _ids(header.first("message-id"), limit=1)
        message.in_reply_to = _ids(header.first("in-reply-to"), limit=1)
        message.references = _ids(" ".join(header.get("references", [])))
        message.sender_checks = sender_check.kept(
            self.data[header.start : min(header.end, header.start + mime_headers.MAX_BLOCK)]
        )
        if value := header.first("date"):
            message.date = mime_date.parse(mime_headers.decode(value))
            if not message.date:
                self.problems.add(defects.BAD_DATE)

    def read_bodies(self):
        tree = mime_parts.parse(self.data, self.header, self.problems)
        body = self._body(tree, embedded=True)
        if self.tnef_body and not body.html and not (body.text or "").strip():
            body = self.tnef_body
        message = self.message
        message.body_html = body.html or ""
        if self.located and message.body_html:
            message.body_html = mime_located.with_content_ids(message.body_html, self.base, self.located)
        message.body_text = body.as_text()
        message.snippet = mime_text.snippet(message.body_text)

    def mark_inline(self):
        """Images that the HTML shows by their Content-ID (RFC 2392)."""
        if not any(attachment.content_id for attachment in self.message.attachments):
            return
        shown = {unquote(html.unescape(found)) for found in _CID.findall(self.message.body_html)}
        for attachment in self.message.attachments:
            attachment.inline = bool(attachment.content_id) and attachment.content_id in shown

    def _body(self, part, embedded=False):
        """What ``part`` gives to the bodies. Anything else becomes an attachment on the way.

        ``embedded``: the part stands where a body belongs, so a name alone makes it no attachment.
        """
        if part.children:
            if part.content_type == "multipart/signed":
                self.message.is_signed = True
            if part.content_type == "multipart/alternative":
                return self._alternatives(part)
            if part.content_type == "multipart/related":
                return self._related(part)
            return mime_body.sequence(
                [
                    self._body(child, embedded=not index and not child.disposition_parameters.get("filename"))
                    for index, child in enumerate(part.children)
                ]
            )
        if part.content_type.startswith("multipart/"):
            return Body()
        if self._is_attachment(part, embedded):
            self._attach(part)
            return Body()
        text = self._text(part)
        return Body(html=text) if part.content_type == "text/html" else Body(text=text)

    def _alternatives(self, part):
        """The last HTML and the first plain text. Presentations for special devices (AMP, Apple Watch) are left out."""
        bodies, others = [], []
        for child in part.children:
            if child.main_type == "text" and child.content_type not in _KEPT_TEXTS and not child.disposition:
                others.append(child)
            else:
                bodies.append(self._body(child, embedded=True))
        texts = [body.text for body in bodies if body.text and body.text.strip()]
        htmls = [body.html for body in bodies if body.html and body.html.strip()]
        if not texts and not htmls and others:
            return Body(text=self._text(others[0]))
        return Body(texts[0] if texts else None, htmls[-1] if htmls else None)

    def _related(self, part):
        """The root (RFC 2387) and what it embeds. Some senders put both alternatives in here."""
        root = self._root(part)
        bodies = [self._body(root, embedded=True)]
        for child in part.children:
            if child is root:
                continue
            if child.content_type in _BODY_TYPES and not child.named and not child.header.first("content-id"):
                bodies.append(self._body(child, embedded=True))
            elif child.children:
                bodies.append(self._body(child))
            else:
                self._attach(child)
        if len(bodies) == 2 and bodies[0].html is None and bodies[1].text is None:
            return Body(bodies[0].text, bodies[1].html)
        return mime_body.sequence(bodies)

    @staticmethod
    def _root(part):
        start = part.parameters.get("start", "").strip("<> ")
        for child in part.children:
            if start and child.header.first("content-id").strip("<> ") == start:
                return child
        return part.children[0]

    @staticmethod
    def _is_attachment(part, embedded):
        if part.disposition == "attachment" or part.main_type != "text":
            return True
        if part.content_type not in _BODY_TYPES and not (embedded and part.content_type not in _KEPT_TEXTS):
            return True
        if embedded:
            return False
        return bool(part.named)

    def _text(self, part):
        content = part.content(self.problems)
        charset = part.parameters.get("charset", "")
        if part.content_type == "text/html":
            self.base = self.base or mime_headers.decode(part.header.first("content-location"))
            if not charset and (meta := _META_CHARSET.search(content[:4000])):
                charset = meta[1].decode("ascii", "replace")
            return self._shown(part, content, charset)
        if b"begin" in content:
            content, files = mime_transfer.uuencoded_files(content[:], self.problems)
            for name, inner in files:
                self._add_file(mime_charset.decode(name)[0], inner)
        text = self._shown(part, content, charset)
        if _PGP_SIGNED in text:
            self.message.is_signed = True  # over the lines as they are
        elif part.parameters.get("format", "").lower() == "flowed":
            text = mime_text.unflow(text, part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _shown(self, part, content, charset):
        """What of a text belongs to the body: all of it, but of a very large one its beginning. That one is a file as well."""
        if len(content) > self.room:
            self.problems.add(defects.LARGE_TEXT)
            self._add_part(part, content)
            content = mime_body.beginning(content, self.room, charset)
        self.room -= len(content)
        text, intact = mime_charset.decode(content[:], charset)
        if not intact:
            self.problems.add(defects.UNKNOWN_CHARSET)
        return mime_text.normalised(text)

    def _attach(self, part):
        content = part.content(self.problems)
        if part.content_type in _TNEF_TYPES or part.named.lower() == "winmail.dat":
            if content[: len(mime_tnef.SIGNATURE)] == mime_tnef.SIGNATURE:
                if self._open_tnef(content):
                    return
            elif part.content_type in _TNEF_TYPES:
                self.problems.add(defects.BROKEN_TNEF)
        self._add_part(part, content)

    def _add_part(self, part, content):
        number = len(self.message.attachments) + 1
        attachment = MimeAttachment(
            name=mime_names.of(part, number),
            content_type=part.content_type,
            content=content,
            content_id=mime_headers.decode(part.header.first("content-id")).strip("<> "),
        )
        self.message.attachments.append(attachment)
        if location := part.header.first("content-location"):
            self.located.setdefault(mime_headers.decode(location), attachment)

    def _open_tnef(self, content):
        """Takes the files out of a winmail.dat, and its text for the case that the mail has none.

        :return: whether nothing worth keeping is left in it
        """
        tnef = mime_tnef.read(content, self.tnef_budget)
        for file in tnef.files:
            self._add_file(file.name, file.content, file.content_type, file.content_id)
        if is_large := len(tnef.html) + len(tnef.text) > self.room:
            self.problems.add(defects.LARGE_TEXT)
        elif not self.tnef_body and (tnef.html.strip() or tnef.text.strip()):
            self.tnef_body = Body(mime_text.normalised(tnef.text) or None, mime_text.normalised(tnef.html) or None)
        if not tnef.intact:
            self.problems.add(defects.BROKEN_TNEF)
        return tnef.intact and tnef.is_note and not is_large

    def _add_file(self, name, content, kind="", content_id=""):
        """A file that came within another part, of which little more than the name is known."""
        name = mime_names.cleaned(name)
        guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = mime_headers.content_type(kind, guess)[0]
        name = name or mime_names.made_up(kind, len(self.message.attachments) + 1)
        self.message.attachments.append(
            MimeAttachment(name, kind, content, mime_headers.one_line(content_id.replace("\0", "")))
        )


def _ids(value, limit=None):
    """Message identifiers of a header, each in angle brackets, one space between them."""
    found = _ANGLE_ID.findall(value) or [f"<{word}>" for word in value.split() if "@" in word or limit == 1]
    found = ["".join(mime_headers.decode(identifier).split()) for identifier in found[:limit]]
    return " ".join(each for each in dict.fromkeys(found) if len(each.encode(errors="replace")) <= _LONGEST_ID)

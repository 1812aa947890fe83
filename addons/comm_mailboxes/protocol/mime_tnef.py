"""TNEF (MS-OXTNEF), the winmail.dat that Outlook sends to those whom it takes for Outlook users.

Written for hostile input: every count and length is checked against the bytes that are there, so the work is bounded
by the size, and nothing raises. (tnefparse, the one such library on PyPI, lets sixty bytes take all memory, and cuts NULs
off the end of files.)
"""

import base64
import re
import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from . import mime_charset, mime_codepage, mime_rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_BODY = 8_000_000  # bytes
MAX_PROPERTIES = 10_000
MAX_DEPTH = 8  # messages within messages

# Attributes by their id; level 1 is the message, 2 an attachment
_MESSAGE_CLASS, _SUBJECT, _BODY, _MESSAGE_PROPERTIES, _OEM_CODEPAGE = 0x8008, 0x8004, 0x800C, 0x9003, 0x9007
_NEXT_FILE, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005

# Properties (MS-OXPROPS) by their id
_P_CLASS, _P_SUBJECT, _P_DATE, _P_TO = 0x001A, 0x0037, 0x0039, 0x0E04
_P_SENDER, _P_SENDER_ADDRESS, _P_SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_P_TEXT, _P_RTF, _P_HTML, _P_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_P_DATA, _P_EXTENSION, _P_NAME, _P_LONG_NAME, _P_TYPE, _P_CID, _P_DISPLAY_NAME = (
    0x3701, 0x3703, 0x3704, 0x3707, 0x370E, 0x3712, 0x3001,
)  # fmt: skip

# Bytes of values of fixed size; those of one or two bytes are filled up to four
_FIXED = {2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_VARIABLE = {0, _STRING8, _UNICODE, _OBJECT, _BINARY}  # 0: of unknown type
_MULTIPLE = 0x1000

_MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")  # IID_IMessage
_OBJECTS = (_MESSAGE_OBJECT, bytes.fromhex("0b00000000000000c000000000000046"))  # and IID_IStorage
# Of other messages (appointments, contacts, tasks) the properties say more than text and files do
_NOTE = re.compile(r"(?:ipm(?:\.note.*|\.microsoft mail\.note)?)?", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9 ._@+-]*")


@dataclass(slots=True)
class Budget:
    """What all TNEF of one mail together may cost, however it is nested."""

    files: int = 1000
    rtf: int = 4_000_000  # bytes, unpacked


@dataclass(slots=True)
class TnefFile:
    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Tnef:
    """What a winmail.dat holds.

    ``intact``: all of it was understood. ``is_note``: it is an ordinary mail, of which nothing is lost besides its looks.
    """

    subject: str = ""
    sender: str = ""
    sender_address: str = ""
    to: str = ""
    date: datetime | None = None
    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)
    message_class: str = ""
    intact: bool = True

    @property
    def is_note(self):
        return bool(_NOTE.fullmatch(self.message_class))


class _Broken(Exception):
    """The bytes end before what they announce, or announce what there cannot be."""


def read(data, budget=None):
    """The :class:`Tnef` in the bytes ``data``. Never raises: see ``intact``.

    :param budget: the :class:`Budget` of the mail that it is a part of
    """
    return _read(memoryview(data), budget or Budget(), 0)


def _read(data, budget, depth):
    reader = _Reader(data, budget, depth)
    try:
        reader.read()
    except _Broken:
        reader.tnef.intact = False
        if reader.file and not reader.file.content:
            reader.file = None  # cut off before its content
    reader.finish()
    return reader.tnef


class _Reader:
    def __init__(self, data, budget, depth):
        self.data = data
        self.budget = budget
        self.depth = depth
        self.tnef = Tnef()
        self.charset = "cp1252"
        self.html_charset = ""
        self.html = self.rtf = b""  # as they came: what says their charset may follow
        self.file = None
        self.names = {}
        self.seen = set()

    def read(self):
        if bytes(self.data[:4]) != SIGNATURE:
            raise _Broken
        position, end = 6, len(self.data)
        if end <= position:
            raise _Broken
        while position + 11 <= end:
            level, name, _kind, length = struct.unpack_from("<BHHI", self.data, position)
            start, stop = position + 9, position + 9 + length
            if level not in (1, 2):
                break
            if stop + 2 > end:
                raise _Broken
            value = self.data[start:stop]
            if _checksum(value) != int.from_bytes(self.data[stop : stop + 2], "little"):
                self.tnef.intact = False
            if level == 1:
                self._message_attribute(name, value)
            else:
                self._file_attribute(name, value)
            position = stop + 2
        # Some programs fill up with NULs
        if bytes(self.data[position:]).strip(b"\0\r\n\x1a"):
            raise _Broken

    def finish(self):
        """Choose a body, when all that there is was read."""
        self._finish_file()
        tnef = self.tnef
        if self.html and not tnef.html:
            tnef.html = mime_charset.decode(bytes(self.html[:MAX_BODY]), self.html_charset or self.charset)[0]
        if self.rtf and not tnef.html.strip() and not tnef.text.strip():
            rtf = mime_rtf.decompress(self.rtf, self.budget.rtf)
            self.budget.rtf -= len(rtf)
            tnef.text, tnef.html = mime_rtf.read(rtf)

    def _message_attribute(self, name, value):
        tnef = self.tnef
        if name == _OEM_CODEPAGE and len(value) >= 4:
            self.charset = mime_codepage.label_of(_number(value))
        elif name == _MESSAGE_CLASS:
            tnef.message_class = tnef.message_class or self._string(value)
        elif name == _SUBJECT:
            tnef.subject = tnef.subject or self._string(value)
        elif name == _BODY:
            tnef.text = tnef.text or self._string(value[:MAX_BODY])
        elif name == _MESSAGE_PROPERTIES:
            self._message_properties(_properties(value))

    def _message_properties(self, properties):
        tnef = self.tnef
        for key, kind, value in properties:
            if key == _P_CODEPAGE:
                self.html_charset = mime_codepage.label_of(_number(value))
            elif key == _P_RTF:
                self.rtf = value
            elif key == _P_HTML and kind != _UNICODE:
                self.html = value
            elif key == _P_DATE:
                tnef.date = _date(value)
            elif key in _TEXT_FIELDS and kind in (_STRING8, _UNICODE):
                name = _TEXT_FIELDS[key]
                setattr(tnef, name, self._string(value[:MAX_BODY], kind) or getattr(tnef, name))

    def _file_attribute(self, name, value):
        # Some programs leave out what begins a file.
        if name == _NEXT_FILE or self.file is None or name in self.seen & {_FILE_TITLE, _FILE_DATA}:
            self._finish_file()
            self.seen = set()
            if self.budget.files <= 0:
                raise _Broken
            self.budget.files -= 1
            self.file, self.names = TnefFile(), {}
        self.seen.add(name)
        if name == _FILE_TITLE:
            self.names[_P_NAME] = self._string(value)
        elif name == _FILE_DATA:
            self.file.content = bytes(value)
        elif name == _FILE_PROPERTIES:
            self._file_properties(_properties(value))

    def _file_properties(self, properties):
        for key, kind, value in properties:
            if key == _P_DATA and kind in (_OBJECT, _BINARY):
                self._object(value)
            elif kind in (_STRING8, _UNICODE):
                text = self._string(value, kind)
                if key == _P_TYPE:
                    self.file.content_type = self.file.content_type or text
                elif key == _P_CID:
                    self.file.content_id = text.strip("<> ")
                elif text.strip():
                    self.names[key] = text

    def _object(self, value):
        """An embedded message or document, behind the id of its interface."""
        interface = bytes(value[:16])
        inner = value[16:]
        if interface == _MESSAGE_OBJECT and bytes(inner[:4]) == SIGNATURE and self.depth < MAX_DEPTH:
            message = _read(inner, self.budget, self.depth + 1)
            self.tnef.intact &= message.intact
            self.file.content, self.file.content_type = as_mail(message), "message/rfc822"
            self.names[_P_LONG_NAME] = (message.subject.strip() or "message") + ".eml"
        elif not self.file.content:
            self.file.content = bytes(inner if interface in _OBJECTS else value)

    def _finish_file(self):
        if self.file is None:
            return
        names = self.names
        name = names.get(_P_LONG_NAME) or names.get(_P_NAME) or names.get(_P_DISPLAY_NAME) or ""
        extension = names.get(_P_EXTENSION, "")
        if name and "." not in name and extension.startswith("."):
            name += extension
        self.file.name = name
        if name or self.file.content:
            self.tnef.files.append(self.file)
        self.file = None

    def _string(self, value, kind=_STRING8):
        """Text that ends with its first NUL."""
        octets = bytes(value)
        if kind == _UNICODE:
            return octets[: len(octets) & ~1].decode("utf-16-le", "replace").partition("\0")[0]
        return mime_charset.decode(octets.partition(b"\0")[0], self.charset)[0]


_TEXT_FIELDS = {
    _P_CLASS: "message_class",
    _P_SUBJECT: "subject",
    _P_SENDER: "sender",
    _P_SENDER_ADDRESS: "sender_address",
    _P_SENDER_SMTP: "sender_address",
    _P_TO: "to",
    _P_TEXT: "text",
    _P_HTML: "html",
}


def _properties(data):
    """Yields (id, type, value) of a property list (MS-OXTNEF 2.1.3.4); of several values the first. Names are left out."""
    count, position = _number_at(data, 0), 4
    if count > MAX_PROPERTIES:
        raise _Broken
    for _index in range(count):
        head = _number_at(data, position)
        kind, key = head & 0xFFFF, head >> 16
        position += 4
        if key >= 0x8000:  # a property with a name
            position += 20
            size = 0 if not _number_at(data, position - 4) else _number_at(data, position)
            position += 4 + _filled_up(size)
        values = 1
        single = kind & ~_MULTIPLE
        if kind & _MULTIPLE or single in _VARIABLE:
            values = _number_at(data, position)
            position += 4
        value, position = _values(data, position, single, values)
        if value is not None and not kind & _MULTIPLE:
            yield key, single, value


def _values(data, position, kind, count):
    """The first of ``count`` values, and the position after all of them."""
    first = None
    if kind not in _VARIABLE:
        size = _FIXED.get(kind)
        if size is None:
            raise _Broken
        stop = position + _filled_up(size * count)
        if stop > len(data):
            raise _Broken
        return data[position : position + size], stop
    if count > len(data) // 4:
        raise _Broken
    for _index in range(count):
        size = _number_at(data, position)
        position += 4
        if position + size > len(data):
            raise _Broken
        if first is None:
            first = data[position : position + size]
        position += _filled_up(size)
    return first, position


def _filled_up(size):
    return (size + 3) & ~3


def _number_at(data, position):
    if position + 4 > len(data):
        raise _Broken
    return int.from_bytes(data[position : position + 4], "little")


def _number(value):
    return int.from_bytes(value[:4], "little")


def _date(value):
    """FILETIME: tenths of microseconds since 1601."""
    try:
        return datetime(1601, 1, 1) + timedelta(microseconds=int.from_bytes(value[:8], "little") // 10)
    except OverflowError:
        return None


def _checksum(value):
    """The sum of all bytes, modulo 65536. For 256 bytes the lower half of Adler-32 is just that, at the speed of C."""
    return sum(zlib.adler32(value[start : start + 256], 0) & 0xFFFF for start in range(0, len(value), 256)) & 0xFFFF


def as_mail(tnef):
    """The message as the bytes of a mail, for programs that know no TNEF."""
    number = 0
    while any(b"--=_tnef_%d" % number in file.content for file in tnef.files if file.content_type == "message/rfc822"):
        number += 1
    boundary = b"=_tnef_%d" % number
    lines = [b"MIME-Version: 1.0", b"Subject: " + _encoded(tnef.subject)]
    if tnef.sender or tnef.sender_address:
        address = tnef.sender_address if "@" in tnef.sender_address else ""
        lines.append(b"From: " + _encoded(tnef.sender) + (b" <" + _encoded(address) + b">" if address else b""))
    if tnef.to:
        lines.append(b"To: " + _encoded(tnef.to))
    if tnef.date:
        lines.append(b"Date: " + format_datetime(tnef.date.replace(tzinfo=UTC)).encode())
    lines += b'Content-Type: multipart/mixed; boundary="%s"' % boundary, b""
    kind, body = ("html", tnef.html) if tnef.html else ("plain", tnef.text)
    parts = [(f"text/{kind}; charset=utf-8", "", body.encode("utf-8", "replace"))]
    parts += [(file.content_type or "application/octet-stream", file.name, file.content) for file in tnef.files]
    for content_type, name, content in parts:
        lines += b"--" + boundary, b"Content-Type: " + _one_line(content_type).encode("ascii", "ignore")
        if name:
            lines.append(b'Content-Disposition: attachment; filename="' + _encoded(name.replace('"', "'")) + b'"')
        if content_type == "message/rfc822":
            lines += b"", content
        else:
            lines += b"Content-Transfer-Encoding: base64", b"", base64.encodebytes(content).replace(b"\n", b"\r\n")
    lines += b"--" + boundary + b"--", b""
    return b"\r\n".join(lines)


def _encoded(text):
    """A header value of any text (RFC 2047): lines of encoded words, none of which splits a character."""
    text = _one_line(text[:1000])
    if _PLAIN.fullmatch(text):
        return text.encode()
    words = (text[start : start + 12].encode("utf-8", "replace") for start in range(0, len(text), 12))
    return b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(word) + b"?=" for word in words)


def _one_line(text):
    return " ".join(text.split())

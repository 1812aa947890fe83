"""Bodies in Rich Text Format, which Outlook puts into winmail.dat: unpacked, and read as HTML or plain text.

RTF that was made from HTML holds the whole HTML (MS-OXRTFEX); of other RTF the words are read, without their looks.
"""

import re
from dataclasses import dataclass, replace

from . import mime_charset, mime_codepage

_MAX_DEPTH = 500  # groups within groups; deeper ones are read as if they stood there

# MS-OXRTFCP 2.1.2.1: what the window of the compression holds at its beginning
_WINDOW = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW_SIZE = 4096
_COMPRESSED, _UNCOMPRESSED = b"LZFu", b"MELA"

_TOKEN = re.compile(
    rb"\\(?:([A-Za-z]{1,32})(-?\d{1,10})? ?|'([0-9A-Fa-f]{2})|([^A-Za-z]))|([{}])|[\r\n\0]+|([^\\{}\r\n\0]+)", re.DOTALL
)
_HIDDEN_GROUPS = {
    b"colortbl", b"filetbl", b"fonttbl", b"footer", b"footerf", b"footerl", b"footerr", b"header", b"headerf", b"headerl",
    b"headerr", b"info", b"listtable", b"listoverridetable", b"object", b"pict", b"revtbl", b"stylesheet", b"themedata",
}  # fmt: skip
_SPECIAL = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"cell": "\t", b"tab": "\t",
    b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"emspace": "\u2003", b"enspace": "\u2002", b"zwj": "\u200d", b"zwnj": "\u200c",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"-": "", b"\n": "\n", b"\r": "\n", b"\t": "\t"}


def decompress(data, limit):
    """The RTF that is compressed in ``data`` (MS-OXRTFCP), as far as it can be had and up to about ``limit`` bytes.

    b"" for what is no such thing.
    """
    kind, packed = bytes(data[8:12]), data[16:]
    if kind == _UNCOMPRESSED:
        return bytes(packed[:limit])
    if kind != _COMPRESSED:
        return b""
    out = bytearray(_WINDOW)
    position, end = 0, len(packed)
    while position < end and len(out) - len(_WINDOW) < limit:
        control = packed[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                out += packed[position : position + 1]
                position += 1
                continue
            if position + 2 > end:
                return bytes(out[len(_WINDOW) :])
            token = packed[position] << 8 | packed[position + 1]
            position += 2
            distance = (len(out) - (token >> 4)) % _WINDOW_SIZE
            if not distance:  # the mark of the end
                return bytes(out[len(_WINDOW) :])
            _repeat(out, distance, (token & 15) + 2)
    return bytes(out[len(_WINDOW) :])


def _repeat(out, distance, length):
    start = len(out) - distance
    if start < 0:
        out += bytes(length)  # a part of the window that was never written
    elif distance >= length:
        out += out[start : start + length]
    else:
        out += (out[start:] * (length // distance + 1))[:length]


@dataclass(frozen=True, slots=True)
class _Group:
    hidden: bool = False
    of_rtf: bool = False  # \htmlrtf: only for those who do not know the HTML
    is_tag: bool = False
    fallback: int = 1  # \uc: so many characters follow a \u for those who do not know it


def read(rtf):
    """(plain text, HTML) of the bytes ``rtf``; one of them is ""."""
    text = _Reader(rtf).read()
    return ("", text) if _is_from_html(rtf) else (text.strip("\n"), "")


def _is_from_html(rtf):
    return b"\\fromhtml" in rtf[:2000]


class _Reader:
    def __init__(self, rtf):
        self.rtf = rtf
        self.from_html = _is_from_html(rtf)
        self.charset = "cp1252"
        self.group = _Group()
        self.outer = []
        self.pieces = []
        self.octets = bytearray()  # characters of several bytes come one escape each
        self.to_skip = 0
        self.starred = False

    def read(self):
        position, end = 0, len(self.rtf)
        while position < end:
            match = _TOKEN.match(self.rtf, position)
            if not match:
                break  # a backslash at the very end
            position = match.end()
            word, number, octet, symbol, brace, plain = match.groups()
            if word:
                if word == b"bin":
                    position += max(0, int(number or 0))
                else:
                    self._word(word, number)
            elif brace:
                self._brace(brace)
            elif octet:
                self._octets(bytes([int(octet, 16)]))
            elif plain:
                self._octets(plain)
            elif symbol:
                self._symbol(symbol)
        self._flush()
        # Both halves of a surrogate pair come as a \u each
        return (
            "".join(self.pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
        )

    def _brace(self, brace):
        self.starred, self.to_skip = False, 0
        if brace == b"{":
            if len(self.outer) < _MAX_DEPTH:
                self.outer.append(self.group)
        elif self.outer:
            self.group = self.outer.pop()

    def _symbol(self, symbol):
        if symbol == b"*":
            self.starred = True
        elif symbol in _SYMBOLS:
            self._text(_SYMBOLS[symbol])
        elif symbol in b"{}\\":
            self._octets(symbol)

    def _word(self, word, number):
        starred, self.starred = self.starred, False
        if starred or word in _HIDDEN_GROUPS:
            is_tag = word == b"htmltag" and self.from_html
            self.group = replace(self.group, is_tag=is_tag, hidden=self.group.hidden or not is_tag)
        elif word == b"htmlrtf":
            self.group = replace(self.group, of_rtf=number != b"0")
        elif word == b"ansicpg":
            self.charset = mime_codepage.label_of(int(number or 0))
        elif word == b"uc":
            self.group = replace(self.group, fallback=min(max(int(number or 0), 0), 9))
        elif word == b"u":
            self._text(chr(int(number or 0) & 0xFFFF))
            self.to_skip = self.group.fallback
        elif word in _SPECIAL:
            self._text(_SPECIAL[word])

    def _is_shown(self):
        return not self.group.hidden and not (self.group.of_rtf and self.from_html)

    def _octets(self, octets):
        if self.to_skip:
            skipped = min(self.to_skip, len(octets))
            self.to_skip -= skipped
            octets = octets[skipped:]
        if octets and self._is_shown():
            self.octets += octets

    def _text(self, text):
        if self._is_shown():
            self._flush()
            self.pieces.append(text)

    def _flush(self):
        if self.octets:
            self.pieces.append(mime_charset.decode(bytes(self.octets), self.charset)[0])
            self.octets.clear()

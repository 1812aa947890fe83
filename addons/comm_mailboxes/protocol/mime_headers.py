"""Header blocks: where they end, their fields, encoded words (RFC 2047) and parameters (RFC 2045, 2231).

Field values travel as ASCII with surrogate escapes, so that raw 8-bit bytes survive until somebody knows
their charset. Only the fields a mailbox needs are picked out; anything else is skipped at C speed.
"""

import binascii
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from . import mime_charset

_BLANK_LINE = re.compile(rb"\n\r{0,3}\n")
_BLANK_START = re.compile(rb"[ \t\r\n]*\n")
_LEADING_BLANK_LINE = re.compile(rb"\r{0,3}\n")
_FIELD = re.compile(
    rb"^(subject|from|sender|reply-to|to|cc|date|message-id|in-reply-to|references"
    rb"|content-(?:type|transfer-encoding|disposition|id|description|location))[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_ANY_FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_JUNK_LINE = re.compile(rb"^(?![!-9;-~]*[ \t]*:|[ \t\r]).", re.MULTILINE)
_MBOX_LINE = re.compile(rb">?From [^\n]*(?:\n|\Z)")
_FIRST_LINE = re.compile(rb">?From [^\n]*\d\d:\d\d|[!-9;-~]{1,80}[ \t]{0,9}:")
_KNOWN_FIELD = re.compile(
    rb"^(?:subject|from|sender|to|cc|date|message-id|in-reply-to|references|reply-to|received|return-path"
    rb"|delivered-to|mime-version|list-[a-z]+|user-agent|content-[a-z-]+|x-[a-z0-9-]+|dkim-signature"
    rb"|authentication-results|arc-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
# A word of an encoded header as it should be, and as it is: with spaces and question marks inside.
_WORD = re.compile(r"=\?([^?]*)\?([bq])\?(.*?)\?=", re.IGNORECASE | re.DOTALL)
_OPEN_WORD = re.compile(r"=\?([^?\s]+)\?([bq])\?([^?\s]+)\??\Z", re.IGNORECASE)
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
# Also what turns the direction of all that follows: "moc.elpmaxe@knab" shown as "bank@example.com". Scripts that are written
# from right to left do not need it.
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e]+")
_CHUNK = re.compile(r'(?:[^;"\\]+|\\.?|"(?:[^"\\]+|\\.)*+(?:"|\\?\Z))++', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]+|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_PARAMETER_NAME = re.compile(r"([^\s*=;\"()]{1,60})(?:\*(\d{1,4}))?(\*)?")
_EXTENDED = re.compile(r"([^'\s]*)'[^']*'(.*)", re.DOTALL)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_SPACED_TYPE = re.compile(r"([\w.+-]{1,100})\s{0,9}/\s{0,9}([\w.+-]{1,100})")

MAX_BLOCK = 1_000_000  # bytes of one header that are looked at
MAX_PARAMETERS = 20_000


class Header(dict):
    """Lower-case field name to the list of its values; ``start``, ``end`` and ``body`` are offsets.

    ``damage`` is "", or what is odd: "no header", "no separator" (text begins without a blank line), "junk".
    """

    __slots__ = ("body", "damage", "end", "start")

    def first(self, name):
        """The first value of the field that is not empty."""
        return next(filter(None, self.get(name, ())), "")


def find_end(data, start, end):
    """Offsets of the end of the header and of the start of the body; both ``end`` where no blank line is."""
    if blank := _LEADING_BLANK_LINE.match(data, start, end):
        return start, blank.end()
    if blank := _BLANK_LINE.search(data, start, end):
        return blank.start() + 1, blank.end()
    return end, end


def find_start(data):
    """Offset of the header. Blank lines before it are an accident of some program that stored the mail."""
    blank = _BLANK_START.match(data)
    return blank.end() if blank and _FIRST_LINE.match(data, blank.end()) else 0


def block_of(data):
    """The header of ``data`` with the blank lines around it."""
    return data[: find_end(data, find_start(data), len(data))[1]]


def parse(data, start, end):
    """The header at ``start`` of ``data[:end]``."""
    header = Header()
    header.damage, header.start = "", start
    header.end, header.body = find_end(data, start, end)
    block = data[start : min(header.end, start + MAX_BLOCK)]
    first_line = _MBOX_LINE.match(block)
    offset = first_line.end() if first_line else 0
    if junk := _JUNK_LINE.search(block, offset):
        if junk.start() == offset and not _FIELD.search(block):
            # Not even its first line looks like a header: it is text
            header.damage = "no header"
            header.end, header.body = start, start
            return header
        if _KNOWN_FIELD.search(block, junk.start()):
            # A line in the middle, e.g. one that was folded without indentation
            header.damage = "junk"
        else:
            header.damage = "no separator"
            header.end = header.body = start + junk.start()
            block = block[: junk.start()]
    for name, value in _FIELD.findall(block):
        header.setdefault(name.lower().decode(), []).append(unfold(value))
    return header


def lines(raw):
    """Every field of the header of ``raw`` in its order, as pairs of name and decoded value.

    >>> lines(b"Subject: =?utf-8?q?B=C3=A4r?=\\r\\nX-Long: a\\r\\n b\\r\\n\\r\\nText: x")
    [('Subject', 'Bär'), ('X-Long', 'a b')]
    """
    end = find_end(raw, 0, len(raw))[0]
    found = _ANY_FIELD.findall(raw[: min(end, MAX_BLOCK)])
    return [(name.decode(), decode(unfold(value))) for name, value in found]


def unfold(value):
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    if b"\r" in value:
        value = value.replace(b"\r", b" ")
    return value.replace(b"\0", b"").strip().decode("ascii", "surrogateescape")


def one_line(text):
    """``text`` without control characters; each run of them becomes a space."""
    return _CONTROLS.sub(" ", text).strip()


def decode(value, charset=""):
    """The text of a header value: encoded words decoded, raw 8-bit bytes read as UTF-8 or else as ``charset``."""
    if value.isascii() and "=?" not in value and "\x1b" not in value:
        return one_line(value)
    last = value.rfind("?=") + 2  # beyond it no word can end: keeps the search linear
    pieces, words, position = [], [], 0
    for match in _WORD.finditer(value, 0, last if last > 1 else 0):
        between = value[position : match.start()]
        if not words or between.strip():
            pieces.append(_decode_words(words))
            pieces.append(_decode_raw(between, charset))
            words = []
        words.append(match.groups())
        position = match.end()
    rest = value[position:]
    if match := _OPEN_WORD.search(rest[-2000:]):
        # The header was cut in the middle of its last word
        between = rest[: len(rest) - len(match.group())]
        if not words or between.strip():
            pieces += _decode_words(words), _decode_raw(between, charset)
            words = []
        words.append(match.groups())
        rest = ""
    pieces += _decode_words(words), _decode_raw(rest, charset)
    return one_line("".join(pieces))


def _decode_raw(text, charset):
    if text.isascii() and "\x1b" not in text:
        return text
    return mime_charset.decode(text.encode("utf-8", "surrogateescape"), charset)[0]


def _decode_words(words):
    """Text of adjacent encoded words. Characters may be split between words of one charset, base64 digits too."""
    if not words:
        return ""
    texts, octets, digits, current = [], [], "", None
    for charset, encoding, content in words:
        charset = charset.split("*")[0].strip().lower()  # RFC 2231 5: a language may follow
        if charset != current:
            octets.append(_base64(digits))
            digits = ""
            texts.append(mime_charset.decode(b"".join(octets), current or "")[0])
            octets, current = [], charset
        if encoding in "bB":
            more = _NO_BASE64.sub("", content)
            if (len(digits) + len(more) + content.count("=")) % 4:
                # Not two halves of the same digits, but a word whose padding is missing
                octets.append(_base64(digits))
                digits = ""
            digits += more
            if len(digits) % 4 == 0 or "=" in content:
                octets.append(_base64(digits))
                digits = ""
        else:
            octets.append(_base64(digits))
            digits = ""
            octets.append(binascii.a2b_qp(content.encode("utf-8", "surrogateescape"), header=True))
    octets.append(_base64(digits))
    texts.append(mime_charset.decode(b"".join(octets), current or "")[0])
    return "".join(texts)


def _base64(digits):
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))


def parameters(value):
    """The leading word of a Content-Type or Content-Disposition, lower case, and its parameters as text.

    Understands RFC 2231 (continuations, charsets) and what programs write instead: encoded words,
    unquoted values with spaces and semicolons, missing semicolons, missing closing quotes.
    """
    return _parameters(value) if len(value) <= 100 else _parameters.__wrapped__(value[:MAX_PARAMETERS])


@lru_cache(maxsize=1024)
def _parameters(value):
    word = re.match(r"[^\s;()]*", value).group()
    if "=" in word:
        word = ""
    sections, plain = {}, None
    for chunk in _CHUNK.findall(value[len(word) :]):
        while chunk:
            name, equals, content = chunk.partition("=")
            match = _PARAMETER_NAME.fullmatch(name.strip())
            if not equals or not match:
                if plain and chunk.strip():
                    # The rest of an unquoted file name that holds a semicolon
                    plain[0] += ";" + chunk.rstrip()
                break
            content, quoted, chunk = _content(content)
            section = [content, bool(match[3])]
            plain = section if not quoted and match[1].lower() in ("name", "filename") else None
            number = int(match[2]) if match[2] else None
            sections.setdefault(match[1].lower(), {}).setdefault((number is None, number or 0, not match[3]), section)
    return word.lower(), {name: _join(found) for name, found in sections.items()}


def _content(text):
    """Value of a parameter, whether it was quoted, and what follows the closing quote."""
    text = text.strip()
    if match := _QUOTED.match(text):
        # Only these two escapes: a lone backslash is part of a Windows path
        content = match[1].replace('\\"', '"').replace("\\\\", "\\")
        return content, True, text[match.end() :].lstrip()
    return text, False, ""


def _join(found):
    """One value out of the sections of a parameter; the RFC 2231 forms win over the plain one."""
    keys = sorted(found)
    if keys[0][0]:
        keys = keys[:1]  # no numbered section: name*= before name=
    else:
        keys = [key for key in keys if not key[0]]
    if not any(found[key][1] for key in keys):
        text = "".join(found[key][0] for key in keys)
        return decode(text) if "=?" in text or not text.isascii() else text
    charset, octets = "", []
    for position, key in enumerate(keys):
        content, extended = found[key]
        if extended and position == 0 and (match := _EXTENDED.fullmatch(content)):
            charset, content = match.groups()
        raw = content.encode("utf-8", "surrogateescape")
        octets.append(unquote_to_bytes(raw) if extended else raw)
    text = mime_charset.decode(b"".join(octets), charset)[0]
    return decode(text) if "=?" in text else text


def content_type(value, default="text/plain"):
    """The type/subtype in lower case (RFC 2045 5.2: what is no such thing counts as the default) and parameters."""
    if not value:
        return default, {}
    kind, found = parameters(value)
    if spaced := not _TYPE.fullmatch(kind) and _SPACED_TYPE.match(value):
        kind, found = parameters(f"{spaced[1]}/{spaced[2]}{value[spaced.end() :]}")
    return (kind if _TYPE.fullmatch(kind) else default), found

"""Content-Transfer-Encodings (RFC 2045 6, and uuencode): always as many bytes as can be had."""

import binascii
import re

from . import mime_defects as defects

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHER = bytes(set(range(256)) - set(_ALPHABET))
_FROM_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_BLANK = b" \t\r\n\0\x0b\x0c"
_PADDED = re.compile(rb"[^=]+(?:=\s{0,4}){0,2}")
_LOOSE_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r{0,3}\n)")
_UU_BEGIN = re.compile(rb"^begin(-base64)?[ \t]{1,9}[0-7]{3,4}[ \t]{1,9}([^\r\n]{1,255})\r?\n", re.MULTILINE)
_UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)

MAX_FILES = 100  # uuencoded in one text

_PLAIN = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits", "none", "x-binary", "us-ascii", "utf-8"}
_UUENCODE = {"x-uuencode", "uuencode", "x-uue", "uue"}


def normalised(value):
    """The encoding that a Content-Transfer-Encoding means: "", "base64", "quoted-printable", "uuencode" or unknown."""
    match = re.search(r"[a-z0-9][\w-]*", value.lower())
    name = match.group() if match else ""
    if name.startswith("base64"):
        return "base64"
    if name.startswith("quoted"):
        return "quoted-printable"
    if name in _UUENCODE:
        return "uuencode"
    return "" if name in _PLAIN else "unknown"


def decode(encoding, data, start, end, problems):
    """``data[start:end]`` with the (normalised) encoding undone; what was wrong is added to ``problems``."""
    if encoding == "base64":
        return _base64(data, start, end, problems)
    if encoding == "quoted-printable":
        return _quoted_printable(data, start, end)
    if encoding == "uuencode":
        begin = _UU_BEGIN.search(data, start, end)
        if begin:
            return _uu(data, begin, end, problems)[0]
        problems.add(defects.DAMAGED_CONTENT)
    elif encoding:
        problems.add(defects.UNKNOWN_ENCODING)
    return data[start:end]


def _base64(data, start, end, problems):
    try:
        decoded = binascii.a2b_base64(memoryview(data)[start:end])
    except binascii.Error:
        return _base64_pieces(data[start:end], problems)
    # The decoder stops at padding and skips what is no base64. Whether it did either is plain from the numbers.
    newlines = data.count(b"\n", start, end)
    blank = newlines * 2 if data[data.find(b"\n", start, end) - 1] == 13 else newlines
    padding = data.count(b"=", max(start, end - 10), end)
    if end - start != blank + padding + (len(decoded) * 8 + 5) // 6:
        return _base64_pieces(data[start:end], problems)
    return decoded


def _base64_pieces(octets, problems):
    """Base64 that is cut off, padded in its middle, or mixed with something else such as a list footer."""
    foreign = octets.translate(None, _ALPHABET + _BLANK + b"=")
    if foreign and not foreign.strip(b"-_") and b"+" not in octets and b"/" not in octets:
        return _base64_pieces(octets.translate(_FROM_URL_ALPHABET), problems)
    first = octets.partition(b"=")[0]
    if len(first.translate(None, _ALPHABET + b"\r\n")) * 8 > len(first):
        problems.add(defects.DAMAGED_CONTENT)
        return octets  # words and spaces: never was base64, but labelled so
    pieces = []
    for match in _PADDED.finditer(octets):
        piece = match.group()
        if pieces and piece.translate(None, _ALPHABET + _BLANK + b"="):
            # Behind the padding: a footer that a mailing list appended
            problems.add(defects.DAMAGED_CONTENT)
            break
        digits = piece.translate(None, _OTHER)
        if (len(digits) + piece.count(b"=")) % 4 or len(digits) % 4 == 1:
            problems.add(defects.DAMAGED_CONTENT)
        if len(digits) % 4 == 1:
            digits = digits[:-1]
        pieces.append(binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)))
    if foreign:
        problems.add(defects.DAMAGED_CONTENT)
    return b"".join(pieces)


def _quoted_printable(data, start, end):
    loose = data.find(b"= ", start, end) >= 0 or data.find(b"=\t", start, end) >= 0
    if loose:
        # Some gateway padded the lines: the soft line break is still one
        return binascii.a2b_qp(_LOOSE_SOFT_BREAK.sub(b"=", data[start:end]))
    return binascii.a2b_qp(memoryview(data)[start:end])


def uuencoded_files(octets, problems):
    """Splits a text off the files that old programs put right into it: (text, [(raw name, content)])."""
    if b"begin" not in octets:
        return octets, []
    rest, files, position = [], [], 0
    while len(files) < MAX_FILES and (begin := _UU_BEGIN.search(octets, position)):
        first = octets[begin.end() : begin.end() + 100].split(b"\n")[0].rstrip(b"\r")
        if not begin[1] and not _is_uu_line(first):
            rest.append(octets[position : begin.end()])  # just a sentence that starts so
            position = begin.end()
            continue
        content, after = _uu(octets, begin, len(octets), problems)
        files.append((begin[2].strip(), content))
        rest.append(octets[position : begin.start()])
        position = after
    if not files:
        return octets, []
    rest.append(octets[position:])
    return b"".join(rest), files


def _is_uu_line(line):
    if not line or not 32 < line[0] <= 96:
        return line == b"`"
    digits = ((line[0] - 32) % 64 * 4 + 2) // 3
    return digits <= len(line) - 1 <= digits + 4 and max(line) <= 96


def _uu(data, begin, end, problems):
    """Content of the uuencoded file that starts at the match ``begin``, and the offset after it."""
    finish = _UU_END.search(data, begin.end(), end)
    if not finish:
        problems.add(defects.DAMAGED_CONTENT)
    stop = finish.start() if finish else end
    after = min(finish.end() + 1, end) if finish else end
    if begin[1]:
        return _base64(data, begin.end(), stop, problems), after
    lines = []
    for line in data[begin.end() : stop].split(b"\n"):
        line = line.rstrip(b"\r")
        if not line:
            continue
        try:
            lines.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Spaces at its end were cut off, or there is a checksum behind it (the count comes first)
            size = (line[0] - 32) % 64
            line = line[: 1 + (size * 4 + 2) // 3]
            try:
                lines.append(binascii.a2b_uu(line))
            except binascii.Error:
                problems.add(defects.DAMAGED_CONTENT)
    return b"".join(lines), after

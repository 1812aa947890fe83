"""Content-Transfer-Encodings (RFC 2045 6, and uuencode): always as many bytes as can be had."""

import binascii
import re

from . import large
from . import mime_defects as defects

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHER = bytes(set(range(256)) - set(_ALPHABET))
_FROM_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_BLANK = b" \t\r\n\0\x0b\x0c"
_CONTROL = bytes(set(range(32)) - set(b"\t\r\n\x0c")) + b"\x7f"
_PADDED = re.compile(rb"[^=]+(?:=\s{0,4}){0,2}")
_LONG_LINE = re.compile(rb"(?:^|(?<=[ \t]))[A-Za-z0-9+/_-]{40}", re.MULTILINE)
# A line of several words, or of two below a rule.
_WORDS = re.compile(
    rb"^(?:[-_=*#~]{2,}+[ \t]*\r?\n\s*\S++[ \t]+\S|\S++[ \t]+\S++[ \t]+\S)",
    re.MULTILINE,
)
_LOOSE_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r{0,3}\n)")
_UU_BEGIN = re.compile(rb"^begin(-base64)?[ \t]{1,9}[0-7]{3,4}[ \t]{1,9}([^\r\n]{1,255})\r?\n", re.MULTILINE)
_UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)

MAX_FILES = 100  # uuencoded in one text
# Programs that pad base64 in its middle do so at the ends of lines. Who pads more often is after our time and memory.
_PADDED_SIZE = 40
_MORE_PADDED = 1000

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
    if isinstance(data, large.LargeBytes):
        return _decode_large(encoding, data, start, end, problems)
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


def _decode_large(encoding, data, start, end, problems):
    """The same piece by piece: the result is in a file too when it is large."""
    if end - start < large.LARGE or encoding not in ("", "base64", "quoted-printable"):
        return decode(encoding, data[start:end], 0, end - start, problems)
    try:
        if encoding == "base64":
            return large.LargeBytes.gather(_base64_lines(data, start, end))
        if encoding == "quoted-printable":
            return large.LargeBytes.gather(_quoted_printable_lines(data, start, end))
        return large.LargeBytes.gather(data.chunks(start, end), end - start)
    except (_NotRegular, large.NoRoom):
        # Damaged or odd base64 can be read only when all of it is there.
        return decode(encoding, data[start:end], 0, end - start, problems)


class _NotRegular(ValueError):
    """Not base64 as everybody writes it."""


def _base64_lines(data, start, end):
    """Decode lines of one length, with nothing between them."""
    width = data.find(b"\n", start, end) + 1 - start
    if not 0 < width < large.CHUNK:
        raise _NotRegular
    step = large.CHUNK // width * width
    for position in range(start, end, step):
        stop = min(position + step, end)
        piece = data[position:stop]
        decoded = _base64_intact(piece, 0, len(piece))
        if decoded is None or (stop < end and (len(decoded) % 3 or b"=" in piece[-10:])):
            raise _NotRegular
        yield decoded
        data.forget_pages()


def _quoted_printable_lines(data, start, end):
    while start < end:
        stop = data.find(b"\n", min(start + large.CHUNK, end), end) + 1 or end
        piece = data[start:stop]
        yield _quoted_printable(piece, 0, len(piece))
        data.forget_pages()
        start = stop


def _base64(data, start, end, problems):
    decoded = _base64_intact(data, start, end)
    return _base64_pieces(data[start:end], problems) if decoded is None else decoded


def _base64_intact(data, start, end):
    """``data[start:end]`` decoded if it is base64 and line ends, padded at its end only; else None."""
    try:
        decoded = binascii.a2b_base64(memoryview(data)[start:end])
    except binascii.Error:
        return None
    # The decoder stops at padding and skips what is no base64. Whether it did either is plain from the numbers.
    blank = _line_ends(data, start, end)
    padding = data.count(b"=", max(start, end - 10), end)
    return decoded if end - start == blank + padding + (len(decoded) * 8 + 5) // 6 else None


def _line_ends(data, start, end):
    """How many bytes of base64 are line ends."""
    first = data.find(b"\n", start, end)
    if first <= start:
        return data.count(b"\n", start, end)
    width = first + 1 - start
    crlf = data[first - 1] == 13
    # Nearly always all lines but the last have one length: a look at every n-th byte takes a tenth of counting.
    lines = (end - start) // width
    rest = start + lines * width
    if data[first:rest:width] == b"\n" * lines and (not crlf or data[first - 1 : rest : width] == b"\r" * lines):
        newlines = lines + data.count(b"\n", rest, end)
    else:
        newlines = data.count(b"\n", start, end)
    return newlines * 2 if crlf else newlines


def _base64_pieces(octets, problems):
    """Base64 that is cut off, padded in its middle, or mixed with something else such as a list footer."""
    footer = _WORDS.search(octets)
    if footer and _LONG_LINE.search(octets, footer.end() - 1):
        footer = None  # base64 goes on
    if footer and (decoded := _sound_base64(octets[: footer.start()].rstrip())):
        problems.add(defects.DAMAGED_CONTENT)
        return decoded
    foreign = octets.translate(None, _ALPHABET + _BLANK + b"=")
    if foreign and not footer and not foreign.strip(b"-_") and b"+" not in octets and b"/" not in octets:
        return _base64_pieces(octets.translate(_FROM_URL_ALPHABET), problems)
    first = octets.partition(b"=")[0]
    if len(first.translate(None, _ALPHABET + b"\r\n")) * 8 > len(first) and not _is_base64_of_text(first):
        problems.add(defects.DAMAGED_CONTENT)
        return octets  # words and spaces: never was base64, but labelled so
    del first
    decoded = bytearray()
    most = _MORE_PADDED + len(octets) // _PADDED_SIZE
    for number, match in enumerate(_PADDED.finditer(octets)):
        piece = match.group()
        if number > most or (number and piece.translate(None, _ALPHABET + _BLANK + b"=")):
            # Behind the padding: a footer that a mailing list appended
            problems.add(defects.DAMAGED_CONTENT)
            break
        digits = piece.translate(None, _OTHER)
        if (len(digits) + piece.count(b"=")) % 4 or len(digits) % 4 == 1:
            problems.add(defects.DAMAGED_CONTENT)
        if len(digits) % 4 == 1:
            digits = digits[:-1]
        digits += b"=" * (-len(digits) % 4)
        decoded += binascii.a2b_base64(digits)
    if foreign:
        problems.add(defects.DAMAGED_CONTENT)
    return bytes(decoded)


def _sound_base64(octets):
    """``octets`` decoded if nothing else than base64 can be meant, else None."""
    decoded = _base64_intact(octets, 0, len(octets)) if octets else None
    return decoded if decoded and (_LONG_LINE.search(octets) or _is_text(decoded)) else None


def _is_base64_of_text(octets):
    """Whether the digits among ``octets`` say something: those of words that never were base64 give no text."""
    digits = octets.translate(None, _OTHER)
    return _is_text(binascii.a2b_base64(digits[: len(digits) // 4 * 4]))


def _is_text(octets):
    try:
        return bool(octets.decode()) and len(octets.translate(None, _CONTROL)) == len(octets)
    except UnicodeDecodeError:
        return False


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

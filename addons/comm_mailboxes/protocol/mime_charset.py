"""Bytes of known, unknown or wrongly declared charset to text."""

import codecs
import re
from functools import lru_cache

_LABEL = re.compile(r"[A-Za-z0-9][\w.:+-]{0,39}")
_SURROGATE = re.compile("[\ud800-\udfff]")

# Browsers read these labels as a superset of what they name (WHATWG Encoding), and so do senders.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
# Names seen in mail that Python does not know.
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-windows-949": "cp949",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "x-big5": "big5hkscs",
    "x-mac-roman": "mac_roman",
    "x-macintosh": "mac_roman",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-cp1252": "cp1252",
    "windows-874": "cp874",
    "windows-31j": "cp932",
    "ansi_x3.110-1983": "cp1252",
    "ansi": "cp1252",
    "dos-874": "cp874",
    "iso-10646-ucs-2": "utf-16-be",
}
# Not for text from strangers: they interpret escapes, or their time grows with the square of the input.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# Plain ASCII bytes mean something else here.
_SHIFTING = re.compile(r"utf-?7|utf-?16|utf-?32|iso2022|hz|cp037|cp273|cp424|cp500|cp875|cp102|cp1140")


@lru_cache(maxsize=256)
def codec_of(label):
    """The name of the Python codec for a charset label, or "" for one that nobody knows."""
    match = _LABEL.search(label)
    if not match:
        return ""
    name = match.group().lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        numbered = re.fullmatch(r"(?:cp|win|windows|ansi|x-cp|x-windows)[-_ ]?(\d{3,4})", name)
        if not numbered or name == "cp" + numbered[1]:
            return ""
        return codec_of("cp" + numbered[1])
    if not found._is_text_encoding or found.name.replace("-", "_") in _REFUSED:
        return ""
    return _SUPERSETS.get(found.name, found.name)


def decode(data, label=""):
    """The text of ``data`` declared as charset ``label``, and whether nothing seems lost.

    Valid UTF-8 beyond ASCII is hardly ever anything else, so it wins over labels of the Latin-1 family:
    much mail is labelled so by a program that never looked. NULs are dropped: no database takes them.
    """
    codec = codec_of(label) if label else ""
    if data.isascii() and not _SHIFTING.match(codec):
        text, intact = _decode_ascii(data, codec)
    elif codec in ("", "cp1252", "utf-8"):
        text, intact = _decode_guessing(data, codec, label)
    else:
        text, intact = _decode_declared(data, codec)
    if "\0" in text:
        text = text.replace("\0", "")
    return text, intact


def _decode_ascii(data, codec):
    if b"\x1b$" in data and codec in ("", "cp1252", "utf-8"):
        try:
            return data.decode("iso2022_jp_2"), True
        except UnicodeDecodeError:
            pass  # an escape sequence of something else: keep it as it stands
    return data.decode("ascii"), True


def _decode_guessing(data, codec, label):
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not label:
        return _decode_declared(data, "utf-16")
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        pass  # then it is 8-bit text, or damaged UTF-8
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid = len(text) - len(text.encode("ascii", "ignore")) - broken
    if valid > broken:
        return text, False
    intact = bool(codec) or not label
    try:
        return data.decode("cp1252"), intact
    except UnicodeDecodeError:
        return data.decode("latin-1"), intact


def _decode_declared(data, codec):
    try:
        text, intact = data.decode(codec), True
    except UnicodeError:
        try:
            return data.decode("utf-8-sig"), True
        except UnicodeDecodeError:
            text, intact = data.decode(codec, "replace"), False
    if codec.startswith("utf"):
        # UTF-7 lets halves of surrogate pairs through, which cannot be stored.
        text = _SURROGATE.sub("\ufffd", text)
    return text.removeprefix("\ufeff"), intact

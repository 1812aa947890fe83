# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Charsets and transfer encodings, declared well, wrongly or not at all."""

import base64
import binascii

from ...protocol import mime_defects as defects
from .mail import mail

_GERMAN = "Grüße aus Köln\n"
_GERMAN_HTML = "<p>Grüße aus Köln</p>"
_LATIN = "says one charset, is another"
_UNKNOWN = "the standard library knows no such charset"
_UNDECODED = "the standard library leaves it encoded"
_FLOW = "the standard library does not join flowed lines"

# Content-Type, the bytes, body_text, defects, deviation
CHARSETS = [
    (b"text/plain", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain", _GERMAN.encode("latin-1"), _GERMAN, [], _LATIN),
    (b"text/plain; charset=us-ascii", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=us-ascii", _GERMAN.encode("latin-1"), _GERMAN, [], _LATIN),
    (b"text/plain; charset=utf-8", _GERMAN.encode("latin-1"), _GERMAN, [], _LATIN),
    (b"text/plain; charset=iso-8859-1", _GERMAN.encode(), _GERMAN, [], _LATIN),
    (b"text/plain; charset=iso-8859-1", "5 € “so”\n".encode("cp1252"), "5 € “so”\n", [], _LATIN),
    (
        b"text/plain; charset=utf-8",
        (_GERMAN * 5).encode() + b"cut \xe2\x82",
        _GERMAN * 5 + "cut \ufffd",
        [defects.UNKNOWN_CHARSET],
        "",
    ),
    (b"text/plain; charset=x-unknown", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=x-unknown", _GERMAN.encode("latin-1"), _GERMAN, [defects.UNKNOWN_CHARSET], _UNKNOWN),
    (b"text/plain; charset=x-unknown", b"plain\n", "plain\n", [], ""),
    (b'text/plain; charset="utf-8', _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset='utf-8'", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=utf-8 (comment)", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=utf-8 format=flowed", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain charset=utf-8", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=UTF8", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=cp-1252", _GERMAN.encode("cp1252"), _GERMAN, [], _UNKNOWN),
    (
        b"text/plain; charset=iso-8859-8-i",
        "שלום\n".encode("iso-8859-8"),
        "שלום\n",
        [],
        "",
    ),  # Odoo teaches Python that name
    (b"text/plain; charset=ks_c_5601-1987", "한국어\n".encode("cp949"), "한국어\n", [], ""),
    (b"text/plain; charset=x-sjis", "日本語\n".encode("cp932"), "日本語\n", [], _UNKNOWN),
    (b"text/plain; charset=gb2312", "中华㐀\n".encode("gb18030"), "中华㐀\n", [], "read as its superset"),
    (b"text/plain; charset=big5", b"\xa4\xa4\xff\xff broken\n", None, [defects.UNKNOWN_CHARSET], "replaced otherwise"),
    (b"text/plain; charset=shift_jis", _GERMAN.encode(), None, [], ""),
    (b"text/plain; charset=us-ascii", "日本語\n".encode("iso-2022-jp"), "日本語\n", [], _LATIN),
    (b"text/plain; charset=idna", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=base64", b"aGFsbG8=\n", "aGFsbG8=\n", [], ""),
    (b"text/plain; charset=" + b"x" * 500, _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset*=us-ascii'en'utf-8", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/plain; charset=utf-8", b"\xef\xbb\xbf" + _GERMAN.encode(), _GERMAN, [], "a byte order mark is no text"),
    (b"text/plain", b"\xff\xfe" + _GERMAN.encode("utf-16-le"), _GERMAN, [], "a byte order mark tells"),
    (b"text", _GERMAN.encode(), _GERMAN, [], ""),
    (b"nonsense", _GERMAN.encode(), _GERMAN, [], ""),
    (b"", _GERMAN.encode(), _GERMAN, [], ""),
    (b"text/markdown", b"# Head\n", "# Head\n", [], ""),
    (b"TEXT/PLAIN; CHARSET=UTF-8", _GERMAN.encode(), _GERMAN, [], ""),
]

# Content-Type, the bytes, body_html
HTML = [
    (b"text/html; charset=utf-8", _GERMAN_HTML.encode(), _GERMAN_HTML, ""),
    (
        b"text/html",
        b'<meta charset="koi8-r">' + "<p>Съешь</p>".encode("koi8-r"),
        '<meta charset="koi8-r"><p>Съешь</p>',
        _LATIN,
    ),
    (
        b"text/html",
        b'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=windows-1251">' + "<p>Съешь</p>".encode("cp1251"),
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=windows-1251"><p>Съешь</p>',
        _LATIN,
    ),
    (b"text/html; charset=iso-8859-1", _GERMAN_HTML.encode(), _GERMAN_HTML, _LATIN),
    (b"text/html", _GERMAN_HTML.encode("cp1252"), _GERMAN_HTML, _LATIN),
]

_LINES = b"One line.\r\nAnother, with umlauts: \xc3\xa4\xc3\xb6\xc3\xbc\r\n" * 20
_BASE64 = base64.encodebytes(_LINES).replace(b"\n", b"\r\n")
_READ = _LINES.decode().replace("\r\n", "\n")
_UU = b"begin 644 a.txt\r\n" + b"".join(
    binascii.b2a_uu(_LINES[start : start + 45]).replace(b"\n", b"\r\n") for start in range(0, len(_LINES), 45)
)
_DAMAGED = [defects.DAMAGED_CONTENT]

# name, Content-Transfer-Encoding, the encoded bytes, body_text, defects, deviation
ENCODINGS = [
    ("base64", b"base64", _BASE64, _READ, [], ""),
    ("base64 upper case", b"BASE64", _BASE64, _READ, [], ""),
    ("base64 with a comment", b"base64 (really)", _BASE64, _READ, [], "the comment is ignored"),
    ("base64 in quotes", b'"base64"', _BASE64, _READ, [], "the quotes are ignored"),
    ("base64 on one line", b"base64", base64.b64encode(_LINES), _READ, [], ""),
    ("base64 with blank lines", b"base64", _BASE64.replace(b"\r\n", b"\r\n\r\n"), _READ, [], ""),
    ("base64 without padding", b"base64", base64.b64encode(b"Hello").rstrip(b"="), "Hello", _DAMAGED, ""),
    ("base64 cut off", b"base64", base64.b64encode(b"Hello you")[:-3], "Hello ", _DAMAGED, _UNDECODED),
    ("base64 cut off by one", b"base64", base64.b64encode(b"Hello you")[:-2], "Hello y", _DAMAGED, ""),
    ("base64 with excess padding", b"base64", base64.b64encode(b"Hello yo") + b"==", "Hello yo", [], ""),
    (
        "base64 padded in each line",
        b"base64",
        base64.b64encode(b"Hello y") + b"\r\n" + base64.b64encode(b"ou there") + b"\r\n",
        "Hello you there",
        [],
        "",
    ),
    (
        "base64 with a footer behind",
        b"base64",
        base64.b64encode(b"Hello yo") + b"\r\n____________\r\nmailing list: list@example.com\r\n",
        "Hello yo",
        _DAMAGED,
        "",
    ),
    ("base64 in the URL alphabet", b"base64", base64.urlsafe_b64encode("ÿþÿ~~~???".encode()), "ÿþÿ~~~???", [], _LATIN),
    ("base64 with much that is none", b"base64", b"aGVs!!bG8g\r\nd29y bGQ\r\n", "hello world", _DAMAGED, ""),
    (
        "text that is no base64",
        b"base64",
        b"Dear all,\r\nthis is plain text!\r\n",
        "Dear all,\nthis is plain text!\n",
        _DAMAGED,
        "kept",
    ),
    ("base64 with rubbish", b"base64", b"SGVsbG8g!eW91", "Hello you", _DAMAGED, ""),
    ("quoted-printable", b"quoted-printable", binascii.b2a_qp(_LINES, istext=True), _READ, [], ""),
    ("soft line breaks", b"quoted-printable", b"one=\r\n two=\r\n", "one two", [], ""),
    ("soft line break with spaces", b"quoted-printable", b"one=  \r\n two\r\n", "one two\n", [], "such a break is one"),
    ("soft line break at the very end", b"quoted-printable", b"one=", "one", [], ""),
    ("broken escapes", b"quoted-printable", b"=C3=A4 =ZZ =C =\xe4 ==41 100%=\r\n", None, [], "kept"),
    ("lower case escapes", b"Quoted-Printable", b"=c3=a4\r\n", "ä\n", [], ""),
    ("an escaped line end", b"quoted-printable", b"a=0D=0Ab\r\n", "a\nb\n", [], ""),
    ("quoted printable, misspelt", b"quoted printable", b"=c3=a4\r\n", "ä\n", [], _UNKNOWN),
    ("8bit", b"8bit", _LINES, _READ, [], ""),
    ("binary", b"binary", _LINES, _READ, [], ""),
    ("7bit that is not", b"7bit", _LINES, _READ, [], ""),
    ("no encoding", b"", _LINES, _READ, [], ""),
    ("unknown encoding", b"x-rot47", b"Hello\r\n", "Hello\n", [defects.UNKNOWN_ENCODING], ""),
    ("uuencode", b"x-uuencode", _UU + b"`\r\nend\r\n", _READ, [], ""),
    ("uuencode without end", b"uuencode", _UU, _READ, _DAMAGED, ""),
    ("uuencode without begin", b"x-uue", b"no such thing\r\n", "no such thing\n", _DAMAGED, ""),
]

# the lines after "format=flowed", delsp, body_text, deviation
FLOWED = [
    ("One \r\nparagraph.\r\n\r\nAnother.\r\n", False, "One paragraph.\n\nAnother.\n", ""),
    ("> quoted \r\n> text\r\n>> deeper \r\n>> text\r\nmine\r\n", False, "> quoted text\n>> deeper text\nmine\n", _FLOW),
    (" From here\r\n  indented\r\n", False, "From here\n indented\n", ""),
    ("Text \r\n-- \r\nAnna\r\n", False, "Text \n-- \nAnna\n", ""),
    ("Don \r\naudampf\r\n", True, "Donaudampf\n", ""),
    ("ends \r\n", False, "ends ", ""),
]


def mails():
    for number, (kind, octets, text, problems, deviation) in enumerate(CHARSETS):
        expected = {} if text is None else {"body_text": text}
        yield mail(
            f"charset {number}",
            b"Content-Type: " + kind,
            body=octets,
            defects=problems,
            deviation=deviation,
            **expected,
        )
    for number, (kind, octets, html, deviation) in enumerate(HTML):
        yield mail(f"html {number}", b"Content-Type: " + kind, body=octets, body_html=html, deviation=deviation)
    for name, encoding, octets, text, problems, deviation in ENCODINGS:
        expected = {} if text is None else {"body_text": text}
        yield mail(
            name,
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Transfer-Encoding: " + encoding,
            body=octets,
            defects=problems,
            deviation=deviation,
            **expected,
        )
    for number, (lines, delsp, text, deviation) in enumerate(FLOWED):
        yield mail(
            f"flowed {number}",
            b"Content-Type: text/plain; format=flowed" + b"; delsp=yes" * delsp,
            body=lines.encode(),
            body_text=text,
            deviation=deviation,
        )
    yield mail(
        "files in the text",
        body=b"Two files:\r\n"
        + _UU
        + b"`\r\nend\r\nand\r\n"
        + _UU.replace(b"a.txt", b"../b.txt")
        + b"`\r\nend\r\nbye\r\n",
        body_text="Two files:\nand\nbye\n",
        attachments=[("a.txt", "text/plain", _LINES), ("b.txt", "text/plain", _LINES)],
        deviation="uuencoded files become attachments",
    )
    yield mail(
        "a sentence that begins with begin",
        body=b"begin 644 steps ahead\r\nnow then\r\nend\r\n",
        body_text="begin 644 steps ahead\nnow then\nend\n",
    )

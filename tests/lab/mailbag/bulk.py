# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Many mails for benchmarks: the same number and seed give the same bytes.

They are put together by hand, because building 10,000 of them through `email` takes longer than
what is measured.
"""

import base64
import binascii
import datetime
import email.utils
import random
from collections.abc import Iterator

_START = datetime.datetime(2025, 1, 6, 8, 0, tzinfo=datetime.UTC)
_WORDS = (
    "Angebot Lieferung Küche Maß Träger Müller Größe Prüfung Straße Termin Auftrag Rechnung über für Öl Übergabe "
    "Ahorn Nußbaum Eiche Furnier Kante Schublade Beschlag Arbeitsplatte Montage Bohrung Zuschnitt Skizze geprüft "
    "offer delivery quality invoice drawing please confirm schedule kitchen cabinet handle surface order number "
    "and the with from our your we und der die das mit von wir Sie bitte danke nächste Woche geändert schöne Grüße"
).split()
_PEOPLE = (
    ("Jürgen Großmann", "j.grossmann@holz-brunner.example"),
    ("Sabine Köhler", "koehler@kuechenhaus-lindau.example"),
    ("Peter Ashworth", "peter@northfield-timber.example"),
    ("Zoë Whitaker", "zoe.whitaker@harbour-joinery.example"),
    ("Łukasz Nowak", "l.nowak@beschlag-nord.example"),
)
_FILES = (
    ("Angebot Küche.pdf", "application/pdf", b"%PDF-1.4\n"),
    ("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
    ("Stückliste.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ("drawings.zip", "application/zip", b"PK\x03\x04"),
)
# All files of a mail together, before encoding; chosen so that the mean over all mails is 108 kB.
_BYTES_OF_FILES = (118_000, 500_000)


def mixed(n: int, seed: int = 0) -> Iterator[bytes]:
    """HTML with a text version, umlauts everywhere, every fifth with attachments; 108 kB each on average."""
    source = _Source(seed)
    for number in range(n):
        body = _alternative(source, number)
        if number % 5 == source.odd_one:
            body = _with_files(source, body, number)
        yield source.header(number) + body


def small(n: int, seed: int = 0) -> Iterator[bytes]:
    """Short plain text, one to three kB each."""
    source = _Source(seed)
    for number in range(n):
        text = source.text(source.dice.randrange(60, 320))
        yield source.header(number) + _part("text/plain; charset=utf-8", "8bit", text.encode())


class _Source:
    """Draws words, people and files."""

    def __init__(self, seed: int):
        self.dice = random.Random(seed)
        self._seed = seed
        self.odd_one = seed % 5
        # Sentences are drawn once and reused in ever new order, as drawing each word anew is slow.
        self._sentences = [
            " ".join(self.dice.choices(_WORDS, k=self.dice.randrange(6, 18))).capitalize() + "." for _ in range(400)
        ]

    def text(self, words: int) -> str:
        lines = self.dice.choices(self._sentences, k=max(1, words // 12))
        return "\r\n".join(lines) + "\r\n"

    def sentence(self) -> str:
        return self.dice.choice(self._sentences)

    def header(self, number: int) -> bytes:
        sender, recipient = self.dice.sample(_PEOPLE, 2)
        subject = " ".join(self.dice.choices(_WORDS, k=self.dice.randrange(2, 7)))
        date = _START + datetime.timedelta(minutes=7 * number)
        lines = [
            f"Return-Path: <{sender[1]}>",
            f"Received: from mail.{sender[1].split('@')[1]} (192.0.2.7) by mail.lab.test; {_date(date)}",
            f"Message-ID: <{self._seed}.{number}.{self.dice.getrandbits(64):x}@{sender[1].split('@')[1]}>",
            f"Date: {_date(date)}",
            f"From: {_address(sender)}",
            f"To: {_address(recipient)}",
            f"Subject: {_encoded(f'{subject} {number}')}",
            "MIME-Version: 1.0",
        ]
        return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _alternative(source: _Source, number: int) -> bytes:
    text = source.text(source.dice.randrange(100, 500)).encode()
    blocks = [source.dice.choice(_BLOCKS) for _ in range(source.dice.randrange(45, 115))]
    html = _PAGE % "\n".join(block % {"text": source.sentence(), "more": source.sentence()} for block in blocks)
    encode = source.dice.choice((_quoted_printable, _quoted_printable, _base64))
    return _multipart(
        "alternative",
        f"=_alt_{number}",
        [
            _part("text/plain; charset=utf-8", "quoted-printable", _quoted_printable(text)),
            _part(
                "text/html; charset=utf-8",
                "base64" if encode is _base64 else "quoted-printable",
                encode(html.replace("\n", "\r\n").encode()),
            ),
        ],
    )


def _with_files(source: _Source, body: bytes, number: int) -> bytes:
    parts = [body]
    left = source.dice.randrange(*_BYTES_OF_FILES)
    for name, content_type, magic in source.dice.sample(_FILES, source.dice.randrange(1, 4)):
        size = source.dice.randrange(left // 2, left)
        left -= size
        parts.append(
            _part(
                f'{content_type}; name="{_encoded(name)}"',
                "base64",
                _base64(magic + source.dice.randbytes(size)),
                f'Content-Disposition: attachment; filename="{_encoded(name)}"\r\n',
            )
        )
    return _multipart("mixed", f"=_mix_{number}", parts)


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    mark = boundary.encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), mark)
    return head + b"".join(b"--%s\r\n%s\r\n" % (mark, part) for part in parts) + b"--%s--\r\n" % mark


def _part(content_type: str, encoding: str, content: bytes, more: str = "") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n"
    return head.encode("ascii") + content


def _quoted_printable(content: bytes) -> bytes:
    return binascii.b2a_qp(content, istext=True)


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _encoded(text: str) -> str:
    """An RFC 2047 word where needed."""
    if text.isascii():
        return text
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _address(person: tuple[str, str]) -> str:
    return f"{_encoded(person[0])} <{person[1]}>"


def _date(date: datetime.datetime) -> str:
    return email.utils.format_datetime(date)


_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Mail</title>
<style>body { font-family: Arial, sans-serif; } td { padding: 4px; }</style></head>
<body style="margin:0;background:#f6f6f6">
%s
<img src="https://pixel.example/open.gif" width="1" height="1" alt="">
</body></html>"""
_BLOCKS = (
    '<p style="margin:0 0 12px 0;font-size:14px;line-height:1.5;color:#333333">%(text)s %(more)s</p>',
    '<table width="100%%" cellpadding="0" cellspacing="0" border="0"><tr><td style="border-bottom:1px solid #ddd">'
    '%(text)s</td><td align="right" style="border-bottom:1px solid #ddd;font-weight:bold">%(more)s</td></tr></table>',
    '<div class="quote"><blockquote type="cite" style="border-left:2px solid #1a5fb4;padding-left:8px">'
    "%(text)s<br>%(more)s</blockquote></div>",
    '<p><a href="https://shop.example/item?ref=mail" style="color:#1a5fb4;text-decoration:none">%(text)s</a> '
    '<img src="https://images.example/banner.png" width="600" height="120" alt="%(more)s"></p>',
    "<ul><li>%(text)s</li><li><b>%(more)s</b></li><li><i>%(text)s</i></li></ul>",
)

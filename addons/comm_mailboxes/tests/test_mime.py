# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The reader of mails: identity, snippets, names, charsets, and that no mail keeps it busy."""

import base64
import random
import time
import tracemalloc
from unittest.mock import patch

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import mime, mime_charset, mime_names, mime_text
from odoo.addons.comm_mailboxes.protocol import mime_defects as defects

from .mime_corpus import tnef_writer

_HEADER = b"Message-ID: <1@example.com>\r\nDate: Mon, 24 Nov 2025 10:00:00 +0100\r\nSubject: One"

# label, Python's codec or "" for none that may be used
CODECS = [
    ("utf-8", "utf-8"),
    ("UTF8", "utf-8"),
    ('"utf-8"', "utf-8"),
    ("us-ascii", "cp1252"),
    ("latin1", "cp1252"),
    ("windows-1252", "cp1252"),
    ("cp-1251", "cp1251"),
    ("win1250", "cp1250"),
    ("gbk", "gb18030"),
    ("ks_c_5601-1987", "cp949"),
    ("unicode-1-1-utf-7", "utf-7"),
    ("koi8-u", "koi8-u"),
    ("", ""),
    ("???", ""),
    ("x-unknown", ""),
    ("base64", ""),
    ("rot13", ""),
    ("idna", ""),
    ("punycode", ""),
    ("unicode_escape", ""),
    ("raw-unicode-escape", ""),
    ("undefined", ""),
    ("../../etc/passwd", ""),
    ("a" * 10_000, ""),
]

# name as sent, name as kept
NAMES = [
    ("Rechnung ä.pdf", "Rechnung ä.pdf"),
    ("  a.pdf ", "a.pdf"),
    ("C:\\Users\\x\\a.pdf", "a.pdf"),
    ("../../a.pdf", "a.pdf"),
    (".htaccess", ".htaccess"),
    ("..", ""),
    ("/", ""),
    ("", ""),
    ("a\r\nb.pdf", "a b.pdf"),
    ("a\u202efdp.exe", "a fdp.exe"),
    ("ü" * 300 + ".tar.gz", "ü" * 147 + ".gz"),
    ("x" * 300, "x" * 150),
]

# body text, snippet
SNIPPETS = [
    ("Hello\n\n  you \tthere", "Hello you there"),
    ("> quoted\nmine\n> more", "mine"),
    ("> only quoted", "> only quoted"),
    ("\u200b\u00ad\ufeffHi\u200c \u034f \u200c", "Hi"),
    ("word " * 100, ("word " * 40)[:199].rstrip() + "…"),
    ("", ""),
]


def _nested(levels):
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(levels)
    )


_MULTIPART = b"Content-Type: multipart/mixed; boundary=boundary\n\n"
_FLOWED = b"Content-Type: text/plain; format=flowed\n\n"
_BASE64 = b"Content-Transfer-Encoding: base64\n\n"
_QUOTED = b"Content-Transfer-Encoding: quoted-printable\n\n"

_TNEF = b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: binary\n\n"
_SIGNED_TNEF = tnef_writer.stream()
_LOCATED = (
    _MULTIPART.replace(b"mixed", b"related")
    + b"--boundary\nContent-Type: text/html\nContent-Location: http://x.example/\n\n%b\n"
    + b"--boundary\nContent-Type: image/png\nContent-Location: a.png\n\n\n--boundary--\n"
)


def _properties(data):
    return tnef_writer.stream(tnef_writer.attribute(1, tnef_writer.MESSAGE_PROPERTIES, data))


def _packed(kind, data):
    return _TNEF + tnef_writer.stream(tnef_writer.message(rtf=bytes(8) + kind + bytes(4) + data))


def _rtf(rtf):
    return _packed(b"MELA", rb"{\rtf1 " + rtf)


# Mails that keep a reader busy if they can: what would take time that grows with the square of the size
BUSY = {
    "boundary lines": lambda: _MULTIPART + b"--boundary\n" * 900_000,
    "lines that are nearly boundaries": lambda: _MULTIPART + b"--boundaryx\n" * 800_000,
    "boundaries on one line": lambda: _MULTIPART + b"--boundary" * 1_000_000,
    "guessed boundaries": lambda: b"Content-Type: multipart/mixed\n\n" + b"--a\ncontent-" * 800_000,
    "parts within parts": lambda: _nested(100_000),
    "the same boundary within itself": lambda: (_MULTIPART + b"--boundary\n") * 100_000,
    "an endless header": lambda: b"Subject: " + b"x" * 10_000_000,
    "a header of a million fields": lambda: b"X: y\n" * 1_000_000,
    "a header of blank continuations": lambda: b"Subject: x" + b"\n " * 2_000_000,
    "encoded words": lambda: b"Subject: " + b"=?utf-8?Q?a?= " * 70_000,
    "encoded words without end": lambda: b"Subject: " + b"=?utf-8?Q?" * 100_000,
    "quotes in addresses": lambda: b"To: " + b'\\"' * 400_000,
    "comments in addresses": lambda: b"To: " + b"(" * 800_000,
    "angles in addresses": lambda: b"To: " + b"<" * 800_000,
    "recipients": lambda: b"To: " + b"a@example.com, " * 60_000,
    "parameters": lambda: b"Content-Type: text/plain" + b"; a=b" * 200_000,
    "a name with semicolons": lambda: b"Content-Type: text/plain; name=" + b"a:b;" * 250_000,
    "sections of a parameter": lambda: b"Content-Type: text/plain" + b"".join(b"; a*%d=b" % n for n in range(90_000)),
    "quotes in parameters": lambda: b"Content-Type: text/plain; name=" + b'\\"' * 400_000,
    "references": lambda: b"References: " + b"<a@b>" * 200_000,
    "date of digits": lambda: b"Date: " + b"1 " * 400_000,
    "carriage returns": lambda: b"Subject: x\n\n" + b"\r" * 5_000_000,
    "only carriage returns": lambda: b"\r" * 5_000_000,
    "padding": lambda: _BASE64 + b"AA==\n" * 300_000,
    "rubbish in base64": lambda: _BASE64 + b"AAAA*" * 1_000_000,
    "soft line breaks": lambda: _QUOTED + b"= " * 2_500_000,
    "flowed lines": lambda: _FLOWED + b"a \n" * 1_000_000,
    "files in the text": lambda: b"Subject: x\n\n" + b"begin 644 a\n" * 400_000,
    "small files in the text": lambda: b"Subject: x\n\n" + b"begin-base64 644 a\nAA==\n====\n" * 200_000,
    "open tags": lambda: b"Content-Type: text/html\n\n" + b"<a " * 1_000_000,
    "meta tags": lambda: b"Content-Type: text/html\n\n" + b"<meta charset" * 300_000,
    "attributes of TNEF": lambda: _TNEF + _SIGNED_TNEF + b"\1\0\0\0\0" + bytes(11) * 500_000,
    "empty attributes of TNEF": lambda: _TNEF + _SIGNED_TNEF + tnef_writer.attribute(1, 1, b"") * 500_000,
    "properties of TNEF": lambda: _TNEF + _properties(b"\x10\x27\0\0" + b"\3\0\1\0\0\0\0\0" * 10_000) * 50,
    "files of TNEF": lambda: _TNEF + tnef_writer.stream(tnef_writer.file(b"a", b"") * 100_000),
    "groups of RTF": lambda: _rtf(b"{" * 5_000_000),
    "words of RTF": lambda: _rtf(b"\\a" * 3_000_000),
    "characters of RTF": lambda: _rtf(rb"\u1?" * 2_000_000),
    "bytes of RTF": lambda: _rtf(rb"\'e4" * 2_000_000),
    "RTF in many parts": lambda: _MULTIPART + (b"--boundary\n" + _rtf(b"\\a" * 100_000) + b"\n") * 60,
    "compressed RTF": lambda: _packed(b"LZFu", b"\0{\\a}{\\b}" * 900_000),
    "RTF of references": lambda: _packed(b"LZFu", (b"\xff" + b"\0\x0e" * 8) * 110_000),
    "images by Content-Location": lambda: _LOCATED % (b"<img src=a>" * 400_000),
    "images by Content-Location, open quotes": lambda: _LOCATED % (b"src='src=\"" * 400_000),
    "groups within groups": lambda: b"To: " + b"g:" * 500_000 + b"\n\n",
    "colons behind an address": lambda: b"To: a@x.org" + b" x:" * 300_000 + b"\n\n",
    "links without an address": lambda: b"To: " + b"mailto:" * 150_000 + b"\n\n",
    "images by Content-ID": lambda: b"Content-Type: text/html\n\n" + b"cid:" * 1_000_000,
}
_SECONDS = 30  # of processor time; measured 1.5 at most, 5 on a very slow machine; what is quadratic takes minutes


class TestIdentity(BaseCase):
    def test_header_and_size_tell_mails_apart(self):
        mail = _HEADER + b"\r\n\r\nHello"
        identity = mime.read(mail).identity
        self.assertRegex(identity, r"\A[0-9a-f]{40}\Z")
        self.assertEqual(mime.read(bytes(mail)).identity, identity)
        self.assertNotEqual(mime.read(mail + b"!").identity, identity)
        self.assertNotEqual(mime.read(mail.replace(b"<1@", b"<2@")).identity, identity)
        self.assertNotEqual(mime.read(mail.replace(b"10:00", b"10:01")).identity, identity)

    def test_header_as_a_server_sends_it(self):
        mail = _HEADER + b"\r\n\r\nHello"
        for end in (b"", b"\r\n", b"\r\n\r\n"):
            with self.subTest(end):
                self.assertEqual(mime.identity_of(_HEADER + end, len(mail)), mime.read(mail).identity)

    def test_no_identity_without_anything_to_tell_it_by(self):
        for mail in (b"", b"\r\n\r\nHello", b"Subject: Alarm\r\n\r\nHello", b"just text"):
            with self.subTest(mail):
                self.assertEqual(mime.read(mail).identity, "")


class TestPieces(BaseCase):
    def test_a_name_cannot_be_turned_round(self):
        """A reader would see "bank@example.com" for whom it is from."""
        name = base64.b64encode("\u202emoc.elpmaxe@knab".encode()).decode()
        mail = mime.read(f"From: =?utf-8?b?{name}?= <x@evil.example>\r\nSubject: a \u202dbill\r\n\r\n".encode())
        self.assertEqual(mail.email_from, '"moc.elpmaxe@knab" <x@evil.example>')
        self.assertEqual(mail.subject, "a  bill")

    def test_codecs(self):
        for label, codec in CODECS:
            with self.subTest(label[:20]):
                self.assertEqual(mime_charset.codec_of(label), codec)

    def test_any_bytes_in_any_charset_give_storable_text(self):
        source = random.Random(1)
        for label, _codec in CODECS:
            for size in (0, 1, 2, 7, 300):
                text, _intact = mime_charset.decode(source.randbytes(size), label)
                with self.subTest(label[:20], size=size):
                    self.assertNotIn("\0", text)
                    text.encode()

    def test_names(self):
        for sent, kept in NAMES:
            with self.subTest(sent):
                self.assertEqual(mime_names.cleaned(sent), kept)

    def test_snippets(self):
        for text, snippet in SNIPPETS:
            with self.subTest(text[:20]):
                self.assertEqual(mime_text.snippet(text), snippet)

    def test_snippet_is_the_same_wherever_the_first_look_ends(self):
        limit = mime_text._FIRST_LOOK
        for piece in ("word ", "> quoted\n", "\n> quoted\n", "\u00adx\u200b ", "\u3000\n", "x"):
            for filler in ("word ", "> quoted\n", " ", "\u200b"):
                for shift in range(-12, 3):
                    text = (filler * limit)[: limit + shift] + piece + "last words " * 30
                    with self.subTest(piece=piece, filler=filler, shift=shift):
                        with patch.object(mime_text, "_FIRST_LOOK", mime_text._LOOK):
                            expected = mime_text.snippet(text)
                        self.assertEqual(mime_text.snippet(text), expected)

    def test_snippet_of_html(self):
        mail = b"Content-Type: text/html\r\n\r\n<style>p {}</style><p>Dear <b>Anna</b>,</p><p>hello</p>"
        self.assertEqual(mime.read(mail).snippet, "Dear Anna, hello")


class TestNeverRaises(BaseCase):
    def test_characters_that_no_number_is(self):
        """Python itself reads no number of more than 4,300 digits."""
        for number in ("9" * 5000, "x" + "f" * 50_000, "0" * 900 + "65"):
            with self.subTest(number[:9]):
                message = mime.read(b"Content-Type: text/html\r\n\r\n<p>Dear &#%b;Anna</p>" % number.encode())
                self.assertFalse(message.defect)
                self.assertEqual(message.body_text, f"Dear {'A' if number.endswith('65') else chr(0xFFFD)}Anna")

    def test_random_bytes(self):
        for seed in range(300):
            raw = random.Random(seed).randbytes(seed * 5)
            with self.subTest(seed=seed):
                self.assertNotIn(defects.UNREADABLE, mime.read(raw).defect)

    def test_an_error_of_ours_is_a_defect(self):
        """The rest of the mail is read all the same."""
        mail = _HEADER + b"\r\n\r\nHello"
        self.patch(mime.mime_parts, "parse", lambda *args: 1 / 0)
        with self.assertLogs("odoo.addons.comm_mailboxes.protocol.mime", "ERROR"):
            message = mime.read(mail)
        self.assertEqual(message.defect, defects.UNREADABLE)
        self.assertEqual(message.subject, "One")
        self.assertTrue(message.identity)

    def test_busy_mails_take_no_time(self):
        for name, build in BUSY.items():
            raw = build()
            start = time.process_time()
            message = mime.read(raw)
            with self.subTest(name):
                self.assertLess(time.process_time() - start, _SECONDS)
                self.assertNotIn(defects.UNREADABLE, message.defect)

    def test_a_large_attachment_is_not_copied_about(self):
        """Reading takes the size of the decoded content, not a multiple of the mail."""
        raw = b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        raw += base64.encodebytes(bytes(15_000_000))
        tracemalloc.start()
        try:
            message = mime.read(raw)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertEqual(len(message.attachments[0].content), 15_000_000)
        self.assertLess(peak, 1.2 * len(raw))

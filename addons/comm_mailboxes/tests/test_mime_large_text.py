# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Texts larger than anybody reads: their beginning is shown, all of them is a file, and memory stays small."""

import tracemalloc

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import mime, mime_body
from odoo.addons.comm_mailboxes.protocol import mime_defects as defects
from odoo.addons.comm_mailboxes.protocol.sanitize import clean_html

_MIXED = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
_TOO_LARGE = mime_body.MAX_SIZE + 1_000_000


def mail(kind, line):
    return b"Subject: Large\r\nContent-Type: text/" + kind + b"\r\n\r\n" + line * (_TOO_LARGE // len(line))


class TestLargeText(BaseCase):
    def test_it_is_a_file_and_its_beginning_is_shown(self):
        for kind, line in (
            (b"html", b"<p>Hello</p>\r\n"),
            (b"plain", b"Hello\r\n"),
            (b"plain; format=flowed", b"Hello\r\n"),
        ):
            with self.subTest(kind):
                raw = mail(kind, line)
                message = mime.read(raw)
                [file] = message.attachments
                self.assertEqual(file.content[:], raw.partition(b"\r\n\r\n")[2])
                self.assertEqual(message.defect, defects.LARGE_TEXT)
                self.assertEqual(set(message.body_text.split()), {"Hello"}, "whole lines")
                self.assertLess(len(message.body_html or message.body_text), mime_body.BEGINNING + 1)
                self.assertGreater(len(message.body_html or message.body_text), mime_body.BEGINNING * 0.8)

    def test_no_character_is_torn(self):
        for charset, text in (
            ("iso-2022-jp", "日本語"),
            ("utf-8", "a日本"),
            ("utf-8", "\U0001f600"),
            ("gb18030", "a\U0001f600"),
            ("utf-16le", "日本\n"),
        ):
            with self.subTest(charset, text=text):
                content = (text * (_TOO_LARGE // len(text) // 2)).encode(charset)
                # As binary parts may hold it, in one line
                head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                message = mime.read(head.encode() + content)
                self.assertEqual(message.defect, defects.LARGE_TEXT)
                shown = message.body_text
                self.assertEqual(shown, (text * (len(shown) // len(text) + 1))[: len(shown)])
                self.assertGreater(len(shown.encode(charset)), mime_body.BEGINNING - 20)

    def test_one_that_is_not_too_large_is_a_body(self):
        raw = b"Content-Type: text/html\r\n\r\n" + b"<p>x</p>" * (mime_body.MAX_SIZE // 8)
        message = mime.read(raw)
        self.assertEqual((len(message.body_html), message.attachments), (mime_body.MAX_SIZE, []))
        self.assertFalse(message.defect)

    def test_many_texts_together_are_bounded_as_one_is(self):
        part = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"Hello\r\n" * 200_000
        message = mime.read(_MIXED + part * 12 + b"--b--\r\n")
        self.assertLess(len(message.body_text), mime_body.MAX_SIZE + 100)
        self.assertGreater(len(message.body_text), mime_body.MAX_SIZE * 0.8)
        self.assertEqual(len(message.attachments), 4)
        self.assertEqual(message.defect, defects.LARGE_TEXT)

    def test_the_other_alternative_is_shown_as_it_is(self):
        text = b"--b\r\nContent-Type: text/plain\r\n\r\nShort\r\n"
        html = b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>Long</p>\r\n" * (_TOO_LARGE // 13)
        message = mime.read(_MIXED.replace(b"mixed", b"alternative") + text + html + b"--b--\r\n")
        self.assertEqual(message.body_text, "Short")
        self.assertIn("Long", message.body_html)
        self.assertEqual([file.content_type for file in message.attachments], ["text/html"])

    def test_a_large_file_within_a_short_text_is_no_large_text(self):
        lines = b"".join(b"M" + b"8" * 60 + b"\r\n" for _number in range(_TOO_LARGE // 63))
        message = mime.read(b"\r\nHello\r\nbegin 644 film.mp4\r\n" + lines + b"`\r\nend\r\nBye\r\n")
        self.assertEqual((message.body_text.split(), message.defect), (["Hello", "Bye"], ""))
        self.assertEqual([file.name for file in message.attachments], ["film.mp4"])

    def test_it_takes_little_memory(self):
        hostile = {
            "tags": mail(b"html", b"<p>a"),
            "signs": mail(b"html", b"<" * 70 + b"\r\n"),
            "lines": mail(b"plain; format=flowed", b"a \r\n"),
            "blank lines in front": b"\r\n" * (_TOO_LARGE // 2) + mail(b"plain", b"Hello\r\n")[:1000],
        }
        for name, raw in hostile.items():
            with self.subTest(name):
                tracemalloc.start()
                try:
                    clean_html(mime.read(raw).body_html)
                    _now, peak = tracemalloc.get_traced_memory()
                finally:
                    tracemalloc.stop()
                self.assertLess(peak, 6 * len(raw))

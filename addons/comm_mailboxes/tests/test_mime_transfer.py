# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Base64 with something behind it or between: what was meant is read, and hostile one takes little time and memory."""

import base64
import tracemalloc

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import mime
from odoo.addons.comm_mailboxes.protocol import mime_defects as defects

_TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_FILE = b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_MAILMAN = b"\n_______________________________________________\nKitchens mailing list\nkitchens@example.com\n"
_DISCLAIMER = b"\nThis mail is confidential: tell nobody.\nBrunner GmbH, https://example.com/a-b_c\n"


class TestBase64(BaseCase):
    def test_a_footer_behind_it_is_not_taken_for_more_of_it(self):
        for text in ("Grüße", "Grüßen", "Grüß Gott", "Schöne Grüße aus der Küche! " * 9):
            for footer in (_MAILMAN, _DISCLAIMER, b"\n-- \nSent by a list\n"):
                for newline in (b"\n", b"\r\n"):
                    raw = (base64.encodebytes(text.encode()) + footer).replace(b"\n", newline)
                    with self.subTest(text=text, footer=footer, newline=newline):
                        message = mime.read(_TEXT + raw)
                        self.assertEqual((message.body_text, message.defect), (text, defects.DAMAGED_CONTENT))

    def test_the_alphabet_for_addresses_is_read(self):
        content = bytes(range(256)) * 3
        for raw in (
            base64.urlsafe_b64encode(content),
            base64.encodebytes(content).translate(bytes.maketrans(b"+/", b"-_")),
        ):
            [file] = mime.read(_FILE + raw).attachments
            self.assertEqual(file.content, content)

    def test_words_between_its_lines_keep_nothing_away(self):
        content = bytes(range(256)) * 3
        lines = base64.encodebytes(content).splitlines(keepends=True)
        [file] = mime.read(_FILE + b"".join([*lines[:4], b"! ! !\n", *lines[4:]])).attachments
        self.assertEqual(file.content, content)

    def test_lines_that_are_padded_each_are_read(self):
        line = b"Kitchen, cabinet, handle and surface." * 2
        message = mime.read(_FILE + (base64.b64encode(line) + b"\r\n") * 3000)
        self.assertEqual((message.attachments[0].content, message.defect), (line * 3000, ""))

    def test_padding_everywhere_takes_little_memory(self):
        raw = _FILE + b"Q=" * 2_000_000
        tracemalloc.start()
        try:
            message = mime.read(raw)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertEqual(message.defect, defects.DAMAGED_CONTENT)
        self.assertLess(peak, 6 * len(raw))
        self.assertLess(len(message.attachments[0].content), len(raw) // 20, "not one after the other")

"""What we write is compared with what two other parsers read in it: our reader of mail, and the library's old one."""

import email
from datetime import UTC, datetime

from odoo.tests import BaseCase, tagged

from ..protocol import mime
from ..protocol.errors import UnsafeArgument
from ..protocol.mime_write import Draft, File, message_ids, split_address, write
from .mime_reference import differences

ANNA = ("Anna Müller, Einkauf", "anna@example.com")
DATE = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


def draft(**values):
    return Draft(**{"sender": ANNA, "message_id": "<1@example.com>", "date": DATE, "text": "Text", **values})


@tagged("post_install", "-at_install")
class TestMimeWrite(BaseCase):
    def written(self, **values):
        """Return raw bytes and what our reader makes of them, after what holds for every mail."""
        raw = write(draft(**values))
        self.assertEqual(raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"), 0)
        self.assertLessEqual(max(map(len, raw.split(b"\r\n"))), 998)
        message = mime.read(raw)
        self.assertFalse(message.defect)
        self.assertEqual(list(differences(raw, message)), [])
        return raw, message

    def test_text_and_html_are_alternatives(self):
        raw, message = self.written(text="Grüße\r\nvon Anna", html="<p>Grüße</p>")
        self.assertEqual(email.message_from_bytes(raw).get_content_type(), "multipart/alternative")
        self.assertEqual(message.body_text.split(), ["Grüße", "von", "Anna"])
        self.assertIn("<p>Grüße</p>", message.body_html)
        self.assertTrue(raw.isascii())

    def test_text_alone_is_no_multipart(self):
        raw, _message = self.written(text="Hello")
        self.assertEqual(email.message_from_bytes(raw).get_content_type(), "text/plain")

    def test_images_are_related_and_files_are_attached(self):
        image = File("logo.png", "image/png", PIXEL, content_id="logo@x")
        files = [
            image,
            File("a.bin", "application/x-odd", b"\0\r\n.\r\n\xff"),
            File("b.txt", "text/plain", b"x\ny\r\n"),
        ]
        raw, message = self.written(html='<img src="cid:logo@x">', files=files)
        types = [part.get_content_type() for part in email.message_from_bytes(raw).walk()]
        self.assertEqual(
            types,
            [
                "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
                "application/x-odd", "text/plain",
            ],
        )  # fmt: skip
        read = {part.name: (bytes(part.content), part.inline) for part in message.attachments}
        self.assertEqual(read["logo.png"], (PIXEL, True))
        self.assertEqual(read["a.bin"], (files[1].content, False))
        self.assertEqual(read["b.txt"], (b"x\ny\r\n", False))

    def test_file_names_of_every_kind_come_back(self):
        names = [
            "Angebot Größe.pdf", 'quote".txt', "semi;colon, comma.txt", "ü" * 90 + ".txt", "a" * 100 + ".txt", "契約書.docx",
            "100%.txt", "it's.txt",
        ]  # fmt: skip
        _raw, message = self.written(files=[File(name, "application/pdf", name.encode()) for name in names])
        self.assertEqual([part.name for part in message.attachments], names)

    def test_subjects_of_every_kind_come_back(self):
        for subject in ("", "Hello", "Größe", "x" * 300, "Wort " * 60, "ü" * 300, "=?utf-8?q?no?=", "😀" * 40, "a: b"):
            with self.subTest(subject):
                raw, message = self.written(subject=subject)
                self.assertEqual(message.subject, subject.strip())
                self.assertLessEqual(max(map(len, raw.split(b"\r\n\r\n")[0].split(b"\r\n"))), 78)

    def test_names_and_addresses_of_every_kind_come_back(self):
        people = [
            ("", "a@example.com"), ("Ben", "b@example.com"), ("Doe, John", "c@example.com"), ('The "Boss" \\', "d@x.example"),
            ("Müller, Jürgen", "e@example.com"), ("ä, " * 60 + "z", "f@example.com"), ("x" * 200, "g@example.com"),
            ("Idn", "i@bücher.example"), ('Quoted', '"a b"@example.com'),
        ]  # fmt: skip
        raw, _message = self.written(to=people)
        header = email.message_from_bytes(raw)["To"]
        parsed = [
            (str(email.header.make_header(email.header.decode_header(name))), address)
            for name, address in email.utils.getaddresses([header])
        ]
        expected = [(name.strip(), address.replace("bücher", "xn--bcher-kva")) for name, address in people]
        self.assertEqual(parsed, expected)

    def test_a_name_that_looks_encoded_is_encoded(self):
        header = email.message_from_bytes(write(draft(to=[("=?utf-8?q?x?=", "h@example.com")])))["To"]
        [(name, encoding), _rest] = email.header.decode_header(header)
        self.assertEqual((name.decode(encoding), _rest[0].strip()), ("=?utf-8?q?x?=", b"<h@example.com>"))

    def test_a_local_part_with_umlauts_makes_an_internationalised_header(self):
        raw = write(draft(to=[("Jürgen", "jürgen@example.com")]))
        self.assertIn("<jürgen@example.com>".encode(), raw)

    def test_nothing_breaks_out_of_a_header(self):
        evil = "x\r\nBcc: victim@example.com\r\n\r\nbody\u2028\x85\0"
        raw, _message = self.written(
            subject=evil,
            sender=(evil, "anna@example.com"),
            to=[(evil, "b@example.com")],
            references=evil,
            in_reply_to="<a@b>\r\nBcc: v@example.com",
            files=[File(evil, "text/plain\r\nBcc: v@example.com", b"x", content_id="")],
        )
        parsed = email.message_from_bytes(raw)
        self.assertNotIn("Bcc", parsed)
        self.assertFalse(any("Bcc" in part for part in parsed.walk()))
        for address in (
            "a@b\r\nBcc: v@x.example",
            "a b@example.com",
            "a@b>, <c@d",
            "a",
            "",
            "a@",
            "\ud800@example.com",
        ):
            with self.subTest(address), self.assertRaises(UnsafeArgument):
                write(draft(to=[("", address)]))
        with self.assertRaises(UnsafeArgument):
            write(draft(message_id="<a\r\nb@c>"))

    def test_long_and_odd_lines_are_encoded(self):
        _raw, message = self.written(text="x" * 5000 + "\n.\nFrom me\n\0\x07end", html="<p>" + "ü" * 3000 + "</p>")
        self.assertIn("x" * 5000, message.body_text)
        self.assertIn("\n.\nFrom me\nend", message.body_text.replace("\r\n", "\n"))
        self.assertIn("ü" * 3000, message.body_html)

    def test_thread_priority_and_receipt(self):
        references = " ".join(f"<{number}@x>" for number in range(100))
        raw, message = self.written(
            in_reply_to="<99@x>", references=references, priority="high", receipt_to=("Anna", "anna@example.com")
        )
        parsed = email.message_from_bytes(raw)
        self.assertEqual(message.in_reply_to, "<99@x>")
        found = message_ids(parsed["References"])
        self.assertEqual((len(found), found[0], found[-1]), (30, "<0@x>", "<99@x>"))
        self.assertEqual((parsed["Importance"], parsed["X-Priority"][0]), ("high", "1"))
        self.assertEqual(parsed["Disposition-Notification-To"], "Anna <anna@example.com>")

    def test_a_mail_is_attached_as_it_came(self):
        inner = write(draft(subject="Inner", text="Grüße"))
        for content, content_type in (
            (inner, "message/rfc822"),
            ("Grüße".encode() + inner, "application/octet-stream"),
        ):
            with self.subTest(content_type):
                raw = write(draft(files=[File("Inner.eml", "message/rfc822", content)]))
                part = email.message_from_bytes(raw).get_payload()[1]
                self.assertEqual((part.get_content_type(), part.get_filename()), (content_type, "Inner.eml"))
                if content_type == "message/rfc822":
                    self.assertIn(inner.rstrip(), raw)

    def test_five_hundred_recipients(self):
        raw, _message = self.written(to=[(f"Person {number}", f"p{number}@example.com") for number in range(500)])
        self.assertEqual(len(email.utils.getaddresses([email.message_from_bytes(raw)["To"]])), 500)

    def test_addresses_are_split(self):
        self.assertEqual(split_address(" a.b@BÜCHER.example "), ("a.b", "xn--bcher-kva.example"))
        self.assertEqual(split_address("a@[127.0.0.1]"), ("a", "[127.0.0.1]"))

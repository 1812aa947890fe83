import io
import zipfile
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import message_source
from ..protocol import mime
from .common import CommCase, SyncCase

RAW = b"From: A <a@example.com>\r\nX-Note: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n folded\r\nSubject: Hi\r\n\r\n<script>1</script>\r\n"


class SourceCase(CommCase, HttpCase):
    def setUp(self):
        super().setUp()
        for user in (self.anna, self.ben):
            user.password = user.login

    def attach(self, message, name, raw, **vals):
        return self.env["ir.attachment"].create(
            {"name": name, "raw": raw, "res_model": "comm.message", "res_id": message.id, **vals}
        )

    def get(self, message, page, user=None, **options):
        user = user or self.anna
        self.authenticate(user.login, user.login)
        return self.url_open(f"/comm_mailboxes/message/{message.id}/{page}", **options)


@tagged("post_install", "-at_install")
class TestMessageSource(SourceCase):
    def setUp(self):
        super().setUp()
        self.message = self.make_message(self.make_mailbox(), subject="A/B: “C”")

    def test_the_source_is_text_and_nothing_else(self):
        self.attach(self.message, "source.eml", RAW, comm_is_source=True)
        answer = self.get(self.message, "source")
        self.assertEqual(answer.content, RAW)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])

    def test_saved_as_a_file(self):
        self.attach(self.message, "source.eml", RAW, comm_is_source=True)
        answer = self.get(self.message, "eml")
        self.assertEqual((answer.content, answer.headers["Content-Type"]), (RAW, "message/rfc822"))
        self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))
        self.assertIn(".eml", answer.headers["Content-Disposition"])
        self.assertNotIn("/", answer.headers["Content-Disposition"])

    def test_a_message_without_a_source_is_written_from_what_is_kept(self):
        self.message.write({"email_from": "a@example.com", "body_text": "Kept"})
        self.attach(self.message, "a.txt", b"content")
        read = mime.read(self.get(self.message, "eml").content)
        self.assertEqual((read.subject, read.body_text.strip()), ("A/B: “C”", "Kept"))
        self.assertEqual([part.name for part in read.attachments], ["a.txt"])

    def test_all_headers_in_their_order(self):
        self.attach(self.message, "source.eml", RAW, comm_is_source=True)
        self.assertEqual(
            self.message.with_user(self.anna).get_headers(),
            [
                {"name": "From", "value": "A <a@example.com>"},
                {"name": "X-Note", "value": "Grüße folded"},
                {"name": "Subject", "value": "Hi"},
            ],
        )

    def test_all_files_in_one(self):
        for name, raw in (
            ("a.txt", b"1"),
            ("A.txt", b"2"),
            ("../../etc/passwd", b"3"),
            ("", b"4"),
            ("big.bin", b"x" * 900_000),
        ):
            self.attach(self.message, name or "/", raw)
        self.attach(self.message, "logo.png", b"inline", comm_content_id="logo")
        self.attach(self.message, "source.eml", RAW, comm_is_source=True)
        answer = self.get(self.message, "attachments.zip")
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        self.assertIsNone(archive.testzip())
        names = archive.namelist()
        self.assertEqual(names[:2], ["a.txt", "A (2).txt"])
        self.assertEqual(len(names), 5)
        self.assertFalse([name for name in names if "/" in name or name.startswith(".")])
        self.assertEqual([archive.read(name) for name in names[:4]], [b"1", b"2", b"3", b"4"])

    def test_the_zip_is_written_in_pieces(self):
        document = self.attach(self.message, "big.bin", b"x" * 2_000_000)
        pieces = list(message_source.zipped([("big.bin", document._full_path(document.store_fname))]))
        self.assertLess(max(map(len, pieces)), 2 * message_source.CHUNK)
        self.assertEqual(zipfile.ZipFile(io.BytesIO(b"".join(pieces))).read("big.bin"), b"x" * 2_000_000)

    def test_too_much_for_one_download_is_told(self):
        self.attach(self.message, "a.bin", b"x" * 100)
        with patch.object(message_source, "MAX_ZIP", 99), mute_logger("odoo.http"):
            answer = self.get(self.message, "attachments.zip")
        self.assertEqual(answer.status_code, 413)
        self.assertIn("one by one", answer.text)

    def test_printed_with_its_header_and_its_files_in_the_order_of_the_mail(self):
        self.message.write(
            {"subject": "<b>Bold</b>", "email_from": '"<i>A</i>" <a@example.com>', "body_html": "<p>Text</p>"}
        )
        for name in ("b.txt", "<img src=x>.png", "a.txt"):
            self.attach(self.message, name, b"x")
        answer = self.get(self.message, "print")
        for text in (
            "<h1>&lt;b&gt;Bold&lt;/b&gt;</h1>",
            "&lt;i&gt;A&lt;/i&gt;",
            "b.txt, &lt;img src=x&gt;.png, a.txt",
            "<p>Text</p>",
        ):
            self.assertIn(text, answer.text)
        self.assertNotIn("<img", answer.text)

    def test_printed_with_the_time_of_the_preview_which_is_that_of_the_browser(self):
        self.message.date = "2026-11-02 23:30:00"
        for cookie, time in (("Asia/Tokyo", "8:30"), ("../../etc/passwd", "11:30")):
            with self.subTest(cookie):
                self.assertIn(time, self.get(self.message, "print", cookies={"tz": cookie}).text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_nobody_else_gets_any_of_it(self):
        self.attach(self.message, "source.eml", RAW, comm_is_source=True)
        for page in ("source", "eml", "attachments.zip", "print", "body"):
            with self.subTest(page):
                self.assertEqual(self.get(self.message, page, self.ben).status_code, 404)


@tagged("post_install", "-at_install")
class TestSourceOnServer(SourceCase, SyncCase):
    def test_it_is_read_from_the_server(self):
        raw = self.deliver("Hello")
        message = self.message(self.make_synced(), "Hello")
        self.assertTrue(self.get(message, "source").content.endswith(raw))
        self.assertIn("Subject", [line["name"] for line in message.get_headers()])

    def test_a_server_that_is_away_is_told_in_words(self):
        self.deliver("Hello")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Hello")
        mailbox.password = "wrong"
        with mute_logger("odoo.http"):
            answer = self.get(message, "source")
        self.assertEqual(answer.status_code, 502)
        self.assertIn("password", answer.text)

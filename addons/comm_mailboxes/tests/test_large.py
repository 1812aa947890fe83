# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Large mails lie in files while they are worked on, and are read as small ones are."""

import base64
import dataclasses
import errno
import hashlib
import os
import random
import tracemalloc
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from odoo.addons.comm_mailboxes.protocol import large, mime
from odoo.addons.comm_mailboxes.protocol import mime_defects as defects

from .common import LabCase
from .mime_corpus import MAILS

_HEADER = b"Message-ID: <film@example.com>\r\nSubject: Film\r\nMIME-Version: 1.0\r\n"
_PARTS = (
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n'
    b'--b\r\nContent-Type: video/mp4; name="film.mp4"\r\nContent-Disposition: attachment\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n%b\r\n--b--\r\n"
)


def film(content):
    return _HEADER + _PARTS % base64.encodebytes(content).replace(b"\n", b"\r\n")


def in_file(raw):
    return large.LargeBytes.gather([raw], len(raw))


def plain(message):
    """The message with all contents as bytes."""
    attachments = [dataclasses.replace(part, content=part.content[:]) for part in message.attachments]
    return dataclasses.replace(message, attachments=attachments)


class TestLargeBytes(BaseCase):
    def test_finds_what_crosses_the_borders_of_its_windows(self):
        raw = bytes(random.Random(0).choices(b"ab\r\n", k=5000))
        with patch.object(large, "CHUNK", 7):
            data = in_file(raw)
            for part in (b"a", b"\r\n", raw[3:11], raw[-9:], b"aaaaaaaaaaaaa"):
                for start, end in ((0, None), (4, 4990), (13, 14), (20, 10), (0, 9999)):
                    self.assertEqual(data.find(part, start, end), raw.find(part, start, end))
            self.assertEqual(b"".join(data.chunks(3, 4001)), raw[3:4001])

    def test_every_mail_of_the_corpus_is_read_the_same_from_a_file(self):
        for mail in MAILS:
            if mail.raw:
                with self.subTest(mail.name):
                    expected = plain(mime.read(mail.raw))
                    with patch.object(large, "LARGE", 50), patch.object(large, "CHUNK", 160):
                        self.assertEqual(plain(mime.read(in_file(mail.raw))), expected)

    def test_a_damaged_attachment_is_read_the_same_from_a_file(self):
        intact = film(random.Random(1).randbytes(20_000))
        dice = random.Random(2)
        for _number in range(300):
            raw = bytearray(intact)
            position = dice.randrange(300, len(raw))
            raw[position : position + dice.randrange(3)] = dice.choice([b"", b"=", b"\n", b" ", b"\xff", b"A"])
            expected = plain(mime.read(bytes(raw)))
            with patch.object(large, "LARGE", 1000), patch.object(large, "CHUNK", 1000):
                self.assertEqual(plain(mime.read(in_file(bytes(raw)))), expected)

    def test_reading_takes_little_memory(self):
        content = random.Random(3).randbytes(24_000_000)
        data = in_file(film(content))
        tracemalloc.start()
        [attachment] = mime.read(data).attachments
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLess(peak, 6 * large.CHUNK)
        self.assertEqual(hashlib.sha1(attachment.content).digest(), hashlib.sha1(content).digest())

    def test_without_room_on_the_disk_memory_is_used(self):
        content = random.Random(4).randbytes(large.LARGE)
        data = in_file(film(content))
        with patch.object(
            large.tempfile, "TemporaryFile", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        ):
            message = mime.read(data)
        self.assertEqual((message.attachments[0].content, message.defect), (content, ""))


@tagged("post_install", "-at_install")
class TestLargeMessage(LabCase):
    def setUp(self):
        super().setUp()
        self.content = random.Random(5).randbytes(12_000_000)

    def test_an_attachment_arrives_whole_and_in_a_file(self):
        self.lab.deliver(self.account.address, film(self.content))
        mailbox = self.make_lab_mailbox()
        with patch.object(large.tempfile, "TemporaryFile", side_effect=large.tempfile.TemporaryFile) as files:
            mailbox.fetch_mail()
        message = self.messages(mailbox)
        self.assertEqual(message.attachment_ids.raw, self.content)
        self.assertEqual((message.subject, message.defect), ("Film", False))
        self.assertEqual(files.call_count, 2, "the mail and its attachment")

    def test_an_attachment_arrives_whole_in_a_database_without_filestore(self):
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        self.lab.deliver(self.account.address, film(self.content))
        mailbox = self.make_lab_mailbox()
        mailbox.fetch_mail()
        attachment = self.messages(mailbox).attachment_ids
        self.assertEqual((attachment.raw, attachment.store_fname), (self.content, False))

    def test_the_source_of_a_damaged_one_is_kept_but_not_indexed(self):
        raw = film(self.content)[:-20]
        self.lab.deliver(self.account.address, raw)
        mailbox = self.make_lab_mailbox()
        mailbox.fetch_mail()
        message = self.messages(mailbox)
        source = message.attachment_ids.filtered("comm_is_source")
        self.assertIn(defects.NO_END, message.defect)
        self.assertEqual((source.raw, source.index_content), (raw, False))

    def test_a_connection_without_room_on_the_disk_delivers_all_the_same(self):
        self.lab.deliver(self.account.address, film(self.content))
        mailbox = self.make_lab_mailbox()
        with patch.object(large.os, "posix_fallocate", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))):
            mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).attachment_ids.raw, self.content)

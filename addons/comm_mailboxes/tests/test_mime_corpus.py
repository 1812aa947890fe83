# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The reader over the corpus: the expected reading, the standard library's reading, and mutations of all of it."""

import email
import email.policy
import random
import time

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import mime, sanitize

from . import mime_checks, mime_reference
from .mime_corpus import MAILS

_MUTATIONS = 3000


class TestCorpus(BaseCase):
    def test_size(self):
        self.assertGreaterEqual(len(MAILS), 150)
        names = [mail.name for mail in MAILS]
        self.assertEqual(len(set(names)), len(names), "a name stands for one mail")

    def test_expected_reading(self):
        for mail in MAILS:
            expected = dict(mail.expected)
            message = mime.read(mail.raw)
            with self.subTest(mail.name):
                problems = expected.pop("defects", [])
                self.assertEqual(message.defect, "\n".join(sorted(problems)))
                if "attachments" in expected:
                    self._assert_attachments(message.attachments, expected.pop("attachments"))
                if "inline" in expected:
                    inline = [attachment.name for attachment in message.attachments if attachment.inline]
                    self.assertEqual(inline, expected.pop("inline"))
                for name, value in expected.items():
                    self.assertEqual(getattr(message, name), value, name)

    def _assert_attachments(self, attachments, expected):
        self.assertEqual(
            [
                (
                    None if name is None else attachment.name,
                    attachment.content_type,
                    None if content is None else attachment.content,
                )
                for attachment, (name, _type, content) in zip(attachments, expected, strict=False)
            ],
            expected,
        )
        self.assertEqual(len(attachments), len(expected))

    def test_same_as_the_standard_library(self):
        for mail in MAILS:
            with self.subTest(mail.name):
                found = mime_reference.differences(mail.raw, mime.read(mail.raw))
                if mail.deviation:
                    self.assertTrue(found, f"there is no deviation any more: {mail.deviation}")
                else:
                    self.assertEqual(found, [])

    def test_regular_mails_as_the_modern_policy_reads_them(self):
        """Also the choice of bodies and attachments is the one of email.message.EmailMessage."""
        for mail in MAILS:
            if "message_id" not in mail.expected or mail.deviation:
                continue
            message = mime.read(mail.raw)
            reference = email.message_from_bytes(mail.raw, policy=email.policy.default)
            with self.subTest(mail.name):
                self.assertEqual(message.subject, " ".join(str(reference["subject"]).split()))
                for kind, body in (("plain", message.body_text), ("html", message.body_html)):
                    part = reference.get_body((kind,))
                    if part is not None:
                        self.assertEqual(body, part.get_content().replace("\r\n", "\n"))
                names = [part.get_filename() for part in reference.iter_attachments() if part.get_filename()]
                ours = [attachment.name for attachment in message.attachments]
                self.assertLessEqual(set(names) - set(ours), {name for name in names if len(name) > 150})

    def test_identity_from_the_header_alone(self):
        for mail in MAILS:
            header = mail.raw
            for separator in (b"\r\n\r\n", b"\n\n"):
                header = header.partition(separator)[0]
            with self.subTest(mail.name):
                identity = mime.read(mail.raw).identity
                if identity and b"\n" in mail.raw[: len(header)]:
                    self.assertEqual(mime.identity_of(header + b"\r\n\r\n", len(mail.raw)), identity)

    def test_mutations(self):
        """Cut, flipped, doubled and spliced at random: no exception, storable fields, no long thinking."""
        mails = [mail.raw for mail in MAILS if len(mail.raw) < 20_000]
        for seed in range(_MUTATIONS):
            source = random.Random(seed)
            raw = _mutated(source.choice(mails), source, mails)
            start = time.process_time()
            message = mime.read(raw)
            body = sanitize.clean_html(message.body_html)
            with self.subTest(seed=seed):
                self.assertLess(time.process_time() - start, 10)
                self.assertEqual(list(mime_checks.faults(message)), [])
                self.assertNotIn("\0", body)


def _mutated(raw, source, mails):
    for _round in range(source.randint(1, 4)):
        start = source.randint(0, len(raw))
        end = min(len(raw), start + source.choice((1, 2, 10, 100, 1000)))
        match source.randint(0, 7):
            case 0:
                raw = raw[:start]
            case 1:
                raw = raw[:start] + raw[end:]
            case 2:
                raw = raw[:end] + raw[start:]
            case 3 if start < len(raw):
                raw = raw[:start] + bytes([raw[start] ^ 1 << source.randint(0, 7)]) + raw[start + 1 :]
            case 4:
                raw = raw[:start] + source.randbytes(source.choice((1, 3, 20))) + raw[start:]
            case 5:
                raw = (
                    raw[:start]
                    + source.choice((b"\r", b"\n", b"\r\n\r\n", b"\0", b'"', b";", b"=?", b"--", b"\xe2"))
                    + raw[start:]
                )
            case 6:
                other = source.choice(mails)
                raw = raw[:start] + other[source.randint(0, len(other)) :]
            case _:
                lines = raw.split(b"\n")
                source.shuffle(lines)
                raw = b"\n".join(lines)
    return raw

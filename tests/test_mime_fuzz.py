# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Every mail of the corpus, cut, with bits flipped and with other line ends: always read, always storable."""

import random
import re
import time

import pytest

from odoo.addons.comm_mailboxes.protocol import mime, sanitize
from odoo.addons.comm_mailboxes.tests import mime_checks
from odoo.addons.comm_mailboxes.tests.mime_corpus import MAILS

LINE_END = re.compile(rb"\r\n|\r|\n")
LINE_ENDS = (b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\r", b"\n\n")
SECONDS = 20  # of processor time for one mail


def truncated(raw, source):
    return raw[: source.randrange(len(raw) + 1)]


def beheaded(raw, source):
    return raw[source.randrange(len(raw) + 1) :]


def with_flipped_bits(raw, source):
    octets = bytearray(raw or b" ")
    for _flip in range(source.choice((1, 1, 2, 10, 100))):
        octets[source.randrange(len(octets))] ^= 1 << source.randrange(8)
    return bytes(octets)


def with_mixed_line_ends(raw, source):
    return LINE_END.sub(lambda _match: source.choice(LINE_ENDS), raw)


def with_nuls(raw, source):
    for _nul in range(5):
        position = source.randrange(len(raw) + 1)
        raw = raw[:position] + b"\0" * source.choice((1, 2, 50)) + raw[position:]
    return raw


DAMAGES = (truncated, beheaded, with_flipped_bits, with_mixed_line_ends, with_nuls)


def check(raw):
    start = time.process_time()
    message = mime.read(raw)
    html = sanitize.clean_html(message.body_html)
    seconds = time.process_time() - start
    assert list(mime_checks.faults(message)) == []
    assert "\0" not in html
    html.encode()
    assert seconds < SECONDS


def check_damaged(seeds):
    for mail in MAILS:
        for seed in seeds:
            source = random.Random(f"{mail.name} {seed}")
            damage = source.choice(DAMAGES)
            raw = damage(mail.raw, source)
            try:
                check(raw)
            except AssertionError as error:
                raise AssertionError(f"{mail.name!r} {damage.__name__}, seed {seed}: {error}") from error


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_other_line_ends(line_end):
    for mail in MAILS:
        check(LINE_END.sub(line_end, mail.raw))


def test_damaged():
    check_damaged(range(10))


@pytest.mark.long
def test_damaged_in_many_ways():
    check_damaged(range(10, 1000))


def test_cut_after_every_byte():
    names = ("inline images", "signed alternatives", "winmail.dat", "file name 12", "flowed 1")
    for mail in MAILS:
        if mail.name in names:
            for length in range(len(mail.raw)):
                check(mail.raw[:length])

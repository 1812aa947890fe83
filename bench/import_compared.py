"""What was imported beside what Python's imaplib and email and lxml read from the same account: nothing of ours is involved."""

import email
import email.header
import email.policy
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from lxml import etree, html

from odoo.tools import split_every

from .odoo_database import check

AT_ONCE = 200
_FLAGS = {"is_seen": r"\Seen", "is_flagged": r"\Flagged", "is_answered": r"\Answered"}
_NO_TEXT = ("style", "title", "script")


@dataclass(frozen=True)
class _Seen:
    message_id: str
    subject: str
    date: datetime
    addresses: tuple  # of the sender and of the recipients
    size: int
    flags: frozenset
    text: str  # SHA-256 of the words
    html: str  # the same
    attachments: frozenset  # of (SHA-256, how often)


def compare(database, lab, account, mailbox_id):
    """Compare all messages of the inbox.

    :raise AssertionError: unless both sides have the same messages, each with the same Message-ID, subject, date, addresses,
        flags, size, words of its text and its HTML, and bytes of its attachments
    """
    expected = dict(_read_by_imaplib(lab.imap(account)))
    with database.env() as env:
        found = dict(_read_from_odoo(env, mailbox_id))
    check(len(found), len(expected), "messages in Odoo")
    for uid, message in expected.items():
        check(found.get(uid), message, f"as message {uid}")


def _read_by_imaplib(client):
    client.select("INBOX", readonly=True)
    uids = client.uid("SEARCH", "ALL")[1][0].split()
    for start in range(0, len(uids), AT_ONCE):
        _typ, answers = client.uid(
            "FETCH", b",".join(uids[start : start + AT_ONCE]).decode(), "(UID FLAGS RFC822.SIZE BODY.PEEK[])"
        )
        for answer in answers:
            if isinstance(answer, tuple):
                yield _read_answer(*answer)
    client.logout()


def _read_answer(text, raw):
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    files = [part for part in parts if part.get_content_disposition() == "attachment"]
    bodies = {part.get_content_type(): part for part in parts if part not in files}
    return int(re.search(rb"UID (\d+)", text)[1]), _Seen(
        mail["Message-ID"],
        _decoded(mail["Subject"]),
        parsedate_to_datetime(mail["Date"]).astimezone(UTC).replace(tzinfo=None),
        tuple(_addresses(mail[name]) for name in ("From", "To")),
        int(re.search(rb"RFC822.SIZE (\d+)", text)[1]),
        frozenset(re.search(rb"FLAGS \((.*?)\)", text)[1].decode().split()) & set(_FLAGS.values()),
        _words(_content(bodies.get("text/plain"))),
        _words(_text_of_html(_content(bodies.get("text/html")))),
        _hashes(part.get_payload(decode=True) for part in files),
    )


def _decoded(header):
    return str(email.header.make_header(email.header.decode_header(header)))


def _addresses(header):
    return tuple(address for _name, address in getaddresses([header or ""]))


def _content(part):
    return part.get_payload(decode=True).decode(part.get_content_charset()) if part else ""


def _text_of_html(text):
    if not text:
        return ""
    document = html.document_fromstring(text)
    etree.strip_elements(document, *_NO_TEXT, with_tail=False)
    return document.text_content()


def _words(text):
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def _read_from_odoo(env, mailbox_id):
    messages = env["comm.message"].with_context(active_test=False).search([("mailbox_id", "=", mailbox_id)])
    for some in split_every(AT_ONCE, messages.ids, env["comm.message"].browse):
        some.fetch(["body_html", "body_text"])
        for message in some:
            yield message.uid, _read_message(message)
        env.invalidate_all()


def _read_message(message):
    return _Seen(
        message.message_id,
        message.subject,
        message.date,
        (_addresses(message.email_from), _addresses(message.email_to)),
        message.size,
        frozenset(flag for name, flag in _FLAGS.items() if message[name]),
        _words(message.body_text or ""),
        _words(_text_of_html(message.body_html)),
        _hashes(attachment.raw for attachment in message.attachment_ids),
    )


def _hashes(contents):
    return frozenset(Counter(hashlib.sha256(content).hexdigest() for content in contents).items())

"""What was imported beside what Python's imaplib and email read from the same account: nothing of ours is involved."""

import email
import email.header
import email.policy
import hashlib
import re
from collections import Counter
from dataclasses import dataclass

from .odoo_database import check

AT_ONCE = 200
_FLAGS = {"is_seen": r"\Seen", "is_flagged": r"\Flagged", "is_answered": r"\Answered"}


@dataclass(frozen=True)
class _Seen:
    message_id: str
    subject: str
    size: int
    flags: frozenset
    attachments: frozenset  # of (SHA-256, how often)


def compare(database, lab, account, mailbox_id):
    """Compare all messages of the inbox.

    :raise AssertionError: unless both sides have the same messages, each with the same Message-ID, subject, flags, size and
        bytes of its attachments
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
    parts = [part for part in mail.walk() if part.get_content_disposition() == "attachment"]
    return int(re.search(rb"UID (\d+)", text)[1]), _Seen(
        mail["Message-ID"],
        str(email.header.make_header(email.header.decode_header(mail["Subject"]))),
        int(re.search(rb"RFC822.SIZE (\d+)", text)[1]),
        frozenset(re.search(rb"FLAGS \((.*?)\)", text)[1].decode().split()) & set(_FLAGS.values()),
        _hashes(part.get_payload(decode=True) for part in parts),
    )


def _read_from_odoo(env, mailbox_id):
    messages = env["comm.message"].with_context(active_test=False).search([("mailbox_id", "=", mailbox_id)])
    for message in messages:
        yield (
            message.uid,
            _Seen(
                message.message_id,
                message.subject,
                message.size,
                frozenset(flag for name, flag in _FLAGS.items() if message[name]),
                _hashes(attachment.raw for attachment in message.attachment_ids),
            ),
        )
    env.invalidate_all()


def _hashes(contents):
    return frozenset(Counter(hashlib.sha256(content).hexdigest() for content in contents).items())

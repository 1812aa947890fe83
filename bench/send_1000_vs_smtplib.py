"""1,000 mails to one server: what Odoo sends through an SMTP mailbox, and what users wrote, beside a bare smtplib loop.

The first line is Odoo's own queue (invoices, chatter: what is sent by the thousand), from the rows in the database to the
rows that say "sent". The second one is the outbox. The loop is what a programmer writes who has nothing but the mails to send:
it makes an ``EmailMessage`` of each, of the same headers and bodies, and gives it to ``send_message`` on one session. It reads
no database and notes nothing. What such a loop does with the very bytes that arrived from ours, ready made, is in the notes.

The receiving server is a process of its own on the loopback that answers at once, so that nothing hides what our side costs:
a server far away makes both sides equal. It offers PIPELINING, which smtplib does not use. Commits are real, every recipient
another one.

Both take turns in rounds, and the round with the median ratio counts.
"""

import random
import smtplib
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from socket import socket

from lab.mailbag.people import ENGLISH_PARTNERS, GERMAN_CUSTOMERS, GERMAN_SUPPLIERS

from . import rounds
from .cpu import Programs
from .odoo_database import check
from .smtp_sink import smtp_sink

MAILS = 1000
WARM_UP = 20
ROUNDS = 3
# More than these is not "few".
MOST_SESSIONS = 5
ANCHOR = "smtplib, one session"
BUILT_BY_ITSELF = {"content-type", "content-transfer-encoding", "mime-version"}
NAMES = [person.name for person in (*GERMAN_CUSTOMERS, *GERMAN_SUPPLIERS, *ENGLISH_PARTNERS)]


@dataclass
class Mail:
    """What the loop is given: the envelope, and what the mail is to say."""

    sender: str
    recipients: tuple
    headers: list
    text: str
    html: str

    @classmethod
    def of(cls, sender, recipients, raw):
        message = message_from_bytes(raw, policy=policy.default)
        text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
        headers = [(name, str(value)) for name, value in message.items() if name.lower() not in BUILT_BY_ITSELF]
        return cls(sender, recipients, headers, text, html)


def measure(name, database, lab):
    """Return mails per second of the queue and of the outbox, each beside the loop with the same mails."""
    database.allow_lab(lab)
    with closing(socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with database.env() as env:
        mailbox_id, user_id = _make_sender(env, port)
    programs = Programs(database, lab)
    return [
        _measure(line, database, programs, port, prepare, send)
        for line, prepare, send in (
            (
                name,
                lambda env, number: _queue(env, user_id, number),
                lambda env: env["mail.mail"].process_email_queue(),
            ),
            (
                f"{name}/outbox",
                lambda env, number: _fill_outbox(env, mailbox_id, user_id, number),
                lambda env: env["comm.mailbox"]._cron_send_outbox(),
            ),
        )
    ]


def _measure(name, database, programs, port, prepare, send):
    def ours(number):
        with database.env() as env:
            prepare(env, number)
        database.settle()
        spent, sink = _spent(programs, port, lambda: _run(database, send), number)
        with database.env() as env:
            check(_unsent(env), 0, "mails are still to be sent")
        return spent, sink

    def theirs(mails):
        spent, sink = _spent(programs, port, lambda: _send_by_smtplib(port, mails), len(mails))
        check(_message_ids(sink) == _message_ids_of(mails), True, "of the same mails arrived")
        return spent

    ours(WARM_UP)
    spent, sink = ours(MAILS)
    mails = [Mail.of(*mail) for mail in sink.mails]
    pairs = [(spent, theirs(mails))]
    for number in range(1, ROUNDS):
        (spent, _sink), their_spent = rounds.in_turn(number, lambda: ours(MAILS), lambda: theirs(mails))
        pairs.append((spent, their_spent))
    raw, _sink = _spent(programs, port, lambda: _send_ready_made(port, sink.mails), MAILS)
    size = sum(len(raw) for _sender, _recipients, raw in sink.mails) / MAILS / 1000
    note = (
        f"{len(sink.sessions)} session(s), {size:.1f} kB a mail;"
        f" smtplib with ready-made bytes, which builds nothing: {MAILS / raw.seconds:.0f} mails/s"
    )
    return rounds.rates(name, "mails/s", MAILS, ANCHOR, pairs, note=lambda _ours, _theirs: note)


def _run(database, send):
    with database.env() as env:
        send(env)


def _spent(programs, port, work, number):
    """Let mails arrive at a new server; return what it took, and the server."""
    with smtp_sink(port) as sink:
        spent = programs.watch(work, server=("server", sink.pid))
    check(len(sink.mails), number, "mails arrived")
    check(len({recipients for _sender, recipients, _raw in sink.mails}), number, "different recipients")
    check(len(sink.sessions) <= MOST_SESSIONS, True, f"few sessions ({len(sink.sessions)})")
    return spent, sink


def _send_by_smtplib(port, mails):
    with smtplib.SMTP("127.0.0.1", port) as server:
        for mail in mails:
            message = EmailMessage()
            for name, value in mail.headers:
                message[name] = value
            message.set_content(mail.text)
            message.add_alternative(mail.html, subtype="html")
            server.send_message(message, mail.sender, mail.recipients)


def _send_ready_made(port, mails):
    with smtplib.SMTP("127.0.0.1", port) as server:
        for sender, recipients, raw in mails:
            server.sendmail(sender, recipients, raw)


def _message_ids(sink):
    return {message_from_bytes(raw)["Message-Id"].strip() for _sender, _recipients, raw in sink.mails}


def _message_ids_of(mails):
    return {value for mail in mails for name, value in mail.headers if name.lower() == "message-id"}


# What is to be sent


def _make_sender(env, port):
    user = env["res.users"].create(
        {
            "name": "Anna Sender",
            "login": "bench_sender",
            "email": "anna@bench.example",
            "group_ids": [(4, env.ref("comm_mailboxes.group_user").id), (4, env.ref("base.group_user").id)],
        }
    )
    settings = env["res.users.settings"]._find_or_create_for_user(user)
    settings.comm_undo_seconds = 0
    mailbox = env["comm.mailbox"].create(
        {
            "name": "Bench",
            "kind": "smtp",
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "email": user.email,
            "user_id": user.id,
        }
    )
    return mailbox.id, user.id


def _body(number):
    """Return HTML of some kilobytes, as an invoice by mail has."""
    rows = "".join(
        f"<tr><td>{line}</td><td>Prüfgerät {number}-{line}</td><td style='text-align:right'>{line * 7}.00 €</td></tr>"
        for line in range(1, 16)
    )
    return (
        f"<div style='font-family:sans-serif'><p>Dear customer {number},</p>"
        f"<p>here is what you ordered. Thank you for your trust.</p><table>{rows}</table><p>Kind regards<br/>Anna</p></div>"
    )


def _addresses(number):
    names = random.Random(number).choices(NAMES, k=number)
    return [(name, f"customer{place}.{number}@bench.example") for place, name in enumerate(names)]


def _queue(env, user_id, number):
    """Queue notifications as the chatter makes them: a mail, a message and a notification for each."""
    user = env["res.users"].browse(user_id)
    partners = env["res.partner"].create([{"name": name, "email": address} for name, address in _addresses(number)])
    mails = (
        env["mail.mail"]
        .with_user(user)
        .sudo()
        .create(
            [
                {
                    "subject": f"Order {place}: größere Lieferung",
                    "body_html": _body(place),
                    "email_from": user.email_formatted,
                    "author_id": user.partner_id.id,
                    "recipient_ids": [(4, partner.id)],
                    "model": "res.partner",
                    "res_id": partner.id,
                    "message_type": "comment",
                    "is_notification": True,
                }
                for place, partner in enumerate(partners)
            ]
        )
    )
    env["mail.notification"].create(
        [
            {
                "mail_mail_id": mail.id,
                "mail_message_id": mail.mail_message_id.id,
                "res_partner_id": mail.recipient_ids.id,
                "notification_type": "email",
                "notification_status": "ready",
                "is_read": True,
            }
            for mail in mails
        ]
    )


def _fill_outbox(env, mailbox_id, user_id, number):
    messages = env["comm.message"].with_user(user_id).sudo(False)
    for place, (_name, address) in enumerate(_addresses(number)):
        messages.send(
            {
                "from_mailbox_id": mailbox_id,
                "email_to": address,
                "subject": f"Order {place}: größere Lieferung",
                "body_html": _body(place),
            }
        )


def _unsent(env):
    waiting = env["comm.message"].search_count([("outgoing_state", "not in", (False, "sent"))])
    waiting += env["mail.mail"].search_count([("state", "!=", "sent")])
    return waiting + env["mail.notification"].search_count(
        [("notification_type", "=", "email"), ("notification_status", "!=", "sent")]
    )

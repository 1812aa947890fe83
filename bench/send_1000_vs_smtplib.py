"""1,000 mails to one server: what Odoo sends through an SMTP mailbox, and what users wrote, beside a bare smtplib loop.

The first line is Odoo's own queue (invoices, chatter: what is sent by the thousand), from the rows in the database to the
rows that say "sent". The second one is the outbox. The loop gets the very bytes that arrived from ours, ready made, and does
nothing else than ``sendmail`` on one session: it builds no mail, reads no database and notes nothing.

The receiving server is a process of its own on the loopback that answers at once, so that nothing hides what our side costs:
a server far away makes both sides equal. Commits are real, every recipient another one.
"""

import random
import smtplib
import time
from contextlib import closing, contextmanager
from socket import socket

from lab.mailbag.people import ENGLISH_PARTNERS, GERMAN_CUSTOMERS, GERMAN_SUPPLIERS

from .odoo_database import check
from .result import Result
from .smtp_sink import smtp_sink

MAILS = 1000
WARM_UP = 20
# More than these is not "few".
MOST_SESSIONS = 5
ANCHOR = "smtplib, one session"
NAMES = [person.name for person in (*GERMAN_CUSTOMERS, *GERMAN_SUPPLIERS, *ENGLISH_PARTNERS)]


def measure(name, database, lab):
    """Return mails per second of the queue and of the outbox, each beside the loop with the same mails."""
    database.allow_lab(lab)
    with closing(socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with database.env() as env:
        mailbox_id, user_id = _make_sender(env, port)
    results = []
    for line, prepare, send in (
        (name, _queue_mails, lambda env: env["mail.mail"].process_email_queue()),
        (f"{name}/outbox", _fill_outbox, lambda env: env["comm.mailbox"]._cron_send_outbox()),
    ):
        for number in (WARM_UP, MAILS):
            prepare(database, mailbox_id, user_id, number)
            database.settle()
            ours, sink = _seconds(port, lambda send=send: _run(database, send), number)
            theirs, _anchor = _seconds(port, lambda sink=sink: _send_by_smtplib(port, sink.mails), number)
            with database.env() as env:
                check(_unsent(env), 0, "mails are still to be sent")
        sizes = sum(len(raw) for _sender, _recipients, raw in sink.mails)
        note = f"{len(sink.sessions)} session(s), {sizes / number / 1000:.1f} kB a mail"
        results.append(Result.of_rates(line, "mails/s", number / ours, ANCHOR, number / theirs, note=note))
    return results


def _run(database, send):
    with database.env() as env:
        send(env)


@contextmanager
def _timed(seconds):
    started = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - started)


def _seconds(port, work, number):
    seconds = []
    with smtp_sink(port) as sink, _timed(seconds):
        work()
    check(len(sink.mails), number, "mails arrived")
    check(len({recipients for _sender, recipients, _raw in sink.mails}), number, "different recipients")
    check(len(sink.sessions) <= MOST_SESSIONS, True, f"few sessions ({len(sink.sessions)})")
    return seconds[0], sink


def _send_by_smtplib(port, mails):
    with smtplib.SMTP("127.0.0.1", port) as server:
        for sender, recipients, raw in mails:
            server.sendmail(sender, recipients, raw)


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


def _queue_mails(database, _mailbox_id, user_id, number):
    """Queue notifications as the chatter makes them: a mail, a message and a notification for each."""
    with database.env() as env:
        _queue(env, user_id, number)


def _queue(env, user_id, number):
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


def _fill_outbox(database, mailbox_id, user_id, number):
    for place, (_name, address) in enumerate(_addresses(number)):
        with database.env() as env:
            env["comm.message"].with_user(user_id).sudo(False).send(
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

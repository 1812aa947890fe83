"""A visit that finds nothing new, log-in included: one visit of ours beside one run of mbsync.

Ours is ``comm.mailbox.fetch_mail()`` in a process where Odoo is loaded, as in its cron workers; mbsync is started anew each
time, as it is used, which costs it a few milliseconds. Both have everything from before, and both log in by one command
over a plain connection. Who is first in a round alternates.
"""

from lab.mailbag import small

from . import rounds, traffic
from .mbsync import Mbsync
from .odoo_database import check
from .result import Result
from .stopwatch import milliseconds

ROUNDS = 15
FOLDERS = 200
MAILS_PER_FOLDER = 5


def measure_folders(name, database, lab):
    """200 folders with a few messages each, all of them chosen."""
    account = lab.account(language=None)
    folders = ["INBOX", *(f"Project {number:03}" for number in range(1, FOLDERS))]
    mails = small(FOLDERS * MAILS_PER_FOLDER)
    return _measure(
        name, database, lab, account, [(folder, next(mails)) for folder in folders for _each in range(MAILS_PER_FOLDER)]
    )


def measure_messages(name, database, lab):
    """One folder of 10,000 messages."""
    return _measure(name, database, lab, lab.account(language=None), [("INBOX", raw) for raw in small(10_000)])


def _measure(name, database, lab, account, mails):
    lab.deliver_many(account.address, mails)
    mailbox_id = database.create_mailbox(lab, account)
    database.choose_all_folders(mailbox_id)
    database.import_all(mailbox_id, len(mails))
    with Mbsync(account, lab.ports["imap"]) as mbsync:
        mbsync.sync()
        check(mbsync.count(), len(mails), "messages in mbsync's Maildir")
        database.settle()
        # PostgreSQL has just thrown away what it knew of its tables; the first round of both is not measured.
        check(database.visit(mailbox_id), 0, "messages came")
        mbsync.sync()
        times = [
            rounds.in_turn(
                number,
                lambda: milliseconds(lambda: check(database.visit(mailbox_id), 0, "messages came")),
                lambda: milliseconds(mbsync.sync),
            )
            for number in range(ROUNDS)
        ]
        our_traffic = traffic.of_mailbox(database, lab, mailbox_id)
        their_traffic = traffic.count(lab, mbsync.sync)
    _prove_awake(database, lab, account, mailbox_id)
    return [
        rounds.costs(name, "ms", "mbsync", times, note=f"ours: {our_traffic}; mbsync: {their_traffic}"),
        Result.of_costs(
            f"{name}/round-trips", "round trips", our_traffic.round_trips, "mbsync", their_traffic.round_trips
        ),
    ]


def _prove_awake(database, lab, account, mailbox_id):
    """A visit that sees nothing because it does not look would be fast: the next mail must come."""
    lab.deliver(account.address, b"Subject: Still awake\r\n\r\n")
    check(database.visit(mailbox_id), 1, "new messages came after the visits without change")

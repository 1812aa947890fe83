"""Two mailboxes fetched by two cron workers of a real Odoo, beside the same with one worker, one after the other.

From the trigger of the scheduled action until both mailboxes are complete. Machines with few cores share them with
PostgreSQL and the mail server, which have more to do for two workers: what all of them take is in the note, with the ratio
that would keep every core busy at the CPU seconds that one worker needs. No number of workers gives more than that.

The same again over lines as mail comes in the world: there a worker waits for its server, and another one does not.
"""

from itertools import islice

from lab.mailbag import mixed

from . import rounds
from .cpu import Programs, work_of_two
from .odoo_workers import OdooWorkers

MAILS = 800
WARM_UP = 60
ROUNDS = 3
# Of the second measurement: a connection of 100 Mbit/s has this many bytes a second.
LINE = 12_500_000
MAILS_OVER_LINE = 200


def measure(name, database, lab):
    """Return messages per second of two processes beside those of one: with the server beside them, and over lines."""
    near = [_round(database, lab, number, MAILS, lab.ports["imap"]) for number in range(ROUNDS)]
    with lab.proxy() as line:
        line.throttle(LINE)
        far = [_round(database, lab, number, MAILS_OVER_LINE, line.port) for number in range(ROUNDS)]
    return [
        rounds.rates(name, "messages/s", 2 * MAILS, "one worker", near, note=_limit),
        rounds.rates(f"{name}/over-100-mbit", "messages/s", 2 * MAILS_OVER_LINE, "one worker", far),
    ]


def _limit(_two, one):
    return (
        f"with all {one.cores} cores busy {one.cores / one.cores_used:.2f} would be possible;"
        f" two busy loops do {work_of_two():.2f} times the work of one here"
    )


def _round(database, lab, number, count, port):
    """Return what two workers and what one took for two mailboxes of ``count`` mails each, at this port."""
    mails = list(islice(mixed(2 * count, seed=number), 2 * count))
    return rounds.in_turn(
        number,
        lambda: _measure(database, lab, 2, mails, port),
        lambda: _measure(database, lab, 1, mails, port),
    )


def _measure(database, lab, workers, mails, port):
    half = len(mails) // 2
    with OdooWorkers(database, workers) as server:
        programs = Programs(database, lab, odoo=server.pid)
        for count in (WARM_UP, half):
            expected = {}
            for start in (0, half):
                expected[_mailbox(database, lab, mails[start : start + count], port)] = count
            database.settle()
            spent = programs.watch(lambda expected=expected: server.fetch(expected))
    return spent


def _mailbox(database, lab, mails, port):
    account = lab.account(language=None)
    lab.deliver_many(account.address, (("INBOX", raw) for raw in mails))
    return database.create_mailbox(lab, account, port=port)

"""Two mailboxes fetched by two cron workers of a real Odoo, beside the same with one worker, one after the other.

From the trigger of the scheduled action until both mailboxes are complete. Machines with few cores share them with
PostgreSQL and the mail server, which have more to do for two workers: what all of them take is in the note, with the ratio
that would keep every core busy at the CPU seconds that one worker needs. No number of workers gives more than that.
"""

from itertools import islice

from lab.mailbag import mixed

from . import rounds
from .cpu import Programs
from .odoo_workers import OdooWorkers

MAILS = 800
WARM_UP = 60
ROUNDS = 3


def measure(name, database, lab):
    """Return messages per second of two processes beside those of one."""
    found = [_round(database, lab, number) for number in range(ROUNDS)]
    return rounds.rates(name, "messages/s", 2 * MAILS, "one worker", found, note=_limit)


def _limit(_two, one):
    return f"with all {one.cores} cores busy {one.cores / one.cores_used:.2f} would be possible"


def _round(database, lab, number):
    """Return what two workers and what one took."""
    mails = list(islice(mixed(2 * MAILS, seed=number), 2 * MAILS))
    return rounds.in_turn(number, lambda: _measure(database, lab, 2, mails), lambda: _measure(database, lab, 1, mails))


def _measure(database, lab, workers, mails):
    with OdooWorkers(database, workers) as server:
        programs = Programs(database, lab, odoo=server.pid)
        for count in (WARM_UP, MAILS):
            expected = {}
            for start in (0, MAILS):
                expected[_mailbox(database, lab, mails[start : start + count])] = count
            database.settle()
            spent = programs.watch(lambda expected=expected: server.fetch(expected))
    return spent


def _mailbox(database, lab, mails):
    account = lab.account(language=None)
    lab.deliver_many(account.address, (("INBOX", raw) for raw in mails))
    return database.create_mailbox(lab, account)

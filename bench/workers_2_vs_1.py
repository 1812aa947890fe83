"""Two mailboxes fetched by two cron workers of a real Odoo, beside the same with one worker, one after the other.

From the trigger of the scheduled action until both mailboxes are complete. Machines with few cores share them with
PostgreSQL and the mail server, which have more to do for two workers.
"""

from itertools import islice

from lab.mailbag import mixed

from .odoo_workers import OdooWorkers
from .result import Result

MAILS = 800
WARM_UP = 60
# Alternating, so that a machine that gets busier or quieter meanwhile favours neither.
ROUNDS = (1, 2, 2, 1, 1, 2)


def measure(name, database, lab):
    """Return messages per second of two processes beside those of one, the best of three rounds each."""
    rates = {1: [], 2: []}
    seed = 0
    for workers in ROUNDS:
        with OdooWorkers(database, workers) as server:
            for mails in (WARM_UP, MAILS):
                mailboxes = {}
                for _each in range(2):
                    seed += 1
                    mailboxes[_mailbox(database, lab, mails, seed)] = mails
                seconds = server.fetch(mailboxes)
        rates[workers].append(2 * MAILS / seconds)
    note = "; ".join(f"{workers}: {', '.join(f'{rate:.0f}' for rate in found)}" for workers, found in rates.items())
    return Result.of_rates(name, "messages/s", max(rates[2]), "one worker", max(rates[1]), note=f"by workers {note}")


def _mailbox(database, lab, mails, seed):
    account = lab.account(language=None)
    lab.deliver_many(account.address, (("INBOX", raw) for raw in islice(mixed(mails, seed=seed), mails)))
    return database.create_mailbox(lab, account)

"""Imports beside mbsync with its default settings, fsync included.

Both read an account with the same mails over the same plain connection from the same server, start with nothing, and were
warmed up by a few mails before.
"""

import time
from itertools import islice

from lab.mailbag import mixed, small

from .import_ours import seconds_of_import
from .mbsync import Mbsync
from .odoo_database import check
from .result import Result

WARM_UP = 20


def measure_mixed(name, database, lab):
    """2,000 mails of 108 kB on average: HTML, umlauts, every fifth with attachments."""
    return _measure(name, database, lab, mixed, 2_000)


def measure_small(name, database, lab):
    """10,000 mails of one to three kB."""
    return _measure(name, database, lab, small, 10_000)


def _measure(name, database, lab, mails, count):
    for number in (WARM_UP, count):
        account = lab.account(language=None)
        lab.deliver_many(account.address, (("INBOX", raw) for raw in islice(mails(number, seed=number), number)))
        with Mbsync(account, lab.ports["imap"]) as mbsync:
            started = time.perf_counter()
            mbsync.sync()
            theirs = time.perf_counter() - started
            check(mbsync.count(), number, "messages in mbsync's Maildir")
        ours = seconds_of_import(database, lab, account, number)
    return Result.of_rates(name, "messages/s", count / ours, "mbsync", count / theirs)

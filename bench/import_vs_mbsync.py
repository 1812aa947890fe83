"""Imports beside mbsync with its default settings, fsync included, in rounds; who is first alternates.

In each round both get an account of their own with the same mails, which nobody has read before, over the same plain
connection from the same server, and start with nothing. Both were warmed up by a few mails.
"""

from itertools import islice

from lab.mailbag import mixed, small

from . import rounds
from .cpu import Programs
from .import_ours import import_account
from .mbsync import Mbsync
from .odoo_database import check

WARM_UP = 20
ROUNDS = 3


def measure_mixed(name, database, lab):
    """2,000 mails of 108 kB on average: HTML, umlauts, every fifth with attachments."""
    return _measure(name, database, lab, mixed, 2_000)


def measure_small(name, database, lab):
    """10,000 mails of one to three kB."""
    return _measure(name, database, lab, small, 10_000)


def _measure(name, database, lab, mails, count):
    programs = Programs(database, lab)
    _round(database, lab, programs, list(islice(mails(WARM_UP), WARM_UP)), 0)
    found = [
        _round(database, lab, programs, list(islice(mails(count, seed=number), count)), number)
        for number in range(1, ROUNDS + 1)
    ]
    return rounds.rates(name, "messages/s", count, "mbsync", found)


def _round(database, lab, programs, mails, number):
    """Return what both sides took for these mails."""

    def ours():
        account = _account(lab, mails)
        database.settle()
        return import_account(database, lab, account, len(mails), programs)

    def theirs():
        account = _account(lab, mails)
        database.settle()
        with Mbsync(account, lab.ports["imap"]) as mbsync:
            spent = programs.watch(mbsync.sync, client="mbsync")
            check(mbsync.count(), len(mails), "messages in mbsync's Maildir")
        return spent

    return rounds.in_turn(number, ours, theirs)


def _account(lab, mails):
    account = lab.account(language=None)
    lab.deliver_many(account.address, (("INBOX", raw) for raw in mails))
    return account

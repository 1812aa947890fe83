"""How scheduled actions that speak to servers take mailbox after mailbox."""

import threading
import time
import weakref
from datetime import timedelta

from odoo import fields
from odoo.tools import config

from .sending.wake import wake_at

# Seconds that a visit may take: the turn of a fetch, and a server that falls silent at its end.
LONGEST = 90.0
# Seconds after which a round takes nothing up any more where it has less than a visit may take.
LEAST = 5.0
# The part of Odoo's time limit after which a visit is broken off; the rest is for noting what came of it.
SHARE = 0.9
_round = threading.local()


def begin_round(cursor):
    """Note when Odoo began the round of due actions that ``cursor`` stands for: they have their time limit together.

    A worker for scheduled actions shows that it is alive between two rounds only, and is killed when one takes too long.
    """
    if getattr(_round, "cursor", lambda: None)() is not cursor:
        _round.cursor, _round.begun = weakref.ref(cursor), time.monotonic()


def end_round():
    """What is run next is in no round that went before, whatever its cursor."""
    vars(_round).clear()


def end_of_visit():
    """Return the ``time.monotonic()`` at which a visit that begins now is over, whatever its server still sends: else Odoo ends
    the whole worker, and nobody learns why. None: there is no limit.
    """
    limit = _limit()
    return (_round.begun if _is_in_round() else time.monotonic()) + SHARE * limit if limit else None


def _may_begin():
    """Tell whether the round that is under way has time for one more visit, should it be a long one."""
    limit = _limit()
    return not (limit and _is_in_round()) or time.monotonic() - _round.begun <= max(limit - LONGEST, LEAST)


def _is_in_round():
    return getattr(_round, "cursor", lambda: None)() is not None


def _limit():
    """Return how many seconds Odoo gives to a round of scheduled actions, outside one to a request; 0: any number."""
    limit = config["limit_time_real_cron"] if _is_in_round() else -1
    return config["limit_time_real"] if limit < 0 else limit


def take_in_turn(env, waiting, work):
    """Do ``work(record)`` for one after the other while the time of the scheduled action lasts; commit after each.

    Odoo calls an action up to ten times though its time be over. A visit may last a minute, and ten of them would outlive
    what Odoo allows a cron worker: so a call without time does nothing, nor one of several actions when those before it took
    long. What is left goes on at once, when other actions had their turn.

    :param waiting: records, the most urgent one first
    :param work: returns whether there is more to do for this record in the next turn; None when another worker has it, which
        is no progress
    """
    cron = env["ir.cron"]
    waiting = list(waiting)
    processed = unfinished = 0
    while cron._commit_progress(processed, remaining=len(waiting) + unfinished) and waiting and _may_begin():
        has_more = work(waiting.pop(0))
        processed = has_more is not None
        unfinished += bool(has_more)
    if waiting or unfinished:
        wake_at(env, fields.Datetime.now() + timedelta(seconds=1))

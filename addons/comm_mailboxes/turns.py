"""How scheduled actions that speak to servers take mailbox after mailbox."""

import threading
import time
import weakref
from datetime import timedelta

from odoo import fields
from odoo.service.server import SLEEP_INTERVAL
from odoo.tools import config

from .sending.wake import wake_at

# Seconds that a visit may take: the turn of a fetch, and a server that falls silent at its end.
LONGEST = 90.0
# Seconds after which a round takes nothing up any more where it has less than a visit may take.
LEAST = 5.0
# The part of Odoo's time limit after which a visit is broken off; the rest is for noting what came of it.
SHARE = 0.9
# The part of what is left until then in which a visit takes something up; the rest is for what it took up last.
TURN_SHARE = 0.6
# The part of Odoo's limit of CPU time in which it does; at the limit a worker ends at once.
CPU_SHARE = 0.75
# Seconds that a worker of a prefork server sleeps at most between showing that it is alive and beginning a round.
LONGEST_SLEEP = SLEEP_INTERVAL + 10
_round = threading.local()


def begin_round(cursor):
    """Note when Odoo began the round of due actions that ``cursor`` stands for: they have their time limit together.

    A worker for scheduled actions shows that it is alive between two rounds only, and is killed when one takes too long. That
    of a prefork server then sleeps before the round begins, on its time: it was alive when its last job was over, and has slept
    a minute since, if anything.
    """
    if getattr(_round, "cursor", lambda: None)() is not cursor:
        now = time.monotonic()
        _round.cursor, _round.begun, _round.cpu = weakref.ref(cursor), now, time.process_time()
        _round.alive = max(now - LONGEST_SLEEP, getattr(_round, "job_ended", 0)) if config["workers"] else now


def end_job():
    """Note that a job of the round is over, after which the worker shows sooner or later that it is alive."""
    _round.job_ended = time.monotonic()


def end_round():
    """What is run next is in no round that went before, whatever its cursor."""
    vars(_round).pop("cursor", None)


def end_of_visit():
    """Return the ``time.monotonic()`` at which a visit that begins now is over, whatever its server still sends: else Odoo ends
    the whole worker, and nobody learns why. None: there is no limit.
    """
    limit = _limit()
    return (_round.alive if _is_in_round() else time.monotonic()) + SHARE * limit if limit else None


def turn(most):
    """Return in how many seconds, ``most`` at most, a visit that begins now may take up new work."""
    left, end = [most], end_of_visit()
    if end is not None:
        left.append(TURN_SHARE * (end - time.monotonic()))
    if config["workers"] and config["limit_time_cpu"] and _is_in_round():
        left.append(CPU_SHARE * config["limit_time_cpu"] - (time.process_time() - _round.cpu))
    return max(min(left), 0.0)


def _may_begin():
    """Tell whether the round that is under way has time for one more visit, should it be a long one."""
    limit = _limit()
    now = time.monotonic()
    return not (limit and _is_in_round()) or now - _round.begun <= LEAST or now - _round.alive <= limit - LONGEST


def _is_in_round():
    cursor = getattr(_round, "cursor", lambda: None)()
    # Whoever still has it does no more with it.
    return cursor is not None and not cursor.closed


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

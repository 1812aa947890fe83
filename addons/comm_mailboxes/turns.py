"""How scheduled actions that speak to servers take mailbox after mailbox."""

from datetime import timedelta

from odoo import fields

from .sending.wake import wake_at


def take_in_turn(env, waiting, work):
    """Do ``work(record)`` for one after the other while the time of the scheduled action lasts; commit after each.

    Odoo calls an action up to ten times though its time be over. A visit may last a minute, and ten of them would outlive
    what Odoo allows a cron worker: so a call without time does nothing. What is left goes on at once, when other actions had
    their turn.

    :param waiting: records, the most urgent one first
    :param work: returns whether there is more to do for this record in the next turn; None when another worker has it, which
        is no progress
    """
    cron = env["ir.cron"]
    waiting = list(waiting)
    processed = unfinished = 0
    while cron._commit_progress(processed, remaining=len(waiting) + unfinished) and waiting:
        has_more = work(waiting.pop(0))
        processed = has_more is not None
        unfinished += bool(has_more)
    if waiting or unfinished:
        wake_at(env, fields.Datetime.now() + timedelta(seconds=1))

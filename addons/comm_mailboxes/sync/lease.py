"""Who may work on a mailbox right now: one visit at a time, across all workers and servers."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError


class MailboxBusy(UserError):
    """Another visit holds the lease."""


@contextmanager
def lease(mailbox):
    """Lock the lease row of ``mailbox`` and yield ``(mailbox, lease_row)``.

    The mailbox comes as superuser on a cursor of its own, in the language of its owner: the visit commits there as often
    as it stores something. Every commit gives up row locks, so the lock is held on a second cursor, where the lease row
    may be written; that is committed at the end, also after an error inside.

    :raise MailboxBusy: when another visit is under way
    :raise UserError: when the mailbox was not saved yet
    """
    env = mailbox.env
    context = {key: value for key, value in env.context.items() if not key.startswith(("ir_cron", "cron_", "default_"))}
    with env.registry.cursor() as lease_cr:
        lease_env = env(cr=lease_cr, user=SUPERUSER_ID, su=True, context={})
        row = lease_env["comm.mailbox.lease"].search([("mailbox_id", "=", mailbox.id)])
        if not row:
            raise UserError(env._("Save the mailbox first."))
        if not row.try_lock_for_update():
            raise MailboxBusy(env._("“%s” is being fetched right now. Try again in a moment.", mailbox.name))
        with env.registry.cursor() as work_cr:
            work_env = env(cr=work_cr, user=SUPERUSER_ID, su=True, context=context)
            worked = work_env["comm.mailbox"].browse(mailbox.id)
            yield worked.with_context(lang=worked.user_id.lang or env.lang), row

"""Who may work on a mailbox right now: one visit at a time, across all workers and servers."""

from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tools import SQL

NEEDED = (
    "active", "allow_clear_password", "auth_method", "auto_fetch", "certificate_hostname", "company_id", "email",
    "fetch_interval", "host", "kind", "last_error", "log_events", "login", "name", "port", "scope", "security", "settings_stamp",
    "skip_certificate_check", "state", "user_id",
)  # fmt: skip


class MailboxBusy(UserError):
    """Another visit holds the lease."""


class NothingDue(UserError):
    """Another visit has done meanwhile what this one was to do."""


@contextmanager
def lease(mailbox, *, if_due=False):
    """Lock the lease row of ``mailbox`` and yield ``(mailbox, lease_row)``.

    The mailbox comes as superuser on a cursor of its own, in the language of its owner: the visit commits there as often
    as it stores something. Every commit gives up row locks, so the lock is held on a second cursor, where the lease row
    may be written; that is committed at the end, also after an error inside. What an automatic fetch notes at its beginning
    is committed before: the lock is given up for it, and whoever has it then is first.

    :param if_due: only if the automatic fetch is still due once the lock is held
    :raise MailboxBusy: when another visit is under way
    :raise NothingDue: when ``if_due`` and it is not
    :raise UserError: when the mailbox was not saved yet
    """
    env = mailbox.env
    context = {key: value for key, value in env.context.items() if not key.startswith(("ir_cron", "cron_", "default_"))}
    # What the engine writes came from the server and need not be told to it.
    context["comm_sync"] = True
    with env.registry.cursor() as lease_cr:
        lease_env = env(cr=lease_cr, user=SUPERUSER_ID, su=True, context={})
        row = _lock(lease_env["comm.mailbox.lease"], mailbox)
        if if_due and row:
            if row not in row._due():
                raise NothingDue(env._("“%s” was fetched a moment ago.", mailbox.name))
            row._note_beginning()
            row = _lock(row, mailbox)
        if not row:
            if not env["comm.mailbox.lease"].sudo().search_count([("mailbox_id", "=", mailbox.id)], limit=1):
                raise UserError(env._("Save the mailbox first."))
            raise MailboxBusy(env._("“%s” is being fetched right now. Try again in a moment.", mailbox.name))
        context["comm_mechanism"] = row.mechanism or ""
        with env.registry.cursor() as work_cr:
            work_env = env(cr=work_cr, user=SUPERUSER_ID, su=True, context=context)
            worked = work_env["comm.mailbox"].browse(mailbox.id)
            # Of its many fields, those that a visit without news needs.
            worked.fetch(NEEDED)
            owner = worked.user_id
            # Odoo remembers this of every user, and need not read the record for it.
            lang = owner.with_user(owner).context_get().get("lang") if owner else None
            # What was refused under other settings says nothing.
            refusals = row.refusals if row.settings_stamp == worked.settings_stamp else 0
            yield worked.with_context(lang=lang or env.lang, comm_refusals=refusals), row


def account_of(mailbox):
    """Return what tells one account of mail from another, as far as anybody can see from here.

    Not the port: the same server has several, with and without TLS.
    """
    # Who signs in by OAuth opens the mailbox of the address, unless another one is named.
    return f"{mailbox.login or mailbox.email or ''} {mailbox.host}".lower()


def _lock(leases, mailbox):
    """Return the row of ``mailbox`` with what was read of it in the same moment, or none: in one statement."""
    names = ("mechanism", "failures", "refusals", "settings_stamp", "account", "deaths")
    columns = SQL(", ").join(map(SQL.identifier, ("id", *names)))
    try:
        rows = leases.env.execute_query(
            SQL("SELECT %s FROM comm_mailbox_lease WHERE mailbox_id = %s FOR UPDATE SKIP LOCKED", columns, mailbox.id)
        )
    except SerializationFailure:
        # Another visit ended in this moment.
        return leases.browse()
    for row_id, *values in rows:
        row = leases.browse(row_id)
        for name, value in zip(names, values, strict=True):
            leases._fields[name]._insert_cache(row, [value])
        return row
    return leases.browse()

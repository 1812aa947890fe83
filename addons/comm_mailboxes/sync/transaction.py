"""Transactions of the engine: short, each committed for good, and tried again when a user changed the same rows."""

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo.tools import SQL

TRIES = 5


def committed(env, work, *, always=True):
    """Call ``work()`` and commit what it did; from the start when another transaction got in the way.

    :param work: must read what it needs itself, as what it read before a failure may have changed
    :param always: False: where nothing was changed, the transaction goes on, and what was read so far need not be read again
    :return: what ``work`` returned
    :raise Exception: what ``work`` raised, everything since the last commit undone
    """
    for attempt in range(1, TRIES + 1):
        try:
            result = work()
            if always or _has_written(env):
                env.cr.commit()  # pylint: disable=invalid-commit
        except (SerializationFailure, DeadlockDetected):
            env.cr.rollback()
            if attempt == TRIES:
                raise
        except Exception:
            env.cr.rollback()
            raise
        else:
            return result
    return None


def _has_written(env):
    env.flush_all()
    [[transaction_id]] = env.execute_query(SQL("SELECT pg_current_xact_id_if_assigned()"))
    return transaction_id is not None

"""Transactions of the engine: short, each committed for good, and tried again when a user changed the same rows."""

from psycopg2.errors import DeadlockDetected, SerializationFailure

TRIES = 5


def committed(env, work):
    """Call ``work()`` and commit what it did; from the start when another transaction got in the way.

    :param work: must read what it needs itself, as what it read before a failure may have changed
    :return: what ``work`` returned
    :raise Exception: what ``work`` raised, everything since the last commit undone
    """
    for attempt in range(1, TRIES + 1):
        try:
            result = work()
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

"""Transactions of their own, beside that of the request, which Odoo repeats as a whole."""

from psycopg2.errors import DeadlockDetected, SerializationFailure

TRIES = 5


def retried(work):
    """Return ``work()``, which opens and commits a transaction; it is done again when another worker was quicker."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except (SerializationFailure, DeadlockDetected):
            # What the other one wrote is there now.
            if attempt == TRIES:
                raise
    return None

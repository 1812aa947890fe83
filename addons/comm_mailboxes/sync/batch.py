"""Batches: how much is in flight at once, and how it is stored for good.

A batch and the note that it is done (a cursor, known ids) are one transaction: a run that is cut off at any point goes on
where the last commit left.
"""

import logging

from psycopg2.errors import DeadlockDetected, SerializationFailure

from . import store

_logger = logging.getLogger(__name__)

# A single larger message is a batch of its own.
MESSAGES = 50
BYTES = 10_000_000
# The first batch is small, so that the newest mail is on the screen at once.
FIRST_MESSAGES = 10
TRIES = 5


def split(sizes):
    """Yield lists of keys in the given order, bounded by number and bytes.

    :param sizes: pairs of key and bytes
    """
    batch, weight, limit = [], 0, FIRST_MESSAGES
    for key, size in sizes:
        if batch and (len(batch) >= limit or weight + size > BYTES):
            yield batch
            batch, weight, limit = [], 0, MESSAGES
        batch.append(key)
        weight += size
    if batch:
        yield batch


def save(folder, prepared, keys, done):
    """Store messages and commit; one that cannot be stored must not hold up the others.

    :param prepared: ``{key: store.Prepared}``
    :param keys: all keys of the batch in import order; those without a message vanished meanwhile
    :param done: called with keys, writes that they are done
    """
    try:
        _save_together(folder, prepared, keys, done)
    except Exception:
        if len(keys) < 2:
            raise
        _logger.warning("Folder %s: storing one by one after an error in a batch", folder.id, exc_info=True)
        for key in keys:
            _save_alone(folder, prepared, key, done)


def _save_together(folder, prepared, keys, done):
    """Another transaction may change the same counts meanwhile: then the batch is tried again."""
    for attempt in range(1, TRIES + 1):
        try:
            store.save(folder, [prepared[key] for key in keys if key in prepared])
            done(keys)
            commit(folder)
        except (SerializationFailure, DeadlockDetected):
            folder.env.cr.rollback()
            if attempt == TRIES:
                raise
        except Exception:
            folder.env.cr.rollback()
            raise
        else:
            return


def _save_alone(folder, prepared, key, done):
    try:
        _save_together(folder, prepared, [key], done)
    except Exception as error:
        _logger.warning("Folder %s, message %s: kept as source", folder.id, key, exc_info=True)
        source = prepared[key].as_raw(f"{type(error).__name__}: {error}")
        _save_together(folder, {key: source}, [key], done)


def commit(folder):
    """Commit the visit's own cursor."""
    folder.env.cr.commit()  # pylint: disable=invalid-commit

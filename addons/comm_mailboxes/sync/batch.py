"""Batches: how much is in flight at once, and how it is stored for good.

A batch and the note that it is done (a cursor, known ids) are one transaction: a run that is cut off at any point goes on
where the last commit left.
"""

import logging

from psycopg2.errors import DeadlockDetected, DiskFull, SerializationFailure

from . import store, transaction

_logger = logging.getLogger(__name__)

# A single larger message is a batch of its own.
MESSAGES = 100
BYTES = 10_000_000
# The first batch is small, so that the newest mail is on the screen at once.
FIRST_MESSAGES = 10
# Errors of the machine: what is tried again later will be stored as it is.
NOT_THE_MESSAGE = (OSError, DeadlockDetected, DiskFull, SerializationFailure)


class Batch(list):
    """Keys of messages, and the bytes that these have together."""

    weight = 0

    @property
    def is_heavy(self):
        """Tell whether it is one message above the limit, beside which nothing else should be in memory."""
        return self.weight > BYTES


def split(sizes):
    """Yield batches of keys in the given order, bounded by number and bytes.

    :param sizes: pairs of key and bytes
    """
    batch, limit = Batch(), FIRST_MESSAGES
    for key, size in sizes:
        if batch and (len(batch) >= limit or batch.weight + size > BYTES):
            yield batch
            batch, limit = Batch(), MESSAGES
        batch.append(key)
        batch.weight += size
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
    except NOT_THE_MESSAGE:
        raise
    except Exception:
        _logger.warning("Folder %s: storing one by one after an error in a batch", folder.id, exc_info=True)
        are_whole = [_save_alone(folder, prepared, key, done) for key in keys]
        if not all(are_whole):
            transaction.committed(folder.env, lambda: _tell(folder, are_whole.count(False)))


def _tell(folder, count):
    text = folder.env._(
        "Messages in “%(folder)s” that could not be stored as they are: %(count)s. Each stands in the list with the reason. The"
        " log of the Odoo server tells the administrator more; “Read again” brings the rest once it is mended.",
        folder=folder.complete_name,
        count=count,
    )
    folder.env["comm.mailbox.event"]._log(folder.mailbox_id, "warning", "fetch", text)


def _save_together(folder, prepared, keys, done):
    def work():
        store.save(folder, [prepared[key] for key in keys if key in prepared])
        done(keys)

    transaction.committed(folder.env, work)


def _save_alone(folder, prepared, key, done):
    """Store a message, or what can be of it; return whether it is whole."""
    try:
        _save_together(folder, prepared, [key], done)
    except NOT_THE_MESSAGE:
        raise
    except Exception as error:
        _logger.warning("Folder %s, message %s: kept as source", folder.id, key, exc_info=True)
        source = prepared[key].as_raw(f"{type(error).__name__}: {error}")
        _save_source(folder, source, key, done)
        return False
    return True


def _save_source(folder, source, key, done):
    try:
        _save_together(folder, {key: source}, [key], done)
    except NOT_THE_MESSAGE:
        raise
    except Exception:
        _logger.warning("Folder %s, message %s: not even its source is kept", folder.id, key, exc_info=True)
        _save_together(folder, {key: source.without_content()}, [key], done)

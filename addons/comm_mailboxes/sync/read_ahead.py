"""Fetching and reading the next batch while the one before is stored.

Most of the waiting of an import is for the mail server, for the sanitiser and for PostgreSQL, none of which holds Python's
lock: other threads make use of it. One speaks to the server, one reads mails; none of them ever sees an Odoo environment.
More of them only fight for the lock: with two that read, an import is no faster and costs a tenth more.
"""

import contextlib
import sys
import threading
from concurrent import futures
from functools import partial

from ..protocol.connector import TimeIsUp
from . import filestore, store


class _ShortTurns:
    """A context in which Python's lock goes round among the threads five times as fast as usual.

    Each call of the sanitiser, the disk or PostgreSQL gives the lock away, and to get it back takes up to a whole turn of
    another thread. One message needs it dozens of times. Contexts of several threads overlap: the last one restores.
    """

    TURN = 0.001

    def __init__(self):
        self._lock = threading.Lock()
        self._users = 0
        self._usual = None

    def __enter__(self):
        with self._lock:
            if not self._users:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, self.TURN))
            self._users += 1

    def __exit__(self, *_error):
        with self._lock:
            self._users -= 1
            if not self._users:
                sys.setswitchinterval(self._usual)


_short_turns = _ShortTurns()


@contextlib.contextmanager
def read_ahead(session, batches, header_only=frozenset(), files=None):
    """Yield an iterator of ``(uids, {uid: store.Prepared})`` over ``batches``, in their order.

    While the caller works on one batch, the next one is fetched, and no more than that; a heavy one waits until the caller
    comes back. What was handed out is emptied when the caller asks for the next. Where the time is up in the middle of a batch,
    what of it came before is handed out without ``uids``, and then the error is raised.

    Until the end of the context the session belongs to this iterator, which raises the session's errors. Afterwards no
    thread runs any more, also when the caller stopped early; that takes as long as one message, unless the session is hung
    up. Else it is ready for the next command.

    :param session: a ``protocol.imap.ImapSession`` with the folder open
    :param batches: what ``batch.split`` yields; taken in the caller's thread
    :param header_only: the UIDs of messages that are too large to come whole
    :param files: Odoo's folder for files, None where it keeps them elsewhere
    """
    stop = threading.Event()
    with (
        _short_turns,
        futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="comm-prepare") as workers,
        futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="comm-read-ahead") as thread,
    ):
        try:
            yield _iterate(partial(_read, session, header_only, files, stop, workers), iter(batches), thread)
        finally:
            stop.set()


def _iterate(read, batches, thread):
    def start(uids):
        return uids, thread.submit(read, uids)

    upcoming = None
    for uids in batches:
        if upcoming is None:
            upcoming = start(uids)
            continue
        current, upcoming = upcoming, None if uids.is_heavy else start(uids)
        yield from _hand_out(*current)
        upcoming = upcoming or start(uids)
    if upcoming:
        yield from _hand_out(*upcoming)


def _hand_out(uids, reading):
    under_way, error = reading.result()
    prepared = {uid: preparing.result() for uid, preparing in under_way.items()}
    under_way.clear()
    yield () if error else uids, prepared
    # The caller still holds it while waiting for the next one.
    prepared.clear()
    if error:
        raise error


def _read(session, header_only, files, stop, workers, uids):
    """Fetch a batch and return ``{uid: future of a Prepared}``, and the error that broke it off in the middle, or None."""
    under_way = {}
    large = header_only.intersection(uids)
    for fetch, prepare, wanted in (
        (session.messages, store.prepare, [uid for uid in uids if uid not in large]),
        (session.headers, store.prepare_partial, large),
    ):
        if stop.is_set() or not wanted:
            continue
        try:
            with contextlib.closing(fetch(wanted)) as messages:
                for fetched in messages:
                    under_way[fetched.uid] = workers.submit(_prepare, prepare, files, fetched)
                    if stop.is_set():
                        break
        except TimeIsUp as error:
            if not under_way:
                raise
            # It was the line, and no single message.
            error.suspects = frozenset()
            return under_way, error
    return under_way, None


def _prepare(prepare, files, fetched):
    prepared = prepare(fetched)
    if files:
        for part in prepared.attachments:
            # Large ones are in a file already, of which there must not be more copies than needed.
            if part.content and isinstance(part.content, bytes):
                part.content = filestore.write_ahead(files, part.content)
    return prepared

"""Reading the new messages of a POP3 drop: the failure of one is its own.

What the server refuses, or in whose middle the connection breaks, does not keep the others away: what was read before is
stored, what was refused is passed over, and what breaks the connection is asked for last the next time; after some times only
its header, and then nothing more.
"""

import contextlib
import time
from concurrent import futures

from odoo import fields

from ..protocol.errors import ConnectionLost, ProtocolError, ServerRefused
from ..protocol.imap import FetchedMessage
from ..protocol.mime import identity_of, is_made_once
from ..protocol.mime_defects import BREAKS_OFF
from . import batch, pop3_known, store
from .breaking import TIMES
from .pop3_drop import digest_of
from .watch import LOOK


class _GivenUp(Exception):
    """Nobody waits for what is under way any more."""


class Taking:
    """The new messages of a drop, in batches: an iterable of ``{key: pop3_known.Taken}``.

    Afterwards it tells what did not come.

    :param keys: those of the new messages, in the order in which they are asked for
    :param times: how often that was in vain already
    """

    def __init__(self, visit, drop, keys, times):
        self.count = 0  # of messages that came
        self.is_sound = None  # the server handed out a message in this visit; None: it was asked for no other one
        self.refused = {}  # key to error, of what the server did not hand out
        self.postponed = []  # errors, of what it may hand out the next time
        self.broken_at = None  # the key of the message in which the connection broke
        self.error = None  # with which it broke
        self.is_given_up = False  # nobody waits for the rest any more
        self._visit, self._drop, self._keys, self._times = visit, drop, keys, times
        self._limit = visit.mailbox._import_limit()
        self._looked = time.monotonic()

    def __iter__(self):
        with futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="comm-pop3") as self._thread:
            try:
                yield from self._batches()
            except _GivenUp:
                self.is_given_up = True

    def _batches(self):
        for keys in batch.split((key, min(self._drop[key].size, self._limit)) for key in self._keys):
            again = pop3_known.listed_again(self._visit.mailbox, keys)
            taken, weight = {}, 0
            for key in keys:
                item = self._take(key, again.get(key))
                if self.broken_at:
                    break
                if item:
                    taken[key] = item
                    weight += len(item.prepared.raw) if item.prepared else 0
                # A server may tell sizes that are not so.
                if weight > batch.BYTES:
                    yield taken
                    taken, weight = {}, 0
            if taken:
                yield taken
            if self.broken_at:
                return

    def _ask(self, work, *args, **options):
        """Let the server send what ``work`` asks for; however long it takes, look now and then whether anybody waits for it."""
        asking = self._thread.submit(work, *args, **options)
        while time.monotonic() - self._looked >= LOOK or not futures.wait([asking], LOOK).done:
            if self._visit.is_given_up():
                self._visit.session.hang_up()
                raise _GivenUp
            self._looked = time.monotonic()
        return asking.result()

    def _take(self, key, row):
        message, times = self._drop[key], self._times.get(key, 0)
        try:
            if key in self._times and self.is_sound is None:
                self._look_at_another()
            if times > TIMES:
                # Not even its header.
                raise ServerRefused("RETR", str(ConnectionLost(self._visit.mailbox.host)))
            header_only = message.size > self._limit or times == TIMES
            item = self._recognise(message, row) or self._ask(
                read, self._visit.session, message, header_only=header_only
            )
            if item.prepared and header_only and message.size <= self._limit:
                item.prepared.values["defect"] = BREAKS_OFF
        except ServerRefused as error:
            if error.temporary:
                self.postponed.append(error)
            else:
                self.refused[key] = error
        except ProtocolError as error:
            self.broken_at, self.error = key, error
        else:
            self.count += 1
            self.is_sound = True
            return item
        return None

    def _look_at_another(self):
        """Find out whether the server hands out anything, before it is asked for what broke the connection before."""
        whole = pop3_known.rows(self._visit.mailbox, ("is_whole", "=", True)).mapped("uidl")
        others = [self._drop[key] for key in whole if key in self._drop]
        if others:
            other = min(others, key=lambda message: message.size)
            self.is_sound = False
            with contextlib.suppress(ServerRefused):
                self._ask(self._visit.session.retrieve, other.number)
                self.is_sound = True

    def _recognise(self, message, row):
        """Return a ``Taken`` if it is what had this id before; None: its content has to be looked at."""
        if row and row.message_id:
            # There was no content then.
            return pop3_known.Taken(row=row)
        if row and row.identity:
            header = self._ask(self._visit.session.header, message.number)
            if identity_of(header, message.size) == row.identity and is_made_once(header):
                return pop3_known.Taken(row=row)
        return None


def read(session, message, *, header_only=False):
    """Read a message, or its header.

    :return: a ``pop3_known.Taken``
    """
    if header_only:
        header = session.header(message.number)
        return pop3_known.Taken(store.prepare_partial(_fetched(message, header)), "", is_made_once(header))
    raw = session.retrieve(message.number)
    end = raw.find(b"\r\n\r\n")
    header = raw[: end + 1 if end >= 0 else 0]
    return pop3_known.Taken(store.prepare(_fetched(message, raw)), digest_of(raw), is_made_once(header))


def not_handed_out(message, error, conceal):
    """Return what stands for a message that the server does not hand out, a ``store.Prepared``.

    :param conceal: takes secrets out of what the server said
    """
    error.conceal(conceal)
    return store.prepare(_fetched(message, b"", failed=error.params.get("reply") or str(error)))


def _fetched(message, raw, **options):
    return FetchedMessage(0, frozenset(), fields.Datetime.now(), message.size, raw, **options)

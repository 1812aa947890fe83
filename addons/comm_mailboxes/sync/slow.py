"""Messages that are too large for the time of one visit, on a line as slow as this one: they come in pieces, over several.

Such a message kept its visit until the time was up (see ``watch``). Its header comes next, so that it stands in the list, and
the rest at the end of each visit, when all else was done: by pieces that are kept (``comm.message.piece``) until the last one is
there. So a message of 100 MB comes at 100 kB a second, too, in some twenty visits that go on one after the other.

One at which the connection breaks is tried again as any other (``breaking``), the others come before it in the next visit, and
where it breaks several times without a byte of it coming, it stays a header until it is asked for again (``refused``).
"""

import logging
import time
from contextlib import contextmanager
from functools import partial

from ..protocol.connector import TimeIsUp
from ..protocol.errors import ProtocolError
from ..protocol.imap import FetchedMessage
from ..protocol.large import LargeBytes
from ..protocol.mime_defects import BREAKS_OFF
from . import alike, breaking, reread, store

_logger = logging.getLogger(__name__)

# Bytes of the first piece, which even a line that is hardly alive brings within a visit; of the others at most; and the
# seconds that one may take for the next one to be larger.
FIRST = 1 << 16
MOST = 1 << 22
SOON = 2.0


def uids(folder):
    """Return the UIDs of ``folder`` that come in pieces."""
    return {int(uid) for uid in (folder.slow_uids or "").split()}


def note(folder, uid):
    """Note that a message comes in pieces from now on. The caller commits."""
    _write(folder, uids(folder) | {uid})
    begin(folder)
    # In pieces it may come.
    breaking.forget(folder, uid)
    folder.env["comm.mailbox.event"]._log(
        folder.mailbox_id,
        "info",
        "fetch",
        folder.env._(
            "One message in “%s” is too large to come in one visit, as slow as the server sends. Its header comes first, and the"
            " rest in pieces with the next visits.",
            folder.complete_name,
        ),
    )


@contextmanager
def noted(visit, folder, uid):
    """Note that a message comes in pieces, where it keeps the visit until its time is up."""
    try:
        yield
    except TimeIsUp:
        visit.env.cr.rollback()
        visit.commit(lambda: note(folder, uid))
        raise


def begin(folder):
    """Note with the messages of ``folder`` that are here which of them come in pieces: another program may move them before the
    first piece. The caller commits.
    """
    if slow := uids(folder):
        folder.env["comm.message.piece"]._begin(folder, slow)


def go_on(visit):
    """Fetch more of these messages, as long as there is time. Commits each piece.

    Comes last: whatever happens here, all else was done.
    """
    for message in visit.env["comm.message.piece"]._messages(visit.mailbox):
        # Wherever it was moved meanwhile.
        folder = message.server_folder_id
        if message.uid and message.uid not in uids(folder):
            visit.commit(lambda message=message, folder=folder: _write(folder, uids(folder) | {message.uid}))
    waiting = visit.mailbox.folder_ids.filtered(
        lambda folder: folder.slow_uids and folder.is_selectable and not (folder.is_missing or folder.is_to_compare)
    )
    for folder in waiting:
        visit.commit(partial(begin, folder))
    try:
        visit.each(waiting.sorted(is_under_suspicion), _go_on)
    except ProtocolError as error:
        if not visit.is_in_use():
            raise
        visit.complete = visit.complete and not isinstance(error, TimeIsUp)
        _logger.info("Mailbox %s: %s in the middle of a large message", visit.mailbox.id, type(error).__name__)


def is_under_suspicion(folder):
    """Tell whether the connection broke at one of these messages the last time."""
    return folder.broken_uid in uids(folder)


def _go_on(visit, folder):
    suspect = folder.broken_uid if is_under_suspicion(folder) else 0
    # The newest first; where the connection broke, those after that one, so that it comes last.
    for uid in sorted(uids(folder), key=lambda uid: (uid >= suspect, -uid)):
        if not visit.take(partial(_go_on_with, uid=uid), folder):
            return


def _go_on_with(visit, folder, uid):
    """Fetch more of one message; return whether there is time for the next one."""
    visit.reopen(folder)
    messages = folder.env["comm.message"].with_context(active_test=False)
    message = messages.search([("server_folder_id", "=", folder.id), ("uid", "=", uid)])
    if not message and _is_to_come(visit, folder, uid):
        return True
    if message.is_partial and breaking.is_judged(folder, uid):
        visit.commit(lambda: _give_up(folder, message, BREAKS_OFF))
        return True
    # It may have been moved, deleted, or loaded by hand.
    if message.is_partial and not _load(visit, folder, message):
        return not visit.must_stop()
    visit.commit(lambda: _write(folder, uids(folder) - {uid}))
    return True


def _is_to_come(visit, folder, uid):
    """Tell whether the header of a message that is not here comes when it is the turn of ``folder``."""
    return not folder.uid_low <= uid <= folder.uid_high and any(visit.session.sizes_of([uid]))


def _load(visit, folder, message):
    """Fetch pieces of ``message`` until it is whole, or there is no time left; return whether nothing is left to do."""
    pieces, size = folder.env["comm.message.piece"], FIRST
    position = pieces._size(message)
    begun = False
    while True:
        if begun and visit.must_stop():
            return False
        begun, started = True, time.monotonic()
        with breaking.noted(visit, folder):
            [piece] = visit.session.piece(message.uid, position, size) or [None]
        if piece is None:
            # It is gone; where it turns up elsewhere, it goes on.
            return True
        if piece.failed and not 0 < piece.size <= position:
            visit.commit(lambda piece=piece: _note_refused(folder, message, piece))
            return True
        visit.commit(lambda piece=piece, position=position: _keep(folder, message, position, piece))
        visit.counts["pieces"] += 1
        position += len(piece.raw)
        # Less than was asked for is the end only where that is all, as far as the server told: some hand out less at once.
        if not piece.raw or len(piece.raw) < size and position >= piece.size:
            _replace(visit, message, piece)
            return True
        if time.monotonic() - started < SOON:
            size = min(2 * size, MOST)


def _keep(folder, message, position, piece):
    if piece.raw:
        folder.env["comm.message.piece"]._keep(message, position, piece.raw)
    breaking.forget(folder, message.uid)


def _note_refused(folder, message, failed):
    _give_up(folder, message, store.prepare(failed).values["defect"])
    folder.env["comm.mailbox.event"]._log(
        folder.mailbox_id,
        "warning",
        "fetch",
        folder.env._(
            "The server does not hand out one message in “%(folder)s” in pieces; it said: %(reason)s. Only its header is here. It"
            " is asked for again once a day, as a whole; “Repair” or “Load from server” does so at once.",
            folder=folder.complete_name,
            reason=failed.failed,
        ),
    )


def _give_up(folder, message, defect):
    """Leave it at the header of a message until it is asked for again: see ``refused``."""
    message.defect = defect
    folder.env["comm.message.piece"]._forget(message)
    breaking.forget(folder, message.uid)
    _write(folder, uids(folder) - {message.uid})


def _replace(visit, message, last):
    """Read the message that all pieces make."""
    pieces = message.env["comm.message.piece"]
    raw = LargeBytes.gather(pieces._contents(message), pieces._size(message))
    fetched = FetchedMessage(message.uid, last.flags, last.internal_date, last.size, raw)
    is_same = not message.identity or alike.bears(message, fetched)
    prepared = store.prepare(fetched)

    def work():
        if is_same:
            reread.replace(message, [prepared])
        pieces._forget(message)

    visit.commit(work)
    visit.counts["loaded"] += is_same


def _write(folder, slow):
    folder.slow_uids = " ".join(map(str, sorted(slow))) or False

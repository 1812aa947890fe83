"""Messages that are too large for the time of one visit, on a line as slow as this one: they come in pieces, over several.

Such a message kept its visit until the time was up (see ``watch``). Its header comes next, so that it stands in the list, and
the rest at the end of each visit, when all else was done: by pieces that are kept (``comm.message.piece``) until the last one is
there. So a message of 100 MB comes at 100 kB a second, too, in some twenty visits that go on one after the other.
"""

import logging
import time

from ..protocol.connector import TimeIsUp
from ..protocol.errors import ProtocolError
from ..protocol.imap import FetchedMessage
from ..protocol.large import LargeBytes
from . import alike, reread, store

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
    try:
        visit.each(waiting, _go_on)
    except ProtocolError as error:
        if not visit.is_in_use():
            raise
        visit.complete = visit.complete and not isinstance(error, TimeIsUp)
        _logger.info("Mailbox %s: %s in the middle of a large message", visit.mailbox.id, type(error).__name__)


def _go_on(visit, folder):
    visit.reopen(folder)
    for uid in sorted(uids(folder), reverse=True):
        messages = folder.env["comm.message"].with_context(active_test=False)
        message = messages.search([("server_folder_id", "=", folder.id), ("uid", "=", uid)])
        if not message and _is_to_come(visit, folder, uid):
            continue
        # It may have been moved, deleted, or loaded by hand.
        if not message.is_partial or _load(visit, folder, message):
            visit.commit(lambda uid=uid: _write(folder, uids(folder) - {uid}))
        elif visit.must_stop():
            return


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
        [piece] = visit.session.piece(message.uid, position, size) or [None]
        if piece is None:
            # It is gone, or the server has no pieces: it can still be loaded by hand.
            return True
        visit.commit(lambda piece=piece, position=position: pieces._keep(message, position, piece.raw))
        visit.counts["pieces"] += 1
        position += len(piece.raw)
        # Less than was asked for is the end only where that is all, as far as the server told: some hand out less at once.
        if not piece.raw or len(piece.raw) < size and position >= piece.size:
            _replace(visit, message, piece)
            return True
        if time.monotonic() - started < SOON:
            size = min(2 * size, MOST)


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

"""What a command that the server acknowledged means for our rows: see ``push``, which commits it together with the note that
the server knows.

Each function gets the folder, ``{uid: message}`` of what it was told, and its answer, and returns the ids of the messages for
which it was not done.
"""

from ..protocol.imap import FetchedMessage
from . import store


def flagged(_folder, _by_uid, _result):
    """Leave the messages alone: they have had the mark since the user set it."""
    return ()


def expunged(_folder, by_uid, gone):
    """Forget what the server deleted. Where it does not tell, the messages stay hidden until they are found to be gone.

    What only stands for older versions of a draft goes at once, and comes again as what it is, hidden.
    """
    if gone is None:
        together(by_uid).filtered(lambda message: not message.date).unlink()
        return ()
    together(by_uid).filtered(lambda message: message.uid in gone).unlink()
    return {message.id for uid, message in by_uid.items() if uid not in gone}


def moved(target, folder, by_uid, result):
    """Give the messages their new place, as far as the server tells it by COPYUID (RFC 4315).

    The others were not there any more, or the server does not tell: that shows when the two folders are looked at.
    """
    mapping = _mapping(target, result) or {}
    vals_by_id, marked = {}, []
    for uid, message in by_uid.items():
        # Without UIDPLUS the originals go on to lie there, marked as deleted.
        if uid in mapping or not result.removed:
            vals_by_id[message.id] = {"server_folder_id": target.id, "uid": mapping.get(uid, False)}
            if not result.removed:
                marked.append((message, _as_fetched(message, uid, deleted=result.marked)))
    messages = together(by_uid)
    messages.browse(vals_by_id)._write_each(vals_by_id)
    messages.browse(vals_by_id)._end_moves()
    # Their old places are taken next.
    messages.flush_model(["server_folder_id", "uid"])
    store.duplicate(folder, marked)
    return set(messages.ids) - vals_by_id.keys()


def copied(target, _folder, by_uid, result):
    """Make a record of each copy whose UID the server tells; the others are found when the target is looked at."""
    mapping = _mapping(target, result)
    if mapping:
        pairs = [(by_uid[uid], _as_fetched(by_uid[uid], new)) for uid, new in mapping.items() if uid in by_uid]
        copies = store.duplicate(target, pairs)
        # What another program marked as deleted was copied with that mark.
        marked = [copy.id for copy, (message, _new) in zip(copies, pairs, strict=True) if not message.active]
        target.env["comm.operation"]._enqueue_flags(copies.browse(marked), store.DELETED, False)
    return ()


def _mapping(target, result):
    """Return ``{old uid: new uid}``, or None when nothing can be built on what the server told."""
    if result.mapping is None or (target.uidvalidity and result.uidvalidity != target.uidvalidity):
        return None
    return result.mapping


def together(by_uid):
    """Return all messages of ``by_uid``."""
    messages = list(by_uid.values())
    return messages[0].union(*messages[1:])


def _as_fetched(message, uid, *, deleted=False):
    flags = store.flags_of(message) | ({store.DELETED} if deleted else set())
    return FetchedMessage(uid, frozenset(flags), message.internal_date, message.size, b"")

"""Messages get the place in which they turned up."""

from collections import defaultdict

from ..protocol.imap import FetchedMessage
from . import store


def move(folder, moved, waiting):
    """Place messages in ``folder``. One that the user moved meanwhile goes on to where he put it."""
    if not moved:
        return
    message_ids = {message.id for message, _header in moved}
    waiting.drop_moves_to(folder, message_ids)
    waiting.drop_deletions_outside_trash(folder, message_ids)
    leaving = (
        folder.env["comm.message"].browse(message_ids).filtered(lambda message: message.server_folder_id != folder)
    )
    leaving._end_moves()
    vals_by_id = {}
    for message, header in moved:
        vals = {
            "server_folder_id": folder.id,
            "uid": header.uid,
            "internal_date": header.internal_date,
            **waiting.flag_values(message.id, header.flags),
        }
        if message.id not in waiting.moving:
            vals["folder_id"] = folder.id
        vals_by_id[message.id] = vals
    folder.env["comm.message"].browse(vals_by_id)._write_each(vals_by_id)


def leave_marked(marked):
    """Fill the places that messages left where the original still lies, marked as deleted.

    :param marked: list of (message, its folder before, its UID there)
    :return: the records of the originals
    """
    if not marked:
        return []
    # Their old places are taken next.
    marked[0][0].flush_model(["server_folder_id", "uid"])
    by_folder = defaultdict(list)
    for message, folder, uid in marked:
        flags = frozenset({store.DELETED})
        by_folder[folder].append((message, FetchedMessage(uid, flags, message.internal_date, message.size, b"")))
    return [original for folder, pairs in by_folder.items() for original in store.duplicate(folder, pairs)]

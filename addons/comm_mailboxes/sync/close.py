"""The end of a visit to a folder: what the server has is compared with what is here.

A mail program that says all is well while no mail comes is worse than one that fails. What is missing is fetched at once; a
gap that stays from one visit to the next is an error that the owner sees.
"""

from odoo import fields

from . import compare, folders, known, vanished
from .errors import FolderIncomplete


def is_unchanged(folder, info, imported):
    """Tell from the server's list alone that there is nothing to do in a folder.

    Only a modification sequence (RFC 7162) shows that no mark changed: without it every folder has to be opened.

    :param info: ``protocol.folders.FolderInfo`` or None
    :param imported: whether new mail of the folder is to come
    """
    same = (
        info
        and info.highestmodseq
        and info.highestmodseq == folder.highestmodseq
        and info.uidvalidity == folder.uidvalidity
    )
    return bool(same and (not imported or _is_complete(folder, info)))


def _is_complete(folder, info):
    return (
        info.uidnext == folder.uid_high + 1
        and info.messages == folder.server_count
        and folder.uid_low == 1
        and not folder.gap
    )


def close(visit, folder):
    """Note that the sync of ``folder`` is complete, once it is; what is missing is fetched, and told when it stays."""
    state = visit.states.get(folder.id)
    if not state or not _is_imported(folder, state):
        return
    gap, is_alike = 0, not differs(visit, folder)
    if not is_alike:
        visit.commit(lambda: folder.write({"compared_at": fields.Datetime.now()}))
        gap = compare.mend(visit, folder)
        if gap is None:
            # The next visit finds out the rest.
            return
        state = visit.states[folder.id]
        is_alike = not differs(visit, folder)
    vanished.bury_unplaced(visit, folder)
    lasting = gap and folder.gap
    found = {"gap": gap}
    # Else the next visit opens it again: a great loss that was not believed, say.
    if is_alike and _is_imported(folder, state):
        # A server that was restored may give out UIDs again.
        found.update(server_count=state.exists, uid_high=min(folder.uid_high, state.uidnext - 1))
    if any(folder[name] != value for name, value in found.items()):
        visit.commit(lambda: folder.write(found))
    if lasting:
        visit.problems.append(FolderIncomplete(folder.path, gap))


def differs(visit, folder):
    """Tell whether Odoo has another number of messages in ``folder`` than the server had when it was opened."""
    state = visit.states[folder.id]
    return _is_imported(folder, state) and known.count_placed(folder) != state.exists


def _is_imported(folder, state):
    return folder.uid_low <= 1 and folder.uid_high >= state.uidnext - 1


def drop_operations(visit):
    """Drop what waits for messages that are not on the server any more, with an event."""
    operations = visit.env["comm.operation"].search(
        [
            ("mailbox_id", "=", visit.mailbox.id),
            "|",
            "|",
            ("message_id.active", "=", False),
            ("message_id.server_folder_id.is_missing", "=", True),
            ("message_id.server_folder_id.is_selectable", "=", False),
        ]
    )
    # What has still to be stored there was never there, and is to be deleted once it is.
    coming = operations.filtered(lambda operation: operation.kind == "append").message_id
    put_back = operations.filtered("came_from_id").message_id
    gone = operations.filtered(
        lambda operation: (
            operation.message_id not in coming
            and not operation._notes_versions()
            and _is_gone(operation.message_id, operation.message_id in put_back)
        )
    )

    def drop():
        (gone - gone._store_anew())._drop_vanished()

    if gone:
        visit.commit(drop)


def _is_gone(message, is_put_back):
    """Tell whether nothing can be told of ``message`` any more, after everything was looked at.

    :param is_put_back: it comes from a folder made by hand: nobody has to wait for its copy
    """
    folder = message.server_folder_id
    if is_put_back and folder._is_gone():
        return True
    if folder.is_missing and folders.left_its_name(folder):
        # Of one that may come back, the server is told what waits; but not of one that may then be another.
        return not folder.path or folder.is_to_compare
    return not message.active and not message.uid

"""Import of one folder.

Two cursors are kept on the folder and committed together with the messages they stand for. ``uid_high``: every UID up to
it was handled by the import of new mail. ``uid_low``: the first import goes from the newest mail to the oldest and has
still to bring the UIDs below it; 1 when it is done. A run that is cut off at any point goes on where the last commit left.
"""

from . import batch, rebind, store
from .batch import commit


def fetch_folder(session, folder, info=None):
    """Import what is new in ``folder``.

    :param info: the folder's line of the server's list; when it says that nothing is new, the folder is not even opened
    :return: the number of messages imported
    """
    if not folder.is_selectable or folder.is_local or _is_up_to_date(folder, info):
        return 0
    state = session.examine(folder.path)
    if state.uidvalidity != folder.uidvalidity:
        rebind.start_over(folder, state)
        commit(folder)
    imported = 0
    last = state.uidnext - 1
    if last > folder.uid_high:
        sizes = session.sizes(folder.uid_high + 1, last)
        imported += _import(session, folder, sizes, lambda uids: {"uid_high": max(uids)})
        _move_cursor(folder, {"uid_high": last})
    if folder.uid_low > 1:
        sizes = session.sizes(1, folder.uid_low - 1)
        imported += _import(session, folder, sizes[::-1], lambda uids: {"uid_low": min(uids)})
        _move_cursor(folder, {"uid_low": 1})
    return imported


def _is_up_to_date(folder, info):
    """Tell from the server's list alone that there is nothing to import."""
    return bool(
        info
        and info.uidnext
        and info.uidvalidity == folder.uidvalidity
        and info.uidnext - 1 == folder.uid_high
        and folder.uid_low == 1
    )


def _import(session, folder, sizes, cursor_after):
    """Import the messages of ``sizes`` in that order.

    :param cursor_after: returns the folder values that say that these UIDs are done
    """
    imported = 0
    sizes = rebind.rebind(session, folder, sizes)
    for uids in batch.split(sizes):
        prepared = {fetched.uid: store.prepare(fetched) for fetched in session.messages(uids)}
        batch.save(folder, prepared, uids, lambda uids: folder.write(cursor_after(uids)))
        imported += len(prepared)
    return imported


def _move_cursor(folder, values):
    if any(folder[name] != value for name, value in values.items()):
        folder.write(values)
    commit(folder)

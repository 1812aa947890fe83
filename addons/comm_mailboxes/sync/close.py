"""The end of a visit to a folder: what the server has is compared with what is here.

A mail program that says all is well while no mail comes is worse than one that fails. What is missing is fetched at once; a
gap that stays from one visit to the next is an error that the owner sees.
"""

from ..protocol.errors import FolderIncomplete
from . import fetch, known, store, vanished


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
    """Note that the sync of ``folder`` is complete, once it is."""
    state = visit.states.get(folder.id)
    if not state or folder.uid_low > 1 or folder.uid_high < state.uidnext - 1:
        return
    gap = 0
    if known.count_placed(folder) != state.exists:
        gap = _compare(visit, folder)
    vanished.bury_unplaced(visit, folder)
    lasting = gap and folder.gap
    # A server that was restored may give out UIDs again.
    found = {"server_count": state.exists, "gap": gap, "uid_high": min(folder.uid_high, state.uidnext - 1)}
    if any(folder[name] != value for name, value in found.items()):
        visit.commit(lambda: folder.write(found))
    if lasting:
        visit.problems.append(FolderIncomplete(folder.path, gap))


def compare(visit, folder):
    """Compare the messages of ``folder``, which is selected; fetch what is missing and bury what is gone.

    :return: how many messages are still missing
    """
    last = visit.states[folder.id].uidnext - 1
    there = dict(visit.session.sizes(1, last))
    here = known.placed_sizes(folder)
    # Another size under the same UID is another message: then something went wrong here or there.
    wrong = [uid for uid, size in here.items() if uid <= last and size != store.bounded(there.get(uid, -1))]
    vanished.bury(visit, folder, wrong)
    here = known.placed(folder)
    missing = [(uid, there[uid]) for uid in there if folder.uid_low <= uid <= folder.uid_high and uid not in here]
    if missing:
        before = visit.counts["imported"]
        fetch.fetch_uids(visit, folder, missing)
        visit.counts["mended"] += visit.counts["imported"] - before
    return len(dict(missing).keys() - known.placed(folder))


def _compare(visit, folder):
    # Other folders were opened since.
    visit.reopen(folder)
    gap = compare(visit, folder)
    # A server that counts more than it lists; what was expunged meanwhile is told from it by the next visit.
    return gap or max(0, visit.states[folder.id].exists - known.count_placed(folder))


def drop_operations(visit):
    """Drop what waits for messages that are not on the server any more, with an event."""
    operations = visit.env["comm.operation"].search(
        [
            ("mailbox_id", "=", visit.mailbox.id),
            ("message_id.active", "=", False),
            ("message_id.uid", "=", False),
            ("kind", "!=", "append"),
        ]
    )
    if operations:
        visit.commit(operations._drop_vanished)

"""Marks that another program set: read, flagged, answered, keywords, deleted.

With CONDSTORE (RFC 7162) the server names what changed since the last time. Other servers have to be asked for the marks of
everything; there the newest messages are looked at each time, and the rest a slice at a time.
"""

from collections import defaultdict

from odoo.tools import SQL

from . import silent, store
from .pending import Pending

FIELDS = [*store.FLAG_FIELDS.values(), "keywords", "active", "uid"]
AT_ONCE = 1000
NEWEST = 500
SLICE = 2000


def sync(visit, folder, state):
    """Bring the marks of the messages placed in ``folder`` up to date.

    :param state: ``protocol.imap.FolderState`` of the folder, which is selected
    """
    if state.changed is not None:
        apply(visit, folder, state.changed)
    elif not state.highestmodseq:
        _look_at_some(visit, folder)
    elif state.highestmodseq != folder.highestmodseq:
        highest = _uids(folder, limit=1)
        # A sequence that went back is another one: the server was restored.
        known = folder.highestmodseq if folder.highestmodseq < state.highestmodseq else 0
        if highest:
            apply(visit, folder, silent.flags(visit, folder, 1, highest[0], changed_since=known or None))


def look_at_all(visit, folder):
    """Compare the marks of everything."""
    highest = _uids(folder, limit=1)
    if highest:
        apply(visit, folder, silent.flags(visit, folder, 1, highest[0]))


def apply(visit, folder, changes):
    """Write what differs, in as few statements as there are different changes.

    :param changes: ``{uid: flags}``
    """
    uids = sorted(changes)
    not_kept = _not_kept(visit, folder) if uids else set()
    for start in range(0, len(uids), AT_ONCE):
        part = uids[start : start + AT_ONCE]
        visit.counts["changed"] += visit.commit(lambda part=part: _apply(folder, changes, part, not_kept))


def _apply(folder, changes, uids, not_kept):
    messages = folder.env["comm.message"].with_context(active_test=False)
    messages = messages.search_fetch([("server_folder_id", "=", folder.id), ("uid", "in", uids)], FIELDS)
    waiting = Pending(messages)
    by_change = defaultdict(list)
    for message in messages:
        values = waiting.flag_values(message.id, changes[message.uid])
        change = tuple(
            (name, value) for name, value in values.items() if message[name] != value and name not in not_kept
        )
        if change:
            by_change[change].append(message.id)
    for change, ids in by_change.items():
        messages.browse(ids).write(dict(change))
    return sum(map(len, by_change.values()))


def _not_kept(visit, folder):
    """Return the fields that the server cannot keep for this folder: there, what Odoo knows counts.

    What only this login may not change, others may.
    """
    state = visit.states[folder.id]
    names = {name for flag, name in store.FLAG_FIELDS.items() if not state.keeps(flag)}
    if not state.keywords_allowed:
        names.add("keywords")
    return set() if names and (state.read_only or visit.lacked_rights(folder, "w")) else names


def _look_at_some(visit, folder):
    newest = _uids(folder, limit=NEWEST)
    if not newest:
        return
    below = _uids(folder, limit=SLICE, below=min(folder.flags_cursor or newest[-1], newest[-1]))
    for uids in filter(None, (newest, below)):
        apply(visit, folder, silent.flags(visit, folder, uids[-1], uids[0]))
    # After the oldest message the next round begins.
    visit.commit(lambda: folder.write({"flags_cursor": below[-1] if len(below) == SLICE else 0}))


def _uids(folder, limit, below=1 << 32):
    """Return the placed UIDs, the highest first."""
    folder.env["comm.message"].flush_model(["server_folder_id", "uid"])
    rows = folder.env.execute_query(
        SQL(
            "SELECT uid FROM comm_message WHERE server_folder_id = %s AND uid < %s ORDER BY uid DESC LIMIT %s",
            folder.id,
            below,
            limit,
        )
    )
    return [uid for (uid,) in rows]

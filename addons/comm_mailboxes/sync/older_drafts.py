"""Versions of a draft that a server has, or may have, and that nobody wants any more.

What was stored, and of which we did not hear, goes when the draft is stored again: see ``find``. A draft that is written on,
sent or given up before leaves a note, an operation that was begun in the folder and bears the Message-ID alone (see
``comm.message._leave_server``): whoever looks into the folder first has those versions deleted, and makes no records of them.

What another program made of a draft of ours is none of them, and what has a record is what that says. Without UIDPLUS they stay,
marked as deleted.
"""

from ..protocol import mime, mime_write
from . import store

HEADERS_AT_ONCE = 500


def find(visit, message, folder):
    """Return the UIDs of versions of a draft in ``folder``, which is open, that were stored there and not noted."""
    uids = visit.session.find(message.message_id) if message.message_id else []
    messages = message.with_context(active_test=False)
    here = messages.search_fetch([("server_folder_id", "=", folder.id), ("uid", "in", uids)], ["uid"]).mapped("uid")
    uids = [uid for uid in uids if uid not in set(here)]
    return [header.uid for header in visit.session.headers(uids) if _is_version(header)]


def settle(visit, folder, notes, sizes):
    """Have deleted what the notes are about among what came to ``folder``, which is open. Commits.

    :param sizes: list of (uid, size), of what has no record yet
    :return: the rest, in the same order
    """
    noted = {}
    for note in notes.sorted("uid_below"):
        noted.setdefault(note.message_id.message_id, note)
    if not noted:
        return sizes
    current = _current(folder, list(noted))
    lowest = min(note.uid_below for note in noted.values())
    asked = [uid for uid, _size in sizes if uid >= lowest]
    found = {note: [] for note in noted.values()}
    for start in range(0, len(asked), HEADERS_AT_ONCE):
        for header in visit.session.headers(asked[start : start + HEADERS_AT_ONCE]):
            note = noted.get(mime.read(header.raw).message_id)
            if not note or header.uid < note.uid_below or not _is_version(header):
                continue
            if not any(
                header.uid >= uid and mime.identity_of(header.raw, draft.size) == draft.identity
                for draft, uid in current
            ):
                found[note].append(header.uid)
    uids = {uid for versions in found.values() for uid in versions}
    if uids:
        visit.commit(lambda: _forget(folder, found))
    return [(uid, size) for uid, size in sizes if uid not in uids]


def forget_notes(visit, operations):
    """Forget the notes among these, now that their folder was looked into."""
    notes = operations.exists().filtered(lambda operation: operation._notes_versions())
    if notes:
        visit.commit(notes.message_id.unlink)


def _forget(folder, found):
    for note, uids in found.items():
        note.message_id._forget_on_server(folder, uids)


def _current(folder, message_ids):
    """Return pairs of a draft that is gone on with and the UID from which on ``folder`` may have it as it is now."""
    messages = folder.env["comm.message"].with_context(active_test=False)
    drafts = messages.search([("message_id", "in", message_ids), ("outgoing_state", "=", "draft")])
    waiting = folder.env["comm.operation"].search([("message_id", "in", drafts.ids), ("kind", "=", "append")])
    storing = {operation.message_id: operation for operation in waiting}
    begun = {draft: operation for draft, operation in storing.items() if operation.begun_in_id == folder}
    there = drafts.filtered(lambda draft: draft not in storing or draft in begun)
    return [(draft, begun[draft].uid_below if draft in begun else 1) for draft in there]


def _is_version(header):
    return store.DELETED not in header.flags and mime_write.is_written_here(header.raw)

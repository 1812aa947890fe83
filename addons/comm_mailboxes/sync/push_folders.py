"""Folders that users created, renamed, deleted or emptied in Odoo."""

from ..protocol.errors import FolderExists, FolderNotFound
from . import known, vanished
from .answers import breaks_noted
from .errors import NotDeleted
from .visit import REFUSALS

# Messages leave such a folder before.
DELETIONS = ("delete_folder", "empty_folder")


def push(visit, operations):
    """Tell the server, one after the other: each change names the paths that the one before it made."""
    for operation in operations:
        # A refusal undoes what was built on it.
        if not operation.exists():
            continue
        if operation.kind == "delete_folder" and _is_still_left(operation):
            break
        if operation.id in visit.broken_changes:
            break
        with breaks_noted(visit, operation):
            is_told = _push(visit, operation)
        if not is_told:
            # The next ones may build on it.
            break


def _is_still_left(operation):
    """Tell whether a message has still to leave the folder: with it, the message would be deleted."""
    return bool(
        operation.search_count(
            [
                ("kind", "in", ("move", "copy")),
                ("message_id.server_folder_id", "child_of", operation.folder_id.ids),
            ],
            limit=1,
        )
    )


def _push(visit, operation):
    """Tell the server one change; return False when it asks to come back later."""
    session = visit.session
    visit.note_revisions(operation)
    try:
        match operation.kind:
            case "create_folder":
                session.create_folder(operation.path)
            case "rename_folder":
                session.rename_folder(operation.path, operation.new_path)
            case "delete_folder":
                _delete(visit, operation)
            case "empty_folder":
                _empty(visit, operation)
    except REFUSALS as error:
        refusal = None if _is_done(visit, operation, error) else error
        _note(visit, operation, refusal)
        return not (refusal and refusal.temporary)
    _note(visit, operation, None)
    return True


def _delete(visit, operation):
    """Delete the folder that the user meant; another one that bears its name by now stays, with its mail."""
    meant = operation.uidvalidity
    if not meant or visit.session.examine(operation.path).uidvalidity == meant:
        visit.session.delete_folder(operation.path)


def _empty(visit, operation):
    """Delete for good what Odoo never imported of the folder: the messages that it knows have operations of their own."""
    folder = operation.folder_id
    if not visit.server_path(folder):
        return
    visit.touched.add(folder.id)
    if visit.open(folder).uidvalidity != operation.uidvalidity:
        # Which messages the user meant, nobody can tell any more.
        return
    placed = known.placed(folder)
    uids = [uid for uid in visit.session.uids() if uid < operation.uid_below and uid not in placed]
    gone = visit.session.expunge(uids) if uids else None
    if gone is not None:
        vanished.bury(visit, folder, sorted(known.placed(folder, list(gone))))
        if set(uids) - set(gone):
            raise NotDeleted(folder.path)


def _is_done(visit, operation, error):
    """Tell whether somebody did the same before us, or we did and could not note it."""
    match operation.kind, error:
        case ("delete_folder", FolderNotFound()) | ("create_folder", FolderExists()):
            return True
        case "rename_folder", FolderNotFound() | FolderExists():
            paths = {info.path for info in visit.session.folders(status=False)}
            return operation.path not in paths and operation.new_path in paths
    return False


def _note(visit, operation, error):
    if error is None:
        visit.commit(lambda: operation._done(visit.revisions_of(operation)))
        visit.counts["pushed"] += 1
    else:
        text = visit.mailbox._explain(error)
        visit.commit(lambda: operation._refused(visit.revisions_of(operation), text, error.temporary))
    visit.forget_paths()

"""Folders that users created, renamed or deleted in Odoo."""

from ..protocol.errors import FolderExists, FolderNotFound
from .visit import REFUSALS


def push(visit, operations):
    """Tell the server, one after the other: each change names the paths that the one before it made."""
    for operation in operations:
        # A refusal undoes what was built on it.
        if not operation.exists():
            continue
        if operation.kind == "delete_folder" and _is_still_left(operation):
            break
        if not _push(visit, operation):
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
                session.delete_folder(operation.path)
    except REFUSALS as error:
        refusal = None if _is_done(visit, operation, error) else error
        _note(visit, operation, refusal)
        return not (refusal and refusal.temporary)
    _note(visit, operation, None)
    return True


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

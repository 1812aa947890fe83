from odoo import api, models
from odoo.fields import Domain


class CommOperation(models.Model):
    """Changes of folders: each row names the path before it and, of a rename, the one after it. One that is only emptied
    keeps its path.
    """

    _inherit = "comm.operation"

    @api.model
    def _server_paths(self, mailbox):
        """Return ``{folder: path on the server, or None while it is not there}`` for what pending changes touch.

        A list from the server that is compared with the folders has to be read by these: somebody may rename a folder
        between the push and the list.
        """
        operations = self.search([("mailbox_id", "=", mailbox.id), ("path", "!=", False)], order="id desc")
        paths = {folder: folder.path for folder in mailbox.folder_ids if folder.path} if operations else {}
        touched = {}
        for operation in operations:
            if operation.kind == "create_folder":
                touched[operation.folder_id] = None
            elif operation.kind == "rename_folder":
                for folder in paths:
                    path = touched.get(folder, paths[folder])
                    moved = path and _rebase(path, operation.new_path, operation.path, folder.delimiter)
                    if moved:
                        touched[folder] = moved
        return touched

    @api.model
    def _enqueue_folder(self, folder, kind, path, new_path=None):
        """Note a ``create_folder``, ``rename_folder`` or ``delete_folder``, with the paths on the server."""
        # sudo: nobody writes here; who may change the folder was checked by the caller.
        self.sudo().create(
            {
                "mailbox_id": folder.mailbox_id.id,
                "kind": kind,
                "folder_id": folder.id,
                "path": path,
                "new_path": new_path,
                "uidvalidity": folder.is_selectable and (folder.uidvalidity or folder.listed_uidvalidity),
            }
        )
        self._trigger_push()

    @api.model
    def _enqueue_emptying(self, folder, uidvalidity, uid_below):
        """Note that the messages of ``folder`` with a UID below ``uid_below`` are to be deleted that have no record here."""
        # sudo: nobody writes here; who may change the folder was checked by the caller.
        self.sudo().create(
            {
                "mailbox_id": folder.mailbox_id.id,
                "kind": "empty_folder",
                "folder_id": folder.id,
                "uidvalidity": uidvalidity,
                "uid_below": uid_below,
            }
        )
        self._trigger_push()

    def _folder_refused(self, text):
        """Undo changes of folders that the server refused, with a warning event for each."""
        # sudo: called by the engine.
        for operation in self.sudo().sorted("id", reverse=True).exists():
            mailbox = operation.mailbox_id
            refusal = mailbox.env._(
                "The server refused: %(change)s. It was undone. %(reason)s",
                change=operation.with_env(mailbox.env).summary,
                reason=text,
            )
            operation._tell_undone(mailbox, refusal)
            operation._undo()

    def _undo_folder(self):
        """Bring the rows back to what they were before this change."""
        folder = self.folder_id.with_context(comm_sync=True)
        match self.kind:
            case "create_folder":
                self._undo_create(folder)
            case "rename_folder":
                folder._repath(self.new_path, self.path)
            case "delete_folder":
                folder.is_missing = False

    def _undo_create(self, folder):
        """Remove the new folder with what was made below it; what was moved there goes back to where it lies."""
        below = folder.search([("id", "child_of", folder.ids)])
        waiting = self.search(Domain("folder_id", "in", below.ids) & Domain("id", "!=", self.id))
        waiting.filtered(lambda operation: operation.kind in ("move", "copy") or operation.came_from_id)._undo()
        messages = self.env["comm.message"].with_context(active_test=False)
        filled = messages.search([("folder_id", "in", below.ids)]).folder_id
        # It was here before, gone from the server, and is so again.
        filled.is_missing = True
        kept = below.filtered(lambda one: any(f"/{one.id}/" in f"/{full.parent_path}" for full in filled))
        kept.is_missing = True
        (below - kept).unlink()


def _rebase(path, old, new, delimiter):
    """Return ``path`` with ``new`` in the place of ``old``, when it is ``old`` or lies below it."""
    if path == old:
        return new
    if delimiter and path.startswith(f"{old}{delimiter}"):
        return new + path[len(old) :]
    return None

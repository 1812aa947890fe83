from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class CommFolder(models.Model):
    """What users change on the folders of a server: at once in Odoo, and noted for the server (see ``comm.operation``)."""

    _inherit = "comm.folder"

    def create_subfolder(self, name):
        """Create a folder below this one.

        :return: the new folder
        :raise UserError: when the name or the place does not do
        """
        self.ensure_one()
        self._check_may_arrange()
        if not self.delimiter:
            raise UserError(self.env._("This mail server knows no subfolders."))
        return self.mailbox_id._create_folder(name, self, f"{self.path}{self.delimiter}", self.delimiter)

    def rename(self, name):
        """Give this folder another name on the server; what lies below comes along.

        :raise UserError: when the name does not do
        """
        self.ensure_one()
        self._check_may_arrange()
        self._check_no_role()
        prefix = self.path[: len(self.path) - len(self.name)]
        name = self.mailbox_id._read_folder_name(name, self.parent_id, prefix, self.delimiter, self)
        if name != self.name:
            self._move_path(prefix + name)
        # XML-RPC knows no None.
        return True

    def delete_on_server(self):
        """Move this folder into the trash folder, as mail programs do; one that lies there is deleted with all below."""
        self.ensure_one()
        self._check_may_arrange()
        self._check_no_role()
        # sudo: what a folder is on the server is no field that users write; that they may was checked above.
        folder = self.sudo()
        trash = folder.mailbox_id._trash_for_deletion()
        if not trash._is_above(folder) and trash.delimiter:
            folder._move_path(folder._free_path(f"{trash.path}{trash.delimiter}"), trash)
            return True
        folder._check_nothing_unsent()
        # Leaves first: many servers refuse to delete a folder with others below it (RFC 9051, 6.3.5).
        for below in self.env["comm.folder"].sudo().search([("id", "child_of", folder.ids)], order="parent_path desc"):
            if not below.is_missing:
                below.is_missing = True
                self.env["comm.operation"]._enqueue_folder(below, "delete_folder", below.path)
        return True

    def empty_on_server(self):
        """Have the server delete for good what is in this folder now, without what Odoo shows there or elsewhere.

        That is what was never imported. Folders below, when they have no role, are deleted with all that is in them.
        """
        self.ensure_one()
        self._check_may_arrange()
        # sudo: as in delete_on_server.
        folder = self.sudo()
        uidvalidity = folder.uidvalidity or folder.listed_uidvalidity
        uid_below = max(folder.server_uidnext, folder.uid_high + 1)
        if uidvalidity and uid_below > 1:
            self.env["comm.operation"]._enqueue_emptying(folder, uidvalidity, uid_below)
        for below in folder.child_ids:
            if not below.is_missing and not any(each.role for each in below.search([("id", "child_of", below.id)])):
                below.with_env(self.env).delete_on_server()
        return True

    def action_delete_here(self):
        """Ask before deleting what Odoo has kept of a folder that is gone from the server."""
        self.ensure_one()
        dialog = self.env["comm.folder.delete"].create({"folder_id": self.id})
        self._check_nothing_unsent()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delete “%s” here", self.name),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def _is_above(self, other):
        """Whether ``other`` is this folder or lies below it."""
        return bool(self) and f"/{self.id}/" in f"/{other.parent_path}"

    def _is_gone(self):
        """Whether the server has no mail in this folder any more: it was deleted there, or left for what is below it only."""
        return not self.is_local and (self.is_missing or not self.is_selectable)

    def _check_may_arrange(self):
        """Raise unless the current user may change this folder on the server."""
        self.check_access("read")
        mailbox = self.mailbox_id
        if not mailbox or mailbox.kind != "imap" or self.is_local or not self.path:
            raise UserError(self.env._("“%s” is not on an IMAP server.", self.name))
        mailbox._check_may_change_mail()
        if self.is_missing:
            raise UserError(self.env._("“%s” is gone from the server.", self.name))

    def _check_no_role(self):
        if self.role == "inbox":
            raise UserError(self.env._("The inbox can be neither renamed nor deleted."))
        if self.role:
            roles = dict(self._fields["role"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(name)s” is used as “%(role)s”. Choose another folder for that first.",
                    name=self.name,
                    role=roles[self.role],
                )
            )

    def _free_path(self, prefix):
        """Return a path below ``prefix`` for this folder that no other one has."""
        # sudo: compares names within one mailbox.
        taken = {folder.path for folder in self.sudo().mailbox_id.folder_ids}
        path, number = f"{prefix}{self.name}", 1
        while path in taken:
            number += 1
            path = f"{prefix}{self.name} {number}"
        return path

    def _move_path(self, path, parent=None):
        """Put this folder and all below to another path, and note that for the server."""
        before = self.path
        # sudo: as in delete_on_server.
        folder = self.sudo()
        folder._repath(before, path)
        if parent is not None:
            folder.parent_id = parent
        self.env["comm.operation"]._enqueue_folder(folder, "rename_folder", before, path)

    def _repath(self, before, path):
        """Replace the path ``before`` at the beginning of this folder's and those below; name and place follow."""
        self.flush_model(["path"])
        # One statement: there may be a thousand of them.
        self.env.cr.execute(
            SQL(
                """UPDATE comm_folder SET path = %s || substr(path, %s)
                    WHERE mailbox_id = %s AND (path = %s OR starts_with(path, %s))""",
                path,
                len(before) + 1,
                self.mailbox_id.id,
                before,
                before + self.delimiter if self.delimiter else before,
            )
        )
        self.mailbox_id.folder_ids.invalidate_recordset(["path"], flush=False)
        above, _found, name = path.rpartition(self.delimiter) if self.delimiter else ("", "", path)
        parent = self.mailbox_id.folder_ids.filtered(lambda folder: folder.path == above)
        self.write({"name": name, "parent_id": parent.id})


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def create_folder(self, name):
        """Create a folder at the top: on servers that keep everything below the inbox, there.

        :return: the new folder
        :raise UserError: when the name does not do
        """
        self.ensure_one()
        self.check_access("read")
        self._check_may_change_mail()
        if self.kind != "imap":
            raise UserError(self.env._("Only IMAP mailboxes have folders on the server."))
        prefix, delimiter, parent = self._personal_prefix()
        return self._create_folder(name, parent, prefix, delimiter)

    def _check_may_change_mail(self):
        """Raise unless the current user may change the mail, and so the folders, of these mailboxes."""
        self._check_mail_access()
        if not self.env.su and self - self.filtered_domain(self._domain_accessible(self.env.user, "write")):
            raise AccessError(self.env._("You may read the mail of this mailbox, but not change it. Ask its owner."))

    def _personal_prefix(self):
        """Return what the paths of this mailbox' own folders begin with, their delimiter, and the folder they lie in.

        Servers of the Courier kind keep all of them below the inbox (RFC 2342 gives the prefix "INBOX.").
        """
        # sudo: a question about the names of folders, asked for who may change them.
        folders = self.sudo().folder_ids.filtered(lambda folder: folder.path and not folder.is_local)
        inbox = folders.filtered(lambda folder: folder.role == "inbox")[:1]
        delimiter = next((folder.delimiter for folder in inbox | folders if folder.delimiter), "") or ""
        prefix = f"{inbox.path}{delimiter}"
        others = folders - inbox
        if delimiter and others and all(folder.path.startswith(prefix) for folder in others):
            return prefix, delimiter, inbox
        return "", delimiter, self.env["comm.folder"]

    def _create_folder(self, name, parent, prefix, delimiter):
        name = self._read_folder_name(name, parent, prefix, delimiter)
        path = prefix + name
        # sudo: users create no folders of a server by themselves; that they may in this mailbox was checked by the caller.
        folders = self.env["comm.folder"].sudo()
        folder = folders.search([("mailbox_id", "=", self.id), ("path", "=", path)])
        if folder:
            # It was here before and went away; what Odoo kept of it is in it again.
            folder.write({"is_missing": False, "is_selectable": True, "subscribed": True})
        else:
            folder = folders.create(
                {
                    "mailbox_id": self.id,
                    "parent_id": parent.id if parent else False,
                    "name": name,
                    "path": path,
                    "delimiter": delimiter or False,
                    "subscribed": True,
                }
            )
        self.env["comm.operation"]._enqueue_folder(folder, "create_folder", path)
        return folder.with_env(self.env)

    def _trash_for_deletion(self):
        """Return the trash folder, creating one where there is none."""
        # sudo: needed by whoever may change the mail, which was checked by the caller.
        trash = self.sudo()._folder_with_role("trash")
        if not trash:
            prefix, _delimiter, _parent = self._personal_prefix()
            # Somebody may have taken the role from it.
            trash = self.sudo().folder_ids.filtered(
                lambda folder: (
                    (folder.path or "").casefold() == f"{prefix}Trash".casefold()
                    and folder.is_selectable
                    and not folder.is_missing
                )
            ) or self.sudo().create_folder("Trash")
            trash.write({"role": "trash", "role_is_chosen": True})
        return trash

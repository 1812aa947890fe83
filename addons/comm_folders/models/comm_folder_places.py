import sys

from odoo import models
from odoo.fields import Domain

# Roles of folders into which a press of a button moves messages.
TARGET_ROLES = ("archive", "junk", "inbox")


class CommFolder(models.Model):
    """Where messages lie and where they can go, for lists that show those of more than one folder, too."""

    _inherit = "comm.folder"

    def get_move_targets(self, is_copy=False):
        """Return the folders to which messages of this one can be moved or copied, in the order of the tree.

        Those are the folders of its mailbox, those that the user made by hand, and those made for all where the user may
        write; from one made by hand, the folders of all mailboxes whose mail the user may change. What lies in Odoo alone
        has nothing on a server to be copied there.

        :return: ``[{"id": int, "name": str, "path": str, "is_shared": bool}, ...]``; the path names the folders above, too,
            and the mailbox or structure where there can be several; is_shared: made by hand for all
        """
        self.ensure_one()
        self.check_access("read")
        folders = self.search(self._domain_move_targets(is_copy))
        names = {values["id"]: values["name"] for values in folders._tree_values()}
        places = {folder_id: place for place, folder_id in enumerate(names)}

        def place_in_tree(folder):
            above = folder.parent_path.split("/")[:-1]
            # By mailbox, and last what was made by hand.
            return folder.mailbox_id.id or sys.maxsize, [places[int(one)] for one in above if int(one) in places]

        return [
            {
                "id": folder.id,
                "name": names[folder.id],
                "path": folder._path_for_people(names, not self.mailbox_id),
                "is_shared": folder._is_kept_for_all(),
            }
            for folder in folders.sorted(place_in_tree)
            if folder.is_selectable and folder != self
        ]

    def _domain_move_targets(self, is_copy):
        made_by_hand = self._domain_kept(self.env.user, "write") & Domain("is_local", "=", True)
        if is_copy and (self.is_local or self.mailbox_id.kind != "imap"):
            return made_by_hand
        if self.mailbox_id:
            mailboxes = self.mailbox_id
        else:
            writable = self.env["comm.mailbox"]._domain_accessible(self.env.user, "write")
            mailboxes = self.env["comm.mailbox"].search(writable & Domain("kind", "=", "imap"))
        on_server = Domain([("mailbox_id", "in", mailboxes.ids), ("is_missing", "=", False), ("is_local", "=", False)])
        return on_server | made_by_hand

    def _path_for_people(self, names, with_mailbox=False):
        above = [names.get(int(folder_id)) for folder_id in self.parent_path.split("/")[:-1]]
        place = self.env._("Shared folders") if self._is_kept_for_all() else with_mailbox and self.mailbox_id.name
        return " / ".join(filter(None, [place, *above]))

    def _list_places(self):
        """Return of each folder what decides what the user can do with the messages there, by its id."""
        # sudo: names of folders and mailboxes of mails that the user reads, and which of them have a role.
        folders = self.sudo()
        mailboxes = folders.mailbox_id
        writable = mailboxes.filtered_domain(mailboxes._domain_accessible(self.env.user, "write"))
        kept = folders.filtered_domain(self._domain_kept(self.env.user, "write"))
        roles = {mailbox: {role: mailbox._folder_with_role(role) for role in TARGET_ROLES} for mailbox in mailboxes}
        return {folder.id: folder._list_place(writable, kept, roles.get(folder.mailbox_id, {})) for folder in folders}

    def _list_place(self, writable, kept, roles):
        mailbox = self.mailbox_id
        return {
            "folderId": self.id,
            "mailboxId": mailbox.id,
            "name": f"{mailbox.name} / {self._tree_name()}" if mailbox else self._tree_name(),
            "role": self.role or "",
            "canWrite": mailbox in writable if mailbox else self in kept,
            "isFinal": self._is_final(),
            "isHereOnly": not self._is_on_server(),
            "roles": [role for role in TARGET_ROLES if roles.get(role) and roles[role] != self],
        }

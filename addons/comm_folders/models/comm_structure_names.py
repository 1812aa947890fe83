from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.comm_mailboxes.models.comm_folder_names import same_name


class CommStructureEntry(models.Model):
    """What a place is called, and that no folder made by hand, nor a label, is called as what stands beside it."""

    _inherit = "comm.structure.entry"

    @api.constrains("name")
    def _check_label(self):
        for entry in self.filtered("name"):
            self.env["comm.folder"]._check_name(entry.name)

    def _usual_name(self):
        """Return the name of the mailbox or folder, which shows unless the place has a label."""
        self.ensure_one()
        # sudo: whoever may see the place sees what it is called; managers arrange mailboxes they cannot read.
        mailbox, folder = self.sudo().mailbox_id, self.sudo().folder_id
        return mailbox.name or folder._tree_name()

    def _is_by_hand(self):
        self.ensure_one()
        # sudo: as in _usual_name.
        folder = self.sudo().folder_id
        return bool(folder) and not folder.mailbox_id

    def _check_name_is_free(self):
        for entry in self:
            # Two mailboxes of one name, or the inboxes of two, stand beside each other; each was named elsewhere.
            is_named_here = entry.name or entry._is_by_hand()
            if is_named_here and same_name(entry.display_name) in entry._names_beside():
                raise ValidationError(
                    self.env._(
                        "There is “%s” in this place already. Choose another name or another place.", entry.display_name
                    )
                )

    def _names_beside(self):
        """Return the names, as :func:`same_name` has them, of all else that this user sees in the same place."""
        names = {same_name(entry.display_name) for entry in self._siblings() - self}
        return names | self._folders_beside()._names_for_people()

    def _folders_beside(self):
        """Return the folders of a server that show below the same place."""
        # sudo: managers arrange mailboxes they cannot read; the folders are searched with the user's own rights.
        above = self.parent_id.sudo()
        if not above:
            return self.env["comm.folder"]
        if above.mailbox_id:
            domain = Domain("mailbox_id", "=", above.mailbox_id.id) & Domain("parent_id", "=", False)
        else:
            domain = Domain("parent_id", "=", above.folder_id.id)
        if above.content_mailbox_id.only_subscribed:
            domain &= Domain("subscribed", "=", True) | Domain("role", "=", "inbox")
        return self.env["comm.folder"].search(domain) - self.folder_id


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals and (by_hand := self.filtered(lambda folder: not folder.mailbox_id)):
            # In the structure that the folder was made for: what somebody called something of theirs binds nobody else.
            domain = [("folder_id", "in", by_hand.ids)]
            entries = self.env["comm.structure.entry"].search(domain)
            entries.filtered(lambda entry: entry.user_id == entry.sudo().folder_id.user_id)._check_name_is_free()
        return result

from odoo import fields, models
from odoo.exceptions import ValidationError

from ..sync.folders import settle_roles


class CommFolder(models.Model):
    """Who plays trash, sent and so on in a mailbox: detected at each refresh, overridden by whoever edits the mailbox."""

    _inherit = "comm.folder"

    role_is_chosen = fields.Boolean(readonly=True, help="A person gave or took the role; refreshing keeps it.")
    detected_role = fields.Char(readonly=True, help="What the server or the folder's name said at the last refresh.")

    def write(self, vals):
        # The engine writes as superuser; everybody else chooses.
        if "role" not in vals or self.env.su:
            return super().write(vals)
        self._check_role(vals["role"])
        before = set(self.mapped("role"))
        result = super().write(vals)
        # sudo: the flag follows from the choice, which the write above allowed.
        self.sudo().role_is_chosen = True
        self._settle_roles(before | {vals["role"]})
        return result

    def action_detect_role(self):
        """Forget what was chosen for these folders."""
        self.check_access("write")
        before = set(self.mapped("role"))
        # sudo: who may choose a role may take the choice back; that was checked above.
        self.sudo().role_is_chosen = False
        self._settle_roles(before | set(self.mapped("detected_role")))

    def _check_role(self, role):
        changed = self.filtered(lambda folder: folder.role != role)
        if changed and "inbox" in {role, *changed.mapped("role")}:
            raise ValidationError(self.env._("The mail server decides which folder is the inbox."))
        if changed and "outbox" in {role, *changed.mapped("role")}:
            raise ValidationError(self.env._("The outbox holds what waits to be sent. It cannot be another folder."))
        if role and self.filtered(lambda folder: folder.is_local or folder.is_missing or not folder.is_selectable):
            raise ValidationError(self.env._("Only a folder of the mail server that holds mail can have this role."))
        if role and len(self.mailbox_id) < len(self):
            raise ValidationError(self.env._("Only one folder of a mailbox can have this role."))

    def _settle_roles(self, roles):
        """Take the roles from the folders that had them, or give them back to those where they were detected."""
        # sudo: what the other folders of a mailbox play follows from the choice for this one, which was allowed before.
        for folder in self.sudo():
            folders = folder.mailbox_id.folder_ids
            rivals = (folders - folder).filtered_domain([("role_is_chosen", "=", True), ("role", "=", folder.role)])
            if folder.role_is_chosen and folder.role:
                rivals.role_is_chosen = False
            settle_roles(folders, roles - {False})

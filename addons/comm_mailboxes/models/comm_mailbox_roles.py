from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CommMailbox(models.Model):
    """The folders with a role: found by the server's word or by their names, and overridden by the user."""

    _inherit = "comm.mailbox"

    trash_folder_id = fields.Many2one(
        "comm.folder",
        string="Trash folder",
        compute="_compute_trash_folder_id",
        inverse="_inverse_trash_folder_id",
        domain="[('mailbox_id', '=', id), ('is_selectable', '=', True), ('is_missing', '=', False), ('role', '!=', 'inbox')]",
        help="Found by itself on most servers. Choose another folder here if it is not the right one.",
    )

    @api.depends("folder_ids.role", "folder_ids.is_missing")
    def _compute_trash_folder_id(self):
        for mailbox in self:
            mailbox.trash_folder_id = mailbox._folder_with_role("trash")

    def _inverse_trash_folder_id(self):
        for mailbox in self:
            chosen = mailbox.trash_folder_id
            if chosen and chosen.mailbox_id != mailbox:
                raise ValidationError(self.env._("The trash is a folder of the same mailbox."))
            if chosen:
                chosen.role = "trash"
            else:
                # Without a choice it is found by itself again.
                mailbox.folder_ids.filtered(
                    lambda folder: "trash" in (folder.role, folder.detected_role)
                ).action_detect_role()
        self.invalidate_recordset(["trash_folder_id"])

    def _folder_with_role(self, role):
        """Return the folder that plays ``role`` in this mailbox, if there is one on the server."""
        return self.folder_ids.filtered(lambda folder: folder.role == role and not folder.is_missing)[:1]

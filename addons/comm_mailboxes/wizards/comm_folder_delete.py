from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CommFolderDelete(models.TransientModel):
    """Says what goes with a folder that is gone from the server before it is deleted here too."""

    _name = "comm.folder.delete"
    _description = "Delete a folder that is gone from the server"
    _rec_name = "folder_id"

    folder_id = fields.Many2one("comm.folder", required=True, readonly=True, ondelete="cascade")
    sentence = fields.Char(compute="_compute_sentence")

    @api.depends("folder_id")
    def _compute_sentence(self):
        for wizard in self:
            # sudo: whoever may delete a folder is told how much mail goes, also where they may not read it.
            folder = wizard.sudo().folder_id
            below = folder.search([("id", "child_of", folder.ids)])
            messages = folder.env["comm.message"].with_context(active_test=False)
            count = messages.search_count([("folder_id", "in", below.ids), ("active", "=", True)])
            if len(below) > 1:
                wizard.sentence = self.env._(
                    "“%(folder)s”, the folders below it (%(folders)s) and the messages in them (%(messages)s) are deleted"
                    " in Odoo, for good.",
                    folder=folder.complete_name,
                    folders=len(below) - 1,
                    messages=count,
                )
            else:
                wizard.sentence = self.env._(
                    "“%(folder)s” and the messages in it (%(messages)s) are deleted in Odoo, for good.",
                    folder=folder.complete_name,
                    messages=count,
                )

    @api.constrains("folder_id")
    def _check_folder(self):
        for folder in self.folder_id:
            # Odoo runs constraints as superuser.
            folder.sudo(False).check_access("unlink")
            if not folder.is_missing:
                raise ValidationError(
                    self.env._("“%s” is on the mail server: it would come back with the next refresh.", folder.name)
                )

    def action_delete(self):
        name = self.folder_id.name
        self.folder_id.unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Folder “%s” deleted.", name),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

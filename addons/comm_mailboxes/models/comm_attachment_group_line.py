from odoo import fields, models


class CommAttachmentGroupLine(models.Model):
    """One user group (those that imply it included) and what its users may do with the documents."""

    _name = "comm.attachment.group.line"
    _description = "Right of an attachment permission group"
    _order = "attachment_group_id, id"
    _rec_name = "group_id"

    attachment_group_id = fields.Many2one("comm.attachment.group", required=True, index=True, ondelete="cascade")
    group_id = fields.Many2one("res.groups", string="User group", required=True, index=True, ondelete="cascade")
    access = fields.Selection(
        [("read", "Read"), ("write", "Read and write")],
        required=True,
        default="read",
        help="Read and write: rename, describe, replace and delete documents as well. The mail itself stays closed.",
    )

    _group_once = models.UniqueIndex("(attachment_group_id, group_id)", "This user group has a line already.")

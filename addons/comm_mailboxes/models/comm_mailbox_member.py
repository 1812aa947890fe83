from odoo import fields, models


class CommMailboxMember(models.Model):
    """One line of a shared mailbox: a user or a group, and what they may do with the mail in it."""

    _name = "comm.mailbox.member"
    _inherit = ["comm.member"]
    _description = "Member of a shared mailbox"
    _order = "mailbox_id, id"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, index=True, ondelete="cascade")
    access = fields.Selection(default="write")

    _user_once = models.UniqueIndex("(mailbox_id, user_id) WHERE user_id IS NOT NULL", "This user is a member already.")
    _group_once = models.UniqueIndex(
        "(mailbox_id, group_id) WHERE group_id IS NOT NULL", "This group is a member already."
    )

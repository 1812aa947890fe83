from odoo import fields, models


class CommMailboxMember(models.Model):
    """One line of a shared mailbox: a user or a group, and what they may do with the mail in it."""

    _name = "comm.mailbox.member"
    _description = "Member of a shared mailbox"
    _order = "mailbox_id, id"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", index="btree_not_null", ondelete="cascade")
    group_id = fields.Many2one("res.groups", index="btree_not_null", ondelete="cascade")
    access = fields.Selection([("read", "Read"), ("write", "Read and write")], required=True, default="write")

    _user_or_group = models.Constraint(
        "CHECK((user_id IS NULL) <> (group_id IS NULL))", "A member is either a user or a group."
    )
    _user_once = models.UniqueIndex("(mailbox_id, user_id) WHERE user_id IS NOT NULL", "This user is a member already.")
    _group_once = models.UniqueIndex(
        "(mailbox_id, group_id) WHERE group_id IS NOT NULL", "This group is a member already."
    )

    def write(self, vals):
        result = super().write(vals)
        # Record rules look at a line before it is written; after it, it may stand at a mailbox that is not theirs to share.
        self.check_access("write")
        return result

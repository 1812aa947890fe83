from odoo import fields, models


class CommMember(models.AbstractModel):
    """One line of what people share: a user or a group, and what they may do with the mail in it.

    Each model names what is shared, and sees that nobody stands there twice.
    """

    _name = "comm.member"
    _description = "Member of what is shared"

    user_id = fields.Many2one("res.users", index="btree_not_null", ondelete="cascade")
    group_id = fields.Many2one("res.groups", index="btree_not_null", ondelete="cascade")
    access = fields.Selection([("read", "Read"), ("write", "Read and write")], required=True, default="read")

    _user_or_group = models.Constraint(
        "CHECK((user_id IS NULL) <> (group_id IS NULL))", "A member is either a user or a group."
    )

    def write(self, vals):
        result = super().write(vals)
        # Record rules look at a line before it is written; after it, it may stand at what is not theirs to share.
        self.check_access("write")
        return result

    def _people(self):
        """Return the users whom these lines mean."""
        return self.user_id | self.group_id.all_user_ids

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CommAttachmentGroup(models.Model):
    """Says which user groups may reach the documents that came with mails, without access to the mailbox.

    Mailboxes choose one; every document carries the one of its mailbox, so that access is decided without a join.
    """

    _name = "comm.attachment.group"
    _description = "Attachment permission group"
    _order = "name, id"

    name = fields.Char(required=True)
    description = fields.Text(help="Helps owners of mailboxes to choose.")
    line_ids = fields.One2many("comm.attachment.group.line", "attachment_group_id", string="User groups", copy=True)
    rights = fields.Char(compute="_compute_rights", help="Who may do what with the documents.")
    mailbox_ids = fields.One2many("comm.mailbox", "attachment_group_id", string="Mailboxes", readonly=True)
    mailbox_count = fields.Integer(string="Mailboxes in use", compute="_compute_mailbox_count")

    @api.depends("line_ids.group_id", "line_ids.access")
    @api.depends_context("lang")
    def _compute_rights(self):
        labels = dict(self.env["comm.attachment.group.line"]._fields["access"]._description_selection(self.env))
        for group in self:
            # sudo: whoever chooses the group for a mailbox has to see to whom that opens the documents.
            lines = group.sudo().line_ids
            group.rights = ", ".join(f"{line.group_id.display_name}: {labels[line.access]}" for line in lines)

    @api.depends("mailbox_ids")
    def _compute_mailbox_count(self):
        counts = dict(
            self.env["comm.mailbox"]
            .with_context(active_test=False)
            ._read_group([("attachment_group_id", "in", self.ids)], ["attachment_group_id"], ["__count"])
        )
        for group in self:
            group.mailbox_count = counts.get(group, 0)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for group, vals in zip(self, vals_list, strict=True):
            vals["name"] = (default or {}).get("name") or self.env._("%s (copy)", group.name)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        # sudo: also mailboxes count that whoever deletes does not see.
        mailboxes = self.env["comm.mailbox"].sudo().with_context(active_test=False)
        used = mailboxes.search_count([("attachment_group_id", "in", self.ids)])
        if used:
            raise UserError(
                self.env._(
                    "%(count)s mailboxes use this permission group. Choose another one there first,"
                    " or remove the rights here.",
                    count=used,
                )
            )

    @api.model
    def _query_granting(self, operation):
        """Return the query of the groups that give the current user the right to "read" or to change documents."""
        lines = Domain("group_id", "in", self.env.user._get_group_ids())
        if operation != "read":
            lines &= Domain("access", "=", "write")
        # sudo: a right holds whether or not its holder may read who else has it.
        return self.sudo()._search([("line_ids", "any", lines)])

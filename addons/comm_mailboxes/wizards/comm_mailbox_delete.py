from odoo import api, fields, models
from odoo.exceptions import AccessError


class CommMailboxDelete(models.TransientModel):
    """Says what goes with a mailbox before it is deleted."""

    _name = "comm.mailbox.delete"
    _description = "Delete mailboxes"

    mailbox_ids = fields.Many2many("comm.mailbox", string="Mailboxes", required=True, context={"active_test": False})
    mailbox_count = fields.Integer(compute="_compute_content")
    folder_count = fields.Integer(compute="_compute_content")
    message_count = fields.Integer(compute="_compute_content")
    attachment_count = fields.Integer(compute="_compute_content")
    unsent_count = fields.Integer(compute="_compute_content")
    unstored_count = fields.Integer(compute="_compute_content")
    # What was shown to whoever confirms: the dialog sends it back.
    confirmed_count = fields.Integer(compute="_compute_confirmed_count", store=True, readonly=False)
    draft_count = fields.Integer(compute="_compute_content")
    moved_draft_count = fields.Integer(compute="_compute_content")
    others_draft_count = fields.Integer(compute="_compute_content")

    @api.depends("mailbox_ids")
    def _compute_content(self):
        for wizard in self:
            mailboxes = wizard.mailbox_ids
            # sudo: whoever may delete a mailbox is told how much mail goes, also where they may not read it.
            messages = self.env["comm.message"].sudo()._search([("mailbox_id", "in", mailboxes.ids)])
            moved, others, going = mailboxes._part_drafts()
            wizard.draft_count, wizard.others_draft_count = len(going), len(others)
            wizard.moved_draft_count = sum(len(drafts) for drafts in moved.values())
            held = mailboxes._unsent()
            wizard.unstored_count = len(held.filtered(lambda message: message.outgoing_state == "sent"))
            wizard.unsent_count = len(held) - wizard.unstored_count - len(others)
            wizard.mailbox_count = len(mailboxes)
            wizard.folder_count = len(mailboxes.sudo().folder_ids)
            wizard.message_count = sum(mailboxes.mapped("message_count"))
            wizard.attachment_count = (
                self.env["ir.attachment"]
                .sudo()
                .search_count([("res_model", "=", "comm.message"), ("res_id", "in", messages)])
            )

    @api.depends("mailbox_ids")
    def _compute_confirmed_count(self):
        for wizard in self:
            wizard.confirmed_count = len(wizard.mailbox_ids._unsent())

    @api.constrains("mailbox_ids")
    def _check_mailboxes(self):
        # Odoo runs constraints as superuser.
        self.mailbox_ids.sudo(False).check_access("unlink")

    def action_delete(self):
        self.mailbox_ids.unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_delete_unsent(self):
        """Delete what is in the way of the deletion, for good; then ask again about the mailboxes."""
        self.ensure_one()
        if not self.env.user.has_group("comm_mailboxes.group_admin"):
            raise AccessError(self.env._("Only administrators delete what others have not sent yet."))
        self.mailbox_ids.check_access("unlink")
        self.mailbox_ids._delete_unsent(self.confirmed_count)
        self.confirmed_count = 0
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delete…"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_archive(self):
        self.mailbox_ids.action_archive()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

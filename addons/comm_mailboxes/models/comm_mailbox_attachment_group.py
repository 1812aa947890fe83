from odoo import api, fields, models
from odoo.exceptions import AccessError

from .ir_attachment import of_mailboxes


class CommMailbox(models.Model):
    """Who else may reach the documents that come with the mails of a mailbox."""

    _inherit = "comm.mailbox"

    attachment_group_id = fields.Many2one(
        "comm.attachment.group",
        string="Attachment permission group",
        index="btree_not_null",
        ondelete="restrict",
        help="Opens the documents attached to mails of this mailbox to other users, but not the mails.",
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")
    attachment_group_rights = fields.Char(related="attachment_group_id.rights", string="Opens documents to")

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for mailbox in self:
            mailbox.is_mine = mailbox.user_id == self.env.user

    @api.model_create_multi
    def create(self, vals_list):
        mailboxes = super().create(vals_list)
        mailboxes._check_attachment_group_chooser()
        return mailboxes

    def write(self, vals):
        result = super().write(vals)
        if "attachment_group_id" in vals:
            self._check_attachment_group_chooser()
            self._pass_attachment_group_on()
        elif {"scope", "user_id"} & vals.keys() and not self.env.su:
            # What managers chose does not go on opening the documents of a mailbox that became somebody's own.
            opened = self.filtered("attachment_group_id")
            opened.filtered(lambda mailbox: mailbox._is_personal_of_others()).attachment_group_id = False
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for mailbox, vals in zip(self, vals_list, strict=True):
            if mailbox._is_personal_of_others():
                # The copy stays its owner's, and only they open its documents to others.
                vals.pop("attachment_group_id", None)
        return vals_list

    def _is_personal_of_others(self):
        return self.scope == "personal" and self.user_id != self.env.user

    def _check_attachment_group_chooser(self):
        """An administrator edits all mailboxes, but must not let anybody, themselves included, at mail of others."""
        opened = self.filtered("attachment_group_id")
        if not self.env.su and any(mailbox._is_personal_of_others() for mailbox in opened):
            raise AccessError(
                self.env._("Only the owner of a personal mailbox decides who else may read its documents.")
            )

    def _pass_attachment_group_on(self):
        """Give the documents that are here already the group that was chosen."""
        self.env["ir.attachment"]._comm_follow_mailbox(of_mailboxes(self.ids))
        registry, mailbox_ids = self.env.registry, self.ids

        @self.env.cr.postcommit.add
        def follow_again():
            # An import that was storing meanwhile took the group as it was, and this transaction could not see its
            # rows. What is stored from now on sees the change, or waits and is tried again: see _comm_lock_mailboxes.
            with registry.cursor() as cr:
                attachments = api.Environment(cr, api.SUPERUSER_ID, {})["ir.attachment"]
                attachments._comm_follow_mailbox(of_mailboxes(mailbox_ids))

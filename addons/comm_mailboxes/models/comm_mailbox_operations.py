import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.lease import MailboxBusy
from ..turns import take_in_turn

_logger = logging.getLogger(__name__)

# A mailbox that is being visited is asked again after this: what came after the visit's push is still to be told.
BUSY_WAIT = timedelta(seconds=5)


class CommMailbox(models.Model):
    """What the server of a mailbox has still to learn."""

    _inherit = "comm.mailbox"

    operation_count = fields.Integer(string="Pending changes", compute="_compute_operation_count")
    may_read_mail = fields.Boolean(compute="_compute_may_read_mail")

    @api.depends("scope", "user_id", "member_ids.user_id", "member_ids.group_id")
    @api.depends_context("uid")
    def _compute_may_read_mail(self):
        # sudo: the members are those that the current user may be one of.
        readable = self.sudo().filtered_domain(self._domain_accessible(self.env.user))
        for mailbox in self:
            mailbox.may_read_mail = mailbox.id in readable.ids

    def _compute_operation_count(self):
        # sudo: how many, not of which mails, is told to whoever sees the mailbox, like the number of messages.
        groups = (
            self.env["comm.operation"].sudo()._read_group([("mailbox_id", "in", self.ids)], ["mailbox_id"], ["__count"])
        )
        counts = {mailbox.id: count for mailbox, count in groups}
        for mailbox in self:
            mailbox.operation_count = counts.get(mailbox._origin.id, 0)

    def action_operations(self):
        """Open what the server has still to learn."""
        self.ensure_one()
        self._check_mail_access()
        action = self.env["ir.actions.act_window"]._for_xml_id("comm_mailboxes.action_comm_operation")
        return {**action, "domain": [("mailbox_id", "=", self.id)]}

    def action_repair(self):
        return self._notify(self.repair())

    def action_discard_operations(self):
        """Give up all pending changes: who edits the mailbox need not see what they are about."""
        if not self.has_access("write"):
            self._check_mail_access("write")
        # sudo: the right to discard was checked above.
        self.env["comm.operation"].sudo().search([("mailbox_id", "in", self.ids)]).sudo(False)._discard()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_push_operations(self):
        """Tell the servers what was changed in Odoo, the mailbox with the oldest change first."""
        take_in_turn(self.env, self._to_push(), lambda mailbox: mailbox._try_to_push())

    def _try_to_push(self):
        """Tell the server of this mailbox; return False, or None when it is being visited."""
        try:
            self._push_now()
        except MailboxBusy:
            self.env.ref("comm_mailboxes.ir_cron_push")._trigger(fields.Datetime.now() + BUSY_WAIT)
            return None
        except UserError as error:
            # Recorded on the mailbox and in its event log already; the next mailbox must not wait for it.
            _logger.info("Mailbox %s: changes were not told to the server: %s", self.id, error)
        except Exception as error:  # noqa: BLE001 (one mailbox must not stop the others)
            self._note_unexpected("push", error)
        return False

    @api.model
    def _to_push(self):
        """Return the mailboxes with pending changes whose server may be asked now."""
        groups = self.env["comm.operation"]._read_group([], ["mailbox_id"], ["id:min"], order="id:min")
        mailboxes = self.browse(mailbox.id for mailbox, _oldest in groups)
        ready = self.env["comm.mailbox.lease"]._ready_for_push(mailboxes).mailbox_id
        return mailboxes.filtered(lambda mailbox: mailbox in ready)

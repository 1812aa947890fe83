from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .comm_mailbox_event import DAYS_PARAMETER, DEFAULT_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    comm_event_days = fields.Integer(
        string="Keep events (days)",
        config_parameter=DAYS_PARAMETER,
        default=DEFAULT_DAYS,
        help="Older entries of the event log are deleted.",
    )
    comm_import_limit = fields.Integer(related="company_id.comm_import_limit", readonly=False)
    comm_outgoing_note = fields.Char(compute="_compute_comm_outgoing_note")

    @api.depends("company_id")
    def _compute_comm_outgoing_note(self):
        for settings in self:
            mailbox = settings.company_id._comm_outgoing_mailbox().filtered("active")
            settings.comm_outgoing_note = (
                self.env._("%(host)s, port %(port)s", host=mailbox.host, port=mailbox.port)
                if mailbox.host
                else self.env._("Not set")
            )

    def action_comm_outgoing_mailbox(self):
        return self.company_id.action_comm_outgoing_mailbox()

    @api.constrains("comm_event_days")
    def _check_comm_event_days(self):
        if any(settings.comm_event_days < 1 for settings in self):
            raise ValidationError(self.env._("Events are kept for at least one day."))

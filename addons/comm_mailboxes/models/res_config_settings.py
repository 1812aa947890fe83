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

    @api.constrains("comm_event_days")
    def _check_comm_event_days(self):
        if any(settings.comm_event_days < 1 for settings in self):
            raise ValidationError(self.env._("Events are kept for at least one day."))

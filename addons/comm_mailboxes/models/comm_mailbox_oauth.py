from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CommMailbox(models.Model):
    """What a mailbox needs to log in by OAuth 2.0."""

    _inherit = "comm.mailbox"

    client_id = fields.Char(string="Application (client) ID")
    tenant = fields.Char(help="Directory (tenant) ID or domain. Empty: any Microsoft account of an organisation.")

    @api.constrains("auth_method", "client_id")
    def _check_client_id(self):
        for mailbox in self:
            if mailbox.auth_method == "oauth2" and not (mailbox.client_id or "").strip():
                raise ValidationError(
                    self.env._("OAuth 2.0 needs the Application (client) ID that your administrator registered.")
                )

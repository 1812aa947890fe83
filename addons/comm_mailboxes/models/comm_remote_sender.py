from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize


class CommRemoteSender(models.Model):
    """A sender whose pictures from the internet a user always wants to see."""

    _name = "comm.remote.sender"
    _description = "Sender whose pictures are loaded"
    _order = "email, id"
    _rec_name = "email"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade", default=lambda self: self.env.user
    )
    email = fields.Char(string="Address", required=True)

    _once = models.UniqueIndex("(user_id, email)", "This sender is on your list already.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalized(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalized(vals))

    def _normalized(self, vals):
        if "email" not in vals:
            return vals
        address = email_normalize(vals["email"])
        if not address:
            raise ValidationError(self.env._("“%s” is no e-mail address.", vals["email"] or ""))
        return {**vals, "email": address}

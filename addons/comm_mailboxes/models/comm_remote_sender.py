import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from .comm_mailbox_input import is_one_address

# email_normalize lets markup pass, which no mail server would take for an address.
_PLAIN = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+")


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

    @api.model
    def _address_in(self, text):
        """Return the address in ``text``, a header or what somebody typed, by which its sender is known here; else ""."""
        address = email_normalize(text) or ""
        return address if _PLAIN.fullmatch(address) else ""

    def _normalized(self, vals):
        if "email" not in vals:
            return vals
        address = self._address_in(vals["email"])
        if not (address and is_one_address(vals["email"])):
            raise ValidationError(self.env._("“%s” is no e-mail address.", vals["email"] or ""))
        return {**vals, "email": address}

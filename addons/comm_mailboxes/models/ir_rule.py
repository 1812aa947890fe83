from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """In debug mode, which every user may switch on, Odoo's text names the records that were refused: subjects of
        mails and names of folders and mailboxes would be read by asking for one number after the other.
        """
        error = super()._make_access_error(operation, records)
        if not records._name.startswith("comm."):
            return error
        description = self.env["ir.model"]._get(records._name).name
        return AccessError(
            self.env._("You have no access to this: %s. Ask its owner or your administrator.", description)
        )

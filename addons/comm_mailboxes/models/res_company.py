from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    comm_import_limit = fields.Integer(
        string="Largest message imported whole (MB)",
        default=100,
        help="Of a larger message only the header comes by itself; 0: there is no limit.",
    )

    @api.constrains("comm_import_limit")
    def _check_comm_import_limit(self):
        if any(company.comm_import_limit < 0 for company in self):
            raise ValidationError(
                self.env._("The largest message that is imported whole has a size, or 0 for any size.")
            )

    def unlink(self):
        # By hand: a mailbox that belongs to a company and to nobody else goes with it.
        self._comm_outgoing_mailbox().unlink()
        return super().unlink()

    def _comm_outgoing_mailbox(self):
        """Return the outgoing mailboxes of these companies, archived ones too."""
        # sudo: whoever may delete a company need not be an administrator of mailboxes.
        mailboxes = self.env["comm.mailbox"].sudo().with_context(active_test=False)
        return mailboxes.search([("scope", "=", "company"), ("company_id", "in", self.ids)])

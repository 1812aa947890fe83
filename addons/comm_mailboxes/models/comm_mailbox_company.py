from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CommMailbox(models.Model):
    """The outgoing mailbox of a company: an SMTP mailbox that belongs to nobody, kept in Basics / Configuration."""

    _inherit = "comm.mailbox"

    from_filter = fields.Char(
        string="From filter",
        help="Addresses or domains, separated by commas, that this server may send for. Empty: any, but under the address"
        " for notifications where the company has one, as Odoo's own servers do.",
    )

    _one_per_company = models.UniqueIndex(
        "(company_id) WHERE scope = 'company'", "The company has an outgoing mailbox already."
    )
    _company_sends = models.Constraint(
        "CHECK(scope != 'company' OR (kind = 'smtp' AND company_id IS NOT NULL))",
        "The mailbox of a company is one for sending.",
    )

    @api.constrains("from_filter")
    def _check_from_filter(self):
        for mailbox in self.filtered("from_filter"):
            for part in self.env["ir.mail_server"]._parse_from_filter(mailbox.from_filter):
                domain = part.rpartition("@")[2]
                if " " in part or "." not in domain or part.startswith("@"):
                    raise ValidationError(
                        self.env._(
                            "The From filter lists addresses and domains, such as name@example.com, example.com."
                        )
                    )

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .comm_mailbox_event import DAYS_PARAMETER, MAX_DAYS


class CommMailbox(models.Model):
    """The outgoing mailbox of a company: an SMTP mailbox that belongs to nobody. Its form is Basics / Configuration.

    The administrators of mailboxes need not be those of Odoo: what else is set there passes through here, and they get no
    right on companies or on Odoo's settings.
    """

    _inherit = "comm.mailbox"

    from_filter = fields.Char(
        string="From filter",
        help="Addresses or domains, separated by commas, that this server may send for. Empty: any, but under the address"
        " for notifications where the company has one, as Odoo's own servers do.",
    )
    config_import_limit = fields.Integer(
        string="Largest message imported whole (MB)",
        compute="_compute_configuration",
        inverse="_inverse_config_import_limit",
        groups="comm_mailboxes.group_admin",
        help="Of a larger message only the header comes by itself; 0: there is no limit.",
    )
    config_event_days = fields.Integer(
        string="Keep events (days)",
        compute="_compute_configuration",
        inverse="_inverse_config_event_days",
        groups="comm_mailboxes.group_admin",
        help="Older entries of the event log are deleted once a day, in all companies.",
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

    @api.depends("scope", "company_id.comm_import_limit")
    def _compute_configuration(self):
        days = self.env["comm.mailbox.event"]._days_kept()
        # sudo: whoever sees the fields (administrators of mailboxes) sees these two settings, and nothing else.
        for mailbox, sudo_mailbox in zip(self, self.sudo(), strict=True):
            ours = mailbox.scope == "company"
            mailbox.config_import_limit = ours and sudo_mailbox.company_id.comm_import_limit
            mailbox.config_event_days = ours and days

    def _inverse_config_import_limit(self):
        self._check_configurer()
        for mailbox in self:
            # sudo: this one setting of the company is theirs; they were asked above.
            mailbox.sudo().company_id.comm_import_limit = mailbox.config_import_limit

    def _inverse_config_event_days(self):
        self._check_configurer()
        for mailbox in self:
            if not 1 <= mailbox.config_event_days <= MAX_DAYS:
                raise ValidationError(self.env._("Events are kept for at least one day."))
            # sudo: as above, one parameter.
            self.env["ir.config_parameter"].sudo().set_param(DAYS_PARAMETER, mailbox.config_event_days)

    def _check_configurer(self):
        if not self.env.su and not self.env.user.has_group("comm_mailboxes.group_admin"):
            raise AccessError(self.env._("Only administrators change the configuration."))
        if any(mailbox.scope != "company" for mailbox in self):
            raise ValidationError(self.env._("This is set in the configuration of the company."))

    @api.model
    def action_configuration(self):
        """Open the configuration of the current company."""
        if not self.env.user.has_group("comm_mailboxes.group_admin"):
            raise AccessError(self.env._("Only administrators change the configuration."))
        company = self.env.company
        mailbox = company._comm_outgoing_mailbox().sudo(False)
        if not mailbox:
            mailbox = self.create(
                {
                    "name": self.env._("Outgoing mailbox of %s", company.name),
                    "kind": "smtp",
                    "scope": "company",
                    "security": "starttls",
                    "company_id": company.id,
                }
            )
        action = self.env["ir.actions.act_window"]._for_xml_id("comm_mailboxes.action_company_configuration")
        return {**action, "res_id": mailbox.id}

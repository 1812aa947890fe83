from odoo import api, fields, models
from odoo.exceptions import AccessError


class CommSmtpQuestion(models.TransientModel):
    """The dialog "Which server?": the chain for a user, an address and a company, with the reason of each step."""

    _name = "comm.smtp.question"
    _description = "Which server?"

    email_from = fields.Char(string="From", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Written by",
        default=lambda self: self.env.user,
        help="Empty: what Odoo sends by itself, such as a password reset.",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    may_ask_for_others = fields.Boolean(compute="_compute_may_ask_for_others")
    step_ids = fields.One2many("comm.smtp.question.step", "question_id", compute="_compute_steps", string="Chain")
    answer = fields.Char(compute="_compute_steps")

    def _compute_may_ask_for_others(self):
        self.may_ask_for_others = self.env.user.has_group("comm_mailboxes.group_admin")

    @api.depends("email_from", "user_id", "company_id")
    def _compute_steps(self):
        _ = self.env._
        labels = self._level_labels()
        for question in self:
            question._check_asker()
            route = self.env["comm.smtp.resolver"].resolve(question.email_from, question.user_id, question.company_id)
            question.step_ids = [
                fields.Command.create({"level": labels[step.level], "taken": step.taken, "reason": step.reason})
                for step in route.steps
            ]
            name = route.name if route.name == route.host else f"{route.name} ({route.host})"
            question.answer = route.refusal or _(
                "%(name)s sends, under %(address)s.", name=name, address=route.smtp_from or "-"
            )

    def _check_asker(self):
        if self.env.user.has_group("comm_mailboxes.group_admin"):
            return
        if self.user_id != self.env.user or self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("Only administrators ask this for another user or company."))

    def _level_labels(self):
        _ = self.env._
        return {
            "forced": _("Template or document"),
            "own": _("Own mailbox with this address"),
            "shared": _("Shared mailbox with this address"),
            "default": _("Default mailbox"),
            "personal_server": _("Personal mail server of Odoo"),
            "company": _("Company's outgoing mailbox"),
            "server": _("Odoo's outgoing mail servers"),
            "config": _("Server of odoo.conf"),
            "localhost": _("Default server"),
        }


class CommSmtpQuestionStep(models.TransientModel):
    _name = "comm.smtp.question.step"
    _description = "Step of the chain"

    question_id = fields.Many2one("comm.smtp.question", ondelete="cascade")
    # Texts, which a list wraps: cut off they explain nothing.
    level = fields.Text(string="Step", readonly=True)
    taken = fields.Boolean(readonly=True)
    reason = fields.Text(readonly=True)

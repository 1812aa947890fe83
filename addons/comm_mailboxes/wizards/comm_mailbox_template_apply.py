from odoo import api, fields, models
from odoo.fields import Command

from ..models.comm_mailbox import CONNECTION_FIELDS


class CommMailboxTemplateApply(models.TransientModel):
    """Shows what a template, or what was found in the network, would change on a mailbox, and asks before it does."""

    _name = "comm.mailbox.template.apply"
    _description = "Apply a mailbox template"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(related="mailbox_id.kind", related_sudo=False)
    source = fields.Char(readonly=True, help="Where the settings were found.")
    template_id = fields.Many2one("comm.mailbox.template", domain="[('kind', '=', kind)]", ondelete="cascade")
    # compute_sudo: the lines show what the mailbox holds now, which is only for those who may read it.
    line_ids = fields.One2many(
        "comm.mailbox.template.apply.line",
        "apply_id",
        string="Changes",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    client_id = fields.Char(string="Application (client) ID", help="Ask your administrator, who registered it.")
    needs_client_id = fields.Boolean(compute="_compute_needs_client_id")
    forgets_password = fields.Boolean(compute="_compute_forgets_password")
    oauth2_note = fields.Char(compute="_compute_oauth2_note", help="Why a template for OAuth 2.0 does not choose it.")

    @api.depends("mailbox_id", "template_id")
    def _compute_line_ids(self):
        for wizard in self:
            mailbox, template = wizard.mailbox_id, wizard.template_id
            values = template._properties_for(mailbox.kind) if mailbox and template else {}
            wizard.line_ids = [Command.clear(), *self._line_commands(mailbox, values)]

    @api.depends("mailbox_id", "line_ids.selected")
    def _compute_needs_client_id(self):
        for wizard in self:
            mailbox, values = wizard.mailbox_id, wizard._chosen_values()
            method = values.get("auth_method", mailbox.auth_method)
            wizard.needs_client_id = method == "oauth2" and not (values.get("client_id") or mailbox.client_id)

    @api.depends("mailbox_id", "template_id")
    def _compute_oauth2_note(self):
        for wizard in self:
            template = wizard.template_id
            wanted = template.auth_method == "oauth2"
            lacks = wanted and template._properties_for(wizard.mailbox_id.kind).get("auth_method") != "oauth2"
            wizard.oauth2_note = lacks and self.env._(
                "This template is meant for OAuth 2.0. Outgoing mailboxes are offered it on %s only where an administrator"
                " lists that name in odoo.conf (comm_mailboxes_oauth_hosts); without that the authentication stays automatic.",
                template.host or "-",
            )

    @api.depends("mailbox_id", "line_ids.selected")
    def _compute_forgets_password(self):
        for wizard in self:
            mailbox = wizard.mailbox_id
            wizard.forgets_password = (
                mailbox.has_password
                and not mailbox._password_is_mine()
                and bool(CONNECTION_FIELDS & wizard._chosen_values().keys())
            )

    @api.constrains("mailbox_id")
    def _check_mailbox(self):
        # Odoo runs constraints as superuser.
        self.mailbox_id.sudo(False).check_access("write")

    def action_apply(self):
        self.ensure_one()
        values = self._chosen_values()
        if self.needs_client_id:
            values["client_id"] = self.client_id
        if values:
            self.mailbox_id.write(values)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _propose(self, mailbox, values, template=None, source=""):
        """Return a wizard that proposes these values."""
        return self.create(
            {
                "mailbox_id": mailbox.id,
                "template_id": template.id if template else False,
                "source": source,
                "line_ids": self._line_commands(mailbox, values),
            }
        )

    @api.model
    def _dialog(self, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _chosen_values(self):
        return {line.name: line.value for line in self.line_ids if line.selected}

    @api.model
    def _line_commands(self, mailbox, values):
        """Return commands for one line per value that differs from what the mailbox has."""
        commands = []
        for name, value in values.items():
            field = mailbox._fields[name]
            now = field.convert_to_write(mailbox[name], mailbox)
            if (now or False) == (value or False):
                continue
            commands.append(
                Command.create(
                    {
                        "name": name,
                        "label": field._description_string(self.env),
                        "now": self._in_words(field, now),
                        "then": self._in_words(field, value) or self.env._("(empty)"),
                        "value": value,
                    }
                )
            )
        return commands

    @api.model
    def _in_words(self, field, value):
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if not value:
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env))[value]
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value).display_name
        return str(value)


class CommMailboxTemplateApplyLine(models.TransientModel):
    _name = "comm.mailbox.template.apply.line"
    _description = "Change by a mailbox template"
    _order = "id"
    _rec_name = "label"

    apply_id = fields.Many2one("comm.mailbox.template.apply", required=True, ondelete="cascade", index=True)
    selected = fields.Boolean(string="Change", default=True)
    name = fields.Char(required=True, help="Technical name of the field.")
    label = fields.Char(string="Property")
    now = fields.Char()
    then = fields.Char()
    value = fields.Json()

    @api.constrains("apply_id")
    def _check_apply(self):
        # A line slipped into somebody's open dialog would be applied with it. Odoo runs constraints as superuser.
        self.apply_id.sudo(False).check_access("write")

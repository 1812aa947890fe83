from odoo import fields, models


class CommMailboxNew(models.TransientModel):
    """Asks for the display name and nothing else; the properties form does the rest."""

    _name = "comm.mailbox.new"
    _description = "New mailbox"

    name = fields.Char(string="Display name", required=True)
    kind = fields.Selection(selection=lambda self: self.env["comm.mailbox"]._fields["kind"].selection, required=True)
    scope = fields.Selection([("personal", "Personal"), ("shared", "Shared")], required=True)

    def action_create(self):
        self.ensure_one()
        vals = {"name": self.name, "kind": self.kind, "scope": self.scope}
        if self.kind == "smtp":
            # What providers recommend for sending: 587, secured by STARTTLS.
            vals["security"] = "starttls"
        if self.scope == "shared":
            # Without a member nobody could read the new mailbox, its creator included.
            vals["member_ids"] = [fields.Command.create({"user_id": self.env.uid, "access": "write"})]
        mailbox = self.env["comm.mailbox"].create(vals)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mailbox properties"),
            "res_model": "comm.mailbox",
            "res_id": mailbox.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

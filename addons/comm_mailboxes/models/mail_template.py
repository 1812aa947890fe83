from odoo import api, fields, models
from odoo.tools import SQL


class MailTemplate(models.Model):
    """Who wrote the From: an administrator's counts whoever sends with the template (``mail.mail``)."""

    _inherit = "mail.template"

    comm_from_by_admin = fields.Boolean(
        string="From written by an administrator",
        readonly=True,
        copy=False,
        help="It may give the address of a mailbox that the sender may not write with.",
    )

    def init(self):
        # Of templates from before this addon only the last hand is known.
        self.env.cr.execute(
            SQL(
                """UPDATE mail_template template
                      SET comm_from_by_admin = template.write_uid = %s OR EXISTS (
                              SELECT FROM res_groups_users_rel member
                                JOIN ir_model_data data
                                  ON data.model = 'res.groups' AND data.res_id = member.gid
                                 AND data.module = 'base' AND data.name = 'group_system'
                               WHERE member.uid = template.write_uid)
                    WHERE comm_from_by_admin IS NULL""",
                self.env.ref("base.user_root").id,
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        by_admin = self.env.user._is_system()
        return super().create([{**vals, "comm_from_by_admin": by_admin} for vals in vals_list])

    def write(self, vals):
        # Readonly is for screens only.
        vals = {name: value for name, value in vals.items() if name != "comm_from_by_admin"}
        # Another model gives the same words another meaning.
        changed = self.filtered(
            lambda template: (
                ("email_from" in vals and vals["email_from"] != template.email_from)
                or ("model_id" in vals and vals["model_id"] != template.model_id.id)
            )
        )
        result = super().write(vals)
        if changed:
            super(MailTemplate, changed).write({"comm_from_by_admin": self.env.user._is_system()})
        return result

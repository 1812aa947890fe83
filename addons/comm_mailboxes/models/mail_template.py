from odoo import SUPERUSER_ID, api, fields, models
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

    comm_from_by_id = fields.Many2one(
        "res.users",
        string="From written by",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Who answers for it where Odoo itself sends with this template.",
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
        return super().create([{**vals, **self._hand()} for vals in vals_list])

    def write(self, vals):
        # Readonly is for screens only.
        vals = {name: value for name, value in vals.items() if name not in self._hand()}
        # Another model gives the same words another meaning.
        changed = self.filtered(
            lambda template: (
                ("email_from" in vals and vals["email_from"] != template.email_from)
                or ("model_id" in vals and vals["model_id"] != template.model_id.id)
            )
        )
        result = super().write(vals)
        if changed:
            super(MailTemplate, changed).write(self._hand())
        return result

    @api.model
    def _hand(self):
        """Return what is noted of who writes a From."""
        return {"comm_from_by_admin": self.env.user._is_system(), "comm_from_by_id": self.env.uid}

    def send_mail_batch(self, *args, **kwargs):
        return super(MailTemplate, self._answered_for(self)).send_mail_batch(*args, **kwargs)

    def _answered_for(self, records):
        """Return ``records`` so that who wrote the From of this template answers for the mails that they make.

        Only where nobody else would: a scheduled action, or a visitor of the website, sends what some user set up.
        """
        template = self.sudo()
        nobody = self.env.uid == SUPERUSER_ID or self.env.user._is_public()
        if not nobody or not template.email_from or template.comm_from_by_admin:
            return records
        # Of templates from before this addon, and of users who are gone, only the last hand is known.
        writer = template.comm_from_by_id or template.write_uid
        return records.with_context(comm_answered_by=writer.id)

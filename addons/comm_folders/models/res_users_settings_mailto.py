from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    comm_mailto = fields.Boolean(
        string="Open addresses in Odoo",
        default=True,
        help="A click on an e-mail address anywhere in Odoo opens a window to write in, not the mail program of the device.",
    )


class ResUsers(models.Model):
    _inherit = "res.users"

    comm_mailto = fields.Boolean(related="res_users_settings_id.comm_mailto", readonly=False)

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "comm_mailto"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "comm_mailto"]

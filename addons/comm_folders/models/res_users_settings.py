from odoo import api, fields, models

MAX_SECONDS = 86400


class ResUsersSettings(models.Model):
    """How a user reads mail. The web client has these values as ``user.settings``, each under the name of its field."""

    _inherit = "res.users.settings"

    # General
    comm_mailto = fields.Boolean(
        string="Open addresses in Odoo",
        default=True,
        help="A click on an e-mail address anywhere in Odoo opens a window to write in, not the mail program of the device.",
    )

    # Preview
    comm_refresh_interval = fields.Integer(
        string="Refresh the list every (seconds)",
        default=60,
        required=True,
        help="The Communication Manager looks for changes this often. New mail shows at once in any case. 0: never.",
    )
    comm_preview_position = fields.Selection(
        [("right", "Right of the list"), ("below", "Below the list"), ("off", "Off: a click opens the message")],
        string="Preview",
        default="right",
        required=True,
    )
    comm_conversations = fields.Boolean(
        string="Show conversations",
        help="The list shows messages that answer each other as one row, in order of the newest of them.",
    )
    comm_mark_read = fields.Selection(
        [("at_once", "At once"), ("later", "After some seconds"), ("never", "Only by hand")],
        string="Mark as read",
        default="at_once",
        required=True,
        help="When a message counts as read that is shown in the preview.",
    )
    comm_mark_read_seconds = fields.Integer(string="Seconds until read", default=3, required=True)
    comm_remote_images = fields.Selection(
        [
            ("ask", "Only when I allow it"),
            ("contacts", "Also of senders among my contacts"),
            ("never", "Never"),
        ],
        string="Pictures from the internet",
        default="ask",
        required=True,
        help="Loading them tells the sender that, when and where a message was read.",
    )

    # Notifications
    comm_desktop_notification = fields.Boolean(
        string="Desktop notification of new mail",
        help="The browser tells of new mail, also while another window is in front.",
    )
    comm_badge = fields.Boolean(string="Show unread mail in the bar at the top", default=True)
    comm_badge_mailbox_ids = fields.Many2many(
        "comm.mailbox",
        "comm_badge_mailbox_rel",
        string="Mailboxes that count there",
        help="Empty: my personal mailboxes.",
    )

    _comm_refresh_range = models.Constraint(
        f"CHECK(comm_refresh_interval BETWEEN 0 AND {MAX_SECONDS})",
        "The seconds between two looks for changes are at least 0 (never) and at most 86400 (a day).",
    )
    _comm_mark_read_range = models.Constraint(
        f"CHECK(comm_mark_read_seconds BETWEEN 0 AND {MAX_SECONDS})",
        "The seconds until a message counts as read are at least 0 and at most 86400 (a day).",
    )

    @api.model
    def _get_fields_blacklist(self):
        # Every session gets the others; which mailboxes count is the server's business alone.
        return [*super()._get_fields_blacklist(), "comm_badge_mailbox_ids"]

    def write(self, vals):
        result = super().write(vals)
        changed = sorted(name for name in vals if name.startswith("comm_") and name in self._fields)
        if changed:
            for settings in self:
                # Other windows of the user follow at once.
                settings._bus_send("comm_folders/settings", settings._comm_settings_format(changed))
        if "comm_badge_mailbox_ids" in vals:
            for settings in self:
                badge = self.env["comm.mailbox"].with_user(settings.user_id).get_badge()
                settings._bus_send("comm_folders/badge", badge)
        return result

    def _comm_settings_format(self, names):
        hidden = self._get_fields_blacklist()
        # sudo: the user's own values, whoever changed them for the user.
        return {name: self.sudo()[name] for name in names if name not in hidden}

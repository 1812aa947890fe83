from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

# On the form of the user's preferences; each a field of res.users.settings under the same name.
SETTINGS = (
    "comm_undo_seconds",
    "comm_mailto",
    "comm_refresh_interval",
    "comm_preview_position",
    "comm_conversations",
    "comm_mark_read",
    "comm_mark_read_seconds",
    "comm_remote_images",
    "comm_desktop_notification",
    "comm_badge",
    "comm_badge_mailbox_ids",
)
# Theirs as well, but lists of their own.
LISTS = ("comm_remote_sender_ids",)


class ResUsers(models.Model):
    _inherit = "res.users"

    comm_undo_seconds = fields.Integer(related="res_users_settings_id.comm_undo_seconds", readonly=False)
    comm_mailto = fields.Boolean(related="res_users_settings_id.comm_mailto", readonly=False)
    comm_refresh_interval = fields.Integer(related="res_users_settings_id.comm_refresh_interval", readonly=False)
    comm_preview_position = fields.Selection(related="res_users_settings_id.comm_preview_position", readonly=False)
    comm_conversations = fields.Boolean(related="res_users_settings_id.comm_conversations", readonly=False)
    comm_mark_read = fields.Selection(related="res_users_settings_id.comm_mark_read", readonly=False)
    comm_mark_read_seconds = fields.Integer(related="res_users_settings_id.comm_mark_read_seconds", readonly=False)
    comm_remote_images = fields.Selection(related="res_users_settings_id.comm_remote_images", readonly=False)
    comm_desktop_notification = fields.Boolean(
        related="res_users_settings_id.comm_desktop_notification", readonly=False
    )
    comm_badge = fields.Boolean(related="res_users_settings_id.comm_badge", readonly=False)
    # Users read their own record as superuser: one that they may not see any more must not keep it from opening.
    comm_badge_mailbox_ids = fields.Many2many(
        "comm.mailbox",
        string="Mailboxes that count there",
        help="Empty: my personal mailboxes.",
        compute="_compute_comm_badge_mailbox_ids",
        inverse="_inverse_comm_badge_mailbox_ids",
    )

    comm_remote_sender_ids = fields.One2many(
        "comm.remote.sender",
        "user_id",
        string="Senders whose pictures are always loaded",
        help="Remove one, and its pictures wait for your permission again.",
    )

    @api.depends("res_users_settings_id.comm_badge_mailbox_ids")
    @api.depends_context("uid")
    def _compute_comm_badge_mailbox_ids(self):
        for user in self:
            # sudo: who may read the user may read this setting of the user's, as far as the mailboxes can be seen.
            chosen = user.sudo().res_users_settings_id.comm_badge_mailbox_ids
            user.comm_badge_mailbox_ids = chosen.with_user(self.env.uid)._filtered_access("read")

    def _inverse_comm_badge_mailbox_ids(self):
        for user in self:
            # sudo: who may write the user may write this setting.
            user.sudo().res_users_settings_id.comm_badge_mailbox_ids = user.comm_badge_mailbox_ids

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, *SETTINGS, *LISTS]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, *SETTINGS, *LISTS]

    def write(self, vals):
        if any(name in vals for name in SETTINGS):
            for user in self:
                # A related field writes into a record that is there; users who never logged in have none yet.
                self.env["res.users.settings"]._find_or_create_for_user(user)
        self._check_own_senders(vals.get("comm_remote_sender_ids"))
        return super().write(vals)

    def _check_own_senders(self, commands):
        """Raise where commands for that list reach for other people's: Odoo writes what users may write of themselves as
        superuser, and with it the lines.
        """
        if self.env.su:
            return
        senders = self.env["comm.remote.sender"]
        for code, *rest in commands or ():
            # The web client leaves out what a command does not need.
            id_, values = (*rest, False, False)[:2]
            if code in (Command.UPDATE, Command.DELETE, Command.UNLINK, Command.LINK):
                senders.browse(id_).check_access("write")
            elif code == Command.SET:
                senders.browse(values).check_access("write")
            if isinstance(values, dict) and values.keys() - {"email"}:
                raise AccessError(self.env._("Each line is an address, nothing else."))

    def action_comm_settings(self):
        """Open my settings of mail, for the menu and the button of the Manager."""
        self.env["res.users.settings"]._find_or_create_for_user(self.env.user)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settings"),
            "res_model": "res.users",
            "res_id": self.env.uid,
            "views": [(self.env.ref("comm_folders.res_users_view_form_settings").id, "form")],
        }

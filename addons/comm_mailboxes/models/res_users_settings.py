from odoo import api, fields, models

MAX_UNDO_SECONDS = 120


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    comm_undo_seconds = fields.Integer(
        string="Time to undo sending (seconds)",
        default=10,
        required=True,
        help="So long a message waits before it leaves, and can be taken back. 0: it leaves at once.",
    )

    _comm_undo_range = models.Constraint(
        f"CHECK(comm_undo_seconds BETWEEN 0 AND {MAX_UNDO_SECONDS})", "The time to undo is between 0 and 120 seconds."
    )

    @api.model
    def _comm_undo_seconds(self, user):
        """Return for how many seconds ``user`` can take back what was sent."""
        # sudo: everybody's own setting.
        settings = user.sudo().res_users_settings_id
        return settings.comm_undo_seconds if settings else self._fields["comm_undo_seconds"].default(self)

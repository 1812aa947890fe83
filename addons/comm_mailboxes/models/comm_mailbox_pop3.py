from odoo import fields, models


class CommMailbox(models.Model):
    """What only a POP3 mailbox has: how long the server keeps what was fetched."""

    _inherit = "comm.mailbox"

    pop3_leave = fields.Selection(
        [
            ("keep", "Leave messages on the server"),
            ("days", "Delete after some days"),
            ("delete", "Delete after the fetch"),
        ],
        string="After fetching",
        required=True,
        default="keep",
        help="Messages are deleted on the server only after they were stored here for good.",
    )
    pop3_leave_days = fields.Integer(string="Days on the server", default=14)

    _leave_days_positive = models.Constraint(
        "CHECK(pop3_leave <> 'days' OR pop3_leave_days > 0)", "Messages stay on the server for at least one day."
    )

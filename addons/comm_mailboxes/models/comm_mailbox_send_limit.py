from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..protocol.errors import ProtocolError

ASKED_AGAIN_AFTER = timedelta(days=1)


class CommMailbox(models.Model):
    """How large a mail may be that is sent with a mailbox (RFC 1870: the SIZE that its server names)."""

    _inherit = "comm.mailbox"

    send_limit = fields.Integer(string="Largest mail (bytes)", readonly=True, copy=False)
    send_limit_at = fields.Datetime(string="Largest mail asked", readonly=True, copy=False)

    def _send_limit(self, user):
        """Return the limit of the server that sends for this mailbox, 0 when it is not known. As superuser."""
        now = fields.Datetime.now()
        if self.send_limit_at and now - self.send_limit_at < ASKED_AGAIN_AFTER:
            return self.send_limit
        route = self.env["comm.smtp.resolver"].resolve(self.email, author=user, company=self.company_id, mailbox=self)
        try:
            session = route.session__()
        except (ProtocolError, UserError):
            # Whether it can be sent at all is told when it is sent.
            return self.send_limit
        limit = session.size_limit or 0
        session.close()
        # A Postgres integer; larger limits are none in practice.
        self.write({"send_limit": min(limit, 2**31 - 1), "send_limit_at": now})
        return self.send_limit

    def write(self, vals):
        if {"host", "port", "company_id", "email"} & vals.keys():
            vals = {"send_limit_at": False, **vals}
        return super().write(vals)

import json

from odoo import api, http
from odoo.http import request


class MailboxCheck(http.Controller):
    @http.route("/comm_mailboxes/mailbox/<int:mailbox_id>/check", type="http", auth="user", methods=["POST"])
    def check(self, mailbox_id):
        """Check a mailbox and send a line of JSON for each step as it happens."""
        mailbox = request.env["comm.mailbox"].browse(mailbox_id).exists()
        if not mailbox or not mailbox.has_access("write"):
            raise request.not_found()
        return request.make_response(
            _lines(request.env.registry, request.env.uid, dict(request.env.context), mailbox_id),
            headers=[
                ("Content-Type", "application/x-ndjson; charset=utf-8"),
                ("Cache-Control", "no-store"),
                # nginx would collect the lines and hand them over at the end.
                ("X-Accel-Buffering", "no"),
            ],
        )


def _lines(registry, uid, context, mailbox_id):
    """Yield the lines. They are produced while the answer is sent, when the request's own cursor is closed already."""
    with registry.cursor() as cr:
        mailbox = api.Environment(cr, uid, context)["comm.mailbox"].browse(mailbox_id)
        for step in mailbox._check_steps():
            yield json.dumps(step).encode() + b"\n"

from odoo import http
from odoo.http import request

from ..content_types import safe_to_serve


class AttachmentLink(http.Controller):
    @http.route(
        "/comm_mailboxes/file/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=False,
    )
    def download(self, token):
        """Hand out a file that somebody sent as a link; always as a download, never shown."""
        attachment = request.env["comm.attachment.link"]._open__(token)
        if not attachment:
            return request.make_response(
                request.env._("This link has ended. Ask the sender for a new one."),
                headers=[("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")],
                status=410,
            )
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        stream.mimetype = safe_to_serve(stream.mimetype)
        stream.public = False
        response = stream.get_response(as_attachment=True, max_age=0)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "private, no-store"
        return response

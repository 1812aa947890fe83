import base64
import re
from urllib.parse import unquote

from markupsafe import Markup, escape

from odoo import http
from odoo.http import request
from odoo.tools.mail import html_keep_url

# Nothing is loaded and nothing runs: the sanitizer took out what is active, this keeps out what it might have missed.
# The sandbox directive holds even when the address is opened outside the frame.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

PAGE = Markup(
    '<!DOCTYPE html><html lang=""><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    "<title>{title}</title><style>"
    "html{{color-scheme:light;background:#fff}}"
    "body{{margin:16px;font:14px/1.5 system-ui,sans-serif;color:#212529;overflow-wrap:anywhere}}"
    "img{{max-width:100%}} pre{{white-space:pre-wrap;font:inherit;margin:0}}"
    "blockquote{{margin:0 0 0 8px;padding-left:8px;border-left:2px solid #ced4da}}"
    "</style></head><body>{body}</body></html>"
)

CID_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")cid:([^"]+)"')


REMOTE_SOURCE = re.compile(r'(<img\b[^>]*?\b)src="\s*(?:https?:)?//[^"]*"', re.IGNORECASE)


class MessageBody(http.Controller):
    @http.route("/comm_mailboxes/message/<int:message_id>/body", type="http", auth="user", methods=["GET"])
    def body(self, message_id):
        """Return the body of a message as a page of its own, for a sandboxed frame."""
        # Reading as the current user: record rules decide.
        message = request.env["comm.message"].browse(message_id).exists()
        if not message or not message.has_access("read"):
            raise request.not_found()
        if message.body_html:
            body = _without_remote_images(_with_inline_images(message))
        else:
            # Escaped first; what is added afterwards are the links.
            text = html_keep_url(str(escape(message.body_text or "")))
            body = Markup("<pre>%s</pre>") % Markup(text)  # noqa: S704
        return request.make_response(
            PAGE.format(title=message.subject or "", body=body),
            headers=[
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "private, no-store"),
            ],
        )


def _with_inline_images(message):
    """Return the body with its inline images embedded: a sandboxed frame has no cookies to load them with."""
    # The HTML was sanitised when it was stored; what is put in are base64 letters and the type of an attachment.
    html = str(message.body_html)
    wanted = {unquote(cid) for _prefix, cid in CID_SOURCE.findall(html)}
    if not wanted:
        return Markup(html)  # noqa: S704
    parts = message.attachment_ids.filtered(lambda part: part.comm_content_id in wanted)
    sources = {
        part.comm_content_id: f"data:{part.mimetype};base64,{base64.b64encode(part.raw).decode()}"
        for part in parts
        if part.mimetype.startswith("image/")
    }

    def embed(match):
        source = sources.get(unquote(match[2]))
        # Without its source the text that stands for the picture is shown, not a broken picture.
        return f'{match[1]}{source}"' if source else match[1].removesuffix('src="')

    return Markup(CID_SOURCE.sub(embed, html))  # noqa: S704


def _without_remote_images(body):
    """Take away what the policy would block anyway, so that no broken picture is shown, and say so."""
    html, count = REMOTE_SOURCE.subn(r"\1", str(body))
    note = Markup("")
    if count:
        text = request.env._(
            "Pictures from the internet are not loaded: they would tell the sender that you read this."
        )
        note = Markup('<p style="margin:0 0 12px;padding:6px 10px;background:#f1f3f5;color:#495057">%s</p>') % text
    return note + Markup(html)  # noqa: S704 (sanitised before; this only takes something away)

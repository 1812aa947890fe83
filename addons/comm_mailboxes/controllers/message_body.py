import base64
import re
import secrets
from urllib.parse import unquote

import pytz
from markupsafe import Markup, escape

from odoo import http
from odoo.http import request
from odoo.tools import format_datetime

from ..protocol import message_view

# Nothing is loaded and nothing runs: the sanitizer took out what is active, this keeps out what it might have missed.
# The sandbox directive holds even when the address is opened outside the frame. It gives no script and no origin: a frame
# of the same origin could be measured from outside, but what a stranger wrote would stand beside the session's cookies.
# So the frame has the height of its pane and scrolls by itself.
POLICY = (
    "default-src 'none'; img-src {images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
# The dialog to print is opened by a script: ours alone, which has a number that nobody else can know.
PRINT_POLICY = POLICY + " allow-scripts allow-modals; script-src 'nonce-{nonce}'"
INLINE, REMOTE = "data:", "data: http: https:"

STYLE = Markup(
    "html{color-scheme:light;background:#fff}"
    # Tab comes here, and arrows scroll then.
    "body:focus-visible{outline:2px solid #714b67;outline-offset:-2px}"
    "body{margin:16px;font:14px/1.5 system-ui,sans-serif;color:#212529;overflow-wrap:anywhere}"
    "img{max-width:100%;position:relative}"
    # Only a picture that could not be loaded has this: a frame with its text instead of the browser's broken sign
    "img::after{content:attr(alt);position:absolute;inset:0;box-sizing:border-box;padding:0 4px;overflow:hidden;"
    "border:1px dashed #adb5bd;border-radius:3px;background:#fff;color:#495057;font:12px/1.6 system-ui,sans-serif}"
    "pre{white-space:pre-wrap;font:inherit;margin:0}"
    "blockquote{margin:0 0 0 8px;padding-left:8px;border-left:2px solid #ced4da}"
    ".comm_target{padding:0 4px;border-radius:3px;background:#fff3cd;color:#664d03;font-size:12px;text-decoration:none}"
    ".comm_quote>summary{display:inline-block;list-style:none;margin:8px 0;padding:0 10px;border-radius:10px;"
    "background:#e9ecef;color:#343a40;font:12px/20px system-ui,sans-serif;cursor:pointer}"
    ".comm_quote>summary::-webkit-details-marker{display:none}"
    ".comm_head{margin:0 0 16px;padding:0 0 12px;border-bottom:1px solid #adb5bd;border-spacing:0}"
    ".comm_head th{padding:0 12px 0 0;text-align:left;vertical-align:top;font-weight:600;white-space:nowrap}"
    "h1{font-size:18px;margin:0 0 12px}"
    # What stands for a picture that is not loaded
    ".comm_picture{padding:0 4px;border:1px dashed #adb5bd;border-radius:3px;background:#fff;color:#495057;"
    "font:12px/1.6 system-ui,sans-serif}"
    # Most mails are made for 600 px, those of Odoo itself, too; on a phone they would have to be pushed sideways.
    "@media(max-width:600px){table,tbody,td,th,div,p,section,center{min-width:0!important}"
    "table[width],table[style*=width]{width:100%!important}td,th{overflow-wrap:break-word}"
    "div[style*=width],p[style*=width]{width:auto!important;max-width:100%!important}"
    "div,p,section,center,blockquote{max-width:100%!important}img{height:auto}}"
)
PAGE = Markup(
    '<!DOCTYPE html><html lang=""><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<title>{title}</title><style>{style}</style></head><body tabindex="0">{body}</body></html>'
)

# The page that a click on an e-mail address opens for a moment. It tells the page that shows the message, which opens a
# window to write in; where nobody listens, the address is the browser's, as everywhere.
MAILTO_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAILTO_SCRIPT = Markup("""
    const [, listener, address] = location.hash.match(/^#([\\w-]+)\\/(mailto%3A.*)$/i) || [];
    const channel = new BroadcastChannel("comm_mailto");
    const byBrowser = setTimeout(() => address && location.replace(decodeURIComponent(address)), 1500);
    channel.onmessage = ({ data }) => {
        if (data.taken === listener) {
            clearTimeout(byBrowser);
            close();
        }
    };
    if (address) {
        channel.postMessage({ listener, href: decodeURIComponent(address) });
    }
""")
# What a page that listens calls itself.
LISTENER = re.compile(r"[\w-]{1,64}")

# Characters of a very long body that are shown at first: a browser takes many seconds to lay out all of it.
BEGINNING = 200_000

CID_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")cid:([^"]+)"')


class MessageBody(http.Controller):
    @http.route("/comm_mailboxes/message/<int:message_id>/body", type="http", auth="user", methods=["GET"])
    def body(self, message_id, remote="", listener="", whole=""):
        """Return the body of a message as a page of its own, for a sandboxed frame.

        :param remote: the token in ``comm.message.preview_info`` of who wants to see the pictures from the internet now
        :param listener: a name that nobody can guess, of a page that wants to open e-mail addresses itself: a click on one
            is told there, by the page below
        :param whole: of a very long body all of it, and not its beginning
        """
        message = readable_message(message_id)
        allowed = message._remote_images_allowed(remote)
        body = shown_body(message, remote=allowed, whole=bool(whole))
        if LISTENER.fullmatch(listener):
            # Links of the same body, elsewhere.
            body = Markup(message_view.with_mail_links(str(body), f"/comm_mailboxes/mailto#{listener}/"))  # noqa: S704
        page = PAGE.format(title=message.subject or "", style=STYLE, body=body)
        return response(page, POLICY.format(images=REMOTE if allowed else INLINE))

    @http.route("/comm_mailboxes/mailto", type="http", auth="public", methods=["GET"], readonly=True)
    def mailto(self):
        """Hand an e-mail address in a message to the page that shows it, whose frame has neither scripts nor an origin."""
        nonce = secrets.token_urlsafe(16)
        script = Markup('<script nonce="%s">%s</script>') % (nonce, MAILTO_SCRIPT)
        return response(PAGE.format(title="", style="", body=script), MAILTO_POLICY.format(nonce=nonce))

    @http.route("/comm_mailboxes/message/<int:message_id>/print", type="http", auth="user", methods=["GET"])
    def print_view(self, message_id, remote=""):
        """Return the message as it is printed, with its header, and open the dialog for that."""
        message = readable_message(message_id)
        allowed = message._remote_images_allowed(remote)
        nonce = secrets.token_urlsafe(16)
        body = (
            Markup("<h1>%s</h1>") % (message.subject or request.env._("No subject"))
            + head_of(message)
            + shown_body(message, remote=allowed, fold=False)
            # When all is there, pictures too.
            + Markup('<script nonce="%s">addEventListener("load",()=>print())</script>') % nonce
        )
        page = PAGE.format(title=message.subject or "", style=STYLE, body=body)
        return response(page, PRINT_POLICY.format(images=REMOTE if allowed else INLINE, nonce=nonce))


def readable_message(message_id):
    """Return the message if the current user may read it; else 404, which does not tell whether there is one."""
    # Reading as the current user: record rules decide.
    message = request.env["comm.message"].browse(message_id).exists()
    if not message or not message.has_access("read"):
        raise request.not_found()
    return message


def response(page, policy):
    return request.make_response(
        page,
        headers=[
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            # Browsers look up the hosts of links in advance: that, too, would tell of the reader.
            ("X-DNS-Prefetch-Control", "off"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "private, no-store"),
        ],
    )


def shown_body(message, *, remote=False, fold=True, whole=True):
    """Return the body as it stands on the page."""
    label = request.env._("Show quoted text")
    cut = not whole and message._is_body_long()
    if not message.body_html:
        # Escaped there; what is added are the links.
        text = (message.body_text or "")[: BEGINNING if cut else None]
        return Markup(message_view.text_as_html(text, label if fold else ""))  # noqa: S704
    # The HTML was sanitised when it was stored; what is put in here are our own tags and escaped words.
    html = str(message.body_html)
    if cut:
        html = message_view.beginning(html, BEGINNING)
    html, _links = message_view.with_named_links(message._with_shown_images(html, remote=remote))
    if fold:
        html = message_view.folded(html, label)
    return _with_inline_images(message, html)


def _with_inline_images(message, html):
    """Return the body with its inline images embedded: a sandboxed frame has no cookies to load them with."""
    wanted = {unquote(cid) for _prefix, cid in CID_SOURCE.findall(html)}
    if not wanted:
        return Markup(html)  # noqa: S704
    sources = {
        part.comm_content_id: f"data:{part.mimetype};base64,{base64.b64encode(part.raw).decode()}"
        for part in message._inline_images()
        if part.comm_content_id in wanted
    }
    return Markup(CID_SOURCE.sub(lambda match: f'{match[1]}{sources[unquote(match[2])]}"', html))  # noqa: S704


def head_of(message):
    """Return the header lines as printed above a message."""
    _ = request.env._
    files = message._shown_attachments()
    # As the preview, which the browser writes: Odoo's page told its time zone.
    zone = request.cookies.get("tz")
    date = message.date and format_datetime(request.env, message.date, tz=zone in pytz.all_timezones_set and zone)
    lines = [
        (_("From"), message.email_from),
        (_("To"), message.email_to),
        (_("Cc"), message.email_cc),
        (_("Date"), date or ""),
        (_("Attachments"), ", ".join(files.mapped("name"))),
    ]
    rows = Markup("").join(
        Markup("<tr><th>%s</th><td>%s</td></tr>") % (name, escape(value)) for name, value in lines if value
    )
    return Markup('<table class="comm_head">%s</table>') % rows

from urllib.parse import unquote

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, email_normalize, hmac

from ..protocol import message_view, mime_headers, shown_address

# Characters of a body of which the beginning is shown first.
LONG_BODY = 1_000_000


class CommMessage(models.Model):
    """What a reader sees of a message beside its body, which comes as a page of its own (controllers/message_body)."""

    _inherit = "comm.message"

    preview_info = fields.Json(
        compute="_compute_preview_info",
        help="What a reader is told: warnings (kind and text), what is known of pictures from the internet, and whether the"
        " body is so long that its beginning is shown first.",
    )
    document_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        compute="_compute_document_ids",
        help="What a reader takes for attachments: neither the source of the message nor the images that its text shows.",
    )

    @api.depends(
        "body_html", "email_from", "sender_checks", "mailbox_id.authserv_ids", "mailbox_id.host", "attachment_ids"
    )
    @api.depends_context("uid", "lang")
    def _compute_preview_info(self):
        for message in self:
            html = str(message.body_html or "")
            message.preview_info = {
                "warnings": message._preview_warnings(html),
                "remote": message._remote_images(html),
                "is_long": message._is_body_long(),
            }

    def _is_body_long(self):
        """Whether the body is so long that its beginning is shown first."""
        # The size is known without reading the text, which is in memory only where it is shown.
        return self.size > LONG_BODY and len(self.body_html or self.body_text or "") > LONG_BODY

    def allow_remote_sender(self):
        """Show the pictures in all mails of this message's sender from now on."""
        self.ensure_one()
        self.check_access("read")
        senders = self.env["comm.remote.sender"]
        address = senders._address_in(self.email_from)
        if not address:
            raise UserError(self.env._("This message names no sender that could be recognised the next time."))
        if not senders.search_count([("user_id", "=", self.env.uid), ("email", "=", address)]):
            senders.create({"email": address})
        return True

    def get_headers(self):
        """Return the lines of the header in their order, decoded: list of dicts with ``name`` and ``value``.

        :raise UserError: when the mail has to be read from the server, and that cannot be reached
        """
        self.ensure_one()
        self.check_access("read")
        return [{"name": name, "value": value} for name, value in mime_headers.lines(self._whole_source())]

    @api.depends("attachment_ids")
    def _compute_document_ids(self):
        for message in self:
            message.document_ids = message._shown_attachments()

    def _shown_attachments(self):
        """Return the files for a reader, in the order of the mail: neither its source nor pictures that the body shows."""
        files = self.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
        return files.sorted("id")

    # ------------------------------------------------- pictures from the internet

    def _remote_images(self, html):
        """Return the ``count`` of pictures from the internet, whether they are ``allowed`` and the user wants them to be
        ``offered``, the ``token`` to load them once, and the ``sender`` who can be allowed for good.
        """
        count = message_view.remote_images(html)
        # Allowed for good or not, this message would not show them.
        doubtful = bool(count) and self._is_sender_doubtful()
        return {
            "count": count,
            "allowed": bool(count) and self._remote_images_allowed(),
            "offered": self._remote_images_offered(),
            "token": self._remote_images_token() if count else "",
            "sender": "" if doubtful else self.env["comm.remote.sender"]._address_in(self.email_from),
        }

    def _with_shown_images(self, html, *, remote):
        """Return the body with the alternative text of the pictures that are not shown: those from the internet, unless
        ``remote``, and inline ones that are missing.
        """
        self.ensure_one()
        if not remote:
            html = message_view.without_remote_images(html)
        if "cid:" not in html:
            return html
        here = set(self._inline_images().mapped("comm_content_id"))
        return message_view.without_images(
            html, lambda source: source.startswith("cid:") and unquote(source.removeprefix("cid:")) not in here
        )

    def _inline_images(self):
        return self.attachment_ids.filtered(lambda file: file.comm_content_id and file.mimetype.startswith("image/"))

    def _remote_images_token(self):
        """Return what allows this user to load the pictures of this message.

        A link in a mail could lead to the address that shows them; this is what it cannot contain.
        """
        # sudo: the secret of the database.
        return hmac(self.env(su=True), "comm_remote_images", (self.env.uid, self.id))

    def _remote_images_offered(self):
        """Whether the current user wants to be asked about pictures from the internet at all."""
        return True

    def _remote_images_allowed(self, token=""):
        """Whether pictures from the internet are loaded with this message."""
        self.ensure_one()
        if token and consteq(token, self._remote_images_token()):
            return True
        address = email_normalize(self.email_from)
        return bool(address) and not self._is_sender_doubtful() and self._is_remote_sender(address)

    def _is_remote_sender(self, address):
        domain = [("user_id", "=", self.env.uid), ("email", "=", address)]
        return bool(self.env["comm.remote.sender"].search_count(domain, limit=1))

    def _is_sender_doubtful(self):
        """Whether somebody else may have written in the sender's name: a permission for the sender then does not count."""
        return bool(self._address_in_name() or self._failed_sender_check())

    # ------------------------------------------------------------------- warnings

    def _preview_warnings(self, html):
        """Return what the reader should know before believing this message."""
        _ = self.env._
        warnings = []
        if claimed := self._address_in_name():
            text = _(
                "The sender's name shows the address %(claimed)s, but the message came from %(real)s.",
                claimed=claimed,
                real=email_normalize(self.email_from) or _("an unknown address"),
            )
            warnings.append({"kind": "name", "text": text})
        if method := self._failed_sender_check():
            text = _(
                "The sender's address could not be verified: %s failed. Somebody else may have written this message.",
                method,
            )
            warnings.append({"kind": "check", "text": text})
        shown = self._with_shown_images(html, remote=self._remote_images_allowed()) if html else ""
        links = message_view.with_named_links(shown)[1]
        if links:
            first = links[0]
            text = _(
                "A link shows %(shown)s, but leads to %(target)s. Look where it goes before you click.",
                shown=first.shown,
                target=first.target,
            )
            if len(links) > 1:
                text = _(
                    "%(count)s links lead elsewhere than they show, for example %(shown)s to %(target)s. Look where they go"
                    " before you click.",
                    count=len(links),
                    shown=first.shown,
                    target=first.target,
                )
            warnings.append({"kind": "link", "text": text})
        return warnings

    def _address_in_name(self):
        """Return an address in the sender's name that is not the one of the sender; "" when there is none."""
        pairs = self._pairs(self.email_from)
        if not pairs:
            return ""
        return shown_address.claimed_address(*pairs[0])

import re
from base64 import b64decode
from email.utils import getaddresses

from lxml import html

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, is_html_empty

from ..protocol import html_tree, mime, mime_text
from ..protocol.errors import UnsafeArgument
from ..protocol.html_text import text_of
from ..protocol.mime_address import with_commas
from ..protocol.mime_write import Draft, File, split_address, write
from ..protocol.sanitize import clean_html
from .comm_message_reply import HELD_BACK

# An image or file of Odoo by the number of its attachment, as its editor writes it.
LOCAL_FILE = re.compile(r"(?:https?://[^/]+)?/web/(?:image|content)/(\d+)(?:[-/?].*)?", re.DOTALL)
_DATA = re.compile(r"data:(image/(?:png|gif|jpe?g|webp|bmp));base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE)


class CommMessage(models.Model):
    """What was written becomes a mail: the source is kept with the message, and is what every server gets."""

    _inherit = "comm.message"

    # What the editor shows: body_html is what the recipient sees, with images by Content-ID.
    compose_html = fields.Html(readonly=True, copy=False, prefetch=False, sanitize_style=True)
    is_plain = fields.Boolean(string="Plain text", readonly=True, copy=False)

    def _check_complete(self):
        """Raise unless this message can be sent."""
        recipients = [
            pair for text in (self.email_to, self.email_cc, self.email_bcc) for pair in self._pairs(text, strict=True)
        ]
        if not recipients:
            raise UserError(self.env._("Enter a recipient first."))

    def _pairs(self, text, *, strict=False):
        """Return (name, address) of what was typed into an address field.

        :param strict: raise a UserError for what is no address, instead of leaving it out
        """
        # As Outlook's users write it.
        text = with_commas(text or "")
        # A comma more than needed is no mistake.
        text = re.sub(r",(?:\s*,)+", ",", " ".join(text.split())).strip(", ")
        pairs = []
        for name, address in getaddresses([text]) if text else ():
            try:
                split_address(address)
            except UnsafeArgument:
                if strict:
                    wrong = address or name or text
                    raise UserError(self.env._("“%s” is no e-mail address. Correct it first.", wrong)) from None
            else:
                pairs.append((name, address.strip()))
        return pairs

    def _recipients(self):
        """Return the addresses of all recipients, each once."""
        pairs = [pair for text in (self.email_to, self.email_cc, self.email_bcc) for pair in self._pairs(text)]
        return list({email_normalize(address) or address: address for _name, address in pairs}.values())

    def _write_source(self, date):
        """Write the mail anew and keep it as this message's source; the fields that lists show follow.

        It names those who get it in secret, too, as the copies of other mail programs do: who hands it over leaves that out
        (``mime_write.without_bcc``).

        :param date: of the mail, UTC
        """
        self.ensure_one()
        if self.is_plain:
            text, body, files = self.body_text or "", "", []
        else:
            body, files = self._with_content_ids(self.compose_html)
            text = text_of(body)
        documents = self.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
        documents.fetch(["name", "mimetype", "raw"])
        sender = next(iter(self._pairs(self.email_from)), None)
        raw = write(
            Draft(
                sender=sender,
                to=self._pairs(self.email_to),
                cc=self._pairs(self.email_cc),
                bcc=self._pairs(self.email_bcc),
                subject=self.subject or "",
                message_id=self.message_id,
                date=date,
                in_reply_to=self.in_reply_to or "",
                references=self.references or "",
                text=text,
                html=f'<html><head><meta charset="utf-8"></head><body>{body}</body></html>' if body else "",
                files=files + [File(file.name, file.mimetype, file.raw or b"") for file in documents.sorted("id")],
                priority=self.priority or "",
                receipt_to=sender if self.read_receipt else None,
            )
        )
        self._keep_source(raw, files)
        self.with_context(comm_sync=True).write(
            {
                "date": date,
                "size": len(raw),
                "identity": mime.identity_of(raw, len(raw)) or False,
                "body_html": body or False,
                "body_text": text,
                "snippet": mime_text.snippet(text),
                "has_attachment": bool(documents),
            }
        )

    def _keep_source(self, raw, images):
        """Keep the mail, and the images that its HTML shows, in place of what was kept before."""
        self.attachment_ids.filtered(lambda file: file.comm_is_source or file.comm_content_id).unlink()
        # image_no_postprocess: what is shown is what was sent.
        attachments = self.env["ir.attachment"].with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
        common = {"res_model": self._name, "res_id": self.id}
        attachments.create(
            [
                {**common, "name": "source.eml", "mimetype": "text/plain", "raw": raw, "comm_is_source": True},
                *(
                    {
                        **common,
                        "name": image.name,
                        "mimetype": image.content_type,
                        "raw": image.content,
                        "comm_content_id": image.content_id,
                    }
                    for image in images
                ),
            ]
        )
        self.invalidate_recordset(["attachment_ids"], flush=False)

    def _with_content_ids(self, text):
        """Return the HTML for the recipient, sanitised, and the images that it shows, each once.

        Images of Odoo are taken along as far as the author may read them: a link to them would show nothing outside.
        """
        if not text or is_html_empty(text):
            return "", []
        root = html_tree.parse(str(text))
        for image in root.iter("img"):
            if not image.get("src") and (address := image.attrib.pop(HELD_BACK, "")).startswith(("http:", "https:")):
                image.set("src", address)
        sources = [(image, image.get("src") or "") for image in root.iter("img")]
        attachments = self._readable_images(source for _image, source in sources)
        files = {}
        for image, source in sources:
            if source not in files:
                files[source] = self._image_file(source, attachments, len(files))
            if file := files[source]:
                image.set("src", f"cid:{file.content_id}")
        base = self.get_base_url().rstrip("/")
        for link in root.iter("a", "img"):
            for name in ("href", "src"):
                if (link.get(name) or "").startswith("/"):
                    link.set(name, base + link.get(name))
        return clean_html(html.tostring(root, encoding="unicode")), [file for file in files.values() if file]

    def _readable_images(self, sources):
        """Return ``{id: attachment}`` of the images of Odoo among the addresses that the author may read."""
        ids = {int(match[1]) for source in sources if (match := LOCAL_FILE.fullmatch(source)) and len(match[1]) < 10}
        author = self.author_id or self.env.user
        found = self.env["ir.attachment"].with_user(author).sudo(False).browse(ids).exists()._filtered_access("read")
        # sudo: the right of the author was asked above.
        return {attachment.id: attachment for attachment in found.sudo()}

    def _image_file(self, source, attachments, number):
        """Return the image at this address as a file of the mail, or None when it is none of Odoo's."""
        content_id = f"image{number}.{self.message_id.strip('<>')}"
        if match := _DATA.fullmatch(source):
            try:
                content = b64decode(match[2])
            except ValueError:
                return None
            kind = match[1].lower()
            return File(f"image{number}.{kind.rpartition('/')[2]}", kind, content, content_id)
        match = LOCAL_FILE.fullmatch(source)
        attachment = attachments.get(int(match[1])) if match and len(match[1]) < 10 else None
        if not attachment or not (attachment.mimetype or "").startswith("image/"):
            return None
        return File(attachment.name, attachment.mimetype, attachment.raw or b"", content_id)

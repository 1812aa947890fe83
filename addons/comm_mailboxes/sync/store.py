"""Raw mails become rows of ``comm.message`` and ``ir.attachment``."""

from dataclasses import dataclass, field, replace

from odoo.tools import email_normalize_all

from ..protocol import mime
from ..protocol.sanitize import clean_html

# What is known of a message without reading its content.
KEPT_WITH_SOURCE = ("uid", "is_seen", "is_flagged", "is_answered", "size")


@dataclass
class Prepared:
    """A message ready to be stored: read, sanitised, without any database work done yet."""

    values: dict
    attachments: list = field(default_factory=list)
    raw: bytes = b""

    def as_raw(self, reason):
        """Return the same message with nothing but its source, for when its content cannot be stored."""
        kept = {name: self.values[name] for name in KEPT_WITH_SOURCE if name in self.values}
        return replace(self, values={**kept, "defect": _sentences(reason)}, attachments=[_source(self.raw)])


def prepare(fetched):
    """Read a ``protocol.imap.FetchedMessage``. Never raises: what cannot be read is kept as source, with the reason."""
    values = {
        "size": min(fetched.size, 2**31 - 1),
        "is_seen": r"\Seen" in fetched.flags,
        "is_flagged": r"\Flagged" in fetched.flags,
        "is_answered": r"\Answered" in fetched.flags,
    }
    if fetched.uid:
        values["uid"] = fetched.uid
    if fetched.failed:
        return Prepared({**values, "date": fetched.internal_date, "defect": _sentences(fetched.failed)})
    message = mime.read(fetched.raw)
    attachments = list(message.attachments)
    if message.defect:
        attachments.append(_source(fetched.raw))
    values.update(
        subject=message.subject,
        email_from=message.email_from,
        email_to=message.email_to,
        email_cc=message.email_cc,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=message.references,
        # A mail without a readable date is sorted by its arrival.
        date=message.date or fetched.internal_date,
        body_html=clean_html(message.body_html) if message.body_html else False,
        body_text=message.body_text,
        snippet=message.snippet,
        # Without Message-ID, date and route no message is known for the same as another.
        identity=message.identity or False,
        defect=_sentences(message.defect),
        has_attachment=any(not _is_shown_in_body(part, message) for part in attachments),
    )
    for part in attachments:
        part.inline = _is_shown_in_body(part, message)
    return Prepared(values, attachments, fetched.raw)


class Source(mime.MimeAttachment):
    """The mail itself, attached because it could not be read: no document, so no permission group opens it."""


def save(folder, prepared):
    """Create the rows of ``prepared`` in ``folder``, in as few statements as the ORM allows. The caller commits."""
    if not prepared:
        return
    env = folder.env
    partners = _partners_by_address(folder, prepared)
    messages = env["comm.message"].create(
        [
            {
                **message.values,
                "folder_id": folder.id,
                "mailbox_id": folder.mailbox_id.id,
                "partner_id": partners.get(_sender(message)),
            }
            for message in prepared
        ]
    )
    # attachments_mime_plainxml: HTML, SVG and XML from strangers must never be served as active content.
    # image_no_postprocess: pictures are kept as they came, not resized.
    attachments = env["ir.attachment"].with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
    attachments.create(
        [
            {
                "name": part.name,
                "mimetype": part.content_type,
                "raw": part.content,
                "res_model": "comm.message",
                "res_id": record.id,
                "comm_content_id": part.content_id if part.inline else False,
                "comm_is_source": isinstance(part, Source),
            }
            for record, message in zip(messages, prepared, strict=True)
            for part in message.attachments
        ]
    )


def _partners_by_address(folder, prepared):
    """Return ``{address: partner id}`` for the senders, by one query."""
    addresses = {_sender(message) for message in prepared} - {""}
    partners = folder.env["res.partner"].search_fetch(
        [
            ("email_normalized", "in", list(addresses)),
            ("company_id", "in", [False, folder.mailbox_id.company_id.id]),
        ],
        ["email_normalized"],
        order="id desc",
    )
    return {partner.email_normalized: partner.id for partner in partners}


def _sender(message):
    addresses = email_normalize_all(message.values.get("email_from") or "")
    return addresses[0] if addresses else ""


def _is_shown_in_body(part, message):
    return bool(part.content_id and part.inline and f"cid:{part.content_id}" in message.body_html)


def _source(raw):
    return Source(name="source.eml", content_type="text/plain", content=raw)


def _sentences(text):
    """Return one sentence a line, fit for the database; False for none."""
    lines = (" ".join(line.split()) for line in (text or "").replace("\0", "").splitlines())
    return "\n".join(line[:500] for line in lines if line) or False

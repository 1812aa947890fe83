"""Raw mails become rows of ``comm.message`` and ``ir.attachment``."""

import logging
from dataclasses import dataclass, field, replace
from functools import lru_cache

from odoo import fields
from odoo.tools import SQL, email_normalize_all

from ..protocol import mime
from ..protocol.mime_defects import BREAKS_OFF, NOT_HANDED_OUT, NOT_STORED, UNREADABLE
from ..protocol.sanitize import clean_html

_logger = logging.getLogger(__name__)

# What is known of a message without reading its content.
KEPT_WITH_SOURCE = (
    "uid", "internal_date", "is_seen", "is_flagged", "is_answered", "is_forwarded", "keywords", "active", "size", "identity",
)  # fmt: skip
FLAG_FIELDS = {
    r"\Seen": "is_seen",
    r"\Flagged": "is_flagged",
    r"\Answered": "is_answered",
    "$Forwarded": "is_forwarded",
}
# What a copy of a message has in common with it.
CONTENT_FIELDS = (
    "identity", "message_id", "in_reply_to", "references", "subject", "email_from", "email_to", "email_cc", "email_reply_to",
    "date", "size", "sender_checks",
    "body_html", "body_text", "snippet", "has_attachment", "content_size", "partner_id", "is_partial", "defect",
    "reader_version",
)  # fmt: skip
DELETED = r"\Deleted"
DRAFT = r"\Draft"


@dataclass
class Prepared:
    """A message ready to be stored: read, sanitised, without any database work done yet."""

    values: dict
    attachments: list = field(default_factory=list)
    raw: bytes = b""

    def as_raw(self, reason):
        """Return the same message with nothing but its source, for when its content cannot be stored."""
        kept = {name: self.values[name] for name in KEPT_WITH_SOURCE if name in self.values}
        kept["date"] = self.values.get("internal_date") or self.values.get("date")
        return replace(self, values={**kept, "defect": _sentences(reason)}, attachments=[_source(self.raw)])

    def without_content(self):
        """Return what stands for it when not even its source can be stored: it is asked for again (``refused``)."""
        return replace(self, values={**self.values, "is_partial": True, "defect": NOT_STORED}, attachments=[])


def bounded(size):
    """Return a size as the database holds it."""
    return min(size, 2**31 - 1)


def flag_values(flags):
    """Return the fields of a message that mirror its flags on the server (RFC 9051, 2.3.2).

    What is marked as deleted is still there, but no mail program shows it.
    """
    others = sorted(flag for flag in flags if flag not in FLAG_FIELDS and not flag.startswith("\\"))
    return {
        **{name: flag in flags for flag, name in FLAG_FIELDS.items()},
        "keywords": " ".join(others) or False,
        "active": DELETED not in flags,
    }


def flags_of(message):
    """Return the flags that stand for the fields of a message: the way back from :func:`flag_values`."""
    return {flag for flag, name in FLAG_FIELDS.items() if message[name]} | set((message.keywords or "").split())


def prepare(fetched):
    """Read a ``protocol.imap.FetchedMessage``. Never raises: what cannot be read is kept as source, with the reason."""
    values = {
        "size": bounded(fetched.size),
        **flag_values(fetched.flags),
    }
    if fetched.uid:
        values.update(uid=fetched.uid, internal_date=fetched.internal_date)
    if fetched.failed:
        return Prepared(
            {**values, "date": fetched.internal_date, "defect": _sentences(f"{NOT_HANDED_OUT}\n{fetched.failed}")}
        )
    try:
        return Prepared(values, _read(fetched, values), fetched.raw)
    except Exception as error:
        _logger.exception("Message %s could not be read", fetched.uid)
        reason = f"{UNREADABLE}\n{type(error).__name__}"
    # Only here the memory is free again that reading took, which may have been all there is.
    return Prepared(values, raw=fetched.raw).as_raw(reason)


def _read(fetched, values):
    """Complete ``values`` with the content; return the attachments."""
    # Without Message-ID, date and route no message is known for the same as another.
    # By the size that the server tells, which is all that is known of it before the next download.
    values.update(identity=mime.identity_of(fetched.raw, fetched.size) or False, date=fetched.internal_date)
    message = mime.read(fetched.raw)
    values.update(
        subject=message.subject,
        email_from=message.email_from,
        email_to=message.email_to,
        email_cc=message.email_cc,
        email_reply_to=message.reply_to or False,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=message.references,
        sender_checks=message.sender_checks or False,
        # A mail without a readable date is sorted by its arrival.
        date=message.date or fetched.internal_date,
        body_html=clean_html(message.body_html) if message.body_html else False,
        body_text=message.body_text,
        snippet=message.snippet,
        defect=_sentences(message.defect),
        has_attachment=any(not part.inline for part in message.attachments),
    )
    values["content_size"] = _content_size(values, message.attachments)
    kept = [_source(fetched.raw)] if message.defect or message.is_signed else []
    return [*message.attachments, *kept]


def _content_size(values, files):
    texts = (values["body_text"] or "", values["body_html"] or "")
    octets = (len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return sum(octets) + sum(len(file.content) for file in files)


class Source(mime.MimeAttachment):
    """The mail itself, kept because it could not be read, or because it is signed and no part of it alone can be verified:
    no document, so no permission group opens it.
    """


def save(folder, prepared):
    """Create the rows of ``prepared`` in ``folder``, in as few statements as the ORM allows. The caller commits.

    :return: the messages, in the same order
    """
    if not prepared:
        return folder.env["comm.message"]
    mailbox = folder.mailbox_id
    partners = partners_by_address(folder, prepared)
    messages = folder.env["comm.message"].with_context(comm_by_copy=True)
    messages = messages.create(
        [
            {
                **message.values,
                "folder_id": folder.id,
                "server_folder_id": folder.id if "uid" in message.values else False,
                "mailbox_id": mailbox.id,
                "partner_id": partners.get(sender(message)),
            }
            for message in prepared
        ]
    )
    attach(messages, prepared)
    return messages


def attach(messages, prepared):
    """Create the attachments of ``prepared``, a ``Prepared`` for each message."""
    # attachments_mime_plainxml: HTML, SVG and XML from strangers must never be served as active content.
    # image_no_postprocess: pictures are kept as they came, not resized.
    attachments = messages.env["ir.attachment"].with_context(
        attachments_mime_plainxml=True, image_no_postprocess=True, comm_by_copy=True
    )
    in_database = attachments._storage() == "db"
    attachments.create(
        [
            {
                "name": part.name,
                "mimetype": part.content_type,
                # Large contents are mapped files, which the filestore takes as they are.
                "raw": part.content[:] if in_database else part.content,
                "res_model": "comm.message",
                "res_id": record.id,
                "comm_content_id": part.content_id if part.inline else False,
                "comm_is_source": isinstance(part, Source),
            }
            for record, message in zip(messages, prepared, strict=True)
            for part in message.attachments
        ]
    )


def prepare_partial(fetched):
    """Read the header of a message that is too large to come whole; the rest can be loaded on demand."""
    prepared = prepare(fetched)
    prepared.values.update(is_partial=True, defect=False, has_attachment=False, content_size=0)
    prepared.attachments = []
    return prepared


def prepare_broken(uid, size):
    """Return what stands for a message at which the connection breaks each time: all that is known is that it is there."""
    return Prepared(
        {
            "uid": uid,
            "size": bounded(size),
            "is_partial": True,
            "defect": BREAKS_OFF,
            # Without one it would stand above all others for ever.
            "date": fields.Datetime.now(),
            **flag_values(frozenset()),
        }
    )


def duplicate(folder, pairs, *, copied_elsewhere=False):
    """Create copies in ``folder`` of messages that are in Odoo already. Attachments share their bytes in the filestore.

    :param pairs: list of (message, ``protocol.imap.FetchedMessage`` with UID and flags of the copy)
    :param copied_elsewhere: another program made them, so they may prove to be the first half of a move
    :return: the copies, in the same order
    """
    if not pairs:
        return folder.env["comm.message"]
    messages = folder.env["comm.message"].union(*(message for message, _fetched in pairs))
    content = {vals.pop("id"): vals for vals in messages.read(CONTENT_FIELDS, load="")}
    copies = messages.create(
        [
            {
                **content[message.id],
                **flag_values(fetched.flags),
                "uid": fetched.uid,
                "internal_date": fetched.internal_date,
                "folder_id": folder.id,
                "server_folder_id": folder.id,
                "mailbox_id": folder.mailbox_id.id,
                "copied_from_id": message.id if copied_elsewhere and message.server_folder_id != folder else False,
            }
            for message, fetched in pairs
        ]
    )
    attachments = messages.attachment_ids.grouped("res_id")
    for (message, _fetched), copy in zip(pairs, copies, strict=True):
        for attachment in attachments.get(message.id, ()):
            # That it is the source must not be lost: it would become a document that a permission group opens.
            attachment.copy({"res_id": copy.id, "name": attachment.name, "comm_is_source": attachment.comm_is_source})
    return copies


def partners_by_address(folder, prepared):
    """Return ``{address: partner id}`` for the senders; of several with one address, the oldest."""
    folder.env["res.partner"].flush_model(["active", "company_id", "email_normalized"])
    rows = folder.env.execute_query(
        SQL(
            """SELECT DISTINCT ON (email_normalized) email_normalized, id
                 FROM res_partner
                WHERE active AND email_normalized = ANY(%s)
                  AND (company_id IS NULL OR company_id = (SELECT company_id FROM comm_mailbox WHERE id = %s))
                ORDER BY email_normalized, id""",
            list({sender(message) for message in prepared} - {""}),
            folder.mailbox_id.id,
        )
    )
    return dict(rows)


def sender(message):
    return first_address(message.values.get("email_from") or "")


# The same people write again and again.
@lru_cache(maxsize=1000)
def first_address(text):
    """Return the first address in a header, normalized, or ""."""
    return next(iter(email_normalize_all(text)), "")


def _source(raw):
    return Source(name="source.eml", content_type="text/plain", content=raw)


def _sentences(text):
    """Return one sentence a line, fit for the database; False for none."""
    lines = (" ".join(line.split()) for line in (text or "").replace("\0", "").splitlines())
    return "\n".join(line[:500] for line in lines if line) or False

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What must hold for the reading of any bytes at all."""

import re

from odoo.addons.comm_mailboxes.protocol import mime_defects as defects
from odoo.addons.comm_mailboxes.protocol.large import LargeBytes

_TEXTS = (
    "subject email_from email_to email_cc message_id in_reply_to references body_html body_text snippet defect".split()
)
_ONE_LINE = "subject email_from email_to email_cc message_id in_reply_to references snippet".split()
_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+")


def faults(message):
    """What keeps a ``MimeMessage`` from being stored, or shows that reading it failed; one sentence each."""
    if defects.UNREADABLE in message.defect:
        yield "an exception was raised"
    texts = {name: getattr(message, name) for name in _TEXTS}
    for number, attachment in enumerate(message.attachments):
        if not attachment.name:
            yield f"attachment {number} has no name"
        if not _TYPE.fullmatch(attachment.content_type):
            yield f"attachment {number} is of type {attachment.content_type!r}"
        if not isinstance(attachment.content, bytes | LargeBytes):
            yield f"attachment {number} holds {type(attachment.content)}"
        texts[f"the name of attachment {number}"] = attachment.name
        texts[f"the Content-ID of attachment {number}"] = attachment.content_id
    for name, text in texts.items():
        if "\0" in text:
            yield f"{name} holds a NUL"
        try:
            text.encode()
        except UnicodeEncodeError:
            yield f"{name} holds half of a surrogate pair, which PostgreSQL refuses"
    for name in _ONE_LINE:
        if re.search(r"[\r\n]", texts[name]):
            yield f"{name} has several lines"

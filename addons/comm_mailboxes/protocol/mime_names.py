"""File names of attachments: what the sender gave, made harmless, or one that fits."""

import mimetypes
import re

from . import mime_headers

MAX_LENGTH = 150

# Also what turns the direction of text: "exe.fdp" shown as "pdf.exe"
_DANGEROUS = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")
_EXTENSIONS = {
    "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "image/jpeg": ".jpg",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
}
_STEMS = {
    "application/pgp-encrypted": "version",
    "application/pgp-signature": "signature",
    "application/pkcs7-mime": "smime",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-mime": "smime",
    "application/x-pkcs7-signature": "smime",
    "message/delivery-status": "delivery-status",
    "text/calendar": "invite",
    "text/rfc822-headers": "headers",
}


def cleaned(name):
    """``name`` without folders, control characters and excess length; "" when nothing is left."""
    name = _DANGEROUS.sub(" ", name)
    name = re.split(r"[/\\]", name)[-1].strip(" .\t") if "/" in name or "\\" in name else name.strip()
    if len(name) > 2 and name[0] == name[-1] == "'":
        name = name[1:-1]  # quotes that are none in MIME
    if not name.strip(". "):
        return ""
    if len(name) > MAX_LENGTH:
        stem, dot, extension = name.rpartition(".")
        if dot and len(extension) <= 10:
            return stem[: MAX_LENGTH - len(extension) - 1].rstrip() + dot + extension
        return name[:MAX_LENGTH].rstrip()
    return name


def of(part, number):
    """A name for the attachment ``part``, the ``number``-th of its mail."""
    if name := cleaned(part.named):
        return name
    extension = _extension(part.content_type)
    if extension == ".eml" and part.start < part.end:
        inner = mime_headers.parse(part.data, part.start, part.end)
        if stem := cleaned(mime_headers.decode(inner.first("subject")).replace("/", "-").replace("\\", "-")):
            return stem[: MAX_LENGTH - 4].rstrip(" .") + extension
    return made_up(part.content_type, number)


def made_up(content_type, number):
    """A name for what has none, the ``number``-th file of its mail."""
    return (_STEMS.get(content_type) or f"attachment-{number}") + _extension(content_type)


def _extension(content_type):
    return _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type) or ".bin"

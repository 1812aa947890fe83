import re
import zipfile

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from .message_body import readable_message

CHUNK = 256 * 1024
# What a browser is kept waiting for in one piece; larger files are downloaded one by one.
MAX_ZIP = 2_000_000_000
HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Cache-Control", "private, no-store"),
]


class MessageSource(http.Controller):
    @http.route("/comm_mailboxes/message/<int:message_id>/source", type="http", auth="user", methods=["GET"])
    def source(self, message_id):
        """Return the mail as the server has it, as plain text."""
        message = readable_message(message_id)
        return self._mail(message, [("Content-Type", "text/plain; charset=utf-8")])

    @http.route("/comm_mailboxes/message/<int:message_id>/eml", type="http", auth="user", methods=["GET"])
    def eml(self, message_id):
        """Return the mail as a file that every mail program opens."""
        message = readable_message(message_id)
        name = f"{file_name(message.subject) or request.env._('Message')}.eml"
        headers = [("Content-Type", "message/rfc822"), ("Content-Disposition", content_disposition(name))]
        return self._mail(message, headers)

    def _mail(self, message, headers):
        try:
            raw = message._whole_source()
        except UserError as error:
            return request.make_response(
                str(error), [("Content-Type", "text/plain; charset=utf-8"), *HEADERS], status=502
            )
        return request.make_response(raw, [*headers, *HEADERS])

    @http.route("/comm_mailboxes/message/<int:message_id>/attachments.zip", type="http", auth="user", methods=["GET"])
    def attachments(self, message_id):
        """Return all files of a message in one, written while it is sent: none of them is read into memory whole."""
        message = readable_message(message_id)
        files = message._shown_attachments()._filtered_access("read")
        if sum(files.mapped("file_size")) > MAX_ZIP:
            text = request.env._("These files are too large for one download. Download them one by one.")
            return request.make_response(text, [("Content-Type", "text/plain; charset=utf-8"), *HEADERS], status=413)
        name = f"{file_name(message.subject) or request.env._('Attachments')}.zip"
        headers = [("Content-Type", "application/zip"), ("Content-Disposition", content_disposition(name)), *HEADERS]
        # What is read after the answer has begun must not need the database, which is closed by then.
        contents = [
            (name, file._full_path(file.store_fname) if file.store_fname else file.raw) for name, file in named(files)
        ]
        return request.make_response(zipped(contents), headers)


def file_name(text):
    """Return ``text`` as the name of a file without its ending, for any system."""
    return re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|]+", " ", text or "").strip(" .")[:80]


def named(files):
    """Return (name, attachment) of each, no name twice and none that leaves the folder into which it is unpacked."""
    taken, result = set(), []
    for file in files.sorted("id"):
        stem, dot, ending = (file.name or "").rpartition(".")
        stem, ending = (file_name(stem), f".{file_name(ending)[:20]}") if dot and stem else (file_name(file.name), "")
        name, number = f"{stem or 'file'}{ending}", 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem or 'file'} ({number}){ending}"
        taken.add(name.casefold())
        result.append((name, file))
    return result


class _Pipe:
    """What ``zipfile`` writes into, and ``zipped`` empties after each piece. It cannot go back."""

    def __init__(self):
        self._pieces = []

    def write(self, data):  # pylint: disable=method-required-super
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self):
        pass

    def take(self):
        data, self._pieces = b"".join(self._pieces), []
        return data


def zipped(contents):
    """Yield a zip file piece by piece.

    :param contents: pairs of a name and the path of a file, or its bytes
    """
    pipe = _Pipe()
    # Stored, not compressed: what is large in mails, pictures and PDF, is compressed already.
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, content in contents:
            with archive.open(name, "w", force_zip64=True) as target:
                for piece in _pieces(content):
                    target.write(piece)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()


def _pieces(content):
    if not isinstance(content, str):
        yield content or b""
        return
    with open(content, "rb") as file:
        while piece := file.read(CHUNK):
            yield piece

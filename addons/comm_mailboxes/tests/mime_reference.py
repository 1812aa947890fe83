# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A second reading of mails by the standard library, and how far it agrees with ours.

The ``compat32`` parser and naive decoding, written apart from protocol/mime: what it sees, we must see too.
"""

import email
import re
from datetime import UTC
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]+")


def differences(raw, message):
    """What the standard library reads in ``raw`` and the MimeMessage does not say so, one sentence each."""
    reference = email.message_from_bytes(raw)
    return [*_header_differences(reference, message), *_content_differences(reference, message)]


def _header_differences(reference, message):
    subject = _spaced(_text(reference, "subject"))
    if subject != _spaced(message.subject):
        yield f"subject: {subject!r}, ours {message.subject!r}"
    for name, ours in (("from", message.email_from), ("to", message.email_to), ("cc", message.email_cc)):
        theirs, mine = _addresses(_raw(reference, name)), _addresses([ours])
        if theirs != mine:
            yield f"{name}: {theirs!r}, ours {mine!r}"
    date = _date(reference)
    if date != message.date:
        yield f"date: {date}, ours {message.date}"
    identifier = _text(reference, "message-id").strip()
    if identifier != message.message_id:
        yield f"message-id: {identifier!r}, ours {message.message_id!r}"


def _content_differences(reference, message):
    bodies = _squeezed(message.body_text) + "\n" + _squeezed(message.body_html)
    files = [(_newlines(attachment.content), attachment.name) for attachment in message.attachments]
    for part in _leaves(reference):
        content, name = _content(part), _name(part)
        if found := next((file for file in files if file[0] == _newlines(content) and name in ("", file[1])), None):
            files.remove(found)
        elif part.get_content_maintype() in ("text", "multipart") or not content:
            words = _squeezed(_decoded(part, content))
            if part.get_content_disposition() == "attachment" or words not in bodies:
                yield f"{part.get_content_type()} of {len(content)} bytes is nowhere: {content[:60]!r}"
        else:
            yield f"{part.get_content_type()} of {len(content)} bytes is no attachment: {content[:60]!r}"
    for content, _file_name in files:
        yield f"an attachment of {len(content)} bytes is ours alone: {content[:60]!r}"


def _leaves(part):
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for child in part.get_payload():
            yield from _leaves(child)
    else:
        yield part


def _content(part):
    if part.is_multipart():  # message/rfc822 and its like hold parsed messages
        return b"\n".join(child.as_bytes().strip(b"\n") + b"\n" for child in part.get_payload())
    return part.get_payload(decode=True) or b""


def _name(part):
    return _words(part.get_filename() or "")


def _decoded(part, content):
    try:
        return content.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")


def _raw(reference, name):
    """The values of a header field, unfolded, with surrogate escapes."""
    values = (str(value) for key, value in reference.raw_items() if key.lower() == name)
    return [re.sub(r"[\r\n]+", "", value) for value in values]


def _text(reference, name):
    return next((text for text in map(_words, _raw(reference, name)) if text), "")


def _words(value):
    if value.isascii():
        try:
            pieces = decode_header(value)
            return "".join(_piece(*piece) for piece in pieces)
        except (ValueError, LookupError):
            return value
    octets = value.encode("utf-8", "surrogateescape")
    try:
        return _words_of_utf8(octets.decode())
    except UnicodeDecodeError:
        return octets.decode("ascii", "replace")


def _words_of_utf8(value):
    return "".join(_piece(*piece) for piece in decode_header(value))


def _piece(octets, charset):
    if isinstance(octets, str):
        return octets
    return octets.decode(charset or "latin-1")  # decode_header encodes plain words so


def _addresses(values):
    found = []
    for name, address in getaddresses(values):
        if name or address:
            found.append((_spaced(_words(name)), _words(address)))
    return found


def _date(reference):
    value = _text(reference, "date")
    try:
        date = parsedate_to_datetime(value)
        return date.astimezone(UTC).replace(tzinfo=None) if date.tzinfo else date
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _spaced(text):
    return " ".join(_CONTROLS.sub(" ", text).split())


def _squeezed(text):
    return "".join(text.split())


def _newlines(octets):
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip(b"\n")

"""Mails to send, as bytes: RFC 5322 and 2045 to 2047, 2231 file names, 6532 where an address cannot do without.

The bodies are the standard library's work. Headers are written here: nothing that a user typed can end one of them, and
its folding of long names with commas in them has lost quotes before (CPython gh-100884).
"""

import re
import unicodedata
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.message import EmailMessage, Message
from email.utils import format_datetime
from urllib.parse import quote

from .errors import UnsafeArgument
from .host_guard import ascii_host

# 7bit: what we send passes every server as it is. File names are folded here already.
_POLICY = policy.SMTP.clone(cte_type="7bit", refold_source="none")
_LINE = 76
# RFC 5322, 2.1.1
_LONGEST_LINE = 998
_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~\- ]+", re.ASCII)
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f-\uffff]{1,900}>")
_BCC = re.compile(rb"^(?:Resent-)?Bcc[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
# So many ancestors of a long thread are named: the first and the last (as Thunderbird and Gmail do).
_REFERENCES = 30
# RFC 2047, 5: what may stand in a phrase as it is.
_PLAIN = {*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-!*+/"}
_Q = [chr(byte) if byte in _PLAIN else "_" if byte == 0x20 else f"={byte:02X}" for byte in range(256)]
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_OWN_FIELDS = {
    b"date", b"from", b"to", b"cc", b"bcc", b"subject", b"message-id", b"in-reply-to", b"references", b"x-priority",
    b"importance", b"disposition-notification-to", b"mime-version", b"content-type", b"content-transfer-encoding",
}  # fmt: skip
_PRIORITY = {"high": ("1 (Highest)", "high"), "low": ("5 (Lowest)", "low")}


@dataclass(frozen=True)
class File:
    """An attachment, or with ``content_id`` (no angle brackets) an image that the HTML shows as ``cid:``."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass
class Draft:
    """What is in a mail. Addresses are pairs of name and address.

    ``bcc`` is for the author's own copies, which no recipient ever sees (see :func:`without_bcc`).
    """

    sender: tuple[str, str] | None
    message_id: str
    date: datetime
    to: list[tuple[str, str]] = field(default_factory=list)
    cc: list[tuple[str, str]] = field(default_factory=list)
    bcc: list[tuple[str, str]] = field(default_factory=list)
    subject: str = ""
    in_reply_to: str = ""
    references: str = ""
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    priority: str = ""
    receipt_to: tuple[str, str] | None = None


def write(draft):
    """Return the mail as bytes, lines ending with CRLF.

    :raise UnsafeArgument: for an address or Message-ID that is none
    """
    return _headers(draft) + _body(draft).as_bytes(policy=_POLICY)


def without_bcc(raw):
    """Return a mail as its recipients get it: nobody is told who gets it in secret (RFC 5322, 3.6.3).

    >>> without_bcc(b"To: a@b\\r\\nBcc: c@d,\\r\\n e@f\\r\\nSubject: x\\r\\n\\r\\nBcc: a line of the text\\r\\n")
    b'To: a@b\\r\\nSubject: x\\r\\n\\r\\nBcc: a line of the text\\r\\n'
    """
    end = re.search(rb"\r?\n\r?\n", raw)
    head = raw[: end.end()] if end else raw
    kept = _BCC.sub(b"", head)
    return raw if kept == head else kept + raw[len(head) :]


def is_written_here(header):
    r"""Whether a header has no other fields than ``write`` gives it: other programs add their names, servers the way it went.

    >>> is_written_here(b"From: a@b\r\nSubject: x\r\nMessage-ID:\r\n <c@d>\r\n")
    True
    >>> is_written_here(b"From: a@b\r\nUser-Agent: Mozilla Thunderbird\r\n")
    False
    """
    return {name.lower() for name in _FIELD.findall(header)} <= _OWN_FIELDS


def message_ids(text):
    """Return what is a Message-ID in a header such as References.

    >>> message_ids("<a@b> rubbish <c@d>")
    ['<a@b>', '<c@d>']
    """
    return _MESSAGE_ID.findall(text or "")


# Headers


def _headers(draft):
    [message_id] = message_ids(draft.message_id) or [""]
    if not message_id:
        raise UnsafeArgument("Message-ID")
    date = draft.date if draft.date.tzinfo else draft.date.replace(tzinfo=UTC)
    fields = [
        ("Date", format_datetime(date)),
        ("From", _addresses([draft.sender] if draft.sender else [])),
        ("To", _addresses(draft.to)),
        ("Cc", _addresses(draft.cc)),
        ("Bcc", _addresses(draft.bcc)),
        ("Subject", encoded_text("Subject", draft.subject)),
        ("Message-ID", message_id),
        ("In-Reply-To", "\r\n ".join(message_ids(draft.in_reply_to)[:1])),
        ("References", "\r\n ".join(_shortened(message_ids(draft.references)))),
    ]
    if draft.priority in _PRIORITY:
        number, word = _PRIORITY[draft.priority]
        fields += [("X-Priority", number), ("Importance", word)]
    if draft.receipt_to:
        fields.append(("Disposition-Notification-To", _addresses([draft.receipt_to])))
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value or name == "Subject").encode()


def _shortened(ids):
    return ids if len(ids) <= _REFERENCES else [ids[0], *ids[1 - _REFERENCES :]]


def _one_line(text):
    """Return ``text`` without control characters, half characters, and line ends of any kind."""
    text = text or ""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(text.split())


def encoded_text(name, text):
    """Return ``text`` for the field ``name``, in encoded words (RFC 2047) where it needs them, and folded."""
    text = _one_line(text)
    if text.isascii() and "=?" not in text and len(name) + len(text) < _LINE - 2:
        return text
    if text.isascii() and "=?" not in text and all(len(word) < _LINE for word in text.split()):
        return Header(text, "us-ascii", maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")
    return encoded_words(text, name)


def encoded_words(text, name=""):
    """Return ``text`` in encoded words (RFC 2047), folded, for the field ``name``: in "q" or "b", whichever is shorter.

    >>> encoded_words("Große Lieferung")
    '=?utf-8?q?Gro=C3=9Fe_Lieferung?='
    """
    raw = [char.encode("utf-8", "replace") for char in text]
    quoted = ["".join(map(_Q.__getitem__, char)) for char in raw]
    use_q = sum(map(len, quoted)) <= -(-sum(map(len, raw)) // 3) * 4
    words, word, length = [], [], 0
    # "=?utf-8?q?" and "?="; the name of the field is on the first line, too.
    room = _LINE - 13 - (len(name) + 1 if name else 0)
    for char in quoted if use_q else raw:
        longer = length + len(char)
        if word and (longer if use_q else -(-longer // 3) * 4) > room:
            words.append(word)
            word, longer, room = [], len(char), _LINE - 13
        word.append(char)
        length = longer
    words.append(word)
    if use_q:
        return "\r\n ".join(f"=?utf-8?q?{''.join(word)}?=" for word in words)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(b''.join(word)).decode()}?=" for word in words)


def _addresses(pairs):
    """Return the addresses for a header, a line each."""
    return ",\r\n ".join(encoded_address(name, address) for name, address in pairs)


def encoded_address(name, address):
    """Return a mailbox for a header (RFC 5322, 3.4), its domain in ASCII.

    :raise UnsafeArgument: for what is no address
    """
    local, domain = split_address(address)
    address = f"{local}@{domain}"
    name = _one_line(name)
    if not name:
        return address
    if not name.isascii() or "=?" in name or len(name) > _LINE - 20:
        # The header's name is on the first line, too.
        phrase = encoded_words(name, "Disposition-Notification-To")
    elif _ATOMS.fullmatch(name):
        phrase = name
    else:
        phrase = '"{}"'.format(re.sub(r'(["\\])', r"\\\1", name))
    blank = " " if len(phrase) + len(address) < _LINE else "\r\n "
    return f"{phrase}{blank}<{address}>"


def split_address(address):
    """Return local part and domain (A-labels, RFC 5890) of an address as it is written in headers.

    >>> split_address("jürgen@bücher.example")
    ('jürgen', 'xn--bcher-kva.example')

    :raise UnsafeArgument: when it is none
    """
    local, at, domain = (address or "").strip().rpartition("@")
    quoted = len(local) > 2 and local.startswith('"') and local.endswith('"')
    if quoted:
        bad = not re.fullmatch(r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])+"', local)
    else:
        bad = not re.fullmatch(r"[^\s\"(),:;<>@\[\\\]\x00-\x20\x7f-\x9f\ud800-\udfff]{1,64}", local)
    if not at or bad or not domain or re.search(r"[\s\"(),;<>@\\\x00-\x20\x7f]", domain):
        raise UnsafeArgument("address")
    try:
        return local, domain if domain.startswith("[") else ascii_host(domain)
    except (UnicodeError, ValueError) as error:
        raise UnsafeArgument("address") from error


# Bodies


def _body(draft):
    """Return the tree of parts: mixed (alternative (text, related (HTML, images)), files)."""
    message = EmailMessage(policy=_POLICY)
    message.set_content(_printable(draft.text))
    images = [file for file in draft.files if file.content_id]
    if draft.html:
        message.add_alternative(_printable(draft.html), subtype="html")
        html = message.get_payload()[1]
        for image in images:
            if not _MESSAGE_ID.fullmatch(f"<{image.content_id}>"):
                raise UnsafeArgument("Content-ID")
            maintype, subtype = _type_of(image)
            html.add_related(image.content, maintype, subtype, cid=f"<{image.content_id}>", disposition="inline")
            _name_last(html, image)
    for file in draft.files:
        if file in images and draft.html:
            continue
        maintype, subtype = _type_of(file)
        if maintype == "message":
            _attach_mail(message, file)
        else:
            message.add_attachment(file.content, maintype, subtype)
            _name_last(message, file)
    return message


def _printable(text):
    """Return ``text`` without what no mail may hold (RFC 5322, 2.3)."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text or "")
    return text if text.endswith("\n") else text + "\n"


def _type_of(file):
    """Return main and sub type; what is no type, or would be read as a part of this mail, is just bytes."""
    content_type = (file.content_type or "").partition(";")[0].strip().lower()
    if content_type == "message/rfc822" and _is_plain(file.content):
        return "message", "rfc822"
    if not _CONTENT_TYPE.fullmatch(content_type) or content_type.startswith(("multipart/", "message/")):
        return "application", "octet-stream"
    return tuple(content_type.split("/"))


def _is_plain(content):
    return content.isascii() and b"\0" not in content and max(map(len, content.splitlines()), default=0) < _LONGEST_LINE


def _attach_mail(message, file):
    """Attach a mail as it came: no encoding is allowed on it (RFC 2046, 5.2.1), and nothing of it may change."""
    part = Message(policy=policy.compat32)
    part["Content-Type"] = "message/rfc822"
    part["Content-Transfer-Encoding"] = "7bit"
    part["Content-Disposition"] = "attachment"
    part.set_payload(re.sub(rb"\r\n|\r|\n", b"\r\n", file.content).decode("ascii"))
    if message.get_content_type() != "multipart/mixed":
        message.make_mixed()
    message.attach(part)
    _name_last(message, file)


def _name_last(message, file):
    """Give the part that was added last the name of ``file`` (RFC 2183, in the words of RFC 2231 where it needs them)."""
    part = message.get_payload()[-1]
    disposition, name = part.get_content_disposition(), _file_name(file)
    # A quote could stand there escaped, but not every reader takes the backslash away again.
    if name.isascii() and len(name) < _LINE - 16 and "=?" not in name and '"' not in name:
        parameters = [f'filename="{name}"']
    else:
        encoded = quote(name, safe="")
        pieces = re.findall(r"(?:%..|[^%]){1,16}", encoded)
        pieces[0] = f"utf-8''{pieces[0]}"
        parameters = [f"filename*{number}*={piece}" for number, piece in enumerate(pieces)]
        if len(pieces) == 1:
            parameters = [f"filename*={pieces[0]}"]
    del part["Content-Disposition"]
    # As it stands: the library would fold it once more.
    part.set_raw("Content-Disposition", ";\r\n ".join([disposition, *parameters]))


def _file_name(file):
    """Return the name without paths and what ends a line; never empty."""
    name = re.split(r"[/\\]", _one_line(file.name))[-1].strip()
    return name[-200:] or "file"

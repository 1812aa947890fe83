# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What we write is what others read: fast_mail_parser (Rust) and Dovecot (C) take each mail of a table apart, part by part."""

import base64
import quopri
import re
from dataclasses import fields, replace
from email.header import decode_header, make_header
from urllib.parse import unquote

import fast_mail_parser
import pytest
from imapclient import IMAPClient
from mails_written import INNER, MAILS, TO, draft

from odoo.addons.comm_mailboxes.protocol.errors import UnsafeArgument
from odoo.addons.comm_mailboxes.protocol.mime_write import File, write

EVIL = ("x\r\nBcc: v@evil.example", "x\nBcc: v@evil.example", "x\rBcc: v@evil.example", "x\0y", "x\r\n\r\nbody",
        "x\u2028Bcc: v@evil.example", "x\x85Bcc: v@evil.example")  # fmt: skip


def text_of(value):
    return value.replace("\r\n", "\n").rstrip("\n")


def content_of(value):
    """Line ends of text belong to the transport, and a mail that is attached ends with one."""
    return value.replace(b"\r\n", b"\n").rstrip(b"\n")


def expected_parts(mail):
    """Return what a reader must find: type, file name, Content-ID and content of each part, in this order."""
    parts = [("text/plain", "", "", text_of(mail.text).encode())]
    if mail.html:
        parts.append(("text/html", "", "", text_of(mail.html).encode()))
    inline = [file for file in mail.files if file.content_id and mail.html]
    for file in [*inline, *(file for file in mail.files if file not in inline)]:
        content_type = file.content_type if re.fullmatch(r"[a-z]+/[a-z0-9.-]+", file.content_type) else "no"
        if content_type.startswith(("no", "multipart/")) or (
            content_type == "message/rfc822" and file.content != INNER
        ):
            content_type = "application/octet-stream"
        cid = file.content_id if file in inline else ""
        parts.append((content_type, file.name, cid, content_of(file.content)))
    return parts


def lines(raw):
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    return raw.split(b"\r\n")


@pytest.mark.parametrize("name", MAILS)
def test_the_wire(name):
    """RFC 5322 2.1.1: at most 998 characters a line, 78 in our headers; RFC 5321: seven bits unless agreed otherwise."""
    raw = write(MAILS[name])
    header, _blank, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, lines(header))) <= 78
    assert max(map(len, lines(body))) <= 998
    assert raw.isascii() and b"\0" not in raw
    names = [line.partition(b":")[0].lower() for line in lines(header) if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names))
    assert {b"date", b"from", b"subject", b"message-id", b"mime-version"} <= set(names)
    assert b"bcc" not in names


@pytest.mark.parametrize("name", MAILS)
def test_the_other_parser_reads_what_was_written(name):
    mail = MAILS[name]
    read = fast_mail_parser.parse_email(write(mail))
    assert not read.warnings
    assert read.subject == mail.subject.strip()
    assert (read.from_.display_name or "", read.from_.address) == mail.sender
    assert [(one.display_name or "", one.address) for one in read.to] == wire(mail.to)
    assert [(one.display_name or "", one.address) for one in read.cc] == wire(mail.cc)
    texts, others = split(expected_parts(mail))
    assert [text_of(text) for text in (*read.text_plain, *read.text_html)] == texts
    found = [(part.mimetype, part.filename, (part.content_id or "").strip("<>")) for part in read.attachments]
    assert found == [part[:3] for part in others]
    assert [content_of(part.content) for part in read.attachments] == [part[3] for part in others]


def wire(people):
    return [(name, address.replace("bücher", "xn--bcher-kva")) for name, address in people]


def split(parts):
    bodies = [part for part in parts if not part[1]]
    return [part[3].decode() for part in bodies], [part for part in parts if part[1]]


@pytest.fixture(scope="module")
def dovecot(lab):
    """All mails on the server: name to (BODYSTRUCTURE, what fetches a section)."""
    account = lab.account()
    client = IMAPClient("127.0.0.1", lab.ports["imap"], ssl=False)
    client.plain_login(account.address, account.password)
    for mail in MAILS.values():
        client.append("INBOX", write(mail))
    client.select_folder("INBOX", readonly=True)
    fetched = client.fetch(client.search("ALL"), ["BODYSTRUCTURE", "ENVELOPE"])
    yield client, dict(zip(MAILS, sorted(fetched.items()), strict=True))
    client.logout()


@pytest.mark.parametrize("name", MAILS)
def test_dovecot_reads_what_was_written(dovecot, name):
    client, fetched = dovecot
    mail, (uid, answer) = MAILS[name], fetched[name]
    structure, envelope = answer[b"BODYSTRUCTURE"], answer[b"ENVELOPE"]
    assert str(make_header(decode_header((envelope.subject or b"").decode()))) == mail.subject.strip()
    found = [part for part in leaves(structure) if part[1] is not None]
    contents = client.fetch([uid], [f"BODY.PEEK[{section}]" for section, _part in found])[uid]
    parts = [described(part, contents[f"BODY[{section}]".encode()]) for section, part in found]
    assert parts == expected_parts(mail)
    assert tree(structure) == expected_tree(mail)


def leaves(structure, section=""):
    """Yield (section, part) of each part that is none of parts."""
    if not structure.is_multipart:
        yield section or "1", structure
        return
    for number, part in enumerate(structure[0], 1):
        yield from leaves(part, f"{section}.{number}" if section else str(number))


def tree(structure):
    if structure.is_multipart:
        return (structure[1].decode().lower(), *(tree(part) for part in structure[0]))
    return f"{structure[0].decode()}/{structure[1].decode()}".lower()


def expected_tree(mail):
    """Mixed (alternative (text, related (HTML, images)), files), and no more of it than is needed."""
    parts = expected_parts(mail)
    body = "text/plain"
    if mail.html:
        images = [part[0] for part in parts if part[2]]
        body = ("alternative", body, ("related", "text/html", *images) if images else "text/html")
    files = [part[0] for part in parts if part[1] and not part[2]]
    return ("mixed", body, *files) if files else body


def described(part, content):
    """Return a part as :func:`expected_parts` does, from what Dovecot says of it (RFC 3501, 7.4.2)."""
    maintype, subtype, parameters, cid, _description, encoding = part[:6]
    content_type = f"{maintype.decode()}/{subtype.decode()}".lower()
    # After the size: the lines of a text; the envelope, structure and lines of a mail.
    extra = {"text": 1, "message": 3 if content_type == "message/rfc822" else 0}.get(content_type.split("/")[0], 0)
    disposition = part[8 + extra]
    if maintype.lower() == b"text" and not disposition:
        assert pairs(parameters)["charset"].lower() == "utf-8"
    content = {b"base64": base64.b64decode, b"quoted-printable": quopri.decodestring}.get(encoding.lower(), bytes)(
        content
    )
    return content_type, file_name(disposition), (cid or b"").decode().strip("<>"), content_of(content)


def pairs(values):
    values = [value.decode() for value in values or ()]
    return dict(zip(map(str.lower, values[::2]), values[1::2], strict=True))


def file_name(disposition):
    """Read the name as RFC 2231 says, without the standard library, which wrote nothing of it."""
    if not disposition:
        return ""
    given = pairs(disposition[1])
    if "filename" in given:
        return given["filename"]
    pieces = sorted((int(key.split("*")[1] or 0), value) for key, value in given.items() if key.startswith("filename*"))
    assert [number for number, _value in pieces] == list(range(len(pieces)))
    charset, _language, encoded = "".join(value for _number, value in pieces).split("'", 2)
    return unquote(encoded, charset)


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize(
    "field", ["subject", "text", "html", "sender", "to", "cc", "receipt_to", "in_reply_to", "references", "priority",
              "message_id", "file name", "file type", "content_id"],
)  # fmt: skip
def test_nothing_that_a_user_types_becomes_a_header(field, evil):
    honest = {name.decode() for name in headers(write(everything_set()))}
    try:
        raw = write(everything_set(field, evil))
    except UnsafeArgument:
        return
    assert b"\0" not in raw
    found = {name.decode() for name in headers(raw)}
    assert found <= honest, found - honest
    read = fast_mail_parser.parse_email(raw)
    assert [name for name in read.headers if name.lower() == "bcc"] == []
    assert all(one.address != "v@evil.example" for one in (*read.to, *read.cc, *read.bcc, read.from_))


def everything_set(field="", evil=""):
    mail = draft(
        html="<p>x</p>", cc=TO, in_reply_to="<1@x>", references="<0@x> <1@x>", priority="high", receipt_to=TO[0],
        files=[File("a.png", "image/png", b"x", "c@x"), File("a.txt", "text/plain", b"x")],
    )  # fmt: skip
    if field == "file name":
        return replace(mail, files=[replace(file, name=evil) for file in mail.files])
    if field == "file type":
        return replace(mail, files=[replace(file, content_type=f"text/{evil}") for file in mail.files])
    if field == "content_id":
        return replace(mail, files=[replace(file, content_id=f"{evil}@x") for file in mail.files])
    if field in ("sender", "receipt_to"):
        return replace(mail, **{field: (evil, "a@example.com")})
    if field in ("to", "cc"):
        return replace(mail, **{field: [(evil, "a@example.com")]})
    if field in ("in_reply_to", "references", "message_id"):
        evil = f"<{evil}@x>"
    assert not field or field in {known.name for known in fields(mail)}
    return replace(mail, **{field: evil}) if field else mail


def headers(raw):
    """Yield the names of all headers, of parts too, as a reader that knows no MIME would see them."""
    for block in re.split(rb"(?m)^--=+\d+==(?:--)?\r\n", raw):
        head = block.partition(b"\r\n\r\n")[0]
        for line in head.split(b"\r\n"):
            name, colon, _value = line.partition(b":")
            if colon and re.fullmatch(rb"[A-Za-z-]+", name):
                yield name.lower()


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nBcc: v@x.example", "a@b.example>,<v@x.example", "a b@x.example", "a@b\0.example"]
)
@pytest.mark.parametrize("field", ["sender", "to", "cc", "bcc", "receipt_to"])
def test_an_address_is_one_address_or_refused(field, address):
    value = ("Name", address)
    with pytest.raises(UnsafeArgument):
        write(draft(**{field: value if field in ("sender", "receipt_to") else [value]}))

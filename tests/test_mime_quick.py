# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is built quickly reads like what the standard library builds of the same, by the standard library's own reader."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO

import pytest

from odoo.addons.comm_mailboxes.protocol import mime_quick

DATE = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
HEADERS = {
    "Message-Id": "<123.456-openerp-7-res.partner@host.example>",
    "references": " ".join(f"<{number}.1111111111.22222222-openerp@host.example>" for number in range(6)),
    "Subject": "Größere Lieferung: 12 Stück, bitte prüfen – und noch viel mehr Text, der über eine Zeile hinausgeht 😀",
    "From": '"Jürgen, der Große" <anna@example.com>',
    "Reply-To": "anna@example.com",
    "To": ['"Müller, Jörg" <joerg@example.com>', "Plain Name <plain@example.com>", "bare@example.com"],
    "Date": DATE,
    "X-Odoo-Objects": "res.partner-7",
    "List-Unsubscribe": "<https://example.com/unsubscribe?token=" + "a" * 120 + ">",
    "Return-Path": "bounce@example.com",
}
BODIES = [
    "Hello",
    "",
    "Grüße\nzweite Zeile \n\nFrom here\n.\n..dots",
    "<p>" + "x" * 5000 + "</p>",
    "日本語のテキスト" * 200,
    "=_= trailing blanks   \nTab\t\n" + "ü" * 300,
    "Windows\r\nline\rends\n",
    "a\u2028b\0c",
]


def built_by_the_library(text, html):
    message = EmailMessage(policy=policy.SMTP)
    for name, value in HEADERS.items():
        message[name] = value
    message["MIME-Version"] = "1.0"
    message.add_alternative(text, subtype="plain", charset="utf-8")
    message.add_alternative(html, subtype="html", charset="utf-8")
    return message


def read(raw):
    return message_from_bytes(raw, policy=policy.default)


def content(part):
    return part.get_content().replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize("body", BODIES)
def test_bodies(body):
    expected = body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    raw = mime_quick.build(HEADERS.items(), body, f"<div>{body}</div>").as_bytes()
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    message = read(raw)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = message.iter_parts()
    assert content(text) == expected
    assert content(html) == f"<div>{expected}</div>" or content(html).startswith("<div>" + expected)
    assert not message.defects and not text.defects and not html.defects


@pytest.mark.parametrize("body", BODIES)
def test_it_is_written_as_the_librarys_generator_writes_it(body):
    message = mime_quick.build(HEADERS.items(), body, f"<div>{body}</div>")
    written = BytesIO()
    BytesGenerator(written, policy=message.policy).flatten(message)
    assert message.as_bytes() == written.getvalue()


def test_what_others_add_is_written_too():
    message = mime_quick.build(HEADERS.items(), "Text", "<p>Text</p>")
    message.replace_header("To", "other@example.com")
    message.get_payload()[0].set_payload("Changed")
    assert b"Changed" in message.as_bytes() and b"other@example.com" in message.as_bytes()
    message.add_attachment(b"abc", "application", "pdf", filename="a.pdf")
    parsed = read(message.as_bytes())
    assert [part.get_content_type() for part in parsed.iter_attachments()] == ["application/pdf"]
    message = mime_quick.build(HEADERS.items(), "Text", "<p>Text</p>")
    message.add_alternative(b"BEGIN:VCALENDAR", "text", "calendar")
    assert [part.get_content_type() for part in read(message.as_bytes()).iter_parts()][2:] == ["text/calendar"]


def test_headers_read_as_those_of_the_standard_library():
    ours = read(mime_quick.build(HEADERS.items(), "Text", "<p>Text</p>").as_bytes())
    theirs = read(built_by_the_library("Text", "<p>Text</p>").as_bytes())
    for name in HEADERS:
        if name == "List-Unsubscribe":
            # A link that programs follow: the library encodes it as a word, which none of them expects.
            assert ours[name] == HEADERS[name]
        elif hasattr(theirs[name], "addresses"):
            assert ours[name].addresses == theirs[name].addresses, name
        else:
            assert " ".join(str(ours[name]).split()) == " ".join(str(theirs[name]).split()), name


@pytest.mark.parametrize(
    "header",
    [
        ("From", "Ben <ben@example.com>"),
        ("subject", "Another one"),
        ("X-A: b\r\nFrom", "Ben <ben@example.com>"),
        ("X-A: b\r\n\r\nText", "of another"),
        ("X A", "b"),
        ("", "b"),
        ("X-Ä", "b"),
        ("X-A", "b\r\nFrom: Ben <ben@example.com>"),
    ],
)
def test_nothing_forges_a_header(header):
    """As the library's own messages refuse it; Odoo lets users add headers."""
    with pytest.raises(ValueError, match="at most 1|Header"):
        mime_quick.build([*HEADERS.items(), header], "Text", "<p>Text</p>")


def test_headers_can_be_changed_as_with_any_message():
    message = mime_quick.build(HEADERS.items(), "Text", "<p>Text</p>")
    message.replace_header("From", '"Anna" <other@example.com>')
    del message["Return-Path"]
    message["X-New"] = "Prüfung"
    found = read(message.as_bytes())
    assert (found["From"], found["Return-Path"], found["X-New"]) == ("Anna <other@example.com>", None, "Prüfung")


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.com", "a\nb", "a\rb"])
def test_no_header_begins_another_one(value):
    with pytest.raises(ValueError, match="linefeed"):
        mime_quick.build([("Subject", value)], "Text", "<p>Text</p>")


def test_files_can_be_added():
    message = mime_quick.build(HEADERS.items(), "Text", "<p>Text</p>")
    message.make_mixed()
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="invoice.pdf")
    found = read(message.as_bytes())
    [file] = found.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("invoice.pdf", b"%PDF-1.4")
    assert found.get_body(("plain",)).get_content().strip() == "Text"

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails as the standards want them, composed by the standard library."""

import base64
import binascii
from email.message import EmailMessage
from email.policy import SMTP

from .mail import Mail

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3
PDF = b"%PDF-1.7\n" + b"0123456789" * 200
GERMAN = "Grüße aus Köln,\nschöne Straße — 5 € für Äpfel.\n"

_LONG_NAME = "ein sehr langer Name " * 6 + "mit Umlaut ä.png"
# A text in each charset, long enough to need folding
_TEXTS = {
    "us-ascii": "Plain words only.\n",
    "utf-8": GERMAN + "日本語 Ελληνικά עברית 😀\n",
    "iso-8859-1": "Grüße aus Köln, schöne Straße\n",
    "windows-1252": GERMAN,
    "iso-8859-15": "Grüße, 5 € für Äpfel\n",
    "iso-8859-2": "Zażółć gęślą jaźń, Příliš žluťoučký kůň\n",
    "iso-8859-7": "Καλημέρα κόσμε\n",
    "windows-1251": "Съешь же ещё этих мягких французских булок\n",
    "koi8-r": "Съешь же ещё этих мягких французских булок\n",
    "windows-1255": "שלום עולם\n",
    "windows-1254": "Pijamalı hasta yağız şoföre çabucak güvendi\n",
    "gb2312": "中华人民共和国\n",
    "gb18030": "中华人民共和国 㐀\n",
    "big5": "繁體中文郵件\n",
    "shift_jis": "日本語のメールです\n",
    "euc-jp": "日本語のメールです\n",
    "iso-2022-jp": "日本語のメールです\n",
    "euc-kr": "한국어 메일입니다\n",
    "tis-620": "ภาษาไทย\n",
    "utf-7": "Grüße aus Köln\n",
    "utf-16": "Grüße aus Köln\n",
}
_SHIFTING = ("utf-7", "utf-16", "iso-2022-jp")


def mails():
    yield from _charsets()
    yield from _compositions()


def _message(subject="Angebot für Ihre Küche"):
    message = EmailMessage(policy=SMTP)
    message["From"] = "Jürgen Groß <juergen@example.com>"
    message["To"] = '"Weber, Anna" <anna@example.com>, otto@example.com'
    message["Cc"] = "Łukasz Nowak <lukasz@example.com>"
    message["Subject"] = subject
    message["Date"] = "Mon, 24 Nov 2025 10:00:00 +0100"
    message["Message-ID"] = "<angebot.1@example.com>"
    return message


def _mail(name, message, **expected):
    return Mail(
        name,
        message.as_bytes(),
        {
            "subject": str(message["Subject"]).strip(),
            "email_from": "Jürgen Groß <juergen@example.com>",
            "email_to": '"Weber, Anna" <anna@example.com>, otto@example.com',
            "email_cc": "Łukasz Nowak <lukasz@example.com>",
            "message_id": "<angebot.1@example.com>",
            **expected,
        },
    )


def _charsets():
    for charset, text in _TEXTS.items():
        for encoding in ("8bit", "quoted-printable", "base64"):
            if encoding != "base64" and charset in _SHIFTING or charset == "us-ascii" and encoding == "8bit":
                continue
            message = _message()
            message["MIME-Version"] = "1.0"
            message["Content-Type"] = f'text/plain; charset="{charset}"'
            message["Content-Transfer-Encoding"] = encoding
            raw = message.as_bytes()
            yield Mail(
                f"{charset} as {encoding}",
                raw.rstrip(b"\r\n") + b"\r\n\r\n" + _encoded(text.replace("\n", "\r\n").encode(charset), encoding),
                {"body_text": text, "email_from": "Jürgen Groß <juergen@example.com>"},
            )


def _encoded(octets, encoding):
    if encoding == "base64":
        return base64.encodebytes(octets).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return binascii.b2a_qp(octets, istext=True)
    return octets


def _compositions():
    message = _message("plain")
    message.set_content(GERMAN)
    yield _mail("plain text", message, body_text=GERMAN, body_html="", attachments=[])

    message = _message("html")
    message.set_content("<p>Grüße</p><p>aus <b>Köln</b></p>", subtype="html")
    yield _mail("html only", message, body_text="Grüße\n\naus Köln")

    message = _message("alternative " + "überaus lang " * 20)
    message.set_content(GERMAN)
    message.add_alternative("<p>Grüße</p>", subtype="html")
    yield _mail("alternative", message, body_text=GERMAN, body_html="<p>Grüße</p>\n")

    message = _message("related in alternative")
    message.set_content(GERMAN)
    message.add_alternative('<img src="cid:logo@example.com"><img src="cid:other%40example.com">', subtype="html")
    html = message.get_payload()[1]
    html.add_related(PNG, "image", "png", cid="<logo@example.com>", filename="Löwe.png")
    html.add_related(PNG, "image", "gif", cid="<other@example.com>")
    html.add_related(PNG, "image", "jpeg", cid="<unused@example.com>")
    yield _mail(
        "inline images",
        message,
        inline=["Löwe.png", "attachment-2.gif"],
        attachments=[
            ("Löwe.png", "image/png", PNG),
            ("attachment-2.gif", "image/gif", PNG),
            ("attachment-3.jpg", "image/jpeg", PNG),
        ],
    )

    message = _message("attachments")
    message.set_content(GERMAN)
    message.add_attachment(PDF, "application", "pdf", filename="Rechnung Nr. 5 – für Köln.pdf")
    message.add_attachment("a;b\n1;2\n", subtype="csv", filename="Werte.csv")
    message.add_attachment(PNG, "image", "png", filename=_LONG_NAME)
    message.add_attachment(b"", "application", "octet-stream", filename="leer.bin")
    yield _mail(
        "attachments",
        message,
        body_text=GERMAN,
        attachments=[
            ("Rechnung Nr. 5 – für Köln.pdf", "application/pdf", PDF),
            ("Werte.csv", "text/csv", None),
            (_LONG_NAME, "image/png", PNG),
            ("leer.bin", "application/octet-stream", b""),
        ],
    )

    inner = _message("Inneres: Größe")
    inner.set_content("inner\n")
    inner.add_attachment(PDF, "application", "pdf", filename="inner.pdf")
    message = _message("forwarded")
    message.set_content("see below\n")
    message.add_attachment(inner)
    yield _mail(
        "message as attachment",
        message,
        body_text="see below\n",
        attachments=[("Inneres: Größe.eml", "message/rfc822", None)],
    )

    message = _message("invitation")
    message.set_content("You are invited\n")
    message.add_alternative("<p>You are invited</p>", subtype="html")
    calendar = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"
    message.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    yield _mail(
        "calendar in alternative",
        message,
        body_text="You are invited\n",
        attachments=[("invite.ics", "text/calendar", None)],
    )

    message = _message("long lines")
    message.set_content("word " * 5000 + "\n", cte="quoted-printable")
    yield _mail("long lines", message, body_text="word " * 5000 + "\n")

    message = _message("many recipients")
    del message["To"]
    message["To"] = ", ".join(f"Person {number} <p{number}@example.com>" for number in range(300))
    message.set_content("all\n")
    yield _mail(
        "many recipients",
        message,
        email_to=", ".join(f"Person {number} <p{number}@example.com>" for number in range(300)),
    )

    message = _message("thread")
    message["In-Reply-To"] = "<parent@example.com>"
    message["References"] = " ".join(f"<ancestor.{number}@example.com>" for number in range(30))
    message.set_content("answer\n")
    yield _mail(
        "thread",
        message,
        in_reply_to="<parent@example.com>",
        references=" ".join(f"<ancestor.{number}@example.com>" for number in range(30)),
    )

    message = _message("binary")
    message.set_content("see\n")
    message.add_attachment(PNG + b"\n--\r\n", "application", "octet-stream", filename="a.bin", cte="8bit")
    yield _mail("8-bit attachment", message, attachments=[("a.bin", "application/octet-stream", None)])

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Builds one mail as the usual programs would."""

import datetime
import html
import textwrap
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from . import files
from .people import Person

_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_COLORS = ((176, 113, 51), (46, 94, 78), (120, 40, 60), (30, 90, 160))


@dataclass
class Draft:
    """One mail before it is built."""

    sender: Person
    recipients: list[Person]
    subject: str
    text: str
    date: datetime.datetime
    message_id: str
    language: str = "de"
    copies: list[Person] = field(default_factory=list)
    html: bool = False
    charset: str = "utf-8"
    flowed: bool = False
    attachments: tuple[str, ...] = ()
    answers: "Draft | None" = None
    references: list[str] = field(default_factory=list)


def build(draft: Draft) -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["Message-ID"] = draft.message_id
    message["Date"] = format_datetime(draft.date)
    message["From"] = _address(draft.sender)
    message["To"] = [_address(person) for person in draft.recipients]
    if draft.copies:
        message["Cc"] = [_address(person) for person in draft.copies]
    message["Subject"] = draft.subject
    if draft.answers:
        message["In-Reply-To"] = draft.answers.message_id
        message["References"] = " ".join(draft.references)
    text = f"{draft.text}\n\n{_signature(draft)}{_quote(draft)}\n"
    if draft.flowed:
        message.set_content(_flow(text), cte="8bit", params={"format": "flowed"})
    else:
        # Names that the charset lacks come with question marks, as from real old programs.
        text = text.encode(draft.charset, "replace").decode(draft.charset)
        message.set_content(text, charset=draft.charset, cte="quoted-printable")
    if draft.html or "inline" in draft.attachments:
        _add_html(message, draft)
    if "invite" in draft.attachments:
        _add_invitation(message, draft)
    for name in draft.attachments:
        if name not in ("inline", "invite"):
            _attach(message, name, draft)
    return message.as_bytes()


def newsletter(draft: Draft, headline: str, articles: tuple[tuple[str, str], ...]) -> bytes:
    """A mail that wants to load pictures and to know who reads it."""
    message = EmailMessage(policy=policy.SMTP)
    message["Message-ID"] = draft.message_id
    message["Date"] = format_datetime(draft.date)
    message["From"] = _address(draft.sender)
    message["To"] = [_address(person) for person in draft.recipients]
    message["Subject"] = draft.subject
    message["List-Unsubscribe"] = "<https://news.example/unsubscribe>"
    message["Precedence"] = "bulk"
    message.set_content(
        "\n\n".join([headline, *(f"{title}\n{text}" for title, text in articles)]), cte="quoted-printable"
    )
    rows = "".join(
        f'<tr><td width="160"><img src="https://images.example/{number}.jpg" width="150" height="100" alt=""></td>'
        f'<td style="padding:12px"><h2 style="font-size:18px;color:#2e5e4e">{html.escape(title)}</h2>'
        f'<p>{html.escape(text)}</p><a href="https://news.example/article/{number}?reader=4711">…</a></td></tr>'
        for number, (title, text) in enumerate(articles, 1)
    )
    page = (
        "<html><head><style>body { background: #eeeeee; } .box { width: 600px; margin: auto; background: white; }"
        ' @media (max-width: 600px) { .box { width: 100%; } }</style></head><body><div class="box">'
        f'<img src="https://images.example/head.jpg" width="600" alt="{html.escape(draft.sender.name)}">'
        f"<h1>{html.escape(headline)}</h1><table>{rows}</table>"
        '<p style="font-size:11px;color:#888888"><a href="https://news.example/unsubscribe">Unsubscribe</a></p></div>'
        '<img src="https://pixel.example/open.gif?reader=4711" width="1" height="1" alt=""></body></html>'
    )
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _address(person: Person) -> Address:
    return Address(person.name, addr_spec=person.address)


def _signature(draft: Draft) -> str:
    greeting = "Viele Grüße" if draft.language == "de" else "Kind regards"
    return f"{greeting}\n{draft.sender.name}\n\n-- \n{draft.sender.company}\n{draft.sender.address}"


def _introduction(draft: Draft) -> str:
    answered = draft.answers
    if draft.language == "de":
        return f"Am {answered.date:%d.%m.%Y um %H:%M} schrieb {answered.sender.name}:"
    return f"On {answered.date:%d/%m/%Y %H:%M}, {answered.sender.name} wrote:"


def _quote(draft: Draft) -> str:
    if not draft.answers:
        return ""
    lines = f"{draft.answers.text}{_quote(draft.answers)}".split("\n")
    return f"\n\n{_introduction(draft)}\n" + "\n".join(f"> {line}".rstrip() for line in lines)


def _flow(text: str) -> str:
    """A space at the end of a line says that the paragraph goes on (RFC 3676)."""
    return "\n".join(
        " \n".join(textwrap.wrap(line, 70)) if not line.startswith((">", "-- ")) else line for line in text.split("\n")
    )


def _paragraphs(text: str) -> str:
    return "".join(
        f'<p style="margin:0 0 10px">{html.escape(paragraph).replace(chr(10), "<br>")}</p>'
        for paragraph in text.split("\n\n")
    )


def _html_quote(draft: Draft) -> str:
    if not draft.answers:
        return ""
    return (
        f'<div>{html.escape(_introduction(draft))}</div><blockquote type="cite" '
        f'style="border-left:2px solid #1a5fb4;margin-left:4px;padding-left:8px">'
        f"{_paragraphs(draft.answers.text)}{_html_quote(draft.answers)}</blockquote>"
    )


def _add_html(message: EmailMessage, draft: Draft) -> None:
    picture = (
        '<p><img src="cid:picture@lab.test" width="240" height="160" alt="Foto"></p>'
        if "inline" in draft.attachments
        else ""
    )
    page = (
        '<html><body style="font-family:Calibri,Arial,sans-serif;font-size:11pt;color:#1f1f1f">'
        f"{_paragraphs(draft.text)}{picture}{_paragraphs(_signature(draft))}{_html_quote(draft)}</body></html>"
    )
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    if picture:
        content = files.png(240, 160, _color(draft))
        message.get_payload()[1].add_related(
            content, "image", "png", cid="<picture@lab.test>", filename="Foto.png", disposition="inline"
        )


def _color(draft: Draft) -> tuple[int, int, int]:
    return _COLORS[len(draft.subject) % len(_COLORS)]


def _add_invitation(message: EmailMessage, draft: Draft) -> None:
    start = (draft.date + datetime.timedelta(days=6)).astimezone(datetime.UTC).replace(minute=0, second=0)
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Lab//Mailbag//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{draft.message_id.strip('<>')}",
        f"DTSTAMP:{draft.date.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + datetime.timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{draft.subject}",
        "LOCATION:Besprechungsraum Süd",
        f"ORGANIZER;CN={draft.sender.name}:mailto:{draft.sender.address}",
        *(f"ATTENDEE;RSVP=TRUE;CN={person.name}:mailto:{person.address}" for person in draft.recipients),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    calendar = "\r\n".join(lines) + "\r\n"
    message.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"}, cte="base64")
    message.add_attachment(calendar.encode(), "application", "ics", filename="invite.ics")


def _attach(message: EmailMessage, name: str, draft: Draft) -> None:
    ending = name.rsplit(".", 1)[1]
    title = name.rsplit(".", 1)[0]
    lines = [title, draft.sender.company, f"{draft.date:%d.%m.%Y}", "", *textwrap.wrap(draft.text, 80)]
    contents = {
        "pdf": lambda: files.pdf(lines),
        "png": lambda: files.png(320, 200, _color(draft)),
        "csv": lambda: files.table(_parts(title)),
        "docx": lambda: files.docx(lines),
    }
    maintype, subtype = _TYPES[ending].split("/")
    message.add_attachment(contents[ending](), maintype, subtype, filename=name)


def _parts(title: str) -> list[list]:
    return [
        [title],
        ["Pos.", "Bezeichnung", "Maß (mm)", "Stück"],
        [1, "Seite Eiche", "720 × 560 × 19", 2],
        [2, "Boden", "562 × 560 × 19", 1],
        [3, "Rückwand", "710 × 590 × 8", 1],
        [4, "Fußleiste", "600 × 100 × 19", 1],
    ]

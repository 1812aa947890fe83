# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Parts and how they are arranged: alternatives, inline images, reports, messages within messages, signatures."""

import base64

from .mail import mail, multipart, part
from .parts import A_PDF, ALTERNATIVE, HTML, MIXED, PDF, RELATED, TEXT

_IMAGE = part(b"Content-Type: image/png", b"Content-ID: <i@x>", b"Content-Transfer-Encoding: base64", body=b"iVBORw==")
_INNER = b"Subject: Innen\r\nFrom: i@example.com\r\nContent-Type: text/plain\r\n\r\ninner text"


def mails():
    yield from _arrangements()
    yield from _special_parts()


def _arrangements():
    yield mail("mixed", MIXED, body=multipart(TEXT, PDF), body_text="Grüße", attachments=[A_PDF])
    yield mail(
        "alternative, html first",
        ALTERNATIVE,
        body=multipart(HTML, TEXT),
        body_text="Grüße",
        body_html="<p>Grüße</p>",
    )
    yield mail(
        "alternative, empty text",
        ALTERNATIVE,
        body=multipart(part(b"Content-Type: text/plain", body=b"  \r\n"), HTML),
        body_text="Grüße",
    )
    yield mail(
        "alternative with AMP",
        ALTERNATIVE,
        body=multipart(TEXT, part(b"Content-Type: text/x-amp-html", body=b"<html amp4email></html>"), HTML),
        body_html="<p>Grüße</p>",
        attachments=[],
        deviation="a presentation for special devices is left out",
    )
    yield mail(
        "alternative with nothing but enriched text",
        ALTERNATIVE,
        body=multipart(part(b"Content-Type: text/enriched", body=b"<bold>Hi</bold>")),
        body_text="<bold>Hi</bold>",
    )
    yield mail(
        "text, file, text",
        MIXED,
        body=multipart(TEXT, PDF, part(b"Content-Type: text/plain", body=b"after")),
        body_text="Grüße\nafter",
        attachments=[A_PDF],
    )
    yield mail(
        "html, file, html",
        MIXED,
        body=multipart(HTML, PDF, part(b"Content-Type: text/html", body=b"<p>after</p>")),
        body_html="<p>Grüße</p><p>after</p>",
        body_text="Grüße\nafter",
    )
    yield mail(
        "html with a list footer",
        MIXED,
        body=multipart(HTML, part(b"Content-Type: text/plain", body=b"a list & more")),
        body_html='<p>Grüße</p><div style="white-space: pre-wrap">a list &amp; more</div>',
    )
    yield mail(
        "inline image",
        RELATED,
        body=multipart(part(b"Content-Type: text/html", body=b"<img src=cid:i@x>"), _IMAGE),
        inline=["attachment-1.png"],
        attachments=[("attachment-1.png", "image/png", b"\x89PNG")],
    )
    yield mail(
        "image that no HTML shows",
        RELATED,
        body=multipart(HTML, _IMAGE),
        inline=[],
        attachments=[("attachment-1.png", "image/png", b"\x89PNG")],
    )
    yield mail(
        "related whose root is not the first",
        b'Content-Type: multipart/related; boundary="=_b"; start="<root>"',
        body=multipart(_IMAGE, part(b"Content-Type: text/html", b"Content-ID: <root>", body=b'<img src="cid:i@x">')),
        body_html='<img src="cid:i@x">',
        inline=["attachment-1.png"],
    )
    yield mail(
        "alternatives labelled related",
        RELATED,
        body=multipart(TEXT, HTML, _IMAGE),
        body_text="Grüße",
        body_html="<p>Grüße</p>",
    )
    yield mail(
        "a text with a file name is a file",
        MIXED,
        body=multipart(TEXT, part(b"Content-Type: text/plain; name=log.txt", body=b"log")),
        body_text="Grüße",
        attachments=[("log.txt", "text/plain", b"log")],
    )
    yield mail(
        "the body with a file name",
        b"Content-Type: text/plain; name=body.txt",
        body=b"Hi",
        body_text="Hi",
        attachments=[],
    )
    yield mail(
        "nothing but a file",
        b"Content-Type: application/pdf",
        b"Content-Disposition: attachment; filename=a.pdf",
        body=b"%PDF",
        body_text="",
        attachments=[("a.pdf", "application/pdf", b"%PDF")],
    )
    yield mail(
        "text as attachment alone",
        b"Content-Disposition: attachment; filename=a.txt",
        body=b"Hi",
        body_text="",
        attachments=[("a.txt", "text/plain", b"Hi")],
    )
    yield mail(
        "unknown main type",
        MIXED,
        body=multipart(TEXT, part(b"Content-Type: x-strange/thing", body=b"?")),
        attachments=[("attachment-1.bin", "x-strange/thing", b"?")],
    )
    yield mail(
        "a type that is no type",
        MIXED,
        body=multipart(part(b"Content-Type: <script>/x", body=b"Hi")),
        body_text="Hi",
        deviation="the standard library believes it",
    )


def _special_parts():
    yield mail(
        "message within a message",
        MIXED,
        body=multipart(TEXT, part(b"Content-Type: message/rfc822", body=_INNER)),
        attachments=[("Innen.eml", "message/rfc822", _INNER)],
    )
    yield mail(
        "message in base64",
        MIXED,
        body=multipart(
            TEXT,
            part(b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64", body=base64.b64encode(_INNER)),
        ),
        attachments=[(None, "message/rfc822", _INNER)],
        deviation="the standard library does not decode it",
    )
    yield mail(
        "nothing but a message",
        b"Content-Type: message/rfc822",
        body=_INNER,
        attachments=[("Innen.eml", "message/rfc822", _INNER)],
    )
    yield mail(
        "digest",
        b'Content-Type: multipart/digest; boundary="=_b"',
        body=multipart(b"\r\n" + _INNER, b"\r\n" + _INNER),
        attachments=[("Innen.eml", "message/rfc822", _INNER)] * 2,
    )
    yield mail(
        "delivery report",
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"',
        body=multipart(
            TEXT,
            part(b"Content-Type: message/delivery-status", body=b"Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n"),
            part(b"Content-Type: text/rfc822-headers", body=b"Subject: lost\r\n"),
        ),
        body_text="Grüße",
        attachments=[
            ("delivery-status.txt", "message/delivery-status", None),
            ("headers.txt", "text/rfc822-headers", b"Subject: lost\r\n"),
        ],
    )
    yield mail(
        "read receipt",
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="=_b"',
        body=multipart(TEXT, part(b"Content-Type: message/disposition-notification", body=b"Final-Recipient: x\r\n")),
        attachments=[("attachment-1.txt", "message/disposition-notification", b"Final-Recipient: x\r\n")],
    )
    yield mail(
        "invitation alone",
        b"Content-Type: text/calendar; method=REQUEST",
        body=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        body_text="",
        attachments=[("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")],
    )
    yield mail(
        "S/MIME encrypted",
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        b"Content-Transfer-Encoding: base64",
        body=base64.b64encode(b"\x30\x82encrypted"),
        body_text="",
        attachments=[("smime.p7m", "application/pkcs7-mime", b"\x30\x82encrypted")],
    )
    yield mail(
        "S/MIME signed",
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="=_b"',
        body=multipart(
            TEXT,
            part(b"Content-Type: application/pkcs7-signature", b"Content-Transfer-Encoding: base64", body=b"MIIB"),
        ),
        body_text="Grüße",
        is_signed=True,
        attachments=[("smime.p7s", "application/pkcs7-signature", base64.b64decode(b"MIIB"))],
    )
    yield mail(
        "PGP signed",
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="=_b"',
        body=multipart(
            TEXT, part(b"Content-Type: application/pgp-signature", body=b"-----BEGIN PGP SIGNATURE-----\r\n")
        ),
        body_text="Grüße",
        is_signed=True,
        attachments=[("signature.asc", "application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----\r\n")],
    )
    yield mail(
        "PGP encrypted",
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="=_b"',
        body=multipart(
            part(b"Content-Type: application/pgp-encrypted", body=b"Version: 1\r\n"),
            part(
                b"Content-Type: application/octet-stream; name=encrypted.asc", body=b"-----BEGIN PGP MESSAGE-----\r\n"
            ),
        ),
        body_text="",
        attachments=[
            ("version.asc", "application/pgp-encrypted", b"Version: 1\r\n"),
            ("encrypted.asc", "application/octet-stream", b"-----BEGIN PGP MESSAGE-----\r\n"),
        ],
    )

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""S/MIME and PGP: signed mails are marked, so that their bytes are kept; what is encrypted is kept as it came."""

import base64

from .mail import mail, multipart, part
from .parts import ALTERNATIVE, HTML, MIXED, PDF, TEXT

_DER = b"\x30\x82\x01\x00\0\0\r\n\x1a\xff" * 20
_SIGNED = b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="=_b"'
_SIGNATURE = part(
    b"Content-Type: application/pkcs7-signature; name=smime.p7s",
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename=smime.p7s",
    body=base64.encodebytes(_DER),
)
_A_SIGNATURE = ("smime.p7s", "application/pkcs7-signature", _DER)
_ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA \r\n=abcd\r\n-----END PGP MESSAGE-----\r\n"
_CLEAR = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nOne line \r\nnext line\r\n- -- \r\nAnna\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQ==\r\n-----END PGP SIGNATURE-----\r\n"
)


def mails():
    inner = part(
        b'Content-Type: multipart/alternative; boundary="in"',
        body=multipart(TEXT, HTML, boundary=b"in"),
    )
    yield mail(
        "signed alternatives",
        _SIGNED,
        body=multipart(inner, _SIGNATURE),
        body_text="Grüße",
        body_html="<p>Grüße</p>",
        attachments=[_A_SIGNATURE],
        is_signed=True,
    )
    yield mail(
        "signed by the old type",
        _SIGNED.replace(b"pkcs7", b"x-pkcs7"),
        body=multipart(TEXT, _SIGNATURE.replace(b"pkcs7", b"x-pkcs7")),
        attachments=[("smime.p7s", "application/x-pkcs7-signature", _DER)],
        is_signed=True,
    )
    signed = part(
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="in"',
        body=multipart(TEXT, part(b"Content-Type: application/pgp-signature", body=b"-----BEGIN PGP"), boundary=b"in"),
    )
    yield mail(
        "signed, with the footer of a list",
        MIXED,
        body=multipart(signed, part(b"Content-Type: text/plain", body=b"list")),
        body_text="Grüße\nlist",
        attachments=[("signature.asc", "application/pgp-signature", b"-----BEGIN PGP")],
        is_signed=True,
    )
    yield mail("signed, but the signature is missing", _SIGNED, body=multipart(TEXT), body_text="Grüße", is_signed=True)
    yield mail(
        "a signed mail that was forwarded",
        MIXED,
        body=multipart(
            TEXT,
            part(
                b"Content-Type: message/rfc822",
                b"",
                b"Subject: s",
                _SIGNED.replace(b"=_b", b"in"),
                body=multipart(TEXT, _SIGNATURE, boundary=b"in"),
            ),
        ),
        attachments=[("s.eml", "message/rfc822", None)],
        is_signed=False,
        deviation="the standard library writes another line end into it",
    )
    yield mail(
        "signed text in the clear",
        b"Content-Type: text/plain; format=flowed; delsp=yes",
        body=_CLEAR,
        body_text=_CLEAR.decode().replace("\r\n", "\n"),
        is_signed=True,
    )
    yield mail(
        "S/MIME, signed and opaque",
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data",
        b"Content-Transfer-Encoding: base64",
        body=base64.encodebytes(_DER),
        attachments=[("smime.p7m", "application/pkcs7-mime", _DER)],
    )
    yield mail(
        "S/MIME in binary",
        b"Content-Type: application/x-pkcs7-mime; name=smime.p7m",
        b"Content-Transfer-Encoding: binary",
        body=_DER,
        attachments=[("smime.p7m", "application/x-pkcs7-mime", _DER)],
    )
    yield mail(
        "S/MIME as a file of no type",
        b"Content-Type: application/octet-stream; name=smime.p7m",
        b"Content-Transfer-Encoding: base64",
        body=base64.encodebytes(_DER),
        attachments=[("smime.p7m", "application/octet-stream", _DER)],
    )
    yield mail(
        "PGP encrypted, trailing blanks",
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="=_b"',
        body=multipart(
            part(b"Content-Type: application/pgp-encrypted", body=b"Version: 1\r\n"),
            part(
                b"Content-Type: application/octet-stream",
                b"Content-Disposition: inline; filename=msg.asc",
                body=_ARMOUR,
            ),
        ),
        body_text="",
        attachments=[
            ("version.asc", "application/pgp-encrypted", b"Version: 1\r\n"),
            ("msg.asc", "application/octet-stream", _ARMOUR),
        ],
    )
    yield mail(
        "PGP encrypted, broken by Exchange",
        MIXED,
        body=multipart(
            part(b"Content-Type: text/plain", body=b""),
            part(b"Content-Type: application/pgp-encrypted; name=PGPMIME Versions Identification", body=b"Version: 1"),
            part(b"Content-Type: application/octet-stream; name=encrypted.asc", body=_ARMOUR),
        ),
        attachments=[
            ("PGPMIME Versions Identification", "application/pgp-encrypted", b"Version: 1"),
            ("encrypted.asc", "application/octet-stream", _ARMOUR),
        ],
    )
    yield mail("PGP in the text", body=_ARMOUR, body_text=_ARMOUR.decode().replace("\r\n", "\n"), is_signed=False)
    yield mail(
        "a key",
        MIXED,
        body=multipart(TEXT, part(b"Content-Type: application/pgp-keys", body=b"-----BEGIN PGP PUBLIC KEY")),
        attachments=[("attachment-1.asc", "application/pgp-keys", b"-----BEGIN PGP PUBLIC KEY")],
    )
    yield mail(
        "invitation as alternative and as file",
        MIXED,
        body=multipart(
            part(
                ALTERNATIVE.replace(b"=_b", b"in"),
                body=multipart(
                    TEXT,
                    HTML,
                    part(b"Content-Type: text/calendar; charset=utf-8; method=REQUEST", body=b"BEGIN:VCALENDAR\r\n"),
                    boundary=b"in",
                ),
            ),
            part(b"Content-Type: application/ics; name=invite.ics", body=b"BEGIN:VCALENDAR\r\n"),
            PDF,
        ),
        body_text="Grüße",
        body_html="<p>Grüße</p>",
        attachments=[
            ("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n"),
            ("invite.ics", "application/ics", b"BEGIN:VCALENDAR\r\n"),
            ("a.pdf", "application/pdf", None),
        ],
    )

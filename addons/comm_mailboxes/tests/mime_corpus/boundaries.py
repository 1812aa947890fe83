# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Boundaries missing, wrong or odd; multiparts within multiparts; names and types meant to deceive."""

import base64

from ...protocol import mime_defects as defects
from .mail import Mail, mail, multipart, part
from .parts import A_PDF, ALTERNATIVE, HTML, MIXED, PDF, TEXT

_GUESSED = "the standard library finds no parts"


def mails():
    yield from _boundaries()
    yield from _nested()
    yield from _disguised()


def _boundaries():
    yield mail("LF within CRLF", MIXED, body=multipart(TEXT, PDF, end=b"\n"), body_text="Grüße", attachments=[A_PDF])
    yield mail(
        "preamble and epilogue",
        MIXED,
        body=multipart(TEXT, preamble=b"This is MIME.", epilogue=b"bye\r\n"),
        body_text="Grüße",
    )
    yield mail(
        "no end boundary",
        MIXED,
        body=multipart(TEXT, PDF, close=False),
        body_text="Grüße",
        attachments=[A_PDF],
        defects=[defects.NO_END],
    )
    yield mail(
        "cut off within base64",
        MIXED,
        body=multipart(TEXT, PDF, close=False)[:-60],
        body_text="Grüße",
        attachments=[("a.pdf", "application/pdf", None)],
        defects=[defects.NO_END],
    )
    yield mail(
        "no boundary parameter",
        b"Content-Type: multipart/mixed",
        body=multipart(TEXT, PDF),
        body_text="Grüße",
        attachments=[A_PDF],
        defects=[defects.NO_BOUNDARY],
        deviation=_GUESSED,
    )
    yield mail(
        "another boundary",
        b"Content-Type: multipart/mixed; boundary=other",
        body=multipart(TEXT, PDF),
        body_text="Grüße",
        attachments=[A_PDF],
        defects=[defects.NO_BOUNDARY],
        deviation=_GUESSED,
    )
    yield mail("no parts", MIXED, body=b"only text\r\n", body_text="only text\n", defects=[defects.NO_PARTS])
    yield mail(
        "no parts, html", MIXED, body=b"<html>Hi</html>", body_html="<html>Hi</html>", defects=[defects.NO_PARTS]
    )
    yield mail("nothing at all", MIXED, body=b"", body_text="", attachments=[])
    yield mail("empty parts", MIXED, body=multipart(b"", b"\r\n", TEXT), body_text="\n\nGrüße")
    yield mail("part without header", MIXED, body=multipart(b"\r\nno header"), body_text="no header")
    yield mail(
        "part without blank line",
        MIXED,
        body=multipart(b"no header, no blank line"),
        body_text="no header, no blank line",
    )
    yield mail(
        "boundary with spaces behind",
        MIXED,
        body=multipart(TEXT).replace(b"--=_b\r\n", b"--=_b  \t\r\n"),
        body_text="Grüße",
    )
    yield mail(
        "unquoted boundary",
        b"Content-Type: multipart/mixed; boundary==_b",
        body=multipart(TEXT, PDF),
        attachments=[A_PDF],
    )
    yield mail(
        "boundary without closing quote",
        b'Content-Type: multipart/mixed; boundary="=_b',
        body=multipart(TEXT),
        body_text="Grüße",
        deviation=_GUESSED,
    )
    yield mail(
        "boundary in sections",
        b"Content-Type: multipart/mixed; boundary*0==; boundary*1=_b",
        body=multipart(TEXT),
        body_text="Grüße",
    )
    yield mail(
        "boundary of pattern characters",
        b'Content-Type: multipart/mixed; boundary="a+(b).*?[c]"',
        body=multipart(TEXT, boundary=b"a+(b).*?[c]"),
        body_text="Grüße",
    )
    yield mail(
        "boundary that begins with dashes",
        b'Content-Type: multipart/mixed; boundary="----x"',
        body=multipart(TEXT, boundary=b"----x"),
        body_text="Grüße",
    )
    yield mail(
        "boundary folded",
        b'Content-Type: multipart/mixed;\r\n\tboundary="=_b"',
        body=multipart(TEXT),
        body_text="Grüße",
    )
    yield mail(
        "text like a boundary",
        MIXED,
        body=multipart(TEXT + b"\r\n --=_b\r\n--=_bx\r\n-=_b"),
        body_text="Grüße\n --=_b\n--=_bx\n-=_b",
    )
    yield mail(
        "text after the end",
        MIXED,
        body=multipart(TEXT, epilogue=multipart(PDF)),
        body_text="Grüße",
        attachments=[],
    )
    yield mail("end before the beginning", MIXED, body=b"--=_b--\r\n" + multipart(TEXT), body_text="Grüße")
    yield mail(
        "the whole multipart in base64",
        MIXED,
        b"Content-Transfer-Encoding: base64",
        body=base64.encodebytes(multipart(TEXT, PDF)),
        body_text="Grüße",
        attachments=[A_PDF],
        deviation=_GUESSED,
    )
    yield mail(
        "encoding claimed for a multipart",
        MIXED,
        b"Content-Transfer-Encoding: quoted-printable",
        body=multipart(TEXT, PDF),
        attachments=[A_PDF],
    )
    yield mail(
        "header of a part folded and commented",
        MIXED,
        body=multipart(part(b"Content-Type: text/plain\r\n ; charset=utf-8", body="ä".encode())),
        body_text="ä",
    )
    yield Mail(
        "CR only, with parts",
        b"\r".join([b"Subject: cr", MIXED, b"", multipart(TEXT, PDF).replace(b"\r\n", b"\r").replace(b"\n", b"\r")]),
        {"subject": "cr", "body_text": "Grüße", "attachments": [A_PDF]},
    )


def _nested():
    inner = part(
        b'Content-Type: multipart/alternative; boundary="=_b-1"', body=multipart(TEXT, HTML, boundary=b"=_b-1")
    )
    yield mail(
        "boundary that continues another",
        MIXED,
        body=multipart(inner, PDF),
        body_text="Grüße",
        body_html="<p>Grüße</p>",
        attachments=[A_PDF],
    )
    unclosed = part(
        b'Content-Type: multipart/alternative; boundary="in"', body=multipart(TEXT, HTML, boundary=b"in", close=False)
    )
    yield mail(
        "inner multipart without end",
        MIXED,
        body=multipart(unclosed, PDF),
        body_text="Grüße",
        body_html="<p>Grüße</p>\n",
        attachments=[A_PDF],
        defects=[defects.NO_END],
    )
    same = part(ALTERNATIVE, body=multipart(TEXT, HTML))
    yield mail(
        "the same boundary twice",
        MIXED,
        body=multipart(same, PDF),
        body_html='<div style="white-space: pre-wrap">Grüße</div><p>Grüße</p>',
    )
    deep = TEXT
    for level in range(12):
        boundary = b"level%d." % level
        deep = part(b"Content-Type: multipart/mixed; boundary=" + boundary, body=multipart(deep, boundary=boundary))
    yield Mail("twelve levels", b"Subject: deep\r\n" + deep, {"body_text": "Grüße"})
    for level in range(200):
        boundary = b"more%d." % level
        deep = part(b"Content-Type: multipart/mixed; boundary=" + boundary, body=multipart(deep, boundary=boundary))
    yield Mail("two hundred levels", b"Subject: deep\r\n" + deep, {"defects": [defects.TOO_DEEP]}, "depth is limited")
    yield mail(
        "two thousand parts",
        MIXED,
        body=multipart(*[part(b"Content-Type: text/plain", body=b"%d" % number) for number in range(2000)]),
        defects=[defects.TOO_MANY],
        deviation="their number is limited",
    )


def _disguised():
    """File names and types meant to deceive."""
    yield mail(
        "markup in a file name",
        b"Content-Type: application/octet-stream",
        b'Content-Disposition: attachment; filename="<img src=x onerror=alert(1)>.png"',
        attachments=[("<img src=x onerror=alert(1)>.png", "application/octet-stream", None)],
    )
    yield mail(
        "upper case type",
        b"Content-Type: IMAGE/PNG; NAME=A.PNG",
        body=b"x",
        attachments=[("A.PNG", "image/png", b"x")],
    )
    yield mail(
        "spaces in the type",
        b"Content-Type: application / pdf; name=a.pdf",
        body=b"%PDF",
        attachments=[("a.pdf", "application/pdf", b"%PDF")],
    )
    yield mail(
        "HTML as attachment",
        MIXED,
        body=multipart(
            TEXT,
            part(b"Content-Type: text/html", b"Content-Disposition: attachment; filename=a.html", body=b"<script>"),
        ),
        body_html="",
        attachments=[("a.html", "text/html", b"<script>")],
    )

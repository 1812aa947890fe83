"""Mails as users write them, odd ones too: what test_mime_written.py has three other programs read."""

from datetime import UTC, datetime

from odoo.addons.comm_mailboxes.protocol.mime_write import Draft, File

PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
PDF = File("offer.pdf", "application/pdf", b"%PDF-1.4\r\n" + bytes(range(256)) * 20)
LOGO = File("logo.png", "image/png", PIXEL, content_id="logo@comm")
INNER = b"From: a@example.com\r\nSubject: Inner\r\nMIME-Version: 1.0\r\n\r\nText\r\n"
TO = [("Ben", "ben@example.com")]


def draft(**values):
    values = {
        "sender": ("Anna Berger", "anna@example.com"),
        "message_id": "<1@example.com>",
        "date": datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
        "to": TO,
        "subject": "Hello",
        "text": "Text",
    } | values
    return Draft(**values)


def named(name, content_type="application/pdf"):
    return draft(files=[File(name, content_type, name.encode())])


# What it is: the mail.
MAILS = {
    "text": draft(),
    "no text": draft(text=""),
    "umlauts": draft(text="Grüße\r\nvon Anna – 5 €"),
    "emoji": draft(text="👩‍👩‍👧 ok 😀", subject="👩‍👩‍👧 😀"),
    "right to left": draft(text="שלום", subject="שלום", sender=("אנה", "anna@example.com")),
    "long line": draft(text="x" * 5000),
    "long line of umlauts": draft(text="ü" * 5000),
    "dots and From": draft(text=".\r\n..\r\nFrom here\r\n.\r\n"),
    "tabs and trailing blanks": draft(text="a\tb \r\n  c  \r\n"),
    "only LF": draft(text="one\ntwo\nthree\n"),
    "equals signs": draft(text="a=3D b=\r\n=20 ü"),
    "looks like a boundary": draft(text="--===============1==\r\n--\r\n", html="<p>--===============1==--</p>"),
    "text and HTML": draft(html="<p>Grüße</p>"),
    "long HTML": draft(html="<p>" + "Wort ö " * 3000 + "</p>"),
    "HTML and an image": draft(html='<img src="cid:logo@comm">', files=[LOGO]),
    "HTML and two images": draft(
        html='<img src="cid:logo@comm"><img src="cid:b@comm">',
        files=[LOGO, File("b.gif", "image/gif", b"GIF89a\0\xff", content_id="b@comm")],
    ),
    "image without HTML": draft(files=[LOGO]),
    "file": draft(files=[PDF]),
    "HTML and a file": draft(html="<p>Offer</p>", files=[PDF]),
    "everything": draft(
        html='<img src="cid:logo@comm">', files=[LOGO, PDF, File("a.csv", "text/csv", b"a;b\r\n1;2\r\n")]
    ),
    "empty file": draft(files=[File("empty.bin", "application/octet-stream", b"")]),
    "file of all bytes": draft(files=[File("all.bin", "application/octet-stream", bytes(range(256)))]),
    "text file in Latin-1": draft(files=[File("l1.txt", "text/plain", "Grüße\n".encode("latin-1"))]),
    "HTML file": draft(files=[File("page.html", "text/html", b"<script>alert(1)</script>")]),
    "file with a wrong type": draft(files=[File("x", "no type at all", b"x")]),
    "file of type multipart": draft(files=[File("x.bin", "multipart/mixed", b"--x\r\n\r\n--x--")]),
    "mail attached": draft(files=[File("Inner.eml", "message/rfc822", INNER)]),
    "mail attached with 8 bits": draft(files=[File("In.eml", "message/rfc822", INNER + "ü".encode())]),
    "twenty files": draft(files=[File(f"{n}.txt", "application/x-n", b"%d" % n) for n in range(20)]),
    "name with umlauts": named("Angebot Größe.pdf"),
    "name with quotes": named('say "hi".pdf'),
    "name with signs": named("semi;colon, 100% it's (a) [b] =?x?=.pdf"),
    "long name": named("a" * 150 + ".pdf"),
    "long name of umlauts": named("ü" * 150 + ".pdf"),
    "Chinese name": named("契約書.docx"),
    "subject of umlauts": draft(subject="Größe und Übermaß " * 12),
    "long subject": draft(subject="word " * 80 + "end"),
    "subject like an encoded word": draft(subject="=?utf-8?q?no?="),
    "no subject": draft(subject=""),
    "name with a comma": draft(
        sender=("Berger, Anna", "anna@example.com"), to=[("Doe, John (x) <y>", "j@example.com")]
    ),
    "name of umlauts": draft(sender=("Müller, Jürgen", "j@example.com"), to=[("Ä" * 80, "a@example.com")]),
    "several lists": draft(cc=[("Carl", "carl@example.com"), ("", "d@example.com")]),
    "domain of umlauts": draft(to=[("Idn", "info@bücher.example")]),
    "five hundred recipients": draft(to=[(f"Person {n}", f"p{n}@example.com") for n in range(500)]),
    "answer in a long thread": draft(in_reply_to="<9@x>", references=" ".join(f"<{n}@x.example>" for n in range(40))),
    "priority and receipt": draft(priority="high", receipt_to=("Anna", "anna@example.com")),
}

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Images that the HTML shows by Content-ID in odd ways, or by Content-Location (RFC 2557)."""

from .mail import mail, multipart, part
from .parts import RELATED

_LINKED = "links by location become links by Content-ID"


def _image(*lines):
    return part(b"Content-Type: image/png", b"Content-Transfer-Encoding: base64", *lines, body=b"iVBORw==")


def _html(text, *lines):
    return part(b"Content-Type: text/html; charset=utf-8", *lines, body=text)


def mails():
    yield from _by_content_id()
    yield from _by_location()


def _by_content_id():
    # HTML, Content-ID
    for number, (html, content_id) in enumerate(
        [
            (b'<img src="cid:a%20b@x">', b"<a b@x>"),
            (b"<img src='CID:i@x'>", b"<i@x>"),
            (b'<img src="cid:a&amp;b">', b"<a&b>"),
            (b'<table background="cid:i@x">', b"i@x"),
            (b'<p style="background: url(cid:i@x)">', b"<i@x> "),
            (b'<img src="cid:i">', b"=?utf-8?Q?=3Ci=3E?="),
        ]
    ):
        yield mail(
            f"image by Content-ID {number}",
            RELATED,
            body=multipart(_html(html), _image(b"Content-ID: " + content_id)),
            body_html=html.decode(),
            inline=["attachment-1.png"],
        )
    yield mail(
        "image by a Content-ID in another case",
        RELATED,
        body=multipart(_html(b'<img src="cid:I@X">'), _image(b"Content-ID: <i@x>")),
        inline=[],
    )
    yield mail(
        "image without Content-ID",
        RELATED,
        body=multipart(_html(b'<img src="cid:">'), _image()),
        inline=[],
        attachments=[("attachment-1.png", "image/png", b"\x89PNG")],
    )


def _by_location():
    first = "cid:location-1%40content.invalid"
    # HTML, its Content-Location, that of the image, HTML as it is read
    for number, (html, base, location, read) in enumerate(
        [
            (b'<img src="a.png">', b"", b"a.png", f'<img src="{first}">'),
            (b"<img SRC=a.png alt=x>", b"", b" a.png ", f'<img SRC="{first}" alt=x>'),
            (b'<img src="http://x.example/a.png">', b"", b"http://x.example/a.png", f'<img src="{first}">'),
            (b"<img src='img/a.png'>", b"http://x.example/d/", b"http://x.example/d/img/a.png", f'<img src="{first}">'),
            (b'<img src="http://x.example/a.png">', b"http://x.example/", b"a.png", f'<img src="{first}">'),
            (b'<img src="a.png?b=1&amp;c=2">', b"", b"a.png?b=1&c=2", f'<img src="{first}">'),
            (b'<img src="a%20b.png">', b"", b"=?utf-8?Q?a_b.png?=", '<img src="a%20b.png">'),
            (b'<img src="%C3%A4.png">', b"", b"=?utf-8?Q?=C3=A4.png?=", f'<img src="{first}">'),
            (b'<td background="a.png">a.png', b"", b"http:\r\n //x.example/a.png", '<td background="a.png">a.png'),
            (
                b'<td background="http://x.example/a.png">',
                b"",
                b"http:\r\n //x.example/a.png",
                f'<td background="{first}">',
            ),
            (b'<img src="a.png">', b"http://[x/", b"a.png", f'<img src="{first}">'),
            (b'<img src="b.png"><a href="a.png">', b"", b"a.png", '<img src="b.png"><a href="a.png">'),
        ]
    ):
        shown = "cid:" in read
        yield mail(
            f"image by Content-Location {number}",
            RELATED,
            body=multipart(
                _html(html, *([b"Content-Location: " + base] if base else [])),
                _image(b"Content-Location: " + location),
            ),
            body_html=read,
            inline=["attachment-1.png"] if shown else [],
            deviation=_LINKED if shown else "",
        )
    yield mail(
        "image by Content-Location that has a Content-ID",
        RELATED,
        body=multipart(
            _html(b'<img src="a.png"><img src="cid:i@x">'), _image(b"Content-Location: a.png", b"Content-ID: <i@x>")
        ),
        body_html='<img src="cid:i%40x"><img src="cid:i@x">',
        inline=["attachment-1.png"],
        deviation=_LINKED,
    )

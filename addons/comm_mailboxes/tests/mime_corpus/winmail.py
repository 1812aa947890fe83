# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""TNEF: what Outlook packs into a winmail.dat, whole and damaged."""

import base64

from ...protocol import mime_defects as defects
from . import tnef_writer as tnef
from .mail import mail, multipart, part
from .parts import A_PDF, MIXED, PDF, TEXT

_OPENED = "winmail.dat is opened"
_BROKEN = [defects.BROKEN_TNEF]
_HTML_IN_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl\red0;}"
    rb"{\*\htmltag64 <p>}\htmlrtf {\f0 \htmlrtf0 Gr\'fc\'dfe \u8364 ?5 \{x\} {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0"
    rb"{\*\htmltag72 </p>}\htmlrtf \par}\htmlrtf0 }"
)
_RTF = (
    rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}{\*\generator Riched20;}{\pict\wmetafile8 0102}\pard "
    rb"\'cf\'f0\'e8\'e2\'e5\'f2\par ------------------------\line two\tab\u-10179?\u-8704?\bin3 {{{ end\par}"
)
_FILE = tnef.file(b"K\xf6ln.txt", b"abc\0\0", long_name="Ein langer Name, Köln.txt", mime_type="text/plain")
_A_FILE = ("Ein langer Name, Köln.txt", "text/plain", b"abc\0\0")
_INNER = tnef.stream(
    tnef.message(
        subject="Innen: ü",
        text="inner text",
        sender="Weber, Anna",
        sender_address="anna@example.com",
        to="Otto; Eva",
        submitted=(tnef.TIME, 133_000_000_000_000_000),
    ),
    tnef.file(b"i.bin", b"\0\1\2\0"),
)


def winmail(stream, content_type=b"application/ms-tnef", name=b"winmail.dat"):
    """The body part that carries a TNEF stream."""
    return part(
        b"Content-Type: " + content_type + b"; name=" + name,
        b"Content-Transfer-Encoding: base64",
        body=base64.encodebytes(stream),
    )


def mails():
    yield from _opened()
    yield from _bodies()
    yield from _kept()


def _opened():
    """The attachments of winmail.dat are those of the mail, and it is gone."""
    whole = tnef.stream(
        tnef.attribute(1, tnef.SUBJECT, b"Subject\0", kind=1),
        tnef.message(named="x", numbered=5, to=(0x1000 | tnef.UNICODE, "a", "bc"), method=(0x1002, 1, 2, 3)),
        _FILE,
    )
    one = {"body_text": "Grüße", "attachments": [_A_FILE], "deviation": _OPENED}
    yield mail("winmail.dat", MIXED, body=multipart(TEXT, winmail(whole)), **one)
    yield mail(
        "winmail.dat of the other type", MIXED, body=multipart(TEXT, winmail(whole, b"application/vnd.ms-tnef")), **one
    )
    parts = [tnef.attribute(2, tnef.NEXT_FILE, bytes(14))]
    for name, content in ((b"a.txt", b"hello"), (b"b.txt", b"you")):
        parts += [tnef.attribute(2, tnef.TITLE, name + b"\0", kind=1), tnef.attribute(2, tnef.DATA, content)]
    yield mail(
        "winmail.dat whose second file begins with its name",
        MIXED,
        body=multipart(TEXT, winmail(tnef.stream(*parts))),
        **one | {"attachments": [("a.txt", "text/plain", b"hello"), ("b.txt", "text/plain", b"you")]},
    )
    yield mail(
        "winmail.dat of no type",
        MIXED,
        body=multipart(TEXT, winmail(whole, b"application/octet-stream", b"WINMAIL.DAT")),
        **one,
    )
    yield mail(
        "winmail.dat under another name", MIXED, body=multipart(TEXT, winmail(whole, name=b"att00001.dat")), **one
    )
    yield mail("winmail.dat padded", MIXED, body=multipart(TEXT, winmail(whole + bytes(40))), **one)
    yield mail(
        "winmail.dat beside a file",
        MIXED,
        body=multipart(TEXT, PDF, winmail(whole)),
        attachments=[A_PDF, _A_FILE],
        deviation=_OPENED,
    )
    names = tnef.stream(
        tnef.file(b"C:\\temp\\\xe4.txt", b"1"),
        tnef.file(None, b"2", name="short.txt"),
        tnef.file(None, b"3", long_name="no extension", extension=".pdf"),
        tnef.file(None, b"4"),
        tnef.file(b"../../etc/passwd", b"5", mime_type="not a type"),
        tnef.file(b"", b"6", long_name="fdp\u202eexe.pdf", mime_type="image/png"),
        tnef.file(b"empty.txt", b""),
    )
    yield mail(
        "names within winmail.dat",
        MIXED,
        body=multipart(TEXT, winmail(names)),
        attachments=[
            ("ä.txt", "text/plain", b"1"),
            ("short.txt", "text/plain", b"2"),
            ("no extension.pdf", "application/pdf", b"3"),
            ("attachment-4.bin", "application/octet-stream", b"4"),
            ("passwd", "application/octet-stream", b"5"),
            ("fdp exe.pdf", "image/png", b"6"),
            ("empty.txt", "text/plain", b""),
        ],
        deviation=_OPENED,
    )
    yield mail(
        "winmail.dat in Cyrillic",
        MIXED,
        body=multipart(TEXT, winmail(tnef.stream(tnef.file("счёт.txt".encode("cp1251"), b"1"), codepage=1251))),
        attachments=[("счёт.txt", "text/plain", b"1")],
        deviation=_OPENED,
    )
    yield mail(
        "winmail.dat of a code page that is none",
        MIXED,
        body=multipart(TEXT, winmail(tnef.stream(tnef.file(b"\xe4.txt", b"1"), codepage=999_999))),
        attachments=[("ä.txt", "text/plain", b"1")],
        deviation=_OPENED,
    )
    yield mail(
        "a message within winmail.dat",
        MIXED,
        body=multipart(
            TEXT,
            winmail(tnef.stream(tnef.file(None, method=5, content=(tnef.OBJECT, tnef.MESSAGE_OBJECT + _INNER)), _FILE)),
        ),
        attachments=[("Innen: ü.eml", "message/rfc822", None), _A_FILE],
        deviation=_OPENED,
    )
    yield mail(
        "a document within winmail.dat",
        MIXED,
        body=multipart(
            TEXT,
            winmail(
                tnef.stream(
                    tnef.file(None, content=(tnef.OBJECT, tnef.STORAGE_OBJECT + b"\xd0\xcf\0"), long_name="a.doc"),
                    tnef.file(None, content=b"binary\0\0", long_name="b.bin"),
                )
            ),
        ),
        attachments=[
            ("a.doc", "application/msword", b"\xd0\xcf\0"),
            ("b.bin", "application/octet-stream", b"binary\0\0"),
        ],
        deviation=_OPENED,
    )


def _bodies():
    """Its text is that of the mail when the mail has none."""
    alone = (
        b"Content-Type: application/ms-tnef; name=winmail.dat",
        b"Content-Transfer-Encoding: base64",
    )
    bodies = [
        ("text", tnef.message(text="Grüße\r\naus Köln"), "Grüße\naus Köln", ""),
        ("text in the code page", tnef.attribute(1, tnef.BODY, b"Gr\xfc\xdfe\0", kind=2), "Grüße", ""),
        ("text in 8 bits", tnef.message(text=(tnef.STRING8, b"Gr\xfc\xdfe\0")), "Grüße", ""),
        (
            "HTML whose code page follows",
            tnef.message(html="<b>Привет</b>".encode("koi8-r"), codepage=20866),
            "Привет",
            "<b>Привет</b>",
        ),
        ("HTML", tnef.message(html="<p>Grüße</p>".encode(), codepage=65001), "Grüße", "<p>Grüße</p>"),
        (
            "HTML in RTF",
            tnef.message(rtf=tnef.compressed_rtf(_HTML_IN_RTF)),
            "Grüße €5 {x} &",
            "<p>Grüße €5 {x} &amp;</p>",
        ),
        (
            "RTF",
            tnef.message(rtf=tnef.compressed_rtf(_RTF)),
            "Привет\n------------------------\ntwo\t😀 end",
            "",
        ),
        ("RTF that is not compressed", tnef.message(rtf=bytes(8) + b"MELA" + bytes(4) + rb"{\rtf1 Hi\par}"), "Hi", ""),
        ("RTF that is none", tnef.message(rtf=b"what?"), "", ""),
        ("RTF that is cut off", tnef.message(rtf=tnef.compressed_rtf(rb"{\rtf1 Hello you")[:-8]), "Hell", ""),
        ("nothing", b"", "", ""),
    ]
    for name, attribute, text, html in bodies:
        yield mail(
            f"winmail.dat alone, with {name}",
            *alone,
            body=base64.encodebytes(tnef.stream(attribute, _FILE)),
            body_text=text,
            body_html=html,
            attachments=[_A_FILE],
            deviation=_OPENED,
        )
    yield mail(
        "winmail.dat whose text the mail has",
        MIXED,
        body=multipart(TEXT, winmail(tnef.stream(tnef.message(html=b"<p>other</p>")))),
        body_text="Grüße",
        body_html="",
        attachments=[],
        deviation=_OPENED,
    )
    yield mail(
        "winmail.dat with an image that its HTML shows",
        *alone,
        body=base64.encodebytes(
            tnef.stream(
                tnef.message(html=b'<img src="cid:i@x">', codepage=65001),
                tnef.file(b"i.png", b"\x89PNG", content_id="i@x", mime_type="image/png"),
            )
        ),
        body_html='<img src="cid:i@x">',
        inline=["i.png"],
        deviation=_OPENED,
    )


def _kept():
    """What is not understood, or says more than text and files do, is kept as it came."""
    whole = tnef.stream(_FILE, tnef.file(b"b.txt", b"second"))
    second = ("b.txt", "text/plain", b"second")
    appointment = tnef.stream(tnef.message(text="Meet"), _FILE, message_class=b"IPM.Microsoft Schedule.MtgReq")
    yield mail(
        "winmail.dat with an appointment",
        MIXED,
        body=multipart(TEXT, winmail(appointment)),
        attachments=[_A_FILE, ("winmail.dat", "application/ms-tnef", appointment)],
        deviation=_OPENED,
    )
    damaged = [
        ("nothing but its first bytes", b"\x78\x9f\x3e\x22", []),
        ("no TNEF", b"no such thing", []),
        ("cut off", whole[:-10], [_A_FILE]),
        ("a flipped bit", whole.replace(b"second", b"secone"), [_A_FILE, ("b.txt", "text/plain", b"secone")]),
        ("rubbish behind", whole + b"rubbish", [_A_FILE, second]),
        ("an endless attribute", tnef.stream(_FILE) + b"\x01\x03\x90\x06\x00\xff\xff\xff\xff\0\0", [_A_FILE]),
        (
            "properties without number",
            tnef.stream(_FILE, tnef.attribute(1, tnef.MESSAGE_PROPERTIES, b"\xff" * 8)),
            [_A_FILE],
        ),
        (
            "values without number",
            tnef.stream(_FILE, tnef.attribute(1, tnef.MESSAGE_PROPERTIES, b"\1\0\0\0\2\x10\x34\x12\xff\xff\xff\xff")),
            [_A_FILE],
        ),
        (
            "texts without number",
            tnef.stream(_FILE, tnef.attribute(1, tnef.MESSAGE_PROPERTIES, b"\1\0\0\0\x1e\0\x34\x12\xff\xff\xff\xff")),
            [_A_FILE],
        ),
        (
            "a property of no type",
            tnef.stream(_FILE, tnef.attribute(1, tnef.MESSAGE_PROPERTIES, b"\1\0\0\0\x99\x09\x34\x12")),
            [_A_FILE],
        ),
    ]
    for name, stream, files in damaged:
        yield mail(
            f"winmail.dat with {name}",
            MIXED,
            body=multipart(TEXT, winmail(stream)),
            body_text="Grüße",
            attachments=[*files, ("winmail.dat", "application/ms-tnef", stream)],
            defects=_BROKEN,
            deviation=_OPENED if files else "",
        )
    nested = _INNER
    for _level in range(12):
        nested = tnef.stream(tnef.file(None, content=(tnef.OBJECT, tnef.MESSAGE_OBJECT + nested)))
    yield mail(
        "twelve messages within winmail.dat",
        MIXED,
        body=multipart(TEXT, winmail(nested)),
        attachments=[("message.eml", "message/rfc822", None)],
        deviation=_OPENED,
    )
    yield mail(
        "winmail.dat with two thousand files",
        MIXED,
        body=multipart(TEXT, winmail(tnef.stream(*[tnef.file(b"a", b"%d" % number) for number in range(2000)]))),
        defects=_BROKEN,
        deviation=_OPENED,
    )
    yield mail(
        "a winmail.dat that is another file",
        MIXED,
        body=multipart(TEXT, winmail(b"%PDF", b"application/pdf")),
        attachments=[("winmail.dat", "application/pdf", b"%PDF")],
    )

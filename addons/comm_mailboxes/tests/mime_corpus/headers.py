# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Header fields, well and badly written: tables of what stands in the mail and what must be read."""

import base64
from datetime import datetime

from ...protocol import mime_defects as defects
from .mail import Mail, mail

_KYRILLIC = "Съешь ещё этих мягких булок"
_LIBRARY_KEEPS = "the standard library leaves such words as they are"
_LIBRARY_STOPS = "the standard library takes the rest of the header for the text"
_LIBRARY_SPLITS = "the standard library makes other addresses of it"
_LIBRARY_DATE = "the standard library reads no date, or another one"


def _b64(text, charset):
    return base64.b64encode(text.encode(charset))


# raw value, subject, deviation
SUBJECTS = [
    (b"Plain words", "Plain words", ""),
    (b"  spaces around  ", "spaces around", ""),
    (b"", "", ""),
    (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße", ""),
    (b"=?UTF-8?q?Gr=c3=bc=c3=9fe_aus_K=C3=B6ln?=", "Grüße aus Köln", ""),
    (b"=?iso-8859-1?Q?Gr=FC=DFe?= and =?utf-8?B?S8O2bG4=?=", "Grüße and Köln", ""),
    (b"=?utf-8?Q?Gr=C3=BC?=\r\n =?utf-8?Q?=C3=9Fe?=", "Grüße", ""),
    (b"=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3?= =?utf-8?Q?=9Fe?=", "Grüße", ""),  # a character split between words
    (b"=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße", ""),
    (b"=?utf-8?B?R3LD?= =?utf-8?Q?=BC=C3=9Fe?=", "Grüße", ""),
    (b"=?utf-8?B?R3LDvM?= =?utf-8?B?OfZQ==?=", "Grüße", _LIBRARY_KEEPS),  # a base64 quantum split
    (b"=?utf-8?B?R3LDvMOfZQ?=", "Grüße", ""),  # no padding
    (b"=?utf-8?B?R3LDvMOfZQ=?=", "Grüße", ""),
    (b"=?utf-8?B?R3LDvM OfZQ==?=", "Grüße", ""),  # space within
    (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe aus K=C3=B6ln?=", "Grüße aus Köln", ""),  # spaces within
    (b"=?utf-8?Q?Wirklich?_Ja=3F?=", "Wirklich? Ja?", ""),  # question mark within
    (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe", "Grüße", _LIBRARY_KEEPS),  # cut off
    (b"Re: =?utf-8?B?R3LDvMOfZQ", "Re: Grüße", _LIBRARY_KEEPS),
    (b"Re:=?utf-8?Q?Gr=C3=BC=C3=9Fe?=x", "Re:Grüßex", ""),
    (b'"=?utf-8?Q?Gr=C3=BC=C3=9Fe?="', '"Grüße"', ""),
    (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab", ""),
    (b"=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße", _LIBRARY_KEEPS),  # RFC 2231 language
    (b"=?x-unknown?Q?Gr=C3=BC=C3=9Fe?=", "Grüße", _LIBRARY_KEEPS),
    (b"=?unknown-8bit?Q?Gr=FC=DFe?=", "Grüße", _LIBRARY_KEEPS),
    (b"=?utf-8?Q?Gr=FC=DFe?=", "Grüße", _LIBRARY_KEEPS),  # says utf-8, is latin-1
    (b"=?us-ascii?Q?Gr=FC=DFe?=", "Grüße", _LIBRARY_KEEPS),
    (b"=?iso-8859-1?Q?Gr=C3=BC=C3=9Fe?=", "Grüße", "says latin-1, is UTF-8"),
    (b"=?iso-8859-1?Q?5_=80?=", "5 €", "browsers and mail programs read latin-1 as windows-1252"),
    (b"=?koi8-r?B?" + _b64(_KYRILLIC, "koi8-r") + b"?=", _KYRILLIC, ""),
    (b"=?gb2312?B?" + _b64("中华㐀", "gb18030") + b"?=", "中华㐀", "GB 2312 is read as its superset"),
    (b"=?iso-2022-jp?B?" + _b64("日本語", "iso-2022-jp") + b"?=", "日本語", ""),
    ("日本語".encode("iso-2022-jp"), "日本語", _LIBRARY_KEEPS),  # raw escape sequences
    (b"=?ks_c_5601-1987?B?" + _b64("한국어", "cp949") + b"?=", "한국어", ""),
    ("Grüße aus Köln".encode(), "Grüße aus Köln", ""),  # raw UTF-8
    ("Grüße aus Köln".encode("latin-1"), "Grüße aus Köln", _LIBRARY_KEEPS),  # raw latin-1
    ("Grüße ".encode() + b"=?utf-8?Q?K=C3=B6ln?=", "Grüße Köln", ""),
    (b"folded\r\n over\r\n\tthree lines", "folded over\tthree lines".replace("\t", " "), ""),
    (b"=?utf-8?Q?evil=0D=0ABcc=3A_x=40y?=", "evil Bcc: x@y", ""),
    (b"nul\0inside", "nulinside", "NULs are dropped"),
    (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg?= =?iso-2022-jp?B?GyRCOGwbKEI=?=", "日本語", ""),  # no padding in the first
    (b'=?"utf-8"?Q?=C3=BC?=', "ü", ""),
    (b"=?utf-8 ?Q?=C3=BC?=", "ü", ""),
    (b"=?utf-16?B?//5HAHIA/ABzAHMAZQA=?=", "Grüsse", ""),
    (b"=?UTF-8?Q?=?= Hi", "Hi", _LIBRARY_KEEPS),
    (b"=?=?=?", "=?=?=?", ""),
    (b"=??Q?a?=", "a", ""),
    (b"=?utf-8?X?a?=", "=?utf-8?X?a?=", ""),
    (b"=?idna?Q?xn--a?=", "xn--a", _LIBRARY_KEEPS),  # a codec that is none for texts
    (b"=?utf-7?Q?Gr+APw-?=", "Grü", ""),
    (b"=?utf-7?Q?+2AA-?=", "\ufffd", "half of a surrogate pair cannot be stored"),
    (b"very long " * 2000, ("very long " * 2000).strip(), ""),
]

# raw value, email_from, deviation
ADDRESSES = [
    (b"a@example.com", "a@example.com", ""),
    (b"<a@example.com>", "a@example.com", ""),
    (b"Anna <a@example.com>", "Anna <a@example.com>", ""),
    (b'"Weber, Anna" <a@example.com>', '"Weber, Anna" <a@example.com>', ""),
    (b"a@example.com (Anna)", "Anna <a@example.com>", ""),
    (b"a@example.com (Anna (from sales))", '"Anna (from sales)" <a@example.com>', _LIBRARY_SPLITS),
    (b"Anna (sales) <a@example.com>", '"Anna (sales)" <a@example.com>', ""),
    (b"a@example.com, Otto <o@example.com>", "a@example.com, Otto <o@example.com>", ""),
    (b"=?utf-8?Q?J=C3=BCrgen?= <j@example.com>", "Jürgen <j@example.com>", ""),
    (b'"=?utf-8?Q?J=C3=BCrgen?=" <j@example.com>', "Jürgen <j@example.com>", ""),
    (b"=?utf-8?Q?Gro=C3=9F=2C_J?= <j@example.com>", '"Groß, J" <j@example.com>', ""),
    (b"=?utf-8?Q?Gro=C3=9F,_J?= <j@example.com>", '"Groß, J" <j@example.com>', _LIBRARY_SPLITS),
    (b"Gro\xc3\x9f <j@example.com>", "Groß <j@example.com>", ""),
    (b"Gro\xdf <j@example.com>", "Groß <j@example.com>", _LIBRARY_KEEPS),
    (b"Friends: a@example.com, Bo <b@example.com>;", "a@example.com, Bo <b@example.com>", ""),
    (b"undisclosed-recipients:;", "undisclosed-recipients:;", ""),
    (b"A: a@example.com;, B: b@example.com;", "a@example.com, b@example.com", ""),
    (b"a@example.com; b@example.com", "a@example.com, b@example.com", _LIBRARY_SPLITS),
    (b"Weber, Anna <a@example.com>", '"Weber, Anna" <a@example.com>', _LIBRARY_SPLITS),
    (b"Anna <a@example.com", "Anna <a@example.com>", ""),
    (b'"Anna <a@example.com>', "Anna <a@example.com>", _LIBRARY_SPLITS),
    (b"Anna a@example.com", "Anna <a@example.com>", _LIBRARY_SPLITS),
    (b"<<a@example.com>>", "a@example.com", _LIBRARY_SPLITS),
    (b"'a@example.com' <a@example.com>", "\"'a@example.com'\" <a@example.com>", _LIBRARY_SPLITS),
    (b"Anna <mailto:a@example.com>", "Anna <a@example.com>", _LIBRARY_SPLITS),
    (b"<@relay.example,@x.example:a@example.com>", "a@example.com", _LIBRARY_SPLITS),
    (b"a @ example.com", "a@example.com", ""),
    (b'"a b"@example.com', '"a b"@example.com', ""),
    (b'"A \\"B\\" \\\\ C" <a@example.com>', '"A \\"B\\" \\\\ C" <a@example.com>', ""),
    (b"=?utf-8?Q?Anna_=3Ca=40example=2Ecom=3E?=", "Anna <a@example.com>", _LIBRARY_SPLITS),
    (b"Anna [mailto:a@example.com]", "Anna <a@example.com>", _LIBRARY_SPLITS),
    (b"Anna <mailto:a@example.com?subject=x>", "Anna <a@example.com>", _LIBRARY_SPLITS),
    (b"A <a@example.com> B <b@example.com>", "A <a@example.com>, B <b@example.com>", _LIBRARY_SPLITS),
    (b"A <a@example.com> via list", "A via list <a@example.com>", _LIBRARY_SPLITS),
    (b"a@[127.0.0.1]", "a@[127.0.0.1]", ""),
    (b"Group: ;, a@example.com", "Group:;, a@example.com", ""),
    (b"Mailer-Daemon", "Mailer-Daemon", ""),
    (b"<>", "", ""),
    (b"", "", ""),
    (b",,, ,a@example.com,,", "a@example.com", _LIBRARY_SPLITS),
    (b"(((((", "(((((", ""),
    (b"a@example.com\r\n , b@example.com", "a@example.com, b@example.com", ""),
    ("ä@müller.example".encode(), "ä@müller.example", ""),
]

_TEN = datetime(2025, 11, 24, 10, 0, 0)
_NINE = datetime(2025, 11, 24, 9, 0, 0)
# raw value, naive UTC, deviation
DATES = [
    (b"Mon, 24 Nov 2025 10:00:00 +0000", _TEN, ""),
    (b"Mon, 24 Nov 2025 10:00:00 +0100", _NINE, ""),
    (b"Mon, 24 Nov 2025 10:00:00 +0100 (CET)", _NINE, ""),
    (b"24 Nov 2025 10:00 GMT", _TEN, ""),
    (b"Mon, 24 Nov 2025 10:00:00 UT", _TEN, ""),
    (b"Mon, 24 Nov 2025 10:00:00 Z", _TEN, ""),
    (b"Mon, 24 Nov 2025 05:00:00 EST", _TEN, ""),
    (b"Mon, 24 Nov 2025 10:00:00 -0000", _TEN, ""),
    (b"Mon, 24 Nov 2025 10:00:00", _TEN, ""),
    (b"Mon, 24 Nov 25 10:00:00 +0000", _TEN, ""),
    (b"Mon, 24 Nov 125 10:00:00 +0000", _TEN, _LIBRARY_DATE),  # years since 1900
    (b"Fri, 24 Nov 95 10:00:00 +0000", datetime(1995, 11, 24, 10), ""),
    (b"24 Nov 2025 10:00:00 +01:00", _NINE, _LIBRARY_DATE),
    (b"24 Nov 2025 10:00:00 +1", _NINE, _LIBRARY_DATE),
    (b"24 Nov 2025 10:00:00 GMT+0100", _NINE, _LIBRARY_DATE),
    (b"24 Nov 2025 10:00:00 +9999", _TEN, "a zone that no place has counts as UTC"),
    (b"24 Nov 2025 10:00:00 XYZ", _TEN, ""),
    (b"24 Nov 2025 11:00:00 MEZ", _TEN, _LIBRARY_DATE),
    (b"Monday, 24-Nov-25 10:00:00 GMT", _TEN, ""),
    (b"Mon Nov 24 10:00:00 2025", _TEN, ""),
    (b"Mon Nov 24 11:00:00 CET 2025", _TEN, _LIBRARY_DATE),
    (b"Mon, 24 November 2025 10:00:00 +0000", _TEN, ""),
    (b"Mo, 24 Nov 2025 10:00:00 +0000", _TEN, ""),
    ("Fr, 1 Mär 2024 10:00:00 +0000".encode(), datetime(2024, 3, 1, 10), _LIBRARY_DATE),
    (b"Mi, 25 Dez 2024 10:00:00 +0000", datetime(2024, 12, 25, 10), _LIBRARY_DATE),
    (b"mer., 4 juil. 2024 10:00:00 +0000", datetime(2024, 7, 4, 10), _LIBRARY_DATE),
    (b"2025-11-24T10:00:00Z", _TEN, _LIBRARY_DATE),
    (b"2025-11-24 11:00:00.123 +0100", _TEN, _LIBRARY_DATE),
    (b"20251124T100000Z", _TEN, _LIBRARY_DATE),
    (b"24.11.2025 10:00:00", _TEN, _LIBRARY_DATE),
    (b"1763978400", _TEN, _LIBRARY_DATE),
    (b"1763978400000", _TEN, _LIBRARY_DATE),
    (b"1763978400.5", _TEN, _LIBRARY_DATE),
    (b"20251124100000", _TEN, _LIBRARY_DATE),
    (b"24/11/2025 10:00", _TEN, _LIBRARY_DATE),
    (b"11/24/2025 10:00:00 AM", _TEN, _LIBRARY_DATE),
    (b"24-11-2025 10:00:00 +0000", _TEN, _LIBRARY_DATE),
    (b"Mon, 24 Nov 2025 10:0:0 +0000", _TEN, ""),
    ("Пн, 24 ноя 2025 13:00:00 +0300".encode(), _TEN, _LIBRARY_DATE),
    ("24 paź 2025 10:00".encode(), datetime(2025, 10, 24, 10), _LIBRARY_DATE),
    (b"24 mrt 2025 10:00", datetime(2025, 3, 24, 10), _LIBRARY_DATE),
    (b"Nov 24, 2025 10:00:00 AM", _TEN, ""),
    (b"Mon, 24 Nov 2025 12:30:00 AM +0000", datetime(2025, 11, 24, 0, 30), _LIBRARY_DATE),
    (b"Mon, 24 Nov 2025 10.00.00 +0000", _TEN, ""),
    (b"Mon, 24 Nov 2025", datetime(2025, 11, 24), _LIBRARY_DATE),
    (b"Mon,24 Nov 2025 10:00:00+0000", _TEN, ""),
    (b"Tue, 31 Dec 2024 23:59:60 +0000", datetime(2025, 1, 1), _LIBRARY_DATE),  # leap second
    (b"Mon, 24 Nov 2025 24:00:00 +0000", datetime(2025, 11, 25), _LIBRARY_DATE),
    (b"Mon, 24 Nov 2025\r\n 10:00:00 +0000", _TEN, ""),
]
UNREADABLE_DATES = [
    (b"yesterday", ""),
    (b"Mon, 32 Nov 2025 10:00:00 +0000", ""),
    (b"Mon, 24 Foo 2025 10:00:00 +0000", ""),
    (b"Mon, 24 Nov 0000 10:00:00 +0000", _LIBRARY_DATE),
    (b"Mon, 24 Nov 99999 10:00:00 +0000", ""),
    (b"Fri, 31 Dec 9999 23:59:59 -1200", ""),
    (b"Mon, 24 Nov 2025 25:00:00 +0000", ""),
    (b"99999999999999999999", ""),
    (b"\xff\xfe\xfd", ""),
    (b", , , :::", ""),
    (b"03/04/2025 10:00", ""),
    (b"Sat, 0 Jan 2025 00:00:00", ""),
]

# raw header value of Content-Disposition, file name, deviation
FILE_NAMES = [
    (b'attachment; filename="a b.pdf"', "a b.pdf", ""),
    (b"attachment; filename=a.pdf", "a.pdf", ""),
    (b"attachment; filename=a b.pdf", "a b.pdf", ""),
    (b"attachment; filename=a; b.pdf", "a; b.pdf", _LIBRARY_SPLITS),
    (b'attachment; filename="a.pdf', "a.pdf", _LIBRARY_KEEPS),
    (b'attachment; filename="a;b.pdf"', "a;b.pdf", ""),
    (b'attachment; filename="a.pdf" size=5', "a.pdf", _LIBRARY_SPLITS),
    (b"attachment; filename*=utf-8''K%C3%B6ln.pdf", "Köln.pdf", ""),
    (b"attachment; filename*=\"utf-8''K%C3%B6ln.pdf\"", "Köln.pdf", ""),
    (b"attachment; filename*=iso-8859-1'de'K%F6ln.pdf", "Köln.pdf", ""),
    (b"attachment; filename*=K%C3%B6ln.pdf", "Köln.pdf", _LIBRARY_KEEPS),
    (b"attachment; filename=\"x.pdf\"; filename*=utf-8''K%C3%B6ln.pdf", "Köln.pdf", _LIBRARY_KEEPS),
    (b"attachment; filename*0*=utf-8''K%C3; filename*1*=%B6ln; filename*2=.pdf", "Köln.pdf", ""),
    (b"attachment; filename*1=ln.pdf; filename*0=koe", "koeln.pdf", ""),
    (b'attachment; filename*0="=?utf-8?Q?K=C3"; filename*1="=B6ln.pdf?="', "Köln.pdf", ""),
    (b'attachment; filename="=?utf-8?Q?K=C3=B6ln=2Epdf?="', "Köln.pdf", ""),
    (b'attachment; filename="=?utf-8?B?S8O2?= =?utf-8?B?bG4ucGRm?="', "Köln.pdf", ""),
    (b"attachment; filename==?utf-8?Q?K=C3=B6ln.pdf?=", "Köln.pdf", ""),
    (b'attachment; filename="K\xc3\xb6ln.pdf"', "Köln.pdf", _LIBRARY_KEEPS),
    (b'attachment; filename="K\xf6ln.pdf"', "Köln.pdf", _LIBRARY_KEEPS),
    (b'attachment; filename="C:\\Temp\\a.pdf"', "a.pdf", "folders are cut off"),
    (b'attachment; filename="../../etc/passwd"', "passwd", "folders are cut off"),
    (b'attachment; filename=".."', "attachment-1.pdf", "a folder is no name"),
    (b'attachment; filename="a\x00b\x07.pdf"', "ab .pdf", "control characters become spaces, NULs go"),
    (b"attachment; filename*=utf-8''fdp%E2%80%AEexe.pdf", "fdp exe.pdf", "direction marks are dropped"),
    (b"attachment; filename='a.pdf'", "a.pdf", "quotes that are none"),
    (b"attachment; name=a.pdf", "a.pdf", ""),
    (b'attachment; filename*="=?utf-8?Q?K=C3=B6ln.pdf?="', "Köln.pdf", ""),
    (b"attachment; filename*0*=windows-1251''%CF%F0; filename*1*=%E8.pdf", "При.pdf", ""),
    (b'attachment; filename=""', "attachment-1.pdf", ""),
    (b"attachment", "attachment-1.pdf", ""),
    (b"ATTACHMENT; FILENAME=A.PDF", "A.PDF", ""),
    (b"filename=a.pdf", "a.pdf", ""),
    (b"attachment;;; filename = a.pdf ;", "a.pdf", ""),
    (b"attachment; filename=" + b"a" * 500 + b".pdf", "a" * 146 + ".pdf", "names are cut at 150 characters"),
]


def mails():
    for number, (raw, subject, deviation) in enumerate(SUBJECTS):
        yield mail(f"subject {number}", b"Subject: " + raw, subject=subject, deviation=deviation)
    for number, (raw, address, deviation) in enumerate(ADDRESSES):
        yield mail(f"from {number}", b"From: " + raw, email_from=address, deviation=deviation)
    for number, (raw, date, deviation) in enumerate(DATES):
        yield mail(f"date {number}", b"Date: " + raw, date=date, deviation=deviation)
    for number, (raw, deviation) in enumerate(UNREADABLE_DATES):
        yield mail(
            f"unreadable date {number}",
            b"Date: " + raw,
            date=None,
            defects=[defects.BAD_DATE],
            deviation=deviation,
        )
    for number, (raw, name, deviation) in enumerate(FILE_NAMES):
        yield mail(
            f"file name {number}",
            b"Content-Type: application/pdf",
            b"Content-Disposition: " + raw,
            body=b"%PDF",
            attachments=[(name, "application/pdf", b"%PDF")],
            deviation=deviation,
        )
    yield from _blocks()


def _blocks():
    """Whole headers that are odd."""
    yield mail("no date", without=["Date"], date=None)
    yield mail("no message-id", without=["Message-ID"], message_id="")
    yield mail(
        "no from", b"Sender: s@example.com", without=["From"], email_from="s@example.com", deviation="Sender steps in"
    )
    yield mail(
        "message-id without brackets", b"Message-ID: a@example.com", message_id="<a@example.com>", deviation="brackets"
    )
    yield mail(
        "message-id with spaces",
        b"Message-ID: < a@\r\n example.com >",
        message_id="<a@example.com>",
        deviation="spaces",
    )
    yield mail(
        "in-reply-to with words",
        b"In-Reply-To: Your message of Monday <p@example.com> (x@y)",
        in_reply_to="<p@example.com>",
    )
    yield mail(
        "references folded and repeated",
        b"References: <a@x>\r\n <b@x>\r\n\t<a@x>,<c@x>",
        references="<a@x> <b@x> <c@x>",
    )
    yield mail("two subjects", b"Subject: first", b"Subject: second", subject="first")
    yield mail("two to", b"To: a@x.example", b"To: b@x.example", email_to="a@x.example, b@x.example")
    yield mail("lower case names", b"subject: low", b"FROM: a@example.com", subject="low", email_from="a@example.com")
    yield mail("space before the colon", b"Subject : spaced", subject="spaced", deviation=_LIBRARY_STOPS)
    yield mail("nameless field", b": value", b"Subject: named", subject="named", body_text="Hello\n")
    yield mail("empty header name line", b"X-Empty:", b"Subject:", subject="", body_text="Hello\n")
    yield mail(
        "line folded without indentation",
        b"X-Long: this goes on",
        b"in the next line",
        b"Subject: after",
        subject="after",
        body_text="Hello\n",
        defects=[defects.DAMAGED_HEADER],
        deviation=_LIBRARY_STOPS,
    )
    yield Mail(
        "mbox line before the header",
        b"From anna@example.com Mon Nov 24 10:00:00 2025\nSubject: boxed\nFrom: a@example.com\n\nHello\n",
        {"subject": "boxed", "email_from": "a@example.com", "body_text": "Hello\n"},
    )
    yield Mail(
        "escaped mbox line",
        b">From anna@example.com Mon Nov 24 10:00:00 2025\nSubject: boxed\n\nHello\n",
        {"subject": "boxed", "body_text": "Hello\n"},
        _LIBRARY_STOPS,
    )
    yield Mail(
        "blank lines first",
        b"\r\n\r\nSubject: late\r\n\r\nHello\r\n",
        {"subject": "late", "body_text": "Hello\n"},
        _LIBRARY_STOPS,
    )
    yield Mail(
        "LF only", b"Subject: lf\nFrom: a@x.example\n\nHello\nyou\n", {"subject": "lf", "body_text": "Hello\nyou\n"}
    )
    yield Mail(
        "CR only", b"Subject: cr\rFrom: a@x.example\r\rHello\ryou\r", {"subject": "cr", "body_text": "Hello\nyou\n"}
    )
    yield Mail(
        "CR CR LF",
        b"Subject: a\r\r\nFrom: a@x.example\r\r\n\r\r\nHello",
        {"subject": "a", "body_text": "Hello"},
        _LIBRARY_STOPS,
    )
    yield Mail("header alone", b"Subject: alone", {"subject": "alone", "body_text": ""})
    yield Mail("header without text", b"Subject: alone\r\n\r\n", {"subject": "alone", "body_text": ""})
    yield Mail(
        "no blank line",
        b"Subject: tight\r\nFrom: a@x.example\r\nHello you\r\nand more: words\r\n",
        {"subject": "tight", "body_text": "Hello you\nand more: words\n", "defects": [defects.NO_SEPARATOR]},
    )
    yield Mail(
        "no header", b"Hello,\r\njust text\r\n", {"body_text": "Hello,\njust text\n", "defects": [defects.NO_HEADER]}
    )
    yield Mail("no header but a blank line", b"\r\nHello\r\n", {"body_text": "Hello\n"})
    yield Mail("empty", b"", {"subject": "", "body_text": "", "defects": [defects.EMPTY]})
    yield Mail("only line ends", b"\r\n\r\n\r\n", {"defects": [defects.EMPTY]})
    yield Mail("only NULs", b"\0" * 500, {"body_text": "", "defects": [defects.EMPTY]}, "NULs are dropped")
    yield Mail("NULs in the text", b"Subject: n\r\n\r\na\0b\r\n", {"body_text": "ab\n"}, "NULs are dropped")
    yield Mail("binary rubbish", bytes(range(256)) * 8, {"defects": [defects.NO_HEADER]}, "no text in any charset")
    yield mail("a very long field", b"X-Long: " + b"x" * 200_000, body_text="Hello\n")
    yield mail("a thousand fields", *[b"X-%d: y" % number for number in range(1000)], body_text="Hello\n")

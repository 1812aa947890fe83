# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""HTML that is spared the parser comes out as the parser would have had it, letter by letter."""

import random
import time
from itertools import islice

import pytest

from odoo.addons.comm_mailboxes.protocol import mime, sanitize
from odoo.addons.comm_mailboxes.tests import hostile_html
from odoo.addons.comm_mailboxes.tests.mime_corpus import MAILS

from lab.mailbag import mixed

SECONDS = 10  # of processor time, whatever the HTML

SIMPLE = [
    "",
    "Text only, <b>bold</b> &amp; more",
    "<p class=MsoNormal>a<o:p>&nbsp;</o:p></p><P>b</P>",
    "<p>a<br>b<br/>c <img src='cid:x' width=5></p><hr>",
    "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul><dl><dt>d</dt><dd>e</dd></dl>",
    "<table>\n<caption>a</caption><thead><tr><th>b</th></tr></thead> <tbody><tr><td>c</td></tr></tbody></table>",
    "<table width=600><tr><td align='center'><table><tr><td>in</td></tr></table></td></tr>\n<tr><td></td></tr></table>",
    "<!DOCTYPE html>\n<html><head><meta charset=utf-8><title>T</title><style>p>a {}</style></head><body>x</body></html>",
    "a<!-- <p> > -->b<!--[if mso]><table><tr><td><![endif]-->c<!----><![endif]><?xml x?>",
    '<a href="https://x.example/?a=1&b=2&copy=3" title="a &gt; b\xa0c">x</a>',
    "&#65;&#x1F600;&Auml;&auml&copy2;&notit;&nbsp;\xa0&zwj;&fjlig;&bogus;& &;5 > 4",
    "<div>never closed <b>at all",
    "<DIV STYLE='color:red;position:fixed' onclick=x()>a</DIV>",
]
# What only a parser knows, and why
NOT_SIMPLE = {
    "crossed": "<b><i>a</b></i>",
    "not opened": "a</div>",
    "end of a paragraph that was not opened": "a</p>",
    "a block ends the paragraph": "<p>a<div>b</div></p>",
    "a paragraph ends the paragraph": "<p>a<p>b",
    "a table ends the paragraph": "<p><b><table></table></b></p>",
    "an item ends the item": "<ul><li>a<li>b</ul>",
    "an item without a list": "<li>a</li>",
    "a definition without a list": "<dd>a</dd>",
    "a link ends the link": '<a href="https://x.example">a<b><a href="https://y.example">b</a></b></a>',
    "a heading ends the heading": "<h1><h2>a</h2></h1>",
    "text in a table stands before it": "<table>a<tr><td>b</td></tr></table>",
    "a blank that is none": "<table>&nbsp;<tr><td>b</td></tr></table>",
    "a tag in a table stands before it": "<table><b>a</b><tr><td>b</td></tr></table>",
    "a cell without a row": "<table><td>a</td></table>",
    "a row without a table": "<tr><td>a</td></tr>",
    "a cell ends the cell": "<table><tr><td>a<td>b</tr></table>",
    "columns": "<table><colgroup><col></colgroup></table>",
    "a title in a table": "<table><title>a</title></table>",
    "a greater-than sign in an attribute": '<img alt="a > b">',
    "a tag in an attribute": '<img alt="<b>">',
    "a comment in an attribute": '<img alt="<!--"><b>x</b><img alt="-->">',
    "no blank between attributes": '<img alt="a"title="b">',
    "a quote that is never closed": '<img alt="a>b',
    "a tag that is never closed": "a <b",
    "a comment that is never closed": "a <!-- b",
    "comments that are empty": "<!-->a-->b<!--->c-->",
    "a comment that ends early": "<!-- a --!><b>b</b> -->",
    "a style that is never closed": "<style>p {}",
    "a tag in a style": "<style>a<b>c</b></style>",
    "a tag in a style that is never closed": "<style>a<br>b",
    "no tag": "5 < 6 <3",
    "an end tag without a name": "a</>b</ >",
    "a break that ends": "a</br>",
    "a script": "<script>a()</script>",
    "drawings": "<svg><b>a</b></svg>",
    "forms": "<form><b>a</b></form>",
    "lines of the first kind": "a\r\nb",
    "a NUL": "a\0b",
    "a byte order mark": "\ufeffa",
    "characters of Windows": "&#150;",
    "no character": "&#0;&#xD800;&#1114112;&#xFFFF;",
    "a number that is none": "&#;&#x;",
    "depth": "<div>" * 101,
    "a first line end that is not shown": "<pre>\na</pre>",
}
BUSY = {
    "comment": "<!--" + "<" * 190_000,
    "comments": "<!--" * 45_000,
    "blanks": "<a" + " " * 190_000 + "<b>",
    "attributes": "<a " + "b=c " * 45_000 + ">",
    "names": "<a " + "b " * 90_000 + ">",
    "half attributes": "<a " + "b = " * 45_000 + ">",
    "other tags": "".join(f"<b title={number}></b>" for number in range(10_000)),
    "other numbers": "&#" * 90_000,
    "ampersands": "&" * 190_000,
    "paragraph": "<p>" + "<b>" * 98 + "<i></i>" * 20_000,
}


def quick(html):
    return sanitize._quick(html)


@pytest.mark.parametrize("html", SIMPLE)
def test_simple_html_is_as_the_parser_would_have_it(html):
    assert quick(html) == sanitize.clean_exactly(html)


@pytest.mark.parametrize("why", NOT_SIMPLE)
def test_the_rest_is_left_to_the_parser(why):
    assert quick(NOT_SIMPLE[why]) is None


@pytest.mark.parametrize("why", BUSY)
def test_nothing_takes_long(why):
    start = time.process_time()
    quick(BUSY[why])
    assert time.process_time() - start < SECONDS


def test_mails_as_programs_write_them_are_simple():
    bodies = [sanitize._body_as_div(mime.read(raw).body_html) for raw in islice(mixed(100), 100)]
    assert [quick(html) for html in bodies] == [sanitize.clean_exactly(html) for html in bodies]


def test_hostile_and_broken_html():
    bodies = [*hostile_html.cases("x.example").values(), *(mime.read(mail.raw).body_html for mail in MAILS)]
    found = [(quick(html), html) for html in bodies]
    assert [(cleaned, html) for cleaned, html in found if cleaned not in (None, sanitize.clean_exactly(html))] == []
    assert sum(cleaned is not None for cleaned, _html in found) > len(found) / 10


def test_tags_are_not_remembered_for_ever():
    quick("".join(f"<b title={number}></b>" for number in range(10_000)))
    assert len(sanitize._quick._tags) < 5000
    sanitize._quick._tags.clear()
    quick(f"<b title='{'a' * 2000}'></b>")
    assert max(map(len, sanitize._quick._tags)) < 10


class Writer:
    """Writes HTML that is simple, or a little less than that."""

    VOID = ("br", "hr", "img", "wbr", "meta", "link")
    CHILDREN = {
        "table": ("tr", "tr", "tbody", "thead", "tfoot", "caption", "colgroup"),
        "tbody": ("tr",),
        "thead": ("tr",),
        "tfoot": ("tr",),
        "tr": ("td", "td", "th"),
        "ul": ("li",),
        "ol": ("li",),
        "dl": ("dt", "dd"),
    }
    INLINE = tuple("a b i u span font em strong br img small s code abbr sub".split())
    BLOCKS = tuple("div p table table ul ol dl h1 h2 blockquote center pre hr o:p details section".split())
    ODD = tuple("html head body script svg form button select option noscript colgroup col ruby rt object".split())
    ATTRIBUTES = (
        *('class="x"', 'style="color:red"', "style='background:url(x)'", 'href="https://a.example/?a=1&b=2"'),
        *(
            "href=javascript:alert(1)",
            'src="cid:x"',
            "src=http://x/",
            'width = "5"',
            'alt="a &gt; b"',
            "width=1 width=2",
        ),
        *(
            'alt="&quot;x&nbsp;"',
            'onclick="x()"',
            "dir",
            "DIR=rtl",
            "alt='a\"b'",
            'alt="é\xa0"',
            'alt="&copy"',
            'title="a\nb"',
        ),
        *("xmlns:o='urn:x'", 'src="data:image/png;base64,AA=="', 'href="https://x/?a&copy=1"', "alt="),
    )
    ODD_ATTRIBUTES = ('alt="a > b"', 'title="<b>"', 'a"b', 'style="color:red', "=x", "/", "align=center/", 'alt="a"b=c')
    TEXTS = (
        *(
            "a",
            "b c",
            " ",
            "\n",
            "\t\n",
            "&amp;",
            "&nbsp;",
            "&lt;b&gt;",
            "a & b",
            "&copy",
            "&copyx",
            "&notit;",
            "&#65;",
        ),
        *("&bogus;", "é", "\xa0", "a > b", "]]>", "&", "\u2028", "\x01", "\u3000", "&AMP", "&Auml;", "-->", "<!--a-->"),
        *("<!-- a > b -->", "<!--[if mso]><p>x</p><![endif]-->", "<![endif]>", "<!doctype html>", "<?xml x?>"),
        *("<style>p>a{}</style>", "<title>x</title>", "<STYLE type=x>a</style >", "&#8203;", "\U0001f600", "&fjlig;"),
    )
    ODD_TEXTS = (
        *(
            "<",
            "x<y",
            "< b",
            "</",
            "</>",
            "<p",
            "<!--",
            "<!-->",
            "<!--->",
            "<!--a--!>b-->",
            "<!--a-- >b-->",
            "&#0;",
            "&#x;",
        ),
        *("&#128;", "&#xD800;", "&#1114112;", "\x0c", "\0", "\r", "\ufeff", "<style>a<b</style>", "<style/>a</style>"),
        *("<title>a&lt;</title>", "<title>a</title/>", "&#127;", "&#65534;", "&#"),
    )

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def write(self):
        self.oddness = self.dice.choice((0, 0, 0.02, 0.1, 0.3))
        return self._content("", self.dice.randrange(1, 6))

    def _is_odd(self):
        return self.dice.random() < self.oddness

    def _content(self, parent, depth):
        written = []
        for _piece in range(self.dice.choice((1, 1, 2, 3, 4))):
            if depth and self.dice.random() < 0.55:
                written.append(self._element(parent, depth))
            elif parent in ("table", "tbody", "tr", "thead", "tfoot") and not self._is_odd():
                written.append(self.dice.choice(("", " ", "\n")))
            else:
                written.append(self.dice.choice(self.ODD_TEXTS if self._is_odd() else self.TEXTS))
        return "".join(written)

    def _element(self, parent, depth):
        inline = parent == "p" or parent in self.INLINE
        names = self.CHILDREN.get(parent) or (self.INLINE if inline else self.INLINE + self.BLOCKS)
        if self._is_odd():
            names = self.INLINE + self.BLOCKS + self.ODD + self.VOID + sum(self.CHILDREN.values(), ())
        name = self.dice.choice(names)
        written = name.upper() if self.dice.random() < 0.05 else name
        attributes = [
            self.dice.choice((" ", " ", "\n", "  "))
            + self.dice.choice(self.ODD_ATTRIBUTES if self._is_odd() else self.ATTRIBUTES)
            for _attribute in range(self.dice.choice((0, 0, 0, 1, 1, 2, 3)))
        ]
        ends = ("", "", " ", "/", " /") if name in self.VOID or self._is_odd() else ("", "", " ")
        start = f"<{written}{''.join(attributes)}{self.dice.choice(ends)}>"
        if name in self.VOID:
            return start
        end = "" if self._is_odd() else f"</{name}{self.dice.choice(('', '', ' '))}>"
        extra = f"</{self.dice.choice(self.INLINE + self.BLOCKS)}>" if self._is_odd() else ""
        return start + self._content(name, depth - 1) + end + extra


SEEDS = [pytest.param(seed, marks=[pytest.mark.long] if seed > 2 else []) for seed in range(25)]


@pytest.mark.parametrize("seed", SEEDS)
def test_html_made_up(seed):
    writer, simple = Writer(seed), 0
    for _html in range(20_000):
        html = writer.write()
        if (cleaned := quick(html)) is not None:
            assert cleaned == sanitize.clean_exactly(html), html
            simple += len(html) > 80
    assert simple > 500

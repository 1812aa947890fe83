# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""HTML of mails: what stays, what goes, and that nothing takes long."""

import re
import time

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol.sanitize import clean_html, html_to_text

_LINK = 'target="_blank" rel="noopener noreferrer"'

# what a mail says, what is left of it
KEPT = [
    ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
    ("5 < 6 & 7 > 6", "5 &lt; 6 &amp; 7 &gt; 6"),
    (
        '<table width="600" bgcolor="#eee" align="center"><tr><td valign="top" nowrap="">x</td></tr></table>',
        '<table width="600" bgcolor="#eee" align="center">'
        '<tbody><tr><td valign="top" nowrap="">x</td></tr></tbody></table>',
    ),
    ('<font color="red" face="Arial" size="2">x</font>', '<font color="red" face="Arial" size="2">x</font>'),
    ('<img src="cid:a@b" alt="Logo" width="10">', '<img src="cid:a@b" alt="Logo" width="10">'),
    ('<img src="https://x.example/a.png">', '<img src="https://x.example/a.png">'),
    ('<img src="data:image/png;base64,iVBORw0KGgo=">', '<img src="data:image/png;base64,iVBORw0KGgo=">'),
    ('<a href="https://x.example/?a=1&amp;b=2">x</a>', f'<a href="https://x.example/?a=1&amp;b=2" {_LINK}>x</a>'),
    ('<a href="mailto:a@x.example">x</a>', f'<a href="mailto:a@x.example" {_LINK}>x</a>'),
    ('<a href="tel:+49123">x</a>', f'<a href="tel:+49123" {_LINK}>x</a>'),
    ('<a href="#one">x</a><h2 id="one">y</h2>', '<a href="#comm-1">x</a><h2 id="comm-1">y</h2>'),
    (
        '<a name="%C3%9Cber uns">x</a><a href="#%C3%9Cber%20uns">y</a><a id="Über uns" title="z">z</a>',
        f'<a {_LINK}>x</a><a href="#comm-1">y</a><a id="comm-1" title="z" {_LINK}>z</a>',
    ),
    ('<p id="body" class="a">x</p><a HREF = "#TOP">y</a>', '<p>x</p><a href="#top">y</a>'),
    ('<blockquote type="cite">x</blockquote>', '<blockquote type="cite">x</blockquote>'),
    (
        '<body bgcolor="#fff" text="navy"><p>x</p></body>',
        '<div style="color: navy; background-color: #fff"><p>x</p></div>',
    ),
    ('<div class="a" id="b" style="color: red">x</div>', '<div style="color: red">x</div>'),
    ("<o:p>x</o:p><center>y</center>", "x<center>y</center>"),
    ('<p>text that says style="position:fixed"</p>', '<p>text that says style="position:fixed"</p>'),
]
DROPPED = [
    ("<script>alert(1)</script>x", "x"),
    ("<style>p {color: red}</style>x", "x"),
    ("<title>t</title>x", "x"),
    ("<!-- c -->x<!--[if mso]><p>y</p><![endif]-->", "x"),
    ('<iframe src="https://x.example"></iframe><object data="a"></object><embed src="a">x', "x"),
    ('<svg onload="alert(1)"><circle/></svg><math><mi>a</mi></math>x', "x"),
    ('<form action="https://x.example"><input name="a"><button>Go</button></form>', "Go"),
    ('<base href="https://x.example"><meta http-equiv="refresh" content="0"><link rel="stylesheet" href="a">x', "x"),
    ('<video src="a"></video><audio src="b"></audio><template><p>y</p></template>x', "x"),
    ('<p onclick="a()" onmouseover="b()">x</p>', "<p>x</p>"),
    ('<img src="https://x.example/a.png" onerror="a()" srcset="b 2x">', '<img src="https://x.example/a.png">'),
    ('<table background="https://x.example/a.png"></table>', "<table></table>"),
    ('<img src="data:image/svg+xml;base64,PHN2Zz4=">', "<img>"),
    (
        '<img src="data:text/html,x"><img src="javascript:x"><img src="a.png"><img src="//x.example/a">',
        "<img><img><img><img>",
    ),
    ('<img src="mailto:a@x.example">', "<img>"),
    *[
        (f'<a href="{target}">x</a>', f"<a {_LINK}>x</a>")
        for target in (
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "&#106;avascript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "cid:a@b",
            "file:///etc/passwd",
            "#",
            "#not-there",
            "page.html",
            "page.html#one",
            "//x.example",
        )
    ],
    # An attribute that looks like the next one
    ('<a title="x style=" href="data:text/html,x">y</a>', f'<a title="x style=" {_LINK}>y</a>'),
    ("<a title='\" href=\"javascript:x'>y</a>", f'<a title="&quot; href=&quot;javascript:x" {_LINK}>y</a>'),
    ('<noscript><p title="</noscript><img src=x onerror=a()>"></noscript>', None),
    ("<svg><style><img src=x onerror=a()></style></svg>", None),
    ("<math><mtext><table><mglyph><style><img src=x onerror=a()>", None),
    ("<a href=\"https://x.example/\x01\" style='}'>x</a>", None),
]

# style attribute, what is left of it
STYLES = [
    ("color: red", "color: red"),
    ("COLOR:Red;Font-Size:10.0pt", "color: Red; font-size: 10.0pt"),
    ("font-family: 'Segoe UI', \"Arial\", sans-serif", "font-family: 'Segoe UI', \"Arial\", sans-serif"),
    (
        "margin:0 auto!important; padding-left:4px; border-top:1px solid #ccc",
        "margin: 0 auto!important; padding-left: 4px; border-top: 1px solid #ccc",
    ),
    (
        "background:rgb(1, 2, 3);width:calc(100% - 2px);color:rgba(0,0,0,.5)",
        "background: rgb(1, 2, 3); width: calc(100% - 2px); color: rgba(0,0,0,.5)",
    ),
    ("color: red; /* a ; comment */ width: 1px", "color: red; width: 1px"),
    ("mso-line-height-rule: exactly; color: red; nonsense", "color: red"),
    ("position: fixed; top: 0; left: 0; z-index: 9", ""),
    ("background: url(https://x.example/a.png)", ""),
    ("background-image: url(https://x.example/a.png)", ""),
    ("background: u\\72l(https://x.example)", ""),
    ("background: url/**/(https://x.example)", ""),
    ("background: image-set('https://x.example/a.png' 1x)", ""),
    ("background: -webkit-image-set(url('x') 1x)", ""),
    ("width: expression(alert(1))", ""),
    ("list-style-image: url(x); content: 'x'; behavior: url(x); -moz-binding: url(x)", ""),
    ("color: red; background: url(a;b); width: 1px", "color: red; width: 1px"),
    ("transform: scale(9); animation: x 1s; filter: blur(1px); cursor: none", ""),
    ("color: red} body {color: blue", ""),
    ("font-family: 'a; color: red", "color: red"),
    ("color: var(--x); color: attr(href)", ""),
    ("--x: url(a); color: red", "color: red"),
    ("@import 'a'; color: red", "color: red"),
]

# HTML, its words
TEXTS = [
    ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("One<br>Two<br/>Three", "One\nTwo\nThree"),
    ("One\r\n  two\tthree", "One two three"),
    ("<div>One</div><div>Two</div>", "One\nTwo"),
    ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("<head><title>T</title><style>p {}</style></head><body>x<script>y</script></body>", "x"),
    ("a &amp; b &lt;c&gt; &uuml;&nbsp;&#8364;", "a & b <c> ü €"),
    ("<!-- no --><b>bo</b>ld", "bold"),
    ("<pre>one\n two</pre>", "one\ntwo"),
    ('<img alt="a > b">after', "after"),
    ("<a href='x'>link</a> 5 < 6", "link 5 < 6"),
    ("unclosed <a href='x", "unclosed"),
    ("<p><p><p><p>x<br><br><br><br>y", "x\n\ny"),
    ("", ""),
]

# HTML that keeps a parser busy if it can
BUSY = {
    "depth": "<div>" * 100_000,
    "tables": "<table><tr><td>" * 30_000,
    "open formatting": "<p>" + "".join(f"<font color={number}>" for number in range(5000)) + "<p>x" * 5000,
    "less open formatting": "<p>" + "".join(f"<b title={number}>" for number in range(490)) + "<p>x" * 490,
    "attributes": "<div " + " ".join(f"a{number}" for number in range(100_000)) + ">",
    "attributes around quotes": "<div " + "".join(f"a{number}='>' " for number in range(100_000)) + ">",
    "ampersands": "&" * 500_000,
    "entities": "&amp;" * 200_000,
    "comments": "<!--" * 200_000,
    "comments in a style": f'<p style="{"<!--" * 200_000}">',
    "quotes in a style": f'<p style="{chr(39) * 100_000}">',
    "open tags": "<a " * 300_000,
    "open quotes": "<a b='" * 200_000,
    "open styles": "<style>" * 100_000,
    "open pre": "<pre" * 200_000,
    "body tags": "<body " * 200_000,
    "spaces": "<p>" + " " * 1_000_000,
    "less-than signs": "<" * 150_000,
    "links to places": '<blockquote><a href="#a">'
    + "".join(f'<a href="#{number}" id="x{number}">' for number in range(60_000)),
    "quotes around links": "<blockquote>" * 4000 + '<a href="#a%41">x</a>' * 4000,
    "an image": f'<img src="data:image/png;base64,{"A" * 5_000_000}">',
}


class TestCleanHtml(BaseCase):
    def test_kept(self):
        for source, expected in KEPT:
            with self.subTest(source):
                self.assertEqual(clean_html(source), expected)

    def test_dropped(self):
        for source, expected in DROPPED:
            cleaned = clean_html(source)
            with self.subTest(source):
                self._assert_harmless(cleaned)
                if expected is not None:
                    self.assertEqual(cleaned, expected)

    def test_styles(self):
        for source, expected in STYLES:
            escaped = source.replace('"', "&quot;")
            cleaned = clean_html(f'<p style="{escaped}">x</p>').replace("&#x27;", "'").replace("&quot;", "~")
            with self.subTest(source):
                style = expected.replace('"', "~")
                self.assertEqual(cleaned, f'<p style="{style}">x</p>' if expected else "<p>x</p>")

    def test_again_changes_nothing(self):
        for source, _expected in (*KEPT, *DROPPED):
            with self.subTest(source):
                once = clean_html(source)
                self.assertEqual(clean_html(once), once)

    def test_each_link_leads_to_the_place_in_its_own_mail(self):
        """Whether it is quoted as most programs do that, or below the header lines of Outlook."""
        mail = '<a href="#one">to {0}</a><h2 id="one">{0}</h2><a href="#all">back to {0}</a>'
        older = f'<blockquote>{mail.format("older")}<p id="all"></p></blockquote>'
        outlook = f"<div><b>From:</b> Anna<br><b>Sent:</b> Monday</div>{mail.format('oldest')}"
        cleaned = clean_html(f'{mail.format("new")}<p name="all">x</p>{older}{outlook}<a name="all">y</a>')
        for name, number in (("new", 1), ("older", 2), ("oldest", 4)):
            with self.subTest(name):
                self.assertIn(f'<a href="#comm-{number}">to {name}</a><h2 id="comm-{number}">{name}</h2>', cleaned)
        self.assertEqual(
            re.findall(r'"#comm-(\d)">back to (\w+)', cleaned), [("3", "new"), ("3", "older"), ("5", "oldest")]
        )
        self.assertEqual(re.findall(r' id="comm-(\d)"', cleaned), list("12345"))

    def test_large_mail_is_cleaned_alike(self):
        """Beyond a size the HTML is written anew first; what comes out is the same."""
        link = '<a href="https://x.example/?a&amp;b">a &amp; b</a><br>c'
        rows = f'<tr><td style="color: red" width="9">1</td><td>{link}</td></tr>' * 40
        small = f'<div><table border="1"><tbody>{rows}</tbody></table><p>é "q" &lt;</p></div>'
        self.assertEqual(clean_html(small * 80), clean_html(small) * 80)

    def test_hostile_shapes_take_no_time(self):
        for name, source in BUSY.items():
            for function in (clean_html, html_to_text):
                start = time.process_time()
                function(source)
                with self.subTest(name, function=function.__name__):
                    self.assertLess(time.process_time() - start, 3)

    def test_busy_html_is_harmless_too(self):
        evil = '<img src=x onerror="a()"><script>b()</script><p style="position:fixed">x</p>'
        for name in ("depth", "open formatting", "ampersands"):
            with self.subTest(name):
                self._assert_harmless(clean_html(evil + BUSY[name] + evil))

    def _assert_harmless(self, cleaned):
        tags = re.findall(r"<[^>]*>", cleaned)
        self.assertFalse(
            [tag for tag in tags if re.search(r"\son\w+=|javascript:(?!x)|position|<(?:script|style|svg)", tag)]
        )


class TestHtmlToText(BaseCase):
    def test_text(self):
        for source, expected in TEXTS:
            with self.subTest(source):
                self.assertEqual(html_to_text(source), expected)

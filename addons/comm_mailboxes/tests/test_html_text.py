import time

from odoo.tests import BaseCase, tagged

from ..protocol.html_text import text_of
from ..protocol.mime_address import with_commas
from ..protocol.mime_write import without_bcc


@tagged("post_install", "-at_install")
class TestHtmlText(BaseCase):
    """The same cases as in ``composer_text.test.js``: both say the same in plain text."""

    CASES = (
        ("<p>Dear Ben,</p><p>see <b>this</b>:<br>line</p>", "Dear Ben,\n\nsee this:\nline"),
        ("<div>one</div><div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"),
        (
            "<ul><li>one</li><li>two</li></ul><ol><li><p>first</p></li><li>second</li></ol>",
            "- one\n- two\n\n1. first\n2. second",
        ),
        ('<ol start="7"><li>seven</li>and<li>eight</li></ol>', "7. seven\nand\n8. eight"),
        (
            '<a href="https://x.org/a">here</a> <a href="https://x.org">https://x.org</a>',
            "here <https://x.org/a> https://x.org",
        ),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        (
            "<p>Yes.</p><p>Ben wrote:</p><blockquote><p>Really?</p><blockquote>No.</blockquote></blockquote>",
            "Yes.\n\nBen wrote:\n\n> Really?\n>\n>> No.",
        ),
        # RFC 3676, 4.3: the blank is what makes it the line above a signature
        ("<p>Hello</p><div>-- <br>Anna<br>Sales</div>", "Hello\n\n-- \nAnna\nSales"),
        ("<p>Hello</p><div>-- <br><p>Anna</p></div>", "Hello\n\n-- \nAnna"),
        ("<p>Hello</p><div>-- <br></div>", "Hello\n\n-- "),
        ("<p>one --</p>", "one --"),
        ('<p>See <img src="cid:1" alt="Logo"> <img src="cid:2"></p>', "See [Logo]"),
        ("<style>p {color: red}</style><p>a&nbsp;&lt;b&gt; &amp; c</p><!-- not this -->", "a <b> & c"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("", ""),
        (" \n ", ""),
    )

    def test_words_as_people_write_them(self):
        for markup, text in self.CASES:
            with self.subTest(markup):
                self.assertEqual(text_of(markup), text)

    def test_it_ends_however_deep_others_nest(self):
        # lxml itself takes 255 levels.
        for tag in ("div", "blockquote", "ul><li"):
            deep = f"<{tag}>" * 60 + "word" + "<i>" * 100 + "more"
            with self.subTest(tag):
                self.assertIn("word", text_of(deep))
                self.assertIn("more", text_of(deep))

    def test_long_lists_and_tables_take_no_time(self):
        for markup in ("<ol>" + "<li>x" * 50_000, "<table>" + "<tr><td>x<td>y" * 50_000, "<p>x" * 50_000):
            start = time.process_time()
            with self.subTest(markup[:10]):
                self.assertTrue(text_of(markup))
                # Measured 0.6 at most; what is quadratic takes minutes.
                self.assertLess(time.process_time() - start, 20)

    def test_semicolons_part_addresses_outside_of_names_and_groups(self):
        for typed, read in (
            ("a@x.org; b@x.org;c@x.org;", "a@x.org, b@x.org,c@x.org,"),
            ('"Doe; John" <j@x.org>; "Roe, Jane" <r@x.org>', '"Doe; John" <j@x.org>, "Roe, Jane" <r@x.org>'),
            ("a@x.org (one; two); b@x.org", "a@x.org (one; two), b@x.org"),
            ("undisclosed-recipients:;", "undisclosed-recipients:;"),
            ("friends: a@x.org, b@x.org; c@x.org; d@x.org", "friends: a@x.org, b@x.org; c@x.org, d@x.org"),
            ('"never closed; a@x.org', '"never closed; a@x.org'),
        ):
            with self.subTest(typed):
                self.assertEqual(with_commas(typed), read)

    def test_nothing_but_the_field_itself_goes_from_a_header(self):
        for raw, left in (
            (b"To: a@x\r\nbCC: b@x,\r\n c@x\r\n\td@x\r\nSubject: Bcc: x\r\n\r\nBcc: text\r\n",
             b"To: a@x\r\nSubject: Bcc: x\r\n\r\nBcc: text\r\n"),
            (b"Bcc: b@x\r\nTo: a@x\r\n\r\n\r\nText", b"To: a@x\r\n\r\n\r\nText"),
            (b"To: a@x\n b@x\nBcc: c@x\n\nText", b"To: a@x\n b@x\n\nText"),
            (b"Resent-Bcc: b@x,\r\n c@x\r\nresent-To: d@x\r\n\r\n", b"resent-To: d@x\r\n\r\n"),
            (b"X-Bcc: b@x\r\n\r\n", b"X-Bcc: b@x\r\n\r\n"),
            (b"To: a@x\r\nBcc: b@x\r\n", b"To: a@x\r\n"),
        ):  # fmt: skip
            with self.subTest(raw):
                self.assertEqual(without_bcc(raw), left)

import doctest
import time

from odoo.tests import BaseCase

from ..protocol import shown_address
from ..protocol.message_view import (
    folded,
    misleading,
    remote_images,
    text_as_html,
    with_named_links,
    without_remote_images,
)
from ..protocol.sanitize import clean_html
from ..protocol.shown_address import claimed_address, host_of

FOLD, END = '<details class="comm_quote"><summary>Quoted</summary>', "</details>"


class TestFolding(BaseCase):
    def parts(self, html):
        """Return what stands before the fold, in it and behind it."""
        shown = folded(clean_html(html), "Quoted")
        self.assertEqual(shown.count(FOLD), shown.count(END))
        self.assertIn(FOLD, shown)
        before, rest = shown.split(FOLD)
        return [before, *rest.split(END)]

    def test_the_quote_at_the_end_with_what_it_quotes(self):
        before, quote, behind = self.parts(
            '<p>Yes</p><blockquote type="cite"><p>May I?</p><blockquote>Older</blockquote></blockquote>'
        )
        self.assertEqual((before, behind), ("<p>Yes</p>", ""))
        self.assertIn("Older", quote)

    def test_blank_lines_after_the_quote_do_not_matter(self):
        self.assertIn("Old", self.parts("<p>Yes</p><blockquote>Old</blockquote><p> <br></p>")[1])

    def test_header_lines_of_outlook(self):
        for header in (
            "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>Von:</b> Anna &lt;a@example.com&gt;<br>"
            "<b>Gesendet:</b> Montag<br><b>An:</b> Ben</p></div>",
            "<hr><div id='divRplyFwdMsg'><font><b>From:</b> Anna<br><b>Sent:</b> Monday</font></div>",
            "<p>-----Original Message-----<br>From: Anna<br>Date: Monday</p>",
            "<p><b>De :</b> Anna<br><b>Envoyé :</b> lundi</p>",
        ):
            with self.subTest(header):
                before, quote, behind = self.parts(f"<div><p>Yes</p>{header}<p>May I?</p></div>")
                self.assertEqual((before, behind), ("<div><p>Yes</p>", "</div>"))
                self.assertIn("May I?", quote)

    def test_what_stays_open(self):
        for html in (
            "<p>Nothing quoted</p>",
            "<blockquote>A mail that is nothing but a quote</blockquote>",
            "<p>Question 1</p><blockquote>Old</blockquote><p>Answered line by line</p>",
            "<p>From: here to there, it takes an hour</p><p>More</p>",
            "<div>a<p>From: x Sent: y</p></div><p>Something behind what looked like a header</p>",
        ):
            with self.subTest(html):
                self.assertNotIn("<details", folded(clean_html(html), "Quoted"))

    def test_plain_text(self):
        for text, above, below in (
            ("Yes\n\n> May I?\n>> Older\n", "Yes", "&gt; May I?"),
            ("Yes\n\n-----Original Message-----\nFrom: A\nSent: now\nTo: B\n\nMay I?", "Yes", "May I?"),
        ):
            with self.subTest(text):
                before, quote = text_as_html(text, "Quoted").split(FOLD)
                self.assertIn(above, before)
                self.assertIn(below, quote)
                self.assertNotIn("<details", text_as_html(text, ""))
        for text in ("> Nothing but a quote", "> Old\nAnswered below", "Plain"):
            with self.subTest(text):
                self.assertNotIn("<details", text_as_html(text, "Quoted"))

    def test_hostile_pages_do_not_keep_it_busy(self):
        page = "<div><p>From: x</p><blockquote>" * 20_000
        self.assertNotIn("<details", folded(page, "Quoted"))
        with_named_links('<a href="https://x.example">www.y.example</a>' * 20_000)


class TestLinks(BaseCase):
    def test_links_that_show_another_host(self):
        for text, href, shown in (
            ("https://bank.example/login", "https://evil.example/", "bank.example"),
            ("www.bank.example", "http://bank.example.evil.example/", "www.bank.example"),
            ("bank.example", "https://evil.example", "bank.example"),
            ("Go to https://bank.example now", "https://evil.example", "bank.example"),
            ("https://bank.example", "https://bank.example@evil.example/", "bank.example"),
            ("https://bank.example", "https:\\\\evil.example\\@bank.example", "bank.example"),
            ("https://bank.example", "https://[broken", "bank.example"),
            ("service@bank.example", "mailto:x@evil.example", "service@bank.example"),
            ("service@bank.example", "https://evil.example/m", "service@bank.example"),
            ("Write to service＠bank。example", "https://evil.example/m", "service@bank.example"),
            ("ｂank．example", "https://evil.example", "bank.example"),
            ("bank.example.", "https://evil.example", "bank.example"),
            ("»bank.example«", "https://evil.example", "bank.example"),
            ("→ bank.example/x/ ✔", "https://evil.example", "bank.example"),
            ("https:// bank.example", "https://evil.example", "bank.example"),
            ("Login at paypal.com", "https://evil.example", "paypal.com"),
            ("Login at Paypal.Com!", "https://evil.example", "paypal.com"),
            ("Weiter (sparkasse.de) hier", "https://evil.example", "sparkasse.de"),
        ):
            with self.subTest(text, href=href):
                self.assertEqual(misleading(text, href), shown)

    def test_links_that_are_what_they_show(self):
        for text, href in (
            ("Read more", "https://evil.example"),
            ("https://www.bank.example", "https://bank.example/de/"),
            ("bank.example", "https://login.bank.example/x"),
            ("BANK.example/x", "https://bank.example/x"),
            ("münchen.example", "https://xn--mnchen-3ya.example/"),
            ("offer.pdf", "https://files.example/1"),
            ("anna@example.com", "mailto:Anna@example.com?subject=x"),
            ("anna@example.com", "https://www.example.com/contact"),
            ("Version 1.2.3", "https://example.com"),
            ("Angebot.pdf.", "https://files.example/1"),
            ("See Angebot.pdf, z.B. Node.js or ASP.NET, e.g. Socket.io 1.2.3", "https://example.com"),
            ("Ende.Neuer Satz.Am Montag", "https://example.com"),
            ("Ende.Neuer", "https://example.com"),
            ("Login at mail.paypal.com", "https://paypal.com"),
            ("Login at paypal.com", "https://mail.paypal.com/x"),
            ("Go to https://bank.example, please", "https://bank.example/"),
        ):
            with self.subTest(text):
                self.assertEqual(misleading(text, href), "")

    def test_the_target_is_the_tooltip_and_stands_behind_what_misleads(self):
        html, links = with_named_links(
            clean_html(
                '<a href="https://evil.example/x?a=1&amp;b=2" title="bank.example">https://<b>bank</b>.example</a>'
            )
        )
        self.assertIn('title="https://evil.example/x?a=1&amp;b=2"', html)
        self.assertNotIn('title="bank.example"', html)
        self.assertIn('</a> <span class="comm_target">[evil.example]</span>', html)
        self.assertEqual([(link.shown, link.target) for link in links], [("bank.example", "evil.example")])

    def test_hidden_text(self):
        for inner in (
            'bank.example <span style="display: none">xyz</span>',
            '<span style="font-size:0px"><b>x</b>y </span>bank.example',
            '<span style="display:none;display:inline">https://bank.example</span>',
        ):
            with self.subTest(inner):
                links = with_named_links(clean_html(f'<a href="https://evil.example">{inner}</a>'))[1]
                self.assertEqual([link.shown for link in links], ["bank.example"])
        for inner in (
            '<img src="cid:a" alt="Logo">',
            "Ende.<br>Neuer Satz",
            '<span style="font-size:0.9em">More</span>',
        ):
            with self.subTest(inner):
                self.assertFalse(with_named_links(clean_html(f'<a href="https://evil.example">{inner}</a>'))[1])

    def test_long_hostile_texts_take_the_time_of_their_length(self):
        for text in (
            "a." * 500_000,
            "a-" * 500_000,
            "a.com_" * 200_000,
            "www." * 250_000,
            "." * 1_000_000,
            "@a." * 300_000,
        ):
            with self.subTest(text[:10]):
                start = time.process_time()
                misleading(text, "https://evil.example")
                self.assertLess(time.process_time() - start, 5)

    def test_a_link_within_the_mail_leads_to_no_host(self):
        html, links = with_named_links(clean_html('<a title="x" href="#one">www.bank.example</a><a name="one">1</a>'))
        self.assertTrue(html.startswith('<a href="#comm-1">www.bank.example</a><a id="comm-1"'), html)
        self.assertFalse(links)

    def test_links_in_plain_text(self):
        html = text_as_html("See https://a.example/b_(c), (www.x.example) or anna@example.com. <b>", "")
        self.assertIn('href="https://a.example/b_(c)" target="_blank" rel="noopener noreferrer"', html)
        self.assertIn('href="https://www.x.example"', html)
        self.assertIn('href="mailto:anna@example.com"', html)
        self.assertIn("&lt;b&gt;", html)
        self.assertEqual(
            text_as_html("javascript:alert(1) http:// www.", ""), "<pre>javascript:alert(1) http:// www.</pre>"
        )

    def test_host_of(self):
        self.assertEqual(host_of("ht\ntps://Evil.Example./x"), "evil.example")
        self.assertEqual(host_of("no address"), "")


class TestRemoteImages(BaseCase):
    def test_they_are_counted_and_taken_out(self):
        html = clean_html(
            '<img alt="Logo > all" src="https://x.example/a"><img src="cid:b"><img src="data:image/png;base64,AAAA">'
        )
        self.assertEqual(remote_images(html), 1)
        without = without_remote_images(html)
        self.assertEqual(remote_images(without), 0)
        self.assertNotIn("x.example", without)
        self.assertIn('<span class="comm_picture">Logo &gt; all</span>', without)
        self.assertEqual(without.count("<img"), 2)
        self.assertIn("cid:b", without)
        self.assertIn("data:image/png", without)

    def test_what_stands_for_a_picture_is_text_and_nothing_else(self):
        html = clean_html(
            '<img src="https://x.example/a" alt="</span><img src=x onerror=alert(1)>"><img src="https://x.example/b">'
        )
        self.assertEqual(
            without_remote_images(html),
            '<span class="comm_picture">&lt;/span&gt;&lt;img src=x onerror=alert(1)&gt;</span>',
        )


class TestNames(BaseCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(shown_address).failed, 0)

    def test_names_that_show_another_address(self):
        for name, claimed in (
            ("paypal@paypal.com", "paypal@paypal.com"),
            ("paypal (at) paypal.com", "paypal@paypal.com"),
            ("paypal [AT] paypal.com", "paypal@paypal.com"),
            ("boss @ firm.test", "boss@firm.test"),
            ("support@paypal", "support@paypal"),
        ):
            with self.subTest(name):
                self.assertEqual(claimed_address(name, "evil@evil.test"), claimed)

    def test_names_that_do_not(self):
        for name in (
            "Anna @ Firma", "Anna@Firma", "Anna @ firma.test", "anna (at) firma.test", "Müller (at work)", "Anna @ Home",
            "@anna", "Anna", "",
        ):  # fmt: skip
            with self.subTest(name):
                self.assertEqual(claimed_address(name, "anna@mail.firma.test"), "")

import doctest
from datetime import date

from odoo.tests import BaseCase, tagged

from .. import search_words
from ..search_words import parse, read_date


@tagged("post_install", "-at_install")
class TestSearchWords(BaseCase):
    def terms(self, text):
        return [f"{'-' * term.is_excluded}{term.place}:{term.text}" for term in parse(text).terms]

    def test_examples(self):
        self.assertEqual(doctest.testmod(search_words).failed, 0)

    def test_terms(self):
        for text, expected in (
            ("offer kitchen", [":offer", ":kitchen"]),
            ('"offer kitchen"', [":offer kitchen"]),
            ("from:anna to:ben@example.com", ["from:anna", "to:ben@example.com"]),
            ('subject:"new offer" -draft', ["subject:new offer", "-:draft"]),
            ("„offer kitchen“ “offer for”", [":offer kitchen", ":offer for"]),
            ("subject:«new offer» -draft", ["subject:new offer", "-:draft"]),
            # As macOS writes the names of files.
            ("ku\u0308che", [":k\u00fcche"]),
            ("-from:anna", ["-from:anna"]),
            ("von:anna an:ben betreff:Angebot", ["from:anna", "to:ben", "subject:Angebot"]),
            ("FROM:Anna", ["from:Anna"]),
            # No operator of ours, so somebody looks for it.
            ("http://example.com re:offer", [":http://example.com", ":re:offer"]),
            # Not finished yet.
            ("from: offer", [":offer"]),
            ('"offer', [":offer"]),
            ("- -- ' \\ : *", []),
            ("", []),
            (None, []),
        ):
            with self.subTest(text):
                self.assertEqual(self.terms(text), expected)

    def test_marks_and_dates(self):
        for text, marks, after, before in (
            ("has:attachment", {"attachment"}, None, None),
            ("hat:Anhang ist:ungelesen", {"attachment", "unread"}, None, None),
            ("is:flagged is:read", {"flagged", "read"}, None, None),
            ("after:2026-02-03 before:2027", set(), date(2026, 2, 3), date(2027, 1, 1)),
            ("nach:3.2.2026 vor:2026-12", set(), date(2026, 2, 3), date(2026, 12, 1)),
        ):
            with self.subTest(text):
                query = parse(text)
                self.assertEqual((query.marks, query.after, query.before, query.terms), (marks, after, before, []))

    def test_what_must_not_be_there(self):
        for text, marks, lacking, after, before in (
            ("-has:attachment", set(), {"attachment"}, None, None),
            ("-hat:anhänge -ist:markiert", set(), {"attachment", "flagged"}, None, None),
            ("-is:unread", {"read"}, set(), None, None),
            ("-before:2026-02-03", set(), set(), date(2026, 2, 3), None),
            ("-nach:3.2.2026", set(), set(), None, date(2026, 2, 3)),
        ):
            with self.subTest(text):
                query = parse(text)
                self.assertEqual(
                    (query.marks, query.lacking, query.after, query.before), (marks, lacking, after, before)
                )
                self.assertTrue(query)

    def test_what_cannot_be_understood_is_told_with_an_example(self):
        for text, unclear in (
            ("is:nothing has:", [("is:nothing", "is:unread"), ("has:", "has:attachment")]),
            ("ist:blau hat:xyz", [("ist:blau", "ist:ungelesen"), ("hat:xyz", "hat:anhang")]),
            ("before:2026-02-31 -after:tomorrow", [("before:2026-02-31", "before:2026-12-31")]),
            ("vor:unsinn", [("vor:unsinn", "vor:31.12.2026")]),
            ("from:  offer", [("from:", "from:anna")]),
            ('Betreff:"??"', [('Betreff:"??"', "Betreff:Angebot")]),
        ):
            with self.subTest(text):
                self.assertEqual(parse(text).unclear[: len(unclear)], unclear)
                self.assertTrue(parse(text))
        self.assertEqual(parse("-after:tomorrow").unclear, [("-after:tomorrow", "-after:2026-12-31")])
        self.assertFalse(parse("size:5 before http://example.com is:read vor:1.2.2026").unclear)

    def test_dates(self):
        self.assertIsNone(read_date("1.2."))
        self.assertEqual(read_date("01.02.2026"), date(2026, 2, 1))

    def test_endless_input_is_cut(self):
        self.assertLessEqual(len(parse("word " * 100_000).terms), search_words.MAX_TERMS)

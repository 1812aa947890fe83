# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What IMAP servers send, read."""

from datetime import datetime

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import imap_grammar


class TestParse(BaseCase):
    def test_data(self):
        for parts, expected in (
            ([b"1 (UID 5)"], [b"1", [b"UID", b"5"]]),
            ([b"(a (b (c)) ()) d"], [[b"a", [b"b", [b"c"]], []], b"d"]),
            ([b'NIL nil Nil "NIL" NILS'], [None, None, None, b"NIL", b"NILS"]),
            ([rb'"a \"b\" \\ c" ""'], [rb'a "b" \ c', b""]),
            ([b'"(not) a list {3}"'], [b"(not) a list {3}"]),
            ([b"BODY[] {3}", b"a\r\n", b" FLAGS (\\Seen)"], [b"BODY[]", b"a\r\n", b"FLAGS", [b"\\Seen"]]),
            ([b"{0}", b"", b" {2}", b"()", b""], [b"", b"()"]),
            ([b""], []),
        ):
            with self.subTest(parts=parts):
                self.assertEqual(imap_grammar.parse(parts), expected)

    def test_nonsense(self):
        for text in (b"(", b")", b"(()", b'"open', b"a {3}", b"{", b"a{b"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                imap_grammar.parse([text])

    def test_deep_nesting_is_bounded(self):
        self.assertEqual(len(imap_grammar.parse([b"(" * 50 + b")" * 50])), 1)
        with self.assertRaises(ValueError):
            imap_grammar.parse([b"(" * 100000 + b")" * 100000])

    def test_fetch_attributes(self):
        read = imap_grammar.fetch_attributes
        self.assertEqual(read([b"7 (uid 5 Flags ())"]), {b"UID": b"5", b"FLAGS": []})
        for flags in (b'a"b', b'"a', b'a"', b"a{b", b"{3}", b'\\Seen a"b" $x', b'"a" "b'):
            for order in (b"7 (UID 5 FLAGS (%b) X y)", b"7 (FLAGS (%b) UID 5 X y)", b'7 (uid 5 X y flags (%b) Y "z")'):
                with self.subTest(flags=flags, order=order):
                    found = read([order % flags])
                    self.assertEqual((found[b"UID"], found[b"X"]), (b"5", b"y"))
                    self.assertEqual(
                        [flag.strip(b'"') for flag in found[b"FLAGS"]], [flag.strip(b'"') for flag in flags.split()]
                    )
        self.assertEqual(
            read([b'7 (FLAGS (a"b) BODY[] {9}', b"FLAGS (c)", b" UID 5)"]),
            {b"FLAGS": [b'a"b'], b"BODY[]": b"FLAGS (c)", b"UID": b"5"},
        )
        for parts in ([b"7"], [b"7 UID 5"], [b"7 (UID)"], [b"7 ((UID) 5)"]):
            with self.subTest(parts=parts), self.assertRaises(ValueError):
                read(parts)


class TestValues(BaseCase):
    def test_internal_date_becomes_utc(self):
        for text, expected in (
            (b"06-May-2024 07:08:09 +0000", datetime(2024, 5, 6, 7, 8, 9)),
            (b" 6-May-2024 07:08:09 +0200", datetime(2024, 5, 6, 5, 8, 9)),
            (b"01-Jan-2024 00:30:00 +0130", datetime(2023, 12, 31, 23, 0)),
            (b"31-DEC-2023 23:00:00 -0330", datetime(2024, 1, 1, 2, 30)),
            (b"06-May-2024 07:08:60 +0000", datetime(2024, 5, 6, 7, 8, 59)),
            (b"06-May-2024 07:08:09", datetime(2024, 5, 6, 7, 8, 9)),
            (b"31-Feb-2024 07:08:09 +0000", None),
            (b"06-Mai-2024 07:08:09 +0000", None),
            (b"06-May-0000 07:08:09 +0000", None),
            (b"01-Jan-0001 00:00:00 +1400", None),
            (b"", None),
            (None, None),
        ):
            with self.subTest(text=text):
                self.assertEqual(imap_grammar.internal_date(text), expected)

    def test_numbers(self):
        for text, expected in (
            (b"0", 0),
            (b"4294967295", 2**32 - 1),
            (b"9" * 5000, None),
            (b"-1", None),
            ([b"1"], None),
        ):
            with self.subTest(text=text[:20]):
                self.assertEqual(imap_grammar.number(text), expected)

    def test_flags(self):
        flags = imap_grammar.flag_names([rb"\SEEN", rb"\Recent", b"$Forwarded", b"b\xc3\xbcro", None, [b"x"]])
        self.assertEqual(flags, {"\\Seen", "$Forwarded", "büro"})

    def test_uid_sets(self):
        for uids, expected in (
            ([], []),
            ([7], [b"7"]),
            ([3, 1, 2, 2], [b"1:3"]),
            ([1, 2, 3, 5, 7, 8], [b"1:3,5,7:8"]),
            ([4294967294, 4294967295], [b"4294967294:4294967295"]),
        ):
            with self.subTest(uids=uids):
                self.assertEqual(list(imap_grammar.uid_sets(uids)), expected)

    def test_uid_sets_are_cut_to_what_servers_take(self):
        found = list(imap_grammar.uid_sets(range(1, 40001, 2)))
        self.assertTrue(all(len(text) <= 4000 for text in found))
        self.assertEqual(b",".join(found), b",".join(b"%d" % uid for uid in range(1, 40001, 2)))

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Folder names on the wire and back, the tree, and which folder is Sent, Trash, Drafts, Junk, Archive."""

from odoo.tests import BaseCase

from odoo.addons.comm_mailboxes.protocol import folders

# wire name, path
NAMES = (
    (b"INBOX", "INBOX"),
    (b"Inbox", "INBOX"),
    (b"inbox", "INBOX"),
    (b"INBOX.Sent", "INBOX.Sent"),
    (b"Entw&APw-rfe", "Entwürfe"),
    (b"R&-D", "R&D"),
    (b"&ZeVnLIqe-", "日本語"),
    (b"&2D3eAA-", "😀"),
    (b'say "hi"', 'say "hi"'),
    (b"back\\slash", "back\\slash"),
    (b"a/b.c", "a/b.c"),
    (b" lead and trail ", " lead and trail "),
    # Not canonical: stays as it came, so that the way back is known
    (b"R&D", "R&D"),
    (b"&AGE-", "&AGE-"),
    (b"Entw&APw", "Entw&APw"),
    (b"&", "&"),
    (b"&!!!-", "&!!!-"),
    (b"&AAo-", "&AAo-"),  # a line feed
    (b"&2D0-", "&2D0-"),  # half a surrogate pair
    # 8-bit names of servers that break the rules
    ("Entwürfe".encode(), "Entwürfe"),
    ("Entwürfe".encode("latin-1"), "Entwürfe"),
)


def folder(path, delimiter="/", **values):
    name, parent = folders.split_path(path, delimiter)
    return folders.FolderInfo(path, delimiter, name, parent, **values)


def roles(*items, foreign=()):
    """Return path to role, for paths or FolderInfos."""
    found = [item if isinstance(item, folders.FolderInfo) else folder(item) for item in items]
    folders.assign_roles(found, foreign)
    return {info.path: info.role for info in found if info.role}


class TestFolderNames(BaseCase):
    def test_decoding(self):
        for wire, path in NAMES:
            with self.subTest(wire=wire):
                self.assertEqual(folders.decode_name(wire), path)

    def test_the_way_back_leads_to_the_wire_name(self):
        for wire, path in NAMES:
            with self.subTest(wire=wire):
                found = folders.wire_names(path)
                self.assertIn(b"INBOX" if path == "INBOX" else wire, found)

    def test_a_well_formed_name_has_one_way_back_first(self):
        self.assertEqual(folders.wire_names("INBOX/Projekte"), [b"INBOX/Projekte"])
        self.assertEqual(folders.wire_names("Entwürfe")[0], b"Entw&APw-rfe")
        self.assertEqual(folders.wire_names("R&D")[0], b"R&-D")

    def test_split_path(self):
        for path, delimiter, expected in (
            ("INBOX", "/", ("INBOX", "")),
            ("a/b/c", "/", ("c", "a/b")),
            ("a.b/c", ".", ("b/c", "a")),
            ("a/b", "", ("a/b", "")),
            ("Inbox.Sent", ".", ("Sent", "INBOX")),
            ("/a", "/", ("a", "")),
            ("a/", "/", ("a/", "")),
        ):
            with self.subTest(path=path, delimiter=delimiter):
                self.assertEqual(folders.split_path(path, delimiter), expected)


class TestListResponses(BaseCase):
    def test_flags(self):
        for flags, selectable, subscribed, role in (
            (rb"\HasNoChildren", True, False, ""),
            (rb"\Noselect \HasChildren", False, False, ""),
            (rb"\NOSELECT", False, False, ""),
            (rb"\NonExistent \Subscribed", False, True, ""),
            (rb"\Subscribed \Trash", True, True, "trash"),
            (rb"\Spam", True, False, "junk"),
            (rb"\All", True, False, ""),
            (b"", True, False, ""),
        ):
            with self.subTest(flags=flags):
                _wire, info = folders.read_list([b'(%b) "/" "Some name"' % flags])
                self.assertEqual((info.selectable, info.subscribed, info.role), (selectable, subscribed, role))

    def test_quotes_backslashes_literals_and_no_delimiter(self):
        for parts, wire, path, delimiter in (
            ([rb'() "/" "say \"hi\""'], b'say "hi"', 'say "hi"', "/"),
            ([rb'() "\\" "a\\b"'], b"a\\b", "a\\b", "\\"),
            ([b'() "." {9}', b'"lit" er&', b""], b'"lit" er&', '"lit" er&', "."),
            ([b"() NIL flat/name"], b"flat/name", "flat/name", ""),
            ([b'() "/" "NIL"'], b"NIL", "NIL", "/"),
            ([b'() "/" parent/'], b"parent/", "parent", "/"),
            ([b'() "/" "x" ("CHILDINFO" ("SUBSCRIBED"))'], b"x", "x", "/"),
        ):
            with self.subTest(parts=parts):
                found, info = folders.read_list(parts)
                self.assertEqual((found, info.path, info.delimiter), (wire, path, delimiter))

    def test_nonsense_is_a_value_error(self):
        for parts in ([b""], [b"("], [b'() "/"'], [b"\\Noselect / x"], [b'() "/" "open'], [b'() "/" NIL']):
            with self.subTest(parts=parts), self.assertRaises(ValueError):
                folders.read_list(parts)

    def test_status(self):
        info = folder("x")
        wire, numbers = folders.read_status([b'"x" (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 7 HIGHESTMODSEQ 0)'])
        folders.apply_status(info, numbers)
        self.assertEqual(wire, b"x")
        self.assertEqual((info.messages, info.unseen, info.uidnext, info.uidvalidity), (3, 1, 9, 7))
        self.assertIsNone(info.highestmodseq, "0 says that the folder keeps none")


class TestTree(BaseCase):
    def test_missing_parents_are_added_and_come_first(self):
        found = folders.complete([folder("b/c/d"), folder("a"), folder("INBOX"), folder("b!")])
        self.assertEqual([info.path for info in found], ["INBOX", "a", "b", "b/c", "b/c/d", "b!"])
        self.assertEqual([info.path for info in found if not info.selectable], ["b", "b/c"])
        self.assertEqual([info.parent_path for info in found], ["", "", "", "b", "b/c", ""])

    def test_a_known_parent_stays_as_it_is(self):
        found = folders.complete([folder("a/b"), folder("a", subscribed=True)])
        self.assertEqual([(info.path, info.subscribed, info.selectable) for info in found][0], ("a", True, True))


class TestRoles(BaseCase):
    def test_well_known_names(self):
        expected = {
            "sent": (
                "Sent",
                "Sent Items",
                "Gesendet",
                "Gesendete Objekte",
                "Éléments envoyés",
                "Posta inviata",
                "Enviados",
            ),
            "trash": ("Trash", "Deleted Items", "Papierkorb", "Gelöschte Elemente", "Corbeille", "Cestino", "Papelera"),
            "drafts": ("Drafts", "Entwürfe", "Brouillons", "Bozze", "Borradores"),
            "junk": ("Junk", "SPAM", "Junk-E-Mail", "Courrier indésirable", "Posta indesiderata", "Correo no deseado"),
            "archive": ("Archive", "Archiv", "Archivio", "Archivo"),
        }
        for role, names in expected.items():
            for name in names:
                for path, delimiter in ((name, "/"), (f"INBOX.{name.upper()}", ".")):
                    with self.subTest(path=path):
                        info = folder(path, delimiter)
                        self.assertEqual(roles(info), {path: role})

    def test_decomposed_umlauts_count_too(self):
        self.assertEqual(roles("Entwu\u0308rfe"), {"Entwu\u0308rfe": "drafts"})

    def test_flags_win_over_names(self):
        self.assertEqual(roles(folder("Müll", role="trash"), "Trash", "Sent"), {"Müll": "trash", "Sent": "sent"})

    def test_of_several_names_the_highest_then_the_most_usual_is_taken(self):
        self.assertEqual(roles("Projects/Sent", "Gesendet", "Sent"), {"Sent": "sent"})
        self.assertEqual(roles("Projects/Sent", "Gesendet"), {"Gesendet": "sent"})

    def test_folders_that_hold_no_mail_play_no_part(self):
        self.assertEqual(roles(folder("Trash", selectable=False), "Old/Trash"), {"Old/Trash": "trash"})

    def test_folders_of_other_people_play_no_part(self):
        self.assertEqual(roles("user/ben/Trash", "Public/Archive", foreign=("user/", "Public/")), {})

    def test_other_names_play_no_part(self):
        self.assertEqual(roles("Sentinel", "Resent", "Spam report", "Notizen"), {})

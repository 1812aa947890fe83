from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..protocol.imap_search import criteria
from ..search_words import parse
from ..sync import server_search as search_step
from .common import CommCase, SyncCase


@tagged("post_install", "-at_install")
class TestCriteria(CommCase):
    def test_what_is_typed_in_the_words_of_imap(self):
        for typed, expected in (
            ("offer", ["TEXT", '"offer"']),
            ('from:anna subject:"offer 7"', ["FROM", '"anna"', "SUBJECT", '"offer"', "SUBJECT", '"7"']),
            ("to:ben", ["OR", "TO", '"ben"', "CC", '"ben"']),
            ("-draft", ["NOT", "TEXT", '"draft"']),
            ('-"a b"', ["OR", "NOT", "TEXT", '"a"', "NOT", "TEXT", '"b"']),
            ("is:unread is:flagged", ["FLAGGED", "UNSEEN"]),
            ("-is:flagged -is:unread is:answered", ["ANSWERED", "SEEN", "NOT FLAGGED"]),
            ("before:2026-03-09 after:2026-01-01", ["SENTBEFORE", "9-Mar-2026", "SENTSINCE", "1-Jan-2026"]),
            ('say"x\\y', ["TEXT", '"say\\"x\\\\y"']),
        ):
            with self.subTest(typed):
                self.assertEqual([bytes(key).decode() for key in criteria(parse(typed))], ["UNDELETED", *expected])

    def test_days_are_english_whatever_the_locale(self):
        query = parse("x")
        query.before = date(2026, 5, 1)
        self.assertIn(b"1-May-2026", criteria(query))


@tagged("post_install", "-at_install")
class TestServerSearch(SyncCase):
    """What is not imported is found on the server, and comes."""

    def setUp(self):
        super().setUp()
        for number in range(3):
            self.deliver(f"Kitchen {number}", body="Bäder aus Öl")
        self.deliver("Garden", body="Roses")
        self.client.create("Projects")
        self.deliver("Kitchen far away", folder="Projects", body="Bäder")
        self.mailbox = self.make_lab_mailbox()
        self.mailbox.refresh_folders()
        self.mailbox = self.mailbox.with_env(self.env)

    def search(self, text, path="INBOX", user=None, **options):
        return self.folder(self.mailbox, path).with_user(user or self.anna).search_on_server(text, **options)

    def subjects_here(self):
        return sorted(self.messages(self.mailbox).mapped("subject"))

    def test_what_is_found_comes_once(self):
        self.assertEqual(self.search("kitchen"), {"found": 3, "loaded": 3, "left": 0, "refused": 0})
        self.assertEqual(self.subjects_here(), ["Kitchen 0", "Kitchen 1", "Kitchen 2"])
        self.assertEqual(self.search("kitchen"), {"found": 3, "loaded": 0, "left": 0, "refused": 0})
        # What comes with the fetch is the rest, and nothing twice.
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertEqual(self.subjects_here(), ["Garden", "Kitchen 0", "Kitchen 1", "Kitchen 2"])

    def test_words_that_are_not_ascii_and_other_places(self):
        self.assertEqual(self.search("Bäder Öl")["loaded"], 3)
        self.assertEqual(self.search("from:sender subject:garden after:2026-01-01 is:unread")["loaded"], 1)
        self.assertEqual(self.search("before:2020-01-01")["found"], 0)
        self.assertEqual(self.search("kitchen -oil", "Projects")["loaded"], 1)

    def test_the_whole_mailbox(self):
        self.assertEqual(self.search("kitchen", whole_mailbox=True)["loaded"], 4)
        self.assertIn("Kitchen far away", self.subjects_here())

    def test_the_whole_mailbox_is_also_what_another_program_made_meanwhile(self):
        self.client.create("Secret")
        self.deliver("Kitchen in secret", folder="Secret")
        self.assertEqual(self.search("kitchen secret", whole_mailbox=True)["loaded"], 1)
        self.assertEqual(self.message(self.mailbox, "Kitchen in secret").folder_id.name, "Secret")

    def test_more_than_come_at_a_time(self):
        self.patch(search_step, "MOST", 2)
        result = self.search("kitchen")
        self.assertEqual((result["loaded"], result["left"]), (2, 1))
        result = self.search("kitchen")
        self.assertEqual((result["loaded"], result["left"]), (1, 0))

    def test_what_came_is_found_here_at_once(self):
        self.search("Bäder")
        self.assertFalse(self.env["comm.message.search"]._index_batch())

    @mute_logger(
        "odoo.addons.comm_mailboxes.models.comm_mailbox_event", "odoo.addons.comm_mailboxes.models.comm_mailbox_fetch"
    )
    def test_a_server_that_is_gone_is_told_in_plain_words(self):
        self.mailbox.write({"port": 1})
        self.assertIn("accepts no connections", self.failure_of(self.search, "kitchen"))

    def test_what_cannot_be_searched(self):
        local = self.env["comm.folder"].create({"name": "Later", "is_local": True, "user_id": self.anna.id})
        for folder, text in ((local, "kitchen"), (self.folder(self.mailbox, "INBOX"), "from:")):
            with self.subTest(folder.name), self.assertRaises(UserError):
                folder.with_user(self.anna).search_on_server(text)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_others_do_not_search(self):
        for user in (self.ben, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.search("kitchen", user=user)

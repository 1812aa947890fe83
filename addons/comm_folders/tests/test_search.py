from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.comm_folders.models import comm_message_query
from odoo.addons.comm_mailboxes.models import comm_message_search_waiting

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestSearch(StructureCase):
    """Where the message list looks, and what it tells of what it found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.later = cls.env["comm.folder"].create({"name": "Later", "is_local": True, "user_id": cls.anna.id})
        cls.bens = cls.env["comm.folder"].create({"name": "Bens", "is_local": True, "user_id": cls.ben.id})
        cls.private = cls.make_mailbox(cls, cls.ben, name="Private").with_env(cls.env)
        cls.info_inbox = cls.make_folder(cls.info, "INBOX", role="inbox")
        folders = {
            "inbox": cls.inbox,
            "alpha": cls.alpha,
            "info": cls.info_inbox,
            "later": cls.later,
            "bens": cls.bens,
            "private": cls.make_folder(cls.private, "INBOX", role="inbox"),
        }
        cls.names = {}
        for day, (name, folder) in enumerate(folders.items(), start=1):
            message = cls.env["comm.message"].create(
                {
                    "folder_id": folder.id,
                    "mailbox_id": folder.mailbox_id.id,
                    "subject": "Kitchen",
                    "date": f"2026-11-{day:02} 10:00:00",
                }
            )
            cls.names[message.id] = name

    def found(self, folder=None, user=None, **query):
        page = (folder or self.inbox).with_user(user or self.anna).get_page(**query)
        self.assertEqual(page["total"], len(page["messages"]))
        return " ".join(self.names[message["id"]] for message in page["messages"])

    def test_scopes(self):
        for _turn in range(2):
            for scope, expected in (
                ("folder", "inbox"),
                ("mailbox", "alpha inbox"),
                ("everywhere", "later info alpha inbox"),
            ):
                with self.subTest(scope):
                    self.assertEqual(self.found(search="kitchen", scope=scope), expected)
            while self.env["comm.message.search"]._index_batch():
                pass

    def test_from_a_folder_made_by_hand(self):
        self.assertEqual(self.found(self.later, search="kitchen"), "later")
        self.assertEqual(self.found(self.later, search="kitchen", scope="everywhere"), "later info alpha inbox")

    def test_everywhere_is_where_the_user_may_read(self):
        inbox = self.private.folder_ids
        self.assertEqual(self.found(inbox, self.ben, search="kitchen", scope="everywhere"), "private bens")
        self.assertEqual(self.found(user=self.admin, search="kitchen", scope="everywhere"), "")

    def test_rows_from_elsewhere_tell_where_they_lie(self):
        page = self.inbox.with_user(self.anna).get_page(search="kitchen", scope="everywhere")
        self.assertEqual(
            [page["places"][message["folder_id"]]["name"] for message in page["messages"]],
            ["Later", "Info / Inbox", "Office / Alpha", "Office / Inbox"],
        )

    def test_without_words_the_scope_does_not_matter(self):
        for search in ("", "  ", "?"):
            with self.subTest(search):
                self.assertEqual(self.found(self.alpha, search=search, scope="everywhere"), "alpha")

    def test_what_is_not_understood_finds_nothing_and_says_why(self):
        for search in ("before:", "kitchen vor:unsinn", "ist:blau", "-hat:xyz", "from:"):
            for query in ({}, {"scope": "everywhere"}, {"filters": ["unread"]}, {"order": "size"}):
                with self.subTest(search, **query):
                    page = self.inbox.with_user(self.anna).get_page(search=search, **query)
                    self.assertEqual((page["messages"], page["total"], page["has_more"]), ([], 0, False))
                    self.assertIn("is not understood", page["problem"])
        inbox = self.inbox.with_user(self.anna)
        self.assertIn("“vor:unsinn”", inbox.get_page(search="kitchen vor:unsinn")["problem"])
        self.assertEqual(inbox.get_page(search="kitchen before:2027")["problem"], "")
        self.assertEqual(inbox.change_messages("seen", search="ist:blau")["count"], 0)
        with self.assertRaisesRegex(UserError, "“ist:blau” is not understood"):
            inbox.search_on_server("ist:blau")

    def test_with_order_and_filters(self):
        self.assertEqual(
            self.found(search="kitchen", scope="mailbox", order="date", ascending=True, filters=["unread"]),
            "inbox alpha",
        )

    def test_a_common_word_is_counted_as_far_as_somebody_looks(self):
        """As many as there are in small folders, with limits to match: the rows are those of the whole search."""
        messages = self.env["comm.message"].create(
            [
                {
                    "folder_id": self.alpha.id,
                    "mailbox_id": self.office.id,
                    "subject": f"Fence {number}",
                    "date": f"2026-10-{1 + number % 28:02} 10:{number:02}:00",
                    "is_seen": number % 3,
                }
                for number in range(40)
            ]
        )
        while self.env["comm.message.search"]._index_batch():
            continue
        folder = self.alpha.with_user(self.anna)

        def page(**query):
            return folder.get_page(limit=5, search="fence", **query)

        def rows(**query):
            return [row["id"] for row in page(**query)["messages"]]

        queries = [{}, {"offset": 10}, {"filters": ["unread"]}, {"ascending": True}, {"order": "size"}]
        exact = [rows(**query) for query in queries]
        self.assertEqual((page()["total"], page()["has_more"]), (40, False))
        self.patch(comm_message_query, "COMMON", 10)
        self.patch(comm_message_query, "BEYOND", 4)
        self.assertEqual([rows(**query) for query in queries], exact)
        self.assertEqual((page()["total"], page()["has_more"]), (9, True))
        self.assertEqual((page(offset=10)["total"], page(offset=10)["has_more"]), (19, True))
        # At the end, all are counted; and so they are where too much would have to be looked through.
        self.assertEqual((page(offset=35)["total"], page(offset=35)["has_more"]), (40, False))
        self.patch(comm_message_query, "WALKED", 8)
        self.assertEqual((page()["total"], page()["has_more"]), (40, False))
        # What is not indexed yet is found, too.
        self.patch(comm_message_query, "WALKED", 100)
        messages[39].subject = "Fence, new"
        self.assertEqual([rows(**query) for query in queries], exact)

    def test_what_is_not_indexed_yet_is_missed_and_told(self):
        self.patch(comm_message_search_waiting, "LIVE", 0)
        inbox = self.inbox.with_user(self.anna)

        def page(search="kitchen", scope="folder"):
            found = inbox.get_page(search=search, scope=scope)
            return found["total"], found["unsearched"]

        self.assertEqual(
            [page(scope=scope) for scope in ("folder", "mailbox", "everywhere")],
            # Not those of Ben's.
            [(0, 1), (0, 2), (0, 4)],
        )
        # Where nothing is looked for in the index, nothing is missed.
        for search in ("", "is:unread", "ist:blau"):
            self.assertEqual(page(search)[1], 0)
        self.assertEqual(self.private.folder_ids.with_user(self.admin).get_page(search="kitchen")["unsearched"], 0)
        self.assertEqual(inbox.index_for_search(search="kitchen", scope="mailbox"), 2)
        self.assertEqual(page(scope="mailbox"), (2, 0))
        self.assertEqual(page(scope="everywhere"), (2, 2))
        with self.assertRaises(AccessError):
            self.private.folder_ids.with_user(self.anna).index_for_search(search="kitchen")

    def test_nothing_is_compiled_for_a_search(self):
        """PostgreSQL does that for 0.3 s, many times of what the search takes."""
        self.env.cr.execute("SET LOCAL jit = on")
        self.found(search="kitchen")
        self.assertEqual(self.env.execute_query(SQL("SHOW jit")), [("off",)])

    def test_queries_do_not_grow_with_rows(self):
        self.found(search="kitchen", scope="everywhere")
        for count in (2, 40):
            self.env["comm.message"].create(
                [
                    {"folder_id": self.alpha.id, "mailbox_id": self.office.id, "subject": f"Garden{count}"}
                    for _number in range(count)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count), self.assertQueryCount(21):
                self.inbox.with_user(self.anna).get_page(search=f"garden{count}", scope="everywhere")

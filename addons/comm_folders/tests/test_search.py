from odoo.tests import tagged

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
        for search in ("", "  ", "from:"):
            with self.subTest(search):
                self.assertEqual(self.found(self.alpha, search=search, scope="everywhere"), "alpha")

    def test_with_order_and_filters(self):
        self.assertEqual(
            self.found(search="kitchen", scope="mailbox", order="date", ascending=True, filters=["unread"]),
            "inbox alpha",
        )

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
            with self.subTest(count), self.assertQueryCount(20):
                self.inbox.with_user(self.anna).get_page(search=f"garden{count}", scope="everywhere")

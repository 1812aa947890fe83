from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.comm_folders.models.comm_message_query import ORDERS, MessageQuery

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestMessagePage(StructureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.make_folder(cls.office, "Letters")
        cls.messages = cls.make_messages(cls.folder, 7)

    @classmethod
    def make_messages(cls, folder, count):
        return cls.env["comm.message"].create(
            [
                {
                    "folder_id": folder.id,
                    "mailbox_id": folder.mailbox_id.id,
                    "subject": f"No. {number}",
                    "email_to": "someone@example.com",
                    "date": f"2026-11-{number + 1:02} 10:00:00",
                    "body_html": "<p>Long</p>",
                    "is_seen": number % 2,
                }
                for number in range(count)
            ]
        )

    def page(self, folder=None, user=None, **window):
        return (folder or self.folder).with_user(user or self.anna).get_page(**window)

    def subjects(self, **window):
        return [message["subject"] for message in self.page(**window)["messages"]]

    def test_newest_first_and_in_pages(self):
        self.assertEqual(self.subjects(limit=3), ["No. 6", "No. 5", "No. 4"])
        self.assertEqual(self.subjects(limit=3, offset=6), ["No. 0"])

    def test_the_counts_come_with_the_page(self):
        self.assertEqual(self.page(limit=3)["counts"], {"message_count": 7, "unread_count": 4})

    def test_behind_the_end_comes_the_last_page(self):
        for offset in (7, 9, 300):
            with self.subTest(offset):
                page = self.page(limit=3, offset=offset)
                self.assertEqual(page["offset"], 6)
                self.assertEqual([message["subject"] for message in page["messages"]], ["No. 0"])

    def test_an_empty_folder(self):
        empty = self.make_folder(self.office, "Empty")
        for offset in (0, 50):
            with self.subTest(offset):
                page = self.page(empty, offset=offset)
                self.assertEqual((page["messages"], page["offset"]), ([], 0))

    def test_rows_are_light(self):
        [row, *_others] = self.page()["messages"]
        self.assertLessEqual({"subject", "email_from", "date", "snippet", "has_attachment"}, row.keys())
        self.assertFalse(
            {"body_html", "body_text", "email_to", "email_cc", "references", "attachment_ids"} & row.keys()
        )

    def test_mail_written_here_tells_to_whom(self):
        for role in ("sent", "drafts", "outbox"):
            with self.subTest(role):
                self.folder.role = role
                self.assertEqual(self.page()["messages"][0]["email_to"], "someone@example.com")

    def test_queries_do_not_grow_with_rows(self):
        self.make_messages(self.folder, 20)
        self.page(limit=2)
        for limit in (2, 25):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(limit), self.assertQueryCount(6):
                self.page(limit=limit)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_else_reads_it(self):
        for user in (self.ben, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.page(user=user)
        # Administrators see that the folder exists, and nothing of what is in it.
        self.assertEqual(self.page(user=self.admin)["messages"], [])


@tagged("post_install", "-at_install")
class TestOrderAndFilters(StructureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.make_folder(cls.office, "Letters")
        contact = cls.env["res.partner"].create({"name": "Oe", "email": "oe@example.com"})
        rows = (
            ("Zoo", '"Öhm, Anna" <oe@example.com>', 300, {"partner_id": contact.id}),
            ("AW: Äpfel", "anna@example.com", 100, {"is_seen": True, "is_flagged": True}),
            ("Re: Fwd: birnen", "Oslo <x@example.com>", 200, {"has_attachment": True}),
            ("Birke", "Zora <z@example.com>", 400, {"is_seen": True, "has_attachment": True}),
        )
        cls.messages = cls.env["comm.message"].create(
            [
                {
                    "folder_id": cls.folder.id,
                    "mailbox_id": cls.office.id,
                    "subject": subject,
                    "email_from": email_from,
                    "size": size,
                    "date": f"2026-11-{day:02} 10:00:00",
                    **vals,
                }
                for day, (subject, email_from, size, vals) in enumerate(rows, start=1)
            ]
        )
        cls.names = dict(zip(cls.messages.ids, ("zoo", "apple", "pear", "birch"), strict=True))

    def found(self, user=None, **query):
        page = self.folder.with_user(user or self.anna).get_page(**query)
        self.assertEqual(page["total"], len(page["messages"]))
        return " ".join(self.names[message["id"]] for message in page["messages"])

    def test_orders(self):
        for order, ascending, expected in (
            ("date", False, "birch pear apple zoo"),
            ("date", True, "zoo apple pear birch"),
            # Without the quotes, and Ö beside O.
            ("sender", True, "apple zoo pear birch"),
            ("sender", False, "birch pear zoo apple"),
            # Without "AW:", "Re:", "Fwd:", and Ä beside A.
            ("subject", True, "apple birch pear zoo"),
            ("size", False, "birch zoo pear apple"),
            ("size", True, "apple pear zoo birch"),
        ):
            with self.subTest(order, ascending=ascending):
                self.assertEqual(self.found(order=order, ascending=ascending), expected)

    def test_filters(self):
        for filters, expected in (
            (["unread"], "pear zoo"),
            (["flagged"], "apple"),
            (["attachment"], "birch pear"),
            (["contacts"], "zoo"),
            (["unread", "attachment"], "pear"),
            (["flagged", "contacts"], ""),
        ):
            with self.subTest(filters):
                self.assertEqual(self.found(filters=filters), expected)

    def test_what_is_gone_from_the_server_is_not_shown(self):
        self.messages[0].active = False
        self.assertEqual(self.found(filters=["unread"]), "pear")

    def test_a_range_of_ids(self):
        folder = self.folder.with_user(self.anna)
        self.assertEqual(folder.get_page_ids(1, 2, order="size"), [self.messages[0].id, self.messages[2].id])

    def test_no_other_order_or_filter(self):
        for query in ({"order": "id; DROP TABLE"}, {"filters": ["is_seen"]}):
            with self.subTest(query), self.assertRaises(UserError):
                self.found(**query)

    def test_administrators_learn_no_numbers(self):
        page = self.folder.with_user(self.admin).get_page(filters=["unread"])
        self.assertEqual((page["total"], page["messages"]), (0, []))
        self.assertEqual(self.folder.with_user(self.admin).get_page_ids(0, 10), [])

    def test_every_order_reads_an_index(self):
        """With sequential scans and sorting forbidden, a plan that sorts says that no index fits."""
        self.env.flush_all()
        self.env.cr.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
        for order in ORDERS:
            for ascending in (False, True):
                query = MessageQuery(self.folder.with_user(self.anna), order=order, ascending=ascending)
                plan = str(query._execute(SQL("EXPLAIN SELECT id"), SQL("ORDER BY %s LIMIT 50", query._order())))
                with self.subTest(order, ascending=ascending):
                    self.assertIn("comm_message_folder_by_", plan)
                    # Rows above the window are skipped without being read.
                    self.assertIn("Index Only Scan", plan)
                    self.assertNotIn("Sort", plan)

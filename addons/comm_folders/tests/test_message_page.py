from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

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

    def test_sent_mail_tells_to_whom(self):
        for role in ("sent", "drafts"):
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

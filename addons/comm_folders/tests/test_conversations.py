from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestConversations(StructureCase):
    """The list as conversations: a row for each, and what is done to a row is done to all of its messages here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office.kind = "imap"
        cls.trash = cls.make_folder(cls.office, "Trash", role="trash")
        cls.sent = cls.make_folder(cls.office, "Sent", role="sent")
        # Two conversations that alternate, and a mail of its own.
        cls.a1 = cls.mail("a1", 1, email_from="Anna <anna@example.com>", is_seen=True)
        cls.b1 = cls.mail("b1", 2, email_from="Ben <ben@example.com>", is_seen=True)
        cls.a2 = cls.mail("a2", 3, "a1", email_from="Zoe <zoe@example.com>", is_flagged=True)
        cls.x = cls.mail("x", 4, is_seen=True)
        cls.b2 = cls.mail("b2", 5, "b1", email_from="Ben <ben@example.com>", has_attachment=True, is_seen=True)
        cls.a3 = cls.mail("a3", 6, "a2", email_from="Anna <anna@example.com>")
        cls.answer = cls.mail("a4", 7, "a3", folder=cls.sent, is_seen=True)

    @classmethod
    def mail(cls, name, day, parent=None, folder=None, **vals):
        folder = folder or cls.inbox
        return cls.env["comm.message"].create(
            {
                "folder_id": folder.id,
                "server_folder_id": folder.id,
                "mailbox_id": cls.office.id,
                "uid": day,
                "message_id": f"<{name}@example.com>",
                "in_reply_to": parent and f"<{parent}@example.com>",
                "subject": name,
                "date": f"2026-11-{day:02} 10:00:00",
                **vals,
            }
        )

    def page(self, **query):
        return self.inbox.with_user(self.anna).get_page(conversations=True, **query)

    def shown(self, **query):
        page = self.page(**query)
        self.assertEqual(page["total"], len(page["messages"]))
        return " ".join(row["subject"] for row in page["messages"])

    def change(self, change, **options):
        return self.inbox.with_user(self.anna).change_messages(change, conversations=True, **options)

    def test_a_row_for_each_in_order_of_the_newest(self):
        self.assertEqual(self.shown(), "a3 b2 x")
        self.assertEqual(self.shown(ascending=True), "x b2 a3")

    def test_rows_tell_of_the_whole_conversation_here(self):
        first, second, third = (row["conversation"] for row in self.page()["messages"])
        self.assertEqual((first["count"], first["unread"], first["is_flagged"]), (3, 2, True))
        self.assertEqual(first["participants"], ["Anna <anna@example.com>", "Zoe <zoe@example.com>"])
        self.assertEqual((second["count"], second["unread"], second["has_attachment"]), (2, 0, True))
        self.assertEqual((third["count"], third["participants"]), (1, []))

    def test_a_row_is_known_by_its_conversation_whatever_its_newest_message(self):
        before = [row["conversation"]["thread"] for row in self.page()["messages"]]
        self.mail("b3", 8, "b2")
        self.assertEqual(self.shown(), "b3 a3 x")
        after = [row["conversation"]["thread"] for row in self.page()["messages"]]
        self.assertEqual([after[1], after[0], after[2]], before)

    def test_windows(self):
        page = self.page(offset=1, limit=1)
        self.assertEqual((page["total"], [row["subject"] for row in page["messages"]]), (3, ["b2"]))
        self.assertEqual(
            self.inbox.with_user(self.anna).get_page_ids(1, 2, conversations=True), [self.b2.id, self.x.id]
        )

    def test_filters_show_conversations_with_such_a_message(self):
        self.assertEqual(self.shown(filters=["flagged"]), "a3")
        self.assertEqual(self.shown(filters=["attachment"]), "b2")
        self.assertEqual(self.shown(filters=["unread", "attachment"]), "")

    def test_filters_do_not_hide_what_is_read(self):
        self.assertEqual(self.shown(filters=["flagged"], kept_id=self.x.id), "a3 x")

    def test_other_orders_and_searches_show_messages(self):
        self.assertEqual(len(self.page(order="sender")["messages"]), 6)
        self.assertEqual([row["subject"] for row in self.page(search="a2")["messages"]], ["a2"])

    def test_changes_are_about_all_messages_here(self):
        result = self.change("seen", ids=self.a3.ids)
        self.assertEqual(result["count"], 2)
        self.assertFalse((self.a1 | self.a2 | self.a3).filtered(lambda message: not message.is_seen))
        self.assertEqual(self.change("delete", ids=self.b2.ids)["count"], 2)
        self.assertEqual((self.b1 | self.b2).folder_id, self.trash)
        self.assertEqual(self.answer.folder_id, self.sent)

    def test_by_which_rows_messages_are_shown(self):
        asked = (self.a1 | self.b2 | self.x | self.answer).ids

        def rows(user=self.anna, **query):
            return sorted(self.inbox.with_user(user).get_row_ids(asked, conversations=True, **query))

        self.mail("b3", 8, "b2")
        newest = self.env["comm.message"].search([("subject", "=", "b3")])
        self.assertEqual(rows(), [(self.a1.id, self.a3.id), (self.x.id, self.x.id), (self.b2.id, newest.id)])
        self.assertEqual(rows(filters=["flagged"]), [(self.a1.id, self.a3.id)])
        self.b2.with_user(self.anna).delete()
        self.assertNotIn(self.b2.id, dict(rows()))
        self.assertEqual(rows(self.admin), [])

    def test_all_but_some(self):
        self.change("delete", excluded=self.a3.ids)
        self.assertEqual(self.shown(), "a3")
        self.assertEqual((self.b1 | self.b2 | self.x).folder_id, self.trash)

    def test_what_came_while_the_user_was_asked_is_not_deleted_for_good(self):
        (self.a2 | self.a3).with_user(self.anna).move_to(self.trash.id)
        trash = self.trash.with_user(self.anna)
        options = {"ids": self.a3.ids, "final": True, "conversations": True}
        with self.assertRaisesRegex(UserError, "Nothing was deleted"):
            trash.change_messages("delete", at_most=1, **options)
        self.assertEqual(trash.change_messages("delete", at_most=2, **options)["count"], 2)

    def test_what_came_since_the_list_was_read_stays(self):
        last = self.page()["last"]
        newest = self.mail("a5", 8, "a3")
        self.assertEqual(self.change("delete", ids=self.a3.ids, until=last)["count"], 3)
        self.assertEqual(self.shown(), "a5 b2 x")
        self.assertEqual(self.change("delete", ids=newest.ids, until=self.page()["last"])["count"], 1)

    def test_all_that_a_filter_shows(self):
        self.assertEqual(self.change("delete", filters=["flagged"])["count"], 3)
        self.assertEqual(self.shown(), "b2 x")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_elses(self):
        with self.assertRaises(AccessError):
            self.inbox.with_user(self.ben).get_page(conversations=True)
        with self.assertRaises(AccessError):
            self.inbox.with_user(self.ben).change_messages("seen", conversations=True, ids=self.a3.ids)
        with self.assertRaises(AccessError):
            self.a3.with_user(self.ben).get_conversation()
        page = self.inbox.with_user(self.admin).get_page(conversations=True)
        self.assertEqual((page["total"], page["messages"]), (0, []))

    def test_an_open_conversation_has_the_answers_from_other_folders(self):
        def opened(message):
            return [
                (row["email_from"] or "-", row["folder_name"])
                for row in message.with_user(self.anna).get_conversation()
            ]

        rows = self.a1.with_user(self.anna).get_conversation()
        self.assertEqual([row["id"] for row in rows], [self.answer.id, self.a3.id, self.a2.id, self.a1.id])
        self.assertEqual([row["folder_name"] for row in rows], ["Sent", *[self.inbox._tree_name()] * 3])
        self.assertEqual([row["place"]["folderId"] for row in rows], [self.sent.id, *self.inbox.ids * 3])
        self.a2.with_user(self.anna).delete()
        self.assertEqual(len(opened(self.a1)), 3)
        self.assertEqual(len(opened(self.a2)), 4)

    def test_queries_do_not_grow(self):
        self.page()
        for count in (2, 30):
            for number in range(count):
                self.mail(f"n{count}-{number}", 10, "n" if number % 2 else f"n{count}", uid=count * 100 + number)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count), self.assertQueryCount(10):
                self.page()

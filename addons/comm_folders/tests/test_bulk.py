from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestBulk(StructureCase):
    """What is done to many messages of a list by one call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office.kind = "imap"
        cls.letters = cls.make_folder(cls.office, "Letters")
        cls.archive = cls.make_folder(cls.office, "Archive", role="archive")
        cls.trash = cls.make_folder(cls.office, "Trash", role="trash")
        cls.messages = cls.make_placed(cls.letters, 6)

    @classmethod
    def make_placed(cls, folder, count):
        """Create messages that lie on the server: 0, 2, 4, … unread."""
        return cls.env["comm.message"].create(
            [
                {
                    "folder_id": folder.id,
                    "server_folder_id": folder.id,
                    "mailbox_id": folder.mailbox_id.id,
                    "uid": number + 1,
                    "subject": f"No. {number}",
                    "date": f"2026-11-02 10:{number % 60:02}:00",
                    "is_seen": bool(number % 2),
                }
                for number in range(count)
            ]
        )

    def change(self, change, folder=None, user=None, **options):
        return (folder or self.letters).with_user(user or self.anna).change_messages(change, **options)

    def lying_in(self, folder):
        return self.env["comm.message"].search([("folder_id", "=", folder.id)])

    def waiting(self, kind):
        return self.env["comm.operation"].search([("kind", "=", kind)]).message_id

    def test_some_are_marked_and_the_server_learns_it(self):
        result = self.change("seen", ids=self.messages[:3].ids)
        self.assertEqual(result["count"], 2)
        self.assertEqual(result["counts"][self.letters.id], {"message_count": 6, "unread_count": 1})
        self.assertEqual(self.waiting("flag"), self.messages[0] | self.messages[2])

    def test_all_that_the_list_shows_but_some(self):
        result = self.change("flag", excluded=self.messages[0].ids, filters=["unread"])
        self.assertEqual(result["count"], 2)
        self.assertEqual(self.messages.filtered("is_flagged"), self.messages[2] | self.messages[4])

    def test_what_is_read_stays_in_a_filtered_list(self):
        letters = self.letters.with_user(self.anna)

        def shown(**query):
            page = letters.get_page(filters=["unread"], **query)
            self.assertEqual(page["total"], len(page["messages"]))
            return [row["id"] for row in page["messages"]]

        unread = self.messages[::2].sorted("date", reverse=True).ids
        self.assertEqual(shown(), unread)
        self.messages[2].is_seen = True
        self.assertEqual(shown(), [unread[0], unread[2]])
        self.assertEqual(shown(kept_id=self.messages[2].id), unread)
        # Only where it lies, and as long as it does.
        elsewhere = self.make_placed(self.archive, 2)[1]
        self.assertEqual(shown(kept_id=elsewhere.id), [unread[0], unread[2]])

    def test_what_was_written_is_sorted_by_whom_it_is_to(self):
        sent = self.make_folder(self.office, "Sent", role="sent")
        for message, to in zip(
            self.make_placed(sent, 4), ("zoe@x.com", '"Ben" <b@x.com>', "Anna <z@x.com>", False), strict=True
        ):
            message.write({"email_to": to, "email_from": "me@x.com"})
        rows = sent.with_user(self.anna).get_page(order="sender", ascending=True)["messages"]
        self.assertEqual([row["email_to"] for row in rows], ["Anna <z@x.com>", '"Ben" <b@x.com>', "zoe@x.com", False])

    def test_all_ids_of_a_list(self):
        letters = self.letters.with_user(self.anna)
        self.assertEqual(letters.get_page_ids(0, False), self.messages.sorted("date", reverse=True).ids)
        self.assertEqual(
            letters.get_page_ids(0, False, filters=["unread"]), self.messages[::2].sorted("date", reverse=True).ids
        )

    def test_a_move_can_be_undone(self):
        result = self.change("archive", ids=self.messages[:2].ids)
        self.assertEqual(self.lying_in(self.archive), self.messages[:2].sorted("id", reverse=True))
        self.assertEqual(result["counts"][self.archive.id], {"message_count": 2, "unread_count": 1})
        self.env["comm.message.undo"].with_user(self.anna).browse(result["undo_id"]).undo()
        self.assertEqual(self.lying_in(self.letters), self.messages.sorted("id", reverse=True))

    def test_deleted_is_moved_to_the_trash_and_back(self):
        result = self.change("delete")
        self.assertEqual((result["count"], self.letters.message_count), (6, 0))
        self.assertEqual(len(self.lying_in(self.trash)), 6)
        self.env["comm.message.undo"].with_user(self.anna).browse(result["undo_id"]).undo()
        self.assertEqual((self.letters.message_count, self.trash.message_count), (6, 0))

    def test_nothing_is_deleted_for_good_unless_the_user_said_so(self):
        self.change("delete", ids=self.messages[:2].ids)
        result = self.change("delete", self.trash)
        self.assertEqual((result["count"], result["undo_id"], len(self.lying_in(self.trash))), (0, False, 2))
        result = self.change("delete", self.trash, final=True)
        self.assertEqual((result["count"], result["undo_id"], len(self.lying_in(self.trash))), (2, False, 0))
        self.assertEqual(self.waiting("expunge"), self.messages[:2])

    def test_where_nothing_can_be_brought_back_deleting_needs_a_word_of_the_user(self):
        """In the trash, below it, in a folder that the server has no more, and in one that no server ever had."""
        pop3 = self.make_mailbox(name="Old", kind="pop3")
        for name, (folder, is_final) in {
            "trash": (self.trash, True),
            "below the trash": (self.make_folder(self.office, "Thrown away", parent_id=self.trash.id), True),
            "gone": (self.make_folder(self.office, "Gone", is_missing=True), True),
            "a name only": (self.make_folder(self.office, "Label", is_selectable=False), True),
            "outbox": (self.make_folder(self.office, "Outbox", is_local=True), True),
            "by hand": (
                self.env["comm.folder"].create({"name": "Mine", "is_local": True, "user_id": self.anna.id}),
                True,
            ),
            "POP3": (self.make_folder(pop3, "INBOX", role="inbox"), True),
            "any other": (self.alpha, False),
        }.items():
            with self.subTest(name):
                messages = self.make_placed(folder, 2)
                if folder.is_local or folder.mailbox_id == pop3:
                    messages.server_folder_id = False
                result = self.change("delete", folder, ids=messages.ids)
                self.assertEqual(result["count"], 0 if is_final else 2)
                if not is_final:
                    continue
                self.assertEqual(len(self.lying_in(folder)), 2)
                self.assertEqual(self.change("delete", folder, ids=messages.ids, final=True)["count"], 2)
                self.assertFalse(self.lying_in(folder))

    def test_what_went_elsewhere_meanwhile_stays_there(self):
        self.messages[0].with_user(self.anna).delete()
        result = self.change("delete", ids=self.messages[:2].ids, final=True)
        self.assertEqual(result["count"], 1)
        self.assertFalse(self.waiting("expunge"))

    def test_spam_is_reported_and_cleared_again(self):
        junk = self.make_folder(self.office, "Junk", role="junk")
        self.change("spam", ids=self.messages[:2].ids)
        self.assertEqual(self.lying_in(junk), self.messages[:2].sorted("id", reverse=True))
        result = self.change("not_spam", junk, ids=self.messages[:1].ids)
        self.assertEqual(self.lying_in(self.inbox), self.messages[:1])
        self.assertEqual(self.lying_in(junk), self.messages[1])
        self.assertEqual(result["counts"].keys(), {junk.id, self.inbox.id})
        self.env["comm.message.undo"].with_user(self.anna).browse(result["undo_id"]).undo()
        self.assertEqual(len(self.lying_in(junk)), 2)

    def test_a_mailbox_without_archive_says_so(self):
        self.archive.role = False
        with self.assertRaises(UserError):
            self.change("archive", ids=self.messages.ids)

    def test_all_are_linked_to_a_record_at_once(self):
        contact = self.env["res.partner"].create({"name": "Ben Kern"})
        letters = self.letters.with_user(self.anna)
        self.assertEqual(letters.link_messages("res.partner", contact.id, self.messages[:2].ids), 2)
        # Those that are linked already stay so.
        self.assertEqual(letters.link_messages("res.partner", contact.id, excluded=self.messages[5].ids), 5)
        self.assertEqual(self.messages.filtered("record_ids"), self.messages[:5])
        self.assertEqual(self.messages.record_ids.mapped("res_id"), [contact.id] * 5)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_who_may_not_change_messages_links_none(self):
        shared = self.make_shared({self.ben: "read"}, name="Sales")
        messages = self.make_placed(self.make_folder(shared, "INBOX", role="inbox"), 2)
        with self.assertRaises(AccessError):
            messages.folder_id.with_user(self.ben).link_messages("res.partner", self.ben.partner_id.id, messages.ids)
        self.assertFalse(messages.record_ids)

    def test_links_do_not_cost_a_query_for_each_message(self):
        contact = self.env["res.partner"].create({"name": "Ben Kern"})
        self.letters.with_user(self.anna).link_messages("res.partner", contact.id, self.messages[:1].ids)
        for count in (2, 250):
            folder = self.make_folder(self.office, f"Of {count}")
            self.make_placed(folder, count)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count), self.assertQueryCount(20):
                folder.with_user(self.anna).link_messages("res.partner", contact.id)
                self.env.flush_all()

    def test_no_other_change(self):
        with self.assertRaises(UserError):
            self.change("unlink", ids=self.messages.ids)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_others_change_nothing(self):
        for change in ("seen", "delete", "archive"):
            for user in (self.ben, self.admin):
                with self.subTest(change, user=user.login), self.assertRaises(AccessError):
                    self.change(change, user=user, ids=self.messages.ids)
        self.assertEqual(self.change("delete", user=self.admin)["count"], 0)
        self.assertEqual(self.letters.message_count, 6)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_readers_of_a_shared_mailbox_change_nothing(self):
        shared = self.make_shared({self.ben: "read"}, name="Sales")
        folder = self.make_folder(shared, "INBOX", role="inbox")
        messages = self.make_placed(folder, 2)
        for change in ("seen", "delete"):
            with self.subTest(change), self.assertRaises(AccessError):
                self.change(change, folder, self.ben, ids=messages.ids)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_undoes_for_somebody_else(self):
        result = self.change("delete", ids=self.messages[:1].ids)
        for user in (self.ben, self.admin):
            with self.subTest(user.login), self.assertRaises(UserError):
                self.env["comm.message.undo"].with_user(user).browse(result["undo_id"]).undo()

    def test_queries_do_not_grow_with_messages(self):
        self.change("seen", ids=self.messages[:1].ids)
        # More than Odoo itself writes by one statement.
        for count in (2, 60, 250):
            folder = self.make_folder(self.office, f"Of {count}")
            messages = self.make_placed(folder, count)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count), self.assertQueryCount(36):
                self.change("seen", folder, ids=messages.ids)
                self.change("delete", folder)
                self.env.flush_all()

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CommCase


@tagged("post_install", "-at_install")
class TestRights(CommCase):
    """Who reaches what. ``True``: may, ``False``: AccessError or nothing to see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader, cls.writer = (
            cls.ben,
            cls.env["res.users"].create(
                {
                    "name": "Writer",
                    "login": "comm_writer",
                    "group_ids": [(4, cls.env.ref("comm_mailboxes.group_user").id)],
                }
            ),
        )
        cls.group = cls.env["res.groups"].create({"name": "Sales desk", "user_ids": [(4, cls.writer.id)]})

    def setUp(self):
        super().setUp()
        self.personal = self.make_mailbox().with_env(self.env)
        self.shared = self.make_shared({self.reader: "read", self.group: "write"})
        self.personal_message = self.make_message(self.personal)
        self.shared_message = self.make_message(self.shared)

    def can(self, user, record, operation):
        return record.with_user(user).has_access(operation)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_matrix(self):
        owner, reader, writer, manager, admin = self.anna, self.reader, self.writer, self.manager, self.admin
        matrix = [
            # record, operation, who may
            (self.personal, "read", {owner, admin}),
            (self.personal, "write", {owner, admin}),
            (self.personal, "unlink", {owner, admin}),
            (self.personal_message.folder_id, "read", {owner, admin}),
            (self.personal_message, "read", {owner}),
            (self.personal_message, "write", {owner}),
            (self.shared, "read", {reader, writer, manager, admin}),
            (self.shared, "write", {manager, admin}),
            (self.shared_message.folder_id, "read", {reader, writer, manager, admin}),
            (self.shared_message, "read", {reader, writer}),
            (self.shared_message, "write", {writer}),
            (self.shared_message, "unlink", set()),
        ]
        for record, operation, allowed in matrix:
            for user in (owner, reader, writer, manager, admin):
                with self.subTest(f"{user.login} {operation} {record._name} {record.display_name}"):
                    self.assertEqual(self.can(user, record, operation), user in allowed)

    def test_searches_and_groups_show_no_mail_of_others(self):
        for user, expected in ((self.admin, 0), (self.manager, 0), (self.anna, 1), (self.reader, 1)):
            messages = self.env["comm.message"].with_user(user)
            with self.subTest(user.login):
                self.assertEqual(messages.search_count([]), expected)
                self.assertEqual(sum(count for [count] in messages._read_group([], [], ["__count"])), expected)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.http")
    def test_attachments_follow_the_message(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": "comm.message", "res_id": self.personal_message.id}
        )
        self.assertTrue(self.can(self.anna, attachment, "read"))
        for user in (self.ben, self.manager, self.admin):
            with self.subTest(user.login):
                self.assertFalse(self.can(user, attachment, "read"))
                self.assertFalse(self.env["ir.attachment"].with_user(user).search([("id", "=", attachment.id)]))

    def test_users_cannot_make_mailboxes_of_others_or_shared_ones(self):
        for vals in ({"user_id": self.ben.id}, {"scope": "shared"}):
            with (
                self.subTest(str(vals)),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                self.make_mailbox(**vals)

    def test_an_owner_cannot_give_a_personal_mailbox_away(self):
        for vals in ({"user_id": self.ben.id}, {"scope": "shared"}):
            with (
                self.subTest(str(vals)),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                self.personal.with_user(self.anna).write(vals)

    def test_administrators_cannot_take_a_personal_mailbox_over(self):
        for vals in ({"user_id": self.admin.id}, {"scope": "shared"}):
            with self.subTest(str(vals)), self.assertRaisesRegex(AccessError, "Only the owner"):
                self.personal.with_user(self.admin).write(vals)

    def test_administrators_may_not_fetch_what_they_may_not_read(self):
        for user in (self.admin, self.manager):
            with self.subTest(user.login), self.assertRaisesRegex(AccessError, "no access to the mail"):
                self.shared.with_user(user).fetch_mail()

    def test_server_folders_are_not_edited_by_hand(self):
        folder = self.personal_message.folder_id.with_user(self.anna)
        folder.fetch_mode = "tree"
        with self.assertRaises(AccessError):
            folder.path = "Elsewhere"
        with self.assertRaises(AccessError):
            folder.create({"name": "New", "path": "New", "mailbox_id": self.personal.id})

from contextlib import suppress

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CommCase

# What every user of the addon may read, so that pointing at it tells nothing.
OPEN = {"comm.attachment.group", "comm.attachment.group.line", "comm.mailbox.template"}


@tagged("post_install", "-at_install")
class TestRightsCrossing(CommCase):
    """Ways across the border between two users that the rights on each record alone do not close."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"))
        self.mine = self.make_mailbox(kind="smtp").with_env(self.env)
        self.foreign = self.make_mailbox(self.ben, name="Ben's own").with_env(self.env)
        self.my_message, self.foreign_message = self.make_message(self.mine), self.make_message(self.foreign)
        self.foreign_folder = self.foreign_message.folder_id
        self.local = self.make_local()
        self.env.flush_all()

    def make_local(self, **vals):
        return (
            self.env["comm.folder"]
            .with_user(self.anna)
            .create({"name": "Mine", "is_local": True, "user_id": self.anna.id, **vals})
        )

    def refused(self, action):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            action()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_no_field_takes_the_id_of_a_record_of_somebody_else(self):
        """The name of what a field points at is told to whoever may read the record with the field."""
        dialogs = self.env["comm.mailbox.template.apply"]
        foreign_dialog = dialogs.with_user(self.ben).create(
            {"mailbox_id": self.foreign.id, "line_ids": [Command.create({"name": "port"})]}
        )
        kept = self.env["comm.folder"].create({"name": "Kept for Ben", "is_local": True, "member_ids": []})
        event = {"mailbox_id": self.foreign.id, "level": "info", "step": "fetch", "text": "x"}
        foreign = {
            "comm.mailbox": self.foreign,
            "comm.folder": self.foreign_folder,
            "comm.message": self.foreign_message,
            "comm.message.record": self.env["comm.message.record"].create(
                {"message_id": self.foreign_message.id, "res_model": "res.partner", "res_id": self.ben.partner_id.id}
            ),
            "comm.folder.member": self.env["comm.folder.member"].create({"folder_id": kept.id, "user_id": self.ben.id}),
            "comm.mailbox.member": self.make_shared({self.ben: "read"}).member_ids,
            "comm.mailbox.event": self.env["comm.mailbox.event"].create(event),
            "comm.mailbox.lease": self.env["comm.mailbox.lease"].search([("mailbox_id", "=", self.foreign.id)]),
            "comm.mailbox.template.apply": foreign_dialog,
            "comm.mailbox.template.apply.line": foreign_dialog.line_ids,
        }
        my_dialog = dialogs.with_user(self.anna).create(
            {"mailbox_id": self.mine.id, "line_ids": [Command.create({"name": "port"})]}
        )
        mine = [
            self.mine,
            self.my_message,
            self.my_message.folder_id,
            self.local,
            my_dialog,
            my_dialog.line_ids,
            self.env["comm.mailbox.delete"].with_user(self.anna).create({"mailbox_ids": self.mine.ids}),
        ]
        tried = set()
        for record in mine:
            for name, field in record._fields.items():
                ours = field.relational and field.comodel_name.startswith("comm.") and field.comodel_name not in OPEN
                if ours and (field.store or field.inverse):
                    tried.add(f"{record._name}.{name}")
                    with self.subTest(f"{record._name}.{name}"):
                        self.assert_refuses(record, name, foreign[field.comodel_name])
        self.assertLessEqual(
            {
                "comm.mailbox.sent_folder_id",
                "comm.mailbox.folder_ids",
                "comm.folder.parent_id",
                "comm.folder.mailbox_id",
            },
            tried,
        )

    def assert_refuses(self, record, name, target):
        value = target.id if record._fields[name].type == "many2one" else [Command.link(target.id)]
        with suppress(UserError), self.env.cr.savepoint():
            record.with_user(self.anna).write({name: value})
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertNotIn(target, record.sudo()[name])

    def test_a_folder_made_by_hand_stays_by_itself(self):
        self.refused(lambda: self.make_local(mailbox_id=self.foreign.id))
        self.refused(lambda: self.make_local(parent_id=self.foreign_folder.id))
        self.refused(
            lambda: (
                self.env["comm.folder"]
                .with_user(self.anna)
                .with_context(default_mailbox_id=self.mine.id)
                .create({"name": "X", "path": "X", "is_local": True})
            )
        )
        for vals in ({"user_id": self.ben.id}, {"is_local": False}, {"message_count": 5}, {"uid_high": 5}):
            with self.subTest(str(vals)):
                self.refused(lambda vals=vals: self.local.write(vals))
        self.local.write({"name": "Renamed", "parent_id": self.make_local().id})
        self.assertEqual(self.local.complete_name, "Mine / Renamed")

    def test_deleting_a_folder_is_asked_for_before_its_mail_goes(self):
        with self.assertRaises(AccessError):
            self.foreign_folder.with_user(self.anna).unlink()
        self.assertTrue(self.foreign_message.exists())

    def test_nobody_is_made_a_member_of_a_personal_mailbox_in_advance(self):
        """The line would count as soon as its owner shares the mailbox."""
        shared = self.make_shared({self.ben: "read"})
        for user in (self.manager, self.admin):
            members = self.env["comm.mailbox.member"].with_user(user)
            with self.subTest(user.login):
                self.refused(
                    lambda members=members: members.create({"mailbox_id": self.mine.id, "user_id": self.ben.id})
                )
                line = shared.with_user(user).member_ids
                self.refused(lambda line=line: line.write({"mailbox_id": self.mine.id}))

    def test_a_former_member_does_not_see_the_name_of_a_mailbox_that_became_personal(self):
        shared = self.make_shared({self.ben: "read"})
        shared.scope = "personal"
        self.assertFalse(self.env["comm.mailbox.member"].with_user(self.ben).search([]))

    def test_becoming_the_owner_does_not_get_one_the_password(self):
        """Whoever may point a mailbox at a server of theirs would receive the password there."""
        second = self.manager.copy({"login": "comm_second_manager"})
        shared = self.make_shared({self.ben: "read"}, host="mail.example.com", password="secret")
        self.assertTrue(shared.has_password)
        shared.with_user(self.manager).write({"port": 1993})  # who entered it may correct the server
        self.assertTrue(shared.has_password)
        shared.with_user(second).write({"user_id": second.id})
        shared.with_user(second).action_make_personal()
        self.assertTrue(shared.has_password)
        shared.with_user(second).write({"host": "evil.example.com"})
        self.assertFalse(shared.has_password)

    def test_sent_mail_goes_to_the_same_owner_or_to_a_shared_mailbox(self):
        shared = self.make_shared({self.anna: "write", self.ben: "write"})
        folder = self.make_message(shared).folder_id
        self.mine.with_user(self.anna).sent_folder_id = folder
        self.mine.with_user(self.anna).sent_folder_id = self.my_message.folder_id
        for user in (self.anna, self.admin):
            with self.subTest(user.login):
                self.refused(
                    lambda user=user: self.mine.with_user(user).write({"sent_folder_id": self.foreign_folder.id})
                )

    def test_an_open_dialog_takes_no_lines_of_others(self):
        dialog = self.env["comm.mailbox.template.apply"].with_user(self.anna).create({"mailbox_id": self.mine.id})
        lines = self.env["comm.mailbox.template.apply.line"].with_user(self.ben)
        self.refused(lambda: lines.create({"apply_id": dialog.id, "name": "host", "value": "evil.example.com"}))

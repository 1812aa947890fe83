from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CommCase


class OwnerCase(CommCase):
    def setUp(self):
        super().setUp()
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()

    def make_attachment(self, message):
        return self.env["ir.attachment"].create(
            {"name": "offer.txt", "raw": b"offer", "res_model": "comm.message", "res_id": message.id}
        )

    def is_due(self, mailbox):
        self.env.flush_all()
        self.env.invalidate_all()
        return mailbox.sudo().lease_ids in self.env["comm.mailbox.lease"]._due()

    def assert_nobody_connects(self, mailbox, user, reason):
        """Neither fetch nor refresh nor check gets as far as to the password; nothing is logged as a failure."""
        secrets = type(self.env["comm.mailbox.secret"])
        with patch.object(secrets, "_reveal__", side_effect=AssertionError("password taken")):
            for action in (mailbox.sudo().fetch_mail, mailbox.with_user(user).refresh_folders):
                self.assertIn(reason, self.failure_of(action))
            self.assertEqual(mailbox.sudo().state, "draft")
            self.assertFalse(mailbox.sudo().event_ids)
            self.assertFalse(mailbox.sudo().activity_ids)
            with self.assertRaisesRegex(UserError, reason):
                mailbox.sudo()._credentials__()


@tagged("post_install", "-at_install")
class TestOwnerArchived(OwnerCase):
    def setUp(self):
        super().setUp()
        self.mailbox = self.make_mailbox(
            auto_fetch=True, host="mail.example.com", login="anna", password="secret"
        ).with_env(self.env)
        self.message = self.make_message(self.mailbox)

    def test_a_mailbox_that_a_script_made_as_odoobot_is_in_use(self):
        mailbox = self.env["comm.mailbox"].create({"name": "By a script", "auto_fetch": True})
        self.assertFalse(mailbox.user_id.active)
        self.assertFalse(mailbox.not_in_use)
        self.assertTrue(self.is_due(mailbox))

    def test_a_personal_mailbox_rests_and_goes_on_when_the_owner_is_back(self):
        self.assertTrue(self.is_due(self.mailbox))
        self.anna.active = False
        self.assertFalse(self.is_due(self.mailbox))
        self.assert_nobody_connects(self.mailbox, self.admin, "owner of “Office” is archived")
        self.anna.active = True
        self.assertTrue(self.is_due(self.mailbox))
        self.assertFalse(self.mailbox.not_in_use)

    def test_the_scheduled_action_leaves_it_alone(self):
        self.env["comm.mailbox"].search([("id", "!=", self.mailbox.id)]).auto_fetch = False
        self.anna.active = False
        self.env.flush_all()
        with patch.object(type(self.mailbox), "_fetch_now", side_effect=AssertionError("fetched")):
            self.env.ref("comm_mailboxes.ir_cron_fetch_mail").method_direct_trigger()

    def test_administrators_see_why_and_no_next_try(self):
        self.anna.active = False
        self.env.invalidate_all()
        with Form(self.mailbox.with_user(self.admin)) as form:
            self.assertIn("is archived", form.not_in_use)
            self.assertFalse(form.next_fetch)

    def test_nobody_else_gets_to_the_mail(self):
        attachment = self.make_attachment(self.message)
        self.anna.active = False
        for user in (self.ben, self.manager, self.admin):
            with self.subTest(user.login), mute_logger("odoo.addons.base.models.ir_rule"):
                self.assertFalse(self.env["comm.message"].with_user(user).search([("id", "=", self.message.id)]))
                self.assertFalse(attachment.with_user(user).has_access("read"))
        for vals in ({"scope": "shared"}, {"user_id": self.admin.id}):
            with self.subTest(str(vals)), self.assertRaisesRegex(AccessError, "Only the owner"):
                self.mailbox.with_user(self.admin).write(vals)

    def test_a_shared_mailbox_goes_on_without_its_responsible(self):
        shared = self.make_shared({self.anna: "read"}, auto_fetch=True)
        self.manager.active = False
        self.assertTrue(self.is_due(shared))
        self.assertFalse(shared.not_in_use)


@tagged("post_install", "-at_install")
class TestOwnerDeleted(OwnerCase):
    def setUp(self):
        super().setUp()
        self.leaver = new_test_user(self.env, "comm_leaver", groups="comm_mailboxes.group_shared_manager")

    def test_the_personal_mailbox_goes_with_mail_and_attachments(self):
        mailbox = self.make_mailbox(self.leaver, password="secret")
        archived = self.make_mailbox(self.leaver, name="Old", active=False)
        message, old = self.make_message(mailbox), self.make_message(archived)
        by_hand = self.env["comm.folder"].create({"name": "Kept", "is_local": True, "user_id": self.leaver.id})
        kept = self.env["comm.message"].create({"folder_id": by_hand.id, "subject": "Kept"})
        records = [mailbox, archived, message, old, by_hand, kept]
        records += [self.make_attachment(record) for record in (message, old, kept)]
        others = self.make_message(self.make_mailbox(self.ben))
        self.leaver.with_user(self.admin).unlink()
        self.env.invalidate_all()
        for record in records:
            with self.subTest(str(record)):
                self.assertFalse(record.exists())
        self.assertFalse(self.env["comm.mailbox.secret"].search([("mailbox_id", "=", mailbox.id)]))
        self.assertTrue(others.exists())

    def test_shared_ones_go_to_the_manager_who_deletes_and_keep_everything(self):
        shared = self.make_shared({self.anna: "read", self.leaver: "write"}, user_id=self.leaver.id)
        archived = self.make_shared({self.anna: "read"}, user_id=self.leaver.id, active=False)
        message = self.make_message(shared)
        attachment = self.make_attachment(message)
        self.leaver.with_user(self.admin).unlink()
        self.env.invalidate_all()
        self.assertEqual((shared | archived).mapped("user_id"), self.admin)
        self.assertTrue(message.exists() and attachment.exists())
        self.assertEqual(shared.member_ids.user_id, self.anna)

    def test_who_deletes_but_manages_no_mailboxes_leaves_them_to_the_first_manager(self):
        clerk = new_test_user(self.env, "comm_clerk", groups="base.group_erp_manager,base.group_partner_manager")
        shared = self.make_shared({self.anna: "read"}, user_id=self.leaver.id)
        first = self.env.ref("comm_mailboxes.group_shared_manager").all_user_ids.filtered("active").sorted("id")[0]
        self.leaver.with_user(clerk).unlink()
        self.env.invalidate_all()
        self.assertEqual(shared.user_id, first)

    def test_without_any_manager_odoobot_stands_in(self):
        shared = self.make_shared({self.anna: "read"}, user_id=self.leaver.id)
        managers = self.env.ref("comm_mailboxes.group_shared_manager").all_user_ids - self.leaver
        managers.filtered("active").active = False
        self.leaver.unlink()
        self.env.invalidate_all()
        self.assertEqual(shared.user_id, self.env.ref("base.user_root"))

    def test_who_may_not_delete_users_deletes_no_mailboxes_either(self):
        mailbox = self.make_mailbox(self.leaver)
        with (
            patch.object(type(mailbox), "unlink", side_effect=AssertionError("deleted first, asked later")),
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_model"),
        ):
            self.leaver.with_user(self.ben).unlink()

    def test_several_at_once(self):
        second = new_test_user(self.env, "comm_leaver_2", groups="comm_mailboxes.group_shared_manager")
        shared = self.make_shared({self.anna: "read"}, user_id=self.leaver.id)
        mailbox = self.make_mailbox(second)
        (self.leaver | second).with_user(self.admin).unlink()
        self.env.invalidate_all()
        self.assertEqual(shared.user_id, self.admin)
        self.assertFalse(mailbox.exists())


@tagged("post_install", "-at_install")
class TestCompanySwitchedOff(OwnerCase):
    def test_its_mailboxes_rest_until_it_is_back(self):
        company = self.env["res.company"].create({"name": "Branch"})
        personal = self.make_mailbox(auto_fetch=True, host="mail.example.com", login="anna", password="secret")
        shared = self.make_shared({self.anna: "read"}, auto_fetch=True)
        elsewhere = self.make_mailbox(auto_fetch=True)
        nowhere = self.make_mailbox(auto_fetch=True)
        nowhere.sudo().company_id = False
        (personal.sudo() | shared.sudo()).company_id = company
        company.active = False
        due = [self.is_due(mailbox) for mailbox in (personal, shared, elsewhere, nowhere)]
        self.assertEqual(due, [False, False, True, True])
        self.assert_nobody_connects(personal, self.anna, "company of “Office” is archived")
        company.active = True
        self.assertTrue(self.is_due(personal) and self.is_due(shared))
        self.assertFalse(personal.not_in_use)

    def test_a_failure_from_before_does_not_make_it_due(self):
        """The way around the waiting time (settings changed) does not lead around the company."""
        mailbox = self.make_mailbox(auto_fetch=True)
        company = self.env["res.company"].create({"name": "Branch", "active": False})
        mailbox.sudo().company_id = company
        mailbox.password = "new"
        self.assertFalse(self.is_due(mailbox))
        mailbox.sudo().company_id = self.env.company
        self.assertTrue(self.is_due(mailbox))


@tagged("post_install", "-at_install")
class TestMemberLeaves(OwnerCase):
    """Who is taken off a shared mailbox, also by themselves, has no access from that moment on."""

    def reaches(self, user, message, attachment):
        self.env.flush_all()
        mailbox = message.mailbox_id.with_user(user)
        try:
            mailbox._check_mail_access()
            may_fetch = True
        except AccessError:
            may_fetch = False
        return {
            bool(self.env["comm.message"].with_user(user).search([("id", "=", message.id)])),
            message.with_user(user).has_access("read"),
            attachment.with_user(user).has_access("read"),
            message.folder_id.with_user(user).has_access("read") if user != self.manager else may_fetch,
            may_fetch,
        }

    def setUp(self):
        super().setUp()
        self.desk = self.env["res.groups"].create({"name": "Desk", "user_ids": [Command.link(self.ben.id)]})
        self.shared = self.make_shared({self.manager: "write", self.anna: "write", self.desk: "read"})
        self.message = self.make_message(self.shared)
        self.attachment = self.make_attachment(self.message)

    def line(self, who):
        return self.shared.member_ids.filtered(lambda line: who in (line.user_id, line.group_id))

    def test_a_manager_who_removes_themselves(self):
        self.assertEqual(self.reaches(self.manager, self.message, self.attachment), {True})
        self.shared.with_user(self.manager).write({"member_ids": [Command.delete(self.line(self.manager).id)]})
        self.assertEqual(self.reaches(self.manager, self.message, self.attachment), {False})
        self.assertEqual(self.reaches(self.anna, self.message, self.attachment), {True})

    def test_a_member_cannot_touch_the_list_of_members(self):
        loggers = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
        for action in (
            lambda: self.line(self.anna).with_user(self.anna).unlink(),
            lambda: self.line(self.anna).with_user(self.anna).write({"access": "read"}),
            lambda: self.shared.with_user(self.anna).write({"member_ids": [Command.clear()]}),
        ):
            with self.assertRaises(AccessError), mute_logger(*loggers):
                action()
        self.assertEqual(self.reaches(self.anna, self.message, self.attachment), {True})

    def test_a_user_taken_out_of_the_group_that_is_a_member(self):
        self.assertEqual(self.reaches(self.ben, self.message, self.attachment), {True})
        self.desk.user_ids = [Command.unlink(self.ben.id)]
        self.assertEqual(self.reaches(self.ben, self.message, self.attachment), {False})

    def test_the_last_member_leaves_and_the_mailbox_stays(self):
        self.shared.with_user(self.manager).member_ids.unlink()
        for user in (self.manager, self.anna, self.ben):
            with self.subTest(user.login):
                self.assertEqual(self.reaches(user, self.message, self.attachment), {False})
        self.assertTrue(self.shared.with_user(self.manager).has_access("write"))

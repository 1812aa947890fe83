from ast import literal_eval

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.tests.common import CommCase

VIEW = "comm_folders.res_users_view_form_settings"
PREFERENCES = "base.view_users_form_simple_modif"


@tagged("post_install", "-at_install")
class TestSettings(CommCase):
    def settings(self, user=None):
        return self.env["res.users.settings"]._find_or_create_for_user(user or self.anna)

    def test_a_user_changes_them_on_both_forms(self):
        me = self.anna.with_user(self.anna)
        for view, interval in ((VIEW, 20), (PREFERENCES, 40)):
            with self.subTest(view):
                with Form(me, view) as form:
                    form.comm_refresh_interval = interval
                    form.comm_preview_position = "below"
                    form.comm_mark_read = "later"
                    form.comm_mark_read_seconds = 7
                    form.comm_undo_seconds = 30
                self.assertRecordValues(
                    self.settings(),
                    [
                        {
                            "comm_refresh_interval": interval,
                            "comm_preview_position": "below",
                            "comm_mark_read": "later",
                            "comm_mark_read_seconds": 7,
                            "comm_undo_seconds": 30,
                        }
                    ],
                )

    def test_the_session_knows_them_from_the_start(self):
        values = self.settings()._res_users_settings_format()
        self.assertEqual(values["comm_refresh_interval"], 60)
        self.assertEqual(values["comm_preview_position"], "right")
        self.assertEqual(values["comm_remote_images"], "ask")
        self.assertNotIn("comm_badge_mailbox_ids", values)

    def test_other_windows_of_the_user_are_told(self):
        self.settings()
        self.env["bus.bus"].search([]).unlink()
        self.anna.with_user(self.anna).write({"comm_preview_position": "off"})
        self.env.cr.precommit.run()
        [told] = self.env["bus.bus"].search([])
        self.assertIn(f'"res.partner",{self.anna.partner_id.id}', told.channel.replace(" ", ""))
        self.assertIn('"comm_preview_position":"off"', told.message.replace(" ", ""))

    def test_mailboxes_that_count_in_the_badge(self):
        mailbox = self.make_mailbox()
        with Form(self.anna.with_user(self.anna), VIEW) as form:
            form.comm_badge_mailbox_ids.add(mailbox)
        self.assertEqual(self.settings().comm_badge_mailbox_ids, mailbox.with_env(self.env))

    def test_a_mailbox_that_the_user_lost_does_not_keep_the_settings_from_opening(self):
        shared = self.make_shared({self.anna: "write", self.ben: "write"})
        own = self.make_mailbox()
        anna = self.anna.with_user(self.anna)
        anna.comm_badge_mailbox_ids = shared.with_user(self.anna) | own
        shared.sudo().member_ids.filtered(lambda member: member.user_id == self.anna).unlink()
        self.env.invalidate_all()
        with Form(anna, VIEW) as form:
            self.assertEqual(form.comm_badge_mailbox_ids[:].mapped("name"), ["Office"])
            form.comm_refresh_interval = 77
        self.assertEqual(self.settings().comm_refresh_interval, 77)
        self.assertEqual(anna.comm_badge_mailbox_ids.ids, own.ids)

    def test_the_badge_follows_when_other_mailboxes_shall_count(self):
        self.settings()
        mailbox = self.make_mailbox(name="Counted")
        self.make_mailbox(name="Not counted")
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.anna.with_user(self.anna).comm_badge_mailbox_ids = mailbox
        self.env.cr.precommit.run()
        [told] = self.env["bus.bus"].search([("message", "like", "comm_folders/badge")])
        self.assertIn(f'"res.partner",{self.anna.partner_id.id}', told.channel.replace(" ", ""))
        self.assertIn("Counted", told.message)
        self.assertNotIn("Not counted", told.message)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_changes_those_of_others(self):
        with self.assertRaises(AccessError):
            self.anna.with_user(self.ben).comm_refresh_interval = 5
        self.assertEqual(self.settings().comm_refresh_interval, 60)

    @mute_logger("odoo.sql_db")
    def test_seconds_out_of_range_are_refused(self):
        for name, value in (
            ("comm_refresh_interval", -1),
            ("comm_refresh_interval", 86401),
            ("comm_mark_read_seconds", -1),
            ("comm_undo_seconds", 121),
        ):
            with self.subTest(name, value=value), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.settings()[name] = value
                self.env.flush_all()

    def test_the_button_and_the_menu_open_my_own(self):
        action = self.env.ref("comm_folders.action_my_settings").with_user(self.anna).run()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.users", self.anna.id))
        self.assertEqual(action["views"][0][0], self.env.ref(VIEW).id)

    # Senders whose pictures are always loaded

    def allow(self, user, address):
        return self.env["comm.remote.sender"].with_user(user).create({"email": address})

    def test_allowed_senders_are_listed_and_removed_on_both_forms(self):
        me = self.anna.with_user(self.anna)
        self.allow(self.ben, "theirs@example.com")
        for view in (VIEW, PREFERENCES):
            with self.subTest(view):
                self.allow(self.anna, "news@shop.example")
                with Form(me, view) as form:
                    self.assertEqual(
                        [line["email"] for line in form.comm_remote_sender_ids._records], ["news@shop.example"]
                    )
                    form.comm_remote_sender_ids.remove(0)
                    with form.comm_remote_sender_ids.new() as line:
                        line.email = f"Me <{view[:5]}@Example.com>"
                self.assertEqual(me.comm_remote_sender_ids.mapped("email"), [f"{view[:5]}@example.com"])
                me.comm_remote_sender_ids.unlink()
        self.assertEqual(self.ben.comm_remote_sender_ids.email, "theirs@example.com")

    def test_what_is_removed_waits_for_permission_again(self):
        message = self.make_message(
            self.make_mailbox(), email_from="News <news@shop.example>", body_html='<img src="https://p.example/a.gif">'
        ).with_user(self.anna)
        message.allow_remote_sender()
        self.assertTrue(message.preview_info["remote"]["allowed"])
        self.anna.with_user(self.anna).write({"comm_remote_sender_ids": [Command.clear()]})
        message.invalidate_recordset()
        self.assertFalse(message.preview_info["remote"]["allowed"])

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_commands_are_short_as_the_web_client_sends_them(self):
        mine = self.allow(self.anna, "news@shop.example")
        theirs = self.allow(self.ben, "theirs@example.com")
        me = self.anna.with_user(self.anna)
        for code in (Command.DELETE, Command.LINK, Command.UNLINK):
            with self.subTest(code), self.assertRaises(AccessError):
                me.write({"comm_remote_sender_ids": [[code, theirs.id]]})
        me.web_save({"comm_remote_sender_ids": [[Command.DELETE, mine.id]]}, {})
        self.assertFalse(me.comm_remote_sender_ids)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_sees_or_changes_the_senders_of_others(self):
        sender = self.allow(self.anna, "news@shop.example")
        with self.assertRaises(AccessError):
            self.anna.with_user(self.ben).write({"comm_remote_sender_ids": [Command.clear()]})
        # A list of mine does not lead to the records of others.
        for command in (
            Command.delete(sender.id),
            Command.update(sender.id, {"email": "x@example.com"}),
            Command.link(sender.id),
            Command.set(sender.ids),
            Command.create({"email": "y@example.com", "user_id": self.anna.id}),
        ):
            with self.subTest(command), self.assertRaises(AccessError):
                self.ben.with_user(self.ben).write({"comm_remote_sender_ids": [command]})
        self.env.invalidate_all()
        self.assertEqual(self.anna.comm_remote_sender_ids.mapped("email"), ["news@shop.example"])

    # Text blocks

    def test_a_text_block_written_there_is_offered(self):
        action = self.env.ref("comm_folders.action_text_blocks")
        context = literal_eval(action.context)
        with Form(self.env["mail.template"].with_user(self.anna).with_context(**context)) as form:
            form.name = "Opening hours"
            form.body_html = "<p>We are here from nine to five.</p>"
        offered = self.env["comm.message"].with_user(self.anna).text_blocks("Opening")
        self.assertEqual([block["name"] for block in offered], ["Opening hours"])
        found = self.env["mail.template"].with_user(self.anna).search(literal_eval(action.domain))
        self.assertIn("Opening hours", found.mapped("name"))

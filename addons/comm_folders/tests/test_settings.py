from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
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

import json

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .browser import BrowserCase
from .sending import SendingCase

VIEW = "comm_mailboxes.comm_configuration_view_form"


@tagged("post_install", "-at_install")
class TestConfiguration(SendingCase):
    """Basics / Configuration, as an administrator of mailboxes uses it who is none of Odoo's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = new_test_user(
            cls.env, "comm_keeper", groups="comm_mailboxes.group_admin", email="keeper@example.com", lang="en_US"
        )

    def open(self, user=None, company=None):
        """Return the record that the menu opens."""
        mailboxes = self.env["comm.mailbox"].with_user(user or self.keeper).with_company(company or self.company)
        action = self.env.ref("comm_mailboxes.action_open_configuration").with_env(mailboxes.env).run()
        self.assertEqual((action["res_model"], action["view_mode"]), ("comm.mailbox", "form"))
        self.assertEqual(action["view_id"][0], self.env.ref(VIEW).id)
        return mailboxes.browse(action["res_id"])

    def test_the_keeper_sets_everything_a_mailbox_has_and_a_from_filter(self):
        with Form(self.open(), view=VIEW) as form:
            form.host = "127.0.0.1"
            form.security = "tls"
            self.assertEqual(form.port, 465)
            form.security = "none"
            form.port = self.receivers["company"].port
            form.allow_clear_password = True
            form.domain = "CORP"
            form.login = "odoo"
            form.password = "secret-word"
            form.auth_method = "plain"
            form.from_filter = "lab.test"
        mailbox = self.company._comm_outgoing_mailbox()
        self.assertRecordValues(
            mailbox, [{"scope": "company", "port": self.receivers["company"].port, "from_filter": "lab.test"}]
        )
        self.assertFalse(mailbox.password)
        self.assertEqual(self.env["comm.mailbox.secret"]._reveal__(mailbox, "password"), "secret-word")
        self.run_queue(self.make_mail(self.ben))
        self.assertEqual(self.came_through(), ["company"])
        self.assertEqual(self.open(), mailbox)
        with self.assertRaisesRegex(ValidationError, "From filter"):
            self.open().from_filter = "not a domain"

    def test_another_server_name_drops_the_password_that_somebody_else_entered(self):
        self.open().write({"host": "127.0.0.1", "login": "odoo", "password": "secret-word"})
        mailbox = self.open(self.admin)
        mailbox.host = "thief.example.com"
        self.assertFalse(mailbox.has_password)

    def test_the_other_settings_are_written_where_they_belong_and_give_no_right_there(self):
        with Form(self.open(), view=VIEW) as form:
            self.assertEqual((form.config_import_limit, form.config_event_days), (100, 30))
            form.config_import_limit = 25
            form.config_event_days = 12
        self.assertEqual(self.company.comm_import_limit, 25)
        self.assertEqual(self.env["comm.mailbox.event"]._days_kept(), 12)
        for values, words in (
            ({"config_import_limit": -1}, "has a size"),
            ({"config_event_days": 0}, "at least one day"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self.open().write(values)
        mine = self.make_mailbox(self.keeper)
        with self.assertRaisesRegex(ValidationError, "configuration of the company"):
            mine.config_import_limit = 1
        for refused in (
            lambda: self.company.with_user(self.keeper).write({"comm_import_limit": 1}),
            lambda: self.env["ir.config_parameter"].with_user(self.keeper).set_param("comm_mailboxes.event_days", "1"),
            lambda: self.env["res.config.settings"].with_user(self.keeper).create({}).execute(),
            lambda: self.env["ir.mail_server"].with_user(self.keeper).search([]).mapped("smtp_pass"),
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                refused()

    def test_who_is_no_administrator_of_mailboxes_does_not_get_in(self):
        mailbox = self.open()
        for user in (self.anna, self.manager):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.env["comm.mailbox"].with_user(user).action_configuration()
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    mailbox.with_user(user).read(["host"])
                with self.assertRaises(AccessError):
                    self.make_mailbox(user).config_event_days = 3
                menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                self.assertNotIn(self.env.ref("comm_mailboxes.menu_configuration").id, menus)
        menus = self.env["ir.ui.menu"].with_user(self.keeper)._visible_menu_ids()
        self.assertIn(self.env.ref("comm_mailboxes.menu_configuration").id, menus)

    def test_each_company_has_its_own_page_and_strangers_do_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        boss = new_test_user(
            self.env, "boss", groups="comm_mailboxes.group_admin", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        theirs = self.open(boss, other)
        self.assertEqual(theirs.company_id, other)
        self.assertNotEqual(theirs, self.open())
        theirs.config_import_limit = 7
        self.assertEqual((other.comm_import_limit, self.company.comm_import_limit), (7, 100))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            theirs.with_user(self.keeper).host = "thief.example.com"
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            theirs.copy({"name": "Second"})

    def test_a_page_that_was_only_looked_at_changes_nothing(self):
        self.open()
        self.assertFalse(self.env["comm.smtp.resolver"]._is_used())
        self.open().host = "127.0.0.1"
        self.assertTrue(self.env["comm.smtp.resolver"]._is_used())
        self.open().host = False
        self.assertFalse(self.env["comm.smtp.resolver"]._is_used())

    # Check

    def set_server(self, **vals):
        mailbox = self.open()
        mailbox.write({**self.on_receiver("company", email=False), **vals})
        return mailbox

    def test_the_check_sends_a_mail_to_who_checks(self):
        steps = self.set_server().check_connection()
        self.assertEqual((steps[-1]["step"], steps[-1]["ok"]), ("test_mail", True), steps[-1]["detail"])
        [envelope] = self.receivers["company"].received
        self.assertEqual(envelope.rcpt_tos, ["keeper@example.com"])

    def test_the_check_says_when_its_filter_lets_no_mail_pass(self):
        steps = self.set_server(from_filter="elsewhere.example").check_connection()
        self.assertEqual((steps[-1]["step"], steps[-1]["ok"]), ("test_mail", False))
        self.assertIn("elsewhere.example", steps[-1]["detail"])
        self.assertEqual(self.came_through(), [])

    def test_the_check_tells_what_the_server_said(self):
        mailbox = self.set_server()
        self.receivers["company"].refused["keeper@example.com"] = "550 5.7.1 Relaying denied"
        steps = mailbox.check_connection()
        self.assertFalse(steps[-1]["ok"])
        self.assertIn("Relaying denied", steps[-1]["detail"])
        self.assertEqual(mailbox.state, "error")

    # Which server?

    def test_which_server_asks_for_odoo_itself_and_then_for_whoever_is_typed_in(self):
        mailbox = self.set_server()
        self.make_own()
        action = mailbox.action_which_server()
        questions = self.env["comm.smtp.question"].with_user(self.keeper).with_context(**action["context"])
        with Form(questions) as form:
            self.assertIn("127.0.0.1", form.answer)
            self.assertFalse(form.user_id)
            form.user_id = self.anna
            form.email_from = "anna@lab.test"
            self.assertIn("Own", form.answer)


@tagged("post_install", "-at_install")
class TestConfigurationScreen(BrowserCase):
    # Odoo hides the last menus behind a "+" where they do not fit beside what stands at the right.
    browser_size = "1600x900"

    def test_a_tour_through_the_page(self):
        keeper = new_test_user(
            self.env, "comm_keeper", groups="comm_mailboxes.group_admin", email="keeper@example.com", lang="en_US"
        )
        self.env["res.lang"]._activate_lang("en_US")
        self.start_tour("/odoo", "comm_mailboxes.configuration", login=keeper.login)
        mailbox = self.env.company._comm_outgoing_mailbox()
        self.assertRecordValues(mailbox, [{"host": "mail.example.com", "port": 465, "config_import_limit": 42}])

    def test_after_a_switch_of_company_the_page_is_that_of_the_new_one(self):
        """Odoo then loads the same address again, with the number of the mailbox in it."""
        first, second = self.env.company, self.env["res.company"].create({"name": "Second Company"})
        keeper = new_test_user(
            self.env,
            "comm_keeper",
            groups="comm_mailboxes.group_admin",
            lang="en_US",
            company_id=first.id,
            company_ids=[(6, 0, (first | second).ids)],
        )
        page = self.env["comm.mailbox"].with_user(keeper).action_configuration()
        title = "document.querySelector('.o_form_view .oe_title [name=company_id]')"
        for company in (first, second):
            self.browser_js(
                f"/odoo/action-{page['id']}/{page['res_id']}",
                f"""if ({title}.textContent.trim() === {json.dumps(company.name)}) {{ console.log("test successful"); }}
                    else {{ console.error({title}.textContent); }}""",
                f"Boolean({title})",
                login=keeper.login,
                cookies={"cids": str(company.id)},
            )
        self.assertEqual(second._comm_outgoing_mailbox().company_id, second)

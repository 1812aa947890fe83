from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import config, mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models.comm_mailbox_lease import REFUSALS_BEFORE_STOP
from .oauth import SECRET, OauthCase

LOGGER = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestOauthTokens(OauthCase):
    def test_mail_is_fetched_by_imap_and_pop3(self):
        self.deliver("Hello")
        for kind in ("imap", "pop3"):
            with self.subTest(kind):
                mailbox = self.make_oauth_mailbox(kind=kind)
                self.assertEqual(self.sign_in(mailbox)["state"], "done")
                self.assertEqual(mailbox.fetch_mail(), 1)
                self.assertEqual(mailbox.sudo().lease_ids.mechanism, "XOAUTH2")
                self.assertEqual(mailbox.oauth_account, self.account.address)
                self.assertGreater(mailbox.oauth_until, fields.Datetime.now() + timedelta(minutes=50))

    def test_the_check_passes_and_so_does_sending(self):
        mailbox = self.make_oauth_mailbox(kind="smtp")
        self.sign_in(mailbox)
        steps = mailbox.check_connection()
        self.assertTrue(all(step["ok"] for step in steps), steps)
        self.assertIn("XOAUTH2", next(step["detail"] for step in steps if step["step"] == "login"))

    def test_a_token_is_refreshed_before_it_runs_out_and_the_new_refresh_token_is_kept(self):
        self.book.access_seconds = 200
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        before = self.book.refreshes
        for number in (1, 2, 3):
            mailbox.fetch_mail()
            self.assertEqual(self.book.refreshes, before + number)
        self.book.access_seconds = 3600
        mailbox.fetch_mail()
        mailbox.fetch_mail()
        self.assertEqual(self.book.refreshes, before + 4, "a good token is used as it is, without asking anybody")
        asked = len(self.identity.requests)
        mailbox.refresh_folders()
        self.assertEqual([line for line in self.identity.requests[asked:] if "introspect" not in line], [])

    def test_a_token_that_the_server_refuses_is_replaced_once(self):
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        self.deliver("Hello")
        self.book.expire(self.account.address)
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.book.expire(self.account.address)
        steps = mailbox.check_connection()
        self.assertTrue(all(step["ok"] for step in steps), steps)
        self.assertEqual([step["step"] for step in steps], ["resolve", "connect", "tls", "login", "folders"])

    def test_a_token_that_runs_out_in_the_middle_of_a_fetch_is_replaced_and_no_mail_comes_twice(self):
        mailbox = self.make_oauth_mailbox(security="none", allow_clear_password=True)
        self.sign_in(mailbox)
        for number in range(12):
            self.deliver(f"Mail {number}", body="x" * 20000)
        with self.lab.proxy() as proxy:
            mailbox.port = proxy.port
            with self.meanwhile_in_session("messages", lambda: self.run_out(proxy)):
                self.assertEqual(mailbox.fetch_mail(), 12)
            self.assertGreaterEqual(proxy.commands.count("AUTHENTICATE"), 2)
        self.assertEqual(len(set(self.messages(mailbox).mapped("subject"))), 12)
        self.assertEqual(len(self.messages(mailbox)), 12)
        self.assertEqual(mailbox.state, "ok")

    def run_out(self, proxy):
        self.book.expire(self.account.address)
        proxy.bye("Session invalidated - AccessTokenExpired")
        proxy.reset()

    def meanwhile_in_session(self, method, action):
        from ..protocol.imap import ImapSession  # noqa: PLC0415

        real, waiting = getattr(ImapSession, method), [action]

        def call(session, *args, **options):
            if waiting:
                waiting.pop()()
            return real(session, *args, **options)

        return patch.object(ImapSession, method, call)

    def test_a_refused_refresh_stops_the_mailbox_and_tells_the_owner_until_somebody_signs_in(self):
        mailbox = self.make_oauth_mailbox(auto_fetch=True)
        self.sign_in(mailbox)
        for number, word, error in (
            (50173, "password was changed", None),
            (65001, "grant consent", None),
            (7000222, "client secret has expired", "invalid_client"),
        ):
            with self.subTest(number):
                self.book.expire(self.account.address)
                self.book.refuse(number, error=error)
                with mute_logger(LOGGER):
                    told = self.failure_of(mailbox.fetch_mail)
                self.assertIn(word, told)
                self.assertIn(f"AADSTS{number}", told)
                mailbox.invalidate_recordset()
                self.assertEqual(mailbox.state, "error")
                self.assertTrue(mailbox.fetch_stopped)
                self.assertTrue(mailbox.oauth_ended)
                self.assertEqual(mailbox.sudo().lease_ids.refusals, REFUSALS_BEFORE_STOP)
                self.assertNotIn(mailbox.sudo().lease_ids, self.env["comm.mailbox.lease"]._due())
                [activity] = self.activities(mailbox)
                self.assertEqual(activity.user_id, self.anna)
                self.assertIn(word, activity.note)
                self.assertIn(
                    f'/odoo/comm.mailbox/{mailbox.id}">Open the mailbox properties and sign in', activity.note
                )
                self.sign_in(mailbox)
                mailbox.invalidate_recordset()
                self.assertFalse(self.activities(mailbox))
                self.assertFalse(mailbox.fetch_stopped)
                self.assertFalse(mailbox.oauth_ended)
                self.assertIn(mailbox.sudo().lease_ids, self.env["comm.mailbox.lease"]._due())
                mailbox.fetch_mail()
                self.assertEqual(mailbox.state, "ok")

    def test_the_form_does_not_say_renewed_by_itself_once_access_has_ended(self):
        arch = etree.fromstring(self.env["comm.mailbox"].get_view(view_type="form")["arch"])
        [state] = arch.xpath("//div[contains(@class, 'o_comm_oauth_state')]")
        renewed, ended = state.xpath("div[.//field[@name='oauth_account']]")
        self.assertIn("renewed by itself", "".join(renewed.itertext()))
        self.assertIn("has ended", "".join(ended.itertext()))
        for signed_in, has_ended in ((True, False), (True, True)):
            values = {"oauth_signed_in": signed_in, "oauth_ended": has_ended, "oauth_app_only": False}
            self.assertEqual(safe_eval(renewed.get("invisible"), dict(values)), has_ended)
            self.assertEqual(safe_eval(ended.get("invisible"), dict(values)), not has_ended)
            # What has to be done now is the one button in colour.
            buttons = arch.xpath("//button[@name='action_oauth_sign_in']")
            values |= {"may_sign_in": True, "oauth_provider": "microsoft"}
            [shown] = [button for button in buttons if not safe_eval(button.get("invisible"), dict(values))]
            self.assertEqual((shown.get("string"), "btn-primary" in shown.get("class")), ("Sign in again", has_ended))

    def test_with_a_client_secret_there_is_no_sign_in_with_a_code(self):
        mailbox = self.make_oauth_mailbox()
        self.assertTrue(mailbox.offers_device_code)
        mailbox.client_secret = SECRET
        self.assertFalse(mailbox.offers_device_code)
        asked = len(self.identity.requests)
        with self.assertRaisesRegex(UserError, "has a client secret offers no sign-in with a code"):
            mailbox.oauth_begin_device()
        self.assertFalse([line for line in self.identity.requests[asked:] if "devicecode" in line])
        mailbox.client_secret = ""
        self.assertTrue(mailbox.offers_device_code)
        self.assertEqual(self.sign_in(mailbox)["state"], "done")

    def test_a_form_that_is_being_filled_may_hold_half_an_address(self):
        mailbox = self.env["comm.mailbox"].new({"oauth_provider": "other"})
        for text in ("https://[::1", "https://localhost:abc", "//", "x", False):
            with self.subTest(text):
                mailbox.oauth_authority = text
                mailbox.invalidate_recordset(["oauth_provider_name"])
                self.assertEqual(mailbox.oauth_provider_name, "the provider")
        mailbox.oauth_authority = " https://login.example.com/x"
        mailbox.invalidate_recordset(["oauth_provider_name"])
        self.assertEqual(mailbox.oauth_provider_name, "login.example.com")

    def test_an_authority_with_a_port_that_is_none_is_refused_on_save(self):
        for authority in (
            "https://localhost:abc",
            "https://localhost:99999",
            "https://localhost:0",
            "https://[::1",
            "https://localhost:-1",
        ):
            with self.subTest(authority), self.assertRaisesRegex(ValidationError, "authority is an address"):
                self.make_oauth_mailbox(oauth_authority=authority)

    def test_an_identity_server_that_does_not_answer_is_asked_again_later(self):
        mailbox = self.make_oauth_mailbox(auto_fetch=True)
        self.sign_in(mailbox)
        for behaviour, word in (
            ("error 503", "cannot answer"),
            ("html", "something else"),
            ("json 404", "something else"),
            ("json 403", "something else"),
        ):
            with self.subTest(behaviour), mute_logger(LOGGER):
                self.book.expire(self.account.address)
                self.identity.behaviour = behaviour
                self.assertIn(word, self.failure_of(mailbox.fetch_mail))
                mailbox.invalidate_recordset()
                self.assertFalse(mailbox.fetch_stopped)
                self.assertLess(mailbox.next_fetch, fields.Datetime.now() + timedelta(minutes=6))
                self.identity.behaviour = ""
                mailbox.fetch_mail()
                self.assertEqual(mailbox.state, "ok")

    def test_a_token_for_another_address_is_refused_in_plain_words(self):
        other = self.lab.account()
        mailbox = self.make_oauth_mailbox()
        answer = self.sign_in(mailbox, other)
        self.assertEqual(answer["state"], "failed")
        self.assertIn(other.address, answer["text"])
        self.assertFalse(mailbox.oauth_signed_in)
        # Who says that the other account may open it is believed, until the mail server says something else.
        mailbox.oauth_user = other.address
        self.assertEqual(self.sign_in(mailbox, other)["state"], "done")
        with mute_logger(LOGGER):
            told = self.failure_of(mailbox.fetch_mail)
        for part in (other.address, self.account.address, "switched off"):
            self.assertIn(part, told)
        self.sign_in(mailbox, other)
        with mute_logger(LOGGER):
            steps = mailbox.check_connection()
        self.assertEqual((steps[-1]["step"], steps[-1]["ok"], steps[-1]["detail"]), ("login", False, told))

    def test_a_shared_mailbox_is_opened_by_the_token_of_a_person(self):
        shared = self.lab.account("shared-1")
        self.deliver("For all", account=shared)
        self.book.share(shared.address, self.account.address)
        mailbox = self.make_oauth_mailbox(account=shared, oauth_user=self.account.address)
        self.assertEqual(self.sign_in(mailbox)["state"], "done")
        mailbox.fetch_mail()
        self.assertIn("For all", self.messages(mailbox).mapped("subject"))
        self.assertEqual(mailbox.oauth_account, self.account.address)

    def test_the_application_itself_signs_in_for_a_shared_mailbox(self):
        shared = self.lab.account("shared-2")
        self.deliver("For the application", account=shared)
        self.book.register("daemon", secret=SECRET, mailboxes=[shared.address])
        values = {
            **self.make_oauth_mailbox(account=shared).copy_data()[0],
            "scope": "shared",
            "client_id": "daemon",
            "client_secret": SECRET,
            "tenant": "lab.test",
        }
        with self.assertRaises(AccessError):
            self.env["comm.mailbox"].with_user(self.manager).create({**values, "oauth_app_only": True})
        mailbox = self.env["comm.mailbox"].with_user(self.admin).create({**values, "oauth_app_only": True})
        mailbox.with_user(self.admin).check_connection()
        self.assertEqual(mailbox.state, "ok", mailbox.last_error)
        mailbox.member_ids = [fields.Command.create({"user_id": self.anna.id, "access": "read"})]
        mailbox.with_user(self.anna).fetch_mail()
        self.assertIn("For the application", self.messages(mailbox).mapped("subject"))
        # The application may open every mailbox: a manager must not choose which.
        as_manager = mailbox.with_user(self.manager)
        for vals in ({"login": "boss@lab.test"}, {"email": "boss@lab.test"}, {"host": "x"}, {"oauth_app_only": False}):
            with self.subTest(str(vals)), self.assertRaises(AccessError):
                as_manager.write(vals)
        as_manager.write({"name": "Renamed"})
        with self.assertRaises(AccessError):
            as_manager.action_make_personal()
        with self.assertRaises(UserError):
            mailbox.oauth_begin_device()

    def test_the_application_itself_needs_its_secret(self):
        values = {
            **self.make_oauth_mailbox().copy_data()[0],
            "scope": "shared",
            "client_id": "daemon",
            "tenant": "lab.test",
            "oauth_app_only": True,
        }
        mailboxes = self.env["comm.mailbox"].with_user(self.admin)
        with self.assertRaisesRegex(ValidationError, "client secret"):
            mailboxes.create(values)
        mailbox = mailboxes.create({**values, "client_secret": SECRET, "auto_fetch": True})
        with self.assertRaisesRegex(ValidationError, "client secret"), self.env.cr.savepoint():
            mailbox.client_secret = ""
        mailbox.invalidate_recordset()
        self.assertTrue(mailbox.has_client_secret)
        # As it was saved before that was asked for.
        self.secret(mailbox, "client_secret").unlink()
        mailbox.invalidate_recordset()
        with mute_logger(LOGGER):
            self.assertIn("client secret is missing", self.failure_of(mailbox.sudo().fetch_mail))
        mailbox.invalidate_recordset()
        self.assertTrue(mailbox.fetch_stopped)
        mailbox.client_secret = SECRET
        self.assertFalse(mailbox.fetch_stopped)

    def test_tokens_go_when_somebody_else_redirects_them(self):
        mailbox = self.make_oauth_mailbox()
        for vals in ({"host": "mail.example.com"}, {"login": "x@lab.test"}, {"skip_certificate_check": True}):
            with self.subTest(str(vals)):
                self.sign_in(mailbox)
                mailbox.with_user(self.admin).write(vals)
                self.assertFalse(self.secret(mailbox))
                mailbox.write({"host": self.lab.host, "login": False, "skip_certificate_check": False})
        self.sign_in(mailbox)
        mailbox.write({"login": self.account.address})
        mailbox.with_user(self.admin).write({"name": "Renamed"})
        self.assertTrue(self.secret(mailbox))
        # They were given to this application, by this authority: nobody takes them elsewhere.
        mailbox.write({"client_id": "another"})
        self.assertFalse(self.secret(mailbox))

    def test_a_client_secret_goes_to_no_other_authority(self):
        mailbox = self.make_shared({self.anna: "write"}, client_secret=SECRET, oauth_authority="https://a.example.com")
        self.assertTrue(mailbox.has_client_secret)
        mailbox.with_user(self.admin).write({"oauth_authority": "https://evil.example.com"})
        self.assertFalse(mailbox.has_client_secret)

    def test_tokens_of_another_authority_are_none(self):
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        self.env.cr.execute("UPDATE comm_mailbox SET client_id = 'another' WHERE id = %s", [mailbox.id])
        mailbox.invalidate_recordset()
        with mute_logger(LOGGER):
            self.assertTrue(self.failure_of(mailbox.fetch_mail))

    def test_signing_out_forgets_the_tokens(self):
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        mailbox.action_oauth_sign_out()
        self.assertFalse(self.secret(mailbox))
        self.assertFalse(mailbox.oauth_signed_in)
        with mute_logger(LOGGER):
            self.assertIn("Nobody has signed in", self.failure_of(mailbox.fetch_mail))

    def test_only_the_owner_signs_in_and_copies_are_not_signed_in(self):
        mailbox = self.make_oauth_mailbox()
        self.sign_in(mailbox)
        for user in (self.admin, self.ben):
            with self.subTest(user.login), self.assertRaises(AccessError):
                mailbox.with_user(user).oauth_begin_device()
        self.assertFalse(mailbox.copy().oauth_signed_in)

    def test_clocks_that_differ_by_minutes(self):
        for offset in (-900, 900):
            with self.subTest(offset):
                self.book.clock_offset = offset
                mailbox = self.make_oauth_mailbox()
                self.assertEqual(self.sign_in(mailbox)["state"], "done")
                mailbox.fetch_mail()
                self.book.expire(self.account.address)
                mailbox.fetch_mail()
                self.assertEqual(mailbox.state, "ok")

    def test_whoever_is_responsible_is_reminded_of_a_secret_that_expires(self):
        mailbox = self.make_oauth_mailbox(client_secret=SECRET)
        today = fields.Date.today()
        mailbox.client_secret_expiry = today + timedelta(days=31)
        self.env["comm.mailbox"]._cron_remind_of_secrets()
        self.assertFalse(self.activities(mailbox))
        mailbox.client_secret_expiry = today + timedelta(days=29)
        for _time in range(2):
            self.env["comm.mailbox"]._cron_remind_of_secrets()
        self.assertRecordValues(
            self.activities(mailbox), [{"user_id": self.anna.id, "date_deadline": today + timedelta(days=29)}]
        )
        mailbox._close_failure()
        self.assertTrue(self.activities(mailbox), "it is no failure that ends with the next fetch")
        mailbox.client_secret_expiry = today + timedelta(days=700)
        self.assertFalse(self.activities(mailbox))

    def test_what_may_be_entered(self):
        mailbox = self.make_oauth_mailbox()
        for vals in (
            {"tenant": "a/b"},
            {"oauth_authority": "http://id.example.com"},
            {"oauth_authority": "https://me@id.example.com"},
            {"oauth_authority": "https://id.example.com/?x=1"},
            {"oauth_scopes": 'a "b'},
            {"oauth_provider": "other", "oauth_scopes": False},
        ):
            with self.subTest(str(vals)), self.assertRaises(ValidationError):
                mailbox.write(vals)
        with self.assertRaises(ValidationError):
            mailbox.with_user(self.admin).write({"oauth_app_only": True, "tenant": "lab.test"})
        with self.assertRaises(AccessError):
            mailbox.write({"oauth_app_only": True})

    def test_an_outgoing_mailbox_shows_it_only_where_the_server_offers_it(self):
        with patch.dict(config.options, {"comm_mailboxes_oauth_hosts": "id.lab"}):
            form = Form(self.env["comm.mailbox"].with_context(default_kind="smtp", default_name="Out"))
            for host, offered in (("smtp.example.com", False), ("smtp.office365.com", True), ("a.id.lab.test", True)):
                form.host = host
                self.assertEqual(form.offers_oauth2, offered, host)
            form.host = "smtp.office365.com"
            form.use_oauth2 = True
            self.assertEqual(form.auth_method, "oauth2")
            form.host = "smtp.example.com"
            self.assertEqual(form.auth_method, "auto")
            template = self.env.ref("comm_mailboxes.template_gmail_oauth_smtp")
            self.assertEqual(template._properties_for("smtp")["auth_method"], "auto")
        with patch.dict(config.options, {"comm_mailboxes_oauth_hosts": "smtp.gmail.com"}):
            self.assertEqual(template._properties_for("smtp")["auth_method"], "oauth2")

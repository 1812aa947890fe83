from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from .sending import ADDRESS, SendingCase

TEAM = "team@lab.test"
REASON = "is the address of a mailbox that"


class AddressCase(SendingCase):
    """Anna has a mailbox, there is a shared one that she writes with, and ben may use neither."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Here: Odoo tells users by mail that their address was changed.
        cls.ben.email = "ben@lab.test"
        (cls.anna | cls.ben).group_ids += cls.env.ref("base.group_partner_manager")

    def setUp(self):
        super().setUp()
        self.own = self.make_own()
        self.shared = self.make_shared(
            {self.anna: "write", self.ben: "read"}, **self.on_receiver("shared", name="Team", email=TEAM)
        )
        self.document = self.env["res.partner"].create({"name": "Document"})
        self.document.message_subscribe(self.customer.ids)

    def mail_of(self, document=None):
        document = document or self.document
        return self.env["mail.mail"].search([("model", "=", document._name), ("res_id", "=", document.id)])

    def post(self, user, email_from, **vals):
        """Return the mail of what ``user`` posts in a chatter."""
        document = self.document.with_user(user).with_context(mail_notify_force_send=False)
        vals = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment", **vals}
        document.message_post(body="Hello", email_from=email_from, **vals)
        mails = self.mail_of()
        mails.auto_delete = False
        return mails

    def template(self, email_from, user=None, **vals):
        templates = self.env["mail.template"].with_user(user or self.admin)
        return templates.create(
            {
                "name": "Order",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Your order",
                "body_html": "<p>Thank you</p>",
                "email_from": email_from,
                "use_default_to": False,
                "email_to": "customer@example.com",
                "auto_delete": False,
                **vals,
            }
        ).with_env(self.env)

    def assert_refused(self, mails):
        # Odoo tells users by mail that their address was changed, or a document assigned to them.
        self.forget()
        self.run_queue(mails)
        self.assertEqual((self.came_through(), {*mails.mapped("state")}), ([], {"exception"}), mails[:1].comm_route)
        self.assertEqual({*mails.mapped("failure_type")}, {"mail_from_invalid"})
        for mail in mails:
            self.assertIn(REASON, mail.failure_reason)

    def assert_sent(self, mails, level="config"):
        self.forget()
        self.run_queue(mails)
        self.assertEqual((self.came_through(), {*mails.mapped("state")}), ([level], {"sent"}), mails[:1].failure_reason)


@tagged("post_install", "-at_install")
class TestFromOfOthers(AddressCase):
    """Nobody writes under the address of a mailbox that they may not write with, whichever way they take."""

    def test_a_chatter_message(self):
        for address in (ADDRESS, TEAM, f"Anna <{ADDRESS.upper()}>"):
            with self.subTest(address), self.undone():
                mail = self.post(self.ben, address)
                self.assert_refused(mail)
                # Who wrote it sees at the message that it was not sent, and why.
                told = mail.mail_message_id.notification_ids
                self.assertEqual(told.mapped("notification_status"), ["exception"])
                self.assertIn(REASON, told.failure_reason)

    def test_a_chatter_message_to_be_sent_later(self):
        later = fields.Datetime.now() + timedelta(hours=1)
        self.assertFalse(self.post(self.ben, ADDRESS, scheduled_date=later))
        schedule = self.env["mail.message.schedule"].search([])
        schedule.scheduled_datetime -= timedelta(hours=2)
        crons = self.env["mail.message.schedule"].with_user(SUPERUSER_ID)
        crons.with_context(mail_notify_force_send=False)._send_notifications_cron()
        self.assert_refused(self.mail_of())

    def test_a_notification(self):
        document = self.document.with_user(self.ben).with_context(mail_notify_force_send=False)
        document.message_notify(body="Hello", partner_ids=self.customer.ids, email_from=ADDRESS)
        self.assert_refused(self.mail_of())

    def test_odoos_own_composer(self):
        for mode in ("comment", "mass_mail"):
            with self.subTest(mode), self.undone():
                context = {"mail_notify_force_send": False, "default_composition_mode": mode}
                composer = self.env["mail.compose.message"].with_user(self.ben).with_context(**context)
                composer.create(
                    {
                        "model": "res.partner",
                        "res_ids": self.document.ids,
                        "body": "<p>Hello</p>",
                        "email_from": ADDRESS,
                        "partner_ids": self.customer.ids,
                        "force_send": False,
                    }
                )._action_send_mail()
                self.document.email = "document@example.com"
                self.assert_refused(self.mail_of())

    def test_a_message_that_he_calls_one_of_the_gateway(self):
        self.assert_refused(self.post(self.ben, ADDRESS, message_type="email"))
        mail = self.make_mail(self.ben)
        mail.mail_message_id.with_user(self.ben).sudo().message_type = "email"
        self.assert_refused(mail)

    def test_an_address_spelled_otherwise(self):
        (self.make_mailbox(email="anna@m\u00fcller.test") | self.own).flush_recordset()
        for spelled in (
            '"anna"@lab.test',
            '"an\\na"@lab.test',
            "=?utf-8?q?anna?=@lab.test",
            "=?utf-8?q?Anna_=3Canna=40lab.test=3E?=",
            "=?utf-8?b?YW5uYUBsYWIudGVzdA==?=",
            "anna@lab\u3002test",
            "anna(me)@lab.test",
            "Anna <ANNA@Lab.Test>",
            "anna@xn--mller-kva.test",
            "anna@M\u00dcLLER.test",
            "anna@mu\u0308ller.test",
        ):
            with self.subTest(spelled), self.undone():
                self.assert_refused(self.make_mail(self.ben, email_from=spelled))
            with self.subTest(spelled, preferences=True), self.undone(), self.assertRaises(ValidationError):
                self.ben.with_user(self.ben).email = spelled
            question = self.env["comm.smtp.question"].with_user(self.ben).create({"email_from": spelled})
            self.assertIn(REASON, question.answer)

    def test_what_is_no_address_at_all(self):
        mail = self.make_mail(self.ben, email_from="=?utf-8?q?ben?=")
        self.run_queue(mail)
        self.assertEqual((self.came_through(), mail.state, mail.failure_type), ([], "exception", "mail_from_invalid"))

    def test_a_mail_whoever_is_named_as_its_author(self):
        self.assert_refused(self.make_mail(self.ben, author_id=self.anna.partner_id.id))

    def test_a_mail_that_he_gives_to_the_gateway(self):
        """Any user may call it, with whatever From: what it passes on to others is that user's."""
        incoming = (
            f"From: Anna <{ADDRESS}>\r\nTo: odoo@lab.test\r\nMessage-ID: <forged@lab.test>\r\nSubject: Pay here\r\n"
            f"\r\nText\r\n"
        )
        threads = self.env["mail.thread"].with_context(mail_notify_force_send=False, comm_answered_by=self.anna.id)
        threads.with_user(self.ben).message_process("res.partner", incoming, thread_id=self.document.id)
        mails = self.mail_of()
        self.assertEqual((len(mails), mails.create_uid.id, mails.comm_answered_by), (1, SUPERUSER_ID, self.ben))
        self.assert_refused(mails)

    def test_the_values_given_to_a_template(self):
        template = self.template("{{ user.email_formatted }}")
        values = {"email_from": ADDRESS, "comm_from_given": True}
        forged = template.with_user(self.ben).with_context(default_comm_from_given=True)
        mail_id = forged.send_mail(self.document.id, email_values=values)
        self.assert_refused(self.env["mail.mail"].browse(mail_id))

    def test_a_template_of_his_own(self):
        self.document.user_id = self.anna
        template = self.template("{{ object.user_id.email }}")
        template.with_user(self.ben).sudo().email_from = "{{ object.user_id.email_formatted }}"
        mail_id = template.with_user(self.ben).send_mail(self.document.id)
        self.assert_refused(self.env["mail.mail"].browse(mail_id))

    def test_a_server_that_he_names(self):
        self.assert_refused(self.make_mail(self.ben, mail_server_id=self.make_server().id))

    def test_a_mailbox_of_his_own_does_not_open_the_servers_of_others(self):
        own = self.make_mailbox(self.ben, **self.on_receiver("default"))
        server = self.make_server()
        self.assert_refused(self.make_mail(self.ben, mail_server_id=server.id))
        # Named after its mailbox was chosen.
        mail = self.make_mail(self.ben)
        self.assertEqual(mail.comm_mailbox_id, own)
        mail.mail_server_id = server
        self.assert_refused(mail)
        document = self.document.with_user(self.ben).with_context(mail_notify_force_send=False)
        document.message_post(
            body="Hello", email_from=ADDRESS, mail_server_id=server.id, subtype_xmlid="mail.mt_comment"
        )
        self.assert_refused(self.mail_of())
        # Nor does it make the address his own, to be used with any of them.
        with self.undone(), self.assertRaisesRegex(ValidationError, REASON):
            self.ben.with_user(self.ben).email = ADDRESS

    def test_what_is_sent_past_the_queue(self):
        servers = self.env["ir.mail_server"].with_user(self.ben)
        message = servers._build_email__(ADDRESS, ["customer@example.com"], "Hello", "Text")
        with self.assertRaisesRegex(UserError, REASON):
            servers.send_email(message)
        self.assertEqual(self.came_through(), [])

    def test_sending_at_once_raises_it(self):
        with self.assertRaisesRegex(MailDeliveryException, REASON):
            self.make_mail(self.ben).send(raise_exception=True)

    def test_trying_again_and_portal_users_and_leavers_are_no_way_round(self):
        mail = self.make_mail(self.ben)
        self.assert_refused(mail)
        mail.action_retry()
        self.assert_refused(mail)
        guest = new_test_user(self.env, "comm_guest", groups="base.group_portal", email=ADDRESS)
        self.assert_refused(self.make_mail(guest))
        leaver = self.make_mail(self.ben)
        self.ben.active = False
        self.assert_refused(leaver)

    def test_a_mailbox_that_only_fetches_has_an_address_too(self):
        (self.own | self.shared).sudo().unlink()
        self.assert_sent(self.make_mail(self.ben))
        self.make_mailbox(email=ADDRESS)
        self.assert_refused(self.make_mail(self.ben))

    def test_a_mailbox_of_his_own_with_that_address_needs_a_server_that_knows_his_login(self):
        for kind in ("smtp", "imap"):
            with self.subTest(kind), self.undone():
                self.make_mailbox(self.ben, kind=kind, email=ADDRESS)
                self.assert_refused(self.make_mail(self.ben))
                # Nor does it take the address from who had it.
                self.own.host = False
                self.anna.partner_id.email = "anna@private.test"
                self.assert_sent(self.make_mail())
        self.make_mailbox(self.ben, **self.on_receiver("default"))
        self.assert_sent(self.make_mail(self.ben), "default")

    def test_nor_does_our_own_composer_send_with_it(self):
        mailbox = self.make_mailbox(self.ben, kind="smtp", email=ADDRESS)
        values = {"from_mailbox_id": mailbox.id, "email_to": "customer@example.com", "subject": "Offer"}
        messages = self.env["comm.message"].with_user(self.ben)
        self.ben.res_users_settings_id or self.env["res.users.settings"]._find_or_create_for_user(self.ben)
        self.ben.sudo().res_users_settings_ids.comm_undo_seconds = 0
        message = self.env["comm.message"].browse(messages.send(values)["id"])
        with mute_logger("odoo.addons.base.models.ir_cron", "odoo.addons.comm_mailboxes.models.comm_mailbox_event"):
            self.env.ref("comm_mailboxes.ir_cron_send").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((self.came_through(), message.outgoing_state), ([], "failed"))
        self.assertIn(REASON, message.send_error)

    def test_his_preferences_do_not_make_an_address_his(self):
        preferences = self.ben.with_user(self.ben)
        for write in (
            lambda address: preferences.write({"email": address}),
            lambda address: preferences.partner_id.write({"email": address}),
        ):
            for address in (ADDRESS, f'"Anna" <{TEAM}>'):
                with self.subTest(address), self.undone(), self.assertRaisesRegex(ValidationError, REASON):
                    write(address)
        preferences.write({"email": "other@lab.test"})
        self.ben.with_user(self.admin).email = TEAM
        self.assert_sent(self.make_mail(self.ben, email_from=TEAM))

    def test_which_server_says_the_same(self):
        question = self.env["comm.smtp.question"].with_user(self.ben).create({"email_from": ADDRESS})
        self.assertIn(REASON, question.answer)
        self.assertFalse(question.step_ids.filtered("taken"))
        self.assertNotIn("Own", question.answer)


@tagged("post_install", "-at_install")
class TestFromThatIsFine(AddressCase):
    """What Odoo always did goes on where no mailbox is somebody else's, and where nobody chose the From himself."""

    def test_an_address_that_no_mailbox_has(self):
        self.assert_sent(self.post(self.ben, "boss@elsewhere.test"))

    def test_ones_own_and_that_of_a_shared_mailbox_that_one_writes_with(self):
        for user, address, level in (
            (self.ben, "ben@lab.test", "config"),
            (self.ben, '"anna@lab.test via Odoo" <ben@lab.test>', "config"),
            (self.ben, "=?utf-8?q?anna=40lab=2Etest?= <ben@lab.test>", "config"),
            (self.anna, ADDRESS, "own"),
            (self.anna, TEAM, "shared"),
        ):
            with self.subTest(address), self.undone():
                self.assert_sent(self.post(user, address), level)

    def test_a_user_address_that_a_shared_mailbox_has_as_well(self):
        self.anna.partner_id.email = TEAM
        self.shared.sudo().member_ids.unlink()
        self.assert_sent(self.post(self.anna, TEAM))

    def test_an_archived_mailbox_holds_no_address(self):
        self.own.active = False
        self.assert_sent(self.make_mail(self.ben))

    def test_the_address_of_the_company(self):
        self.company.email = TEAM
        self.assert_sent(self.make_mail(self.ben, email_from=TEAM))

    def test_the_addresses_of_the_alias_domain(self):
        self.company.alias_domain_id = self.env["mail.alias.domain"].create(
            {"name": "alias.test", "default_from": "odoo", "catchall_alias": "all", "bounce_alias": "back"}
        )
        for address in ("odoo@alias.test", "all@alias.test", "back@alias.test"):
            with self.subTest(address), self.undone():
                self.shared.email = address
                self.assert_sent(self.make_mail(self.ben, email_from=address))
        self.shared.email = "other@alias.test"
        self.assert_refused(self.make_mail(self.ben, email_from="other@alias.test"))

    def test_what_a_visitor_of_the_website_leaves(self):
        """Anna, not logged in, fills in a form: her colleagues are told under the address that she gave."""
        visitor = self.env.ref("base.public_user")
        self.assert_sent(self.make_mail(visitor))

    def test_what_odoo_itself_and_the_gateway_send(self):
        root = self.env.ref("base.user_root")
        self.assert_sent(self.make_mail(root, email_from=TEAM))
        # Nobody's mail, whatever its From claims: it goes past anna's own server.
        self.assert_sent(self.make_mail(root, author_id=self.anna.partner_id.id, message_type="email"))

    def test_what_comes_in_is_passed_on_to_the_followers_under_its_from(self):
        """Through the gateway as it is called by a program of ben's: the message is OdooBot's, whoever runs that."""
        self.document.message_post(body="Question", message_id="<question@lab.test>", subtype_xmlid="mail.mt_comment")
        incoming = (
            f"From: Anna <{ADDRESS}>\r\nTo: odoo@lab.test\r\nMessage-ID: <answer@lab.test>\r\nSubject: Answer\r\n"
            f"\r\nAn answer\r\n"
        )
        threads = self.env["mail.thread"].with_context(mail_notify_force_send=False)
        before = self.mail_of()
        threads.with_user(self.admin).message_process("res.partner", incoming, thread_id=self.document.id)
        mails = self.mail_of() - before
        self.assertEqual((len(mails), mails.message_type, mails._author().ids), (1, "email", []))
        self.assertIn(ADDRESS, mails.email_from)
        mails.auto_delete = False
        self.assert_sent(mails)

    def test_what_odoos_code_writes_with_more_rights_than_who_runs_it(self):
        document = self.document.with_user(self.ben).sudo().with_context(mail_notify_force_send=False)
        document.message_notify(body="The meeting was moved", partner_ids=self.customer.ids, email_from=ADDRESS)
        self.mail_of().auto_delete = False
        self.assertEqual(self.mail_of().create_uid, self.ben)
        self.assert_sent(self.mail_of())

    def test_that_somebody_is_away(self):
        """Odoo answers in the name of who is away, as the user who wrote to them."""
        now = fields.Datetime.now()
        self.anna.write(
            {
                "out_of_office_from": now - timedelta(days=1),
                "out_of_office_to": now + timedelta(days=1),
                "out_of_office_message": "<p>Back on Monday</p>",
                "notification_type": "email",
            }
        )
        self.document.message_unsubscribe(self.customer.ids)
        self.ben.notification_type = "email"
        self.post(self.ben, "ben@lab.test", partner_ids=self.anna.partner_id.ids)
        answer = self.mail_of().filtered(lambda mail: mail.message_type == "out_of_office")
        self.assertIn(ADDRESS, answer.email_from)
        self.assert_sent(answer)
        forged = self.post(self.ben, ADDRESS, message_type="out_of_office", partner_ids=self.customer.ids) - answer
        self.assert_refused(forged.filtered(lambda mail: self.customer in mail.recipient_ids))

    def test_many_mails_ask_once(self):
        mails = self.make_mail().browse(
            [self.make_mail(self.ben, email_from="ben@lab.test").id for _number in range(20)]
        )
        resolver = type(self.env["comm.smtp.resolver"])
        with patch.object(resolver, "_is_free", autospec=True, side_effect=resolver._is_free) as asked:
            self.run_queue(mails)
        self.assertEqual((asked.call_count, set(mails.mapped("state"))), (1, {"sent"}))

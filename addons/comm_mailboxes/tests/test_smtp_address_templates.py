from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .sending import ADDRESS
from .test_smtp_address import AddressCase


@tagged("post_install", "-at_install")
class TestFromOfTemplates(AddressCase):
    """The From that an administrator wrote into a mail template counts, whoever sends with it."""

    def test_a_template_of_an_administrator_for_such_a_document(self):
        """An invoice goes out under the name of its salesperson, whoever sends it."""
        self.document.user_id = self.anna
        # As one from before an update that took the field away.
        broken = self.template("{{ object.email }}")
        self.env.flush_all()
        self.env.cr.execute(SQL("UPDATE mail_template SET email_from = '{{ object.gone }}' WHERE id = %s", broken.id))
        broken.invalidate_recordset()
        template = self.template("{{ object.user_id.email_formatted or user.email_formatted }}")
        mail_id = template.with_user(self.ben).send_mail(self.document.id)
        with mute_logger(
            "odoo.addons.comm_mailboxes.models.comm_smtp_address", "odoo.addons.mail.models.mail_render_mixin"
        ):
            self.assert_sent(self.env["mail.mail"].browse(mail_id))
        other = self.env["res.partner"].create({"name": "Other", "user_id": self.ben.id})
        with mute_logger(
            "odoo.addons.comm_mailboxes.models.comm_smtp_address", "odoo.addons.mail.models.mail_render_mixin"
        ):
            self.assert_refused(self.make_mail(self.ben, model="res.partner", res_id=other.id))

    def test_a_template_whose_from_an_administrator_wrote_whoever_corrects_the_rest(self):
        self.document.user_id = self.anna
        template = self.template("{{ object.user_id.email_formatted }}")
        editor = new_test_user(self.env, "comm_editor", groups="base.group_user,mail.group_mail_template_editor")
        # As the web client may: the same From again.
        template.with_user(editor).write({"subject": "Order", "email_from": template.email_from})
        self.assertEqual(template.write_uid, editor)
        self.assert_sent(self.env["mail.mail"].browse(template.with_user(self.ben).send_mail(self.document.id)))
        self.admin.group_ids -= self.env.ref("base.group_system")
        self.assert_sent(self.env["mail.mail"].browse(template.with_user(self.ben).send_mail(self.document.id)))
        with self.undone():
            template.with_user(editor).write({"email_from": ADDRESS, "comm_from_by_admin": True})
            self.assert_refused(self.env["mail.mail"].browse(template.with_user(self.ben).send_mail(self.document.id)))
        # A copy is the editor's, and what it says of itself is not asked; nor has a template a say elsewhere.
        copy = template.with_user(editor).copy({"comm_from_by_admin": True})
        self.assertFalse(copy.comm_from_by_admin)
        template.with_user(editor).model_id = self.env["ir.model"]._get("res.users")
        self.assertFalse(template.comm_from_by_admin)

    def sent_by_odoo(self, template):
        """Yield the mails that scheduled actions send with a template (an event does): alone, in a chatter, as a mailing."""
        yield self.env["mail.mail"].browse(template.with_user(SUPERUSER_ID).send_mail(self.document.id))
        document = self.document.with_user(SUPERUSER_ID).with_context(mail_notify_force_send=False)
        known = self.mail_of()
        document.message_post_with_source(template.with_env(document.env), subtype_xmlid="mail.mt_comment")
        yield self.mail_of() - known
        composer = document.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "force_send": False,
                "model": self.document._name,
                "res_ids": self.document.ids,
                "template_id": template.id,
                "email_from": template.email_from,
            }
        )
        yield composer._action_send_mail()[0]

    def test_who_wrote_a_template_answers_for_what_odoo_sends_with_it(self):
        for email_from, check in ((ADDRESS, self.assert_refused), ("ben@lab.test", self.assert_sent)):
            template = self.template(email_from, self.ben)
            # The last hand is not that of who wrote the From.
            template.with_user(self.admin).subject = "Corrected"
            for number, mails in enumerate(self.sent_by_odoo(template)):
                with self.subTest(email_from=email_from, way=number):
                    mails.auto_delete = False
                    check(mails)
        for mails in self.sent_by_odoo(self.template(ADDRESS, self.admin)):
            mails.auto_delete = False
            self.run_queue(mails)
            self.assertEqual(mails.mapped("state"), ["sent"], mails.failure_reason)

    def test_templates_from_before_this_addon(self):
        by_admin, by_ben = self.template(ADDRESS), self.template(ADDRESS)
        self.env.flush_all()
        for template, user in ((by_admin, self.admin), (by_ben, self.ben)):
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_template SET comm_from_by_admin = NULL, write_uid = %s WHERE id = %s",
                    user.id,
                    template.id,
                )
            )
        self.env["mail.template"].init()
        self.env.invalidate_all()
        self.assertEqual((by_admin.comm_from_by_admin, by_ben.comm_from_by_admin), (True, False))


@tagged("post_install", "-at_install")
class TestFromOfMailings(AddressCase):
    """OdooBot sends a mailing for somebody. The app is not installed here: a partner has the same two fields."""

    @contextmanager
    def mail_of_mailing(self, maker, responsible, email_from):
        """Make the mail that OdooBot made of such a mailing; only within this it is one."""
        mailing = self.env["res.partner"].with_user(maker).create({"name": "Mailing", "user_id": responsible.id})
        mailing = mailing.with_env(self.env).sudo()
        with patch.object(type(self.env["mail.mail"]), "_mailing", return_value=mailing):
            root = self.env.ref("base.user_root")
            yield self.make_mail(root, email_from=email_from, author_id=responsible.partner_id.id)

    def test_who_made_it_and_who_is_responsible_both_answer(self):
        for maker, responsible in ((self.ben, self.ben), (self.ben, self.anna), (self.anna, self.ben)):
            with (
                self.subTest(maker=maker.login, responsible=responsible.login),
                self.undone(),
                self.mail_of_mailing(maker, responsible, ADDRESS) as mail,
            ):
                self.assert_refused(mail)

    def test_ones_own_address(self):
        for user, address, level in ((self.anna, ADDRESS, "own"), (self.ben, "ben@lab.test", "config")):
            with self.subTest(address), self.mail_of_mailing(user, user, address) as mail:
                self.assert_sent(mail, level)

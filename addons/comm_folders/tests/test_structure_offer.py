from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import StructureCase


@tagged("post_install", "-at_install")
class TestStructureOffer(StructureCase):
    """A mailbox offers to be given a place where it has none."""

    def offers(self, mailbox, user):
        mailbox = mailbox.with_user(user)
        mailbox.invalidate_recordset()
        return [name for name in ("has_place", "may_insert_into_mine", "may_insert_into_shared") if mailbox[name]]

    def test_a_personal_mailbox_offers_my_structure(self):
        self.assertEqual(self.offers(self.office, self.anna), ["may_insert_into_mine"])
        action = self.office.with_user(self.anna).action_insert_into_mine()
        self.assertEqual(action["params"]["message"], "“Office” is in your folder structure now.")
        self.assertEqual(self.outline(), ["Office"])
        self.assertEqual(self.offers(self.office, self.anna), ["has_place"])

    def test_pressing_twice_inserts_once(self):
        for _time in range(2):
            self.office.with_user(self.anna).action_insert_into_mine()
        self.assertEqual(self.outline(), ["Office"])

    def test_a_shared_mailbox_offers_what_the_user_may_do(self):
        self.assertEqual(self.offers(self.info, self.anna), ["may_insert_into_mine"])
        # He arranges it for others and reads none of it.
        self.assertEqual(self.offers(self.info, self.manager), ["may_insert_into_shared"])
        self.info.with_user(self.manager).action_insert_into_shared()
        self.assertEqual(self.outline(scope="shared"), ["Info"])
        self.assertEqual(self.offers(self.info, self.manager), ["has_place"])
        self.assertEqual(self.offers(self.info, self.anna), ["has_place", "may_insert_into_mine"])

    def test_who_may_only_see_its_settings_is_offered_nothing(self):
        self.assertEqual(self.offers(self.office, self.admin), [])

    def test_an_outgoing_mailbox_offers_nothing(self):
        outgoing = self.make_mailbox(self.anna, name="Out", kind="smtp")
        self.assertEqual(self.offers(outgoing, self.anna), [])

    def test_the_editor_offers_an_outgoing_mailbox_once_it_holds_mail_of_its_own(self):
        outgoing = self.make_mailbox(self.anna, name="Out", kind="smtp")
        entries = self.Entry.with_user(self.anna)

        def offered():
            return [mailbox["name"] for mailbox in entries.get_editor("personal")["mailboxes"]]

        self.assertIn("Office", offered())
        self.assertNotIn("Out", offered())
        outgoing._local_folder("sent")
        self.assertIn("Out", offered())
        # One that has a place stays what it is there, whatever it holds.
        other = self.make_mailbox(self.anna, name="Other", kind="smtp")
        self.insert(other)
        self.assertIn("Other", offered())

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_the_buttons_give_nobody_a_right(self):
        with self.assertRaises(AccessError):
            self.info.with_user(self.anna).action_insert_into_shared()
        with self.assertRaises(ValidationError):
            self.office.with_user(self.admin).action_insert_into_mine()

    def test_a_mailbox_that_was_just_made_offers_it(self):
        wizard = (
            self.env["comm.mailbox.new"]
            .with_user(self.anna)
            .create({"name": "Desk", "kind": "imap", "scope": "personal"})
        )
        mailbox = self.env["comm.mailbox"].with_user(self.anna).browse(wizard.action_create()["res_id"])
        form = Form(mailbox)
        self.assertTrue(form.may_insert_into_mine)
        self.assertFalse(form.has_place)

    def test_many_mailboxes_cost_no_more_queries(self):
        def count(mailboxes):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mailboxes.mapped("has_place")
            return self.env.cr.sql_log_count - before

        one = self.office.with_user(self.anna)
        many = one
        for number in range(20):
            many |= self.make_mailbox(self.anna, name=f"M{number}").with_user(self.anna)
        count(one)
        self.assertEqual(count(many), count(one))

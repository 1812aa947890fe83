from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CommCase


@tagged("post_install", "-at_install")
class TestMessageLink(CommCase):
    """Any message can be linked to contacts and to other records that have a chatter."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"))
        self.contact = self.env["res.partner"].create({"name": "Ben Kern", "email": "ben@example.com"})
        self.message = self.make_message(
            self.make_mailbox().with_env(self.env), email_from='"Ben K." <BEN@example.com>', subject="Offer"
        )
        self.as_anna = self.message.with_user(self.anna)

    def hide(self, records):
        """No user may read these any more."""
        self.env["ir.rule"].create(
            {
                "name": "hide",
                "model_id": self.env["ir.model"]._get_id(records._name),
                "domain_force": f"[('id', 'not in', {records.ids})]",
            }
        )
        self.env.invalidate_all()

    def links(self, user=None):
        self.env.invalidate_all()
        return self.message.with_user(user or self.anna).linked_records

    def test_a_received_message_is_linked_and_unlinked(self):
        self.as_anna.link_to("res.partner", self.contact.id)
        self.as_anna.link_to("res.partner", self.contact.id)
        [link] = self.links()
        self.assertEqual(
            link,
            {
                "id": self.message.record_ids.id,
                "model": "res.partner",
                "res_id": self.contact.id,
                "name": "Ben Kern",
                "kind": "Contact",
            },
        )
        self.assertFalse(self.contact.message_ids.filtered(lambda note: "Offer" in note.body), "the mail stays private")
        self.as_anna.unlink_from([link["id"]])
        self.as_anna.unlink_from([link["id"]])
        self.assertFalse(self.links() or self.message.record_ids)

    def test_links_of_another_message_stay(self):
        other = self.make_message(self.message.mailbox_id)
        other.with_user(self.anna).link_to("res.partner", self.contact.id)
        self.as_anna.unlink_from(other.record_ids.ids)
        self.assertEqual(len(other.record_ids), 1)

    def test_only_records_that_are_there_that_i_may_read_and_that_have_a_chatter(self):
        gone = self.contact.copy()
        gone.unlink()
        currency = self.env["res.currency"].search([], limit=1)
        without = [("res.partner", gone.id), ("res.currency", currency.id), ("mail.thread", 1), ("no.such", 1)]
        for model, id_ in without:
            with self.subTest(model), self.assertRaises(UserError):
                self.as_anna.link_to(model, id_)
        self.hide(self.contact)
        with self.assertRaises(AccessError):
            self.as_anna.link_to("res.partner", self.contact.id)
        self.assertFalse(self.message.record_ids)

    def test_only_messages_that_i_may_change(self):
        shared = self.make_shared({self.anna: "write", self.ben: "read"}).with_env(self.env)
        message = self.make_message(shared)
        with self.assertRaises(AccessError):
            message.with_user(self.ben).link_to("res.partner", self.contact.id)
        with self.assertRaises(AccessError):
            (self.message + message).with_user(self.ben).link_to("res.partner", self.contact.id)
        message.with_user(self.anna).link_to("res.partner", self.contact.id)
        self.assertEqual([link["name"] for link in message.with_user(self.ben).linked_records], ["Ben Kern"])
        with self.assertRaises(AccessError):
            message.with_user(self.ben).unlink_from(message.record_ids.ids)
        with self.assertRaises(AccessError):
            self.message.with_user(self.ben).link_to("res.partner", self.contact.id)

    def test_of_a_record_that_one_may_not_read_nothing_shows(self):
        other = self.contact.copy({"name": "Carl"})
        for record in (self.contact, other):
            self.as_anna.link_to("res.partner", record.id)
        hidden = self.message.record_ids.filtered(lambda link: link.res_id == self.contact.id)
        self.hide(self.contact)
        self.assertEqual([link["name"] for link in self.links()], ["Carl"])
        self.assertEqual(hidden.with_user(self.anna).record_name, False)
        with self.assertRaises(AccessError):
            self.as_anna.unlink_from(hidden.ids)
        self.assertTrue(hidden.exists())

    def test_what_was_deleted_or_uninstalled_shows_no_more(self):
        self.as_anna.link_to("res.partner", self.contact.id)
        self.env["comm.message.record"].create({"message_id": self.message.id, "res_model": "gone.model", "res_id": 1})
        self.assertEqual(len(self.links()), 1)
        self.contact.unlink()
        self.assertFalse(self.links())

    def test_many_messages_cost_no_more_queries_than_one(self):
        messages = self.message.browse(
            [self.message.id] + [self.make_message(self.message.mailbox_id).id for _number in range(9)]
        )
        contacts = self.contact + self.contact.copy() + self.contact.copy()
        for contact in contacts:
            messages.with_user(self.anna).link_to("res.partner", contact.id)
        self.assertEqual(len(messages.record_ids), 30)

        def cost(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.with_user(self.anna).mapped("linked_records")
            some.with_user(self.anna).mapped("sender_contact")
            return self.env.cr.sql_log_count - before

        cost(messages)
        self.assertEqual(cost(messages), cost(self.message))

        def cost_to_link(some, contact):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.with_user(self.anna).link_to("res.partner", contact.id)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertEqual(cost_to_link(messages, self.contact.copy()), cost_to_link(self.message, self.contact.copy()))

    def test_kinds_are_those_with_a_chatter_that_one_may_read(self):
        kinds = [kind["model"] for kind in self.as_anna.link_models()]
        self.assertEqual(kinds[0], "res.partner")
        self.assertEqual(len(kinds), len(set(kinds)))
        for name in ("mail.thread", "discuss.channel", "res.currency"):
            self.assertNotIn(name, kinds)
        self.env["ir.model.access"].search([("model_id.model", "=", "res.partner")]).active = False
        self.assertNotIn("res.partner", [kind["model"] for kind in self.as_anna.link_models()])
        self.as_anna.invalidate_recordset()
        self.assertEqual(self.as_anna.sender_contact, {"can_add": False})

    def test_the_sender_is_found_among_contacts_or_can_be_added(self):
        later = self.contact.copy({"name": "Later", "email": "ben@example.com"})
        self.assertEqual(self.as_anna.sender_contact, {"id": self.contact.id, "name": "Ben Kern"})
        stranger = self.make_message(self.message.mailbox_id, email_from="who@example.com")
        nobody = self.make_message(self.message.mailbox_id, email_from=False)
        self.assertEqual(stranger.with_user(self.anna).sender_contact, {"can_add": False})
        self.anna.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        self.env.invalidate_all()
        self.assertEqual(stranger.with_user(self.anna).sender_contact, {"can_add": True})
        self.assertEqual(nobody.with_user(self.anna).sender_contact, {"can_add": False})
        self.hide(self.contact)
        self.assertEqual(self.as_anna.sender_contact, {"id": later.id, "name": "Later"})

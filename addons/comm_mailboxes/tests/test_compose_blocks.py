from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .outbox import OutboxCase
from .test_compose import ComposeCase


@tagged("post_install", "-at_install")
class TestTextBlocks(ComposeCase):
    """Odoo's mail templates in what is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ben_contact = cls.env["res.partner"].create({"name": "Ben Kern", "email": "ben@example.com"})
        cls.greeting = cls.env["mail.template"].create(
            {
                "name": "Zz greeting",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "subject": "Hello {{ object.name }}",
                "body_html": '<p>Dear <t t-out="object.name"/>,</p>',
            }
        )
        cls.terms = cls.env["mail.template"].create({"name": "Zz terms", "body_html": "<p>Our terms</p>"})

    def test_those_that_fit_are_offered(self):
        names = [block["name"] for block in self.model.text_blocks("zz")]
        self.assertEqual(names, ["Zz greeting", "Zz terms"])
        self.greeting.model_id = self.env.ref("base.model_res_users")
        self.assertEqual([block["name"] for block in self.model.text_blocks("zz")], ["Zz terms"])
        names = [block["name"] for block in self.model.text_blocks("zz", res_model="res.users")]
        self.assertEqual(names, ["Zz greeting", "Zz terms"])

    def test_one_for_contacts_speaks_of_the_first_recipient(self):
        block = self.model.render_text_block(self.greeting.id, email_to='"Ben" <ben@example.com>, carl@example.com')
        self.assertEqual(block["subject"], "Hello Ben Kern")
        self.assertIn("Dear Ben Kern,", block["body_html"])
        with self.assertRaisesRegex(UserError, "speaks of the recipient"):
            self.model.render_text_block(self.greeting.id, email_to="nobody@example.com")

    def test_one_without_placeholders_needs_nobody(self):
        block = self.model.render_text_block(self.terms.id)
        self.assertIn("Our terms", block["body_html"])

    def test_one_for_the_record_that_is_written_about(self):
        block = self.model.render_text_block(self.greeting.id, "", "res.partner", self.ben_contact.id)
        self.assertEqual(block["subject"], "Hello Ben Kern")

    def test_of_a_record_that_i_may_not_read_nothing_is_told(self):
        cron = self.env["ir.cron"].search([], limit=1)
        self.greeting.model_id = self.env["ir.model"]._get("ir.cron")
        with self.assertRaises(AccessError):
            self.model.render_text_block(self.greeting.id, "", "ir.cron", cron.id)


@tagged("post_install", "-at_install")
class TestRecords(OutboxCase):
    """A mail about a record is linked to it, and noted in its chatter when it left."""

    def test_it_begins_with_the_contact(self):
        contact = self.env["res.partner"].create({"name": "Ben Kern", "email": "ben@example.com"})
        values = self.messages_as_anna.compose_about("res.partner", contact.id)
        self.assertEqual(values, {"email_to": '"Ben Kern" <ben@example.com>', "subject": ""})

    def test_who_may_not_write_there_notes_nothing(self):
        contact = self.env["res.partner"].create({"name": "Ben Kern"})
        message = self.queue(self.make_smtp(), subject="Offer 7", res_model="res.partner", res_id=contact.id)
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        self.assertFalse(contact.message_ids.filtered(lambda note: "Offer 7" in note.body))

    def test_what_was_sent_is_noted(self):
        self.anna.group_ids += self.env.ref("base.group_partner_manager")
        contact = self.env["res.partner"].create({"name": "Ben Kern", "email": "ben@example.com"})
        message = self.queue(self.make_smtp(), subject="Offer 7", res_model="res.partner", res_id=contact.id)
        self.assertEqual(message.record_ids.mapped("record_name"), ["Ben Kern"])
        self.assertFalse(contact.message_ids.filtered(lambda note: "Offer 7" in note.body))
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        note = contact.message_ids.filtered(lambda note: "Offer 7" in note.body)
        self.assertEqual((len(note), note.author_id), (1, self.anna.partner_id))
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertIn("Dear Ben", note.body)

    def test_a_record_that_refuses_the_note_does_not_undo_that_it_was_sent(self):
        contact = self.env["res.partner"].create({"name": "Ben Kern"})
        message = self.queue(self.make_smtp(), res_model="res.partner", res_id=contact.id)

        def refuse(*_args, **_options):
            raise ValueError("no notes here")

        self.patch(type(contact), "message_post", refuse)
        with mute_logger("odoo.addons.comm_mailboxes.models.comm_message_record"):
            self.send()
        self.assertEqual(message.outgoing_state, "sent")

    def test_only_records_that_i_may_read_are_linked(self):
        cron = self.env["ir.cron"].search([], limit=1)
        with self.assertRaises(AccessError):
            self.written(self.make_smtp(), res_model="ir.cron", res_id=cron.id)
        without_chatter = self.env["res.currency"].search([], limit=1)
        message = self.written(self.make_smtp(name="One"), res_model="res.currency", res_id=without_chatter.id)
        self.assertFalse(message.record_ids)
        users = self.env["res.users"].create({"name": "Hidden", "login": "hidden"})
        partner = users.partner_id
        self.env["ir.rule"].create(
            {
                "name": "hide",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": f"[('id', '!=', {partner.id})]",
            }
        )
        with self.assertRaises(AccessError):
            self.written(self.make_smtp(name="Two"), res_model="res.partner", res_id=partner.id)

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.form import Form

from odoo.addons.comm_mailboxes.tests.outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestMessageForm(OutboxCase):
    """The form of a message, where the notice leads that it was not sent: what its author can do there."""

    def failed(self, state="failed"):
        message = self.queue(self.make_smtp())
        message.write({"outgoing_state": state, "send_error": "550 no such user"})
        return message.with_user(self.anna)

    def test_it_says_what_became_of_the_message_in_the_words_of_the_server(self):
        form = Form(self.failed())
        self.assertEqual((form.outgoing_state, form.send_error), ("failed", "550 no such user"))

    def test_it_lists_what_a_reader_takes_for_attachments(self):
        files = self.env["ir.attachment"].with_user(self.anna).create({"name": "a.txt", "raw": b"Text"})
        message = self.queue(self.make_smtp(), attachment_ids=files.ids, email_bcc="secret@example.com")
        with Form(message.with_user(self.anna)) as form:
            self.assertEqual([file.name for file in form.document_ids], ["a.txt"])
            self.assertEqual(form.email_bcc, "secret@example.com")
        self.assertIn("source.eml", message.attachment_ids.mapped("name"))
        arch = message.with_user(self.anna).get_view(view_type="form")["arch"]
        self.assertNotIn('name="attachment_ids"', arch)

    def test_trying_again_queues_it(self):
        message = self.failed()
        self.assertEqual(message.action_try_again()["tag"], "soft_reload")
        self.assertEqual(message.outgoing_state, "queued")

    def test_what_perhaps_arrived_is_sent_again_only_by_its_own_button(self):
        message = self.failed("perhaps_sent")
        with self.assertRaises(UserError):
            message.action_try_again()
        message.action_send_again()
        self.assertEqual(message.outgoing_state, "queued")

    def test_what_arrived_is_noted(self):
        message = self.failed("perhaps_sent")
        message.action_note_arrived()
        self.assertEqual(message.outgoing_state, "sent")

    def test_editing_again_opens_the_window_with_the_draft(self):
        message = self.failed()
        action = message.action_compose_again()
        self.assertEqual((action["tag"], action["params"]["messageId"]), ("comm_folders.compose", message.id))
        self.assertEqual(message.outgoing_state, "draft")
        copied = self.failed("perhaps_sent")
        action = copied.action_compose_again()
        self.assertNotEqual(action["params"]["messageId"], copied.id)
        self.assertEqual(copied.outgoing_state, "perhaps_sent")

    def test_an_answer_is_begun_from_the_form(self):
        message = self.failed()
        action = message.with_context(comm_compose_mode="forward").action_compose_answer()
        self.assertEqual(action["params"], {"mode": "forward", "messageId": message.id})

    def test_whether_addresses_open_here_is_everybodys_own_choice(self):
        self.assertTrue(self.anna.comm_mailto)
        self.anna.with_user(self.anna).comm_mailto = False
        self.assertFalse(self.anna.res_users_settings_id._res_users_settings_format()["comm_mailto"])
        self.assertTrue(self.ben.comm_mailto)

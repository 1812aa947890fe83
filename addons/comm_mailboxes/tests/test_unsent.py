from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestUnsent(OutboxCase):
    """A mailbox does not take away with it what its users believe to be on its way."""

    def wizard(self, mailboxes, user=None):
        wizard = self.env["comm.mailbox.delete"].with_user(user or self.anna)
        return wizard.with_context(default_mailbox_ids=mailboxes.ids)

    def test_it_is_not_deleted_with_messages_that_did_not_leave(self):
        _server, out = self.make_unruly()
        message = self.queue(out)
        for state in ("queued", "sending", "failed", "perhaps_sent"):
            message.outgoing_state = state
            with self.subTest(state), self.assertRaisesRegex(UserError, "not sent: 1"):
                out.with_user(self.anna).unlink()
            self.assertTrue(message.exists())
        with Form(self.wizard(out)) as form:
            self.assertEqual(form.unsent_count, 1)
            with self.assertRaisesRegex(UserError, "not sent: 1"):
                form.save().action_delete()

    def test_once_they_are_sent_or_given_up_it_is(self):
        server, out = self.make_unruly()
        sent, failed = self.queue(out), self.queue(out, subject="Other")
        server.answers["DATA"] = ["250 OK", "554 Looks like spam"]
        self.send()
        self.assertEqual({sent.outgoing_state, failed.outgoing_state}, {"sent", "failed"})
        (sent | failed).filtered(lambda message: message.outgoing_state == "failed").with_user(self.anna).delete()
        self.env.flush_all()
        self.assertEqual(Form(self.wizard(out)).unsent_count, 0)
        out.with_user(self.anna).unlink()
        self.assertFalse((out | out.exists()).exists())

    def test_archiving_keeps_them_to_be_edited(self):
        _server, out = self.make_unruly()
        other = self.make_smtp(name="Other", email="other@example.com")
        message = self.queue(out)
        self.wizard(out).create({}).action_archive()
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        message.with_user(self.anna).action_edit_again()
        self.assertEqual((message.outgoing_state, message.from_mailbox_id), ("draft", other))

    def test_drafts_are_counted_and_go(self):
        out = self.make_smtp()
        self.written(out)
        form = Form(self.wizard(out))
        self.assertEqual((form.unsent_count, form.draft_count), (0, 1))
        out.with_user(self.anna).unlink()

    def test_a_user_whose_mail_waits_is_not_deleted_either(self):
        leaver = new_test_user(self.env, "comm_leaver", groups="comm_mailboxes.group_user", email="leaver@example.com")
        out = self.make_smtp(leaver, email="leaver@example.com")
        self.queue(out, leaver)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            leaver.with_user(self.admin).unlink()
        self.assertTrue(out.exists())

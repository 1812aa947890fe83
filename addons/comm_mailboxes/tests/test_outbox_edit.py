from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestEditingWhatFailed(OutboxCase):
    """A mailbox that sends no more takes nothing away from who wrote: they go on under another From."""

    def lose(self, how):
        """Return a message of anna's, not sent because its mailbox was lost in that way, and her other mailbox."""
        server, own = self.make_unruly()
        other = self.make_smtp(name="Other", email="other@example.com")
        mailbox = own
        if how != "archived":
            mailbox = self.make_shared(
                {self.anna: "write", self.ben: "write"},
                kind="smtp",
                email="info@example.com",
                host="127.0.0.1",
                port=own.port,
                security="none",
            )
        files = self.env["ir.attachment"].with_user(self.anna).create({"name": "a.txt", "raw": b"Text"})
        message = self.queue(mailbox, attachment_ids=files.ids)
        if how == "archived":
            (own | mailbox).active = False
        else:
            own.active = False
            mailbox.member_ids.filtered(lambda line: line.user_id == self.anna).unlink()
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("failed", []))
        return message, other

    def test_the_author_edits_it_and_chooses_another_from(self):
        for how in ("archived", "revoked"):
            with self.subTest(how):
                message, other = self.lose(how)
                mine = message.with_user(self.anna)
                self.assertEqual(mine.subject, "Offer")
                self.assertEqual(mine.attachment_ids.filtered(lambda file: not file.comm_is_source).raw, b"Text")
                with self.assertRaises(UserError):
                    mine.action_retry()
                self.assertEqual(mine.action_edit_again(), mine)
                self.assertEqual((message.outgoing_state, message.from_mailbox_id), ("draft", other))
                self.assertIn("other@example.com", message.email_from)
                values = self.messages_as_anna.compose("edit", message.id)
                self.assertEqual(values["from_mailbox_id"], other.id)
                mine.action_send()
                self.assertEqual(message.outgoing_state, "queued")
                # The others of the shared mailbox do not get it back.
                with self.assertRaises(AccessError):
                    message.with_user(self.ben).action_edit_again()
                other.active = False

    def test_nobody_else_reads_or_edits_it(self):
        message, _other = self.lose("archived")
        for action in ("action_edit_again", "action_undo_send"):
            with self.assertRaises(AccessError):
                getattr(message.with_user(self.ben), action)()
        with self.assertRaises(AccessError):
            message.attachment_ids.with_user(self.ben).mapped("raw")

    def test_without_another_mailbox_it_is_said_what_to_do(self):
        message, other = self.lose("archived")
        other.active = False
        with self.assertRaisesRegex(UserError, "no outgoing mailbox"):
            message.with_user(self.anna).action_undo_send()
        self.assertEqual(message.outgoing_state, "failed")

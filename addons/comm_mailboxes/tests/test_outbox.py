import email
import time
from datetime import UTC, datetime, timedelta
from email import policy
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestOutbox(OutboxCase):
    """A message that was written here leaves once, or its author is told why not."""

    def test_what_was_written_arrives_and_is_the_same_bytes_as_what_is_kept(self):
        out = self.make_smtp()
        message = self.queue(out, email_to=self.account.address, email_bcc="secret@example.com")
        self.assertEqual((message.outgoing_state, message.folder_id.role), ("queued", "outbox"))
        source = message._source()
        self.send()
        self.assertEqual((message.outgoing_state, message.folder_id.role), ("sent", "sent"))
        self.assertEqual(message._source(), source)
        [mail] = [mail for mail in self.lab.received if "secret@example.com" in mail.recipients]
        self.assertEqual(set(mail.recipients), {self.account.address, "secret@example.com"})
        self.assertNotIn(b"secret@example.com", mail.raw)
        parsed = email.message_from_bytes(mail.raw)
        self.assertEqual((parsed["Message-ID"], parsed["Subject"], parsed["Bcc"]), (message.message_id, "Offer", None))
        # The author's own copy tells who got it in secret, as that of any mail program.
        self.assertEqual(email.message_from_bytes(source)["Bcc"], "secret@example.com")
        self.assertEqual(self.subjects("INBOX"), ["Offer"])

    def test_it_can_be_taken_back_while_there_is_time(self):
        self.anna.sudo().res_users_settings_ids.comm_undo_seconds = 30
        server, out = self.make_unruly()
        message = self.queue(out)
        self.send()
        self.assertEqual(message.outgoing_state, "queued")
        message.with_user(self.anna).action_undo_send()
        message.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("draft", []))
        message.with_user(self.anna).action_send()
        self.make_due(message)
        self.send()
        with self.assertRaisesRegex(UserError, "already"):
            message.with_user(self.anna).action_undo_send()
        self.assertEqual(len(server.received), 1)

    def test_the_time_to_take_it_back_begins_when_the_mail_is_written(self):
        """Large attachments take their time; that is not the author's to think again."""
        self.anna.sudo().res_users_settings_ids.comm_undo_seconds = 5
        _server, out = self.make_unruly()
        message = self.written(out)
        write_source = type(message)._write_source

        def slowly(self, *args):
            write_source(self, *args)
            time.sleep(1.5)

        with patch.object(type(message), "_write_source", slowly):
            leaves = message.with_user(self.anna).action_send()
        self.assertEqual(message.next_try_at, leaves)
        self.assertGreaterEqual((leaves - datetime.now(UTC).replace(tzinfo=None)).total_seconds(), 4.9)

    def test_who_gets_it_in_secret_is_not_told_by_a_second_try_either(self):
        server, out = self.make_unruly()
        server.answers["RCPT c@example.com"] = ["550 No such user"]
        message = self.queue(out, email_to="a@example.com", email_bcc="b@example.com, c@example.com")
        self.send()
        message.with_user(self.anna).action_retry()
        self.send()
        self.assertEqual(
            [set(each[1]) for each in server.received], [{"a@example.com", "b@example.com"}, {"c@example.com"}]
        )
        for _sender, _recipients, raw in server.received:
            self.assertNotIn(b"Bcc", raw)
            self.assertNotIn(b"b@example.com", raw)

    def test_semicolons_part_recipients_as_commas_do(self):
        server, out = self.make_unruly()
        self.queue(out, email_to='"Doe; John" <a@example.com>; b@example.com', email_cc="c@example.com;")
        self.send()
        [(_sender, recipients, raw)] = server.received
        self.assertEqual(set(recipients), {"a@example.com", "b@example.com", "c@example.com"})
        self.assertEqual(
            email.message_from_bytes(raw, policy=policy.default)["To"].addresses[0].display_name, "Doe; John"
        )

    def test_a_temporary_refusal_is_tried_again_later_with_the_same_bytes(self):
        server, out = self.make_unruly()
        server.answers["DATA"] = ["451 Try later"]
        message = self.queue(out)
        self.send()
        self.assertEqual((message.outgoing_state, message.send_attempts), ("queued", 1))
        self.assertIn("Try later", message.send_error)
        self.send()
        self.assertEqual(server.received, [])
        self.make_due(message)
        self.send()
        self.assertEqual((message.outgoing_state, message.send_error), ("sent", False))
        [(_sender, _recipients, raw)] = server.received
        self.assertEqual(raw.rstrip(), message._source().rstrip())

    def test_waits_grow_and_end_after_days(self):
        server, out = self.make_unruly()
        server.answers["DATA"] = ["451 Try later"] * 10
        message = self.queue(out)
        waits = []
        for _try in range(4):
            self.send()
            waits.append(round((message.next_try_at - fields.Datetime.now()).total_seconds() / 60))
            self.make_due(message)
        self.assertEqual(waits, [1, 2, 4, 8])
        message.queued_at -= timedelta(days=3)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("Try later", self.activity(message).note)

    def test_a_permanent_refusal_is_told_the_author_at_once_and_can_be_retried(self):
        server, out = self.make_unruly()
        server.answers["DATA"] = ["554 Looks like spam"]
        message = self.queue(out)
        self.send()
        self.assertEqual((message.outgoing_state, message.folder_id.role), ("failed", "outbox"))
        self.assertIn("Looks like spam", message.send_error)
        self.assertEqual(self.activity(message).user_id, self.anna)
        self.assertIn("Looks like spam", self.activity(message).note)
        message.with_user(self.anna).action_retry()
        self.assertFalse(self.activity(message))
        self.send()
        self.assertEqual((message.outgoing_state, len(server.received)), ("sent", 1))

    def test_a_failed_message_can_be_edited_again(self):
        server, out = self.make_unruly()
        server.answers["RCPT typo@example.com"] = ["550 No such user"]
        message = self.queue(out, email_to="typo@example.com")
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertEqual(message.with_user(self.anna).action_edit_again(), message)
        self.assertEqual((message.outgoing_state, message.folder_id.role), ("draft", "drafts"))
        self.messages_as_anna.send({"id": message.id, "email_to": "right@example.com"})
        self.send()
        self.assertEqual([recipients for _sender, recipients, _raw in server.received], [("right@example.com",)])

    def test_one_of_three_refused_is_told_and_the_others_got_it_once(self):
        server, out = self.make_unruly()
        server.answers["RCPT b@example.com"] = ["550 No such user"]
        message = self.queue(out, email_to="a@example.com, b@example.com", email_cc="c@example.com")
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        self.assertEqual([set(each[1]) for each in server.received], [{"a@example.com", "c@example.com"}])
        self.assertIn("b@example.com", message.send_error)
        self.assertIn("No such user", self.activity(message).note)
        message.with_user(self.anna).action_retry()
        self.send()
        self.assertEqual(server.received[1][1], ("b@example.com",))
        self.assertEqual((message.outgoing_state, message.send_error), ("sent", False))

    def test_who_was_refused_for_now_gets_it_later_and_nobody_twice(self):
        server, out = self.make_unruly()
        server.answers["RCPT b@example.com"] = ["450 Greylisted"] * 2
        message = self.queue(out, email_to="a@example.com, b@example.com")
        self.send()
        self.assertEqual(message.outgoing_state, "queued")
        self.make_due(message)
        self.send()
        self.assertEqual([each[1] for each in server.received], [("a@example.com",), ("b@example.com",)])
        self.assertEqual(message.outgoing_state, "sent")

    def test_five_hundred_recipients_of_whom_a_server_takes_a_hundred_at_once(self):
        server, out = self.make_unruly()
        server.limit = 100
        everybody = [f"p{number}@example.com" for number in range(500)]
        message = self.queue(out, email_bcc=", ".join(everybody), email_to=False)
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        self.assertEqual([len(each[1]) for each in server.received], [100] * 5)
        self.assertEqual({address for each in server.received for address in each[1]}, set(everybody))
        self.assertEqual(server.connections, 1)

    def test_a_line_lost_before_the_end_is_tried_again(self):
        server, out = self.make_unruly()
        server.breaks = ["before"]
        message = self.queue(out)
        self.send()
        self.assertEqual(message.outgoing_state, "queued")
        self.make_due(message)
        self.send()
        self.assertEqual((message.outgoing_state, len(server.received)), ("sent", 1))

    def test_a_line_lost_after_the_end_is_never_sent_again_by_itself(self):
        server, out = self.make_unruly()
        server.breaks = ["after"]
        message = self.queue(out)
        self.send()
        self.send()
        self.assertEqual((message.outgoing_state, len(server.received)), ("perhaps_sent", 1))
        self.assertIn("may have been sent", self.activity(message).note)
        with self.assertRaisesRegex(UserError, "second time"):
            message.with_user(self.anna).action_retry()
        message.with_user(self.anna).action_was_sent()
        self.assertEqual((message.outgoing_state, message.folder_id.role), ("sent", "sent"))
        self.assertFalse(self.activity(message))

    def test_after_asking_it_is_sent_again(self):
        server, out = self.make_unruly()
        server.breaks = ["after"]
        message = self.queue(out)
        self.send()
        message.with_user(self.anna).action_retry(confirmed=True)
        self.send()
        self.assertEqual((message.outgoing_state, len(server.received)), ("sent", 2))
        self.assertEqual(server.received[0][2], server.received[1][2])

    def test_what_a_killed_worker_left_is_perhaps_sent(self):
        server, out = self.make_unruly()
        message = self.queue(out)
        message.outgoing_state = "sending"
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("perhaps_sent", []))

    def test_a_message_larger_than_the_server_takes(self):
        server, out = self.make_unruly()
        server.size_limit = 10_000
        document = self.env["ir.attachment"].with_user(self.anna).create({"name": "a.bin", "raw": b"x" * 20_000})
        message = self.queue(out, attachment_ids=document.ids)
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("failed", []))
        self.assertIn("10 kB", message.send_error)

    def test_many_messages_go_in_one_session(self):
        server, out = self.make_unruly()
        messages = [self.queue(out, subject=f"Mail {number}") for number in range(5)]
        self.send()
        self.assertEqual((len(server.received), server.connections), (5, 1))
        self.assertEqual({message.outgoing_state for message in messages}, {"sent"})

    def test_a_server_that_cannot_be_reached_keeps_everything_waiting(self):
        out = self.make_smtp(host="127.0.0.1", port=1)
        messages = [self.queue(out) for _number in range(2)]
        self.send()
        self.assertEqual({(message.outgoing_state, message.send_attempts) for message in messages}, {("queued", 1)})

    def test_a_wrong_password_is_told_and_not_tried_again(self):
        out = self.make_smtp(password="wrong")
        message = self.queue(out)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("Check login and password", message.send_error)

    # Rights

    def test_a_right_that_was_revoked_meanwhile_is_refused(self):
        server, _own = self.make_unruly()
        shared = self.make_shared(
            {self.anna: "write"},
            kind="smtp",
            email="info@example.com",
            host="127.0.0.1",
            port=_own.port,
            security="none",
        )
        message = self.queue(shared)
        shared.member_ids.access = "read"
        self.send()
        self.assertEqual((message.outgoing_state, server.received), ("failed", []))
        self.assertIn("may not send with", message.send_error)
        with self.assertRaisesRegex(UserError, "may not send with"):
            message.with_user(self.anna).action_retry()

    def test_an_archived_mailbox_and_a_changed_address_are_refused(self):
        server, out = self.make_unruly()
        for change, reason in (({"active": False}, "archived"), ({"email": "other@example.com"}, "not that of")):
            with self.subTest(reason):
                message = self.queue(out)
                out.write(change)
                self.send()
                self.assertEqual((message.outgoing_state, server.received), ("failed", []))
                self.assertIn(reason, message.send_error)
                out.write({"active": True, "email": self.account.address})

    def test_nobody_sends_with_the_mailbox_of_somebody_else(self):
        out = self.make_smtp()
        with self.assertRaises(AccessError):
            self.written(out, self.ben)
        message = self.written(out)
        for action in ("action_send", "action_retry", "action_undo_send", "action_edit_again", "action_was_sent"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(message.with_user(self.ben), action)()
        with self.assertRaises(AccessError):
            self.env["comm.message"].with_user(self.ben).send({"id": message.id})

    def test_a_reader_of_a_shared_mailbox_sees_and_does_not_send(self):
        shared = self.make_shared({self.anna: "write", self.ben: "read"}, kind="smtp", email="info@example.com")
        message = self.queue(shared)
        self.assertEqual(message.with_user(self.ben).subject, "Offer")
        for action in ("action_undo_send", "action_retry"):
            with self.subTest(action), self.assertRaisesRegex(UserError, "may not send with"):
                getattr(message.with_user(self.ben), action)()

    def test_the_from_is_the_one_of_the_mailbox_whatever_is_asked_for(self):
        _server, out = self.make_unruly()
        message = self.written(out, email_from="boss@example.com")
        self.assertIn(self.account.address, message.email_from)
        message.email_from = "boss@example.com"
        with self.assertRaisesRegex(UserError, "not that of"):
            message.with_user(self.anna).action_send()

    def test_what_leaves_is_not_deleted_or_moved(self):
        out = self.make_smtp()
        message = self.queue(out).with_user(self.anna)
        with self.assertRaisesRegex(UserError, "waits to be sent"):
            message.delete()
        with self.assertRaisesRegex(UserError, "waits to be sent"):
            message.move_to(message.folder_id)

    def test_nothing_leaves_without_a_recipient_or_with_a_bad_one(self):
        out = self.make_smtp()
        for address, reason in ((False, "recipient"), ("ben", "“ben”"), ("a@b@c", "no e-mail address")):
            with self.subTest(address), self.assertRaisesRegex(UserError, reason):
                self.queue(out, email_to=address)

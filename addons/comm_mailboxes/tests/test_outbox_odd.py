from email import message_from_bytes, message_from_string, policy

from odoo.exceptions import UserError
from odoo.tests import tagged

from .outbox import OutboxCase

EVERYBODY = "jörg@example.com, ben@bücher.example, carl@example.com"


@tagged("post_install", "-at_install")
class TestOddMessages(OutboxCase):
    """Addresses beyond ASCII, messages that are too large, sessions that end: told or solved, never lost or doubled."""

    def test_international_addresses_reach_a_server_that_knows_them(self):
        server, out = self.make_unruly()
        message = self.queue(out, email_to=EVERYBODY)
        self.send()
        self.assertEqual(message.outgoing_state, "sent", message.send_error)
        [(_sender, recipients, raw)] = server.received
        self.assertEqual(recipients, ("jörg@example.com", "ben@xn--bcher-kva.example", "carl@example.com"))
        self.assertIn("SMTPUTF8", server.mails[0])
        # RFC 6532: such an address stands in the header as it is.
        to = message_from_string(raw.decode(), policy=policy.SMTPUTF8)["To"]
        self.assertEqual([address.addr_spec for address in to.addresses], list(recipients))

    def test_of_a_server_that_does_not_know_them_the_author_is_told_who_got_nothing(self):
        server, out = self.make_unruly()
        server.international = False
        message = self.queue(out, email_to=EVERYBODY)
        self.send()
        self.assertEqual(message.outgoing_state, "sent")
        [(_sender, recipients, _raw)] = server.received
        self.assertEqual(recipients, ("ben@xn--bcher-kva.example", "carl@example.com"))
        self.assertIn("jörg@example.com did not get it", message.send_error)
        self.assertIn("takes no addresses with letters", message.send_error)
        # What the others get is legal for every server and reader, and still names whom it is for.
        raw = server.received[0][2]
        self.assertTrue(raw.isascii())
        parsed = message_from_bytes(raw, policy=policy.SMTP)["To"]
        self.assertFalse(parsed.defects)
        self.assertEqual([address.addr_spec for address in parsed.addresses], list(recipients))
        self.assertEqual([group.display_name for group in parsed.groups][:1], ["jörg@example.com"])
        # What is filed names them as the author did.
        self.assertIn("jörg@example.com".encode(), message._source())
        self.assertEqual(self.activity(message).user_id, self.anna)

    def test_a_domain_beyond_ascii_alone_needs_nothing_of_the_server(self):
        server, out = self.make_unruly()
        server.international = False
        message = self.queue(out, email_to="ben@bücher.example")
        self.send()
        self.assertEqual((message.outgoing_state, len(server.received)), ("sent", 1))
        self.assertTrue(server.received[0][2].isascii())

    def test_thirty_megabytes_are_refused_before_they_are_uploaded(self):
        server, out = self.make_unruly()
        server.size_limit = 25_000_000
        document = self.env["ir.attachment"].with_user(self.anna).create({"name": "a.bin", "raw": b"x" * 30_000_000})
        message = self.queue(out, attachment_ids=document.ids)
        other = self.queue(out, subject="Small")
        self.send()
        self.assertEqual((message.outgoing_state, other.outgoing_state), ("failed", "sent"))
        # No transaction was begun for it.
        self.assertEqual((len(server.mails), len(server.received)), (1, 1))
        self.assertIn("takes 25000 kB at most", message.send_error)
        self.assertIn("fewer or smaller attachments", self.activity(message).note)

    def test_a_session_that_the_server_ends_is_opened_again(self):
        server, out = self.make_unruly()
        server.breaks = ["no", "no", "before"]
        messages = [self.queue(out, subject=f"Mail {number}") for number in range(5)]
        self.send()
        self.assertEqual({message.outgoing_state for message in messages}, {"sent"})
        self.assertEqual((len(server.received), server.connections), (5, 2))

    def test_of_many_one_is_in_doubt_and_the_others_arrive(self):
        server, out = self.make_unruly()
        server.breaks = ["no", "after"]
        messages = [self.queue(out, subject=f"Mail {number}") for number in range(5)]
        self.send()
        states = [message.outgoing_state for message in messages]
        self.assertEqual(states, ["sent", "perhaps_sent", "sent", "sent", "sent"])
        self.assertEqual(len({raw for _sender, _recipients, raw in server.received}), 5)

    def test_a_server_that_goes_away_in_the_middle_gets_the_rest_later(self):
        server, out = self.make_unruly()
        server.breaks = ["no", "before"]
        messages = [self.queue(out, subject=f"Mail {number}") for number in range(5)]
        server.greets = False
        self.send()
        states = [message.outgoing_state for message in messages]
        self.assertEqual(states, ["sent", "queued", "queued", "queued", "queued"])
        self.assertEqual({message.send_attempts for message in messages[1:]}, {1})
        server.greets = True
        for message in messages[1:]:
            self.make_due(message)
        self.send()
        self.assertEqual({message.outgoing_state for message in messages}, {"sent"})
        self.assertEqual(len(server.received), 5)

    def test_what_was_taken_back_in_the_last_moment_does_not_leave(self):
        server, out = self.make_unruly()
        first, second = self.queue(out, subject="First"), self.queue(out, subject="Second")
        second.with_user(self.anna).action_undo_send()
        self.env.flush_all()
        self.assertEqual((first | second)._note_sending(), first)
        self.assertEqual((first.outgoing_state, second.outgoing_state), ("sending", "draft"))
        with self.assertRaisesRegex(UserError, "being sent right now"):
            first.with_user(self.anna).action_undo_send()
        self.assertEqual(server.received, [])

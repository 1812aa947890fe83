from odoo.tests import tagged
from odoo.tools import mute_logger

from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestSentCopy(OutboxCase):
    """What was sent lies in the sent folder of the server once, read, whatever happened on the way there."""

    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.inbox = self.make_synced(port=self.proxy.port, security="none", email=self.account.address)
        self.sent = self.folder(self.inbox, "Sent")
        self.server, self.out = self.make_unruly(sent_folder_id=self.sent.id)

    def send_and_push(self, **values):
        message = self.queue(self.out, **values)
        self.send()
        self.push()
        return message

    def raw_on_server(self, path, subject):
        number = self.number(path, subject)
        return self.client.fetch(number, "(BODY.PEEK[])")[1][0][1]

    def test_the_copy_is_what_was_sent_read_and_the_same_message(self):
        message = self.send_and_push()
        self.assertEqual((message.folder_id, message.server_folder_id, bool(message.uid)), (self.sent, self.sent, True))
        self.assertEqual(self.raw_on_server("Sent", "Offer").rstrip(), self.server.received[0][2].rstrip())
        self.assertEqual(self.flags("Sent", "Offer"), {r"\Seen"})
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Offer"), message)
        self.assertEqual(self.out.message_count, 0)

    def test_the_copy_names_who_got_it_in_secret_and_what_was_sent_does_not(self):
        message = self.send_and_push(email_bcc="secret@example.com")
        self.assertIn(b"\r\nBcc: secret@example.com\r\n", self.raw_on_server("Sent", "Offer"))
        [(_sender, recipients, raw)] = self.server.received
        self.assertIn("secret@example.com", recipients)
        self.assertNotIn(b"secret@example.com", raw)
        # Nor does who gets it as a file.
        attached = message.with_user(self.anna)._as_file()
        self.assertNotIn(b"secret@example.com", attached.raw)
        self.assertIn(b"ben@example.com", attached.raw)
        # Fetched again, it is the same message.
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Offer"), message)

    def test_a_server_that_files_its_own_copy_gets_no_second_one(self):
        message = self.queue(self.out)
        self.send()
        self.lab.deliver(self.account.address, b"X-Filed-By: server\r\n" + message._source(), folder="Sent")
        self.push()
        self.assertEqual(self.subjects("Sent"), ["Offer"])
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Offer"), message)

    def test_the_servers_copy_stays_the_same_message_in_repair_and_where_others_move_it(self):
        message = self.queue(self.out)
        self.send()
        self.lab.deliver(self.account.address, b"X-Filed-By: server\r\n" + message._source(), folder="Sent")
        self.push()
        self.inbox.repair()
        self.assertEqual(self.message(self.inbox, "Offer"), message)
        self.move("Sent", "Offer", "Archive")
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Offer"), message)
        self.assertEqual((message.folder_id.path, message.outgoing_state), ("Archive", "sent"))

    def test_a_server_that_writes_it_anew_has_the_same_message(self):
        message = self.send_and_push()
        # As if the copy had come to be what it is on the server by itself.
        self.env.cr.execute("UPDATE comm_message SET identity = 'other', size = size - 9 WHERE id = %s", message.ids)
        self.env.invalidate_all()
        self.assertIn("nothing to mend", self.inbox.repair())
        self.assertEqual(self.message(self.inbox, "Offer"), message)

    def test_a_draft_that_another_program_wrote_on_is_left_to_it(self):
        message = self.written(self.out)
        self.push()
        theirs = message._source().replace(
            b"Subject: Offer", b"User-Agent: Roundcube Webmail/1.6\r\nSubject: Their offer"
        )
        self.client.append("Drafts", r"(\Draft)", None, theirs)
        self.expunge("Drafts", "Offer")
        self.messages_as_anna.save_draft({"id": message.id, "subject": "Our offer"})
        self.push()
        self.assertEqual(sorted(self.subjects("Drafts")), ["Our offer", "Their offer"])

    def test_nor_when_its_copy_was_fetched_before_ours_was_stored(self):
        message = self.queue(self.out)
        self.send()
        self.lab.deliver(self.account.address, b"X-Filed-By: server\r\n" + message._source(), folder="Sent")
        operation = self.operations(self.inbox)
        operation.attempts = 99
        self.inbox.fetch_mail()
        self.assertEqual(len(self.messages(self.inbox)), 2)
        operation.attempts = 0
        self.push()
        self.assertEqual(self.subjects("Sent"), ["Offer"])
        self.assertEqual(self.message(self.inbox, "Offer"), message)

    @mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event")
    def test_a_refused_copy_is_stored_later_and_nothing_is_sent_again(self):
        self.proxy.deny("APPEND", code="NO", text="[OVERQUOTA] Full", times=7)
        message = self.send_and_push()
        for _try in range(4):
            self.push()
        self.assertEqual(self.subjects("Sent"), [])
        [operation] = self.operations(self.inbox)
        self.assertEqual((operation.attempts, message.outgoing_state), (5, "sent"))
        self.assertIn("Full", operation.last_error)
        # Asked less often from now on.
        self.push()
        self.assertEqual(operation.attempts, 5)
        self.proxy.reset()
        self.env.cr.execute("UPDATE comm_operation SET write_date = write_date - interval '2 hours'")
        self.push()
        self.assertEqual((self.subjects("Sent"), len(self.server.received)), (["Offer"], 1))
        self.assertFalse(self.operations(self.inbox))

    def test_never_keeps_it_here_and_always_stores_beside_the_copy_of_the_server(self):
        self.out.sent_copy = "never"
        message = self.send_and_push()
        self.assertEqual((message.folder_id.is_local, self.subjects("Sent")), (True, []))
        self.out.sent_copy = "always"
        message = self.queue(self.out, subject="Twice")
        self.send()
        self.lab.deliver(self.account.address, message._source(), folder="Sent")
        self.push()
        self.assertEqual(self.subjects("Sent"), ["Twice", "Twice"])

    def test_without_a_sent_folder_it_stays_here_and_is_counted(self):
        self.out.sent_folder_id = False
        message = self.send_and_push()
        self.assertEqual((message.folder_id.name, message.folder_id.mailbox_id), ("Sent", self.out))
        self.assertEqual(self.out.message_count, 1)
        self.assertFalse(self.operations(self.inbox))

    def test_a_sent_folder_that_is_gone_keeps_it_here(self):
        self.sent.is_missing = True
        message = self.send_and_push()
        self.assertTrue(message.folder_id.is_local)

    def test_the_attachment_group_is_that_of_the_mailbox_that_sent(self):
        groups = self.env["comm.attachment.group"].create([{"name": "In"}, {"name": "Out"}])
        self.inbox.attachment_group_id, self.out.attachment_group_id = groups
        file = self.env["ir.attachment"].with_user(self.anna).create({"name": "a.pdf", "raw": b"%PDF-1.4"})
        message = self.written(self.out, attachment_ids=file.ids)
        self.push()
        document = message.attachment_ids.filtered(lambda one: one.name == "a.pdf")
        self.assertFalse(document.comm_attachment_group_id)
        message.with_user(self.anna).action_send()
        self.send()
        self.push()
        self.env.invalidate_all()
        self.assertEqual((message.folder_id, document.comm_attachment_group_id), (self.sent, groups[1]))
        source = message.attachment_ids.filtered("comm_is_source")
        self.assertFalse(source.comm_attachment_group_id)

    def test_the_original_is_marked_as_answered_or_forwarded_on_the_server_when_the_answer_was_sent(self):
        for subject, mode, flag in (("Question", "reply", r"\Answered"), ("News", "forward", "$Forwarded")):
            with self.subTest(mode):
                self.deliver(subject)
                self.inbox.fetch_mail()
                original = self.message(self.inbox, subject)
                values = self.messages_as_anna.compose(mode, original.id) | {"email_to": "ben@example.com"}
                self.messages_as_anna.send(values)
                self.push()
                self.assertEqual(self.flags("INBOX", subject), set())
                self.send()
                self.push()
                self.assertEqual(self.flags("INBOX", subject), {flag})

    # Drafts

    def test_a_draft_lies_in_the_drafts_folder_of_the_server_and_gives_way_to_the_next_version(self):
        message = self.written(self.out)
        self.push()
        self.assertEqual(self.flags("Drafts", "Offer"), {r"\Seen", r"\Draft"})
        for subject in ("Offer 2", "Offer 3"):
            self.messages_as_anna.save_draft({"id": message.id, "subject": subject})
        self.push()
        self.push()
        self.assertEqual(self.subjects("Drafts"), ["Offer 3"])
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Offer 3"), message)
        self.assertEqual(len(self.messages(self.inbox)), 1)

    def test_a_draft_that_was_sent_is_no_draft_any_more(self):
        message = self.written(self.out)
        self.push()
        message.with_user(self.anna).action_send()
        self.send()
        self.push()
        self.push()
        self.assertEqual((self.subjects("Drafts"), self.subjects("Sent")), ([], ["Offer"]))
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Offer"), message)

    def test_a_draft_names_secret_recipients_and_what_is_sent_does_not(self):
        message = self.written(self.out, email_bcc="secret@example.com")
        self.push()
        self.assertIn(b"secret@example.com", self.raw_on_server("Drafts", "Offer"))
        message.with_user(self.anna).action_send()
        self.send()
        self.push()
        self.assertNotIn(b"secret@example.com", self.server.received[0][2])
        self.assertEqual(self.subjects("Drafts"), [])
        self.assertEqual(message.email_bcc, "secret@example.com")

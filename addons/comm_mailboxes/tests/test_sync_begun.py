from unittest.mock import patch

from odoo.tests import tagged

from ..protocol.errors import ConnectionLost
from ..protocol.imap import ImapSession
from .common import SyncCase
from .outbox import OutboxCase


def cut(*_args, **_options):
    raise ConnectionLost


def without_id(subject):
    return (
        f"From: sender@example.com\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\nSubject: {subject}\r\n\r\nText\r\n"
    ).encode()


@tagged("post_install", "-at_install")
class TestSyncBegun(SyncCase):
    """A copy that the server was asked for before the connection broke: only the server knows whether it was made."""

    def setUp(self):
        super().setUp()
        self.client.create("Box")

    def begin_copy(self, mailbox, subject):
        """Ask the server for a copy, and break off before it hears of that."""
        original = self.messages(mailbox).filtered(lambda one: (one.subject, one.folder_id.path) == (subject, "INBOX"))
        original.with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
        with patch.object(ImapSession, "copy", cut):
            self.failure_of(mailbox._push_now)
        self.assertTrue(self.operations(mailbox).begun_in_id)

    def test_a_copy_that_was_there_before_is_not_taken_for_it(self):
        self.deliver("With")
        self.lab.deliver(self.account.address, without_id("Without"))
        mailbox = self.make_synced()
        for subject in ("With", "Without"):
            with self.subTest(subject):
                self.message(mailbox, subject).with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
                mailbox.fetch_mail()
                self.begin_copy(mailbox, subject)
                mailbox.fetch_mail()
                self.assertEqual(self.subjects("Box").count(subject), 2)
                self.assertFalse(self.operations(mailbox))

    def test_another_mail_of_the_same_size_is_not_taken_for_it(self):
        self.lab.deliver(self.account.address, without_id("Mine"))
        mailbox = self.make_synced()
        self.lab.deliver(self.account.address, without_id("Thin"), folder="Box")
        self.begin_copy(mailbox, "Mine")
        mailbox.fetch_mail()
        self.assertEqual(sorted(self.subjects("Box")), ["Mine", "Thin"])


@tagged("post_install", "-at_install")
class TestStoringBegun(OutboxCase):
    """Mail that was stored on the server, when the connection broke before that was noted."""

    def setUp(self):
        super().setUp()
        self.inbox = self.make_synced(email=self.account.address)
        _server, self.out = self.make_unruly(sent_folder_id=self.folder(self.inbox, "Sent").id)

    def store_and_break_off(self):
        with self.meanwhile("append", cut):
            self.failure_of(self.inbox._push_now)
        self.assertTrue(self.operations(self.inbox).begun_in_id)

    def test_what_was_sent_is_not_stored_again(self):
        for choice in ("always", self.out.sent_copy):
            with self.subTest(choice):
                self.out.sent_copy = choice
                message = self.queue(self.out, subject=choice)
                self.send()
                self.store_and_break_off()
                self.inbox.fetch_mail()
                self.inbox.fetch_mail()
                self.assertEqual(self.subjects("Sent").count(choice), 1)
                self.assertEqual(self.message(self.inbox, choice), message)
                self.assertFalse(self.operations(self.inbox))

    def test_of_a_draft_the_last_version_is_left(self):
        message = self.written(self.out)
        self.store_and_break_off()
        self.messages_as_anna.save_draft({"id": message.id, "subject": "Offer 2"})
        for _visit in range(2):
            self.inbox.fetch_mail()
        self.assertEqual(self.subjects("Drafts"), ["Offer 2"])
        self.assertEqual(self.messages(self.inbox), message)

    def test_what_was_deleted_for_good_before_the_server_took_it_is_deleted_there(self):
        message = self.queue(self.out)
        self.send()
        with self.lab.proxy("imap") as proxy:
            proxy.deny("APPEND", text="[INUSE] later")
            self.through(proxy, self.inbox)
            trash = self.folder(self.inbox, "Trash")
            message.with_user(self.anna).delete(seen_in=message.folder_id.id)
            message.with_user(self.anna).delete(seen_in=trash.id)
            for _visit in range(2):
                self.inbox.fetch_mail()
            self.assertFalse(message.active)
            proxy.reset()
            for _visit in range(3):
                self.inbox.fetch_mail()
        self.assertEqual((self.subjects("Sent"), self.subjects("Trash")), ([], []))
        self.assertFalse(message.exists() or self.messages(self.inbox) or self.operations(self.inbox))
        self.assertEqual([text for text in self.inbox.event_ids.mapped("text") if "not on the server" in text], [])

from contextlib import suppress

from odoo.exceptions import UserError
from odoo.tests import tagged

from .outbox import OutboxCase
from .test_sync_answer_lost import AnswerLost


@tagged("post_install", "-at_install")
class TestSyncOlderDrafts(AnswerLost, OutboxCase):
    """A draft is stored on the server, of which Odoo does not hear, and its author does not go on with that version: it is not
    to come back as if it were a draft.
    """

    def make_mailboxes(self, hidden, fetch_mode):
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.hidden = hidden
        self.hide()
        inbox = self.make_synced(email=self.account.address, port=self.proxy.port, security="none")
        self.folder(inbox, "Drafts").fetch_mode = fetch_mode
        inbox.fetch_mail()
        _server, out = self.make_unruly(sent_folder_id=self.folder(inbox, "Sent").id)
        return inbox, out

    # pylint: disable-next=missing-return
    def lose(self, mailbox):
        super().lose(mailbox, rb"OK .*Append completed")
        self.hide()

    def hide(self):
        self.proxy.hide("LITERAL+", *self.hidden)
        if self.hidden:
            self.proxy.replace(rb"\[APPENDUID \d+ \d+\] ", b"")

    def discard(self, draft):
        draft.with_user(self.anna).discard_draft()

    def write_on_and_discard(self, draft):
        self.messages_as_anna.save_draft({"id": draft.id, "subject": "Second"})
        self.discard(draft)

    def lose_the_next_one_and_discard(self, draft):
        self.messages_as_anna.save_draft({"id": draft.id, "subject": "Second"})
        self.lose(draft.mailbox_id)
        self.discard(draft)

    def send_it(self, draft):
        self.messages_as_anna.save_draft({"id": draft.id, "subject": "Second"})
        draft.with_user(self.anna).action_send()
        self.send()

    def take_back(self, draft):
        draft.with_user(self.anna).action_send()
        draft.with_user(self.anna).action_undo_send()

    def test_what_is_not_gone_on_with_does_not_come_back(self):
        for hidden in ([], ["UIDPLUS"]):
            for fetch_mode, between in {"this": "repair", "no": "nothing"}.items():
                inbox, out = self.make_mailboxes(hidden, fetch_mode)
                for go_on in (
                    self.discard,
                    self.write_on_and_discard,
                    self.lose_the_next_one_and_discard,
                    self.send_it,
                ):
                    with self.subTest(hidden=hidden, fetch_mode=fetch_mode, change=go_on.__name__):
                        draft = self.written(out, subject="First")
                        self.lose(inbox)
                        self.assertIn("First", self.subjects("Drafts"))
                        go_on(draft)
                        self.go_on(inbox, between)
                        self.assertEqual(self.subjects("Drafts"), [])
                        self.assertFalse(self.shown_in(self.folder(inbox, "Drafts")))
                        self.check_counts(inbox)
                self.assertIn("Second", self.subjects("Sent"))

    def test_the_draft_that_is_gone_on_with_stays(self):
        for hidden in ([], ["UIDPLUS"]):
            with self.subTest(hidden=hidden):
                inbox, out = self.make_mailboxes(hidden, "this")
                draft = self.written(out, subject="First")
                self.lose(inbox)
                self.take_back(draft)
                with suppress(UserError):
                    self.proxy.deny("APPEND")
                    inbox.fetch_mail()
                self.proxy.reset()
                self.hide()
                self.go_on(inbox, "nothing")
                self.assertEqual(self.subjects("Drafts"), ["First"])
                self.assertEqual(self.shown_in(self.folder(inbox, "Drafts")), draft)
                self.discard(draft)
                self.go_on(inbox, "nothing")
                self.assertEqual(self.subjects("Drafts"), [])

    def test_the_version_that_is_stored_next_stays(self):
        for hidden in ([], ["UIDPLUS"]):
            with self.subTest(hidden=hidden):
                inbox, out = self.make_mailboxes(hidden, "this")
                draft = self.written(out, subject="First")
                self.lose(inbox)
                self.messages_as_anna.save_draft({"id": draft.id, "subject": "Second"})
                # Told after all else, when what is new was seen.
                noted = self.operations(inbox).filtered(lambda operation: operation.kind == "expunge")
                noted.broken_times = 2
                self.go_on(inbox, "nothing")
                self.assertEqual(self.subjects("Drafts"), ["Second"])
                self.assertEqual(self.shown_in(self.folder(inbox, "Drafts")), draft)
                self.discard(draft)
                self.go_on(inbox, "nothing")
                self.assertEqual(self.subjects("Drafts"), [])

    def test_what_another_program_made_of_it_stays(self):
        inbox, out = self.make_mailboxes([], "this")
        draft = self.written(out, subject="First")
        self.lose(inbox)
        self.discard(draft)
        self.client.select("Drafts")
        raw = self.client.fetch("1", "(BODY.PEEK[])")[1][0][1]
        self.client.append("Drafts", r"(\Draft)", None, b"User-Agent: Another\r\n" + raw.replace(b"First", b"Theirs"))
        self.go_on(inbox, "nothing")
        self.assertEqual(self.subjects("Drafts"), ["Theirs"])
        self.assertEqual(self.shown_in(self.folder(inbox, "Drafts")).mapped("subject"), ["Theirs"])

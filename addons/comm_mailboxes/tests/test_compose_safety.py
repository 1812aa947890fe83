from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_compose import ComposeCase

REMOTE = "https://tracker.example/pixel.png?who=anna"


@tagged("post_install", "-at_install")
class TestComposeSafety(ComposeCase):
    """What a stranger wrote comes into the editor, which is no isolated frame."""

    def test_images_from_the_internet_load_neither_in_the_editor_nor_get_lost(self):
        original = self.incoming(body_html=f'<p>Hi <img alt="Logo" src="{REMOTE}" width="9"></p>')
        for mode in ("reply", "forward"):
            with self.subTest(mode):
                values = self.model.compose(mode, original.id)
                self.assertNotIn(' src="http', values["body_html"])
                self.assertIn(f'data-original-src="{REMOTE}"', values["body_html"])
                draft = self.saved(**values)
                self.assertIn(f'src="{REMOTE}"', draft.body_html)
                again = self.model.compose("edit", draft.id)
                self.assertNotIn(' src="http', again["body_html"])
                self.assertIn(REMOTE, again["body_html"])

    def test_only_addresses_of_the_web_come_back(self):
        body = '<p>Hi <img data-original-src="javascript:alert(1)"><img data-original-src="file:///etc/passwd"></p>'
        draft = self.saved(body_html=body)
        self.assertNotIn("alert", draft.body_html)
        self.assertNotIn("passwd", draft.body_html)


@tagged("post_install", "-at_install")
class TestDraftsThatComeAndGo(ComposeCase):
    def foreign(self, **vals):
        drafts = self.env["comm.folder"].create(
            {"mailbox_id": self.inbox.id, "name": "Drafts", "path": "Drafts", "role": "drafts"}
        )
        return self.make_message(
            self.inbox,
            folder_id=drafts.id,
            server_folder_id=drafts.id,
            uid=7,
            **{"subject": "Begun elsewhere", "email_to": "ben@example.com", "body_text": "Dear Ben", **vals},
        )

    def test_a_discarded_draft_is_gone(self):
        draft = self.saved(subject="No")
        self.model.browse(draft.id).discard_draft()
        self.assertFalse(draft.exists())

    def test_what_another_window_saved_since_is_not_discarded(self):
        draft = self.saved(subject="Old", compose_token="one")
        begun = draft.compose_version
        self.saved(id=draft.id, version=begun, subject="New", compose_token="two")
        mine = self.model.browse(draft.id)
        self.assertFalse(mine.discard_draft(version=begun, compose_token="one"))
        self.assertEqual(draft.subject, "New")
        # The answer to one's own last save may have got lost.
        self.assertTrue(mine.discard_draft(version=begun, compose_token="two"))
        self.assertFalse(draft.exists())

    def test_nobody_discards_the_draft_of_another_one(self):
        draft = self.saved(subject="Mine")
        with self.assertRaises(AccessError):
            self.model.with_user(self.ben).browse(draft.id).discard_draft()
        self.assertTrue(draft.exists())

    def test_what_is_on_its_way_cannot_be_discarded(self):
        draft = self.saved(email_to="ben@example.com")
        self.model.browse(draft.id).action_send()
        with self.assertRaises(UserError):
            self.model.browse(draft.id).discard_draft()

    def test_a_window_has_one_draft_though_an_answer_was_lost(self):
        first = self.saved(subject="One", compose_token="abc")
        second = self.saved(subject="Two", compose_token="abc")
        self.assertEqual((first, first.subject), (second, "Two"))
        self.assertNotEqual(self.saved(subject="Three", compose_token="def"), first)

    def test_what_another_window_saved_meanwhile_is_not_written_over(self):
        first = self.saved(subject="One", compose_token="abc")
        begun = self.model.compose("edit", first.id)
        self.assertEqual(self.saved(**{**begun, "subject": "Two", "compose_token": "def"}), first)
        late = {"id": first.id, "version": begun["version"]}
        # The answer to the last one got lost.
        self.assertEqual(self.saved(**late, subject="Three", compose_token="def"), first)
        copy = self.saved(**late, subject="Four", compose_token="abc")
        self.assertNotEqual(copy, first)
        self.assertEqual((first.subject, copy.subject), ("Three", "Four"))
        sent = self.model.send({**late, "compose_token": "ghi", "subject": "Five", "email_to": "ben@example.com"})
        self.assertNotEqual(sent["id"], first.id)
        self.assertEqual((first.outgoing_state, first.subject), ("draft", "Three"))

    def test_the_word_of_a_window_opens_nobody_elses_draft(self):
        first = self.saved(subject="Mine", compose_token="abc")
        own = self.make_mailbox(self.ben, kind="smtp", email="ben@example.com")
        theirs = self.model.with_user(self.ben).save_draft({"from_mailbox_id": own.id, "compose_token": "abc"})
        self.assertNotEqual(theirs, first.id)

    def test_a_draft_of_another_mail_program_is_gone_on_with_and_replaced(self):
        foreign = self.foreign(in_reply_to="<q@example.com>", references="<p@example.com> <q@example.com>")
        values = self.model.compose("edit", foreign.id)
        self.assertEqual((values["id"], values["subject"], values["is_plain"]), (False, "Begun elsewhere", True))
        self.assertEqual((values["email_to"], values["body_text"]), ("ben@example.com", "Dear Ben"))
        self.assertTrue(foreign.active)
        draft = self.saved(**{**values, "subject": "Ended here"})
        self.assertRecordValues(
            draft,
            [
                {
                    "subject": "Ended here",
                    "in_reply_to": "<q@example.com>",
                    "references": "<p@example.com> <q@example.com>",
                }
            ],
        )
        self.assertFalse(foreign.active)
        operation = self.env["comm.operation"].search([("message_id", "=", foreign.id)])
        self.assertEqual(operation.kind, "expunge")

    def test_only_drafts_are_replaced(self):
        with self.assertRaises(UserError):
            self.saved(replaces_id=self.incoming().id)

    def test_forwarding_as_a_file_takes_the_whole_message(self):
        original = self.incoming()
        self.env["ir.attachment"].create(
            {"name": "a.pdf", "raw": b"%PDF", "res_model": "comm.message", "res_id": original.id}
        )
        values = self.model.compose("forward_attachment", original.id)
        self.assertEqual((values["compose_mode"], values["original_id"]), ("forward", original.id))
        self.assertNotIn("How much?", values["body_html"])
        self.assertEqual([file["name"] for file in values["attachments"]], ["Question.eml"])
        draft = self.saved(**values)
        file = draft.attachment_ids.filtered(lambda file: not file.comm_is_source)
        self.assertEqual(file.mimetype, "message/rfc822")
        self.assertIn(b"How much?", file.raw)
        self.assertIn(b"a.pdf", file.raw)
        self.assertIn(b"Content-Type: message/rfc822", draft._source())

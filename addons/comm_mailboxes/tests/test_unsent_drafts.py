from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestUnsentDrafts(OutboxCase):
    """What somebody has begun to write is not lost with the mailbox that it was to be sent with."""

    def dialog(self, mailbox, user=None):
        wizard = self.env["comm.mailbox.delete"].with_user(user or self.anna)
        return Form(wizard.with_context(default_mailbox_ids=mailbox.ids))

    def counts(self, dialog):
        return {name: dialog[f"{name}_count"] for name in ("draft", "moved_draft", "others_draft", "unsent")}

    def make_team(self, *users):
        """Return a shared mailbox that these users write with."""
        return self.make_shared(
            dict.fromkeys(users, "write"),
            name="Team",
            kind="smtp",
            host="localhost",
            security="none",
            email="team@example.com",
        )

    def with_draft_of_ben(self):
        """Return a shared mailbox and a draft in it."""
        self.ben.group_ids += self.env.ref("comm_mailboxes.group_user")
        team = self.make_team(self.anna, self.ben)
        return team, self.written(team, self.ben)

    def test_they_go_on_under_another_mailbox_of_their_author(self):
        out = self.make_smtp()
        other = self.make_smtp(name="Other", email="other@example.com")
        draft = self.written(out, body_html="<p>Half a letter</p>")
        dialog = self.dialog(out)
        self.assertEqual(self.counts(dialog), {"draft": 0, "moved_draft": 1, "others_draft": 0, "unsent": 0})
        dialog.save().action_delete()
        self.assertFalse(out.exists())
        self.assertEqual((draft.outgoing_state, draft.from_mailbox_id), ("draft", other))
        self.assertEqual((draft.folder_id, draft.mailbox_id), (other._local_folder("drafts"), other))
        self.assertIn("<other@example.com>", draft.email_from)
        mine = self.messages_as_anna.browse(draft.id)
        self.assertIn("Half a letter", mine._edit_values()["body_html"])
        mine.action_send()
        self.assertEqual(draft.outgoing_state, "queued")
        self.assertIn("other@example.com", draft._source().decode())

    def test_the_dialog_counts_the_messages(self):
        mailbox = self.make_lab_mailbox(name="In", email=self.account.address)
        self.make_message(mailbox)
        dialog = self.dialog(mailbox)
        self.assertEqual((dialog.folder_count, dialog.message_count), (1, 1))

    def test_those_that_cannot_are_named_before_they_go(self):
        out = self.make_smtp()
        draft = self.written(out)
        # Its members would read what was only hers.
        self.make_team(self.anna)
        dialog = self.dialog(out)
        self.assertEqual(self.counts(dialog), {"draft": 1, "moved_draft": 0, "others_draft": 0, "unsent": 0})
        dialog.save().action_delete()
        self.assertFalse(draft.exists())

    def test_drafts_of_others_hold_a_shared_mailbox(self):
        team, draft = self.with_draft_of_ben()
        with self.assertRaisesRegex(UserError, "“Team” cannot be deleted: drafts of others.*: 1"):
            team.with_user(self.manager).unlink()
        dialog = self.dialog(team, self.admin)
        self.assertEqual(self.counts(dialog), {"draft": 0, "moved_draft": 0, "others_draft": 1, "unsent": 0})
        # The administrator may decide that they go.
        wizard = dialog.save()
        self.assertEqual(wizard.confirmed_count, 1)
        wizard.action_delete_unsent()
        self.assertFalse(draft.exists())
        wizard.action_delete()
        self.assertFalse(team.exists())

    def test_unless_their_author_can_go_on(self):
        team, draft = self.with_draft_of_ben()
        own = self.make_smtp(self.ben, name="Ben", email="ben@example.com")
        team.with_user(self.manager).unlink()
        self.assertEqual((draft.from_mailbox_id, draft.mailbox_id), (own, own))
        self.assertFalse(self.messages_as_anna.search([("id", "=", draft.id)]))
        self.assertEqual(self.env["comm.message"].with_user(self.ben).search([("id", "=", draft.id)]), draft)

    def test_who_left_holds_nothing(self):
        team, draft = self.with_draft_of_ben()
        self.ben.active = False
        team.with_user(self.manager).unlink()
        self.assertFalse(draft.exists())

    def test_one_that_was_to_be_stored_on_the_server_stays_with_what_sends_it(self):
        mailbox = self.make_lab_mailbox(name="In", email=self.account.address)
        folder = self.env["comm.folder"].create(
            {"mailbox_id": mailbox.id, "name": "Drafts", "path": "Drafts", "role": "drafts"}
        )
        out = self.make_smtp()
        draft = self.written(out)
        self.assertEqual((draft.folder_id, draft.uid), (folder, 0))
        with self.assertRaisesRegex(UserError, "Drafts.*cannot be deleted.*: 1"):
            folder.with_user(self.anna).unlink()
        mailbox.with_user(self.anna).unlink()
        self.assertEqual((draft.folder_id, draft.from_mailbox_id), (out._local_folder("drafts"), out))
        self.assertFalse(self.env["comm.operation"].search([("message_id", "=", draft.id)]))

    def test_one_that_the_server_has_goes_in_odoo_only(self):
        mailbox = self.make_lab_mailbox(name="In", email=self.account.address)
        folder = self.env["comm.folder"].create(
            {"mailbox_id": mailbox.id, "name": "Drafts", "path": "Drafts", "role": "drafts"}
        )
        draft = self.written(self.make_smtp())
        draft.with_context(comm_sync=True).write({"uid": 5, "server_folder_id": folder.id})
        self.assertEqual(self.counts(self.dialog(mailbox))["draft"], 0)
        # When the server has it no more, either, it is held again.
        folder.is_missing = True
        with self.assertRaisesRegex(UserError, "Drafts.*cannot be deleted.*: 1"):
            folder.with_user(self.anna).unlink()
        folder.is_missing = False
        mailbox.with_user(self.anna).unlink()
        self.assertFalse(draft.exists())

    def test_a_user_goes_with_their_drafts(self):
        leaver = new_test_user(self.env, "comm_leaver", groups="comm_mailboxes.group_user", email="leaver@example.com")
        out = self.make_smtp(leaver, email="leaver@example.com")
        draft = self.written(out, leaver)
        leaver.with_user(self.admin).unlink()
        self.assertFalse(draft.exists() or out.exists())

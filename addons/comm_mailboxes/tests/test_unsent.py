from odoo.exceptions import AccessError, UserError
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

    def test_a_user_whose_mail_waits_is_not_deleted_either(self):
        leaver = new_test_user(self.env, "comm_leaver", groups="comm_mailboxes.group_user", email="leaver@example.com")
        out = self.make_smtp(leaver, email="leaver@example.com")
        self.queue(out, leaver)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            leaver.with_user(self.admin).unlink()
        self.assertTrue(out.exists())

    def test_what_another_mailbox_is_to_send_counts_where_it_lies(self):
        out = self.make_smtp()
        other = self.make_smtp(name="Other", email="other@example.com")
        message = self.queue(out)
        message.with_context(comm_sync=True).write(
            {"folder_id": other._local_folder("outbox").id, "mailbox_id": other.id}
        )
        for mailbox in (out, other):
            with self.subTest(mailbox.name), self.assertRaisesRegex(UserError, "not sent: 1"):
                mailbox.with_user(self.anna).unlink()
        self.assertTrue(message.exists())

    def test_what_is_leaving_is_neither_deleted_nor_moved(self):
        out = self.make_smtp()
        message = self.queue(out)
        folder = (
            self.env["comm.folder"]
            .with_user(self.anna)
            .create({"name": "Mine", "is_local": True, "user_id": self.anna.id})
        )
        for state, said in (("queued", "waits to be sent"), ("sending", "being sent right now")):
            message.outgoing_state = state
            for change in (lambda mine: mine.delete(), lambda mine: mine.move_to(folder)):
                with self.subTest(state), self.assertRaisesRegex(UserError, said):
                    change(message.with_user(self.anna))
        self.assertEqual(message.folder_id, out._local_folder("outbox"))


class UnstoredCase(OutboxCase):
    def unstored(self):
        """Return a message that was sent, its mailboxes and the sent folder, whose server has still to store the copy."""
        server, out = self.make_unruly()
        mailbox = self.make_lab_mailbox(name="In")
        folder = self.env["comm.folder"].create(
            {"mailbox_id": mailbox.id, "name": "Sent", "path": "Sent", "role": "sent"}
        )
        out.sent_folder_id = folder
        message = self.queue(out)
        self.send()
        self.assertEqual(len(server.received), 1)
        self.assertEqual((message.outgoing_state, message.folder_id, message.uid), ("sent", folder, 0))
        return message, out, mailbox.with_env(self.env), folder


@tagged("post_install", "-at_install")
class TestOnlyCopy(UnstoredCase):
    """What is nowhere but in Odoo does not go along with a folder or a mailbox."""

    def test_a_folder_with_unsent_messages_is_not_deleted(self):
        out = self.make_smtp()
        message = self.queue(out)
        outbox = out._local_folder("outbox")
        for state in ("queued", "sending", "failed", "perhaps_sent"):
            message.outgoing_state = state
            for user in (self.anna, self.admin, self.env.user):
                with self.subTest(state), self.assertRaisesRegex(UserError, "Outbox.*cannot be deleted.*: 1"):
                    outbox.with_user(user).unlink()
        self.assertTrue(message.exists())
        message.outgoing_state = "failed"
        message.with_user(self.anna).delete()
        outbox.with_user(self.anna).unlink()
        self.assertFalse(outbox.exists())

    def test_nor_one_above_it(self):
        out = self.make_smtp()
        message = self.queue(out)
        above = self.env["comm.folder"].create({"mailbox_id": out.id, "name": "Above", "is_local": True})
        out._local_folder("outbox").parent_id = above
        with self.assertRaisesRegex(UserError, "Above / Outbox.*cannot be deleted"):
            above.with_user(self.anna).unlink()
        self.assertTrue(message.exists())

    def test_the_list_of_folders_offers_no_deletion(self):
        arch = self.env["comm.folder"].get_view(self.env.ref("comm_mailboxes.comm_folder_view_list").id)["arch"]
        self.assertIn('delete="0"', arch)

    def test_a_sent_copy_that_waits_to_be_stored_keeps_mailbox_and_folder(self):
        message, out, mailbox, folder = self.unstored()
        with self.assertRaisesRegex(UserError, "has not stored yet.*: 1"):
            mailbox.with_user(self.anna).unlink()
        with self.assertRaisesRegex(UserError, "Sent.*cannot be deleted.*: 1"):
            folder.with_user(self.anna).unlink()
        folder.is_missing = True
        with self.assertRaisesRegex(UserError, "Sent.*cannot be deleted.*: 1"):
            folder.with_user(self.anna).action_delete_here()
        folder.write({"is_missing": False, "role": False})
        mailbox._trash_for_deletion().write({"delimiter": False})
        with self.assertRaisesRegex(UserError, "Sent.*cannot be deleted.*: 1"):
            folder.with_user(self.anna).delete_on_server()
        form = Form(self.env["comm.mailbox.delete"].with_user(self.anna).with_context(default_mailbox_ids=mailbox.ids))
        self.assertEqual((form.unsent_count, form.unstored_count), (0, 1))
        # The copy is not lost with what sent it.
        out.with_user(self.anna).unlink()
        self.assertTrue(message.exists())

    def test_once_it_is_stored_both_may_go(self):
        message, _out, mailbox, _folder = self.unstored()
        self.env["comm.operation"].search([("message_id", "=", message.id)]).unlink()
        mailbox.with_user(self.anna).unlink()
        self.assertFalse(mailbox.exists())

    def test_what_comes_into_a_folder_that_the_server_deletes_stays_here(self):
        message, out, _mailbox, folder = self.unstored()
        operations = self.env["comm.operation"]
        operations._enqueue_folder(folder, "delete_folder", folder.path)
        deletion = operations.search([("kind", "=", "delete_folder"), ("folder_id", "=", folder.id)])
        operations._done({deletion.id: deletion.revision})
        self.assertFalse(folder.exists())
        self.assertEqual(message.folder_id, out._local_folder("sent"))


@tagged("post_install", "-at_install")
class TestUnsentAdmin(UnstoredCase):
    """An administrator, who may not read them, is not locked out by messages that nobody sends any more."""

    def dialog(self, mailboxes, user):
        return Form(self.env["comm.mailbox.delete"].with_user(user).with_context(default_mailbox_ids=mailboxes.ids))

    def failed(self):
        leaver = new_test_user(self.env, "comm_leaver", groups="comm_mailboxes.group_user", email="leaver@example.com")
        out = self.make_smtp(leaver, email="leaver@example.com")
        message = self.queue(out, leaver)
        message._note_failed("Refused")
        return leaver, out, message

    def given_up(self, out, message):
        """Let the administrator delete ``message`` in the dialog about ``out``; return the dialog that comes then."""
        activity = message.unsent_activity_id
        self.assertTrue(activity)
        wizard = self.dialog(out, self.admin).save()
        self.assertEqual((wizard.unsent_count, wizard.confirmed_count), (1, 1))
        action = wizard.action_delete_unsent()
        self.assertFalse(message.exists() or activity.exists())
        event = out.event_ids.filtered(lambda event: "deleted messages that were not sent" in event.text)
        self.assertEqual(event.level, "warning")
        self.assertIn(self.admin.name, event.text)
        self.assertIn("not stored on the server: 1", event.text)
        again = self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])
        self.assertEqual((again.mailbox_ids, again.unsent_count, again.confirmed_count), (out, 0, 0))
        return again

    def test_an_administrator_deletes_them_counted_and_told_then_the_mailbox(self):
        leaver, out, message = self.failed()
        self.given_up(out, message).action_delete()
        self.assertFalse(out.exists())
        leaver.with_user(self.admin).unlink()

    def test_an_archived_user_whose_mailbox_is_archived_can_be_deleted_then(self):
        leaver, out, message = self.failed()
        leaver.active = out.active = False
        with self.assertRaisesRegex(UserError, "not sent: 1"):
            leaver.with_user(self.admin).unlink()
        self.given_up(out, message)
        leaver.with_user(self.admin).unlink()
        self.assertFalse(out.exists() or leaver.exists())

    def test_the_only_copies_too(self):
        message, _out, mailbox, _folder = self.unstored()
        self.dialog(mailbox, self.admin).save().action_delete_unsent()
        self.assertFalse(message.exists())
        mailbox.with_user(self.admin).unlink()

    def test_only_what_was_counted(self):
        leaver, out, message = self.failed()
        wizard = self.dialog(out, self.admin).save()
        later = self.queue(out, leaver)
        with self.assertRaisesRegex(UserError, "are 2 such messages now, not 1"):
            wizard.action_delete_unsent()
        self.assertTrue(message.exists() and later.exists())

    def test_only_administrators(self):
        leaver, out, message = self.failed()
        wizard = self.dialog(out, leaver).save()
        with self.assertRaises(AccessError):
            wizard.action_delete_unsent()
        self.assertNotIn("action_delete_unsent", wizard.get_view(view_type="form")["arch"])
        self.assertIn("action_delete_unsent", wizard.with_user(self.admin).get_view(view_type="form")["arch"])
        self.assertTrue(message.exists())

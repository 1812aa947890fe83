from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools.translate import code_translations

from ..protocol import errors
from .common import CommCase, LabCase


class FailureCase(CommCase):
    """A mailbox whose visits end as the test says, without a server."""

    def setUp(self):
        super().setUp()
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()

    def fail_to_fetch(self, mailbox, error=None):
        error = error or errors.ConnectionLost("mail.example.com")
        # By the superuser, as the scheduled action does.
        with patch.object(type(mailbox), "_open_session__", side_effect=error):
            text = self.failure_of(mailbox.sudo().fetch_mail)
        self.env.invalidate_all()
        return text

    def activity(self, mailbox):
        return self.env["mail.activity"].search([("res_model", "=", "comm.mailbox"), ("res_id", "=", mailbox.id)])

    def messages_to_users(self):
        self.env.flush_all()
        return self.env["mail.mail"].search_count([]) + self.env["mail.notification"].search_count([])


@tagged("post_install", "-at_install")
class TestFailureActivity(FailureCase):
    def test_it_says_what_since_when_how_often_and_where(self):
        mailbox = self.make_mailbox(host="mail.example.com")
        before = fields.Datetime.now().replace(microsecond=0)
        self.fail_to_fetch(mailbox)
        self.fail_to_fetch(mailbox)
        activity = self.activity(mailbox)
        self.assertEqual(activity.user_id, self.anna)
        self.assertEqual(activity.summary, "Mailbox 'Office' cannot be fetched")
        self.assertEqual(activity.activity_type_id, self.env.ref("comm_mailboxes.mail_activity_type_failure"))
        self.assertEqual(activity.date_deadline, fields.Date.today())
        note = str(activity.note)
        self.assertIn("closed the connection in the middle of the work", note)
        self.assertIn("tries: 2", note)
        self.assertIn("Failing since", note)
        self.assertIn(f'href="/odoo/comm.mailbox/{mailbox.id}"', note)
        self.assertGreaterEqual(mailbox.sudo().lease_ids.failing_since, before)

    def test_repeated_failures_update_the_one_activity_and_send_nothing(self):
        mailbox = self.make_mailbox()
        before = self.messages_to_users()
        self.fail_to_fetch(mailbox)
        activity = self.activity(mailbox)
        for _number in range(3):
            self.fail_to_fetch(mailbox, errors.ServerSilent("mail.example.com", 30))
        self.assertEqual(self.activity(mailbox), activity)
        self.assertIn("gave no answer", activity.note)
        self.assertIn("tries: 4", activity.note)
        self.assertEqual(self.messages_to_users(), before)

    def test_each_mailbox_has_its_own(self):
        first, second = self.make_mailbox(), self.make_mailbox(name="Other")
        self.fail_to_fetch(first)
        self.fail_to_fetch(second)
        self.assertEqual(len(self.activity(first)), 1)
        self.assertEqual(self.activity(second).summary, "Mailbox 'Other' cannot be fetched")

    def test_a_successful_check_closes_it_and_a_failed_one_raises_none(self):
        mailbox = self.make_mailbox()
        # Without a server the check fails at once.
        mailbox._record_failure("check", "Enter the server first.")
        self.assertFalse(self.activity(mailbox))
        self.fail_to_fetch(mailbox)
        mailbox._record_success("check", "All settings work.", 0.1)
        self.assertFalse(self.activity(mailbox))

    def test_refreshing_folders_by_hand_raises_none(self):
        mailbox = self.make_mailbox()
        with patch.object(type(mailbox), "_open_session__", side_effect=errors.ConnectionLost("x")):
            self.failure_of(mailbox.refresh_folders)
        self.assertFalse(self.activity(mailbox))
        self.assertEqual(mailbox.state, "error")

    def test_what_was_marked_done_comes_back_while_it_still_fails(self):
        mailbox = self.make_mailbox()
        self.fail_to_fetch(mailbox)
        done = self.activity(mailbox)
        done.with_user(self.anna).action_feedback(feedback="Looked at it")
        self.assertFalse(self.activity(mailbox))
        self.fail_to_fetch(mailbox)
        self.assertEqual(len(self.activity(mailbox)), 1)

    def test_without_its_type_there_is_still_one_only(self):
        self.env.ref("comm_mailboxes.mail_activity_type_failure").unlink()
        mailbox = self.make_mailbox()
        self.fail_to_fetch(mailbox)
        self.fail_to_fetch(mailbox)
        self.assertEqual(len(self.activity(mailbox)), 1)

    def test_archiving_and_deleting_the_mailbox_end_it(self):
        for end in (lambda mailbox: mailbox.write({"active": False}), lambda mailbox: mailbox.unlink()):
            mailbox = self.make_mailbox()
            self.fail_to_fetch(mailbox)
            activity = self.activity(mailbox)
            end(mailbox)
            self.assertFalse(activity.exists())

    def test_it_speaks_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.ben.write({"lang": "de_DE", "tz": "Europe/Berlin"})
        mailbox = self.make_shared({self.ben: "read"})
        self.fail_to_fetch(mailbox)
        self.activity(mailbox).user_id = self.ben
        german = {
            "Mailbox '%s' cannot be fetched": "Postfach „%s“ kann nicht abgerufen werden",
            errors.ConnectionLost.template: "Der Server %(host)s hat die Verbindung beendet.",
        }
        # The one who presses the button and the one responsible read English.
        with patch.dict(code_translations.python_translations, {("comm_mailboxes", "de_DE"): german}):
            text = self.fail_to_fetch(mailbox.with_context(lang="en_US"))
        self.assertIn("closed the connection", text)
        self.assertIn("closed the connection", mailbox.last_error)
        activity = self.activity(mailbox)
        self.assertEqual(activity.summary, "Postfach „Info“ kann nicht abgerufen werden")
        self.assertIn("Der Server mail.example.com hat die Verbindung beendet.", activity.note)

    def test_refused_logins_say_that_the_automatic_fetch_stopped(self):
        mailbox = self.make_mailbox(auto_fetch=True)
        refusal = errors.AuthenticationFailed("anna", "mail.example.com", "no")
        for count in (1, 2, 3):
            self.fail_to_fetch(mailbox, refusal)
            self.assertEqual("stopped after three refused logins" in self.activity(mailbox).note, count == 3)

    def test_nothing_of_the_server_is_markup_in_it(self):
        mailbox = self.make_mailbox(name="<b>Office</b>")
        self.fail_to_fetch(mailbox, errors.ServerRefused("SELECT", "<img src=x onerror=alert(1)>"))
        self.assertNotIn("<img", self.activity(mailbox).note)


@tagged("post_install", "-at_install")
class TestAssignee(FailureCase):
    def assignee(self, mailbox):
        self.fail_to_fetch(mailbox)
        return self.activity(mailbox).user_id

    def test_a_personal_mailbox_tells_its_owner(self):
        self.assertEqual(self.assignee(self.make_mailbox(self.ben)), self.ben)

    def test_a_shared_one_tells_the_responsible(self):
        self.assertEqual(self.assignee(self.make_shared({self.anna: "read"})), self.manager)
        by_member = self.make_shared({self.anna: "read"})
        by_member.user_id = self.anna
        self.assertEqual(self.assignee(by_member), self.anna)

    def test_else_an_administrator_of_the_addon_who_can_open_it(self):
        administrators = self.env.ref("comm_mailboxes.group_admin").all_user_ids
        for name, change in {
            "archived": lambda mailbox: self.manager.write({"active": False}),
            "no access": lambda mailbox: mailbox.write({"user_id": self.ben.id}),
        }.items():
            mailbox = self.make_shared({self.anna: "read"})
            change(mailbox)
            assignee = self.assignee(mailbox)
            with self.subTest(name):
                self.assertIn(assignee, administrators)
                self.assertTrue(assignee.active)
                self.assertTrue(mailbox.with_user(assignee).has_access("read"))
            self.manager.active = True

    def test_who_left_hands_the_open_activity_over(self):
        mailbox = self.make_shared({self.anna: "read"})
        self.fail_to_fetch(mailbox)
        activity = self.activity(mailbox)
        self.assertEqual(activity.user_id, self.manager)
        self.manager.active = False
        self.fail_to_fetch(mailbox)
        self.assertEqual(self.activity(mailbox), activity)
        self.assertIn(activity.user_id, self.env.ref("comm_mailboxes.group_admin").all_user_ids)

    def test_a_colleague_to_whom_it_was_given_keeps_it(self):
        mailbox = self.make_shared({self.anna: "read"})
        self.fail_to_fetch(mailbox)
        self.activity(mailbox).user_id = self.anna
        self.fail_to_fetch(mailbox)
        self.assertEqual(self.activity(mailbox).user_id, self.anna)

    def test_the_activity_of_a_personal_mailbox_is_seen_by_no_other_user(self):
        mailbox = self.make_mailbox()
        self.fail_to_fetch(mailbox)
        activities = self.env["mail.activity"]
        domain = [("res_model", "=", "comm.mailbox"), ("res_id", "=", mailbox.id)]
        self.assertTrue(activities.with_user(self.anna).search(domain))
        for user in (self.ben, self.manager):
            with self.subTest(user.login):
                self.assertFalse(activities.with_user(user).search(domain))


@tagged("post_install", "-at_install")
class TestActivityWithServer(LabCase):
    def test_a_fetch_that_works_again_closes_it(self):
        mailbox = self.make_lab_mailbox(port=self.lab.certificate_ports["expired"])
        self.failure_of(mailbox.fetch_mail)
        self.assertIn("expired", mailbox.activity_ids.note)
        mailbox.port = self.lab.ports["imaps"]
        mailbox.fetch_mail()
        self.assertFalse(mailbox.activity_ids)
        self.assertEqual(mailbox.sudo().lease_ids.failures, 0)

    def test_refreshing_the_folders_closes_it_too(self):
        mailbox = self.make_lab_mailbox(port=self.lab.certificate_ports["expired"])
        self.failure_of(mailbox.fetch_mail)
        mailbox.port = self.lab.ports["imaps"]
        mailbox.refresh_folders()
        self.assertFalse(mailbox.activity_ids)

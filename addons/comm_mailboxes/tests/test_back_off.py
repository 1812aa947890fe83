import socket
from contextlib import closing, contextmanager
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import config, mute_logger

from ..models.comm_mailbox_schedule import CRON_PATIENCE
from ..protocol import errors
from .common import CommCase, LabCase


def closed_port():
    """Return a port where nobody listens."""
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@tagged("post_install", "-at_install")
class TestBackOff(LabCase):
    """A mailbox that fails is asked less and less often; refused logins stop the automatic fetch until someone acts."""

    def setUp(self):
        super().setUp()
        # Only what a test makes is due.
        self.env["comm.mailbox"].search([]).auto_fetch = False

    def lease(self, mailbox):
        self.env.invalidate_all()
        return mailbox.sudo().lease_ids

    def minutes_to_next(self, mailbox):
        return round((self.lease(mailbox).due_at - fields.Datetime.now()).total_seconds() / 60)

    def run_cron(self, *mailboxes):
        """Let the scheduled action run when ``mailboxes`` have waited long enough."""
        for mailbox in mailboxes:
            self.lease(mailbox).due_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env.ref("comm_mailboxes.ir_cron_fetch_mail").method_direct_trigger()
        self.env.invalidate_all()

    def refuse_three_times(self, **vals):
        """Return a mailbox that the scheduled action gave up."""
        mailbox = self.make_lab_mailbox(**{"password": "wrong", "auto_fetch": True, **vals})
        for _number in range(3):
            self.run_cron(mailbox)
        self.assertEqual(self.lease(mailbox).refusals, 3)
        return mailbox

    def lost_connection(self, mailbox):
        return patch.object(type(mailbox), "_open_session__", side_effect=errors.ConnectionLost("localhost"))

    def visits(self, mailbox):
        return len(mailbox.event_ids.filtered(lambda event: event.level != "warning"))

    def test_temporary_failures_wait_1_2_4_and_up_to_60_minutes(self):
        mailbox = self.make_lab_mailbox(port=closed_port(), auto_fetch=True, fetch_interval=5)
        waits = []
        for _number in range(8):
            self.run_cron(mailbox)
            waits.append(self.minutes_to_next(mailbox))
        self.assertEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60])
        self.assertFalse(mailbox.fetch_stopped)

    def test_before_its_time_nothing_is_tried(self):
        mailbox = self.make_lab_mailbox(port=closed_port(), auto_fetch=True)
        self.run_cron(mailbox)
        self.env.ref("comm_mailboxes.ir_cron_fetch_mail").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.visits(mailbox), 1)

    def test_success_ends_the_row_and_waits_for_the_interval(self):
        mailbox = self.make_lab_mailbox(auto_fetch=True, fetch_interval=20)
        waits = []
        for works in (False, False, True, False):
            with mute_logger() if works else self.lost_connection(mailbox):
                self.run_cron(mailbox)
            waits.append(self.minutes_to_next(mailbox))
            self.assertEqual((mailbox.state, bool(mailbox.last_error)), ("ok", False) if works else ("error", True))
        self.assertEqual(waits, [1, 2, 20, 1])

    def test_what_only_a_person_can_change_waits_at_least_for_the_interval(self):
        mailbox = self.make_lab_mailbox(
            port=self.lab.certificate_ports["self_signed"], auto_fetch=True, fetch_interval=30
        )
        waits = []
        for _number in range(7):
            self.run_cron(mailbox)
            waits.append(self.minutes_to_next(mailbox))
        self.assertEqual(waits, [30, 30, 30, 30, 30, 32, 60])

    def through_proxy(self, **vals):
        proxy = self.lab.proxy("imap")
        proxy.__enter__()
        self.addCleanup(proxy.close)
        proxy.hide("AUTH=SCRAM-SHA-256")
        vals = {"port": proxy.port, "security": "none", "allow_clear_password": True, "auto_fetch": True, **vals}
        return proxy, self.make_lab_mailbox(**vals)

    def test_three_refused_logins_are_three_on_the_wire(self):
        proxy, mailbox = self.through_proxy(password="wrong")
        for number in range(1, 4):
            self.run_cron(mailbox)
            self.assertEqual(proxy.commands.count("AUTHENTICATE"), number)
        self.run_cron(mailbox)
        self.assertEqual(proxy.commands.count("AUTHENTICATE"), 3)
        self.assertTrue(mailbox.fetch_stopped)

    def test_a_way_to_log_in_that_the_server_does_not_master_is_followed_by_the_other(self):
        """It keeps hashes, and announces CRAM-MD5 all the same."""
        proxy, mailbox = self.through_proxy()
        proxy.deny("AUTHENTICATE", text="[AUTHENTICATIONFAILED] Authentication failed", times=1)
        self.run_cron(mailbox)
        self.assertEqual((mailbox.state, self.lease(mailbox).refusals), ("error", 1))
        self.run_cron(mailbox)
        self.assertEqual((mailbox.state, self.lease(mailbox).refusals), ("ok", 0))
        self.assertEqual(self.lease(mailbox).mechanism, "PLAIN")
        self.run_cron(mailbox)
        self.assertEqual(proxy.commands.count("AUTHENTICATE"), 3)
        self.assertEqual((mailbox.state, self.lease(mailbox).mechanism), ("ok", "PLAIN"))

    def test_three_refused_logins_stop_the_automatic_fetch(self):
        mailbox = self.refuse_three_times()
        visits = self.visits(mailbox)
        self.assertEqual(visits, 3)
        for _number in range(3):
            self.run_cron(mailbox)
        self.assertEqual(self.visits(mailbox), visits)
        mailbox = mailbox.with_user(self.anna)
        self.assertTrue(mailbox.fetch_stopped)
        self.assertFalse(mailbox.next_fetch)
        warning = mailbox.event_ids.filtered(lambda event: event.level == "warning")
        self.assertIn("stopped after three refused logins", warning.text)

    def test_other_failures_in_between_begin_the_count_anew(self):
        mailbox = self.make_lab_mailbox(password="wrong", auto_fetch=True)
        for refused in (True, True, False, True, True):
            with mute_logger() if refused else self.lost_connection(mailbox):
                self.run_cron(mailbox)
        self.assertEqual(self.lease(mailbox).refusals, 2)
        self.assertFalse(mailbox.fetch_stopped)

    def test_another_password_makes_it_go_on_at_once(self):
        self.deliver("Waiting")
        mailbox = self.refuse_three_times()
        self.lease(mailbox).due_at = fields.Datetime.now() + timedelta(hours=1)
        mailbox.with_user(self.anna).password = self.account.password
        self.env.invalidate_all()
        self.assertFalse(mailbox.fetch_stopped)
        self.assertTrue(mailbox.next_fetch)
        self.run_cron()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Waiting"])

    def test_each_setting_of_the_connection_counts_as_acting_and_others_do_not(self):
        mailbox = self.refuse_three_times()
        for vals in ({"name": "Renamed"}, {"fetch_interval": 9}, {"log_events": False}, {"only_subscribed": True}):
            mailbox.write(vals)
            with self.subTest(str(vals)):
                self.assertTrue(mailbox.fetch_stopped)
        for vals in (
            {"login": "somebody@lab.test"},
            {"password": "other"},
            {"host": "127.0.0.1"},
            {"port": 143},
            {"security": "starttls"},
            {"auth_method": "plain"},
            {"skip_certificate_check": True},
            {"auto_fetch": True},
        ):
            self.lease(mailbox).settings_stamp = mailbox.sudo().settings_stamp
            self.assertTrue(mailbox.fetch_stopped)
            mailbox.write(vals)
            with self.subTest(str(vals)):
                self.assertFalse(mailbox.fetch_stopped)

    def test_a_wrong_password_again_has_three_tries_again(self):
        mailbox = self.refuse_three_times()
        mailbox.password = "wrong too"
        for expected in (1, 2, 3):
            self.run_cron(mailbox)
            self.assertEqual(self.lease(mailbox).refusals, expected)
        visits = self.visits(mailbox)
        self.run_cron(mailbox)
        self.assertEqual(self.visits(mailbox), visits)

    def test_fetch_now_tries_and_its_success_makes_it_go_on(self):
        mailbox = self.refuse_three_times()
        self.failure_of(mailbox.fetch_mail)
        self.env.invalidate_all()
        self.assertTrue(mailbox.fetch_stopped)
        self.lab.account(self.account.address, password="wrong")
        mailbox.fetch_mail()
        self.assertFalse(mailbox.fetch_stopped)
        self.deliver("Next")
        self.run_cron(mailbox)
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Next"])

    def test_a_successful_check_makes_it_go_on(self):
        mailbox = self.refuse_three_times()
        mailbox.check_connection()
        self.assertTrue(mailbox.fetch_stopped)
        self.lab.account(self.account.address, password="wrong")
        mailbox.check_connection()
        self.assertFalse(mailbox.fetch_stopped)
        self.run_cron()
        self.assertEqual(mailbox.event_ids.sorted("id")[-1:].step, "fetch")

    def test_a_visit_that_began_before_the_save_does_not_stop_what_was_saved(self):
        """It still fails with the old password, after the user saved the new one."""
        mailbox = self.make_lab_mailbox(password="wrong", auto_fetch=True)
        stamp_of_the_visit = mailbox.sudo().settings_stamp
        mailbox.password = self.account.password
        for _number in range(3):
            self.lease(mailbox)._note_failure(
                errors.AuthenticationFailed("anna", "localhost", "no"), stamp_of_the_visit, 60
            )
        self.assertFalse(mailbox.fetch_stopped)
        self.run_cron()
        self.assertEqual(mailbox.state, "ok")

    def test_one_mailbox_that_breaks_unexpectedly_does_not_hold_up_the_next(self):
        self.deliver("Second")
        first = self.make_lab_mailbox(auto_fetch=True)
        second = self.make_lab_mailbox(self.ben, auto_fetch=True)
        original = type(first)._visit

        def breaks(mailbox, *args, **options):
            if mailbox.id == first.id:
                raise RuntimeError("the database went away")
            return original(mailbox, *args, **options)

        with patch.object(type(first), "_visit", breaks), self.assertLogs("odoo.addons.comm_mailboxes", "ERROR"):
            self.run_cron(first, second)
        self.assertEqual(self.messages(second).mapped("subject"), ["Second"])

    def test_state_error_and_next_try_stand_in_form_and_lists(self):
        mailbox = self.make_lab_mailbox(port=closed_port(), auto_fetch=True).with_user(self.anna)
        self.run_cron(mailbox)
        for view_type in ("form", "list"):
            arch = mailbox.get_view(view_type=view_type)["arch"]
            for name in ("state", "last_error", "next_fetch"):
                with self.subTest(f"{name} in {view_type}"):
                    self.assertIn(f'name="{name}"', arch)
        with Form(mailbox) as form:
            self.assertEqual(form.state, "error")
            self.assertIn("accepts no connections", form.last_error)
            self.assertTrue(form.next_fetch)
            self.assertFalse(form.fetch_stopped)


@tagged("post_install", "-at_install")
class TestScheduler(CommCase):
    """Where no scheduled action runs, the form says so: users otherwise wait for mail that never comes."""

    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("comm_mailboxes.ir_cron_fetch_mail")
        self.env["ir.cron.progress"].search([("cron_id", "=", self.cron.id)]).unlink()
        self.mailbox = self.make_mailbox(auto_fetch=True).with_user(self.anna)

    def note(self, threads=2, *, last_run=None, next_run=timedelta(minutes=1)):
        now = fields.Datetime.now()
        if self.cron.exists():
            self.cron.write({"lastcall": last_run and now + last_run, "nextcall": now + next_run})
        self.env.flush_all()
        self.env.invalidate_all()
        with patch.dict(config.options, {"max_cron_threads": threads}):
            return self.mailbox.scheduler_note

    def test_a_scheduler_that_runs_needs_no_word(self):
        self.assertFalse(self.note(last_run=-timedelta(minutes=1)))
        # Just installed: it had no time to run yet.
        self.assertFalse(self.note(next_run=timedelta()))
        # Another server of the same database runs the scheduled actions.
        self.assertFalse(self.note(threads=0, last_run=-timedelta(minutes=1)))
        # Once an hour, as the administrator chose.
        self.assertFalse(self.note(last_run=-timedelta(minutes=40), next_run=timedelta(minutes=20)))

    def test_an_archived_or_deleted_action_is_told(self):
        self.cron.active = False
        self.assertIn("switched off", self.note(last_run=-timedelta(minutes=1)))
        self.cron.unlink()
        self.assertIn("switched off", self.note())

    def test_a_server_without_cron_workers_is_told(self):
        self.assertIn("max_cron_threads", self.note(threads=0))
        hour = timedelta(hours=1)
        self.assertIn("max_cron_threads", self.note(threads=0, last_run=-hour, next_run=-hour))

    def test_a_last_run_long_ago_is_told(self):
        late = CRON_PATIENCE + timedelta(minutes=1)
        self.assertIn("last ran at", self.note(last_run=-timedelta(days=2), next_run=-late))
        self.assertIn("never run", self.note(next_run=-late))

    def test_a_run_that_takes_long_is_no_standstill(self):
        self.env["ir.cron.progress"].create({"cron_id": self.cron.id})
        self.assertFalse(self.note(last_run=-timedelta(days=2), next_run=-timedelta(hours=1)))

    def test_without_automatic_fetch_the_form_is_quiet(self):
        self.cron.active = False
        self.mailbox.auto_fetch = False
        self.assertFalse(self.note())
        form = Form(self.mailbox)
        form.auto_fetch = True
        self.assertIn("switched off", form.scheduler_note)

    def test_many_mailboxes_cost_as_many_queries_as_one(self):
        more = self.mailbox
        for _number in range(5):
            more |= self.make_mailbox(auto_fetch=True)
        names = ["scheduler_note", "next_fetch", "fetch_stopped", "not_in_use"]
        self.mailbox.read(names)
        queries = []
        for mailboxes in (self.mailbox, more):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mailboxes.read(names)
            queries.append(self.env.cr.sql_log_count - before)
        self.assertEqual(queries[0], queries[1])


@tagged("post_install", "-at_install")
class TestSavingDuringAVisit(TransactionCase):
    """With real transactions: nobody waits for a visit, and no visit breaks because somebody saved."""

    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            mailbox = env["comm.mailbox"].create({"name": "Locked", "user_id": env.ref("base.user_admin").id})
            self.mailbox_id, self.lease_id = mailbox.id, mailbox.lease_ids.id
        self.addCleanup(self.remove)

    def remove(self):
        with self.transaction() as env:
            env["comm.mailbox"].browse(self.mailbox_id).unlink()

    @contextmanager
    def transaction(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def test_the_form_is_saved_while_a_visit_holds_the_lease(self):
        with self.transaction() as visit, self.transaction() as user:
            self.assertTrue(visit["comm.mailbox.lease"].browse(self.lease_id).try_lock_for_update())
            user.cr.execute("SET LOCAL lock_timeout = '500ms'")
            mailbox = user["comm.mailbox"].browse(self.mailbox_id)
            try:
                mailbox.write({"password": "new", "login": "anna", "host": "mail.example.com", "auto_fetch": True})
                mailbox._record_success("check", "Fine", 0.1)
                user.cr.commit()
            except LockNotAvailable:
                self.fail("saving waits for the visit")

    def test_the_outcome_of_a_visit_is_recorded_when_the_mailbox_was_saved_meanwhile(self):
        with self.transaction() as visit:
            mailbox = visit["comm.mailbox"].browse(self.mailbox_id)
            self.assertEqual(mailbox.name, "Locked")  # the visit's transaction has begun
            with self.transaction() as user:
                user["comm.mailbox"].browse(self.mailbox_id).name = "Saved meanwhile"
            with mute_logger("odoo.sql_db"):
                mailbox._record(mailbox._record_failure, "fetch", "No answer")
        with self.transaction() as env:
            mailbox = env["comm.mailbox"].browse(self.mailbox_id)
            self.assertEqual((mailbox.name, mailbox.state), ("Saved meanwhile", "error"))
            self.assertEqual(mailbox.event_ids.mapped("text"), ["No answer"])

    def test_a_check_that_worked_says_so_to_the_scheduler_without_touching_the_lease(self):
        with self.transaction() as env:
            lease = env["comm.mailbox.lease"].browse(self.lease_id)
            lease.mailbox_id.auto_fetch = True
            lease._note_failure(errors.ConnectionLost("localhost"), lease.mailbox_id.settings_stamp, 5)
            self.assertNotIn(lease, lease._due())
        with self.transaction() as visit, self.transaction() as user:
            visit["comm.mailbox.lease"].browse(self.lease_id).try_lock_for_update()
            user.cr.execute("SET LOCAL lock_timeout = '500ms'")
            user["comm.mailbox"].browse(self.mailbox_id)._record_success("check", "Fine", 0.1)
        with self.transaction() as env:
            self.assertIn(self.lease_id, env["comm.mailbox.lease"]._due().ids)

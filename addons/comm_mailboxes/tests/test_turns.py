import time
from unittest.mock import patch

from odoo import fields, sql_db
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.base.models import ir_cron

from .. import turns
from ..models import comm_mailbox_fetch
from ..models.comm_mailbox_lease import STANDS_BACK
from ..protocol import errors
from ..sync.lease import MailboxBusy, lease
from .common import LabCase

SECONDS = 0.5


@tagged("post_install", "-at_install")
class TestTurns(LabCase):
    """One job lasts as long as Odoo gives it, and one visit: not ten visits, which would outlive the cron worker."""

    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("comm_mailboxes.ir_cron_fetch_mail")
        self.cron.search([("id", "!=", self.cron.id)]).active = False
        self.boxes = self.env["comm.mailbox"].union(*(self.make_lab_mailbox(auto_fetch=True) for _number in range(3)))
        self.env["comm.mailbox.lease"].search([("mailbox_id", "not in", self.boxes.ids)]).unlink()
        for number, mailbox in enumerate(self.boxes):
            mailbox.sudo().lease_ids.due_at = fields.Datetime.subtract(fields.Datetime.now(), minutes=9 - number)

    def run_job(self, visit):
        """Run the action with ``visit(mailbox)`` in place of connections; return the ids of the mailboxes in their order."""
        visited = []

        def open_session(mailbox, *_args, **_options):
            visited.append(mailbox.id)
            visit(mailbox)

        with (
            patch.object(ir_cron, "MIN_TIME_PER_JOB", SECONDS),
            patch.object(type(self.boxes), "_open_session__", open_session),
            patch.object(turns, "wake_at") as woken,
        ):
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.woken = woken.called
        return visited

    def test_one_that_failed_stands_back_for_sound_ones_but_not_for_ever(self):
        first, second, third = self.boxes
        lease = first.sudo().lease_ids
        lease.write({"failures": 1, "settings_stamp": first.sudo().settings_stamp})
        self.assertEqual(lease._due().mailbox_id.ids, [second.id, third.id, first.id])
        lease.due_at -= STANDS_BACK
        self.assertEqual(lease._due().mailbox_id.ids, self.boxes.ids)

    def test_one_that_failed_before_its_settings_were_changed_does_not_stand_back(self):
        self.boxes[0].sudo().lease_ids.failures = 1
        self.boxes[0]._retry_soon()
        self.assertEqual(self.boxes.lease_ids._due().mailbox_id.ids, self.boxes.ids)

    def test_a_dead_server_costs_a_job_one_visit_and_the_next_job_comes_at_once(self):
        def silent(mailbox):
            time.sleep(SECONDS + 0.1)
            raise errors.ConnectionLost("localhost")

        self.assertEqual(self.run_job(silent), self.boxes[0].ids)
        self.assertTrue(self.woken)
        self.assertEqual(self.run_job(silent), self.boxes[1].ids)
        self.assertEqual(self.run_job(silent), self.boxes[2].ids)
        self.assertFalse(self.woken)

    def test_by_hand_the_round_begins_anew(self):
        self.patch(turns, "LONGEST", 1000.0)
        self.patch(turns, "LEAST", 0.5)

        def silent(mailbox):
            time.sleep(SECONDS + 0.1)
            raise errors.ConnectionLost("localhost")

        # In tests all have one cursor.
        for mailbox in self.boxes:
            self.assertEqual(self.run_job(silent), mailbox.ids)

    def run_round(self, visit, crons):
        """Let Odoo run these actions one after the other, as a worker does; return the ids of the mailboxes in their order."""
        visited = []

        def open_session(mailbox, *_args, **_options):
            visited.append(mailbox.id)
            visit(mailbox)

        crons.write({"active": True, "nextcall": fields.Datetime.subtract(fields.Datetime.now(), minutes=1)})
        self.env.flush_all()
        with (
            patch.object(ir_cron, "MIN_TIME_PER_JOB", SECONDS),
            patch.object(type(self.boxes), "_open_session__", open_session),
            patch.object(turns, "wake_at") as woken,
            self.registry.cursor() as cron_cr,
        ):
            ir_cron.IrCron._process_jobs_loop(cron_cr, job_ids=crons.ids)
        self.env.invalidate_all()
        self.woken = woken.called
        return visited

    def test_several_jobs_of_one_round_keep_its_limit_together(self):
        def silent(mailbox):
            time.sleep(SECONDS + 0.1)
            raise errors.ConnectionLost("localhost")

        crons = self.cron.browse(
            self.env.ref(f"comm_mailboxes.ir_cron_fetch_mail{name}").id for name in ("", "_2", "_3")
        )
        self.patch(turns, "LONGEST", 1.0)
        self.patch(turns, "LEAST", 0.0)
        for option, limits in (("cron", (1.5, 100)), ("all", (-1, 1.5))):
            limits = dict(zip(("limit_time_real_cron", "limit_time_real"), limits, strict=True))
            with self.subTest(option), patch.dict(config.options, limits):
                for mailbox in self.boxes:
                    self.assertEqual(self.run_round(silent, crons), mailbox.ids)
                    self.assertEqual(self.woken, mailbox != self.boxes[-1])
                self.env["comm.mailbox.lease"].search([]).write({"due_at": "2026-01-01", "failures": 0})
        with patch.dict(config.options, {"limit_time_real_cron": 0}):
            self.assertEqual(self.run_round(silent, crons), self.boxes.ids)

    def test_a_visit_ends_before_odoo_ends_its_worker(self):
        ends = []

        def look(_mailbox):
            ends.append(turns.end_of_visit() - time.monotonic())
            raise errors.ConnectionLost("localhost")

        # Of a round, what went by before counts.
        with patch.dict(config.options, {"limit_time_real_cron": 200, "limit_time_real": 100}):
            self.run_round(look, self.cron)
            self.assertTrue(all(170 < end < 180 for end in ends), ends)
            self.assertEqual(ends, sorted(ends, reverse=True))
            turns.end_round()
            self.assertAlmostEqual(turns.end_of_visit() - time.monotonic(), 90, delta=1)
        with patch.dict(config.options, {"limit_time_real_cron": 0, "limit_time_real": 0}):
            self.assertIsNone(turns.end_of_visit())

    def test_a_round_is_over_with_its_cursor_or_with_the_button(self):
        with sql_db.db_connect(self.env.cr.dbname).cursor() as cursor:
            turns.begin_round(cursor)
            self.assertTrue(turns._is_in_round())
        self.assertFalse(turns._is_in_round())
        self.cron.method_direct_trigger()
        self.assertFalse(turns._is_in_round())

    def test_a_worker_that_slept_before_has_less_time(self):
        turns_left = []

        def look(_mailbox):
            turns_left.append((turns.end_of_visit() - time.monotonic(), turns.turn(60)))
            raise errors.ConnectionLost("localhost")

        self.addCleanup(turns.end_round)
        # It may have slept a minute since it showed that it is alive, and that counts.
        vars(turns._round).clear()
        limits = {"workers": 2, "limit_time_real_cron": 120, "limit_time_cpu": 0}
        with patch.dict(config.options, limits):
            self.run_round(look, self.cron)
            [(end, turn), *_others] = turns_left
            self.assertAlmostEqual(end, 108 - turns.LONGEST_SLEEP, delta=3)
            self.assertAlmostEqual(turn, end * turns.TURN_SHARE, delta=1)
            # What was put off comes as soon as the job is over, and has all of the time.
            turns_left.clear()
            self.env["comm.mailbox.lease"].search([]).write({"due_at": "2026-01-01", "failures": 0})
            self.run_round(look, self.cron)
            self.assertAlmostEqual(turns_left[0][0], 108, delta=3)
            self.assertAlmostEqual(turns_left[0][1], 60, delta=1)
            turns_left.clear()
            self.env["comm.mailbox.lease"].search([]).write({"due_at": "2026-01-01", "failures": 0})
            with patch.dict(config.options, {"limit_time_cpu": 10}):
                self.run_round(look, self.cron)
            self.assertLess(turns_left[0][1], 10 * turns.CPU_SHARE)

    def test_what_another_worker_fetches_takes_nobodys_turn(self):
        def leased(mailbox, **options):
            if mailbox == self.boxes[0]:
                raise MailboxBusy("Somebody else")
            return lease(mailbox, **options)

        def refuse(_mailbox):
            raise errors.ConnectionLost("localhost")

        with patch.object(comm_mailbox_fetch, "lease", leased):
            self.assertEqual(self.run_job(refuse), self.boxes[1:].ids)
        progress = self.env["ir.cron.progress"].search([("cron_id", "=", self.cron.id)], order="id desc", limit=1)
        self.assertEqual((progress.done, progress.remaining), (2, 0))
        self.assertFalse(self.woken)

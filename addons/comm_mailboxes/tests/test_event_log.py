import logging
from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models import comm_mailbox_event
from .common import CommCase, LabCase

LOGGER = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestEventLog(CommCase):
    def log(self, mailbox, count=1, age_days=0, **vals):
        """Create events that happened ``age_days`` ago, by SQL: a million must not take long."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO comm_mailbox_event (mailbox_id, level, step, text, seconds, create_date)
            SELECT %s, %s, %s, 'Event ' || number, 0.5,
                   now() AT TIME ZONE 'UTC' - make_interval(days => %s, secs => number / 10.0)
              FROM generate_series(1, %s) AS number
            """,
            [mailbox.id, vals.get("level", "info"), vals.get("step", "fetch"), age_days, count],
        )
        self.env.invalidate_all()

    def test_broken_text_is_logged_all_the_same(self):
        mailbox = self.make_mailbox().with_env(self.env)
        for name, text in {
            "NUL": "The server said \0nothing\0",
            "lone surrogates": "half a character: \ud83d and \udc80",
            "a megabyte": "x" * 1_000_000,
            "a forged line": "fine\n2026-01-01 INFO somebody logged in\r\n",
            "nothing": "",
            "no text at all": None,
        }.items():
            with self.subTest(name), self.assertLogs(LOGGER, "ERROR") as logs:
                self.env["comm.mailbox.event"]._log(mailbox, "error", "fetch", text)
                mailbox.event_ids.flush_recordset()
                mailbox._record_failure("fetch", text)
                mailbox.flush_recordset()
                event = mailbox.event_ids[:1]
                event.flush_recordset()
                event.invalidate_recordset()
                self.assertTrue(event.text)
                self.assertLessEqual(len(event.text), comm_mailbox_event.MAX_TEXT)
                self.assertEqual(len(logs.output), 2)
                self.assertNotIn("\n", "".join(logs.output))
                self.assertEqual(mailbox.state, "error")
                self.assertTrue(mailbox.last_error)

    def test_information_is_kept_only_when_wanted_but_always_in_the_server_log(self):
        mailbox = self.make_mailbox(log_events=False).with_env(self.env)
        events = self.env["comm.mailbox.event"]
        with self.assertLogs(LOGGER, logging.INFO) as logs:
            events._log(mailbox, "info", "fetch", "Messages fetched: 3", 1.25)
            self.assertFalse(mailbox.event_ids)
            events._log(mailbox, "error", "fetch", "No answer", 30.0)
        self.assertEqual([record.levelname for record in logs.records], ["INFO", "ERROR"])
        self.assertEqual(mailbox.event_ids.mapped("text"), ["No answer"])
        mailbox.log_events = True
        events._log(mailbox, "info", "fetch", "Messages fetched: 3", 1.25)
        event = mailbox.event_ids.filtered(lambda event: event.level == "info")
        self.assertEqual(
            (event.mailbox_id, event.level, event.step, event.text, event.seconds),
            (mailbox, "info", "fetch", "Messages fetched: 3", 1.25),
        )

    def test_old_events_go_in_batches_and_young_ones_stay(self):
        mailbox = self.make_mailbox()
        self.log(mailbox, 25, age_days=31)
        self.log(mailbox, 5, age_days=29)
        events = self.env["comm.mailbox.event"]
        with patch.object(comm_mailbox_event, "VACUUM_BATCH", 10):
            self.assertEqual(events._gc_events(), (10, True))
            self.assertEqual(events._gc_events(), (10, True))
            self.assertEqual(events._gc_events(), (5, False))
        self.assertEqual(events.search_count([("mailbox_id", "=", mailbox.id)]), 5)

    def test_the_setting_decides_and_nonsense_in_it_deletes_nothing(self):
        parameters = self.env["ir.config_parameter"]
        for value, expected in (
            ("7", 7),
            (False, 30),
            ("", 30),
            ("0", 30),
            ("-5", 30),
            ("soon", 30),
            ("1.5", 30),
            ("9" * 30, 36_500),
        ):
            with self.subTest(repr(value)):
                parameters.set_param("comm_mailboxes.event_days", value)
                self.assertEqual(self.env["comm.mailbox.event"]._days_kept(), expected)
                self.env["comm.mailbox.event"]._gc_events()

    def test_every_filter_of_the_event_log_finds_what_its_name_says(self):
        mailbox = self.make_mailbox()
        self.log(mailbox, 3)
        self.log(mailbox, 2, level="error", step="connect")
        self.log(mailbox, 4, age_days=3, step="check")
        self.log(mailbox, 1, age_days=9, level="warning")
        events = self.env["comm.mailbox.event"].with_user(self.anna)
        arch = etree.fromstring(events.get_view(view_type="search")["arch"])
        found = {}
        for node in arch.iterfind(".//filter[@domain]"):
            found[node.get("name")] = events.search_count(safe_eval(node.get("domain"), {}))
        self.assertEqual(found["errors"], 2)
        self.assertEqual(found["warnings"], 1)
        self.assertEqual([found["step_fetch"], found["step_connect"], found["step_check"]], [4, 2, 4])
        # Just after midnight what happened seconds ago may have been yesterday.
        self.assertIn(found["today"], range(6))
        self.assertEqual(found["last_7_days"], 9)

    def test_fetches_and_errors_are_counted_per_day(self):
        mailbox = self.make_mailbox()
        noon = fields.Datetime.now().replace(hour=12, minute=0, second=0, microsecond=0)
        for days, level, count in ((1, "info", 3), (1, "error", 2), (2, "info", 4)):
            self.log(mailbox, count, level=level)
            self.env.cr.execute(
                "UPDATE comm_mailbox_event SET create_date = %s WHERE create_date > %s",
                [noon - timedelta(days=days), fields.Datetime.now() - timedelta(hours=1)],
            )
        events = self.env["comm.mailbox.event"].with_user(self.anna)
        for view_type in ("graph", "pivot"):
            arch = etree.fromstring(events.get_view(view_type=view_type)["arch"])
            groupby = [
                f"{node.get('name')}:{node.get('interval')}" if node.get("interval") else node.get("name")
                for node in arch.iterfind("field")
            ]
            with self.subTest(view_type):
                self.assertEqual(groupby[:2], ["create_date:day", "level"])
                groups = events.formatted_read_group([], groupby[:2], ["__count"])
                counts = {(group["create_date:day"][0][:10], group["level"]): group["__count"] for group in groups}
                yesterday, before = (str((noon - timedelta(days=days)).date()) for days in (1, 2))
                self.assertEqual(counts, {(yesterday, "info"): 3, (yesterday, "error"): 2, (before, "info"): 4})

    def test_the_form_shows_the_last_events_and_does_not_ask_for_all(self):
        mailbox, other = self.make_mailbox(), self.make_mailbox()
        self.log(mailbox, 50)
        self.log(other, 3)
        queries = []
        for mailboxes in (mailbox, mailbox | other):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mailboxes.sudo().mapped("recent_event_ids")
            queries.append(self.env.cr.sql_log_count - before)
        self.assertEqual(queries[0], queries[1])
        self.assertEqual([len(record.recent_event_ids) for record in (mailbox, other)], [20, 3])
        self.assertEqual(mailbox.recent_event_ids, mailbox.event_ids[:20])
        self.assertEqual(
            self.env["comm.mailbox"].with_user(self.anna).new({"name": "Not saved"}).recent_event_ids.ids, []
        )

    def test_nobody_writes_events_by_hand(self):
        mailbox = self.make_mailbox()
        self.log(mailbox)
        vals = {"mailbox_id": mailbox.id, "level": "info", "step": "fetch", "text": "x"}
        for user in (self.anna, self.manager, self.admin):
            event = mailbox.sudo().event_ids.with_user(user)
            with self.subTest(user.login), mute_logger("odoo.addons.base.models.ir_model"):
                for action in (
                    lambda event=event: event.create(vals),
                    lambda event=event: event.write({"text": "nothing happened"}),
                    lambda event=event: event.unlink(),
                ):
                    with self.assertRaises(AccessError):
                        action()

    def test_many_events_are_read_by_index(self):
        """The lists that people open, among many events: none reads the whole table."""
        mailbox, busy = self.make_mailbox(), self.make_mailbox(self.ben)
        self.log(mailbox, 100)
        self.log(busy, 100_000)
        self.log(busy, 20, level="error")
        self.log(busy, 100, age_days=40)
        self.env.cr.execute("ANALYZE comm_mailbox_event")
        events = self.env["comm.mailbox.event"]
        recent = ("create_date", ">=", "today -6d")
        for name, model, domain, order in (
            ("my newest", events.with_user(self.anna), [recent], "id desc"),
            ("my errors", events.with_user(self.anna), [("level", "=", "error")], "id desc"),
            ("all", events.with_user(self.admin), [], "id desc"),
            ("all errors", events.with_user(self.admin), [("level", "=", "error")], "id desc"),
            ("of a mailbox", events.with_user(self.admin), [("mailbox_id", "=", mailbox.id)], "id desc"),
            ("vacuum", events, [("create_date", "<", fields.Datetime.now() - timedelta(days=30))], "create_date"),
        ):
            query = model._search(domain, limit=80, order=order)
            self.env.cr.execute("EXPLAIN ANALYZE " + self.env.cr.mogrify(query.select()).decode())
            plan = "\n".join(line for [line] in self.env.cr.fetchall())
            with self.subTest(name):
                self.assertNotIn("Seq Scan on comm_mailbox_event", plan, plan)


@tagged("post_install", "-at_install")
class TestEventsOfVisits(LabCase):
    def test_a_fetch_tells_step_duration_and_result(self):
        self.deliver("One")
        mailbox = self.make_lab_mailbox()
        mailbox.fetch_mail()
        mailbox.fetch_mail()
        events = mailbox.event_ids.sorted("id")
        self.assertEqual(
            [(event.level, event.step) for event in events],
            # The connection is news the first time only.
            [("info", "connect"), ("info", "fetch"), ("info", "fetch")],
        )
        self.assertIn("localhost", events[0].text)
        self.assertIn("1", events[1].text)
        self.assertGreater(sum(events.mapped("seconds")), 0)

    def test_where_it_failed_is_the_step_and_the_password_is_nowhere(self):
        mailbox = self.make_lab_mailbox(password="no-such-password")
        with self.assertLogs("odoo.addons.comm_mailboxes", logging.INFO) as logs:
            self.failure_of(mailbox.fetch_mail)
            self.failure_of(mailbox.refresh_folders)
        self.assertEqual([(event.level, event.step) for event in mailbox.event_ids], [("error", "connect")] * 2)
        self.assertNotIn("no-such-password", str(logs.output) + str(mailbox.event_ids.read()) + str(mailbox.read()))

    def test_an_error_with_broken_text_ends_as_a_failure_like_any_other(self):
        mailbox = self.make_lab_mailbox()
        dirty = "\0\ud800" + "x" * 1_000_000
        with patch.object(type(mailbox), "_open_session__", side_effect=UserError(dirty)):
            text = self.failure_of(mailbox.fetch_mail)
        self.assertLess(len(text), 3000)
        self.assertEqual(mailbox.state, "error")
        self.assertEqual(len(mailbox.event_ids), 1)
        self.assertTrue(mailbox.activity_ids)

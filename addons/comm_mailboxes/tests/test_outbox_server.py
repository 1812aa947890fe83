import select
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo import fields, sql_db
from odoo.tests import tagged
from odoo.tools import config

from ..models.comm_mailbox_outbox import SENDERS
from ..sending import wake
from .outbox import OutboxCase
from .sending import free_port


@tagged("post_install", "-at_install")
class TestServerAway(OutboxCase):
    """A server that sends nothing is told to who looks after the mailbox, as one that cannot be fetched from."""

    def failure(self, mailbox):
        return mailbox.sudo()._failure_activity()

    def test_it_is_an_activity_of_the_mailbox_until_it_works_again(self):
        server, out = self.make_unruly()
        port, out.port = out.port, free_port()
        message = self.queue(out)
        self.send()
        self.assertEqual((message.outgoing_state, out.state), ("queued", "error"))
        activity = self.failure(out)
        self.assertEqual((activity.user_id, activity.summary), (self.anna, "Mailbox 'Out' cannot send"))
        self.assertIn(str(out.port), activity.note)
        self.make_due(message)
        self.send()
        self.assertEqual(self.failure(out), activity)
        self.assertIn("tries: 2", activity.note)
        out.port = port
        self.make_due(message)
        self.send()
        self.assertEqual((message.outgoing_state, len(server.received), out.state), ("sent", 1, "ok"))
        self.assertFalse(self.failure(out))

    def test_a_wrong_password_is_one_too(self):
        out = self.make_smtp(password="wrong")
        message = self.queue(out)
        self.send()
        self.assertEqual(message.outgoing_state, "failed")
        self.assertIn("Check login and password", self.failure(out).note)

    def test_a_message_that_is_refused_is_not(self):
        server, out = self.make_unruly()
        server.answers["DATA"] = ["554 Looks like spam"]
        message = self.queue(out)
        self.send()
        self.assertEqual((message.outgoing_state, out.state), ("failed", "ok"))
        self.assertFalse(self.failure(out))

    def test_a_server_of_odoo_that_is_away_keeps_everything_waiting(self):
        out = self.make_smtp(host=False)
        message = self.queue(out)
        self.env["ir.mail_server"].search([]).active = False
        port = free_port()
        servers = type(self.env["ir.mail_server"])
        with (
            patch.dict(config.options, {"smtp_server": "127.0.0.1", "smtp_port": port}),
            patch.object(servers, "_disable_send", return_value=False),
        ):
            self.send()
        self.assertEqual((message.outgoing_state, message.send_attempts), ("queued", 1))
        self.assertIn(str(port), message.send_error)
        self.assertIn(str(port), self.failure(out).note)

    def test_what_was_sent_is_in_the_event_log(self):
        _server, out = self.make_unruly()
        for _number in range(2):
            self.queue(out)
        self.send()
        self.assertEqual(out.event_ids.filtered(lambda event: event.step == "send").mapped("text"), ["Sent: 2"])


@tagged("post_install", "-at_install")
class TestWhen(OutboxCase):
    """A message leaves in the second in which the time to take it back is over."""

    def test_the_workers_are_woken_in_that_second(self):
        when = fields.Datetime.now() + timedelta(seconds=2)
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute("LISTEN cron_trigger")
            cr.commit()  # pylint: disable=invalid-commit
            for _twice in range(2):
                wake.wake_at(self.env, when)
            self.env.cr.postcommit.run()
            mine = []
            deadline = time.monotonic() + 10
            while not mine and time.monotonic() < deadline:
                select.select([cr._cnx], [], [], 1)
                cr._cnx.poll()
                mine = [note for note in cr._cnx.notifies if note.payload == self.env.cr.dbname]
            late = (datetime.now(UTC).replace(tzinfo=None) - when).total_seconds()
        self.assertEqual(len(mine), 1)
        self.assertTrue(0 <= late < 1, late)

    def test_each_of_the_scheduled_actions_is_triggered_once_for_a_second(self):
        _server, out = self.make_unruly()
        self.anna.sudo().res_users_settings_ids.comm_undo_seconds = 30
        with patch.object(wake, "_wait") as waited:
            message = self.queue(out)
            message.from_mailbox_id._trigger_outboxes(message.next_try_at)
            self.env.cr.postcommit.run()
        self.assertEqual({call.args[1] for call in waited.call_args_list}, {message.next_try_at})
        crons = self.env["ir.cron"].browse(self.env.ref(f"comm_mailboxes.{name}").id for name in SENDERS)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)])
        self.assertEqual(triggers.filtered(lambda one: one.call_at == message.next_try_at).cron_id, crons)
        self.assertEqual(len(triggers), len(crons))

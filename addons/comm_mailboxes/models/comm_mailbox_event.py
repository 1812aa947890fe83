import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..protocol.errors import clean

_logger = logging.getLogger(__name__)

LOG_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# A sentence for a person, not a dump: servers answer with a megabyte at times.
MAX_TEXT = 2000
DAYS_PARAMETER = "comm_mailboxes.event_days"
DEFAULT_DAYS = 30
MAX_DAYS = 36_500
# What one step of the vacuum deletes in one transaction.
VACUUM_BATCH = 10_000


class CommMailboxEvent(models.Model):
    """What happened to a mailbox: connections, fetches, failures. Texts never contain secrets."""

    _name = "comm.mailbox.event"
    _description = "Mailbox event"
    _order = "id desc"
    _rec_name = "text"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade", readonly=True)
    level = fields.Selection(
        [("info", "Information"), ("warning", "Warning"), ("error", "Error")], required=True, readonly=True
    )
    step = fields.Selection(
        [
            ("connect", "Connection"),
            ("folders", "Folders"),
            ("fetch", "Fetch"),
            ("push", "Changes"),
            ("repair", "Repair"),
            ("search", "Search"),
            ("send", "Sending"),
            ("check", "Check"),
        ],
        required=True,
        readonly=True,
    )
    text = fields.Text(required=True, readonly=True)
    seconds = fields.Float(string="Duration (s)", digits=(8, 2), readonly=True, aggregator="avg")

    _of_mailbox = models.Index("(mailbox_id, id DESC)")
    _by_time = models.Index("(create_date)")
    # Errors are few among many and what people look for.
    _errors = models.Index("(id DESC) WHERE level = 'error'")

    @api.model
    def _log(self, mailbox, level, step, text, seconds=0.0):
        """Write to the server log, and to the event log when the mailbox keeps one or something went wrong.

        Whatever a server put into ``text`` (NUL, half characters, a megabyte) must not stop that.
        """
        self._log_many(mailbox, step, [(level, text)], seconds)

    @api.model
    def _log_many(self, mailbox, step, entries, seconds=0.0):
        """Log ``(level, text)`` of each of these, in one statement."""
        entries = [(level, clean(text or "-", MAX_TEXT)) for level, text in entries]
        name, all_of_them = clean(mailbox.name), mailbox.log_events
        for level, text in entries:
            _logger.log(LOG_LEVELS[level], "Mailbox %s (%s): %s: %s", mailbox.id, name, step, text)
        now = SQL("(now() AT TIME ZONE 'UTC')")
        rows = [
            SQL(
                "(%s)",
                SQL(", ").join(
                    [mailbox.id, level, step, text, round(seconds, 2), self.env.uid, now, self.env.uid, now]
                ),
            )
            for level, text in entries
            if all_of_them or level != "info"
        ]
        if rows:
            # Every visit writes one, and nothing depends on it: the ORM would ask three things more.
            self.env.execute_query(
                SQL(
                    """INSERT INTO comm_mailbox_event (
                           mailbox_id, level, step, text, seconds, create_uid, create_date, write_uid, write_date
                       ) VALUES %s RETURNING id""",
                    SQL(", ").join(rows),
                )
            )
            mailbox.invalidate_recordset(["event_ids", "recent_event_ids"], flush=False)

    @api.autovacuum
    def _gc_events(self):
        """Forget what is older than the setting says, a batch at a time; the vacuum cleaner comes back for the rest."""
        before = fields.Datetime.now() - timedelta(days=self._days_kept())
        events = self.search([("create_date", "<", before)], limit=VACUUM_BATCH, order="create_date")
        count = len(events)
        events.unlink()
        return count, count == VACUUM_BATCH

    @api.model
    def _days_kept(self):
        """Return for how many days events are kept. A setting that makes no sense must not delete everything."""
        # sudo: a setting, not somebody's data.
        value = self.env["ir.config_parameter"].sudo().get_param(DAYS_PARAMETER)
        try:
            days = int(value)
        except ValueError:
            return DEFAULT_DAYS
        return min(days, MAX_DAYS) if days > 0 else DEFAULT_DAYS

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..protocol.errors import AuthenticationFailed

# A server that refused this many logins in a row is not asked again by itself: accounts get locked.
REFUSALS_BEFORE_STOP = 3
# Minutes between tries that fail: 1, 2, 4 and so on up to this.
LONGEST_WAIT = 60
# A mailbox that failed the last time lets others go first that became due so much later: a silent server may cost each visit
# half a minute. No more than that, or it would never have its turn where all workers are busy.
STANDS_BACK = timedelta(minutes=5)
# So many visits in a row that began and of which no end was noted are told: one may be a server that was stopped.
DEATHS_BEFORE_TOLD = 2


class CommMailboxLease(models.Model):
    """Who works on a mailbox locks its row here, not the mailbox itself: the form can be saved during a fetch.

    What the scheduler needs to know stands here too, so that a fetch never writes to the row that users edit. For the
    same reason only visits write here: a user who changes the settings gives the mailbox another ``settings_stamp``,
    and what was counted under the old one does not count any more.
    """

    _name = "comm.mailbox.lease"
    _description = "Lease of a mailbox by a running fetch"
    _rec_name = "mailbox_id"
    _order = "due_at, id"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade")
    due_at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    last_fetch = fields.Datetime()
    mechanism = fields.Char(
        help="The authentication that worked last time is tried first: a refused login may lock accounts."
    )

    account = fields.Char(help="The login and server that everything here was compared with the last time.")

    # Failures in a row
    failures = fields.Integer(default=0, required=True)
    refusals = fields.Integer(default=0, required=True, help="Logins refused in a row.")
    needs_sign_in = fields.Boolean(help="The last failure was that nobody is signed in (any more).")
    failing_since = fields.Datetime()
    settings_stamp = fields.Char(help="The mailbox' stamp at the last visit that counted.")

    # What a visit leaves here that ended together with Odoo's process
    begun_at = fields.Datetime(help="When the automatic fetch began of which no end is noted yet.")
    deaths = fields.Integer(default=0, required=True, help="Automatic fetches in a row of which no end was noted.")

    settled_by = fields.Char(help="Why the last fetch that found nothing to do did so: see sync/settled.")

    _one_per_mailbox = models.UniqueIndex("(mailbox_id)")

    @api.model
    def _due(self):
        """Return the leases of the mailboxes to fetch now, the longest waiting first; those that fail stand back a little.

        Where the last visit died with its worker, others have waited longer: else it would be the first for ever. Where two did,
        it waits as after failures: Odoo leaves out an action that it had to kill several times, and ends it for good at last.
        """
        automatic = Domain("mailbox_id.auto_fetch", "=", True)
        due = Domain("due_at", "<=", fields.Datetime.now()) & Domain("refusals", "<", REFUSALS_BEFORE_STOP)
        wanted = (due | Domain.custom(to_sql=_settings_changed)) & Domain.custom(to_sql=_has_rested)
        leases = self.search(self._in_use() & automatic & wanted)
        waiting_since = {lease: max(lease.due_at, lease.begun_at or lease.due_at) for lease in leases}
        return leases.sorted(lambda lease: waiting_since[lease] + STANDS_BACK * lease._is_failing())

    @api.model
    def _ready_for_push(self, mailboxes):
        """Return the leases of those mailboxes that are told of changes now: not while their server fails."""
        due = Domain("due_at", "<=", fields.Datetime.now()) & Domain("refusals", "<", REFUSALS_BEFORE_STOP)
        ready = Domain("failures", "=", 0) | due | Domain.custom(to_sql=_settings_changed)
        return self.search(self._in_use() & Domain("mailbox_id", "in", mailboxes.ids) & ready)

    @api.model
    def _in_use(self):
        return Domain(
            [
                ("mailbox_id.active", "=", True),
                ("mailbox_id.kind", "!=", "smtp"),
                "|",
                "|",
                ("mailbox_id.scope", "=", "shared"),
                ("mailbox_id.user_id.active", "=", True),
                # Never active, but not gone either: scripts act as OdooBot.
                ("mailbox_id.user_id", "=", SUPERUSER_ID),
                "|",
                ("mailbox_id.company_id", "=", False),
                ("mailbox_id.company_id.active", "=", True),
            ]
        )

    def _is_failing(self):
        """Tell whether the last visit failed, with the settings that the mailbox has now."""
        return bool(self.failures) and self.settings_stamp == self.mailbox_id.settings_stamp

    def _is_stopped(self, stamp):
        """Tell whether the automatic fetch stopped, with the settings that ``stamp`` stands for."""
        return self.refusals >= REFUSALS_BEFORE_STOP and self.settings_stamp == stamp

    def _note_beginning(self):
        """Note that an automatic fetch begins, for the next one to see should this one end with its worker, and commit that."""
        # As in _note_success: no wait for the disk.
        self.env.cr.execute(
            SQL(
                """SET LOCAL synchronous_commit TO OFF;
                   UPDATE comm_mailbox_lease SET begun_at = %s, deaths = deaths + (begun_at IS NOT NULL)::int WHERE id = %s""",
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset(["begun_at", "deaths"], flush=False)
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _note_end(self):
        """Note that an automatic fetch ended, where nothing else is to be noted of it."""
        self.write({"begun_at": False, "deaths": 0})

    def _note_success(self, stamp, interval=None, complete=True, **vals):
        """End a row of failures.

        :param stamp: of the settings that the visit used
        :param interval: minutes until the next fetch, for a visit that fetched
        :param complete: whether the visit did all there was; else the next one goes on as soon as others had their turn
        :param vals: more to note
        """
        vals |= {"failures": 0, "refusals": 0, "needs_sign_in": False, "failing_since": None}
        now = fields.Datetime.now()
        if interval:
            vals.update(
                settings_stamp=stamp or None,
                due_at=now + timedelta(minutes=interval if complete else 0),
                last_fetch=now,
                begun_at=None,
                deaths=0,
            )
        elif self.failures:
            vals["due_at"] = now
        self.flush_recordset()
        changes = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in vals.items())
        # One statement, and no wait for the disk: after a power cut the mailbox would be visited again a little early.
        self.env.cr.execute(
            SQL(
                """SET LOCAL synchronous_commit TO OFF;
                   UPDATE comm_mailbox_lease SET %s, write_uid = %s, write_date = (now() AT TIME ZONE 'UTC')
                    WHERE id = %s""",
                changes,
                self.env.uid,
                self.id,
            )
        )
        self.invalidate_recordset(vals, flush=False)

    def _note_failure(self, error, stamp, interval):
        """Count a fetch that failed and put the next one off.

        :param error: why it failed; unless that may pass by itself, the wait is never shorter than the interval
        :param stamp: of the settings that the visit used; the first failure after a change begins a new row
        :param interval: minutes between fetches
        """
        # What nobody foresaw (a lost database connection, say) may pass; a setting that is missing does not.
        temporary = getattr(error, "temporary", not isinstance(error, UserError))
        continued = self.settings_stamp == stamp
        refused = isinstance(error, AuthenticationFailed)
        refusals = (self.refusals if continued else 0) + 1 if refused else 0
        stops = getattr(error, "stops", False)
        if stops:
            # A person has to sign in: asking again and again changes nothing.
            refusals = REFUSALS_BEFORE_STOP
        failures = (self.failures if continued else 0) + 1
        if getattr(error, "narrows", False):
            # Each further try tells more of the message at which it breaks: the next one comes as if it was the first.
            failures, temporary = 1, True
        # The exponent is bounded, or a month of failures would compute huge numbers.
        wait = min(2 ** min(failures - 1, 10), LONGEST_WAIT)
        now = fields.Datetime.now()
        self._note_end()
        self.write(
            {
                "failures": failures,
                "refusals": refusals,
                "needs_sign_in": stops,
                "failing_since": (continued and self.failing_since) or now,
                "settings_stamp": stamp,
                "due_at": now + timedelta(minutes=wait if temporary else max(wait, interval)),
            }
        )


def _settings_changed(model, alias, query):
    """Return the condition that the mailbox got other settings since the last visit that counted."""
    mailboxes, mailbox_alias = model._fields["mailbox_id"].join(model, alias, query)
    return SQL(
        "%s IS DISTINCT FROM %s",
        model._field_to_sql(alias, "settings_stamp", query),
        mailboxes._field_to_sql(mailbox_alias, "settings_stamp", query),
    )


def _has_rested(model, alias, query):
    """Return the condition that since the last visits that died there was a wait as after so many failures."""
    deaths, begun_at = (model._field_to_sql(alias, name, query) for name in ("deaths", "begun_at"))
    return SQL(
        "(%(deaths)s = 0 OR %(begun_at)s IS NULL"
        " OR %(begun_at)s + LEAST(2 ^ LEAST(%(deaths)s, 10), %(longest)s) * interval '1 minute' <= %(now)s)",
        deaths=deaths,
        begun_at=begun_at,
        longest=LONGEST_WAIT,
        now=fields.Datetime.now(),
    )

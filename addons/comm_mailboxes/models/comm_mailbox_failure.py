from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_datetime

from .comm_mailbox_lease import REFUSALS_BEFORE_STOP

ACTIVITY_TYPE = "comm_mailboxes.mail_activity_type_failure"
CONNECTION_STEPS = {"resolve", "connect", "tls", "login"}


class CommMailbox(models.Model):
    """A mailbox that cannot be fetched, or cannot send, tells who can do something about it, once, until it works again."""

    _name = "comm.mailbox"
    _inherit = ["comm.mailbox", "mail.thread", "mail.activity.mixin"]

    # "Messages" are the mails.
    message_ids = fields.One2many(string="Notes")

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # Who archives a mailbox knows that it is not fetched.
            self._close_failure()
        return result

    def _visit_succeeded(self, step, result, seconds, lease_row, mechanism):
        """Record a visit that did its work. Comes before the lease notes it: ``lease_row`` tells of the last one."""
        # All that came is on the disk: no need to wait for this one.
        self.env.cr.execute("SET LOCAL synchronous_commit TO OFF")
        self.fetch(["name", "state", "last_error", "log_events", "auto_fetch"])
        if lease_row.failures or lease_row.mechanism != mechanism:
            text = self.env._("Connected to %(host)s, logged in by %(method)s.", host=self.host, method=mechanism)
            self.env["comm.mailbox.event"]._log(self, "info", "connect", text)
        text = self._describe_result(step, result)
        if step == "push" and self.auto_fetch:
            # Whether all is well, a fetch decides: what is wrong may concern that only.
            self.env["comm.mailbox.event"]._log(self, "info", step, text, seconds)
        else:
            self._record_success(step, text, seconds)

    def _visit_failed(self, step, error, seconds, lease_row):
        """Record a visit that failed. Comes after the lease noted it.

        Only fetches raise the activity: whoever refreshes folders by hand sees the answer.
        """
        event_step = "connect" if getattr(error, "step", "") in CONNECTION_STEPS else step
        self._record_failure(event_step, self._explain(error), seconds)
        if lease_row.failures == 1 and step in ("fetch", "push"):
            # Of what is changed while the server goes on failing, the change itself tells.
            self.env["comm.operation"]._tell_waiting(self)
        if step == "fetch":
            if self.auto_fetch and lease_row.refusals == REFUSALS_BEFORE_STOP:
                self.env["comm.mailbox.event"]._log(self, "warning", "fetch", self._explain_stop(lease_row))
            self._raise_failure(error, lease_row)

    def _sending_failed(self, error, lease_row):
        """Record that the server that sends could not be reached or logged in to; what was to be sent is another matter."""
        lease_row._note_failure(error, self.settings_stamp, 0)
        event_step = "connect" if getattr(error, "step", "") in CONNECTION_STEPS else "send"
        self._record_failure(event_step, self._explain(error))
        self._raise_failure(error, lease_row)

    def _sending_succeeded(self, lease_row, counts):
        """Record a turn of sending, whatever became of each message."""
        names = dict(self.env["comm.message"]._fields["outgoing_state"]._description_selection(self.env))
        text = ", ".join(f"{names[state]}: {number}" for state, number in sorted(counts.items()))
        self._record_success("send", text, 0)
        if lease_row.failures:
            lease_row._note_success(self.settings_stamp)

    def _raise_failure(self, error, lease_row):
        """Create the activity, or bring the one there is up to date."""
        activity = self._failure_activity()
        assignee = activity.user_id
        if not self._may_handle(assignee):
            assignee = self._find_responsible()
        if not assignee:
            return
        # No e-mail for it: it may go to the very mailbox that fails, and a server that comes and goes would send many.
        mailbox = self.with_context(lang=assignee.lang or self.env.lang, mail_activity_quick_update=True)
        vals = {
            "summary": mailbox._failure_summary(),
            "note": mailbox._failure_note(error, lease_row, assignee.tz),
        }
        if activity.user_id != assignee:
            vals["user_id"] = assignee.id
        if activity:
            activity.with_env(mailbox.env).write(vals)
        else:
            mailbox.activity_schedule(ACTIVITY_TYPE, **vals)

    def _close_failure(self):
        # sudo: whoever makes the mailbox work again closes it, whosever activity it is.
        self.sudo()._failure_activity().unlink()

    def _failure_activity(self):
        # Whatever its type: an administrator may have deleted ours, and a second activity must not come of it.
        return self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), ("automated", "=", True)]
        )

    def _find_responsible(self):
        """Return who is told: the owner, of a shared mailbox the responsible, else an administrator of the addon."""
        if self.scope == "personal" or self._may_handle(self.user_id):
            return self.user_id
        administrators = self.env.ref("comm_mailboxes.group_admin").all_user_ids.sorted("id")
        administrators = administrators.filtered(self._may_handle)
        own_company = administrators.filtered(lambda user: not self.company_id or self.company_id in user.company_ids)
        return (own_company or administrators)[:1]

    def _may_handle(self, user):
        return bool(user and user.active and not user.share and self.with_user(user).has_access("read"))

    def _failure_summary(self):
        if self.kind == "smtp":
            return self.env._("Mailbox '%s' cannot send", self.name)
        return self.env._("Mailbox '%s' cannot be fetched", self.name)

    def _failure_note(self, error, lease_row, tz):
        """Return the text of the activity in the language of ``self.env``."""
        _ = self.env._
        parts = [
            self._explain(error),
        ]
        if lease_row.failures:
            parts.append(
                _(
                    "Failing since %(time)s, tries: %(count)s.",
                    time=format_datetime(self.env, lease_row.failing_since, tz=tz or "UTC"),
                    count=lease_row.failures,
                )
            )
        if self.auto_fetch and lease_row.refusals >= REFUSALS_BEFORE_STOP:
            parts.append(self._explain_stop(lease_row))
        link = Markup('<p><a href="/odoo/%s/%s">%s</a></p>') % (self._name, self.id, self._what_to_open(error))
        return Markup().join(Markup("<p>%s</p>") % part for part in parts) + link

    def _what_to_open(self, _error):
        """Return the text of the link to the mailbox in the activity of ``error``."""
        return self.env._("Open the mailbox properties")

    def _explain_stop(self, _lease_row):
        return self.env._(
            "Automatic fetch stopped after three refused logins, so that the server does not lock the account."
            " Correct login or password, or choose “Fetch now”."
        )

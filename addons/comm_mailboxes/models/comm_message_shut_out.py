from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..protocol.errors import AuthenticationFailed
from ..protocol.oauth.errors import SignInRequired

# So long a message that was shut out may leave by itself: later, its author has to say whether it is still true.
STALE_AFTER = timedelta(days=14)


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    @contextmanager
    def _shut_out_noted(self, from_mailbox):
        """While a server is logged in to for this mailbox: an error that says "nobody gets in" tells which mailbox it was.

        :param from_mailbox: for which this one sends
        """
        # Before it is tried: who signs in meanwhile changes the stamp.
        stamps = {
            # Never empty: it also tells that there was a mailbox, when that is deleted.
            "shut_out_stamp": self.settings_stamp or "-",
            "shut_out_from_stamp": from_mailbox.settings_stamp or "-",
        }
        try:
            yield
        except (SignInRequired, AuthenticationFailed) as error:
            error.shut_out = (self, stamps)
            raise

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            self._wake_shut_out(self._shut_out_messages())
        return result

    def unlink(self):
        waiting = self._shut_out_messages()
        result = super().unlink()
        self._wake_shut_out(waiting)
        return result

    # pylint: disable-next=missing-return
    def _retry_soon(self):
        super()._retry_soon()
        self._wake_shut_out(self._shut_out_messages())

    def _shut_out_messages(self):
        """Return whether there are messages that wait for somebody to do something about these mailboxes."""
        # sudo: whose messages wait is not told.
        messages = self.env["comm.message"].sudo()
        mine = Domain("shut_out_by_id", "in", self.ids)
        # What another mailbox was to send for one of these waits for that one, too.
        through_another = Domain("from_mailbox_id", "in", self.ids) & Domain("shut_out_stamp", "!=", False)
        failed = Domain("outgoing_state", "=", "failed")
        return bool(messages.search_count((mine | through_another) & failed, limit=1))

    def _wake_shut_out(self, waiting):
        if waiting:
            self._trigger_outboxes()


class CommMessage(models.Model):
    """What could not leave because nobody was let in leaves by itself once somebody has done something about it.

    Nothing of it has left, so nobody gets it twice. Its author was told that it was not sent, and may take it back meanwhile.
    """

    _inherit = "comm.message"

    # The mailbox that was not let in, and what its settings_stamp was: with another one it is tried again. So it is when that
    # mailbox is archived or deleted, or the one that it sent for has changed: another server may send now.
    shut_out_by_id = fields.Many2one(
        "comm.mailbox", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    shut_out_stamp = fields.Char(readonly=True, copy=False)
    shut_out_from_stamp = fields.Char(readonly=True, copy=False)

    def _explain_unsent(self, error):
        sender, stamps = getattr(error, "shut_out", (self.from_mailbox_id, None))
        sender = sender.with_env(self.env)
        text = sender._explain_to(self.author_id, error)
        if not stamps or self._accepted() or self._is_stale():
            return text
        if sender.with_user(self.author_id).has_access("read"):
            after = self.env._(
                "This message leaves by itself once somebody has signed in for “%(mailbox)s”, or has corrected its settings,"
                " within %(days)s days.",
                mailbox=sender.name,
                days=STALE_AFTER.days,
            )
        else:
            after = self.env._(
                "This message leaves by itself once that is put right, within %s days.", STALE_AFTER.days
            )
        return f"{text} {after}"

    def _is_stale(self):
        """Return whether this message is too old to leave by itself: its date is that of the day when it was written."""
        return min(filter(None, (self.date, self.queued_at)), default=fields.Datetime.now()) < _oldest()

    def _note_failed(self, text):
        self.write({"shut_out_by_id": False, "shut_out_stamp": False, "shut_out_from_stamp": False})
        return super()._note_failed(text)

    # pylint: disable-next=missing-return
    def _note_error(self, error):
        super()._note_error(error)
        mailbox, stamps = getattr(error, "shut_out", (None, None))
        if mailbox and self.outgoing_state == "failed" and not self._is_stale():
            self.write({"shut_out_by_id": mailbox.id, **stamps})

    @api.model
    def _let_in(self, mailbox=None):
        """Return the messages that were shut out, by a mailbox for which somebody has acted since.

        What its author has moved out of the outbox is not wanted any more.

        :param mailbox: only those that are sent with this one
        """
        domain = Domain([("outgoing_state", "=", "failed"), ("folder_id.role", "=", "outbox")])
        domain &= (
            Domain("shut_out_stamp", "!=", False)
            & Domain("queued_at", ">=", _oldest())
            & Domain("date", ">=", _oldest())
        )
        if mailbox:
            domain &= Domain("from_mailbox_id", "=", mailbox.id)
        return self.search(domain & Domain.custom(to_sql=_another_way))

    @api.autovacuum
    def _tell_of_stale(self):
        """What waited too long does not leave by itself any more: its author is told, and decides."""
        old = Domain("queued_at", "<", _oldest()) | Domain("date", "<", _oldest())
        waiting = Domain([("outgoing_state", "=", "failed"), ("shut_out_stamp", "!=", False)])
        for message in self.with_context(active_test=False).search(waiting & old):
            told = message.with_context(lang=message.author_id.lang or self.env.lang)
            told._note_failed(
                told.env._(
                    "For %s days nobody let this message out, so it does not leave by itself any more. Send it again if it is"
                    " still true, or delete it.",
                    STALE_AFTER.days,
                )
            )

    def _queue_again(self):
        """Have these messages sent, the same bytes, as if they had just been written."""
        self._close_unsent_activity()
        now = fields.Datetime.now()
        self.write(
            {
                "outgoing_state": "queued",
                "queued_at": now,
                "next_try_at": now,
                "send_attempts": 0,
                "send_error": False,
                "shut_out_by_id": False,
                "shut_out_stamp": False,
                "shut_out_from_stamp": False,
            }
        )


def _oldest():
    return fields.Datetime.now() - STALE_AFTER


def _another_way(model, alias, query):
    """Return the condition that the mailbox that was not let in is another one now, or not there any more."""
    mailboxes, shut_out = model._fields["shut_out_by_id"].join(model, alias, query)
    _mailboxes, sender = model._fields["from_mailbox_id"].join(model, alias, query)
    return SQL(
        "(%s IS NOT TRUE OR %s IS DISTINCT FROM COALESCE(%s, '-') OR %s IS DISTINCT FROM COALESCE(%s, '-'))",
        mailboxes._field_to_sql(shut_out, "active", query),
        model._field_to_sql(alias, "shut_out_stamp", query),
        mailboxes._field_to_sql(shut_out, "settings_stamp", query),
        model._field_to_sql(alias, "shut_out_from_stamp", query),
        mailboxes._field_to_sql(sender, "settings_stamp", query),
    )

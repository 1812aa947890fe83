from contextlib import contextmanager

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..protocol.errors import AuthenticationFailed
from ..protocol.oauth.errors import SignInRequired


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    @contextmanager
    def _shut_out_noted(self):
        """While a server is logged in to for this mailbox: an error that says "nobody gets in" tells which mailbox it was."""
        # Before it is tried: who signs in meanwhile changes the stamp.
        stamp = self.settings_stamp
        try:
            yield
        except (SignInRequired, AuthenticationFailed) as error:
            error.shut_out = (self, stamp)
            raise

    # pylint: disable-next=missing-return
    def _retry_soon(self):
        super()._retry_soon()
        # sudo: whose messages wait is not told.
        waiting = Domain([("shut_out_by_id", "in", self.ids), ("outgoing_state", "=", "failed")])
        if self.env["comm.message"].sudo().search_count(waiting, limit=1):
            self._trigger_outboxes()


class CommMessage(models.Model):
    """What could not leave because nobody was let in leaves by itself once somebody has done something about it.

    Nothing of it has left, so nobody gets it twice. Its author was told that it was not sent, and may take it back meanwhile.
    """

    _inherit = "comm.message"

    # The mailbox that was not let in, and what its settings_stamp was: with another one it is tried again.
    shut_out_by_id = fields.Many2one(
        "comm.mailbox", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    shut_out_stamp = fields.Char(readonly=True, copy=False)

    def _explain_unsent(self, error):
        text = self.from_mailbox_id.with_env(self.env)._explain(error)
        mailbox, _stamp = getattr(error, "shut_out", (None, None))
        if not mailbox or self._accepted():
            return text
        after = self.env._(
            "This message leaves by itself once somebody has signed in for “%s”, or has corrected its settings.",
            mailbox.name,
        )
        return f"{text} {after}"

    def _note_failed(self, text):
        self.shut_out_by_id = False
        return super()._note_failed(text)

    # pylint: disable-next=missing-return
    def _note_error(self, error):
        super()._note_error(error)
        mailbox, stamp = getattr(error, "shut_out", (None, None))
        if mailbox and self.outgoing_state == "failed":
            self.write({"shut_out_by_id": mailbox.id, "shut_out_stamp": stamp})

    @api.model
    def _let_in(self, mailbox=None):
        """Return the messages that were shut out, by a mailbox for which somebody has acted since.

        What its author has moved out of the outbox is not wanted any more.

        :param mailbox: only those that are sent with this one
        """
        domain = Domain([("outgoing_state", "=", "failed"), ("folder_id.role", "=", "outbox")])
        if mailbox:
            domain &= Domain("from_mailbox_id", "=", mailbox.id)
        return self.search(domain & Domain.custom(to_sql=_stamp_changed))

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
            }
        )


def _stamp_changed(model, alias, query):
    mailboxes, mailbox_alias = model._fields["shut_out_by_id"].join(model, alias, query)
    return SQL(
        "%s IS NOT NULL AND %s IS DISTINCT FROM %s",
        model._field_to_sql(alias, "shut_out_by_id", query),
        model._field_to_sql(alias, "shut_out_stamp", query),
        mailboxes._field_to_sql(mailbox_alias, "settings_stamp", query),
    )

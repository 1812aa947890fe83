import json
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import SQL

from ..protocol.errors import ProtocolError, clean
from .comm_mailbox_event import MAX_TEXT

# Minutes between tries: 1, 2, 4 and so on up to this; and how long it is tried. RFC 5321, 4.5.4.1 has both longer, but there
# is a person waiting here.
LONGEST_WAIT = 60
GIVE_UP_AFTER = timedelta(days=2)
ACTIVITY_TYPE = "comm_mailboxes.mail_activity_type_unsent"


class CommMessage(models.Model):
    """What became of a message that was written here: what the sender finds out, as superuser; the caller commits."""

    _inherit = "comm.message"

    def _note_sending(self):
        """Mark as being handed over; return those of these messages with which that is still wanted."""
        self.flush_recordset(["outgoing_state", "send_attempts"])
        rows = self.env.execute_query(
            SQL(
                """UPDATE comm_message SET outgoing_state = 'sending', send_attempts = COALESCE(send_attempts, 0) + 1
                    WHERE id = ANY(%s) AND outgoing_state = 'queued' RETURNING id""",
                list(self.ids),
            )
        )
        self.invalidate_recordset(["outgoing_state", "send_attempts"], flush=False)
        wanted = {row[0] for row in rows}
        return self.filtered(lambda message: message.id in wanted)

    def _note_taken(self, verdicts):
        """Note that a server took all of these messages for everybody who had still to get them.

        :param verdicts: ``{message id: [Verdict]}``
        """
        self.env["comm.message"].flush_model(["delivery"])
        said = {id_: {each.address: [each.code, each.reply] for each in given} for id_, given in verdicts.items()}
        self.env.cr.execute(
            SQL(
                """UPDATE comm_message SET delivery = COALESCE(delivery, '{}') || told.said
                     FROM unnest(%s::int[], %s::jsonb[]) AS told (id, said) WHERE comm_message.id = told.id""",
                list(said),
                [json.dumps(given) for given in said.values()],
            )
        )
        self.invalidate_recordset(["delivery"], flush=False)
        whole = self.filtered(lambda message: not message._refused())
        whole._note_sent_to_all()
        for message in self - whole:
            # Refused before, by another try.
            message._note_sent()

    def _note_verdicts(self, verdicts):
        """Note what the server said about recipients; what it said is temporary stays open.

        :return: the verdicts that are temporary
        """
        said = {verdict.address: [verdict.code, verdict.reply] for verdict in verdicts if not verdict.temporary}
        self.delivery = {**self._delivery(), **said}
        return [verdict for verdict in verdicts if verdict.temporary]

    def _note_result(self, temporary=()):
        """Note that a server took the message from us, for those it did not refuse."""
        if temporary:
            self._note_later("; ".join(f"{verdict.address}: {verdict.code} {verdict.reply}" for verdict in temporary))
        elif self._accepted():
            self._note_sent()
        else:
            self._note_failed(self._describe_refused())

    def _note_sent(self):
        refused = self._describe_refused()
        self._note_sent_to_all()
        if refused:
            self.send_error = refused
            self._tell_author(self.env._("Not everybody got “%s”", self.subject or "-"), refused)

    def _note_sent_to_all(self):
        """Note that these messages are out in the world; a copy of each goes where its mailbox wants it."""
        first = self.filtered(lambda message: message.folder_id.role == "outbox")
        self.write({"outgoing_state": "sent", "send_error": False, "next_try_at": False, "compose_html": False})
        for mailbox, messages in first.grouped("from_mailbox_id").items():
            messages._place(mailbox._sent_target())
        for message in self.filtered("original_id"):
            message._mark_original()
        self._close_unsent_activity()

    def _note_failed(self, text):
        self.write({"outgoing_state": "failed", "send_error": clean(text, MAX_TEXT), "next_try_at": False})
        self._tell_author(self.env._("“%s” was not sent", self.subject or "-"), text)

    def _note_perhaps_sent(self, text):
        self.write({"outgoing_state": "perhaps_sent", "send_error": clean(text, MAX_TEXT), "next_try_at": False})
        self._tell_author(self.env._("“%s” was perhaps sent", self.subject or "-"), text)

    def _note_later(self, text):
        """Put the next try off; give up after some days."""
        now = fields.Datetime.now()
        if self.queued_at and now - self.queued_at > GIVE_UP_AFTER:
            self._give_up(text)
            return
        wait = min(2 ** min(max(self.send_attempts - 1, 0), 10), LONGEST_WAIT)
        next_try = now + timedelta(minutes=wait)
        self.write({"outgoing_state": "queued", "send_error": clean(text, MAX_TEXT), "next_try_at": next_try})
        self.env["comm.mailbox"]._trigger_outboxes(next_try)

    def _note_error(self, error):
        """Note why this message did not leave.

        :param error: of ``protocol``, or a UserError
        """
        text = self._explain_unsent(error)
        if isinstance(error, ProtocolError) and error.temporary:
            self._note_later(text)
        else:
            self._give_up(text)

    def _give_up(self, text):
        """Note that nobody else gets this message, for a reason that concerns them all."""
        if self._accepted():
            self.delivery = {**self._delivery(), **{address: [554, clean(text)] for address in self._waiting()}}
            self._note_result()
        else:
            self._note_failed(text)

    def _note_unreachable(self, error):
        """Note that the server could not be reached: that is a try, too."""
        self.invalidate_recordset(["outgoing_state", "send_attempts"])
        if self.outgoing_state == "queued":
            self.send_attempts += 1
        if self.outgoing_state in ("queued", "sending"):
            # Not taken back in the last moment.
            self._note_error(error)

    def _describe_refused(self):
        told = self.env["ir.mail_server"]._describe_reply
        return "\n".join(
            self.env._("%(address)s did not get it: %(reply)s", address=address, reply=told(reply))
            for address, reply in self._refused().items()
        )

    # Telling the author

    def _tell_author(self, summary, text):
        """Raise an activity for the author, or bring the one there is up to date."""
        mailbox, author = self.from_mailbox_id, self.author_id
        if not mailbox:
            return
        mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "send", f"{summary}: {text}")
        if not author.active:
            return
        note = Markup("<p>%s</p>") % text + Markup('<p><a href="/odoo/%s/%s">%s</a></p>') % (
            self._name,
            self.id,
            self.env._("Open the message"),
        )
        if self.unsent_activity_id:
            self.unsent_activity_id.write({"summary": summary, "note": note})
            return
        # Not "automated": such activities of a mailbox tell that it cannot be fetched.
        self.unsent_activity_id = mailbox.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY_TYPE, summary=summary, note=note, user_id=author.id, automated=False
        )

    def unlink(self):
        # Nobody can open it any more, nor does it leave.
        self._close_unsent_activity()
        return super().unlink()

    def _close_unsent_activity(self):
        # sudo: whoever sends it closes it, whosever activity it is.
        self.sudo().unsent_activity_id.unlink()

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class CommMessage(models.Model):
    """A message that was written here. It waits in the local outbox of the mailbox that sends it; see ``sync.outbox``.

    Its source is written once, when it is queued: every try, and the copy for the sent folder, are the same bytes.
    """

    _inherit = "comm.message"

    outgoing_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("queued", "Waiting to be sent"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Not sent"),
            ("perhaps_sent", "Perhaps sent"),
        ],
        string="Sending",
        readonly=True,
        copy=False,
        help="Empty: this message was not written in Odoo.",
    )
    from_mailbox_id = fields.Many2one(
        "comm.mailbox",
        string="Sent with",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    author_id = fields.Many2one(
        "res.users",
        string="Written by",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    email_bcc = fields.Text(string="Bcc", readonly=True, copy=False)
    priority = fields.Selection([("low", "Low"), ("normal", "Normal"), ("high", "High")], readonly=True, copy=False)
    read_receipt = fields.Boolean(string="Ask for a read receipt", readonly=True, copy=False)
    send_error = fields.Text(string="Result of sending", readonly=True, copy=False)
    send_attempts = fields.Integer(string="Tries", readonly=True, copy=False)
    next_try_at = fields.Datetime(string="Next try", readonly=True, copy=False)
    queued_at = fields.Datetime(readonly=True, copy=False)
    # What the servers said: {address: [code, reply]}. Who is not in it has still to get the message.
    delivery = fields.Json(readonly=True, copy=False)
    unsent_activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )

    _to_send = models.Index("(from_mailbox_id, next_try_at) WHERE outgoing_state IN ('queued', 'sending')")

    # What the author does

    def action_send(self):
        """Queue drafts to be sent after the author's time to undo.

        :return: when the first of them leaves, UTC
        :raise UserError: with what is missing; nothing is queued then
        """
        messages = self._own_outgoing("draft")
        for message in messages:
            message._check_complete()
            message._write_source(fields.Datetime.now())
            message._leave_server()
        # Only now: to write large attachments into a mail takes its time, which is not the author's to think again.
        now = fields.Datetime.now()
        leaves = now
        if undo := self.env["res.users.settings"]._comm_undo_seconds(self.env.user):
            # The fraction of the second that this date leaves out.
            leaves += timedelta(seconds=undo + 1)
        for message in messages:
            outbox = message.from_mailbox_id._local_folder("outbox")
            message.with_context(comm_sync=True).write(
                {
                    "outgoing_state": "queued",
                    "folder_id": outbox.id,
                    "mailbox_id": outbox.mailbox_id.id,
                    "active": True,
                    "is_seen": True,
                    "queued_at": now,
                    "next_try_at": leaves,
                    "send_attempts": 0,
                    "send_error": False,
                    "delivery": {},
                }
            )
        self.env["comm.mailbox"]._trigger_outboxes(leaves)
        return leaves

    def action_undo_send(self):
        """Make drafts again of what has not left yet.

        :raise UserError: when it is too late
        """
        messages = self._own_outgoing("queued", "failed", to_edit=True)
        if any(message._accepted() for message in messages):
            raise UserError(self.env._("Some recipients have this message already. Write a new one to the others."))
        messages._close_unsent_activity()
        for message in messages:
            message._choose_another_from(message.author_id if self.env.su else self.env.user)
            message._make_draft()
        return True

    def action_edit_again(self):
        """As :meth:`action_undo_send`; what somebody got already stays, and its content goes into a new draft.

        :return: the message to edit
        """
        self.ensure_one()
        message = self._own_outgoing("queued", "failed", "perhaps_sent", to_edit=True)
        if message.outgoing_state != "perhaps_sent" and not message._accepted():
            message.with_env(self.env).action_undo_send()
            return message.with_env(self.env)
        copy = message._copy_as_draft()
        return copy.with_env(self.env)

    def action_retry(self, confirmed=False):
        """Send again, the same bytes, to those who did not get it.

        :param confirmed: the author knows that "perhaps sent" may arrive twice
        """
        messages = self._own_outgoing("failed", "perhaps_sent", "queued", "sent")
        if not confirmed and "perhaps_sent" in messages.mapped("outgoing_state"):
            raise UserError(
                self.env._("This message may have arrived already. Ask a recipient before you send it a second time.")
            )
        messages._close_unsent_activity()
        for message in messages:
            outbox = message.from_mailbox_id._local_folder("outbox")
            if message.outgoing_state == "sent" and not message._refused():
                raise UserError(self.env._("Everybody has this message already."))
            vals = {
                "outgoing_state": "queued",
                "next_try_at": fields.Datetime.now(),
                "queued_at": fields.Datetime.now(),
                "send_attempts": 0,
                "send_error": False,
                "delivery": {address: said for address, said in message._delivery().items() if said[0] < 400},
            }
            if message.outgoing_state != "sent":
                vals["folder_id"] = outbox.id
            message.with_context(comm_sync=True).write(vals)
        self.env["comm.mailbox"]._trigger_outboxes()
        return True

    def action_was_sent(self):
        """The author found out that a "perhaps sent" message arrived."""
        messages = self._own_outgoing("perhaps_sent")
        messages._close_unsent_activity()
        for message in messages:
            message._note_sent()
        return True

    def delete(self, seen_in=None):
        self._check_not_leaving()
        return super().delete(seen_in)

    def move_to(self, folder):
        self._check_not_leaving()
        return super().move_to(folder)

    # Rights

    def _own_outgoing(self, *states, to_edit=False):
        """Return these messages as superuser, if the current user may send (or wrote, ``to_edit``) them in these states."""
        messages = self.exists()
        messages.check_access("read")
        for message in messages:
            # sudo: whether somebody may is asked of the mailbox, which they may not see any more.
            mine = to_edit and message.sudo().author_id == self.env.user
            if not self.env.su and not mine and (problem := message.sudo()._why_not_sent(self.env.user)):
                raise UserError(problem)
            if message.outgoing_state not in states:
                raise UserError(message._describe_state())
        # sudo: what was written is no field that users change; that they may send it was checked above.
        return messages.sudo()

    def _describe_state(self):
        _ = self.env._
        return {
            "draft": _("This message is a draft."),
            "queued": _("This message waits to be sent."),
            "sending": _("This message is being sent right now."),
            "sent": _("This message was sent already."),
            "failed": _("This message could not be sent."),
            "perhaps_sent": _("This message may have been sent already."),
        }.get(self.outgoing_state) or _("This message was not written in Odoo.")

    def _check_not_leaving(self):
        for message in self.exists():
            if message.outgoing_state in ("queued", "sending"):
                raise UserError(message._describe_state())

    def _why_not_sent(self, user=None):
        """Return why ``user`` (by default the author) may not send this message, or "".

        Asked when it is queued and again when it leaves: rights may have changed, and the address of the mailbox.
        """
        _ = self.env._
        mailbox, user = self.from_mailbox_id, user or self.author_id
        if not mailbox:
            return _("The mailbox of this message was deleted. Choose another one.")
        if not user or not user.active:
            return _("Whoever wrote this message is no user any more.")
        if not mailbox.active:
            return _("The mailbox “%s” is archived. Choose another one.", mailbox.name)
        may = mailbox.filtered_domain(mailbox._domain_accessible(user, "write"))
        if not may or not user.has_group("comm_mailboxes.group_user"):
            return _("%(user)s may not send with the mailbox “%(mailbox)s”. Ask its owner for the right.",
                     user=user.name, mailbox=mailbox.name)  # fmt: skip
        own = email_normalize(mailbox.email)
        if not own:
            return _("The mailbox “%s” has no address. Enter it first.", mailbox.name)
        if self.email_from and email_normalize(self.email_from) != own:
            return _("The address %(address)s is not that of the mailbox “%(mailbox)s”.",
                     address=self.email_from, mailbox=mailbox.name)  # fmt: skip
        return mailbox.not_in_use or ""

    # Who has it

    def _delivery(self):
        return dict(self.delivery or {})

    def _accepted(self):
        return [address for address, (code, _reply) in self._delivery().items() if code < 400]

    def _refused(self):
        return {address: reply for address, (code, reply) in self._delivery().items() if code >= 500}

    def _waiting(self):
        """Return the addresses that have still to get this message."""
        known = self._delivery()
        return [address for address in self._recipients() if address not in known]

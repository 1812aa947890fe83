import logging
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..protocol.oauth.errors import SignInRequired
from ..sending.wake import wake_at
from ..sync import outbox
from ..sync.lease import MailboxBusy, lease
from ..sync.transaction import committed
from ..turns import take_in_turn

_logger = logging.getLogger(__name__)

# The scheduled actions that send. One never runs twice at the same time: a server that takes its time holds up one of them.
SENDERS = ("ir_cron_send", "ir_cron_send_2", "ir_cron_send_3", "ir_cron_send_4")


class CommMailbox(models.Model):
    """What an outgoing mailbox sends: from its local outbox, into its sent folder."""

    _inherit = "comm.mailbox"

    sent_copy = fields.Selection(
        [
            ("automatic", "Unless the server keeps one itself"),
            ("always", "Always"),
            ("never", "Never"),
        ],
        string="Copy in the sent mailbox",
        required=True,
        default="automatic",
        help="Some servers store what is sent through them by themselves: automatic looks for it first."
        " Never: what was sent is kept in Odoo only.",
    )
    signature = fields.Html(help="Put below what is written with this mailbox.")

    # pylint: disable-next=missing-return
    def _compute_counts(self):
        super()._compute_counts()
        # What was sent before the sent folder was chosen stays in the local one, and is not counted.
        for mailbox in self:
            if mailbox.kind == "smtp" and mailbox.sent_folder_id:
                mailbox.message_count = mailbox.unread_count = 0

    def _local_folder(self, role):
        """Return the folder of this mailbox in Odoo for "outbox", "sent" or "drafts", made when it is needed first."""
        self.ensure_one()
        # sudo: users make no folders in a mailbox; what they write has to lie somewhere.
        folders = self.env["comm.folder"].sudo()
        found = folders.search([("mailbox_id", "=", self.id), ("role", "=", role), ("is_local", "=", True)], limit=1)
        if found:
            return found
        mailbox = self.with_context(lang=self.sudo().user_id.lang or self.env.lang)
        names = {"outbox": mailbox.env._("Outbox"), "sent": mailbox.env._("Sent"), "drafts": mailbox.env._("Drafts")}
        return folders.create(
            {"mailbox_id": self.id, "name": names[role], "role": role, "is_local": True, "subscribed": True}
        )

    def _sent_target(self):
        """Return the folder for what was sent: on the server as chosen, else the local one."""
        folder = self.sudo().sent_folder_id
        if self.sent_copy != "never" and folder._takes_mail():
            return folder
        return self._local_folder("sent")

    def _drafts_target(self, user):
        """Return the folder for drafts of ``user``: that of the server where sent mail goes, else the local one."""
        mailbox = self.sudo()
        candidates = mailbox.sent_folder_id.mailbox_id or mailbox._incoming_of_address()
        may_write = mailbox._domain_accessible(user, "write")
        for candidate in candidates.filtered_domain(may_write):
            folder = candidate._folder_with_role("drafts")
            if folder._takes_mail():
                return folder
        return self._local_folder("drafts")

    def _submission_session__(self, message):  # noqa: PLW3201 (a logged-in connection)
        """Connect to the server that sends ``message`` for this mailbox: its own, else the one that the chain names.

        :return: the session, and the address for the envelope
        :raise ProtocolError: with what failed and what to do
        :raise UserError: when nothing may be sent
        """
        route = self.env["comm.smtp.resolver"].resolve(
            message.email_from, author=message.author_id, company=self.company_id, mailbox=self
        )
        # The choice is logged with each mail.
        _logger.info("Message %s goes out through %s (%s)", message.id, route.name, route.via or route.refusal)
        with route.sender._shut_out_noted(self):
            return route.session__(), route.envelope or email_normalize(route.smtp_from)

    @api.model
    def _trigger_outboxes(self, when=None):
        """Have what is due at ``when`` (UTC; by default now) sent in that second."""
        when = when or fields.Datetime.now()
        # sudo: users have no right on scheduled actions; these only send what was queued.
        crons = self.env["ir.cron"].sudo()
        for name in SENDERS:
            crons |= self.env.ref(f"comm_mailboxes.{name}", raise_if_not_found=False) or crons
        known = self.env["ir.cron.trigger"].sudo().search([("cron_id", "in", crons.ids), ("call_at", "=", when)])
        for cron in crons - known.cron_id:
            cron._trigger(when)
        wake_at(self.env, when)

    @api.model
    def _cron_send_outbox(self):
        """Send what is due, the mailbox whose message waits longest first.

        Several scheduled actions do this at the same time: who gets the lease of a mailbox sends its messages.
        """
        take_in_turn(self.env, self._to_send(), lambda mailbox: mailbox._try_to_send())

    def _try_to_send(self):
        """Send what is due of this mailbox; return False, or None when another worker does it."""
        try:
            self._send_outbox()
        except MailboxBusy:
            _logger.info("Mailbox %s is sent by another worker, which looks again before it ends", self.id)
            return None
        except Exception as error:  # noqa: BLE001 (one mailbox must not stop the others)
            self._note_unexpected("send", error)
        else:
            self.env["ir.cron"]._commit_progress()
            # What was queued in the last moment found the mailbox busy.
            if self in self._to_send():
                self._trigger_outboxes()
        return False

    @api.model
    def _to_send(self):
        """Return the mailboxes with messages that are due, were being sent by a worker that is gone, or may leave now."""
        groups = self.env["comm.message"]._read_group(
            Domain("outgoing_state", "=", "sending")
            | (Domain("outgoing_state", "=", "queued") & Domain("next_try_at", "<=", fields.Datetime.now())),
            ["from_mailbox_id"],
            ["next_try_at:min"],
            order="next_try_at:min",
        )
        due = self.browse(mailbox.id for mailbox, _when in groups if mailbox)
        return due | self.env["comm.message"]._let_in().from_mailbox_id

    def _send_outbox(self):
        """Send what is due of this mailbox, on a cursor of its own.

        :return: ``collections.Counter`` of the states that came of it
        :raise MailboxBusy: when another worker does
        """
        self._hand_over()
        with lease(self) as (mailbox, lease_row):
            counts = outbox.send(mailbox, lease_row)
        self.env.invalidate_all()
        return counts

    def _tell_of_sending(self, error=None, counts=None):
        """Record how Odoo's own mail fared with this mailbox: that a person has to sign in, or that it works again.

        Whatever becomes of this transaction, what was met is true; and whoever repeats it must not send again because of it.
        So that is recorded when this one is over.

        :param error: what the identity server says; others may pass, and are told with the mail
        :param counts: of the states that came of it, where there is no error
        :return: whether it is recorded
        """
        if not (isinstance(error, SignInRequired) or (counts and self.state == "error")):
            return False
        work = partial(self._note_sending_of_odoo, error, counts)
        self.env.cr.postcommit.add(work)
        self.env.cr.postrollback.add(work)
        return True

    def _note_sending_of_odoo(self, error, counts):
        try:
            with lease(self) as (mailbox, lease_row):
                if error:
                    committed(mailbox.env, partial(mailbox._sending_failed, error, lease_row))
                else:
                    committed(mailbox.env, partial(mailbox._sending_succeeded, lease_row, counts))
        except UserError as failure:
            # Another worker sends with it and meets the same, or it was deleted meanwhile.
            _logger.info("Mailbox %s: how Odoo's mail fared is not noted: %s", self.id, failure)
        except Exception as failure:  # noqa: BLE001 (whoever commits has nothing to do with it)
            self.sudo()._log_unexpected("send", failure)


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def _takes_mail(self):
        """Whether messages can be stored in this folder on its server."""
        return bool(
            self
            and self.path
            and not self.is_local
            and self.is_selectable
            and not self.is_missing
            and self.mailbox_id.active
        )

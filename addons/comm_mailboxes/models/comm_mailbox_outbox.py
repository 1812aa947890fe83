import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..sync import outbox
from ..sync.lease import MailboxBusy, lease

_logger = logging.getLogger(__name__)

# A mailbox that sends right now is asked again after this: what was queued meanwhile is still to leave.
BUSY_WAIT = timedelta(seconds=5)


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
        candidates = mailbox.sent_folder_id.mailbox_id
        own = email_normalize(mailbox.email)
        if not candidates and own:
            same = Domain([("kind", "=", "imap"), ("email", "ilike", own), ("scope", "=", mailbox.scope)])
            if mailbox.scope == "personal":
                same &= Domain("user_id", "=", mailbox.user_id.id)
            candidates = mailbox.search(same, order="id").filtered(lambda one: email_normalize(one.email) == own)
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
        return route.session__(), route.envelope or email_normalize(route.smtp_from)

    @api.model
    def _cron_send_outbox(self):
        """Send what is due, the mailbox whose message waits longest first."""
        cron = self.env["ir.cron"]
        mailboxes = self._to_send()
        cron._commit_progress(remaining=len(mailboxes))
        for mailbox in mailboxes:
            try:
                mailbox._send_outbox()
            except MailboxBusy:
                self.env.ref("comm_mailboxes.ir_cron_send")._trigger(fields.Datetime.now() + BUSY_WAIT)
            except Exception:
                _logger.exception("Mailbox %s: the outbox could not be sent", mailbox.id)
                self.env.cr.rollback()
            if not cron._commit_progress(1):
                break

    @api.model
    def _to_send(self):
        """Return the mailboxes with messages that are due, or were being sent by a worker that is gone."""
        groups = self.env["comm.message"]._read_group(
            Domain("outgoing_state", "=", "sending")
            | (Domain("outgoing_state", "=", "queued") & Domain("next_try_at", "<=", fields.Datetime.now())),
            ["from_mailbox_id"],
            ["next_try_at:min"],
            order="next_try_at:min",
        )
        return self.browse(mailbox.id for mailbox, _when in groups if mailbox)

    def _send_outbox(self):
        """Send what is due of this mailbox, on a cursor of its own.

        :return: ``collections.Counter`` of the states that came of it
        :raise MailboxBusy: when another worker does
        """
        self._hand_over()
        with lease(self) as (mailbox, _lease_row):
            counts = outbox.send(mailbox)
        self.env.invalidate_all()
        return counts


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

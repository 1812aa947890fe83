import logging
import re

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, fields, models

from ..protocol.imap_messages import FetchedMessage
from ..sync import store

_logger = logging.getLogger(__name__)

# A link that lets its reader in without a password: whoever reads the sent folder must not find one.
SIGNS_IN = re.compile(r"/web/(?:login|signup|reset_password)\?[^\"'<>\s]*\btoken=", re.IGNORECASE)
# What Odoo writes about accounts: codes and links to sign in.
OF_ACCOUNTS = {"res.users"}


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    file_odoo_mail = fields.Boolean(
        string="Keep what Odoo sends",
        help="What Odoo sends with this mailbox (an invoice, a message of the chatter) is stored like what you write"
        " yourself. Mails with a link or code for signing in are not.",
    )


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        # Before the mail may be deleted, and committed with the note that it was sent: filed once, or sent again.
        filing = self.env.context.get("comm_filing")
        if filing and len(self) == 1:
            self._file(filing)
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)

    def _file(self, filing, *, again=False):
        """File what left of this mail. That this fails must not look as if the mail had not been sent.

        :param again: the caller tries again when another transaction got in the way
        """
        raw = filing.take()
        if not raw or not self._may_be_filed():
            return
        author = self.env["comm.smtp.resolver"]._user_of(self._author())
        try:
            with self.env.cr.savepoint():
                self.env["comm.message"]._file_sent(filing.mailbox, author, raw)
        except Exception as error:
            if again and isinstance(error, SerializationFailure | DeadlockDetected):
                raise
            _logger.exception("Mail %s was sent, but not filed", self.id)
            text = filing.mailbox.env._(
                "A mail of Odoo was sent, but could not be kept. The server log has the details."
            )
            self.env["comm.mailbox.event"].sudo()._log(filing.mailbox.sudo(), "error", "send", text)

    def _may_be_filed(self):
        return self.model not in OF_ACCOUNTS and not SIGNS_IN.search(self.body_html or "")


class CommMessage(models.Model):
    """What Odoo itself sent through a mailbox lies where its owner's own mail lies."""

    _inherit = "comm.message"

    @api.model
    def _file_sent(self, mailbox, author, raw):
        """Keep a mail that was sent; the server of the sent folder learns of it by the queue of operations."""
        # sudo: users create no messages; what Odoo sent in their name is theirs to see.
        mailbox, messages = mailbox.sudo(), self.sudo().with_context(comm_sync=True)
        prepared = store.prepare(FetchedMessage(0, frozenset({r"\Seen"}), fields.Datetime.now(), len(raw), raw))
        if not any(isinstance(part, store.Source) for part in prepared.attachments):
            # What the server stores is what was sent.
            prepared.attachments.append(store.Source("source.eml", "text/plain", raw))
        message = messages.create(
            {
                **prepared.values,
                "folder_id": mailbox._local_folder("sent").id,
                "mailbox_id": mailbox.id,
                "outgoing_state": "sent",
                "from_mailbox_id": mailbox.id,
                "author_id": author.id,
            }
        )
        store.attach(message, [prepared])
        message._place(mailbox._sent_target())
        return message

from odoo import fields, models
from odoo.fields import Domain

from ..protocol import sender_check


class CommMailbox(models.Model):
    """Whose word counts on whether a sender's address is theirs."""

    _inherit = "comm.mailbox"

    authserv_ids = fields.Char(
        string="Senders are checked by",
        help="The server whose headers Authentication-Results count, as it names itself there; several are separated by"
        " commas. Empty: the server of this mailbox and its neighbours in the same domain.",
    )

    def _trusted_checkers(self):
        """Return the names of servers that may say whether the sender of a mail in these mailboxes was verified."""
        names = []
        # sudo: whoever reads the mail is warned, whatever they may see of the mailbox.
        for mailbox in self.sudo():
            chosen = [name.strip().rstrip(".").casefold() for name in (mailbox.authserv_ids or "").split(",")]
            names += [name for name in chosen if name] or sender_check.trusted_by_host(mailbox.host)
        return tuple(dict.fromkeys(names))


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def _domain_came_by(self):
        """Return the domain of the mailboxes by one of which the mail in this folder made by hand came."""
        if self.user_id:
            return Domain("user_id", "=", self.user_id.id)
        writers = self.member_ids.filtered(lambda line: line.access == "write")
        users = writers.user_id | writers.group_id.all_user_ids
        return Domain("scope", "=", "shared") | Domain("user_id", "in", users.ids)


class CommMessage(models.Model):
    _inherit = "comm.message"

    sender_checks = fields.Text(
        readonly=True,
        prefetch=False,
        help="The headers Authentication-Results above what the sender wrote. Which of them count depends on the mailbox.",
    )

    def _failed_sender_check(self):
        """Return what failed ("DMARC", "DKIM" or "SPF") when our server verified the sender's address, else ""."""
        self.ensure_one()
        if not self.sender_checks:
            return ""
        mailboxes = self.mailbox_id
        if not mailboxes:
            # sudo: as in _trusted_checkers.
            mailboxes = mailboxes.sudo().search(self.sudo().folder_id._domain_came_by() & Domain("kind", "!=", "smtp"))
        return sender_check.failed(self.sender_checks, mailboxes._trusted_checkers()).upper()

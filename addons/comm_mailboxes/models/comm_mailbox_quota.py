from odoo import models
from odoo.exceptions import UserError


class CommMailbox(models.Model):
    """How much room there is on the server: asked when somebody looks at it, and not kept."""

    _inherit = "comm.mailbox"

    def get_quota(self, path="INBOX"):
        """Ask the server how full the mailbox is.

        Commits what the caller did before.

        :param path: a folder, which may have a limit of its own
        :return: ``{"used": bytes, "limit": bytes, "messages": int, "message_limit": int, "error": str}``, of each what is
            known: none of them where the server has no limits or does not tell, the error when it could not be asked
        """
        self.ensure_one()
        if self.kind != "imap" or not self.host:
            return {}
        self._check_mail_access()
        try:
            # sudo: connects with the mailbox' password for somebody who may read its mail.
            quota = self.sudo()._ask_server(lambda session: session.quota(path))
        except UserError as error:
            return {"error": str(error)}
        names = {"STORAGE": ("used", "limit"), "MESSAGE": ("messages", "message_limit")}
        return {
            key: value
            for kind, found in quota.items()
            for key, value in zip(names[kind], (found.used, found.limit), strict=True)
        }


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def get_quota(self):
        """Return how full the mailbox of this folder is, as ``comm.mailbox.get_quota()`` tells."""
        self.ensure_one()
        self.check_access("read")
        mailbox = self.mailbox_id
        return mailbox.get_quota(self.path) if mailbox and self.path and not self.is_local else {}

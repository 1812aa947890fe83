from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def unlink(self):
        self._leave_mailboxes()
        return super().unlink()

    def _leave_mailboxes(self):
        """Personal mailboxes go with their owner, shared ones get another person responsible.

        Through the ORM, not by SQL cascade: the attachments of their mail would stay behind as orphans.
        """
        self.check_access("unlink")
        # sudo: who may delete a user need not see mailboxes, and nobody but the owner a personal one's mail.
        every = self.env["comm.mailbox"].sudo().with_context(active_test=False)
        mailboxes = every.search([("user_id", "in", self.ids)])
        personal = mailboxes.filtered(lambda mailbox: mailbox.scope == "personal")
        self.env["comm.folder"].sudo().search([("user_id", "in", self.ids), ("mailbox_id", "=", False)]).unlink()
        personal.unlink()
        if shared := mailboxes - personal:
            shared.user_id = self._mailbox_heir()

    def _mailbox_heir(self):
        """Return who becomes responsible for shared mailboxes of deleted users: who deletes, else the first manager."""
        managers = self.env.ref("comm_mailboxes.group_shared_manager").sudo().all_user_ids - self
        managers = managers.filtered(lambda user: user.active and not user.share).sorted("id")
        if self.env.user in managers:
            return self.env.user
        # OdooBot cannot be deleted: somebody has to stand there until a manager is named.
        return managers[:1] or self.env.ref("base.user_root")

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

# What a message is in that its author waits for.
UNSENT = ("queued", "sending", "failed", "perhaps_sent")


class CommMessage(models.Model):
    """What nobody but Odoo has: messages that did not leave, and sent ones whose copy no server has stored yet."""

    _inherit = "comm.message"

    def _find_unsent(self, unsent_in, stored_in):
        """Return the messages that did not leave for sure, and the sent ones whose only copy waits to be stored.

        :param unsent_in: domain of the former
        :param stored_in: domain of the latter
        """
        # sudo: nothing of somebody's mail is told but how many there are.
        messages = self.sudo().with_context(active_test=False)
        waiting = self.env["comm.operation"].sudo()._search([("kind", "=", "append")]).subselect("message_id")
        sent = Domain("outgoing_state", "=", "sent") & Domain("id", "in", waiting)
        return messages.search((unsent_in & Domain("outgoing_state", "in", UNSENT)) | (stored_in & sent))

    def _keep_unsent(self):
        """Put these into the local folders of their mailboxes, because where they lie goes away."""
        for message in self:
            mailbox = message.from_mailbox_id or message.mailbox_id
            message._place(mailbox._local_folder("sent" if message.outgoing_state == "sent" else "outbox"))


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def unlink(self):
        self.check_access("unlink")
        # Not an ondelete method: when those are asked, the folders with all that lies in them are gone already.
        self._check_nothing_unsent()
        self._part_with_drafts()
        return super().unlink()

    def _unsent(self):
        """Return the messages that would be lost with these mailboxes: to be sent with them, or kept nowhere else."""
        here = Domain("mailbox_id", "in", self.ids)
        held = self.env["comm.message"]._find_unsent(here | Domain("from_mailbox_id", "in", self.ids), here)
        return held | self._part_drafts()[1].with_env(held.env)

    def _check_nothing_unsent(self):
        """Raise where messages would go with a mailbox that their authors believe to be sent, or stored."""
        held = self._unsent()
        # What is sent by another mailbox may lie in one of these.
        names = ", ".join(((held.from_mailbox_id | held.mailbox_id) & self.sudo()).mapped("name"))
        if unsent := held.filtered(lambda message: message.outgoing_state in UNSENT):
            raise UserError(
                self.env._(
                    "“%(mailbox)s” cannot be deleted: messages in its outbox that were not sent: %(count)s. Send them"
                    " again, edit them or delete them first; or archive the mailbox, then they stay.",
                    mailbox=names,
                    count=len(unsent),
                )
            )
        if drafts := held.filtered(lambda message: message.outgoing_state == "draft"):
            raise UserError(
                self.env._(
                    "“%(mailbox)s” cannot be deleted: drafts of others in it, who have no mailbox of their own to go on"
                    " with: %(count)s. Ask them to send or delete these first; or archive the mailbox, then they stay.",
                    mailbox=names,
                    count=len(drafts),
                )
            )
        if held:
            raise UserError(
                self.env._(
                    "“%(mailbox)s” cannot be deleted: sent messages that its server has not stored yet, so that only Odoo"
                    " has them: %(count)s. Fetch the mailbox or move them first; or archive the mailbox, then they stay.",
                    mailbox=names,
                    count=len(held),
                )
            )

    def _delete_unsent(self, count):
        """Delete what keeps these mailboxes from being deleted; the event log of each tells who did it.

        :param count: how many messages the user was told of and confirmed
        :raise UserError: when they are others by now
        """
        held = self._unsent()
        if len(held) != count:
            raise UserError(
                self.env._("There are %(now)s such messages now, not %(then)s. Open this dialog again.",
                           now=len(held), then=count)
            )  # fmt: skip
        # What is on its way in this moment is not deleted under the hands of the sender.
        (held.from_mailbox_id | held.mailbox_id)._unlink_except_fetching()
        concerned = self.sudo()
        for mailbox, messages in held.grouped(
            lambda message: message.mailbox_id & concerned or message.from_mailbox_id
        ).items():
            text = mailbox.env._(
                "%(user)s deleted messages that were not sent, or not stored on the server: %(count)s.",
                user=self.env.user.name,
                count=len(messages),
            )
            mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "send", text)
        held._close_unsent_activity()
        held.unlink()


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def unlink(self):
        self.check_access("unlink")
        self._check_nothing_unsent()
        return super().unlink()

    def _unsent(self):
        """Return the messages that would be lost with these folders and those below: not sent, or kept nowhere else."""
        here = Domain("folder_id", "child_of", self.ids)
        held = self.env["comm.message"]._find_unsent(here, here)
        return held | self._drafts_only_here().with_env(held.env)

    def _check_nothing_unsent(self):
        """Raise where messages would go with a folder that their authors believe to be sent, or stored."""
        if held := self._unsent():
            raise UserError(
                self.env._(
                    "“%(folder)s” cannot be deleted: messages in it that were not sent, or that the mail server has not"
                    " stored yet: %(count)s. Send, move or delete them first.",
                    folder=", ".join(held.folder_id.mapped("complete_name")),
                    count=len(held),
                )
            )

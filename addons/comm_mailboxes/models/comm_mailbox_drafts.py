from odoo import models
from odoo.fields import Domain
from odoo.tools import email_normalize, formataddr

# No server has them, so that they would go with their folder for good.
_ONLY_HERE = (
    Domain("outgoing_state", "=", "draft")
    & Domain("active", "=", True)
    & (Domain("uid", "in", (0, False)) | Domain("folder_id.is_missing", "=", True))
)


class CommMailbox(models.Model):
    """Drafts of a mailbox that goes: they go on elsewhere, or at least nobody loses one whom nobody asked."""

    _inherit = "comm.mailbox"

    def _part_drafts(self):
        """Return what becomes of the drafts that would be lost with these mailboxes.

        :return: ``({mailbox: drafts that go on with it}, drafts of others, drafts that go)``
        """
        # sudo: nothing of somebody's draft is told but how many there are.
        drafts = self.env["comm.message"].sudo().search(Domain("mailbox_id", "in", self.ids) & _ONLY_HERE)
        moved, others, going = {}, drafts.browse(), drafts.browse()
        for (author, mailbox), some in drafts.grouped(lambda draft: (draft.author_id, draft.from_mailbox_id)).items():
            if target := self._heir_of_drafts(author, mailbox):
                moved[target] = moved.get(target, drafts.browse()) | some
            elif author.active and author not in (self.env.user | self._owners()):
                others |= some
            else:
                going |= some
        return moved, others, going

    def _owners(self):
        """Return whose these mailboxes are: they, or who deletes them with the user, know what they do."""
        return self.sudo().filtered(lambda mailbox: mailbox.scope == "personal").user_id

    def _heir_of_drafts(self, author, mailbox):
        """Return the mailbox with which ``author`` goes on: the same, else one of their own, or an empty one.

        None that is shared: its members would read what was nobody else's business.
        """
        if not author.active:
            return self.sudo().browse()
        usable = self.env["comm.message"].with_user(author)._outgoing_mailboxes().sudo()
        # In a dialog that is not saved yet, these are no records of the database.
        usable -= usable.browse(self.ids)
        return (usable & mailbox) or usable.filtered(lambda one: one.scope == "personal")[:1]

    def _part_with_drafts(self):
        """Let the drafts of these mailboxes, which are deleted, go where :meth:`_part_drafts` says."""
        moved, _others, going = self._part_drafts()
        for mailbox, drafts in moved.items():
            drafts._go_on_with(mailbox)
        going.unlink()


class CommMessage(models.Model):
    _inherit = "comm.message"

    def _go_on_with(self, mailbox):
        """Keep these drafts in Odoo, to be sent with ``mailbox``; the next time they are saved, its server gets them."""
        folder = mailbox._local_folder("drafts")
        for draft in self:
            draft._leave_server()
            if draft.from_mailbox_id != mailbox:
                name = draft.with_user(draft.author_id)._sender_name(mailbox)
                sender = formataddr((name, email_normalize(mailbox.email)))
                draft.with_context(comm_sync=True).write({"from_mailbox_id": mailbox.id, "email_from": sender})
        self._place(folder)


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def _drafts_only_here(self):
        """Return the drafts in these folders, and those below, that no server has."""
        # sudo: as above.
        return self.env["comm.message"].sudo().search(Domain("folder_id", "child_of", self.ids) & _ONLY_HERE)

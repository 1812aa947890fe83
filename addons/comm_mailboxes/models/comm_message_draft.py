from odoo import api, fields, models
from odoo.exceptions import UserError


class CommMessage(models.Model):
    """Drafts that come and go: given up, saved twice at once, or begun in another mail program."""

    _inherit = "comm.message"

    compose_token = fields.Char(
        string="Window",
        readonly=True,
        copy=False,
        help="Given by the window in which this is written: a draft that is saved while the first answer is on its way, or"
        " was lost, is the same one.",
    )

    compose_version = fields.Integer(
        string="Times saved",
        readonly=True,
        copy=False,
        help="Raised whenever it is saved: a window that began with an older one does not write over what came since.",
    )

    _one_draft_of_a_window = models.UniqueIndex("(author_id, compose_token) WHERE compose_token IS NOT NULL")

    def discard_draft(self, **seen):
        """Forget drafts, here and on the mail server; but not what another window saved since.

        :param seen: ``version`` and ``compose_token`` of the window that gives it up, as ``keep_draft`` takes them
        :return: whether they are gone
        :raise UserError: when one was sent meanwhile
        """
        drafts = self.exists()
        for draft in drafts:
            found = self._draft_of({"id": draft.id, **seen})
            if not found:
                continue
            # Who does not get the mail needs no file of it.
            links = self.env["comm.attachment.link"].sudo().search([("message_id", "=", found.id)])
            links._delete_with_files()
            found._leave_server()
            found.unlink()
        return not drafts.exists()

    @api.model
    def _draft_of(self, values):
        if values.get("compose_token") and not values.get("id"):
            domain = [("author_id", "=", self.env.uid), ("compose_token", "=", values["compose_token"])]
            # sudo: the user's own, by the word that only their window knows.
            found = self.sudo().with_context(active_test=False).search(domain, limit=1)
            if found:
                values = {**values, "id": found.id}
        draft = super()._draft_of(values)
        # What is written in the window becomes a draft of its own: nothing of either is lost.
        return draft.browse() if draft._is_changed_elsewhere(values) else draft

    def _is_changed_elsewhere(self, values):
        """Whether another window saved this draft since the one that gives ``values`` read or saved it."""
        return (
            bool(self)
            and "version" in values
            and values["version"] != self.compose_version
            # The answer to the last one may have got lost.
            and values.get("compose_token") != self.compose_token
        )

    @api.model
    def _new_draft(self, mailbox, values, vals):
        replaced = self.browse(values.get("replaces_id") or []).exists()
        if replaced:
            replaced._check_replaceable()
            vals = {**vals, "in_reply_to": replaced.in_reply_to, "references": replaced.references}
        draft = super()._new_draft(mailbox, values, vals)
        replaced._give_way()
        return draft

    def _is_foreign_draft(self):
        """Whether another mail program began this draft."""
        return not self.outgoing_state and self.folder_id.role == "drafts"

    def _check_replaceable(self):
        self.check_access("read")
        if not self._is_foreign_draft():
            raise UserError(self.env._("This message is no draft."))
        self._check_may_change()

    def _give_way(self):
        """Have drafts of another mail program deleted: what was saved here takes their place."""
        # sudo: that the user may change them was checked by the caller.
        queued = self.sudo()._queued()
        self.env["comm.operation"]._enqueue(queued, "expunge")
        queued.active = False
        (self.sudo() - queued).unlink()

    def _foreign_draft_values(self, mailboxes):
        """Return what the composer begins with to go on with a draft of another mail program."""
        own = {address for _name, address in self._pairs(self.email_from)}
        by_address = {mailbox.email: mailbox for mailbox in mailboxes}
        chosen = next((by_address[address] for address in own if address in by_address), None)
        mailbox = chosen or self._mailbox_to_answer_with(mailboxes)
        files = self.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
        return {
            "from_mailbox_id": mailbox.id,
            "replaces_id": self.id,
            "subject": self.subject or "",
            "email_to": self.email_to or "",
            "email_cc": self.email_cc or "",
            "email_bcc": self.email_bcc or "",
            "is_plain": not self.body_html,
            "body_html": self._html_with_images(),
            "body_text": self.body_text or "",
            "attachment_ids": files.ids,
        }

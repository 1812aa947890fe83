from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..fields import BigInteger

# What a reader may change; the rest is what the sender wrote.
USER_FIELDS = {"is_seen", "is_flagged", "partner_id"}


class CommMessage(models.Model):
    """One mail in one folder. Its placement on the server is (folder, UIDVALIDITY, UID); ``identity`` is what it is."""

    _name = "comm.message"
    _description = "Message"
    _order = "date desc, id desc"
    _rec_name = "subject"

    folder_id = fields.Many2one("comm.folder", required=True, index=True, ondelete="cascade", readonly=True)
    mailbox_id = fields.Many2one("comm.mailbox", index=True, ondelete="cascade", readonly=True)
    uid = BigInteger(readonly=True, help="The message's UID in its folder; empty when it is not on a server.")
    identity = fields.Char(readonly=True, help="Hash of header and size: finds the message again under another UID.")

    message_id = fields.Char(string="Message-ID", readonly=True, index="btree_not_null")
    in_reply_to = fields.Char(string="In-Reply-To", readonly=True)
    references = fields.Text(readonly=True, prefetch=False)
    subject = fields.Char(readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    email_to = fields.Text(string="To", readonly=True)
    email_cc = fields.Text(string="Cc", readonly=True)
    date = fields.Datetime(readonly=True)
    size = fields.Integer(readonly=True, help="Bytes on the server.")
    # Not prefetched: lists read many rows and never show a body. Sanitised by protocol/sanitize before it gets here.
    body_html = fields.Html(readonly=True, sanitize=False, prefetch=False)
    body_text = fields.Text(readonly=True, prefetch=False)
    snippet = fields.Char(readonly=True)
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        string="Attachments",
        domain=[("res_model", "=", "comm.message")],
        readonly=True,
    )
    has_attachment = fields.Boolean(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", ondelete="set null", index="btree_not_null")

    is_seen = fields.Boolean(string="Read")
    is_flagged = fields.Boolean(string="Flagged")
    is_answered = fields.Boolean(string="Answered", readonly=True)

    defect = fields.Text(
        string="Defect, untranslated",
        readonly=True,
        help="Why this message could not be read properly, a sentence a line, in English.",
    )
    defect_text = fields.Text(
        string="Defect",
        compute="_compute_defect_text",
        help="Why this message could not be read properly. Its source is attached.",
    )

    _placement = models.UniqueIndex("(folder_id, uid) WHERE uid IS NOT NULL")
    _folder_by_date = models.Index("(folder_id, date DESC, id DESC)")
    _identity_unplaced = models.Index("(folder_id, identity) WHERE uid IS NULL")

    @api.depends("defect")
    @api.depends_context("lang")
    def _compute_defect_text(self):
        for message in self:
            lines = (message.defect or "").splitlines()
            # pylint: disable-next=translation-not-lazy,prefer-env-translation
            message.defect_text = "\n".join(self.env._(line) for line in lines)

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        self._shift_folder_counts(Counter(), messages._folder_counts())
        return messages

    def write(self, vals):
        if not self.env.su and vals.keys() - USER_FIELDS:
            raise AccessError(self.env._("A message is kept as it came. Only its marks can be changed."))
        before = self._folder_counts() if {"is_seen", "folder_id"} & vals.keys() else None
        result = super().write(vals)
        if "mailbox_id" in vals:
            self.env["ir.attachment"]._comm_follow_mailbox(SQL("message.id = ANY(%s)", self.ids))
        if before is not None:
            self._shift_folder_counts(before, self._folder_counts())
        return result

    def unlink(self):
        before = self._folder_counts()
        result = super().unlink()
        self._shift_folder_counts(before, Counter())
        return result

    def mark_seen(self):
        """Mark as read; what is read already costs nothing."""
        self.filtered(lambda message: not message.is_seen).write({"is_seen": True})

    def _folder_counts(self):
        """Return a counter with the keys (folder id, "all") and (folder id, "unread")."""
        counts = Counter()
        # sudo: the counts of a folder are right whoever changes its messages.
        for message in self.sudo():
            counts[message.folder_id.id, "all"] += 1
            counts[message.folder_id.id, "unread"] += not message.is_seen
        return counts

    def _shift_folder_counts(self, before, after):
        folder_ids = {folder_id for folder_id, _what in (*before, *after)}
        self.env["comm.folder"].sudo()._shift_counts(
            {
                folder_id: tuple(after[folder_id, what] - before[folder_id, what] for what in ("all", "unread"))
                for folder_id in folder_ids
            }
        )

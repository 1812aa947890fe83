from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..fields import BigInteger, SortKey, Uid

# What a reader may change; the rest is what the sender wrote.
USER_FIELDS = {"is_seen", "is_flagged", "is_answered", "is_forwarded", "keywords", "partner_id"}
# What the counts of a folder depend on.
COUNTED_FIELDS = {"is_seen", "folder_id", "active"}
# The sender's address, as good as PostgreSQL finds it in the header; no longer than an index takes.
SENDER_ADDRESS = SQL(
    """lower(left(coalesce(
        substring(left(email_from, 2000) from '.*<([^<>@[:space:]]+@[^<>[:space:]]+)>'),
        substring(left(email_from, 2000) from '[^<>"'',;[:space:]]+@[^<>"'',;[:space:]]+')
    ), 254))"""
)


class CommMessage(models.Model):
    """One mail in one folder.

    Its placement on the server is (``server_folder_id``, the folder's UIDVALIDITY, ``uid``); ``folder_id`` is where Odoo
    shows it, which differs while the server has still to learn of a move. ``identity`` is what it is, wherever it lies.
    """

    _name = "comm.message"
    _description = "Message"
    _order = "date desc, id desc"
    _rec_name = "subject"

    folder_id = fields.Many2one("comm.folder", required=True, index=True, ondelete="cascade", readonly=True)
    mailbox_id = fields.Many2one("comm.mailbox", index=True, ondelete="cascade", readonly=True)
    server_folder_id = fields.Many2one("comm.folder", string="Folder on the server", ondelete="cascade", readonly=True)
    uid = Uid(readonly=True, help="The message's UID in its folder on the server; empty when it has no place there.")
    active = fields.Boolean(
        default=True,
        readonly=True,
        help="Off: gone from the server, or marked there as deleted. Forgotten after some days.",
    )
    identity = fields.Char(readonly=True, help="Hash of header and size: finds the message again under another UID.")

    message_id = fields.Char(string="Message-ID", readonly=True, index="btree_not_null")
    in_reply_to = fields.Char(string="In-Reply-To", readonly=True)
    references = fields.Text(readonly=True, prefetch=False)
    subject = fields.Char(readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    email_to = fields.Text(string="To", readonly=True)
    email_cc = fields.Text(string="Cc", readonly=True)
    email_reply_to = fields.Text(string="Reply-To", readonly=True, prefetch=False)
    sender_key = SortKey(
        string="Sender to sort by",
        expression="""lower(left(ltrim(email_from, '" '), 60))""",
        help="The sender without quotes.",
    )
    subject_key = SortKey(
        string="Subject to sort by",
        expression=r"lower(left(regexp_replace(subject, '^\s*((re|aw|antw|fw|fwd|wg)\s*:\s*)+', '', 'i'), 60))",
        help="The subject without “Re:”.",
    )
    date = fields.Datetime(readonly=True)
    internal_date = fields.Datetime(
        string="Arrival on the server",
        readonly=True,
        help="It stays the same when the message is moved; empty where it is not known.",
    )
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
    content_size = BigInteger(
        readonly=True,
        help="Bytes of text and files when it was read from the server; what has less by now is brought again by Repair.",
    )
    partner_id = fields.Many2one("res.partner", string="Contact", ondelete="set null", index="btree_not_null")

    is_seen = fields.Boolean(string="Read")
    is_flagged = fields.Boolean(string="Flagged")
    is_answered = fields.Boolean(string="Answered", readonly=True)
    is_forwarded = fields.Boolean(string="Forwarded", readonly=True)
    keywords = fields.Char(readonly=True, help="Other keywords that the server keeps, separated by blanks.")
    is_partial = fields.Boolean(
        string="Header only",
        readonly=True,
        help="Larger than the limit: only the header is here, the rest on the server.",
    )

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

    _placement = models.UniqueIndex("(server_folder_id, uid) WHERE uid IS NOT NULL")
    _unplaced = models.Index("(server_folder_id) WHERE uid IS NULL")
    # Whether anything lost its place is asked at each visit: see sync/moved.
    _lost = models.Index("(server_folder_id) WHERE (uid IS NULL OR NOT active) AND identity IS NOT NULL")
    # The message list (comm_folders) reads windows, filters and counts from this index alone, also far down.
    _folder_by_date = models.Index(
        "(folder_id, date DESC, id DESC) INCLUDE (is_seen, is_flagged, has_attachment, partner_id) WHERE active"
    )
    _folder_by_sender = models.Index("(folder_id, sender_key, date DESC, id DESC) WHERE active")
    _folder_by_subject = models.Index("(folder_id, subject_key, date DESC, id DESC) WHERE active")
    _folder_by_size = models.Index("(folder_id, size, date DESC, id DESC) WHERE active")
    # Whoever becomes a contact is asked what mail they sent before: see res_partner.py.
    _sender_address = models.Index(f"(({SENDER_ADDRESS.code}))")
    # What may be the same message: the size is told by a server before anything is downloaded.
    _size = models.Index("(mailbox_id, size) WHERE identity IS NOT NULL")

    def init(self):
        """Compress bodies by LZ4 where PostgreSQL can (14 and later): writing them costs half as much as by its default."""
        self.env.cr.execute(
            "SELECT 1 FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
        )
        if self.env.cr.rowcount:
            self.env.cr.execute(
                """
                ALTER TABLE comm_message
                ALTER COLUMN body_html SET COMPRESSION lz4,
                ALTER COLUMN body_text SET COMPRESSION lz4
                """
            )

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
        before = self._folder_counts() if COUNTED_FIELDS & vals.keys() else None
        result = super().write(vals)
        if {"mailbox_id", "from_mailbox_id", "outgoing_state"} & vals.keys():
            self.env["ir.attachment"]._comm_follow_mailbox(SQL("message.id = ANY(%s)", self.ids))
        if before is not None:
            self._shift_folder_counts(before, self._folder_counts())
        return result

    def _write_multi(self, vals_list):
        """Write what is the same for many by one statement: Odoo takes a hundred at a time, and twice as long."""
        [vals, *others] = vals_list or [{}]
        if not others or any(other != vals for other in others):
            return super()._write_multi(vals_list)
        vals = {"write_uid": self.env.uid, "write_date": self.env.cr.now(), **vals}
        assignments = [SQL("%s = %s", SQL.identifier(name), value) for name, value in vals.items()]
        self.env.execute_query(
            SQL("UPDATE comm_message SET %s WHERE id = ANY(%s)", SQL(", ").join(assignments), list(self._ids))
        )
        return None

    # pylint: disable-next=missing-return
    def _write_each(self, vals_by_id):
        """Write other values to each message, with the counts shifted once.

        :param vals_by_id: ``{message id: values}``
        """
        before = self._folder_counts()
        for message in self:
            super(CommMessage, message).write(vals_by_id[message.id])  # pylint: disable=super-method-mismatch
        self._shift_folder_counts(before, self._folder_counts())

    def unlink(self):
        before = self._folder_counts()
        result = super().unlink()
        self._shift_folder_counts(before, Counter())
        return result

    def mark_seen(self):
        """Mark as read; what is read already costs nothing. What was deleted while it was shown is left alone."""
        self.exists().filtered(lambda message: not message.is_seen).write({"is_seen": True})

    def _source(self):
        """Return the bytes of the mail as far as they are kept here, else b""."""
        return self.attachment_ids.filtered("comm_is_source")[:1].raw or b""

    def _sources(self):
        """Return the ids of the messages whose source is kept here; in one query, without reading it."""
        kept = self.env["ir.attachment"]._read_group(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), ("comm_is_source", "=", True)], ["res_id"]
        )
        return {id_ for (id_,) in kept}

    def _folder_counts(self):
        """Return a counter with the keys (folder id, "all") and (folder id, "unread")."""
        counts = Counter()
        # sudo: the counts of a folder are right whoever changes its messages.
        for message in self.sudo().filtered("active"):
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

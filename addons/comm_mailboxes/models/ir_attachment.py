import contextlib
import hashlib
import os
from pathlib import PurePosixPath
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.mimetypes import MIMETYPE_HEAD_SIZE

from ..content_types import safe_to_serve
from ..protocol.large import LargeBytes
from ..sync.filestore import Filed

MAIL = "comm.message"
# Bytes of a text file that can be searched by its words.
MAX_INDEXED = 1_000_000
# Bytes of a file that is read at once.
MAX_COMPARED = 10_000_000

# The mailbox whose permission group counts: of what was sent, the one it was sent with.
GROUP_MAILBOX = SQL("COALESCE(message.from_mailbox_id, message.mailbox_id)")
# What was not sent yet is nobody's business.
OUT_IN_THE_WORLD = SQL("COALESCE(message.outgoing_state IN ('sent', 'perhaps_sent'), TRUE)")
MAILBOX_FIELDS = ["mailbox_id", "from_mailbox_id", "outgoing_state"]

# Where a document belongs and who reaches it. Whoever may change a document may rename, describe and replace it, but
# neither take it off its mail nor let others at it.
FIXED = {
    "access_token",
    "comm_attachment_group_id",
    "comm_content_id",
    "comm_date",
    "comm_is_source",
    "company_id",
    "public",
    "res_field",
    "res_id",
    "res_model",
    "type",
    "url",
}


def of_mailboxes(mailbox_ids):
    """Return the condition for the messages that lie in these mailboxes or were sent with them, which indexes serve."""
    return SQL("(message.mailbox_id = ANY(%(ids)s) OR message.from_mailbox_id = ANY(%(ids)s))", ids=list(mailbox_ids))


class IrAttachment(models.Model):
    """Files that came with mails. Who may read the mail may read its files; permission groups open the *documents*
    among them to others: not the pictures that a body shows and not the source of a mail, which are the mail itself.
    """

    _inherit = "ir.attachment"

    comm_content_id = fields.Char(
        string="Content-ID in the message",
        readonly=True,
        help="Set on images that the body of a message shows: they are not listed as attachments.",
    )
    comm_is_source = fields.Boolean(string="Source of the message", readonly=True, copy=False)
    comm_date = fields.Datetime(string="Mail date", readonly=True, copy=False)
    # Denormalised from message and mailbox, so that access costs no join: see _comm_follow_mailbox
    comm_attachment_group_id = fields.Many2one(
        "comm.attachment.group",
        string="Attachment permission group",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    # What of the mail is shown beside a document, to those who may read the mail
    comm_message_id = fields.Many2one("comm.message", string="Message", compute="_compute_comm_message")
    comm_subject = fields.Char(string="Subject", compute="_compute_comm_message", search="_search_comm_subject")
    comm_email_from = fields.Char(string="Sender", compute="_compute_comm_message", search="_search_comm_email_from")
    comm_type = fields.Char(string="Document type", compute="_compute_comm_type")
    comm_can_write = fields.Boolean(compute="_compute_comm_can_write")

    _comm_documents_by_date = models.Index("(comm_date DESC, id DESC) WHERE res_model = 'comm.message'")

    @api.constrains("public", "res_model")
    def _check_comm_not_public(self):
        if any(attachment.public and attachment.res_model == MAIL for attachment in self):
            raise ValidationError(self.env._("Documents of mails are never public. Copy the document first."))

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_comm_message(self):
        messages = self._comm_messages()._filtered_access("read")
        readable = dict(zip(messages.ids, messages, strict=True))
        for attachment in self:
            of_mail = attachment.res_model == MAIL
            message = (of_mail and readable.get(attachment.res_id)) or messages.browse()
            attachment.comm_message_id = message
            attachment.comm_subject = message.subject
            attachment.comm_email_from = message.email_from

    @api.depends("name", "mimetype")
    def _compute_comm_type(self):
        """As people call files: PDF, DOCX, PNG."""
        for attachment in self:
            extension = PurePosixPath(attachment.name or "").suffix[1:]
            attachment.comm_type = (extension or (attachment.mimetype or "").rpartition("/")[2]).upper()

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_comm_can_write(self):
        writable = self._filtered_access("write")
        for attachment in self:
            attachment.comm_can_write = attachment in writable

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_res_name(self):
        # The name is the subject: whoever may read the document alone must not see it, nor stumble over it.
        hidden = self.filtered(lambda attachment: attachment.res_model == MAIL and not attachment.comm_message_id)
        hidden.res_name = False
        return super(IrAttachment, self - hidden)._compute_res_name()

    def _search_comm_subject(self, operator, value):
        return self._comm_search_by_message("subject", operator, value)

    def _search_comm_email_from(self, operator, value):
        return self._comm_search_by_message("email_from", operator, value)

    @api.model
    def _comm_search_by_message(self, name, operator, value):
        # As the current user: nobody finds a document by words of a mail that they may not read.
        messages = self.env[MAIL]
        if not messages.has_access("read"):
            return Domain.FALSE
        return Domain("res_model", "=", MAIL) & Domain("res_id", "in", messages._search([(name, operator, value)]))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._comm_with_group(vals_list))

    def write(self, vals):
        if not self.env.su and FIXED & vals.keys() and self._comm_is_of_mail():
            raise AccessError(self.env._("A document stays with its mail and as private as it is. Copy it first."))
        result = super().write(vals)
        if {"res_model", "res_id"} & vals.keys():
            self._comm_follow_mailbox(SQL("document.id = ANY(%s)", self.ids))
        return result

    def _compute_mimetype(self, values):
        if isinstance(values.get("raw"), LargeBytes):
            # The base insists on bytes and looks at their first ones.
            values = {**values, "raw": values["raw"][:MIMETYPE_HEAD_SIZE]}
        return super()._compute_mimetype(values)

    def _postprocess_contents(self, values):
        # A mail takes its files along as they are: the base makes pictures smaller, and takes no broken one.
        return values if values.get("res_model") == MAIL else super()._postprocess_contents(values)

    @api.model
    def _index(self, bin_data, file_type, checksum=None):
        # The base would copy all the text of a large file, such as the source of a mail, into the database.
        if len(bin_data) > MAX_INDEXED:
            return None
        return super()._index(bin_data, file_type, checksum=checksum)

    def _compute_checksum(self, bin_data):
        return bin_data.checksum if isinstance(bin_data, Filed) else super()._compute_checksum(bin_data)

    @api.model
    def _same_content(self, bin_data, filepath):
        if isinstance(bin_data, Filed) and bin_data.path == filepath:
            return True
        # The base compares piece by piece of a kilobyte, for each file whose content is here already.
        if len(bin_data) > MAX_COMPARED:
            same = super()._same_content(bin_data, filepath)
        else:
            with open(filepath, "rb") as file:
                # As bytes: a mapped file equals nothing.
                same = file.read(len(bin_data) + 1) == bin_data[:]
        if not same and _is_broken(filepath):
            # A crash cut it off once. It makes way for the whole one: else nothing with that content could be stored ever.
            os.unlink(filepath)
            return True
        return same

    def action_comm_open(self):
        """Show the document, or download what a browser cannot show."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.id}", "target": "new"}

    def _to_http_stream(self):
        stream = super()._to_http_stream()
        if self._comm_is_of_mail():
            stream.mimetype = safe_to_serve(stream.mimetype)
        return stream

    @api.model
    def _file_write(self, bin_value, checksum):
        """Let a file be there whole or not at all.

        One that a full disk or a killed process cut off would bear the name of the whole one, and no attachment with that
        content could be stored any more.
        """
        fname, path = self._get_path(bin_value, checksum)
        if not os.path.exists(path):
            partial = f"{path}.{uuid4().hex}"
            try:
                with open(partial, "xb") as file:
                    file.write(bin_value)
                os.replace(partial, path)
            except OSError:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(partial)
                raise
            # As in the method that this extends, which does no more for a file that is there.
            self._mark_for_gc(fname)
        return super()._file_write(bin_value, checksum)

    def _comm_is_of_mail(self):
        # sudo: asked of files that are about to be handed out, whoever asks.
        return MAIL in self.sudo().mapped("res_model")

    def _comm_messages(self):
        ids = {attachment.res_id for attachment in self if attachment.res_model == MAIL and attachment.res_id}
        return self.env[MAIL].browse(ids).exists()

    @api.model
    def _comm_with_group(self, vals_list):
        """Let documents that arrive carry the group of their mailbox; nobody chooses the group of a document."""
        defaults = {name: self.env.context.get(f"default_{name}") for name in ("res_model", "res_id")}
        message_ids = [
            vals.get("res_id", defaults["res_id"]) if vals.get("res_model", defaults["res_model"]) == MAIL else None
            for vals in vals_list
        ]
        of_message = self._comm_lock_mailboxes({message_id for message_id in message_ids if message_id})
        completed = []
        for vals, message_id in zip(vals_list, message_ids, strict=True):
            date, group_id = of_message.get(message_id, (False, False))
            is_document = not (vals.get("comm_content_id") or vals.get("comm_is_source") or vals.get("res_field"))
            group_id = group_id if is_document else False
            completed.append({**vals, "comm_date": date, "comm_attachment_group_id": group_id})
        return completed

    @api.model
    def _comm_lock_mailboxes(self, message_ids):
        """Return ``{message id: (date, group id)}``.

        The mailboxes are locked against a change of their group (not against anything that a fetch does): a change that
        was committed already raises a serialization error here, one that is under way waits.
        """
        if not message_ids:
            return {}
        self.env[MAIL].flush_model(["date", *MAILBOX_FIELDS])
        self.env["comm.mailbox"].flush_model(["attachment_group_id"])
        self.env.cr.execute(
            SQL(
                """
                SELECT message.id, message.date, CASE WHEN %s THEN mailbox.attachment_group_id END
                  FROM comm_message AS message
                  JOIN comm_mailbox AS mailbox ON mailbox.id = %s
                 WHERE message.id = ANY(%s)
                   FOR SHARE OF mailbox
                """,
                OUT_IN_THE_WORLD,
                GROUP_MAILBOX,
                list(message_ids),
            )
        )
        return {message_id: (date, group_id) for message_id, date, group_id in self.env.cr.fetchall()}

    @api.model
    def _comm_follow_mailbox(self, condition):
        """Give documents the group that their mailbox has now, in one statement however many they are.

        :param condition: SQL on the aliases ``document`` (ir_attachment) and ``message`` (comm_message)
        """
        self.flush_model()
        self.env[MAIL].flush_model(MAILBOX_FIELDS)
        self.env["comm.mailbox"].flush_model(["attachment_group_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE ir_attachment AS document
                   SET comm_attachment_group_id = mailbox.attachment_group_id
                  FROM comm_message AS message
                  LEFT JOIN comm_mailbox AS mailbox ON mailbox.id = %s AND %s
                 WHERE document.res_model = %s
                   AND document.res_id = message.id
                   AND document.res_field IS NULL
                   AND document.comm_content_id IS NULL
                   AND document.comm_is_source IS NOT TRUE
                   AND document.comm_attachment_group_id IS DISTINCT FROM mailbox.attachment_group_id
                   AND %s
                """,
                GROUP_MAILBOX,
                OUT_IN_THE_WORLD,
                MAIL,
                condition,
            )
        )
        self.invalidate_model(["comm_attachment_group_id"], flush=False)


def _is_broken(path):
    """Tell whether a file of the filestore does not hold what its name, the checksum, says."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha1").hexdigest() != os.path.basename(path)

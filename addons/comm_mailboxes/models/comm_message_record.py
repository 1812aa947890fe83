import logging

from markupsafe import Markup
from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, fields, models
from odoo.tools import email_normalize, formataddr

_logger = logging.getLogger(__name__)


class CommMessageRecord(models.Model):
    """A record that a message is about."""

    _name = "comm.message.record"
    _description = "Record of a message"
    _rec_name = "record_name"

    message_id = fields.Many2one("comm.message", required=True, readonly=True, ondelete="cascade", index=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    record_name = fields.Char(compute="_compute_record_name")

    _once = models.UniqueIndex("(message_id, res_model, res_id)")
    _by_record = models.Index("(res_model, res_id)")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_record_name(self):
        readable = self._readable_records()
        for link in self:
            link.record_name = readable[link].display_name if link in readable else False

    def _record(self):
        """Return the record, maybe none: its model may be gone, or itself."""
        model = self.env.get(self.res_model)
        return model.browse(self.res_id).exists() if model is not None else None


class CommMessage(models.Model):
    """Messages are linked to the records that they are about; what is sent about one is noted in its chatter."""

    _inherit = "comm.message"

    record_ids = fields.One2many("comm.message.record", "message_id", string="Records", readonly=True)

    @api.model
    def compose_about(self, res_model, res_id):
        """Return what a mail about a record begins with: "email_to" and "subject"."""
        record = self._linkable(res_model, res_id)
        partners = record._mail_get_partners()[record.id][:1]
        address = partners.email_normalized
        if not address and res_model == "res.partner":
            address = email_normalize(record.email)
        if not address and (name := record._mail_get_primary_email_field()):
            address = email_normalize(record[name])
        name = partners.name or ""
        subject = "" if res_model == "res.partner" else record.display_name
        return {"email_to": formataddr((name, address)) if address else "", "subject": subject or ""}

    @api.model
    def _linkable(self, res_model, res_id):
        """Return the record to which the current user may link a message."""
        model = self.env.get(res_model)
        if model is None or model._abstract or not isinstance(model, self.env.registry["mail.thread"]):
            return self.env["res.partner"]
        record = model.browse(res_id).exists()
        record.check_access("read")
        return record

    @api.model
    def _save_draft(self, values, *, store=True):
        draft = super()._save_draft(values, store=store)
        if values.get("res_model") and values.get("res_id"):
            draft._link_record(self._linkable(values["res_model"], values["res_id"]))
        return draft

    def _link_record(self, record):
        known = {(link.res_model, link.res_id) for link in self.record_ids}
        if record and (record._name, record.id) not in known:
            # sudo: users link by writing about a record that they may read, which was checked.
            links = self.env["comm.message.record"].sudo()
            links.create({"message_id": self.id, "res_model": record._name, "res_id": record.id})

    def _note_sent_to_all(self):
        result = super()._note_sent_to_all()
        for link in self.record_ids:
            message, record = link.message_id.with_env(self.env), link._record()
            if record and message.author_id.active:
                message._try_to_note(record.with_user(message.author_id))
        return result

    def _try_to_note(self, record):
        """Note it, unless the record refuses: the mail has left, and nothing may undo that we know it."""
        try:
            with self.env.cr.savepoint():
                self._note_in_chatter(record)
        except (SerializationFailure, DeadlockDetected):
            raise
        except Exception:
            _logger.exception("Message %s: not noted at %s", self.id, record)

    def _note_in_chatter(self, record):
        """Log at the record that this was sent: who may read the record reads it there, the mail itself stays private."""
        if not record.has_access("read") or not record.has_access(record._mail_post_access):
            return
        env = self.with_context(lang=self.author_id.lang).env
        body = Markup(
            '<p>%s</p><p><strong>%s</strong></p><div style="white-space:pre-wrap">%s</div>'
            '<p><a href="/odoo/comm.message/%s">%s</a></p>'
        ) % (
            env._("E-mail to %s", ", ".join(address for _name, address in self._pairs(self.email_to)) or "-"),
            self.subject or "",
            self.body_text or "",
            self.id,
            env._("Open the message"),
        )
        # sudo: that the author may write in this chatter was checked above.
        record.sudo().message_post(
            body=body,
            author_id=self.author_id.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )

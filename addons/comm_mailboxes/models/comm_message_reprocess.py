from odoo import api, fields, models

from ..protocol.mime import READER_VERSION
from ..protocol.mime_defects import BREAKS_OFF, NOT_HANDED_OUT, NOT_STORED
from ..sync import reread

# So many messages are read again in one transaction of the scheduled action.
BATCH = 20


class CommMessage(models.Model):
    """Messages that could not be read properly are read again: on demand, and once after each update of the reader."""

    _inherit = "comm.message"

    reader_version = fields.Integer(
        readonly=True,
        copy=False,
        help="Which version of our software read this message last; kept only for messages with a defect.",
    )

    _defective = models.Index("(mailbox_id, reader_version) WHERE defect IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([{**vals, **self._reader_of(vals)} if vals.get("defect") else vals for vals in vals_list])

    def write(self, vals):
        return super().write({**vals, **self._reader_of(vals)})

    @staticmethod
    def _reader_of(vals):
        """Return the version to note with a defect, old or new."""
        if "defect" not in vals:
            return {}
        return {"reader_version": (vals.get("reader_version") or READER_VERSION) if vals["defect"] else 0}

    def reprocess(self):
        """Read these messages again, as far as they have a defect.

        What can be read now loses its defect and, if nothing else needs it, its source. Messages whose source is not here
        are fetched from the server, which commits what the caller did before.

        :return: those that still have a defect
        :raise UserError: when one has to be fetched and the server cannot be reached
        """
        messages = self._chosen()
        messages._check_may_change()
        defective = messages.filtered("defect")
        # sudo: the content is no field that users write; that they may change these messages was checked above.
        missing = reread.read_again(defective.sudo()).with_env(self.env)
        on_server = missing.filtered(lambda message: message.uid or message._is_kept_by_pop3_server())
        for mailbox, there in on_server.grouped("mailbox_id").items():
            mailbox._load_messages_now(there)
        return defective.filtered("defect")

    def _is_kept_by_pop3_server(self):
        return self.mailbox_id.kind == "pop3" and self.defect.startswith((NOT_HANDED_OUT, BREAKS_OFF, NOT_STORED))

    def action_reprocess(self):
        """Read again, and tell how it went."""
        count = len(self._chosen().filtered("defect"))
        left = len(self.reprocess())
        _ = self.env._
        parts = []
        if count > left:
            parts.append(_("Read without defects now: %s.", count - left))
        if left:
            parts.append(_("Still with defects: %s. They are read again by themselves after the next update.", left))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": " ".join(parts) or _("None of these messages has a defect."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_reprocess(self):
        """Read again what an older reader could not read, each message once."""
        cron = self.env["ir.cron"]
        messages = self.with_context(active_test=False)
        domain = [("defect", "!=", False), ("reader_version", "<", READER_VERSION)]
        cron._commit_progress(remaining=messages.search_count(domain))
        while batch := messages.search(domain, limit=BATCH, order="id"):
            reread.read_again(batch)
            if not cron._commit_progress(len(batch)):
                break

from datetime import timedelta

from odoo import api, fields, models

# So long a message that vanished from the server is known again when it turns up elsewhere, as the same record.
KEPT_DAYS = 7
# What one step of the vacuum deletes in one transaction.
VACUUM_BATCH = 1000


class CommMessage(models.Model):
    """Messages that are gone from the server are hidden at once and deleted later."""

    _inherit = "comm.message"

    def _tell_lost(self, folder):
        """Note with an event that so many messages at once are not in ``folder`` on the server any more."""
        mailbox = folder.mailbox_id
        text = mailbox.env._(
            "%(count)s messages at once are not in “%(folder)s” on the server any more; asked a second time, it said the same."
            " What turns up in another folder is shown there. The rest is hidden now, and deleted in Odoo after %(days)s days.",
            count=len(self),
            folder=folder.complete_name,
            days=KEPT_DAYS,
        )
        mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "fetch", text)

    def _tell_kept(self, folder):
        """Note with an event that ``folder`` is another one now, and that these messages stay here beside it."""
        mailbox = folder.mailbox_id
        text = mailbox.env._(
            "“%(folder)s” is another one now: it was deleted on the server and made again, or made anew there, or the mailbox"
            " has another account. Messages that were in it and are not any more: %(count)s. They stay in Odoo, in a folder of"
            " the same name that is crossed out, until you delete them there.",
            folder=folder.complete_name,
            count=len(self),
        )
        mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "fetch", text)

    @api.autovacuum
    def _gc_tombstones(self):
        before = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        gone = self.with_context(active_test=False).search(
            [
                ("active", "=", False),
                ("uid", "=", False),
                ("server_folder_id", "!=", False),
                ("write_date", "<", before),
            ],
            limit=VACUUM_BATCH,
        )
        count = len(gone)
        gone.unlink()
        return count, count == VACUUM_BATCH

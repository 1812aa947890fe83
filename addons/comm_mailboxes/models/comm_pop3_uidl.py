from datetime import timedelta

from odoo import api, fields, models

# So long a message is known that the server does not list any more: it may list it again, as after a restore of its backup.
KEPT_DAYS = 30
# What one step of the vacuum deletes in one transaction.
VACUUM_BATCH = 10_000


class CommPop3Uidl(models.Model):
    """A message of a POP3 server, as far as it is known here: it is not fetched again, whatever became of it in Odoo."""

    _name = "comm.pop3.uidl"
    _description = "Message known on a POP3 server"
    _rec_name = "uidl"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade")
    account = fields.Char(
        required=True, help="Login and server: another account may use the same ids for other messages."
    )
    uidl = fields.Char(
        required=True, help="The server's unique id; without one, the hash of the header or the message."
    )
    size = fields.Integer(help="What the server says; 0 where it was not noted.")
    identity = fields.Char(help="Hash of header and size, as that of messages.")
    digest = fields.Char(
        help="Hash of the whole mail; empty while only its header is here, and where it was not noted."
    )
    fetched_at = fields.Datetime(default=fields.Datetime.now, help="Empty: it did not come yet.")
    is_whole = fields.Boolean(
        default=True, help="Off: only the header was fetched, or nothing, so the server's copy is never deleted."
    )
    message_id = fields.Many2one(
        "comm.message",
        index="btree_not_null",
        ondelete="set null",
        help="What stands here for a message that the server did not hand out.",
    )
    broken_times = fields.Integer(help="How often in a row it did not come, though others did.")
    not_deleted_at = fields.Datetime(help="When the server refused to delete it.")
    gone_at = fields.Datetime(help="Since when the server does not list it any more. What it lists again is compared.")

    # An id may be given to another message when the first one is gone.
    _once = models.UniqueIndex("(mailbox_id, account, uidl) WHERE gone_at IS NULL")
    _gone_digest = models.Index("(mailbox_id, digest) WHERE gone_at IS NOT NULL")
    _gone_identity = models.Index("(mailbox_id, identity) WHERE gone_at IS NOT NULL")
    _gone_uidl = models.Index("(mailbox_id, account, uidl) WHERE gone_at IS NOT NULL")

    @api.autovacuum
    def _gc_gone(self):
        before = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        gone = self.search([("gone_at", "<", before)], limit=VACUUM_BATCH)
        count = len(gone)
        gone.unlink()
        return count, count == VACUUM_BATCH

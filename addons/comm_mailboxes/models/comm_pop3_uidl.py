from odoo import fields, models


class CommPop3Uidl(models.Model):
    """A message that was fetched from a POP3 mailbox and is still on the server: it is not fetched again."""

    _name = "comm.pop3.uidl"
    _description = "Message known on a POP3 server"
    _rec_name = "uidl"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade")
    account = fields.Char(
        required=True, help="Login and server: another account may use the same ids for other messages."
    )
    uidl = fields.Char(required=True, help="The server's unique id; without one, the hash of the message's header.")
    fetched_at = fields.Datetime(required=True, default=fields.Datetime.now)
    is_whole = fields.Boolean(
        default=True, help="Off: only the header was fetched, so the server's copy is never deleted."
    )

    _once = models.UniqueIndex("(mailbox_id, account, uidl)")

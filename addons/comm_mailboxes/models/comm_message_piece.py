import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

# The position of what is in front of the first byte.
BEFORE = -1


class CommMessagePiece(models.Model):
    """What came so far of a message that comes in pieces, in their order; before the first one, an empty one that says that
    it does. Only the engine uses it: see ``sync.slow``.
    """

    _name = "comm.message.piece"
    _description = "Piece of a message on its way"
    _order = "message_id, position"

    message_id = fields.Many2one("comm.message", required=True, ondelete="cascade", index=True, readonly=True)
    position = fields.Integer(required=True, readonly=True)
    content = fields.Binary(attachment=False, required=True, readonly=True)

    _once = models.UniqueIndex("(message_id, position)")

    @api.model
    def _messages(self, mailbox):
        """Return the messages of ``mailbox`` of which pieces are here."""
        return self.search([("message_id.mailbox_id", "=", mailbox.id)]).message_id

    @api.model
    def _size(self, message):
        """Return how many bytes of ``message`` are here."""
        self.flush_model()
        [[size]] = self.env.execute_query(
            SQL("SELECT COALESCE(sum(length(content)), 0) FROM comm_message_piece WHERE message_id = %s", message.id)
        )
        return size

    @api.model
    def _begin(self, folder, uids):
        self.env["comm.message"].flush_model(["server_folder_id", "uid", "is_partial"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO comm_message_piece (message_id, position, content)
                   SELECT id, %s, ''
                     FROM comm_message
                    WHERE server_folder_id = %s AND uid = ANY(%s) AND is_partial
                       ON CONFLICT DO NOTHING""",
                BEFORE,
                folder.id,
                list(uids),
            )
        )

    @api.model
    def _keep(self, message, position, content):
        self.env.cr.execute(
            SQL(
                "INSERT INTO comm_message_piece (message_id, position, content) VALUES (%s, %s, %s)",
                message.id,
                position,
                # The ORM would take it for base64.
                psycopg2.Binary(content),
            )
        )

    @api.model
    def _contents(self, message):
        """Yield the bytes, piece by piece."""
        for piece in self.search([("message_id", "=", message.id)], order="position").ids:
            [[content]] = self.env.execute_query(SQL("SELECT content FROM comm_message_piece WHERE id = %s", piece))
            yield bytes(content)

    @api.model
    def _forget(self, message):
        self.env.cr.execute(SQL("DELETE FROM comm_message_piece WHERE message_id = %s", message.id))

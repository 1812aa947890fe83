from odoo import api, fields, models
from odoo.tools import SQL

from .comm_operation import ONE_PER_MESSAGE


class CommOperation(models.Model):
    """What users change on messages is noted, in one statement however many there are.

    A newer intention says what shall be in the end, and nothing of what was begun for the older one: that is found out before
    anything else is told of the message (see ``sync.there``).
    """

    _inherit = "comm.operation"

    @api.model
    def _enqueue_flags(self, messages, flag, value):
        """Note that ``flag`` is to be set on the messages, or taken from them.

        Messages that are on no server, and those on their way out, are passed over.
        """
        self._enqueue_for(messages, "flag", flag=flag, value=value)

    @api.model
    def _enqueue(self, messages, kind, folder=None):
        """Note a ``move``, ``copy``, ``expunge`` or ``append`` of the messages.

        To expunge supersedes what else was to happen to a message, and names the folder where the server has it: nowhere
        else it is deleted; but where a move was begun, of which nobody knows whether it was done. A copy never replaces an
        earlier one.
        """
        self._enqueue_for(messages, kind, folder=folder)
        if kind == "expunge":
            self._supersede(messages)

    def _supersede(self, messages):
        """Drop what else was to happen to messages that are deleted for good."""
        self.env.cr.execute(
            SQL(
                """WITH dropped AS (
                       DELETE FROM comm_operation WHERE message_id = ANY(%s) AND kind IN ('flag', 'move')
                    RETURNING message_id, begun_in_id, uidvalidity, uid_below
                   )
                   UPDATE comm_operation
                      SET begun_in_id = dropped.begun_in_id, uidvalidity = dropped.uidvalidity,
                          uid_below = dropped.uid_below
                     FROM dropped
                    WHERE comm_operation.message_id = dropped.message_id AND kind = 'expunge'
                      AND dropped.begun_in_id IS NOT NULL""",
                list(messages.ids),
            )
        )
        self._forget_cache()

    def _enqueue_for(self, messages, kind, flag=None, value=False, folder=None):
        messages.flush_recordset(["mailbox_id", "server_folder_id"])
        self.flush_model()
        # A message that is still to be stored on the server will be there when its other changes are told.
        # One that is kept of a folder which has no name there any more is in Odoo only.
        placed = SQL(
            "(EXISTS (SELECT FROM comm_folder AS place"
            " WHERE place.id = message.server_folder_id AND NOT (place.is_missing AND place.path IS NULL)) OR EXISTS ("
            "SELECT FROM comm_operation WHERE message_id = message.id AND kind = 'append'))"
        )
        leaving = SQL("EXISTS (SELECT FROM comm_operation WHERE message_id = message.id AND kind = 'expunge')")
        lies_in = SQL(
            "COALESCE(message.server_folder_id, ("
            "SELECT folder_id FROM comm_operation WHERE message_id = message.id AND kind = 'append'))"
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO comm_operation AS pending (
                       mailbox_id, kind, message_id, folder_id, flag, value, revision, attempts, delays,
                       create_uid, create_date, write_uid, write_date
                   )
                   SELECT message.mailbox_id, %(kind)s, message.id, %(folder)s, %(flag)s, %(value)s, 1, 0, 0,
                          %(uid)s, %(now)s, %(uid)s, %(now)s
                     FROM comm_message AS message
                    WHERE message.id = ANY(%(messages)s) AND message.mailbox_id IS NOT NULL AND %(condition)s
                    ORDER BY message.id
                   ON CONFLICT (message_id, kind, COALESCE(flag, '')) WHERE %(one_per_message)s
                   DO UPDATE SET folder_id = EXCLUDED.folder_id, value = EXCLUDED.value,
                                 revision = pending.revision + 1, attempts = 0, delays = 0, broken_times = 0,
                                 last_error = NULL,
                                 write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date""",
                kind=kind,
                folder=lies_in if kind == "expunge" else folder.id if folder else None,
                flag=flag,
                value=value,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                messages=list(messages.ids),
                condition=SQL("TRUE") if kind == "append" else SQL("%s AND NOT %s", placed, leaving),
                one_per_message=SQL(ONE_PER_MESSAGE),
            )
        )
        self._forget_cache()
        if self.env.cr.rowcount:
            self._trigger_push()

    @api.model
    def _trigger_push(self):
        # sudo: users have no right on scheduled actions; this one only does what was noted. Without it the next fetch does.
        cron = self.env.ref("comm_mailboxes.ir_cron_push", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# What users see as done, and would miss: marks go by the way, and what is written or sent has its own state.
TOLD_KINDS = ("move", "copy", "expunge", "create_folder", "rename_folder", "delete_folder", "empty_folder")


class CommOperation(models.Model):
    """Changes that wait because the server cannot be reached."""

    _inherit = "comm.operation"

    @api.model
    def _tell_waiting(self, mailbox):
        """Tell each user how many of their changes wait now that the server of ``mailbox`` failed."""
        rows = self.env.execute_query(
            SQL("SELECT write_uid, count(*) FROM (%s) AS waiting GROUP BY write_uid", self._waiting_in(mailbox))
        )
        for user_id, count in rows:
            self.env["res.users"].browse(user_id)._bus_send(
                "comm_mailboxes/waiting", {"mailbox_id": mailbox.id, "name": mailbox.name, "count": count}
            )

    @api.model
    def _count_for(self, folder):
        """Return how many changes wait that concern messages which lie in ``folder``, or are to be stored there."""
        lies_there = Domain("message_id.server_folder_id", "=", folder.id)
        return self.search_count(lies_there | (Domain("kind", "=", "append") & Domain("folder_id", "=", folder.id)))

    def _waiting_in(self, mailbox):
        """Return the query for what waits, but moves to where the server has the message: nothing has to be done for them."""
        self.flush_model()
        self.env["comm.message"].flush_model(["server_folder_id"])
        return SQL(
            """SELECT operation.id, operation.write_uid
                 FROM comm_operation AS operation
            LEFT JOIN comm_message AS message ON message.id = operation.message_id
                WHERE operation.mailbox_id = %s AND operation.kind = ANY(%s)
                  AND NOT (operation.kind = 'move' AND message.server_folder_id IS NOT DISTINCT FROM operation.folder_id)""",
            mailbox.id,
            list(TOLD_KINDS),
        )


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def take_back_waiting(self):
        """Give up what the current user changed and the server has not learned of: the button of the note that tells it."""
        self.ensure_one()
        self._check_mail_access("write")
        # sudo: of the user's own changes; nobody has a right to write them.
        operations = self.env["comm.operation"].sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) AS waiting WHERE write_uid = %s ORDER BY id",
                operations._waiting_in(self),
                self.env.uid,
            )
        )
        operations.browse(operation_id for (operation_id,) in rows).sudo(False)._discard()
        return True

    def _is_out_of_reach(self):
        """Whether the last visit to the server of one of these failed, so that changes wait."""
        # sudo: told is only yes or no.
        return any(mailbox.state == "error" and mailbox.lease_ids.failures for mailbox in self.sudo())

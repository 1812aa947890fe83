from odoo import models


class CommMessage(models.Model):
    """Where a message that was written here lies: drafts and sent mail on a server, what waits in the local outbox."""

    _inherit = "comm.message"

    def _store_draft(self):
        """Put this draft into the drafts folder; the version that the server has gives way to it."""
        folder = self.from_mailbox_id._drafts_target(self.author_id)
        self._leave_server()
        self._place(folder)

    def _place(self, folder):
        """Put these messages there. None leaves this table before the server has it."""
        self.with_context(comm_sync=True).write(
            {
                "folder_id": folder.id,
                "mailbox_id": folder.mailbox_id.id,
                "active": True,
                "is_seen": True,
                # Like this it has not been on any server.
                "internal_date": False,
            }
        )
        if folder._takes_mail():
            self.env["comm.operation"]._enqueue(self, "append", folder)

    def _leave_server(self):
        """Have the server's copy deleted; this record goes its own way."""
        # sudo: the queue is the engine's; who may change the message was checked by the caller.
        operations = self.env["comm.operation"].sudo().search([("message_id", "in", self.ids)])
        for begun in operations.filtered(lambda operation: operation.kind == "append" and operation.begun_in_id):
            if begun.message_id.outgoing_state == "draft":
                begun.message_id._note_versions(begun)
        operations.unlink()
        folder, uid = self.server_folder_id, self.uid
        if not folder:
            return
        self.with_context(comm_sync=True).write({"server_folder_id": False, "uid": False})
        self.flush_recordset(["server_folder_id", "uid"])
        if uid:
            self._forget_on_server(folder, [uid])

    def _forget_on_server(self, folder, uids):
        """Note that the server is to delete these messages of ``folder``, of which there is no record."""
        self.env["comm.operation"]._enqueue(self._stand_ins(folder, uids), "expunge")

    def _note_versions(self, begun):
        """Note that the server is to delete what it may have stored of this draft: see ``sync.older_drafts``.

        :param begun: the operation by which that was begun
        """
        stub = self._stand_ins(begun.begun_in_id, [False])
        self.env["comm.operation"]._enqueue(stub, "expunge")
        # sudo: as in _leave_server.
        self.env["comm.operation"].sudo().search([("message_id", "=", stub.id)]).write(
            {"begun_in_id": begun.begun_in_id.id, "uidvalidity": begun.uidvalidity, "uid_below": begun.uid_below}
        )

    def _stand_ins(self, folder, uids):
        """Return what stands for messages of ``folder`` on the server that are to be deleted there: these have no date."""
        # sudo: users create no messages; that this one is theirs to replace was checked by the caller.
        return (
            self.sudo()
            .with_context(comm_sync=True)
            .create(
                [
                    {
                        "folder_id": folder.id,
                        "server_folder_id": folder.id,
                        "mailbox_id": folder.mailbox_id.id,
                        "uid": uid,
                        "active": False,
                        "subject": self.subject,
                        "message_id": self.message_id,
                    }
                    for uid in uids
                ]
            )
        )

    def _mark_original(self):
        """Mark the message that this one answers or forwards, as mail programs do, if the author may."""
        original = self.original_id
        if not original or not self.author_id:
            return
        name = "is_forwarded" if self.compose_mode == "forward" else "is_answered"
        changeable = original.with_user(self.author_id).with_context(comm_sync=False)._filtered_access("write")
        # sudo is off: it is the author's change, and the server learns of it.
        changeable.sudo(False).filtered(lambda message: not message[name]).write({name: True})

from odoo import models


class CommOperation(models.Model):
    """Changes that are given up because of what became of the message meanwhile. Called by the engine."""

    _inherit = "comm.operation"

    def _may_expunge_in(self, folder):
        """Whether this deletion for good still holds, now that the server has the message in ``folder``.

        It holds where the message lay when the user decided so, and in the trash, where he saw it.
        """
        self.ensure_one()
        return folder == self.folder_id or self.mailbox_id._folder_with_role("trash")._is_above(folder)

    def _store_anew(self):
        """Have stored again, where its original is here, what a user put back while another program removed its copy.

        From a folder made by hand, or out of the trash: who removed a copy there did not mean this mail.

        What was to be copied is copied from there.

        :return: the operations that this did for, which are gone, and those copies
        """
        # sudo: called by the engine.
        sudo_self = self.sudo()
        trash = sudo_self.mailbox_id._folder_with_role("trash")
        moves = sudo_self.filtered(lambda operation: operation.kind == "move")
        leaving_trash = moves.filtered(
            lambda operation: (
                trash._is_above(operation.message_id.server_folder_id) and not trash._is_above(operation.folder_id)
            )
        )
        returning = moves.filtered("came_from_id") | leaving_trash
        kept = returning.message_id._sources()
        returning = returning.filtered(lambda operation: operation.message_id.id in kept)
        done = sudo_self.filtered(lambda operation: operation.message_id.id in kept)
        targets = {operation.message_id: operation.folder_id for operation in returning}
        origins = {one.message_id.id: one.came_from_id.id for one in returning if one.came_from_id}
        done_ids = done.ids
        done.filtered(lambda operation: operation.kind != "copy").unlink()
        for message, folder in targets.items():
            shown = {"active": True, "folder_id": folder.id, "server_folder_id": False, "uid": False}
            message.with_context(comm_sync=True, active_test=False).write(shown)
            self._enqueue(message, "append", folder)
        self._note_origins(origins)
        return self.browse(done_ids)

    def _drop_vanished(self):
        """Drop what was to happen to messages that another mail program removed, with an event for each mailbox."""
        # sudo: called by the engine.
        for mailbox, operations in self.sudo().exists().grouped("mailbox_id").items():
            text = mailbox.env._(
                "Changes dropped because the messages are not on the server any more: %s.", len(operations)
            )
            # What stays in Odoo is shown where it lies.
            moved = operations.filtered(lambda operation: operation.kind == "move").message_id.filtered("active")
            for folder, messages in moved.with_context(comm_sync=True).grouped("server_folder_id").items():
                messages.folder_id = folder
            operations._drop(mailbox, text)

    def _drop_rescued(self):
        """Drop deletions for good of messages that somebody took out of the trash meanwhile, with an event for each mailbox."""
        # sudo: called by the engine.
        for mailbox, operations in self.sudo().exists().grouped("mailbox_id").items():
            operations.message_id.with_context(comm_sync=True, active_test=False).active = True
            operations._drop(
                mailbox,
                mailbox.env._(
                    "Messages kept because another mail program took them out of the trash before they were deleted: %s.",
                    len(operations),
                ),
            )

    def _tell_undone(self, mailbox, text):
        """Note with an event why the server's refusal undid these, and tell it on the screen of whoever changed that."""
        if self.came_from_id:
            text = f"{text} {mailbox.env._('Mail that came from a folder made by hand is there again.')}"
        mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "push", text)
        for user in self.create_uid.filtered("active"):
            user._bus_send(
                "simple_notification", {"type": "warning", "title": mailbox.name, "message": text, "sticky": True}
            )

    def _tell_deleted(self, mailbox, count):
        """Note with an event that somebody deleted so many messages in Odoo while their changes were told to the server."""
        if count:
            text = mailbox.env._("Changes dropped because the messages were deleted in Odoo meanwhile: %s.", count)
            mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "push", text)

    def _drop(self, mailbox, text):
        """Forget these operations of one mailbox, with ``text`` as event."""
        self.env["comm.mailbox.event"]._log(mailbox, "warning", "push", text)
        self.unlink()

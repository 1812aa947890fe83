from odoo import models
from odoo.exceptions import UserError


class CommFolder(models.Model):
    """What the menu of a folder in the tree does with all of its messages."""

    _inherit = "comm.folder"

    def mark_all_seen(self):
        """Mark every message in these folders as read.

        :return: ``{"count": int, "undo_id": id or False}``: how many were unread, and how to make these unread again
        """
        self.check_access("read")
        unread = self.env["comm.message"].search([("folder_id", "in", self.ids), ("is_seen", "=", False)])
        undo_id = self.env["comm.message.undo"]._note_unread(unread)
        unread.write({"is_seen": True})
        return {"count": len(unread), "undo_id": undo_id}

    def empty_trash(self):
        """Delete for good what lies in this trash folder and below it, on its server too, as the user confirmed.

        What comes there after this moment stays.

        :return: how many of the messages that Odoo has
        """
        self.ensure_one()
        self.check_access("read")
        if self.role != "trash":
            raise UserError(self.env._("“%s” is not the trash folder of its mailbox.", self.display_name))
        messages = self.env["comm.message"].search([("folder_id", "child_of", self.id)])
        messages.delete(seen_in=self.id)
        if self.path and not self.is_local and not self.is_missing:
            self.empty_on_server()
        return len(messages)

    def delete_empty(self):
        """Delete folders made by hand, unless mail came into them since the user looked: it would go with them."""
        self.check_access("unlink")
        if on_server := self.filtered("mailbox_id"):
            raise UserError(self.env._("“%s” was not made by hand.", on_server[0].name))
        # sudo: counts what others keep there, too; told is only that there is something.
        full = self.sudo().filtered("message_count")
        if full:
            raise UserError(self.env._("“%s” still holds mail. Move or delete that first.", full[0].name))
        return self.unlink()

    def copy_messages(self, target_id, ids=None, excluded=(), **query):
        """Copy messages of this folder's list to another folder, where a server folder shows them after the next fetch.

        :param ids: the messages; None for all that the list shows with ``query`` (see ``get_page``), but ``excluded``
        :return: ``{"count": int, "counts": {folder id: kept counts}}``
        """
        self.ensure_one()
        self.check_access("read")
        messages = self._messages_to_change(ids, excluded, query)
        target = self.browse(target_id)
        messages.copy_to(target)
        return {"count": len(messages), "counts": target._list_counts()}


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def mark_all_seen(self):
        """Mark every message of these mailboxes as read. The trash and spam stay as they are: nobody looks there.

        :return: as ``mark_all_seen`` of folders
        """
        self.check_access("read")
        folders = self.env["comm.folder"].search([("mailbox_id", "in", self.ids)])
        return folders.filtered(lambda folder: folder.role not in ("trash", "junk")).mark_all_seen()

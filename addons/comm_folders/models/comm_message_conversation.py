from odoo import models
from odoo.fields import Domain

# Messages of one conversation that are shown.
SHOWN = 200
# Nobody looks for a part of a conversation there.
HIDDEN_ROLES = ("trash", "junk")


class CommMessage(models.Model):
    _inherit = "comm.message"

    def get_conversation(self):
        """Return the messages that this one belongs together with, the newest first, from all folders of its mailbox.

        What lies in the trash or in spam is left out, unless this one lies there, too.

        :return: rows, each with ``folder_name`` and ``place``: where it lies, and what the user can do with it there
        """
        self.ensure_one()
        message = self.exists()
        if not message.thread_key:
            return []
        same = Domain("thread_key", "=", message.thread_key) & Domain("mailbox_id", "=", message.mailbox_id.id)
        visible = Domain("folder_id.role", "not in", HIDDEN_ROLES) | Domain("folder_id.role", "=", False)
        names = ["email_from", "date", "snippet", "is_seen", "is_flagged", "has_attachment", "folder_id"]
        rows = self.search_read(
            same & (visible | Domain("folder_id", "=", message.folder_id.id)), names, limit=SHOWN, load=""
        )
        # sudo: names of folders of mails that the user reads.
        folders = self.env["comm.folder"].sudo().browse({row["folder_id"] for row in rows})
        names = {folder.id: folder._tree_name() for folder in folders}
        places = folders._list_places()
        for row in rows:
            folder_id = row.pop("folder_id")
            row |= {"folder_name": names[folder_id], "place": places[folder_id]}
        return rows

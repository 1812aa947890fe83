from odoo import models

from .comm_structure_tree import ROLE_ORDER

# What a row of the message list shows: no bodies, no long texts.
LIST_FIELDS = (
    "subject",
    "email_from",
    "date",
    "snippet",
    "is_seen",
    "is_flagged",
    "is_answered",
    "has_attachment",
)


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def unlink(self):
        # By hand and not by SQL cascade: what stands below an entry moves up. sudo: in everybody's structure.
        self.env["comm.structure.entry"].sudo().search([("folder_id", "child_of", self.ids)]).unlink()
        return super().unlink()

    def get_page(self, offset=0, limit=50):
        """Return a page of the message list, newest first, and the folder's kept counts.

        :return: ``{"messages": [...], "offset": int, "counts": {"message_count": int, "unread_count": int}}``; the
            offset is that of the last page when messages went away and nothing is left at the wanted one
        """
        self.ensure_one()
        self.check_access("read")
        # In folders of sent mail the reader looks for the recipient; elsewhere that list can be long and is not shown.
        names = [*LIST_FIELDS, "email_to"] if self.role in ("sent", "drafts") else list(LIST_FIELDS)
        if offset >= self.message_count:
            offset = max(self.message_count - 1, 0) // limit * limit
        return {
            "messages": self.env["comm.message"].search_read(
                [("folder_id", "=", self.id)], names, offset=offset, limit=limit, order="date DESC, id DESC"
            ),
            "offset": offset,
            "counts": {"message_count": self.message_count, "unread_count": self.unread_count},
        }

    def _tree_name(self):
        """Return the name for people: every server calls the inbox INBOX (RFC 9051, 5.1)."""
        self.ensure_one()
        if self.role == "inbox" and self.name.upper() == "INBOX":
            return dict(self._fields["role"]._description_selection(self.env))["inbox"]
        return self.name

    def _tree_values(self):
        """Return what the screens of this addon show of each folder, the well-known ones first."""
        rank = {role: position for position, role in enumerate(ROLE_ORDER)}
        return [
            {
                "id": folder.id,
                "mailbox_id": folder.mailbox_id.id,
                "parent_id": folder.parent_id.id,
                "user_id": folder.user_id.id,
                "name": folder._tree_name(),
                "role": folder.role or "",
                "is_selectable": folder.is_selectable,
                "is_local": folder.is_local,
                "is_missing": folder.is_missing,
                "message_count": folder.message_count,
                "unread_count": folder.unread_count,
            }
            for folder in self.sorted(
                lambda folder: (rank.get(folder.role, len(rank)), folder.sequence, folder.name.casefold(), folder.id)
            )
        ]

from odoo import models

from .comm_message_query import MessageQuery


class CommFolder(models.Model):
    """Who reads what is kept in folders made by hand for all, told to those who put mail there."""

    _inherit = "comm.folder"

    def get_new_readers(self, target_id, ids=None, excluded=(), **query):
        """Return who could read messages of this folder's list that cannot now, if they were put into another folder.

        :param ids: the messages; None for all that the list shows with ``query`` (see ``get_page``), but ``excluded``
        :return: names of users and groups; those of groups tell how many people that are
        """
        self.ensure_one()
        self.check_access("read")
        target = self.browse(target_id).exists()
        target.check_access("read")
        if not target._is_kept_for_all():
            return []
        is_wide = MessageQuery(self, **query).is_wide
        places = self._messages_to_change(ids, excluded, query).folder_id if is_wide else self
        # sudo: who could read it is told to who is about to let them.
        users = self.env.ref("comm_mailboxes.group_user").sudo().all_user_ids
        known = users
        for place in places.sudo():
            known &= place._audience()
        lines = target.sudo().member_ids
        return [line._name_for_people() for line in lines if (line._people() & users) - known]

    def _lines_for_people(self):
        """Return who may do what in this folder, for who decides that or puts mail there: ``[{"name", "access"}, ...]``.

        False for others, and where nobody was named: it is one's own, or on a server.
        """
        self.ensure_one()
        is_told = self.env.user.has_group("comm_mailboxes.group_shared_manager") or self._filtered_kept("write")
        # sudo: as in get_new_readers.
        folder = self.sudo()
        if not is_told or not folder._is_kept_for_all():
            return False
        labels = dict(folder.member_ids._fields["access"]._description_selection(self.env))
        return [{"name": line._name_for_people(), "access": labels[line.access]} for line in folder.member_ids]

    def _members_for_people(self):
        """Return ``{folder id: {"read": [names], "write": [names]}}`` of those of these folders that are made for all."""
        # sudo: as in get_new_readers.
        folders = self.sudo().filtered(lambda folder: folder._is_kept_for_all())
        return {
            folder.id: {
                access: [line._name_for_people() for line in folder.member_ids if line.access == access]
                for access in ("read", "write")
            }
            for folder in folders
        }


class CommFolderMember(models.Model):
    _inherit = "comm.folder.member"

    def _name_for_people(self):
        if self.user_id:
            return self.user_id.name
        return f"{self.group_id.display_name} ({len(self.group_id.all_user_ids)})"

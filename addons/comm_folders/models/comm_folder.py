from odoo import models
from odoo.tools import SQL

from .comm_message_query import WRITTEN, MessageQuery
from .comm_structure_tree import ROLE_ORDER

# Rows of an answer, however many are asked for.
MAX_WINDOW = 500
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
    "partner_id",
    "size",
)


class CommFolder(models.Model):
    _inherit = "comm.folder"

    def unlink(self):
        # By hand and not by SQL cascade: what stands below an entry moves up. sudo: in everybody's structure.
        self.env["comm.structure.entry"].sudo().search([("folder_id", "child_of", self.ids)]).unlink()
        return super().unlink()

    def get_page(self, offset=0, limit=50, **query):
        """Return a window of the message list and the folder's kept counts.

        :param query: ``order`` ("date", "sender", "subject", "size"), ``ascending``, ``filters`` (some of "unread",
            "flagged", "attachment", "contacts"), ``search`` (what the user typed) and its ``scope`` ("folder", "mailbox",
            "everywhere"), ``conversations`` (a row for each, with what ``MessageQuery.conversations_of`` tells, in order of
            their newest messages), ``kept_id`` (a message that filters do not hide, as somebody reads it); without it all
            messages, newest first
        :return: ``{"messages": [...], "places": {folder id: ...}, "offset": int, "total": int, "has_more": bool, "problem":
            str, "unsearched": int, "last": id or False, "counts": {"message_count": int, "unread_count": int}}``; the offset
            is that of the last window when messages went away and nothing is left at the wanted one; has_more: there are
            more than the total, which nobody counted; problem: what of the search is not understood, which finds nothing
            then; unsearched: how many messages are not indexed yet, so that this search may miss them (see
            ``index_for_search``); the places (see ``_list_places``) where there can be several; last: of conversations,
            which message came last of all that this tells of (``until`` for ``change_messages``)
        """
        self.ensure_one()
        self.check_access("read")
        query = MessageQuery(self, **query)
        limit = min(limit, MAX_WINDOW)
        ids, total, has_more = query.window(offset, limit)
        if offset >= total:
            offset = max(total - 1, 0) // limit * limit
        rows = self._list_rows(ids, query.is_wide)
        self._note_waiting(rows, query.is_wide)
        if query.conversations and rows:
            conversations = query.conversations_of([row["id"] for row in rows])
            for row in rows:
                row["conversation"] = conversations[row["id"]]
        return {
            "messages": rows,
            "places": self.browse({row["folder_id"] for row in rows})._list_places() if query.is_wide else {},
            "offset": offset,
            "total": total,
            "has_more": has_more,
            "problem": query.problem,
            "unsearched": query.unsearched,
            "last": query.conversations and bool(rows) and query.last(),
            "counts": {"message_count": self.message_count, "unread_count": self.unread_count},
        }

    def index_for_search(self, **query):
        """Index some of what a search here may miss; asked again until ``get_page`` tells of nothing left.

        :param query: as in ``get_page``
        :return: how many messages; none while the scheduled action does it
        """
        self.ensure_one()
        self.check_access("read")
        return MessageQuery(self, **query).help_index()

    def get_page_ids(self, offset, limit, **query):
        """Return the ids of a range of the list, to select it without having its rows.

        :param limit: how many; False for all
        :param query: as in ``get_page``
        """
        self.ensure_one()
        self.check_access("read")
        return MessageQuery(self, **query).ids(offset, limit or None)

    def get_row_ids(self, ids, **query):
        """Return by which rows the list of conversations shows these messages: pairs of ids, for those that it shows.

        :param query: as in ``get_page``
        """
        self.ensure_one()
        self.check_access("read")
        return MessageQuery(self, **query).rows_of(ids)

    def _list_rows(self, ids, with_folder=False):
        """Return what the list shows of these messages, in this order. The record rules have the last word."""
        # In folders of sent mail the reader looks for the recipient; elsewhere that list can be long and is not shown.
        names = list(LIST_FIELDS)
        names += ["email_to"] if self.role in WRITTEN else []
        # Drafts are written on, and what has not left yet is not answered.
        names += ["outgoing_state"] if self.role in WRITTEN or with_folder else []
        names += ["folder_id"] if with_folder else []
        rows = self.env["comm.message"].search_read([("id", "in", ids)], names, order="id", load="") if ids else []
        by_id = {row["id"]: row for row in rows}
        return [by_id[message_id] for message_id in ids if message_id in by_id]

    def _note_waiting(self, rows, is_wide):
        """Note in these rows that the server has to learn yet that the message is here, where it cannot be reached."""
        # sudo: whether it works is shown to whoever sees the mailbox.
        if not rows or not (is_wide or self.mailbox_id.sudo().state == "error"):
            return
        self.env["comm.operation"].flush_model()
        self.env["comm.message"].flush_model(["server_folder_id"])
        found = self.env.execute_query(
            SQL(
                """SELECT operation.message_id
                     FROM comm_operation AS operation
                     JOIN comm_message AS message ON message.id = operation.message_id
                     JOIN comm_mailbox_lease AS lease ON lease.mailbox_id = operation.mailbox_id
                    WHERE operation.message_id = ANY(%s) AND operation.kind = 'move' AND lease.failures > 0
                      AND message.server_folder_id IS DISTINCT FROM operation.folder_id""",
                [row["id"] for row in rows],
            )
        )
        waiting = {message_id for (message_id,) in found}
        for row in rows:
            row["is_waiting"] = row["id"] in waiting

    def _is_mail_readable(self):
        """Whether the current user may read the mail here: managers and administrators see folders of others."""
        self.ensure_one()
        if not self.mailbox_id:
            return bool(self._filtered_kept())
        # sudo: compares the user with owner and members; told is only yes or no.
        mailbox = self.mailbox_id.sudo()
        return bool(mailbox.filtered_domain(mailbox._domain_accessible(self.env.user)))

    def _tree_name(self):
        self.ensure_one()
        return self._shown_name(self.name, self.role)

    def _is_unfetched(self):
        """Whether nobody ever looked into this folder of a server that can be reached."""
        on_server = not self.is_local and self.is_selectable and not self.is_missing
        # sudo: whether it works is shown to whoever sees the mailbox.
        mailbox = self.mailbox_id.sudo()
        return bool(on_server and not self.looked_into_at and mailbox.kind == "imap" and mailbox.state == "ok")

    def _tree_values(self):
        """Return what the screens of this addon show of each folder, the well-known ones first."""
        rank = {role: position for position, role in enumerate(ROLE_ORDER)}
        writable = self.filtered(lambda folder: not folder.mailbox_id)._filtered_kept("write")
        deletable = self.filtered("is_missing")._filtered_access("unlink")
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
                "is_unfetched": folder._is_unfetched(),
                # By action_delete_here().
                "can_delete_here": folder in deletable,
                # Of folders made by hand; else the mailbox tells.
                "can_write": folder in writable,
                "message_count": folder.message_count,
                "unread_count": folder.unread_count,
            }
            for folder in self.sorted(
                lambda folder: (rank.get(folder.role, len(rank)), folder.sequence, folder.name.casefold(), folder.id)
            )
        ]

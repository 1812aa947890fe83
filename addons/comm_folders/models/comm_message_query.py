"""Which messages a list shows, and in which order: the query behind a window of rows, a count, or "select all"."""

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.comm_mailboxes.models.comm_message import SENDER_KEY, SUBJECT_KEY

# The keys of the indexes of comm.message: nothing is sorted, however many messages there are.
ORDERS = {
    "date": None,
    "sender": SQL(SENDER_KEY),
    "subject": SQL(SUBJECT_KEY),
    "size": SQL("size"),
}
FILTERS = {
    "unread": SQL("is_seen IS NOT TRUE"),
    "flagged": SQL("is_flagged"),
    "attachment": SQL("has_attachment"),
    "contacts": SQL("partner_id IS NOT NULL"),
}
READ_BY_QUERY = ("folder_id", "active", "date", "is_seen", "is_flagged", "has_attachment", "partner_id", "size")


class MessageQuery:
    """The messages of a folder as its list shows them.

    Reads ids and numbers past the record rules, for which far windows of large folders are slow; so it looks only where
    the user may read the mail, and what it finds is read with the rules on.
    """

    def __init__(self, folder, order="date", ascending=False, filters=()):
        if order not in ORDERS or set(filters) - FILTERS.keys():
            raise UserError(folder.env._("The list cannot be sorted or filtered like this."))
        self.folder = folder
        self.env = folder.env
        self.order = order
        self.ascending = bool(ascending)
        self.filters = sorted(set(filters))

    @property
    def is_whole_folder(self):
        return not self.filters

    def count(self):
        """Return how many messages there are."""
        if not self.folder._is_mail_readable():
            return 0
        if self.is_whole_folder:
            return self.folder.message_count
        [[count]] = self._execute(SQL("SELECT count(*)"), SQL())
        return count

    def ids(self, offset=0, limit=None):
        """Return the ids of a window, in order."""
        if not self.folder._is_mail_readable():
            return []
        limit = SQL() if limit is None else SQL("LIMIT %s", limit)
        rows = self._execute(SQL("SELECT id"), SQL("ORDER BY %s OFFSET %s %s", self._order(), offset, limit))
        return [message_id for (message_id,) in rows]

    def _execute(self, select, tail):
        self.env["comm.message"].flush_model(READ_BY_QUERY)
        return self.env.execute_query(SQL("%s FROM comm_message WHERE %s %s", select, self._condition(), tail))

    def _condition(self):
        conditions = [SQL("folder_id = %s", self.folder.id), SQL("active")]
        conditions += [FILTERS[name] for name in self.filters]
        return SQL(" AND ").join(conditions)

    def _order(self):
        if self.order == "date":
            return SQL("date, id") if self.ascending else SQL("date DESC, id DESC")
        key = ORDERS[self.order]
        # Backwards as a whole, as the index can be read.
        return SQL("%s, date DESC, id DESC", key) if self.ascending else SQL("%s DESC, date, id", key)

"""Which messages a list shows, and in which order: the query behind a window of rows, a count, or "select all"."""

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.comm_mailboxes.models.comm_message import SENDER_KEY, SUBJECT_KEY
from odoo.addons.comm_mailboxes.search_words import parse

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
SCOPES = ("folder", "mailbox", "everywhere")
READ_BY_QUERY = (
    "folder_id",
    "mailbox_id",
    "active",
    "date",
    "is_seen",
    "is_flagged",
    "has_attachment",
    "partner_id",
    "size",
)


class MessageQuery:
    """The messages of a folder as its list shows them.

    Reads ids and numbers past the record rules, for which far windows of large folders are slow; so it looks only where
    the user may read the mail, and what it finds is read with the rules on.
    """

    def __init__(self, folder, order="date", ascending=False, filters=(), search="", scope="folder"):
        if order not in ORDERS or scope not in SCOPES or set(filters) - FILTERS.keys():
            raise UserError(folder.env._("The list cannot be sorted or filtered like this."))
        self.folder = folder
        self.env = folder.env
        self.order = order
        self.ascending = bool(ascending)
        self.filters = sorted(set(filters))
        self.search = search if parse(search) else ""
        # Without words, a list of everything would be no list of this folder.
        self.scope = scope if self.search else "folder"

    @property
    def is_whole_folder(self):
        return not self.filters and not self.search

    @property
    def is_wide(self):
        """Whether messages of other folders are shown, too."""
        return self.scope != "folder"

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
        rows = self._execute(SQL("SELECT message.id"), SQL("ORDER BY %s OFFSET %s %s", self._order(), offset, limit))
        return [message_id for (message_id,) in rows]

    def _execute(self, select, tail):
        self.env["comm.message"].flush_model(READ_BY_QUERY)
        return self.env.execute_query(
            SQL("%s FROM comm_message AS message WHERE %s %s", select, self._condition(), tail)
        )

    def _condition(self):
        conditions = [self._place(), SQL("message.active")]
        conditions += [FILTERS[name] for name in self.filters]
        if self.search:
            # sudo: nobody reads the index itself; it is asked about the mailboxes that this user may read only.
            index = self.env["comm.message.search"].sudo()
            conditions.append(index._condition(self.search, self._mailbox_ids(), self.env.user.tz))
        return SQL(" AND ").join(conditions)

    def _place(self):
        if not self.is_wide:
            return SQL("message.folder_id = %s", self.folder.id)
        made_by_hand = SQL(
            """(message.mailbox_id IS NULL AND message.folder_id IN (
                   SELECT id FROM comm_folder WHERE mailbox_id IS NULL AND user_id = %s))""",
            self.env.uid,
        )
        mailbox_ids = self._mailbox_ids()
        in_mailboxes = SQL("message.mailbox_id = ANY(%s)", [mailbox_id for mailbox_id in mailbox_ids if mailbox_id])
        return SQL("(%s OR %s)", in_mailboxes, made_by_hand) if 0 in mailbox_ids else in_mailboxes

    def _mailbox_ids(self):
        """Return the mailboxes to look in, all of them readable; 0 stands for folders made by hand."""
        if self.scope != "everywhere":
            return [self.folder.mailbox_id.id or 0]
        mailboxes = self.env["comm.mailbox"]
        # sudo: the domain is the record rule of the mail, which is narrower than the one of the mailboxes.
        return [0, *mailboxes.sudo().search(mailboxes._domain_accessible(self.env.user)).ids]

    def _order(self):
        if self.order == "date":
            return SQL("date, id") if self.ascending else SQL("date DESC, id DESC")
        key = ORDERS[self.order]
        # Backwards as a whole, as the index can be read.
        return SQL("%s, date DESC, id DESC", key) if self.ascending else SQL("%s DESC, date, id", key)

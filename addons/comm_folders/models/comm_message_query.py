"""Which messages a list shows, and in which order: the query behind a window of rows, a count, or "select all"."""

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.comm_mailboxes.search_words import parse

# The roles of folders in which the reader looks for whom a message is to.
WRITTEN = ("sent", "drafts", "outbox")

# The keys of the indexes of comm.message: nothing is sorted, however many messages there are.
ORDERS = {
    "date": None,
    "sender": SQL("sender_key"),
    "subject": SQL("subject_key"),
    "size": SQL("size"),
}
# Folders of written mail show whom it is to, and are sorted by that. They are not that large.
RECIPIENT = SQL("""lower(left(ltrim(message.email_to, '" '), 60))""")
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
    "email_to",
    "is_seen",
    "is_flagged",
    "has_attachment",
    "partner_id",
    "size",
    "thread_key",
)
# A word that is in more messages than this is looked for in one message after the other, in the order of the list, until
# there are enough: the rows that are wanted and so many beyond them. More than WALKED are not looked at.
COMMON = 10_000
BEYOND = 1_000
WALKED = 20_000
# Names that a row of a conversation can show.
PARTICIPANTS = 20


class MessageQuery:
    """The messages of a folder as its list shows them.

    Reads ids and numbers past the record rules, for which far windows of large folders are slow; so it looks only where
    the user may read the mail, and what it finds is read with the rules on.
    """

    def __init__(
        self,
        folder,
        order="date",
        ascending=False,
        filters=(),
        search="",
        scope="folder",
        conversations=False,
        kept_id=False,
        until=False,
    ):
        if order not in ORDERS or scope not in SCOPES or set(filters) - FILTERS.keys():
            raise UserError(folder.env._("The list cannot be sorted or filtered like this."))
        self.folder = folder
        self.env = folder.env
        self.order = order
        self.ascending = bool(ascending)
        self.filters = sorted(set(filters))
        self.kept_id = kept_id
        self.until = until
        self.search = search if parse(search) else ""
        # Without words, a list of everything would be no list of this folder.
        self.scope = scope if self.search else "folder"
        # What a search found is shown one by one, and so is what is sorted by anything else than dates.
        self.conversations = bool(conversations) and not self.search and order == "date"

    @property
    def is_whole_folder(self):
        return not self.filters and not self.search

    @property
    def problem(self):
        """What of the search cannot be understood, as who typed it is told; or ""."""
        return self.env["comm.message.search"]._problem(self.search)

    @property
    def unsearched(self):
        """How many messages of where it searches cannot be found by their words yet."""
        if self.problem or not parse(self.search).terms or not self.folder._is_mail_readable():
            return 0
        place = SQL("%s AND message.active", self._place())
        return self._index._unsearched(self._mailbox_ids(), place)

    def help_index(self):
        """Have some of that indexed.

        :return: how many messages
        """
        return self._index._help_index(self._mailbox_ids()) if self.folder._is_mail_readable() else 0

    @property
    def is_wide(self):
        """Whether messages of other folders are shown, too."""
        return self.scope != "folder"

    def count(self):
        """Return how many rows there are: messages, or conversations."""
        if not self.folder._is_mail_readable():
            return 0
        if self.conversations:
            [[count]] = self._execute(SQL("SELECT count(DISTINCT message.thread_key)"), SQL())
            return count
        if self.is_whole_folder:
            return self.folder.message_count
        [[count]] = self._execute(SQL("SELECT count(*)"), SQL())
        return count

    def window(self, offset, limit):
        """Return the ids of a window, how many rows there are, and whether there are more than that.

        Of what is in very many messages, nobody counts all: the number grows while one scrolls.
        """
        if not self.folder._is_mail_readable():
            return [], 0, False
        if self.search:
            found = self._walk(offset + limit + BEYOND)
            if found:
                return found[offset : offset + limit], len(found), True
            # At once: each of the two questions would find all of them.
            tail = SQL("ORDER BY %s OFFSET %s LIMIT %s", self._order(), offset, limit)
            rows = self._execute(SQL("SELECT message.id, count(*) OVER ()"), tail)
            if rows or not offset:
                return [message_id for message_id, _total in rows], rows[0][1] if rows else 0, False
        total = self.count()
        if offset >= total:
            offset = max(total - 1, 0) // limit * limit
        return self.ids(offset, limit) if total else [], total, False

    def _walk(self, wanted):
        """Return the ids of so many messages that have the words, in order; None where that is no way to find them."""
        self._flush()
        index, mailbox_ids = self._index, self._mailbox_ids()
        if self.is_wide or self.order != "date" or not index._is_common(self.search, mailbox_ids, COMMON):
            return None
        rows = self.env.execute_query(
            SQL(
                """SELECT message.id
                     FROM (SELECT id, date FROM comm_message AS message WHERE %s ORDER BY %s LIMIT %s) AS message
                    CROSS JOIN LATERAL (
                          SELECT FROM comm_message_search AS search WHERE search.message_id = message.id AND %s OFFSET 0
                          ) AS found
                    ORDER BY %s
                    LIMIT %s""",
                self._condition(with_words=False),
                self._order(),
                WALKED,
                index._match(self.search, mailbox_ids),
                self._order(),
                wanted,
            )
        )
        return [message_id for (message_id,) in rows] if len(rows) == wanted else None

    def ids(self, offset=0, limit=None):
        """Return the ids of a window, in order; of a conversation that of its newest message here."""
        if not self.folder._is_mail_readable():
            return []
        limit = SQL() if limit is None else SQL("LIMIT %s", limit)
        tail = SQL("ORDER BY %s OFFSET %s %s", self._order(), offset, limit)
        if self.conversations:
            self._flush()
            rows = self.env.execute_query(SQL("SELECT id FROM (%s) AS newest %s", self._newest(), tail))
        else:
            rows = self._execute(SQL("SELECT message.id"), tail)
        return [message_id for (message_id,) in rows]

    def messages_of(self, ids):
        """Return all messages of the conversations here to which these belong, but those that came after ``until``."""
        if not self.folder._is_mail_readable():
            return []
        threads = SQL("SELECT thread_key FROM comm_message WHERE id = ANY(%s)", list(ids))
        shown = SQL("AND id <= %s", self.until) if self.until else SQL()
        self._flush()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM comm_message WHERE folder_id = %s AND active AND thread_key IN (%s) %s ORDER BY id",
                self.folder.id,
                threads,
                shown,
            )
        )
        return [message_id for (message_id,) in rows]

    def rows_of(self, ids):
        """Return pairs: such a message here, and the newest of its conversation; of those that the list shows."""
        if not self.folder._is_mail_readable():
            return []
        self._flush()
        return self.env.execute_query(
            SQL(
                """SELECT message.id, newest.id
                     FROM (%s) AS newest
                     JOIN comm_message AS message USING (thread_key)
                    WHERE message.id = ANY(%s) AND message.folder_id = %s AND message.active""",
                self._newest(),
                list(ids),
                self.folder.id,
            )
        )

    def last(self):
        """Return the id of the message that came here last, of any conversation."""
        self._flush()
        # Counted along, as the whole table would be gone through for the greatest id alone.
        [[last, _count]] = self.env.execute_query(
            SQL("SELECT max(id), count(*) FROM comm_message WHERE folder_id = %s AND active", self.folder.id)
        )
        return last

    def conversations_of(self, ids):
        """Return what rows tell of the conversations whose newest messages these are, by those ids; in one query."""
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """SELECT newest.id, newest.thread_key, count(*), count(*) FILTER (WHERE message.is_seen IS NOT TRUE),
                          COALESCE(bool_or(message.is_flagged), FALSE), COALESCE(bool_or(message.has_attachment), FALSE),
                          (array_agg(%s ORDER BY message.date DESC, message.id DESC))[1:%s]
                     FROM comm_message AS newest
                     JOIN comm_message AS message
                       ON message.thread_key = newest.thread_key AND message.folder_id = newest.folder_id AND message.active
                    WHERE newest.id = ANY(%s)
                    GROUP BY newest.id""",
                SQL("message.email_to") if self.folder.role in WRITTEN else SQL("message.email_from"),
                PARTICIPANTS,
                list(ids),
            )
        )
        return {
            newest: {
                "thread": thread,
                "count": count,
                "unread": unread,
                "is_flagged": is_flagged,
                "has_attachment": has_attachment,
                "participants": list(dict.fromkeys(filter(None, participants))),
            }
            for newest, thread, count, unread, is_flagged, has_attachment, participants in rows
        }

    def _newest(self):
        """Return the query for the newest message of each conversation here of which a message is wanted."""
        wanted = SQL()
        if self.filters:
            wanted = SQL(
                "AND thread_key IN (SELECT message.thread_key FROM comm_message AS message WHERE %s)", self._condition()
            )
        return SQL(
            """SELECT DISTINCT ON (thread_key) id, date, thread_key FROM comm_message
                WHERE folder_id = %s AND active %s
                ORDER BY thread_key, date DESC, id DESC""",
            self.folder.id,
            wanted,
        )

    def _flush(self):
        self.env["comm.message"].flush_model(READ_BY_QUERY)
        # PostgreSQL would spend 300 ms to compile what then runs for 10.
        self.env.cr.execute("SET LOCAL jit = off")

    def _execute(self, select, tail):
        self._flush()
        return self.env.execute_query(
            SQL("%s FROM comm_message AS message WHERE %s %s", select, self._condition(), tail)
        )

    def _condition(self, *, with_words=True):
        conditions = [self._place(), SQL("message.active")]
        filters = [FILTERS[name] for name in self.filters]
        if filters and self.kept_id:
            conditions.append(SQL("(%s OR message.id = %s)", SQL(" AND ").join(filters), self.kept_id))
        else:
            conditions += filters
        if self.search:
            mailbox_ids = self._mailbox_ids()
            conditions.append(self._index._condition(self.search, mailbox_ids, self.env.user.tz, with_words=with_words))
        return SQL(" AND ").join(conditions)

    @property
    def _index(self):
        # sudo: nobody reads the index itself; it is asked about the mailboxes that this user may read only.
        return self.env["comm.message.search"].sudo()

    def _place(self):
        if not self.is_wide:
            return SQL("message.folder_id = %s", self.folder.id)
        # sudo: the domain is the record rule of the mail in folders made by hand.
        folders = self.folder.sudo()
        kept = folders.search(folders._domain_kept(self.env.user))
        made_by_hand = SQL("(message.mailbox_id IS NULL AND message.folder_id = ANY(%s))", kept.ids)
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
        key = RECIPIENT if self.order == "sender" and self.folder.role in WRITTEN else ORDERS[self.order]
        # Backwards as a whole, as the index can be read.
        return SQL("%s, date DESC, id DESC", key) if self.ascending else SQL("%s DESC, date, id", key)

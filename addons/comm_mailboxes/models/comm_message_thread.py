import re
from hashlib import blake2b

from odoo import api, fields, models
from odoo.tools import SQL

from ..fields import BigInteger

REFERENCE = re.compile(r"<[^<>\s]+>")
# Of a long chain the first ones and the last ones are enough to find it again.
FIRST, LAST = 5, 45
# What decides to which conversation a message belongs.
THREAD_FIELDS = {"message_id", "in_reply_to", "references"}
# Old messages that are joined at once.
BATCH = 1000


class CommMessageReference(models.Model):
    """Which conversation a Message-ID belongs to, whether its message is here or only referred to.

    So an answer is joined with what it answers whatever comes first (an import goes from the newest to the oldest), and
    two answers with each other when what they answer never comes.
    """

    _name = "comm.message.reference"
    _description = "Message-ID in a conversation"
    _log_access = False

    mailbox_id = fields.Many2one("comm.mailbox", required=True, readonly=True, ondelete="cascade")
    hash = BigInteger(required=True, readonly=True)
    thread_key = fields.Integer(required=True, readonly=True, index=True)

    _once = models.UniqueIndex("(mailbox_id, hash)")

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS comm_message_thread_key")


class CommMessage(models.Model):
    """Conversations: messages that answer each other, by Message-ID, References and In-Reply-To (RFC 5322, 3.6.4).

    Not by their subjects: every "Invoice" of a year would become one conversation. A mail that answers without saying what
    stands alone, as it does in Thunderbird and Gmail.
    """

    _inherit = "comm.message"

    thread_key = fields.Integer(
        string="Conversation", readonly=True, index=True, help="The same number in all messages that answer each other."
    )

    # The list of conversations (comm_folders) reads their newest messages from this index alone.
    _folder_by_thread = models.Index(
        "(folder_id, thread_key, date DESC, id DESC) INCLUDE (is_seen, is_flagged, has_attachment, partner_id) WHERE active"
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._with_threads(vals_list))

    def write(self, vals):
        result = super().write(vals)
        if THREAD_FIELDS & vals.keys():
            self._join_threads()
        return result

    @api.model
    def _with_threads(self, vals_list):
        """Return the values of new messages with the conversations that they belong to; three statements for all."""
        mails = [
            (vals.get("mailbox_id") or 0, _references(*(vals.get(name) for name in sorted(THREAD_FIELDS))))
            for vals in vals_list
        ]
        keys = self._thread_keys(mails)
        return [{**vals, "thread_key": key} for vals, key in zip(vals_list, keys, strict=True)]

    def _join_threads(self):
        """Join these messages with what they refer to."""
        self.flush_recordset([*THREAD_FIELDS, "mailbox_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, mailbox_id, in_reply_to, message_id, "references"
                     FROM comm_message WHERE id = ANY(%s) ORDER BY id""",
                list(self.ids),
            )
        )
        keys = self._thread_keys([(mailbox_id or 0, _references(*texts)) for _id, mailbox_id, *texts in rows])
        self.env.cr.execute(
            SQL(
                """UPDATE comm_message AS message SET thread_key = wanted.key
                     FROM unnest(%s, %s) AS wanted(id, key)
                    WHERE message.id = wanted.id AND message.thread_key IS DISTINCT FROM wanted.key""",
                [row[0] for row in rows],
                keys,
            )
        )
        self.invalidate_recordset(["thread_key"], flush=False)

    @api.model
    def _join_all_threads(self):
        """Join the messages that belong to no conversation yet: those from before there were any.

        :return: how many
        """
        count = 0
        while True:
            rows = self.env.execute_query(
                SQL("SELECT id FROM comm_message WHERE thread_key IS NULL ORDER BY id DESC LIMIT %s", BATCH)
            )
            if not rows:
                return count
            self.browse(message_id for (message_id,) in rows)._join_threads()
            count += len(rows)

    @api.model
    def _thread_keys(self, mails):
        """Return the conversation of each of these mails, a list of (mailbox id or 0, hashes of its references).

        Conversations that one of them connects become one. What a mail refers to is noted.
        """
        known = self._known_references(mails)
        threads = _Threads(known.values())
        for number, (mailbox_id, hashes) in enumerate(mails):
            mail = ("mail", number)
            threads.add(mail)
            for hashed in hashes if mailbox_id else ():
                place = (mailbox_id, hashed)
                # One that nobody knew joins the mails of this batch that refer to it.
                threads.join(mail, known.get(place, place))
        new = [root for root in threads.roots() if not isinstance(root, int)]
        numbers = dict(zip(new, self._new_thread_keys(len(new)), strict=True))
        keys = {node: numbers.get(root, root) for node, root in threads.items()}
        self._merge_threads({key: keys[key] for key in set(known.values()) if keys[key] != key})
        self._note_references({place: key for place, key in keys.items() if _is_place(place) and place not in known})
        return [keys["mail", number] for number in range(len(mails))]

    @api.model
    def _known_references(self, mails):
        """Return ``{(mailbox id, hash): conversation}`` of what these mails refer to."""
        wanted = sorted({(mailbox_id, hashed) for mailbox_id, hashes in mails if mailbox_id for hashed in hashes})
        if not wanted:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT reference.mailbox_id, reference.hash, reference.thread_key
                     FROM unnest(%s, %s::bigint[]) AS wanted(mailbox_id, hash)
                     JOIN comm_message_reference AS reference
                       ON reference.mailbox_id = wanted.mailbox_id AND reference.hash = wanted.hash""",
                [mailbox_id for mailbox_id, _hash in wanted],
                [hashed for _mailbox_id, hashed in wanted],
            )
        )
        return {(mailbox_id, hashed): key for mailbox_id, hashed, key in rows}

    @api.model
    def _new_thread_keys(self, count):
        if not count:
            return []
        query = SQL("SELECT nextval('comm_message_thread_key') FROM generate_series(1, %s)", count)
        return [key for (key,) in self.env.execute_query(query)]

    @api.model
    def _merge_threads(self, merged):
        """:param merged: ``{old conversation: the one that it becomes}``"""
        if not merged:
            return
        self.flush_model(["thread_key"])
        for table in ("comm_message", "comm_message_reference"):
            self.env.cr.execute(
                SQL(
                    """UPDATE %s AS message SET thread_key = merged.new
                         FROM unnest(%s, %s) AS merged(old, new) WHERE message.thread_key = merged.old""",
                    SQL.identifier(table),
                    list(merged),
                    list(merged.values()),
                )
            )
        self.invalidate_model(["thread_key"], flush=False)

    @api.model
    def _note_references(self, keys):
        if not keys:
            return
        places = sorted(keys)
        # Always in the same order, so that two who do this at once wait for each other and not both for ever.
        self.env.cr.execute(
            SQL(
                """INSERT INTO comm_message_reference (mailbox_id, hash, thread_key)
                   SELECT * FROM unnest(%s, %s::bigint[], %s)
                   ON CONFLICT (mailbox_id, hash) DO NOTHING""",
                [mailbox_id for mailbox_id, _hash in places],
                [hashed for _mailbox_id, hashed in places],
                [keys[place] for place in places],
            )
        )


class _Threads:
    """Which things belong together (union-find). Conversations are numbers; of several, the oldest one lasts."""

    def __init__(self, keys):
        self._above = {key: key for key in keys}

    def add(self, node):
        self._above.setdefault(node, node)

    def join(self, one, other):
        self.add(other)
        one, other = self._root(one), self._root(other)
        if one != other:
            keys = sorted(root for root in (one, other) if isinstance(root, int))
            root = keys[0] if keys else one
            self._above[one] = self._above[other] = root

    def roots(self):
        return {self._root(node) for node in self._above}

    def items(self):
        return [(node, self._root(node)) for node in self._above]

    def _root(self, node):
        while self._above[node] != node:
            self._above[node] = self._above[self._above[node]]
            node = self._above[node]
        return node


def _is_place(node):
    return isinstance(node, tuple) and node[0] != "mail"


def _references(*texts):
    """Return the hashes of the Message-IDs in these header fields."""
    found = list(dict.fromkeys(reference for text in texts if text for reference in REFERENCE.findall(text)))
    if len(found) > FIRST + LAST:
        found = found[:FIRST] + found[-LAST:]
    return {int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True) for text in found}

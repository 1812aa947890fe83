from time import monotonic

from odoo import api, models
from odoo.tools import SQL

from ..search_sql import live_condition

# Of the newest messages that are not indexed yet, so many are looked through as they are, and so much of their bodies.
LIVE = 500
LIVE_BYTES = 4_000_000
# More than so many that it misses are not counted.
COUNTED = 5000
# Seconds for which one request of somebody who searches indexes what waits there.
HELPED = 1


class CommMessageSearch(models.Model):
    """Messages that wait to be indexed: searched as they are as far as that is quick, told of and indexed otherwise."""

    _inherit = "comm.message.search"

    @api.model
    def _help_index(self, mailbox_ids):
        """Index some of what waits where somebody searches; they do not depend on when the scheduled action comes to it.

        :param mailbox_ids: as in ``_condition``
        :return: how many messages; none while the action, or another search, is at it
        """
        # sudo: the lock by which Odoo sees to it that an action runs once.
        cron = self.env.ref("comm_mailboxes.ir_cron_index_messages", raise_if_not_found=False)
        if cron and not cron.sudo().try_lock_for_update(allow_referencing=True):
            return 0
        until = monotonic() + HELPED
        done = 0
        while batch := self._index_batch(_in_mailboxes(mailbox_ids)):
            done += batch
            if monotonic() > until:
                break
        return done

    def _found_live(self, terms, mailbox_ids):
        """Return the ids of the messages with these terms, of those that are not indexed yet and looked through."""
        ids, _is_all = self._live(mailbox_ids)
        if not ids:
            return []
        # A query of its own: within that of the search, PostgreSQL takes it to be done anew for each message.
        rows = self.env.execute_query(
            SQL(
                "SELECT message.id FROM comm_message AS message WHERE message.id = ANY(%s) AND %s",
                ids,
                SQL(" AND ").join(live_condition(term) for term in terms),
            )
        )
        return [message_id for (message_id,) in rows]

    def _live(self, mailbox_ids):
        """Return which messages that are not indexed yet a search looks through as they are, and whether that is all."""
        # Two plain conditions: only these are answered by the index of what waits, which is nearly empty.
        waiting = [
            SQL(
                "SELECT waiting.message_id FROM unnest(%s::int[]) AS mailbox(id) CROSS JOIN LATERAL (%s) AS waiting",
                [mailbox_id for mailbox_id in mailbox_ids if mailbox_id],
                _newest_waiting(SQL("mailbox_id = mailbox.id")),
            )
        ]
        if 0 in mailbox_ids:
            waiting.append(SQL("(%s)", _newest_waiting(SQL("mailbox_id IS NULL"))))
        # How long a body is, is known without reading it.
        rows = self.env.execute_query(
            SQL(
                """SELECT message.id,
                          sum(COALESCE(octet_length(message.body_text), 0) + COALESCE(octet_length(message.body_html), 0))
                              OVER (ORDER BY message.id DESC)
                     FROM (%s ORDER BY message_id DESC LIMIT %s) AS waiting
                     JOIN comm_message AS message ON message.id = waiting.message_id
                    ORDER BY message.id DESC""",
                SQL(" UNION ALL ").join(waiting),
                LIVE + 1,
            )
        )
        ids = [message_id for message_id, length in rows[:LIVE] if length <= LIVE_BYTES]
        return ids, len(ids) == len(rows)

    def _unsearched(self, mailbox_ids, condition):
        """Return how many messages a search there misses, whatever it is for: neither indexed nor looked through. Of many,
        one more than ``COUNTED``.

        :param condition: on ``comm_message AS message``, which of them count
        """
        live, is_all = self._live(mailbox_ids)
        if is_all:
            return 0
        [[count]] = self.env.execute_query(
            SQL(
                """SELECT count(*)
                     FROM (SELECT FROM comm_message_search AS search
                             JOIN comm_message AS message ON message.id = search.message_id
                            WHERE search.document IS NULL AND %s AND search.message_id <> ALL(%s) AND %s
                            LIMIT %s) AS missed""",
                _in_mailboxes(mailbox_ids),
                live,
                condition,
                COUNTED + 1,
            )
        )
        return count


def _newest_waiting(condition):
    return SQL(
        "SELECT message_id FROM comm_message_search WHERE document IS NULL AND %s ORDER BY message_id DESC LIMIT %s",
        condition,
        LIVE + 1,
    )


def _in_mailboxes(mailbox_ids):
    """Return the condition on ``comm_message_search AS search`` that a message belongs there; 0 as in ``_condition``."""
    listed = SQL("search.mailbox_id = ANY(%s)", [mailbox_id for mailbox_id in mailbox_ids if mailbox_id])
    return SQL("(%s OR search.mailbox_id IS NULL)", listed) if 0 in mailbox_ids else listed

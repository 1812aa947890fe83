from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL

from ..search_sql import HTML_TEXT, PLAIN_TEXT, live_condition, names_of, split, words_of
from ..search_words import parse, spellings

# Messages whose words are written at once; a commit each.
BATCH = 200
# A change of these is a change of what can be found.
SEARCHED_FIELDS = {"subject", "email_from", "email_to", "email_cc", "body_text", "body_html", "mailbox_id"}
# A word stands in the index by itself and once more with the place where it was found.
PREFIXES = {"": "", "from": "f/", "to": "t/", "subject": "s/"}
MARKS = {
    "attachment": SQL("message.has_attachment"),
    "unread": SQL("message.is_seen IS NOT TRUE"),
    "read": SQL("message.is_seen"),
    "flagged": SQL("message.is_flagged"),
    "answered": SQL("message.is_answered"),
}


class CommMessageSearch(models.Model):
    """The words of each message, for PostgreSQL's full text search: as they are, and by their German and English stems.

    A row without words is a message that waits to be indexed, which a scheduled action does: an import must not wait for
    it. Until then it is searched as it is. Each document also names its mailbox, so that what other people's mail
    contains costs nothing.
    """

    _name = "comm.message.search"
    _description = "Words of a message"
    _rec_name = "message_id"
    _log_access = False

    message_id = fields.Many2one("comm.message", required=True, readonly=True, ondelete="cascade")
    mailbox_id = fields.Many2one("comm.mailbox", readonly=True, ondelete="cascade")

    _message_once = models.UniqueIndex("(message_id)")

    def init(self):
        # The ORM has no type for documents.
        self.env.cr.execute("ALTER TABLE comm_message_search ADD COLUMN IF NOT EXISTS document tsvector")
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS comm_message_search__document ON comm_message_search USING gin (document)"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS comm_message_search__waiting"
            " ON comm_message_search (mailbox_id, message_id DESC) WHERE document IS NULL"
        )
        # After an update from a version without search, and whenever a message slipped through.
        self._note_missing()

    # Indexing

    @api.model
    def _note(self, messages):
        """Note that these messages are new or changed. One statement, however many."""
        messages.flush_recordset(["mailbox_id"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO comm_message_search (message_id, mailbox_id)
                   SELECT id, mailbox_id FROM comm_message WHERE id = ANY(%s)
                   ON CONFLICT (message_id) DO UPDATE SET document = NULL, mailbox_id = EXCLUDED.mailbox_id""",
                list(messages.ids),
            )
        )

    @api.model
    def _note_missing(self):
        """Note all messages that were never noted: those from before there was a search.

        :return: how many there are
        """
        self.env.cr.execute(
            """INSERT INTO comm_message_search (message_id, mailbox_id)
               SELECT message.id, message.mailbox_id
                 FROM comm_message AS message
                 LEFT JOIN comm_message_search AS search ON search.message_id = message.id
                WHERE search.id IS NULL"""
        )
        return self.env.cr.rowcount

    @api.model
    def _cron_index(self):
        """Index what waits, the newest first; more than the time allows is done by the next turn."""
        cron = self.env["ir.cron"]
        [[left]] = self.env.execute_query(SQL("SELECT count(*) FROM comm_message_search WHERE document IS NULL"))
        cron._commit_progress(remaining=left)
        while left > 0:
            done = self._index_batch()
            if not done:
                break
            left -= done
            if not cron._commit_progress(done, remaining=max(left, 0)):
                break

    @api.model
    def _index_batch(self, condition=None, limit=BATCH):
        """Index some of what waits; the caller commits.

        :param condition: on ``comm_message_search AS search``
        :return: how many messages
        """
        self.env["comm.message"].flush_model()
        self.env["ir.attachment"].flush_model(["name", "res_model", "res_id"])
        # Rows that somebody changes in this moment are left to the next turn.
        self.env.cr.execute(
            SQL(
                """WITH waiting AS (
                       SELECT search.id, search.message_id, search.mailbox_id
                         FROM comm_message_search AS search
                        WHERE search.document IS NULL AND %(condition)s
                        ORDER BY search.message_id DESC
                        LIMIT %(limit)s
                          FOR UPDATE SKIP LOCKED
                   ), texts AS (
                       SELECT waiting.id,
                              waiting.mailbox_id,
                              %(subject)s AS subject,
                              %(sender)s AS sender,
                              %(recipients)s AS recipients,
                              %(content)s || %(names)s AS content
                         FROM waiting
                         JOIN comm_message AS message ON message.id = waiting.message_id
                        CROSS JOIN LATERAL (SELECT %(plain)s AS plain, %(html)s AS html OFFSET 0) AS part
                        CROSS JOIN LATERAL (
                              SELECT concat_ws(' ', part.plain, array_to_string(ARRAY(
                                     -- Mostly both say the same, and each word is looked up in three languages.
                                     SELECT unnest(tsvector_to_array(to_tsvector('simple', part.html)))
                                     EXCEPT SELECT unnest(tsvector_to_array(to_tsvector('simple', part.plain)))
                                     ), ' ')) AS words
                              OFFSET 0
                              ) AS body
                         LEFT JOIN LATERAL (
                              SELECT string_agg(attachment.name, ' ') AS names
                                FROM ir_attachment AS attachment
                               WHERE attachment.res_model = 'comm.message'
                                 AND attachment.res_id = message.id
                                 AND attachment.comm_is_source IS NOT TRUE
                              ) AS attached ON TRUE
                   )
                   UPDATE comm_message_search AS search
                      SET document = array_to_tsvector(ARRAY(
                              SELECT 'm/' || COALESCE(texts.mailbox_id, 0)
                               UNION SELECT left(word, 200) FROM unnest(subject || sender || recipients || content) AS word
                               UNION SELECT 's/' || left(word, 200) FROM unnest(subject) AS word
                               UNION SELECT 'f/' || left(word, 200) FROM unnest(sender) AS word
                               UNION SELECT 't/' || left(word, 200) FROM unnest(recipients) AS word
                          ))
                     FROM texts
                    WHERE texts.id = search.id""",
                condition=condition or SQL("TRUE"),
                limit=limit,
                subject=words_of(SQL("message.subject"), with_parts=True),
                sender=names_of(SQL("message.email_from")),
                recipients=names_of(SQL("concat_ws(' ', message.email_to, message.email_cc)")),
                content=words_of(SQL("body.words"), with_parts=True),
                plain=PLAIN_TEXT,
                html=HTML_TEXT,
                names=names_of(SQL("attached.names")),
            )
        )
        return self.env.cr.rowcount

    # Searching

    @api.model
    def _condition(self, text, mailbox_ids, tz="UTC", *, with_words=True):
        """Return the condition on ``comm_message AS message`` that what was typed stands for.

        :param with_words: False: marks and dates alone
        :param mailbox_ids: where to look; 0 stands for folders made by hand, of which the caller excludes those of others
        """
        query = parse(text)
        if query.unclear:
            # A list of something else would look like an answer.
            return SQL("FALSE")
        conditions = [MARKS[mark] for mark in sorted(query.marks)]
        conditions += [SQL("%s IS NOT TRUE", MARKS[mark]) for mark in sorted(query.lacking)]
        if query.before:
            conditions.append(SQL("message.date < %s", _start_of(query.before, tz)))
        if query.after:
            conditions.append(SQL("message.date >= %s", _start_of(query.after, tz)))
        if query.terms and with_words:
            conditions.append(self._words_condition(query.terms, mailbox_ids))
        return SQL(" AND ").join(conditions) if conditions else SQL("TRUE")

    @api.model
    def _problem(self, text):
        """Return what cannot be understood of what was typed, with an example, or ""."""
        for part, example in parse(text).unclear:
            return self.env._("“%(part)s” is not understood. Write for example %(example)s", part=part, example=example)
        return ""

    @api.model
    def _is_common(self, text, mailbox_ids, number):
        """Whether more than so many messages have the words of what was typed."""
        query = parse(text)
        terms = query.terms
        # Whether words stand in their order, the index cannot tell.
        if query.unclear or not terms or any(term.is_phrase for term in terms):
            return False
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (SELECT 1 FROM comm_message_search WHERE document @@ %s::tsquery LIMIT %s) AS found",
                self._document_query(terms, mailbox_ids),
                number + 1,
            )
        )
        return rows[0][0] > number

    @api.model
    def _match(self, text, mailbox_ids):
        """Return the condition on ``comm_message_search AS search`` that the words of what was typed stand for."""
        terms = parse(text).terms
        return SQL(
            "(search.document @@ %s::tsquery OR search.message_id = ANY(%s))",
            self._document_query(terms, mailbox_ids),
            self._found_live(terms, mailbox_ids),
        )

    def _document_query(self, terms, mailbox_ids):
        wanted = " | ".join(f"'m/{mailbox_id}'" for mailbox_id in mailbox_ids) or "'m/-'"
        return " & ".join([f"({wanted})", *self._document_terms(terms)])

    def _words_condition(self, terms, mailbox_ids):
        found = SQL(
            "SELECT message_id FROM comm_message_search WHERE document @@ %s::tsquery UNION ALL SELECT unnest(%s::int[])",
            self._document_query(terms, mailbox_ids),
            self._found_live(terms, mailbox_ids),
        )
        phrases = [live_condition(term) for term in terms if term.is_phrase]
        if phrases:
            # Asked of what the words found, and of nothing else: bodies are long.
            found = SQL(
                """SELECT found.message_id
                     FROM (%s) AS found
                    CROSS JOIN LATERAL (
                          SELECT FROM comm_message AS message WHERE message.id = found.message_id AND %s OFFSET 0
                          ) AS phrase""",
                found,
                SQL(" AND ").join(phrases),
            )
        # Once for the query, and not for each message: of a mailbox just imported PostgreSQL takes it to be nearly empty.
        return SQL("message.id IN (WITH found AS MATERIALIZED (%s) SELECT message_id FROM found)", found)

    def _document_terms(self, terms):
        """Return the terms in the words of PostgreSQL, all by one query."""
        # A phrase that must not be there says nothing about its words.
        terms = [term for term in terms if not (term.is_phrase and term.is_excluded)]
        words = sorted({spelling for term in terms for word in term.text.split() for spelling in spellings(word)})
        rows = self.env.execute_query(
            SQL(
                """SELECT typed, whole, lexeme,
                          tsvector_to_array(to_tsvector('german', lexeme))
                              || tsvector_to_array(to_tsvector('english', lexeme))
                     FROM unnest(%s::text[]) AS typed
                    CROSS JOIN LATERAL (VALUES (TRUE, typed), (FALSE, %s)) AS reading(whole, text)
                    CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector('simple', reading.text))) AS lexeme""",
                words,
                split(SQL("typed")),
            )
        )
        readings = {}
        for typed, whole, lexeme, stems in rows:
            readings.setdefault(typed, {}).setdefault(whole, []).append((lexeme, stems))
        return [_document_term(term, readings) for term in terms]


def _document_term(term, readings):
    prefix = PREFIXES[term.place]
    words = []
    for typed in term.text.split():
        ways = {
            _all_of(prefix, lexemes) for spelling in spellings(typed) for lexemes in readings.get(spelling, {}).values()
        }
        if ways:
            words.append(f"({' | '.join(sorted(ways))})")
    found = f"({' & '.join(words)})" if words else "'m/-'"
    return f"!{found}" if term.is_excluded else found


def _all_of(prefix, lexemes):
    alternatives = []
    for lexeme, stems in sorted(lexemes):
        # What is typed is the beginning of a word; single letters begin too many.
        ways = {_quoted(prefix + lexeme) + (":*" if len(lexeme) > 1 else "")}
        ways |= {_quoted(prefix + stem) for stem in stems}
        alternatives.append(f"({' | '.join(sorted(ways))})")
    return " & ".join(alternatives)


def _quoted(lexeme):
    escaped = lexeme[:200].replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _start_of(day, tz):
    """Return the first moment of ``day`` for somebody in the zone ``tz``, as the database keeps it."""
    moment = datetime.combine(day, time(), ZoneInfo(tz or "UTC"))
    return moment.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


class CommMessage(models.Model):
    _inherit = "comm.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        self.env["comm.message.search"].sudo()._note(messages)
        return messages

    def write(self, vals):
        result = super().write(vals)
        if SEARCHED_FIELDS & vals.keys():
            self.env["comm.message.search"].sudo()._note(self)
        return result

    # pylint: disable-next=missing-return
    def _write_each(self, vals_by_id):
        super()._write_each(vals_by_id)
        changed = [message_id for message_id, vals in vals_by_id.items() if SEARCHED_FIELDS & vals.keys()]
        if changed:
            self.env["comm.message.search"].sudo()._note(self.browse(changed))

"""The words of a message in the SQL of PostgreSQL: those that are indexed, and the look at one that is not indexed yet."""

import re

from odoo.tools import SQL

from .search_words import spellings

# Characters of a body that are indexed, of the plain text and of the HTML. A tsvector holds 1 MB.
BODY = 60_000
# Tags are most of what newsletters are made of.
MARKUP = 20 * BODY
# Both count: mail that was written here may have no plain text, and that of newsletters may only say where to read them.
PLAIN_TEXT = SQL("left(message.body_text, %s)", BODY)
HTML_TEXT = SQL("left(regexp_replace(left(message.body_html, %s), '<[^>]*>', ' ', 'g'), %s)", MARKUP, BODY)


def split(text):
    """Return the SQL for ``text`` with nothing but letters and digits, so that parts of addresses and names are words."""
    return SQL("regexp_replace(%s, '[^[:alnum:]]+', ' ', 'g')", text)


def words_of(text, *, with_parts=False):
    """Return the SQL for the array of words of a text in a human language.

    :param with_parts: also those within addresses, of mail and of pages
    """
    text = SQL("COALESCE(%s, '')", text)
    words = SQL(
        "to_tsvector('simple', %s) || to_tsvector('german', %s) || to_tsvector('english', %s)", text, text, text
    )
    if with_parts:
        composed = SQL(
            "(SELECT string_agg(found[1], ' ') FROM regexp_matches(%s, %s, 'g') AS found)",
            text,
            "[[:alnum:]]+(?:[@./_:?=&-]+[[:alnum:]]+)+",
        )
        words = SQL("%s || to_tsvector('simple', COALESCE(%s, ''))", words, split(composed))
    return SQL("tsvector_to_array(%s)", words)


def names_of(text):
    """Return the SQL for the array of words of addresses or file names, whole and in parts."""
    text = SQL("COALESCE(%s, '')", text)
    return SQL("tsvector_to_array(to_tsvector('simple', %s || ' ' || %s))", text, split(text))


def live_condition(term):
    """Return the condition on ``comm_message AS message`` that a term stands for, without the index."""
    names = SQL(
        "(SELECT string_agg(name, ' ') FROM ir_attachment"
        " WHERE res_model = 'comm.message' AND res_id = message.id AND comm_is_source IS NOT TRUE)"
    )
    addresses = SQL("concat_ws(' ', message.email_to, message.email_cc)")
    texts = {
        "from": SQL("message.email_from"),
        "to": addresses,
        "subject": SQL("message.subject"),
        "": SQL("concat_ws(' ', message.subject, message.email_from, %s, %s, %s)", addresses, PLAIN_TEXT, names),
    }
    text = SQL("COALESCE(%s, '')", texts[term.place])
    if term.is_phrase:
        # As they follow each other, whatever blanks or line breaks are between them; the first begins a word.
        words = [re.sub(r"(\W)", r"\\\1", word) for word in term.text.split()]
        start = r"\m" if words[0][0] != "\\" else ""
        # In the text, and in its HTML with the tags
        matches = [tuple(SQL("~* %s", start + blank.join(words)) for blank in (r"\s+", r"(?:\s|<[^>]*>)+"))]
    else:
        matches = [(SQL("ILIKE %s", _pattern(each)),) * 2 for each in spellings(term.text)]
    ways = [SQL("%s %s", text, match) for match, _in_html in matches]
    if not term.place:
        # What does not stand between the tags does not stand there with them either, which is told sooner.
        html = "COALESCE(message.body_html %s AND %s %s, FALSE)"
        ways += [SQL(html, in_html, HTML_TEXT, match) for match, in_html in matches]
    found = SQL("(%s)", SQL(" OR ").join(ways))
    return SQL("NOT (%s)", found) if term.is_excluded else found


def _pattern(word):
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"

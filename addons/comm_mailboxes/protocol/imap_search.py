"""What users look for, as IMAP SEARCH says it (RFC 3501, 6.4.4)."""

from .errors import refuse_unsafe
from .imap_changes import search
from .imap_connection import string

_FIELDS = {"": (b"TEXT",), "from": (b"FROM",), "to": (b"TO", b"CC"), "subject": (b"SUBJECT",)}
_MARKS = {
    # No server knows what an attachment is; mails that carry one say "multipart/mixed".
    "attachment": b'HEADER Content-Type "mixed"',
    "unread": b"UNSEEN",
    "read": b"SEEN",
    "flagged": b"FLAGGED",
    "answered": b"ANSWERED",
}
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


def search_mail(wire, query):
    """Return the UIDs of the messages that match, ascending.

    :param query: ``search_words.SearchQuery``, or anything with its fields
    """
    words = [word for term in query.terms for word in term.text.split()]
    for word in words:
        refuse_unsafe("search", word)
    charset = [] if all(word.isascii() for word in words) else [b"CHARSET UTF-8"]
    return search(wire, *charset, *criteria(query))


def criteria(query):
    """Return the search keys, all of which have to hold.

    The day of a mail is that of its header, as the lists show it, not of its arrival.
    """
    keys = [b"UNDELETED", *(_MARKS[mark] for mark in sorted(query.marks))]
    keys += [b"NOT " + _MARKS[mark] for mark in sorted(query.lacking)]
    if query.before:
        keys += [b"SENTBEFORE", _day(query.before)]
    if query.after:
        keys += [b"SENTSINCE", _day(query.after)]
    for term in query.terms:
        keys += _term(term)
    return keys


def _term(term):
    words = [_word(_FIELDS[term.place], string(word.encode())) for word in term.text.split()]
    if not term.is_excluded:
        return [key for word in words for key in word]
    # Not all of them: one at least is missing.
    denied = [b"NOT", *words[0]]
    for word in words[1:]:
        denied = [b"OR", *denied, b"NOT", *word]
    return denied


def _word(fields, text):
    if len(fields) == 1:
        return [fields[0], text]
    return [b"OR", fields[0], text, fields[1], text]


def _day(day):
    return b"%d-%b-%04d" % (day.day, _MONTHS[day.month - 1], day.year)

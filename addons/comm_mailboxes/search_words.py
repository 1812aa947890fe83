"""What people type into the search box of a message list, read into words and conditions. Plain Python.

>>> query = parse('from:anna "offer 7" -draft has:attachment before:2026-03-01')
>>> [(term.place, term.text, term.is_excluded) for term in query.terms]
[('from', 'anna', False), ('', 'offer 7', False), ('', 'draft', True)]
>>> query.marks, query.before
({'attachment'}, datetime.date(2026, 3, 1))
>>> parse("-has:attachment").lacking
{'attachment'}
>>> parse("is:blue vor:gestern").unclear
[('is:blue', 'is:unread'), ('vor:gestern', 'vor:31.12.2026')]
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

# An operator as far as it is typed, a text in quotes or a word; "-" in front excludes.
PART = re.compile(r'(-)?(?:(\w+):)?(?:"([^"]*)"?|(\S+))?')
# What phones and word processors write for a straight one.
QUOTES = str.maketrans(dict.fromkeys("„“”‟«»", '"'))
# In the languages of the screens: people type what the help shows them.
PLACES = {
    "from": "from", "von": "from",
    "to": "to", "an": "to", "cc": "to",
    "subject": "subject", "betreff": "subject",
}  # fmt: skip
MARKS = {
    **dict.fromkeys(
        [("has", "attachment"), ("has", "attachments"), ("hat", "anhang"), ("hat", "anhänge")], "attachment"
    ),
    ("is", "unread"): "unread",
    ("ist", "ungelesen"): "unread",
    ("is", "read"): "read",
    ("ist", "gelesen"): "read",
    ("is", "flagged"): "flagged",
    ("ist", "markiert"): "flagged",
    ("is", "answered"): "answered",
    ("ist", "beantwortet"): "answered",
}
OPPOSITES = {"unread": "read", "read": "unread", "before": "after", "after": "before"}
MARK_OPERATORS = {operator for operator, _word in MARKS}
DATES = {"before": "before", "vor": "before", "after": "after", "nach": "after"}
ISO_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
UMLAUTS = {"ae": "ä", "oe": "ö", "ue": "ü", "ss": "ß"}
PLAIN = {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue"} | {umlaut: plain for plain, umlaut in UMLAUTS.items()}
# Where somebody has to be shown how; of marks, the first one.
EXAMPLES = {
    **dict.fromkeys(PLACES, "anna"), "subject": "offer", "betreff": "Angebot",
    "before": "2026-12-31", "after": "2026-12-31", "vor": "31.12.2026", "nach": "31.12.2026",
    **dict(reversed(MARKS)),
}  # fmt: skip
# More words make no search better.
MAX_TERMS = 20
MAX_LENGTH = 1000


@dataclass(frozen=True)
class Term:
    """A word, or words that all have to be there, as a phrase in their order: anywhere, or in one place."""

    text: str
    place: str = ""
    is_excluded: bool = False

    @property
    def is_phrase(self):
        return " " in self.text


@dataclass
class SearchQuery:
    terms: list = field(default_factory=list)
    marks: set = field(default_factory=set)
    # Marks that must not be there
    lacking: set = field(default_factory=set)
    before: date | None = None
    after: date | None = None
    # Operators with what they cannot mean, or nothing yet, each with an example; whoever searches finds nothing by them.
    unclear: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.terms or self.marks or self.lacking or self.before or self.after or self.unclear)


def parse(text):
    """Read what was typed. Never raises; see ``unclear`` of the result."""
    query = SearchQuery()
    text = unicodedata.normalize("NFC", (text or "")[:MAX_LENGTH]).translate(QUOTES)
    for match in PART.finditer(" ".join(text.replace("\0", " ").split())):
        if match[0]:
            _read_part(query, match)
    query.terms = query.terms[:MAX_TERMS]
    return query


def _read_part(query, match):
    excluded, operator, quoted, word = match.groups()
    value = quoted if quoted is not None else word or ""
    name = (operator or "").lower()
    if name in DATES:
        side = DATES[name]
        if day := read_date(value):
            setattr(query, OPPOSITES[side] if excluded else side, day)
            return
    elif name in MARK_OPERATORS:
        if mark := MARKS.get((name, value.lower())):
            if excluded and mark not in OPPOSITES:
                query.lacking.add(mark)
            else:
                query.marks.add(OPPOSITES[mark] if excluded else mark)
            return
    elif name in PLACES:
        if _add_term(query, value, PLACES[name], excluded):
            return
    else:
        # Somebody looks for a text with a colon in it.
        _add_term(query, f"{operator}:{value}" if operator else value, "", excluded)
        return
    query.unclear.append((match[0], f"{excluded or ''}{operator}:{EXAMPLES[name]}"))


def _add_term(query, text, place, excluded):
    text = text.strip()
    if not re.search(r"\w", text):
        return False
    query.terms.append(Term(text, place, bool(excluded)))
    return True


def spellings(word):
    """Return ``word`` with and without umlauts: not every keyboard has them.

    >>> spellings("kueche"), spellings("Maß"), spellings("tea")
    (['kueche', 'küche'], ['Maß', 'Mass'], ['tea'])
    """
    with_umlauts = re.sub("ae|oe|ue|ss", lambda match: UMLAUTS[match[0]], word)
    without = re.sub("[äöüßÄÖÜ]", lambda match: PLAIN[match[0]], word)
    return list(dict.fromkeys([word, with_umlauts, without]))


def read_date(text):
    """Return the day that ``text`` names (of a month or year its first), or None."""
    if match := ISO_DATE.fullmatch(text):
        year, month, day = (int(part or 1) for part in match.groups())
    elif match := GERMAN_DATE.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None

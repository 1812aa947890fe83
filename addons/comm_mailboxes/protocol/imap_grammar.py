"""Reads what IMAP servers send: lists of atoms, strings and literals, FETCH attributes, dates (RFC 3501 section 9)."""

import itertools
import re
from datetime import UTC, datetime, timedelta

# In the order of frequency; the group number tells the kind. An atom may hold brackets, as in BODY[HEADER],
# and with some servers quotation marks.
_TOKEN = re.compile(rb'([^\s()"{][^\s(){]*)|"((?:[^"\\]|\\.)*)"|(\()|(\))|(\{\d+\+?\}\Z)|(\S)', re.DOTALL)
_ATOM, _QUOTED, _OPEN, _CLOSE, _LITERAL = range(1, 6)
_NIL = frozenset(map(bytes, itertools.product(b"Nn", b"Ii", b"Ll")))
_FLAGS = re.compile(rb"\bFLAGS +\(([^()]*)\)", re.IGNORECASE)
# None of what is asked for has as many parentheses in each other.
_DEEPEST = 50
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)

_INTERNAL_DATE = re.compile(rb"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4})\s+(\d{1,2}):(\d\d):(\d\d)\s*(?:([-+])(\d\d)(\d\d))?")
_MONTH_NAMES = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MONTHS = {name.lower(): number for number, name in enumerate(_MONTH_NAMES, 1)}
# Flags are the same whatever their case (RFC 9051, 2.3.2); these have a meaning here.
_KNOWN_FLAGS = {
    flag.lower().encode(): flag for flag in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Forwarded")
}


def parse(parts):
    """Return the nested list behind one response.

    ``parts`` is text, literal, text, literal, … text, as it came. Strings and atoms become bytes, NIL becomes None.
    Raises ValueError for what is no IMAP data.
    """
    result = current = []
    stack = []
    for index in range(0, len(parts), 2):
        for match in _TOKEN.finditer(parts[index]):
            kind = match.lastindex
            if kind == _ATOM:
                word = match[_ATOM]
                current.append(None if word in _NIL else word)
            elif kind == _QUOTED:
                text = match[_QUOTED]
                current.append(_ESCAPED.sub(rb"\1", text) if b"\\" in text else text)
            elif kind == _OPEN:
                if len(stack) == _DEEPEST:
                    raise ValueError("nested too deeply")
                stack.append(current)
                current.append(inner := [])
                current = inner
            elif kind == _CLOSE:
                if not stack:
                    raise ValueError("unbalanced parentheses")
                current = stack.pop()
            elif kind == _LITERAL and index + 1 < len(parts):
                current.append(parts[index + 1])
            else:
                raise ValueError("no IMAP data")
    if stack:
        raise ValueError("unbalanced parentheses")
    return result


def pairs(items):
    """Return a list ``name value name value`` as a dict with upper-case names."""
    names = items[0::2]
    if not all(isinstance(name, bytes) for name in names):
        raise ValueError("names expected")
    return {name.upper(): value for name, value in zip(names, items[1::2], strict=True)}


def fetch_response(parts):
    """Return the message number and the attributes of one FETCH response.

    Keywords are taken as they stand: those of some servers are no atoms, with a quotation mark in them, say.
    """
    try:
        return _fetch_response(parts)
    except ValueError:
        flags = [flag for text in parts[::2] for found in _FLAGS.findall(text) for flag in found.split()]
        if not flags:
            raise
        rest = [text if index % 2 else _FLAGS.sub(b"FLAGS ()", text) for index, text in enumerate(parts)]
        number_, attributes = _fetch_response(rest)
        return number_, attributes | {b"FLAGS": flags}


def _fetch_response(parts):
    items = parse(parts)
    if len(items) != 2 or not isinstance(items[1], list):
        raise ValueError("no FETCH data")
    return number(items[0]), pairs(items[1])


def fetch_attributes(parts):
    """Return the attributes of one FETCH response (``parts`` begins with the message number)."""
    return fetch_response(parts)[1]


def number(value):
    """Return an attribute as a number, None when it is none: IMAP has none with more digits."""
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) <= 20 else None


def flag_names(values):
    """Return flags as text, known ones in their usual spelling; \\Recent tells of the session, not the message.

    NULs are left out: no IMAP text has one, and no database keeps it.
    """
    flags = (flag.replace(b"\0", b"") for flag in values or () if isinstance(flag, bytes))
    return frozenset(
        _KNOWN_FLAGS.get(flag.lower()) or flag.decode("utf-8", "replace")
        for flag in flags
        if flag and flag.lower() != b"\\recent"
    )


def internal_date(value):
    """Return an INTERNALDATE as naive UTC, None when it cannot be read."""
    match = _INTERNAL_DATE.match(value or b"")
    if not match:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    try:
        # Leap seconds exist in mail, but not in datetime.
        moment = datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), min(int(second), 59))
        offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
        return moment + offset if sign == b"-" else moment - offset
    except (KeyError, ValueError, OverflowError):
        return None


def format_internal_date(moment):
    """Return a datetime, UTC when naive, as an INTERNALDATE."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    month = _MONTH_NAMES[moment.month - 1]
    return b"%02d-%b-%04d %02d:%02d:%02d +0000" % (moment.day, month, moment.year, *moment.timetuple()[3:6])


def uid_sets(uids, limit=4000):
    """Yield UID sets such as ``1:4,9`` for the given numbers, none longer than ``limit`` characters (RFC 2683)."""
    text = ""
    for first, last in _runs(uids):
        item = f"{first}:{last}" if last > first else str(first)
        if text and len(text) + len(item) >= limit:
            yield text.encode()
            text = ""
        text = f"{text},{item}" if text else item
    if text:
        yield text.encode()


def _runs(uids):
    first = last = None
    for uid in sorted(set(uids)):
        if last is not None and uid == last + 1:
            last = uid
            continue
        if first is not None:
            yield first, last
        first = last = uid
    if first is not None:
        yield first, last

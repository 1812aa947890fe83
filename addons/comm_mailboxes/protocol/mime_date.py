"""Dates of mail: RFC 5322, RFC 850, asctime, ISO 8601, seconds since 1970, and the ways to get them wrong."""

import re
from datetime import datetime, timedelta

# By three letters; English, then what localised programs put there (German, French, Italian, Spanish, Portuguese, Dutch,
# Scandinavian, Polish, Russian).
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan jän gen ene sty янв",
            "feb fev fév lut фев",
            "mar mär mrz maa mrt мар",
            "apr avr abr kwi апр",
            "may mai mag mei maj май мая",
            "jun jui giu cze июн",
            "jul juil lug lip июл",
            "aug aou aoû ago sie авг",
            "sep set wrz сен",
            "oct okt ott out paź окт",
            "nov lis ноя",
            "dec dez déc dic gru дек",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "met": 60,
    "cest": 120, "mesz": 120, "mest": 120, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "jst": 540, "kst": 540,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip

_TIME = re.compile(
    r"(?<![\d+-])(\d{1,2})[:.](\d{1,2})(?!\d)(?:[:.](\d{1,2})(?!\d))?(?:[.,]\d{1,9})?(?:\s*([ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})\.?[\s-]*([^\W\d_]{3,12})\.?,?[\s-]*(\d{2,5})(?![\d:])")
_MONTH_DAY_YEAR = re.compile(r"(?<!\w)([^\W\d_]{3,12})\.?\s+(\d{1,2}),?\s+(\d{2,5})(?![\d:])")
_MONTH_DAY = re.compile(r"(?<!\w)([^\W\d_]{3,12})\s+(\d{1,2})(?=\s)")
_YEAR_AT_END = re.compile(r"(?<![\d+-])(\d{4})(?![\d:])")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=$|[T\s])|(?<!\d)(\d{4})(\d{2})(\d{2})(?=T\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?![\d/])")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_SECONDS = re.compile(r"(\d{9,10})(?:\d{3}|\.\d{1,9})?")
_COMPACT_TIME = re.compile(r"T(\d{2})(\d{2})(\d{2})?")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?(?!\d)")
_ZONE_NAME = re.compile(r"[A-Za-z]{1,5}")
_COMMENT = re.compile(r"\([^()]*\)")


def parse(text):
    """The moment as naive UTC, or None. Absurd zones count as UTC, absurd years as no date."""
    text = text[:200].strip()
    if match := _SECONDS.fullmatch(text):
        return datetime(1970, 1, 1) + timedelta(seconds=int(match[1]))
    if match := _DIGITS.fullmatch(text):
        text = "{}-{}-{} {}:{}:{}".format(*match.groups())
    plain = _COMMENT.sub(" ", text)
    day, rest = _day(plain)
    if not day:
        return None
    time = _TIME.search(rest)
    hours = minutes = seconds = offset = 0
    if time:
        hours, minutes, seconds = (int(number or 0) for number in time.group(1, 2, 3))
        if time[4]:
            hours = hours % 12 + (12 if time[4] in "pP" else 0)
        offset = _offset(rest[time.end() :])
    elif compact := _COMPACT_TIME.search(rest):
        hours, minutes, seconds = (int(number or 0) for number in compact.groups())
        offset = _offset(rest[compact.end() :])
    if hours > 24 or minutes > 59 or seconds > 61:
        return None
    try:
        # 24:00 and leap seconds are moments of the next day and minute
        return datetime(*day) + timedelta(hours=hours, minutes=minutes - offset, seconds=seconds)
    except (ValueError, OverflowError):
        return None


def _day(text):
    """((year, month, day) or None, the text without them)"""
    for pattern, order in ((_DAY_MONTH_YEAR, (3, 2, 1)), (_MONTH_DAY_YEAR, (3, 1, 2))):
        for match in pattern.finditer(text):
            year, month, day = (match[number] for number in order)
            month = _month(month)
            if month:
                return _checked(_year(year), month, int(day)), text[: match.start()] + " " + text[match.end() :]
    if match := _ISO.search(text):
        year, month, day = (int(number) for number in match.groups() if number)
        return _checked(year, month, day), text[match.end() :]
    if match := _DOTTED.search(text):
        day, month, year = (int(number) for number in match.groups())
        return _checked(year, month, day), text[match.end() :]
    if match := _SLASHED.search(text):
        first, second, year = (int(number) for number in match.groups())
        # 03/04/2025 is in March or in April, nobody knows
        if first != second and max(first, second) <= 12:
            return None, text
        return _checked(year, min(first, second), max(first, second)), text[match.end() :]
    for match in _MONTH_DAY.finditer(text):
        month = _month(match[1])
        # asctime: Mon Nov 24 10:00:00 2025, perhaps with a zone before or after the year
        if month and (year := _YEAR_AT_END.search(text, match.end())):
            rest = text[match.end() : year.start()] + text[year.end() :]
            return _checked(int(year[1]), month, int(match[2])), rest
    return None, text


def _month(word):
    word = word.lower()
    return _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])


def _year(digits):
    """RFC 5322 4.3: two digits are 1950-2049, three count from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _checked(year, month, day):
    return (year, month, day) if 1900 <= year <= 9998 else None


def _offset(text):
    """Minutes east of Greenwich that the rest of a date says."""
    if match := _OFFSET.search(text):
        digits = match[2] + (match[3] or "")
        if len(digits) <= 2:
            hours, minutes = int(digits), 0
        else:
            hours, minutes = int(digits[:-2]), int(digits[-2:])
        if hours > 14 or minutes > 59:
            return 0
        return (hours * 60 + minutes) * (-1 if match[1] == "-" else 1)
    match = _ZONE_NAME.search(text)
    return _ZONES.get(match.group().lower(), 0) if match else 0

"""Sets of UIDs as servers send them: ``1:3,7``, which may stand for billions (RFC 3501 section 9, sequence-set)."""

import re
from bisect import bisect_right

_ITEM = re.compile(rb"(\d{1,10})(?::(\d{1,10}))?(?:,|\Z)")
_HIGHEST = (1 << 32) - 1


class UidSet:
    """A set of UIDs kept as ranges: ``1:4294967295`` costs no more than ``7``.

    Ask whether a UID is ``in`` it, or have the ones you know sorted out with :meth:`among`; it is not iterable.
    """

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, ranges=()):
        """
        :param ranges: (first, last) in any order, overlapping or not
        """
        self._firsts, self._lasts = [], []
        for first, last in sorted(ranges):
            if self._lasts and first <= self._lasts[-1] + 1:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    @property
    def ranges(self):
        """The (first, last) pairs, ascending, with a gap between any two."""
        return list(zip(self._firsts, self._lasts, strict=True))

    def among(self, uids):
        """Return those of the given UIDs that are in the set, in their order."""
        return [uid for uid in uids if uid in self]

    def __contains__(self, uid):
        index = bisect_right(self._firsts, uid) - 1
        return index >= 0 and uid <= self._lasts[index]

    def __bool__(self):
        return bool(self._firsts)

    def __eq__(self, other):
        return self.ranges == other.ranges if isinstance(other, UidSet) else NotImplemented

    __hash__ = None

    def __repr__(self):
        return f"UidSet({self.ranges})"


def read_ranges(text):
    """Return the ranges of a UID set in the order in which they stand; ValueError when the text is none."""
    return list(each_range(text))


def each_range(text):
    """Yield the ranges of a UID set, or of nothing, in the order in which they stand.

    Raises ValueError when the text is none; ``*`` has no meaning in what a server says.
    """
    position = 0
    for match in _ITEM.finditer(text):
        if match.start() != position:
            break
        position = match.end()
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if not (0 < first <= _HIGHEST and 0 < last <= _HIGHEST):
            raise ValueError("no UID")
        # "5:2" is the same as "2:5".
        yield (first, last) if first <= last else (last, first)
    if position != len(text) or text.endswith(b","):
        raise ValueError("no UID set")


def expand(ranges, limit):
    """Return the UIDs of the ranges in their order; ValueError when there are more than ``limit``."""
    if sum(last - first + 1 for first, last in ranges) > limit:
        raise ValueError("too many UIDs")
    return [uid for first, last in ranges for uid in range(first, last + 1)]

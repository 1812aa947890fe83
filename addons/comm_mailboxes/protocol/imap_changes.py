"""What changed in a folder: flags, UIDs, what vanished (RFC 3501, 4731 ESEARCH, 7162 CONDSTORE and QRESYNC)."""

import contextlib
import re

from . import imap_grammar
from .errors import ServerNonsense, UnsafeArgument, refuse_unsafe
from .imap_connection import string
from .imap_refusals import refusal
from .imap_uidset import UidSet, each_range, read_ranges

# Two usual orders; whatever else a server may send goes through the general machinery.
_UID_FIRST = re.compile(
    rb'\* \d+ FETCH \(UID (\d{1,20})(?: MODSEQ \(\d+\))? FLAGS \(([^()"{]*)\)(?: MODSEQ \(\d+\))?\)\r\n'
)
_UID_LAST = re.compile(
    rb'\* \d+ FETCH \(FLAGS \(([^()"{]*)\)(?: MODSEQ \(\d+\))? UID (\d{1,20})(?: MODSEQ \(\d+\))?\)\r\n'
)
_ESEARCH_ALL = re.compile(rb"\bALL ([\d:,]+)", re.IGNORECASE)
_EARLIER = re.compile(rb"\(EARLIER\) +", re.IGNORECASE)
_SPACES = re.compile(rb"\s+")
# The memory that they take, in bytes: a UID that was found, a range of such that vanished, and a set of flags that no message
# before had, with its words
_PER_UID = 100
_PER_RANGE = 160
_PER_FLAGS = 300
_PER_BYTE_OF_FLAGS = 32


class News:
    """Collects flags and vanished UIDs from the answers to one command."""

    def __init__(self, wire):
        self._wire = wire
        self.flags = {}
        self._vanished = []
        self._known_flags = {}
        self.sinks = {"FETCH": self._on_fetch, "VANISHED": self._on_vanished}

    @property
    def vanished(self):
        return UidSet(self._vanished)

    def clear(self):
        self.flags.clear()
        self._vanished.clear()

    def read(self, tag):
        """Read the answers up to the end of the command; return how it ended.

        Folders have 100,000 messages: a look at the usual forms before the general machinery.
        """
        wire = self._wire
        while not wire.tagged_commands[tag]:
            line = wire.readline()
            if match := _UID_FIRST.fullmatch(line):
                self.flags[int(match[1])] = self._read_flags(match[2])
            elif match := _UID_LAST.fullmatch(line):
                self.flags[int(match[2])] = self._read_flags(match[1])
            else:
                wire.push_back(line)
                wire.step(tag)
        return wire.result(tag)

    def _read_flags(self, text):
        # Most messages of a folder have the same few flags: one set for all of them.
        flags = self._known_flags.get(text)
        if flags is None:
            self._wire.keeps(_PER_FLAGS + _PER_BYTE_OF_FLAGS * len(text))
            flags = self._known_flags[text] = imap_grammar.flag_names(text.split())
        return flags

    def _on_fetch(self, parts):
        with contextlib.suppress(ValueError):
            attributes = imap_grammar.fetch_attributes(parts)
            uid, flags = imap_grammar.number(attributes.get(b"UID")), attributes.get(b"FLAGS")
            if uid and isinstance(flags, list):
                self.flags[uid] = self._read_flags(b" ".join(flag for flag in flags if isinstance(flag, bytes)))

    def _on_vanished(self, parts):
        text = parts[0] or b""
        self._wire.keeps(_PER_RANGE * text.count(b","))
        with contextlib.suppress(ValueError):
            self._vanished += read_ranges(_EARLIER.sub(b"", text).strip())


def read_flags(wire, first, last, changed_since=None):
    """Return ``{uid: flags}`` of the messages from first to last UID, with ``changed_since`` of the changed ones only."""
    command = (b"UID FETCH", b"%d:%b" % (first, b"*" if last is None else b"%d" % last), b"(UID FLAGS)")
    news = News(wire)
    with wire.speaking("fetch", FETCH=news.sinks["FETCH"]):
        if changed_since:
            typ, reply = news.read(wire.start(*command, b"(CHANGEDSINCE %d)" % changed_since))
        if not changed_since or typ == "BAD":
            # BAD: announced, but not mastered. All flags are an answer too.
            typ, reply = news.read(wire.start(*command))
        if typ != "OK":
            raise refusal("UID FETCH", reply, step="fetch")
    # "n:*" always names the newest message, even below n; and the server may tell of any other.
    for uid in [uid for uid in news.flags if uid < first or (last is not None and uid > last)]:
        del news.flags[uid]
    return news.flags


def find_uids(wire):
    """Return the UIDs of all messages, ascending."""
    return search(wire, b"ALL")


def find_message_id(wire, message_id):
    """Return the UIDs of the messages whose header Message-ID holds this text, ascending."""
    refuse_unsafe("Message-ID", message_id)
    if not message_id.strip():
        # Every message that has the header would match.
        raise UnsafeArgument("Message-ID")
    words = [] if message_id.isascii() else [b"CHARSET UTF-8"]
    return search(wire, *words, b"HEADER Message-ID", string(message_id.encode()))


def search(wire, *criteria):
    """Return the UIDs of the messages that these search keys find, ascending."""
    found = _search_extended(wire, criteria) if wire.has("ESEARCH", "IMAP4REV2") else None
    if found is None:
        found = []
        with wire.speaking(SEARCH=found.extend):
            typ, reply = wire.run(b"UID SEARCH", *criteria)
            if typ != "OK":
                raise refusal("UID SEARCH", reply)
    return read_found(wire, found)


def _search_extended(wire, criteria):
    """Return what the server answered, None when it cannot do what it announced."""
    found, plain = [], []
    with wire.speaking(ESEARCH=found.extend, SEARCH=plain.extend):
        typ, reply = wire.run(b"UID SEARCH RETURN (ALL)", *criteria)
    if typ == "NO":
        raise refusal("UID SEARCH", reply)
    if typ == "BAD" or not (found or plain):
        wire.distrust("ESEARCH", "IMAP4REV2")
        return None
    return [match[1] for text in found if text and (match := _ESEARCH_ALL.search(text))] + plain


def read_found(wire, texts):
    """Return the numbers of SEARCH and ESEARCH answers; behind those of SEARCH there may stand ``(MODSEQ 7)``.

    :raise ServerNonsense: when they are none
    """
    found = set()
    for text in filter(None, texts):
        numbers = _SPACES.sub(b",", text.partition(b"(")[0].strip())
        try:
            for first, last in each_range(numbers):
                wire.keeps(_PER_UID * (last - first + 1))
                found.update(range(first, last + 1))
        except ValueError as error:
            raise ServerNonsense(wire.host, text[:100]) from error
    return sorted(found)

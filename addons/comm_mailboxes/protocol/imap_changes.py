"""What changed in a folder: flags, UIDs, what vanished (RFC 3501, 4731 ESEARCH, 7162 CONDSTORE and QRESYNC)."""

import contextlib
import re

from . import imap_grammar
from .errors import ServerNonsense, UnsafeArgument, refuse_unsafe
from .imap_connection import refusal, string
from .imap_uidset import UidSet, expand, read_ranges

# Two usual orders; whatever else a server may send goes through the general machinery.
_UID_FIRST = re.compile(rb'\* \d+ FETCH \(UID (\d+)(?: MODSEQ \(\d+\))? FLAGS \(([^()"{]*)\)(?: MODSEQ \(\d+\))?\)\r\n')
_UID_LAST = re.compile(rb'\* \d+ FETCH \(FLAGS \(([^()"{]*)\)(?: MODSEQ \(\d+\))? UID (\d+)(?: MODSEQ \(\d+\))?\)\r\n')
_ESEARCH_ALL = re.compile(rb"\bALL ([\d:,]+)", re.IGNORECASE)
_EARLIER = re.compile(rb"\(EARLIER\) +", re.IGNORECASE)
# What a server may make us keep: a folder of more messages than any server holds.
_MOST_UIDS = 5_000_000


class News:
    """Collects flags and vanished UIDs from the answers to one command."""

    def __init__(self):
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

    def read(self, wire, tag):
        """Read the answers up to the end of the command; return how it ended.

        Folders have 100,000 messages: a look at the usual forms before the general machinery.
        """
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
            flags = self._known_flags[text] = imap_grammar.flag_names(text.split())
        return flags

    def _on_fetch(self, parts):
        with contextlib.suppress(ValueError):
            attributes = imap_grammar.fetch_attributes(parts)
            uid, flags = imap_grammar.number(attributes.get(b"UID")), attributes.get(b"FLAGS")
            if uid and isinstance(flags, list):
                self.flags[uid] = imap_grammar.flag_names(flags)

    def _on_vanished(self, parts):
        with contextlib.suppress(ValueError):
            self._vanished += read_ranges(_EARLIER.sub(b"", parts[0] or b"").strip())


def read_flags(wire, first, last, changed_since=None):
    """Return ``{uid: flags}`` of the messages from first to last UID, with ``changed_since`` of the changed ones only."""
    command = (b"UID FETCH", b"%d:%b" % (first, b"*" if last is None else b"%d" % last), b"(UID FLAGS)")
    news = News()
    with wire.speaking("fetch", FETCH=news.sinks["FETCH"]):
        if changed_since:
            typ, reply = news.read(wire, wire.start(*command, b"(CHANGEDSINCE %d)" % changed_since))
        if not changed_since or typ == "BAD":
            # BAD: announced, but not mastered. All flags are an answer too.
            typ, reply = news.read(wire, wire.start(*command))
        if typ != "OK":
            raise refusal("UID FETCH", reply, step="fetch")
    # "n:*" always names the newest message, even below n; and the server may tell of any other.
    return {uid: flags for uid, flags in news.flags.items() if uid >= first and (last is None or uid <= last)}


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
    words = b" ".join(text.partition(b"(")[0] for text in texts if text)
    try:
        return sorted(set(expand(read_ranges(b",".join(words.split())), _MOST_UIDS))) if words.strip() else []
    except ValueError as error:
        raise ServerNonsense(wire.host, words[:100]) from error

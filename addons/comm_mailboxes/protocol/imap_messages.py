"""Reads messages: sizes, headers, whole ones, each handed over as it arrives (RFC 3501 section 6.4.5)."""

import contextlib
import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from . import imap_grammar
from .errors import ConnectionLost, ServerNonsense, ServerSilent, clean
from .imap_connection import LARGE_LITERAL, SMALL_LITERAL
from .imap_refusals import refusal, response_code
from .large import LargeBytes

_UID_AND_SIZE = re.compile(rb"\* \d+ FETCH \(UID (\d{1,20}) RFC822\.SIZE (\d{1,20})\)\r\n")
_UID = re.compile(rb"\bUID (\d{1,20})\b", re.IGNORECASE)
_ATTRIBUTES = {b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"}
# What is longer than any server says of a message, besides its content, takes so much memory for each of its bytes.
_LONG = 1000
_PER_BYTE = 20


@dataclass
class FetchedMessage:
    """A message as it came; a large one is in a file.

    ``failed``: why the server, asked twice, did not hand out its content (``raw`` is b"").
    """

    uid: int
    flags: frozenset[str]
    internal_date: datetime | None
    size: int
    raw: bytes | LargeBytes
    failed: str = ""


def read_sizes(wire, uid_set):
    """Return ``(uid, size)`` of these messages, ascending."""
    found = {}

    def on_fetch(parts):
        with contextlib.suppress(ValueError):
            attributes = imap_grammar.fetch_attributes(parts)
            uid, size = (imap_grammar.number(attributes.get(name)) for name in (b"UID", b"RFC822.SIZE"))
            if uid and size is not None:
                found[uid] = size

    with wire.speaking("fetch", FETCH=on_fetch):
        tag = wire.start(b"UID FETCH", uid_set, b"(UID RFC822.SIZE)")
        while not wire.tagged_commands[tag]:
            # Folders with 100,000 messages: a look at the usual form before the general machinery
            line = wire.readline()
            match = _UID_AND_SIZE.fullmatch(line)
            if match:
                found[int(match[1])] = int(match[2])
                continue
            wire.push_back(line)
            wire.step(tag)
        typ, reply = wire.result(tag)
        if typ != "OK":
            raise refusal("UID FETCH", reply, step="fetch")
    return sorted(found.items())


def fetch(wire, uids, item, key, conceal):
    """Yield the messages with these UIDs, see ImapSession.messages.

    :param item: what to ask for, b"BODY.PEEK[]"
    :param key: under which name the answer has it, b"BODY[]"
    :param conceal: takes secrets out of what the server says of a message, which is stored with it
    """
    wanted = list(dict.fromkeys(uids))
    missing = set(wanted)
    refused = b""
    for uid_set in imap_grammar.uid_sets(wanted):
        typ, reply = yield from _fetch_set(wire, uid_set, item, key, missing)
        if typ != "OK":
            refused = reply
            break
    if not missing:
        return
    # Expunged, or could the server not read one of them? Then each is asked for alone.
    left = {message.uid: message for message in _plain_attributes(wire, missing)}
    failures = []
    for uid, message in sorted(left.items()):
        if len(wanted) > 1 or not refused:
            _typ, refused = yield from _fetch_set(wire, b"%d" % uid, item, key, missing)
            if uid not in missing:
                continue
        error = refusal("UID FETCH", refused, step="fetch")
        if error.temporary and response_code(refused) != "SERVERBUG":
            raise error
        message.failed = clean(conceal(refused)) or "no content"
        failures.append(message)
    if len(failures) == len(wanted) > 2:
        # Not one of them: that is the server's trouble, not the messages'.
        raise refusal("UID FETCH", refused, step="fetch")
    yield from failures


def _plain_attributes(wire, uids):
    """Return what the server says of these messages without their content; whoever is not in it is gone."""
    found = []
    for uid_set in imap_grammar.uid_sets(uids):
        pieces = _Pieces(b"", uids)

        def take(parts, pieces=pieces, found=found):
            if message := pieces.add(parts):
                found.append(message)

        with wire.speaking("fetch", **_sinks(wire, take)):
            typ, reply = wire.run(b"UID FETCH", uid_set, b"(UID FLAGS INTERNALDATE RFC822.SIZE)")
            if typ != "OK":
                raise refusal("UID FETCH", reply, step="fetch")
        found += pieces.rest()
    return found


def _sinks(wire, take):
    """Return where the answers go; ``take`` gets None for messages that went meanwhile."""

    def on_fetch(parts):
        if len(parts) > 3 or len(parts[0]) + len(parts[-1]) > _LONG:
            wire.keeps(_PER_BYTE * sum(map(len, parts[::2])))
        take(parts)

    def on_gone(_parts):
        take(None)

    return {"FETCH": on_fetch, "EXPUNGE": on_gone, "VANISHED": on_gone}


def _fetch_set(wire, uid_set, item, key, missing):
    """Yield the messages of one command, striking them off ``missing``; return how the command ended."""
    arrived = deque()
    sinks = _sinks(wire, arrived.append)
    pieces = _Pieces(key, missing)
    last = None
    with wire.speaking("fetch"):
        tag = wire.unread_tag = wire.start(b"UID FETCH", uid_set, b"(UID FLAGS INTERNALDATE RFC822.SIZE %b)" % item)
    outcome = None
    while outcome is None:
        if wire.unread_tag != tag:
            raise RuntimeError("another command was sent in the middle of an iteration over messages")
        wire.sinks = sinks
        wire.literal_limit = LARGE_LITERAL
        try:
            with wire.translated("fetch"):
                if wire.step(tag):
                    outcome = wire.result(tag)
                    wire.unread_tag = None
        except (ConnectionLost, ServerSilent, ServerNonsense) as error:
            error.suspects = _suspects(wire, uid_set, missing, last if isinstance(error, ServerNonsense) else None)
            raise
        finally:
            wire.literal_limit = SMALL_LITERAL
            wire.sinks = {}
        complete = deque()
        while arrived:
            complete.append(pieces.add(arrived.popleft()))
        if outcome is not None:
            complete += pieces.rest()
        while complete:
            message = complete.popleft()
            if message and message.uid in missing:
                missing.discard(message.uid)
                last = message.uid
                wire.handed_over(len(message.raw))
                yield message
    return outcome


def _suspects(wire, uid_set, missing, last):
    """Return the UIDs of the messages at one of which the connection broke.

    :param last: what came last, where it may have been longer than the server said
    """
    if match := _UID.search(wire.interrupted):
        return frozenset({int(match[1])})
    asked = {int(uid_set)} if uid_set.isdigit() else missing
    return frozenset(asked if last is None else asked | {last})


class _Pieces:
    """Puts together what a server tells of one message, which may come in several responses (RFC 3501, 7.4.2).

    A message of which flags, date or size have not come waits for them until the command ends.

    :param key: under which name its content comes, b"" when none was asked for
    :param wanted: UIDs; nothing is kept of others, nor more of messages without a UID than this many
    """

    def __init__(self, key, wanted):
        self._key = key
        self._names = _ATTRIBUTES | {key}
        self._wanted = wanted
        self._most = len(wanted)
        self._told = {}  # UID to attributes
        self._uids = {}  # message number to UID
        self._unnamed = {}  # message number to attributes, until its UID comes

    def add(self, parts):
        """Take in a response; return the message that is complete with it, else None.

        :param parts: None: messages went, so the numbers mean others from here on
        """
        if parts is None:
            self._uids.clear()
            self._unnamed.clear()
            return None
        try:
            number, attributes = imap_grammar.fetch_response(parts)
        except ValueError:
            return None
        uid = imap_grammar.number(attributes.pop(b"UID", None)) or self._uids.get(number)
        if not attributes.keys() <= self._names:
            # What was not asked for could be anything.
            attributes = {name: value for name, value in attributes.items() if name in self._names}
        if not uid:
            if len(self._unnamed) < self._most or number in self._unnamed:
                self._unnamed.setdefault(number, {}).update(attributes)
            return None
        if uid not in self._wanted:
            return None
        self._uids[number] = uid
        told = self._told.setdefault(uid, {})
        told.update(self._unnamed.pop(number, {}))
        told.update(attributes)
        is_complete = self._has_content(told) and told.keys() >= _ATTRIBUTES
        return self._message(uid, self._told.pop(uid)) if is_complete else None

    def rest(self):
        """Return the messages of which something has not come."""
        return [self._message(uid, told) for uid, told in self._told.items() if self._has_content(told)]

    def _has_content(self, told):
        # Else it is news of another kind: flags that somebody changed, NIL for a content that cannot be read.
        return not self._key or isinstance(told.get(self._key), bytes | LargeBytes)

    def _message(self, uid, told):
        raw = told[self._key] if self._key else b""
        size = imap_grammar.number(told.get(b"RFC822.SIZE"))
        flags = told.get(b"FLAGS")
        return FetchedMessage(
            uid,
            imap_grammar.flag_names(flags if isinstance(flags, list) else ()),
            imap_grammar.internal_date(told.get(b"INTERNALDATE")),
            len(raw) if size is None else size,
            raw,
        )

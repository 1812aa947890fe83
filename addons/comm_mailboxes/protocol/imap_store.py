"""Changes messages on the server: flags, move, copy, expunge (RFC 3501, 4315 UIDPLUS, 6851 MOVE).

Never EXPUNGE or CLOSE, which also remove what somebody else marked.
"""

import contextlib
import re
from dataclasses import dataclass
from functools import partial

from . import imap_grammar
from .errors import ProtocolError, ServerNonsense, UnsafeArgument
from .imap_changes import News, read_found
from .imap_connection import string
from .imap_refusals import explain, refusal
from .imap_uidset import expand, read_ranges

# A flag is an atom, a system flag one behind a backslash (RFC 3501 section 9).
_FLAG = re.compile(r'\\?[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')
_COPYUID = re.compile(rb"(\d{1,20}) ([\d:,]+) ([\d:,]+)")
# More than one command names
_MOST_UIDS = 1_000_000
# The memory that a pair of UIDs takes, in bytes
_PER_PAIR = 120
_DELETED = b"+FLAGS.SILENT (\\Deleted)"
# Commands on the way at once: few enough for any server's input buffer
_PIPELINE = 10


@dataclass
class Transfer:
    """What became of messages that were moved or copied.

    ``mapping``: {UID here: UID there}, without the messages that were gone already; None when the server tells
    nothing of it. ``uidvalidity``: of the folder there, None likewise. ``removed``: the originals are gone; False after
    a move by a server without UIDPLUS, where they stay behind, and after a copy. ``marked``: they stay behind marked as
    \\Deleted; False after a move whose second half the server refused.
    """

    mapping: dict[int, int] | None = None
    uidvalidity: int | None = None
    removed: bool = False
    marked: bool = False

    def on_copyuid(self, wire, parts):
        """Take in one COPYUID response code: both sets in the order in which the messages pair up."""
        match = _COPYUID.match(parts[0] or b"")
        if not match:
            return
        with contextlib.suppress(ValueError):
            sets = [read_ranges(text) for text in match.groups()[1:]]
            count = sum(last - first + 1 for first, last in sets[0])
            wire.keeps(_PER_PAIR * count if count <= _MOST_UIDS else 0)
            pairs = dict(zip(*(expand(ranges, _MOST_UIDS) for ranges in sets), strict=True))
            self.mapping = (self.mapping or {}) | pairs
            self.uidvalidity = int(match[1])


def is_flag(flag):
    """Tell whether a flag can be told to a server: some have others, which no client may set."""
    return _FLAG.fullmatch(flag) is not None


def flag_list(flags):
    """Return flags as they stand in a command; UnsafeArgument for what is no flag."""
    flags = sorted(flags)
    if not all(map(is_flag, flags)):
        raise UnsafeArgument("flag")
    return b"(%b)" % " ".join(flags).encode("ascii")


def store_flags(wire, uids, add, remove):
    """Set and take flags of messages, as many commands at once as servers take."""
    items = [b"%bFLAGS.SILENT %b" % (sign, flag_list(flags)) for sign, flags in ((b"+", add), (b"-", remove)) if flags]
    sets = imap_grammar.uid_sets(uids)
    _run_all(wire, [(b"UID STORE", uid_set, item) for uid_set in sets for item in items])


def expunge(wire, uids):
    """Remove messages for good.

    :return: the UIDs of the messages that truly went, whoever removed them; None when the server does not tell, or when
        it can only mark messages as deleted
    """
    return _remove(wire, list(imap_grammar.uid_sets(uids)))


def _remove(wire, uid_sets):
    r"""Mark messages \Deleted and expunge them where the server has UIDPLUS; return as :func:`expunge` does."""
    can_remove = wire.has("UIDPLUS", "IMAP4REV2")
    commands = []
    for uid_set in uid_sets:
        commands.append((b"UID STORE", uid_set, _DELETED))
        if can_remove:
            commands.append((b"UID EXPUNGE", uid_set))
    news = News(wire)
    _run_all(wire, commands, VANISHED=news.sinks["VANISHED"])
    if not can_remove:
        return None
    asked = {uid for uid_set in uid_sets for uid in expand(read_ranges(uid_set), _MOST_UIDS)}
    try:
        vanished = set(expand(news.vanished.ranges, _MOST_UIDS))
    except ValueError:
        vanished = set()
    # With QRESYNC the server names them. Elsewhere OK says little: some keep what is under retention, or not ours to delete.
    unsure = asked - vanished
    kept = _find(wire, unsure) if unsure else set()
    return None if kept is None else (asked | vanished) - kept


def _find(wire, uids):
    """Return which of these messages are in the folder; None when the server does not tell.

    Asked on its own: in the same go as EXPUNGE, Dovecot still finds what it just removed.
    """
    found = []
    for uid_set in imap_grammar.uid_sets(uids):
        there = []
        with wire.speaking(SEARCH=there.extend):
            typ, _reply = wire.run(b"UID SEARCH UID", uid_set)
        if typ != "OK" or not there:
            return None
        found += there
    try:
        return set(read_found(wire, found))
    except ServerNonsense:
        return None


def copy(wire, uids, path, name):
    """Copy messages into the folder with this path and wire name; return a Transfer."""
    result = Transfer()
    for uid_set in imap_grammar.uid_sets(uids):
        with _keeping(result):
            _copy_set(wire, uid_set, path, name, result)
    return result


def move(wire, uids, path, name):
    """Move messages into the folder with this path and wire name; return a Transfer."""
    result = Transfer(removed=True)
    for uid_set in imap_grammar.uid_sets(uids):
        with _keeping(result):
            if wire.has("MOVE", "IMAP4REV2") and _move_set(wire, uid_set, path, name, result):
                continue
            _copy_set(wire, uid_set, path, name, result)
            # Until the server answered, the originals are still there as they were.
            result.removed = result.marked = False
            gone = _remove(wire, [uid_set])
            result.removed = gone is not None and gone.issuperset(expand(read_ranges(uid_set), _MOST_UIDS))
            result.marked = not result.removed
    return result


@contextlib.contextmanager
def _keeping(result):
    """Let an error say what had been done before it."""
    try:
        yield
    except ProtocolError as error:
        error.done = result
        raise


def _move_set(wire, uid_set, path, name, result):
    """Return whether the server can move, as it says."""
    with wire.speaking(COPYUID=partial(result.on_copyuid, wire)):
        typ, reply = wire.run(b"UID MOVE", uid_set, string(name))
    if typ == "NO":
        raise explain("UID MOVE", path, reply)
    if typ == "BAD":
        wire.distrust("MOVE", "IMAP4REV2")
    return typ == "OK"


def _copy_set(wire, uid_set, path, name, result):
    with wire.speaking(COPYUID=partial(result.on_copyuid, wire)):
        typ, reply = wire.run(b"UID COPY", uid_set, string(name))
        if typ != "OK":
            raise explain("UID COPY", path, reply)


def _run_all(wire, commands, **sinks):
    """Run commands that do not depend on each other; the first refusal is raised when all have been answered.

    :param sinks: where untagged answers of the server go
    """
    refused = None
    with wire.speaking(**sinks):
        for start in range(0, len(commands), _PIPELINE):
            with wire.together():
                sent = [(command, wire.start(*command)) for command in commands[start : start + _PIPELINE]]
            for command, tag in sent:
                typ, reply = wire.finish(tag)
                if typ != "OK":
                    refused = refused or refusal(command[0].decode(), reply)
            if refused:
                raise refused

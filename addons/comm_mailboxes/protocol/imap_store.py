"""Changes messages on the server: flags, move, copy, expunge (RFC 3501, 4315 UIDPLUS, 6851 MOVE).

Never EXPUNGE or CLOSE, which also remove what somebody else marked.
"""

import contextlib
import re
from dataclasses import dataclass

from . import imap_grammar
from .errors import ProtocolError, UnsafeArgument
from .imap_connection import refusal, string
from .imap_refusals import explain
from .imap_uidset import expand, read_ranges

# A flag is an atom, a system flag one behind a backslash (RFC 3501 section 9).
_FLAG = re.compile(r'\\?[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')
_COPYUID = re.compile(rb"(\d+) ([\d:,]+) ([\d:,]+)")
# More than one command names
_MOST_UIDS = 1_000_000
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

    def on_copyuid(self, parts):
        """Take in one COPYUID response code: both sets in the order in which the messages pair up."""
        match = _COPYUID.match(parts[0] or b"")
        if not match:
            return
        with contextlib.suppress(ValueError):
            here, there = (expand(read_ranges(text), _MOST_UIDS) for text in match.groups()[1:])
            pairs = dict(zip(here, there, strict=True))
            self.mapping = (self.mapping or {}) | pairs
            self.uidvalidity = int(match[1])


def flag_list(flags):
    """Return flags as they stand in a command; UnsafeArgument for what is no flag."""
    flags = sorted(flags)
    if not all(_FLAG.fullmatch(flag) for flag in flags):
        raise UnsafeArgument("flag")
    return b"(%b)" % " ".join(flags).encode("ascii")


def store_flags(wire, uids, add, remove):
    """Set and take flags of messages, as many commands at once as servers take."""
    items = [b"%bFLAGS.SILENT %b" % (sign, flag_list(flags)) for sign, flags in ((b"+", add), (b"-", remove)) if flags]
    sets = imap_grammar.uid_sets(uids)
    _run_all(wire, [(b"UID STORE", uid_set, item) for uid_set in sets for item in items])


def expunge(wire, uids):
    r"""Remove messages for good; False: the server can only mark them \Deleted."""
    return _remove(wire, imap_grammar.uid_sets(uids))


def _remove(wire, uid_sets):
    can_remove = wire.has("UIDPLUS", "IMAP4REV2")
    commands = []
    for uid_set in uid_sets:
        commands.append((b"UID STORE", uid_set, _DELETED))
        if can_remove:
            commands.append((b"UID EXPUNGE", uid_set))
    _run_all(wire, commands)
    return can_remove


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
            result.removed = _remove(wire, [uid_set])
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
    with wire.speaking(COPYUID=result.on_copyuid):
        typ, reply = wire.run(b"UID MOVE", uid_set, string(name))
    if typ == "NO":
        raise explain("UID MOVE", path, reply)
    if typ == "BAD":
        wire.distrust("MOVE", "IMAP4REV2")
    return typ == "OK"


def _copy_set(wire, uid_set, path, name, result):
    with wire.speaking(COPYUID=result.on_copyuid):
        typ, reply = wire.run(b"UID COPY", uid_set, string(name))
        if typ != "OK":
            raise explain("UID COPY", path, reply)


def _run_all(wire, commands):
    """Run commands that do not depend on each other; the first refusal is raised when all have been answered."""
    refused = None
    with wire.speaking():
        for start in range(0, len(commands), _PIPELINE):
            with wire.together():
                sent = [(command, wire.start(*command)) for command in commands[start : start + _PIPELINE]]
            for command, tag in sent:
                typ, reply = wire.finish(tag)
                if typ != "OK":
                    refused = refused or refusal(command[0].decode(), reply)
            if refused:
                raise refused

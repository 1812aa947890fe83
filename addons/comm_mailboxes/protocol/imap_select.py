"""Opens folders, with QRESYNC where the server has it (RFC 3501 section 6.3.1, RFC 7162)."""

import re
from dataclasses import dataclass, replace

from . import imap_grammar
from .imap_changes import News
from .imap_connection import string
from .imap_refusals import refusal, response_code
from .imap_uidset import UidSet

_LIST = re.compile(rb"\(([^()]*)\)")
_ANY_KEYWORD = "\\*"


@dataclass(frozen=True)
class FolderState:
    """What a folder looks like at the moment it was opened; ``highestmodseq`` None: the server has none.

    ``changed`` ({uid: flags}) and ``vanished`` answer the question with which the folder was opened; both are None when
    the server did not answer it, because it cannot or because the folder's UIDs are others now.
    """

    uidvalidity: int
    uidnext: int
    exists: int
    highestmodseq: int | None
    read_only: bool = False
    # None: the server does not say which flags it keeps, that is: all.
    permanent_flags: frozenset[str] | None = None
    changed: dict[int, frozenset[str]] | None = None
    vanished: UidSet | None = None

    @property
    def keywords_allowed(self):
        """Whether keywords of any name can be stored here."""
        return not self.read_only and (self.permanent_flags is None or _ANY_KEYWORD in self.permanent_flags)

    def keeps(self, flag):
        """Say whether this flag, or keyword, can be stored here and lasts."""
        if self.read_only or self.permanent_flags is None:
            return not self.read_only
        if not flag.startswith("\\") and _ANY_KEYWORD in self.permanent_flags:
            return True
        return flag.lower() in {known.lower() for known in self.permanent_flags}


class Selection:
    """Which folder of a connection is open."""

    def __init__(self, wire):
        self._wire = wire
        self._enabled = False
        self.path = None
        self.state = None
        self.examined = False  # it is open for reading only because it was opened so

    def open(self, path, names, *, read_only=False, since=None):
        """Open the folder by the first of the names that the server knows.

        :param since: (UIDVALIDITY, HIGHESTMODSEQ) as they were, to be told what happened since
        :return: (FolderState, what the server said); None instead of the state when it refused each name, with what it
            said to the first
        """
        self.path = self.state = None
        self.examined = read_only
        refused = []
        for name in names:
            state, reply = self._attempt(b"EXAMINE" if read_only else b"SELECT", name, since)
            if state:
                self.path, self.state = path, state
                return state, reply
            refused.append(reply)
        return None, refused[0]

    @property
    def _can_resync(self):
        return self._wire.has("QRESYNC") and self._wire.has("ENABLE", "IMAP4REV2")

    def _attempt(self, command, name, since):
        if since and since[1] and self._can_resync:
            typ, reply, state = self._ask(command, name, b"(QRESYNC (%d %d))" % since, told=True)
            if typ == "OK":
                return _compare(state, since), reply
            if response_code(reply) in ("NONEXISTENT", "NOPERM"):
                return None, reply
            if typ == "BAD":
                self._wire.distrust("QRESYNC")
        typ, reply, state = self._ask(command, name, b"(CONDSTORE)" if self._wire.has("CONDSTORE", "QRESYNC") else b"")
        return state, reply

    def _ask(self, command, name, parameter, *, told=False):
        """Send ENABLE, once, and the command in one go; return ("OK", "NO" or "BAD", text, state or None).

        :param told: the parameter asks for news; else those of this moment are no answer, and none is kept
        """
        news = News(self._wire)

        def on_closed(_parts):
            # Until here the server spoke of the folder that was open before.
            news.clear()
            self._wire.untagged_responses.clear()

        with self._wire.speaking(CLOSED=on_closed, **(news.sinks if told else {})) as wire:
            enable = None
            with wire.together():
                if not self._enabled and self._can_resync:
                    # What it answers does not matter: the folder's HIGHESTMODSEQ tells what works.
                    enable = wire.start(b"ENABLE QRESYNC")
                    self._enabled = True
                tag = wire.start(command, string(name), *([parameter] if parameter else ()))
            if enable:
                wire.finish(enable)
            typ, reply = news.read(tag) if told else wire.finish(tag)
            wire.state = "SELECTED" if typ == "OK" else "AUTH"
            state = _read_state(wire, read_only=command == b"EXAMINE") if typ == "OK" else None
        if state and told:
            state = replace(state, changed=news.flags, vanished=news.vanished)
        return typ, reply, state

    def leave(self, path):
        """Have this folder, and those below it, not open; without expunging anything, as CLOSE would."""
        if self.path is None or not self.path.startswith(path):
            return
        self.path = self.state = None
        with self._wire.speaking() as wire:
            if wire.has("UNSELECT", "IMAP4REV2"):
                typ, reply = wire.run(b"UNSELECT")
                if typ != "OK":
                    raise refusal("UNSELECT", reply)
            else:
                typ, reply = wire.run(b"EXAMINE INBOX")
                if typ != "OK":
                    raise refusal("EXAMINE", reply)


def _read_state(wire, *, read_only):
    def last(name):
        return (wire.untagged_responses.get(name) or [None])[-1]

    def number(name):
        return imap_grammar.number(last(name))

    listed = _LIST.search(last("PERMANENTFLAGS") or b"")
    return FolderState(
        number("UIDVALIDITY") or 0,
        # Some old servers leave UIDNEXT out: 0 here, the session asks.
        number("UIDNEXT") or 0,
        number("EXISTS") or 0,
        # 0 and NOMODSEQ mean that this folder has no modification sequences (RFC 7162 section 3.1.2).
        number("HIGHESTMODSEQ") or None,
        read_only=read_only or "READ-ONLY" in wire.untagged_responses,
        permanent_flags=imap_grammar.flag_names(listed[1].split()) if listed else None,
    )


def _compare(state, since):
    """Take the news back where they are no answer: other UIDs, or a folder whose sequence is not the one asked for."""
    uidvalidity, modseq = since
    if state.uidvalidity == uidvalidity and (state.highestmodseq or 0) >= modseq:
        return state
    return replace(state, changed=None, vanished=None)

"""Asks an IMAP server for all its folders: in one round trip where it can (RFC 5258, 5819, 6154), else step by step."""

import contextlib
import hashlib
from functools import partial

from . import folders, imap_grammar
from .errors import InboxMissing
from .imap_connection import string
from .imap_refusals import refusal

# The memory that is taken by what is made of one answer, in bytes, and by each of its bytes, which a path has several times
_PER_ANSWER = 2000
_PER_BYTE = 10
# STATUS commands on the way at once, where the server has no LIST-STATUS: few enough for any server's input buffer
_PIPELINE = 50


class Listing:
    """One question for the folders.

    :param selection: ``imap_select.Selection`` of the connection
    :param status: ask for their numbers, too
    """

    def __init__(self, wire, selection, *, status=True):
        self.folders = None  # the answer, parents first
        self.wire_names = {}  # from path to wire name
        self.inbox_missing = None  # the error that tells of an inbox which the server neither lists nor hands out
        self._wire = wire
        self._selection = selection
        self._wants_status = status
        self._answers = []  # (name of the response, its parts), not yet read
        self._fingerprint = hashlib.sha256()
        self._found = {}  # wire name to FolderInfo
        self._statuses = {}
        self._subscribed = set()
        self._foreign_prefixes = []

    @property
    def fingerprint(self):
        return self._fingerprint.hexdigest()

    def read(self, unless=None):
        """Ask, and read the answer into ``folders`` and ``wire_names``.

        :param unless: a fingerprint: the answer that has it is not read again
        """
        self._readers = {
            "LIST": self._on_list,
            "XLIST": self._on_list,
            "LSUB": self._on_lsub,
            "STATUS": self._on_status,
            "NAMESPACE": self._on_namespace,
        }
        with self._listening():
            with self._wire.together():
                namespace_tag = self._wire.start(b"NAMESPACE") if self._wire.has("NAMESPACE") else None
                if not self._list_extended():
                    self._list_plainly()
            if namespace_tag:
                self._wire.finish(namespace_tag)
        answers = self._take_answers()
        has_statuses = any(name == "STATUS" for name, _parts in answers)
        found_inbox = not any(map(_is_inbox, answers)) and self._find_inbox()
        answers += self._take_answers()
        if self.fingerprint == unless:
            return
        self._read(answers)
        if found_inbox:
            self._add_inbox()
        if self._wants_status and not has_statuses:
            self._ask_each()
            self._read(self._take_answers())
        self._complete()

    def _listening(self):
        return self._wire.speaking(**{name: partial(self._keep, name) for name in self._readers})

    def _complete(self):
        """Put together what was told of each folder."""
        for wire_name, folder in self._found.items():
            folder.subscribed = folder.subscribed or wire_name in self._subscribed
            if wire_name in self._statuses:
                folders.apply_status(folder, self._statuses[wire_name])
        folders.tell_apart(self._found)
        self.folders = folders.complete(self._found.values(), self._on_missing)
        folders.assign_roles(self.folders, self._foreign_prefixes)
        self.wire_names = {folder.path: wire_name for wire_name, folder in self._found.items()}

    def _on_missing(self, path):
        self._wire.keeps(_PER_ANSWER + _PER_BYTE * len(path))

    def _keep(self, name, parts):
        self._wire.keeps(_PER_ANSWER + _PER_BYTE * sum(map(len, parts)))
        self._answers.append((name, parts))

    def _take_answers(self):
        """Return what came since the last call, and let it count for the fingerprint, in whatever order it came."""
        answers, self._answers = self._answers, []
        for line in sorted(b"\0".join([name.encode(), *map(bytes, parts)]) for name, parts in answers):
            self._fingerprint.update(b"%d %b" % (len(line), line))
        return answers

    def _read(self, answers):
        for name, parts in answers:
            self._readers[name](parts)

    # What arrives; a line that is no IMAP is passed over, the others count

    def _on_list(self, parts):
        with contextlib.suppress(ValueError):
            wire_name, folder = folders.read_list(parts)
            self._found.setdefault(wire_name, folder)

    def _on_lsub(self, parts):
        with contextlib.suppress(ValueError):
            wire_name, folder = folders.read_list(parts)
            # \Noselect in LSUB: not subscribed itself, but something below (RFC 3501 section 6.3.9).
            if folder.selectable:
                self._subscribed.add(wire_name)

    def _on_status(self, parts):
        with contextlib.suppress(ValueError):
            wire_name, numbers = folders.read_status(parts)
            self._statuses[wire_name] = numbers

    def _on_namespace(self, parts):
        with contextlib.suppress(ValueError):
            for namespaces in imap_grammar.parse(parts)[1:3]:
                self._foreign_prefixes += [folders.decode_name(space[0] or b"") for space in namespaces or ()]

    # What is asked

    def _list_extended(self):
        """Ask for everything at once; return whether the server could."""
        if not self._wire.has("LIST-EXTENDED", "IMAP4REV2"):
            return False
        options = [b"SUBSCRIBED"]
        if self._wire.has("SPECIAL-USE", "IMAP4REV2"):
            options.append(b"SPECIAL-USE")
        if self._wants_status and self._wire.has("LIST-STATUS", "IMAP4REV2"):
            options.append(b"STATUS " + self._status_items())
        typ, _reply = self._wire.run(b'LIST "" "*" RETURN (%b)' % b" ".join(options))
        if typ != "OK":
            # Announced, but not mastered.
            self._answers = [answer for answer in self._answers if answer[0] == "NAMESPACE"]
        return typ == "OK"

    def _list_plainly(self):
        command = b"XLIST" if self._wire.has("XLIST") and not self._wire.has("SPECIAL-USE") else b"LIST"
        list_tag = self._wire.start(command, b'""', b'"*"')
        lsub_tag = self._wire.start(b'LSUB "" "*"')
        typ, reply = self._wire.finish(list_tag)
        if typ != "OK":
            raise refusal("LIST", reply)
        self._wire.finish(lsub_tag)

    def _status_items(self):
        items = b"MESSAGES UNSEEN UIDNEXT UIDVALIDITY"
        return b"(%b HIGHESTMODSEQ)" % items if self._wire.has("CONDSTORE", "QRESYNC") else b"(%b)" % items

    def _ask_each(self):
        names = [
            name
            for name, folder in self._found.items()
            if folder.selectable and folders.can_be_named(name) and name not in self._statuses
        ]
        with self._listening():
            for start in range(0, len(names), _PIPELINE):
                tags = [
                    self._wire.start(b"STATUS", string(name), self._status_items())
                    for name in names[start : start + _PIPELINE]
                ]
                for tag in tags:
                    self._wire.finish(tag)  # a folder that refuses keeps its numbers unknown

    # The inbox is always there (RFC 9051, 5.1), also where the list leaves it out

    def _find_inbox(self):
        """Return whether the server hands out the inbox that it did not list."""
        with self._listening():
            typ, _reply = self._wire.run(b"STATUS INBOX", self._status_items())
        if typ == "OK" and any(name == "STATUS" for name, _parts in self._answers):
            return True
        state, reply = self._selection.open("INBOX", [b"INBOX"], read_only=True)
        if state is None:
            self.inbox_missing = InboxMissing(self._wire.host, reply)
            return False
        self._keep("STATUS", [b"INBOX (%b)" % _status_of(state)])
        return True

    def _add_inbox(self):
        delimiter = next((folder.delimiter for folder in self._found.values() if folder.delimiter), "")
        self._found.setdefault(b"INBOX", folders.FolderInfo("INBOX", delimiter, "INBOX", "", role="inbox"))


def _is_inbox(answer):
    """Tell whether this is the line of the inbox, whatever the server calls it."""
    name, parts = answer
    if name not in ("LIST", "XLIST"):
        return False
    # Only what looks like it is read: there may be thousands of lines.
    text = b"".join(map(bytes, parts)).lower()
    if text.rstrip(b'"/. ').endswith(b"inbox") or b"\\inbox" in text:
        with contextlib.suppress(ValueError):
            return folders.read_list(parts)[1].role == "inbox"
    return False


def _status_of(state):
    """Return what STATUS would tell of a folder that was opened, as far as it is known."""
    numbers = {
        b"MESSAGES": state.exists,
        b"UIDNEXT": state.uidnext,
        b"UIDVALIDITY": state.uidvalidity,
        b"HIGHESTMODSEQ": state.highestmodseq,
    }
    return b" ".join(b"%b %d" % (name, number) for name, number in numbers.items() if number or name == b"MESSAGES")

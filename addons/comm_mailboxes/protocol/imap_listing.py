"""Asks an IMAP server for all its folders: in one round trip where it can (RFC 5258, 5819, 6154), else step by step."""

import contextlib
import hashlib
from functools import partial

from . import folders, imap_grammar
from .imap_connection import refusal, string

# STATUS commands on the way at once, where the server has no LIST-STATUS: few enough for any server's input buffer
_PIPELINE = 50


def read_folders(wire, *, status=True, unless=None):
    """Ask for the folders.

    :param status: with their numbers
    :param unless: a fingerprint of the answer: the same answer is not read again
    :return: the folders, parents first, a dict from path to wire name, and the fingerprint; None and None instead of the
        first two when that is ``unless``
    """
    return _Listing(wire, status=status).run(unless)


class _Listing:
    def __init__(self, wire, *, status):
        self._wire = wire
        self._wants_status = status
        self._answers = []  # (name of the response, its parts), not yet read
        self._fingerprint = hashlib.sha256()
        self._found = {}  # wire name to FolderInfo
        self._statuses = {}
        self._subscribed = set()
        self._foreign_prefixes = []

    def run(self, unless):
        self._readers = {
            "LIST": self._on_list,
            "XLIST": self._on_list,
            "LSUB": self._on_lsub,
            "STATUS": self._on_status,
            "NAMESPACE": self._on_namespace,
        }
        sinks = {name: partial(self._keep, name) for name in self._readers}
        with self._wire.speaking(**sinks):
            with self._wire.together():
                namespace_tag = self._wire.start(b"NAMESPACE") if self._wire.has("NAMESPACE") else None
                if not self._list_extended():
                    self._list_plainly()
            if namespace_tag:
                self._wire.finish(namespace_tag)
            answers = self._take_answers()
            if self._fingerprint.hexdigest() == unless:
                return None, None, unless
            self._read(answers)
            if self._wants_status and not self._statuses:
                self._ask_each()
                self._read(self._take_answers())
        for wire_name, folder in self._found.items():
            folder.subscribed = folder.subscribed or wire_name in self._subscribed
            if wire_name in self._statuses:
                folders.apply_status(folder, self._statuses[wire_name])
        folders.tell_apart(self._found)
        result = folders.complete(self._found.values())
        folders.assign_roles(result, self._foreign_prefixes)
        wire_names = {folder.path: wire_name for wire_name, folder in self._found.items()}
        return result, wire_names, self._fingerprint.hexdigest()

    def _keep(self, name, parts):
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
        names = [name for name, folder in self._found.items() if folder.selectable and folders.can_be_named(name)]
        for start in range(0, len(names), _PIPELINE):
            tags = [
                self._wire.start(b"STATUS", string(name), self._status_items())
                for name in names[start : start + _PIPELINE]
            ]
            for tag in tags:
                self._wire.finish(tag)  # a folder that refuses keeps its numbers unknown

"""Asks an IMAP server for all its folders: in one round trip where it can (RFC 5258, 5819, 6154), else step by step."""

import contextlib

from . import folders, imap_grammar
from .imap_connection import refusal, string

# STATUS commands on the way at once, where the server has no LIST-STATUS: few enough for any server's input buffer
_PIPELINE = 50


def read_folders(wire, *, status=True):
    """Return the folders, parents first, and a dict from path to wire name; ``status``: with their numbers."""
    return _Listing(wire, status=status).run()


class _Listing:
    def __init__(self, wire, *, status):
        self._wire = wire
        self._wants_status = status
        self._found = {}  # wire name to FolderInfo
        self._statuses = {}
        self._subscribed = set()
        self._foreign_prefixes = []

    def run(self):
        sinks = {
            "LIST": self._on_list,
            "XLIST": self._on_list,
            "LSUB": self._on_lsub,
            "STATUS": self._on_status,
            "NAMESPACE": self._on_namespace,
        }
        with self._wire.speaking(**sinks):
            namespace_tag = self._wire.start(b"NAMESPACE") if self._wire.has("NAMESPACE") else None
            if not self._list_extended():
                self._list_plainly()
            if namespace_tag:
                self._wire.finish(namespace_tag)
            if self._wants_status and not self._statuses:
                self._ask_each()
        for wire_name, folder in self._found.items():
            folder.subscribed = folder.subscribed or wire_name in self._subscribed
            if wire_name in self._statuses:
                folders.apply_status(folder, self._statuses[wire_name])
        result = folders.complete(self._found.values())
        folders.assign_roles(result, self._foreign_prefixes)
        return result, {folder.path: wire_name for wire_name, folder in self._found.items()}

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
            self._found.clear()
            self._statuses.clear()
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
        names = [name for name, folder in self._found.items() if folder.selectable]
        for start in range(0, len(names), _PIPELINE):
            tags = [
                self._wire.start(b"STATUS", string(name), self._status_items())
                for name in names[start : start + _PIPELINE]
            ]
            for tag in tags:
                self._wire.finish(tag)  # a folder that refuses keeps its numbers unknown

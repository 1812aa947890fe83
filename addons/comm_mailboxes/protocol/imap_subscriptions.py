"""Subscribes to folders and unsubscribes from them (RFC 9051 sections 6.3.7 and 6.3.8), many in few round trips."""

from . import folders
from .errors import FolderNotFound
from .imap_connection import string
from .imap_refusals import refusal, response_code

# Commands on the way at once: few enough for any server's input buffer
_PIPELINE = 50


def change(wire, changes, wire_names):
    """Run the commands and return ``{path: error}`` for those that were refused.

    :param changes: list of (command, path)
    :param wire_names: the names of the folders that were listed, from path to wire name
    """
    refused = {}
    for start in range(0, len(changes), _PIPELINE):
        sent = []
        with wire.together():
            for command, path in changes[start : start + _PIPELINE]:
                try:
                    folders.check_name(path, wire_names.get(path, b""))
                except folders.FolderNameUnsafe as error:
                    # The others follow all the same.
                    refused[path] = error
                    continue
                name = wire_names.get(path) or folders.wire_names(path)[0]
                sent.append((command, path, wire.start(command, string(name))))
        for command, path, tag in sent:
            typ, reply = wire.finish(tag)
            if typ == "OK":
                continue
            gone = response_code(reply) == "NONEXISTENT"
            refused[path] = FolderNotFound(path) if gone else refusal(command.decode(), reply)
    return refused

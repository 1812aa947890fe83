"""Creates, renames and deletes folders, and keeps the subscriptions in step (RFC 3501 sections 6.3.3 to 6.3.9).

``wire_names`` is from path to wire name, of the folders that were listed. Each function returns ``{path: error}`` for
the subscriptions that could not be changed; the folder itself has been changed then.
"""

import contextlib

from . import folders, imap_subscriptions
from .imap_connection import string
from .imap_refusals import explain, response_code


def create(wire, path, wire_names):
    """Create and subscribe a folder."""
    name = wire_names.get(path) or folders.wire_names(path)[0]
    with wire.speaking():
        typ, reply = wire.run(b"CREATE", string(name))
        if typ != "OK":
            raise explain("CREATE", path, reply)
        return imap_subscriptions.change(wire, [(b"SUBSCRIBE", path)], wire_names)


def rename(wire, old, new, wire_names):
    """Rename a folder; those below it follow, and so do the subscriptions, which the server leaves behind."""
    old_name, new_name = wire_names.get(old) or folders.wire_names(old)[0], folders.wire_names(new)[0]
    subscribed = _Subscribed(old)
    with wire.speaking(LSUB=subscribed.on_lsub):
        with wire.together():
            listing = wire.start(b'LSUB "" "*"')
            tag = wire.start(b"RENAME", string(old_name), string(new_name))
        wire.finish(listing)
        typ, reply = wire.finish(tag)
        if typ != "OK":
            raise explain("RENAME", new if response_code(reply) == "ALREADYEXISTS" else old, reply)
        changes = [(b"UNSUBSCRIBE", path) for path in subscribed.paths]
        changes += [(b"SUBSCRIBE", new + path[len(old) :]) for path in subscribed.paths]
        refused = imap_subscriptions.change(wire, changes, wire_names)
    _forget(old, wire_names)
    return refused


def delete(wire, path, wire_names):
    """Delete and unsubscribe a folder."""
    name = wire_names.get(path) or folders.wire_names(path)[0]
    with wire.speaking():
        typ, reply = wire.run(b"DELETE", string(name))
        if typ != "OK":
            raise explain("DELETE", path, reply)
        refused = imap_subscriptions.change(wire, [(b"UNSUBSCRIBE", path)], wire_names)
    _forget(path, wire_names)
    return refused


class _Subscribed:
    """Collects the subscribed folders that a folder consists of: itself and those below."""

    def __init__(self, top):
        self._top = top
        self.paths = []

    def on_lsub(self, parts):
        with contextlib.suppress(ValueError):
            _name, folder = folders.read_list(parts)
            is_below = folder.delimiter and folder.path.startswith(self._top + folder.delimiter)
            # \Noselect in LSUB: not subscribed itself, but something below (RFC 3501 section 6.3.9).
            if folder.selectable and (folder.path == self._top or is_below):
                self.paths.append(folder.path)


def _forget(path, wire_names):
    for known in [known for known in wire_names if known.startswith(path)]:
        del wire_names[known]

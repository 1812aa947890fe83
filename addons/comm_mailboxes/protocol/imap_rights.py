"""What this login may do in a folder (RFC 4314)."""

from .imap_connection import string

# RFC 2086 knew but one right for all that deletes.
_DELETE = frozenset("etx")


def read_rights(wire, name):
    """Return the letters of the rights on the folder with this wire name; None when the server does not tell."""
    told = []
    if not wire.has("ACL"):
        return None
    with wire.speaking(MYRIGHTS=told.append) as speaking:
        typ, _reply = speaking.run(b"MYRIGHTS", string(name))
    words = told[-1][-1].split() if typ == "OK" and told else None
    if not words:
        return None
    rights = frozenset(words[-1].strip(b'"').decode("ascii", "replace"))
    is_old = not any(capability.startswith("RIGHTS=") for capability in wire.capabilities)
    return rights | _DELETE if is_old and "d" in rights else rights

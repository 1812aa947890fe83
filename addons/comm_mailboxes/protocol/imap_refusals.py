"""Why a server refuses something, told by the code in its answer (RFC 5530, RFC 9051 section 7.1)."""

import re

from .errors import (
    FolderExists,
    FolderHasSubfolders,
    FolderNotFound,
    FolderRefused,
    MessageTooBig,
    NotPermitted,
    QuotaExceeded,
    ServerRefused,
)

_BY_CODE = {
    "ALREADYEXISTS": FolderExists,
    "CANNOT": FolderRefused,
    "HASCHILDREN": FolderHasSubfolders,
    "NONEXISTENT": FolderNotFound,
    "NOPERM": NotPermitted,
    "OVERQUOTA": QuotaExceeded,
    "READ-ONLY": NotPermitted,
    "TOOBIG": MessageTooBig,
    "TRYCREATE": FolderNotFound,
}
_RESPONSE_CODE = re.compile(rb"\[([A-Za-z0-9-]+)")
# Codes that say: later
_LATER = {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED"}
# Older servers say it in words.
_SUBFOLDERS = re.compile(rb"\b(?:child|children|inferiors?|sub-?(?:folder|mailbox|director))", re.IGNORECASE)


def response_code(reply):
    """Return the bracketed code at the start of a status reply, "" without one."""
    match = _RESPONSE_CODE.match(reply)
    return match[1].decode("ascii").upper() if match else ""


def refusal(command, reply, step="command"):
    """Return the error for a NO or BAD."""
    code = response_code(reply)
    error = ServerRefused(command, reply or b"-", step=step, temporary=code in _LATER)
    error.code = code
    return error


def explain(command, path, reply):
    """Return the error for a NO or BAD that concerns a folder."""
    kind = _BY_CODE.get(response_code(reply))
    if command == "DELETE" and kind in (None, FolderRefused) and _SUBFOLDERS.search(reply):
        kind = FolderHasSubfolders
    if kind is FolderNotFound:
        return FolderNotFound(path)
    return kind(path, reply) if kind else refusal(command, reply)

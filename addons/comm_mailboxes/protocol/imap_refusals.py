"""Why a server refuses to change something, told by the code in its answer (RFC 5530, RFC 9051 section 7.1)."""

import re

from .errors import (
    FolderExists,
    FolderHasSubfolders,
    FolderNotFound,
    FolderRefused,
    MessageTooBig,
    NotPermitted,
    QuotaExceeded,
)
from .imap_connection import refusal, response_code

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
# Older servers say it in words.
_SUBFOLDERS = re.compile(rb"\b(?:child|children|inferiors?|sub-?(?:folder|mailbox|director))", re.IGNORECASE)


def explain(command, path, reply):
    """Return the error for a NO or BAD that concerns a folder."""
    kind = _BY_CODE.get(response_code(reply))
    if command == "DELETE" and kind in (None, FolderRefused) and _SUBFOLDERS.search(reply):
        kind = FolderHasSubfolders
    if kind is FolderNotFound:
        return FolderNotFound(path)
    return kind(path, reply) if kind else refusal(command, reply)

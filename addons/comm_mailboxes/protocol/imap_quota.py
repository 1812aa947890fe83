"""How much room a mailbox has on the server (RFC 9208, QUOTA)."""

import re
from dataclasses import dataclass

from .imap_connection import string

# The name of the quota root comes before, and may hold anything.
_RESOURCES = re.compile(rb"\(([^()]*)\)\s*$")
_RESOURCE = re.compile(rb"(STORAGE|MESSAGE) (\d{1,20}) (\d{1,20})", re.IGNORECASE)
# STORAGE counts units of 1024 octets.
_UNIT = {"STORAGE": 1024, "MESSAGE": 1}


@dataclass(frozen=True)
class Quota:
    """Used and allowed, bytes or messages."""

    used: int
    limit: int

    @property
    def ratio(self):
        return self.used / self.limit if self.limit else 1.0


def read_quota(wire, name):
    """Return ``{"STORAGE": Quota, "MESSAGE": Quota}`` of a folder, of each what the server tells.

    A folder may count in several quota roots: the one that is full first counts. Servers that refuse the question tell
    nothing: some let nobody but administrators ask.
    """
    found = {}

    def on_quota(parts):
        match = _RESOURCES.search(parts[-1])
        for kind, used, limit in _RESOURCE.findall(match[1] if match else b""):
            kind = kind.decode().upper()
            quota = Quota(int(used) * _UNIT[kind], int(limit) * _UNIT[kind])
            if kind not in found or quota.ratio > found[kind].ratio:
                found[kind] = quota

    if not wire.has("QUOTA"):
        return found
    with wire.speaking(QUOTA=on_quota, QUOTAROOT=lambda parts: None) as speaking:
        speaking.run(b"GETQUOTAROOT", string(name))
    return found

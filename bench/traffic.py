"""What a visit says to the server and what it costs on the wire: counted by the lab's proxy, in a visit apart.

The visits that are timed go to the server directly.
"""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Traffic:
    """Bytes in both directions; ``round_trips``: how often the client spoke after the server had, and so had waited."""

    commands: tuple[str, ...]
    round_trips: int
    bytes: int

    def __str__(self):
        told = ", ".join(name if times == 1 else f"{times} {name}" for name, times in Counter(self.commands).items())
        return f"{told} ({self.round_trips} round trips, {self.bytes:,} bytes)"


def count(lab, visit):
    """Return the traffic of ``visit(port)``."""
    with lab.proxy() as proxy:
        visit(proxy.port)
        return Traffic(tuple(proxy.commands), proxy.round_trips, proxy.bytes_from_client + proxy.bytes_from_server)


def of_mailbox(database, lab, mailbox_id):
    """Return the traffic of one visit of a mailbox."""

    def visit(port):
        database.use_port(mailbox_id, port)
        database.visit(mailbox_id)

    try:
        return count(lab, visit)
    finally:
        database.use_port(mailbox_id, lab.ports["imap"])

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Puts mail into folders of an account, fast: MULTIAPPEND (RFC 3502) with LITERAL+ (RFC 7888)."""

import base64
import contextlib
import datetime
import imaplib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .accounts import Account
from .errors import LabError

# Each open connection is a process of the server.
_KEPT_CONNECTIONS = 4
_BATCH_MAILS = 500
_BATCH_BYTES = 8_000_000
_BARE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True)
class Parcel:
    """One mail on its way into one folder."""

    raw: bytes
    flags: tuple[str, ...] = ()
    internal_date: datetime.datetime | None = None

    def literal(self) -> bytes:
        raw = _BARE_LF.sub(b"\r\n", self.raw)
        parts = [b" (" + " ".join(self.flags).encode() + b")"]
        if self.internal_date:
            date = self.internal_date
            if date.tzinfo is None:
                date = date.replace(tzinfo=datetime.UTC)
            parts.append(imaplib.Time2Internaldate(date).encode())
        # "~" (RFC 3516) lets a mail carry NUL bytes.
        parts.append(b"%s{%d+}\r\n%s" % (b"~" if b"\0" in raw else b"", len(raw), raw))
        return b" ".join(parts)


class Postman:
    """Keeps a few logged-in connections, so that single deliveries are quick too."""

    def __init__(self, connect: Callable[[Account], imaplib.IMAP4]):
        self._connect = connect
        self._lock = threading.RLock()
        self._connections: OrderedDict[str, imaplib.IMAP4] = OrderedDict()
        self._tag = 0

    def close(self) -> None:
        with self._lock:
            while self._connections:
                self._drop(next(iter(self._connections)))

    def deliver(self, account: Account, folder: str, parcels: Iterable[Parcel]) -> None:
        with self._lock:
            connection = self._connection(account)
            batch: list[bytes] = []
            size = 0
            for parcel in parcels:
                batch.append(parcel.literal())
                size += len(batch[-1])
                if len(batch) >= _BATCH_MAILS or size >= _BATCH_BYTES:
                    self._append(connection, account, folder, batch)
                    batch, size = [], 0
            if batch:
                self._append(connection, account, folder, batch)

    def create(self, account: Account, folder: str, *, subscribed: bool) -> None:
        """Create the folder and those above it; no matter whether it exists."""
        with self._lock:
            connection = self._connection(account)
            reply = self._command(connection, b"CREATE " + quoted(folder))
            if not reply.startswith(b"OK") and b"ALREADYEXISTS" not in reply:
                raise LabError(f"The server did not create {folder!r}: {reply.decode(errors='replace')}")
            if subscribed:
                self._must(connection, b"SUBSCRIBE " + quoted(folder))

    def _append(self, connection, account: Account, folder: str, batch: list[bytes]) -> None:
        command = [b"APPEND " + quoted(folder), *batch]
        reply = self._command(connection, *command)
        if b"TRYCREATE" in reply:
            self.create(account, folder, subscribed=True)
            reply = self._command(connection, *command)
        if not reply.startswith(b"OK"):
            raise LabError(f"The server did not take mail for {folder!r}: {reply.decode(errors='replace')}")

    def _must(self, connection, command: bytes) -> None:
        reply = self._command(connection, command)
        if not reply.startswith(b"OK"):
            raise LabError(f"The server refused {command.decode()}: {reply.decode(errors='replace')}")

    def _command(self, connection, *parts: bytes) -> bytes:
        """Send one command and return the text of its tagged answer."""
        self._tag += 1
        tag = b"P%d " % self._tag
        connection.send(tag + b"".join(parts) + b"\r\n")
        while True:
            line = connection.readline()
            if not line:
                raise LabError("The lab's server hung up during a delivery; see its log.")
            if line.startswith(tag):
                return line[len(tag) :].strip()

    def _connection(self, account: Account) -> imaplib.IMAP4:
        connection = self._connections.get(account.address)
        if connection is not None:
            try:
                self._must(connection, b"NOOP")
                self._connections.move_to_end(account.address)
                return connection
            except (LabError, OSError):
                self._drop(account.address)
        if len(self._connections) >= _KEPT_CONNECTIONS:
            self._drop(next(iter(self._connections)))
        connection = self._connections[account.address] = self._connect(account)
        return connection

    def _drop(self, address: str) -> None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._connections.pop(address).shutdown()


def quoted(folder: str) -> bytes:
    """A folder's name as a quoted string in modified UTF-7 (RFC 3501, 5.1.3)."""
    encoded = re.sub(r"&|[^ -~]+", lambda match: _modified_base64(match.group()), folder)
    return b'"' + encoded.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def _modified_base64(text: str) -> str:
    if text == "&":
        return "&-"
    return "&" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

"""An IMAP session as the sync needs it: folders, state, sizes, messages. Raises ProtocolError and nothing else."""

import contextlib
import dataclasses
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from . import folders, imap_grammar, imap_listing, imap_subscriptions, sasl, tls
from .connector import report
from .errors import (
    ConnectionLost,
    FolderNotFound,
    ProtocolError,
    ServerNonsense,
    ServerSilent,
    UnsafeArgument,
    clean,
    refuse_unsafe,
)
from .imap_connection import LARGE_LITERAL, SMALL_LITERAL, Client, refusal, response_code, string

_UID_AND_SIZE = re.compile(rb"\* \d+ FETCH \(UID (\d+) RFC822\.SIZE (\d+)\)\r\n")
_UID = re.compile(rb"\bUID (\d+)")


@dataclass(frozen=True)
class FolderState:
    """What a folder looks like at the moment it was opened; ``highestmodseq`` None: the server has none."""

    uidvalidity: int
    uidnext: int
    exists: int
    highestmodseq: int | None


@dataclass
class FetchedMessage:
    """A message as it came. ``failed``: why the server, asked twice, did not hand out its content (``raw`` is b"")."""

    uid: int
    flags: frozenset[str]
    internal_date: datetime | None
    size: int
    raw: bytes
    failed: str = ""


class ImapSession:
    """A logged-in connection; a context manager."""

    def __init__(self, endpoint, credentials, on_step=None):
        refuse_unsafe("host", endpoint.host)
        credentials.check()
        self._host = endpoint.host
        self._credentials = credentials
        self._wire_names = {}
        self.client = Client(endpoint, on_step)
        self._wire = self.client.connection
        try:
            started = time.monotonic()
            with self._wire.translated("login"):
                self.mechanism = self._log_in()
            self.certificate = tls.peer_certificate(self._wire.sock)
            facts = {"mechanism": self.mechanism, "capabilities": sorted(self.capabilities)}
            report(on_step, "login", started, facts)
        except BaseException:
            self._wire.shutdown()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        """Say goodbye if that is quick, and close."""
        if self._wire.unread_tag is None:
            with contextlib.suppress(ProtocolError, OSError, self._wire.error):
                self._wire.sock.settimeout(2)
                self._wire.run(b"LOGOUT")
        self._wire.shutdown()

    @property
    def capabilities(self):
        return frozenset(self._wire.capabilities)

    # Logging in

    def _log_in(self):
        if self._wire.state == "AUTH":
            return "PREAUTH"
        offered = {name.removeprefix("AUTH=") for name in self._wire.capabilities if name.startswith("AUTH=")}
        if not self._wire.has("LOGINDISABLED"):
            offered.add(sasl.PASSWORD_COMMAND)
        mechanism = sasl.log_in(
            self._credentials, offered, self._authenticate, encrypted=self._wire.encrypted, host=self._host
        )
        self._wire.state = "AUTH"
        self._wire.read_capabilities()
        return mechanism if mechanism != sasl.PASSWORD_COMMAND else "LOGIN"

    def _authenticate(self, mechanism):
        self._wire.untagged_responses.pop("CAPABILITY", None)
        if mechanism == sasl.PASSWORD_COMMAND:
            login, password = self._credentials.login.encode(), self._credentials.password.encode()
            typ, reply = self._wire.run(b"LOGIN", string(login), string(password))
        else:
            exchange = sasl.exchange(mechanism, self._credentials)
            answer = sasl.challenge_answers(exchange)
            words = [mechanism.encode()]
            if exchange.client_first and self._wire.has("SASL-IR"):
                words.append(answer(b"") or b"=")
            typ, reply = self._wire.answer(b"AUTHENTICATE", answer, *words)
            if typ == "OK" and not exchange.proven:
                raise ServerNonsense(self._host, f"{mechanism}: no proof", step="login")
        if typ == "NO" and response_code(reply) in ("UNAVAILABLE", "INUSE", "LIMIT"):
            raise refusal("LOGIN", self._credentials.conceal(reply).encode(), step="login")
        return typ == "OK", reply

    # Folders

    def folders(self, *, status=True):
        """Return all folders with what the server tells of them, parents before children.

        Without ``status`` their numbers stay unknown: some servers have to open each folder to tell them.
        """
        found, self._wire_names = imap_listing.read_folders(self._wire, status=status)
        return found

    def examine(self, path):
        """Open a folder for reading only."""
        refuse_unsafe("folder name", path)
        known = self._wire_names.get(path)
        names = [known] if known is not None else folders.wire_names(path)
        refused = []
        for name in names:
            with self._wire.speaking() as wire:
                words = [b"EXAMINE", string(name)]
                if self._wire.has("CONDSTORE", "QRESYNC"):
                    words.append(b"(CONDSTORE)")
                typ, reply = wire.run(*words)
                if typ == "OK":
                    wire.state = "SELECTED"
                    return self._folder_state(wire)
                wire.state = "AUTH"
                refused.append(reply)
        if response_code(refused[0]) == "NONEXISTENT" or not self._exists(names[0]):
            raise FolderNotFound(path)
        raise refusal("EXAMINE", refused[0])

    def subscribe(self, path):
        """Subscribe a folder."""
        for error in self.set_subscriptions(subscribe=[path]).values():
            raise error

    def unsubscribe(self, path):
        """Unsubscribe a folder."""
        for error in self.set_subscriptions(unsubscribe=[path]).values():
            raise error

    def set_subscriptions(self, subscribe=(), unsubscribe=()):
        """Subscribe and unsubscribe many folders; return ``{path: error}`` for those that the server refused."""
        changes = [(b"SUBSCRIBE", path) for path in subscribe] + [(b"UNSUBSCRIBE", path) for path in unsubscribe]
        for _verb, path in changes:
            refuse_unsafe("folder name", path)
        with self._wire.speaking() as wire:
            return imap_subscriptions.change(wire, changes, self._wire_names)

    def _folder_state(self, wire):
        def last(name):
            return imap_grammar.number((wire.untagged_responses.get(name) or [None])[-1])

        exists, uidnext = last("EXISTS") or 0, last("UIDNEXT")
        state = FolderState(last("UIDVALIDITY") or 0, uidnext or 1, exists, last("HIGHESTMODSEQ") or None)
        if uidnext is None and exists:
            # Some old servers leave UIDNEXT out.
            newest = self._sizes(b"*")
            state = dataclasses.replace(state, uidnext=newest[-1][0] + 1 if newest else 1)
        return state

    def _exists(self, name):
        found = []

        def on_list(parts):
            with contextlib.suppress(ValueError):
                wire_name, folder = folders.read_list(parts)
                found.append(wire_name == name and folder.selectable)  # a name with * or % lists others too

        with self._wire.speaking(LIST=on_list) as wire:
            wire.run(b'LIST ""', string(name))
        return any(found)

    # Messages

    def sizes(self, first_uid, last_uid=None):
        """Return ``(uid, size)`` of the messages from first to last UID (None: the newest), ascending."""
        if last_uid is not None and last_uid < first_uid:
            return []
        self._check_uids([first_uid, first_uid if last_uid is None else last_uid])
        last = b"*" if last_uid is None else b"%d" % last_uid
        # "n:*" always names the newest message, even below n.
        return [
            (uid, size)
            for uid, size in self._sizes(b"%d:%b" % (first_uid, last))
            if uid >= first_uid and (last_uid is None or uid <= last_uid)
        ]

    def _sizes(self, uid_set):
        found = {}

        def on_fetch(parts):
            with contextlib.suppress(ValueError):
                attributes = imap_grammar.fetch_attributes(parts)
                uid, size = (imap_grammar.number(attributes.get(name)) for name in (b"UID", b"RFC822.SIZE"))
                if uid and size is not None:
                    found[uid] = size

        with self._wire.speaking("fetch", FETCH=on_fetch) as wire:
            tag = wire.start(b"UID FETCH", uid_set, b"(UID RFC822.SIZE)")
            while not wire.tagged_commands[tag]:
                # Folders with 100,000 messages: a look at the usual form before the general machinery
                line = wire.readline()
                match = _UID_AND_SIZE.fullmatch(line)
                if match:
                    found[int(match[1])] = int(match[2])
                    continue
                wire.push_back(line)
                wire.step(tag)
            typ, reply = wire.result(tag)
            if typ != "OK":
                raise refusal("UID FETCH", reply, step="fetch")
        return sorted(found.items())

    def messages(self, uids) -> Iterator[FetchedMessage]:
        """Yield the messages with these UIDs, whole, as the server sends them.

        A message that is gone is simply absent. One that exists, but that the server refuses or leaves out, comes
        with ``failed`` after having been asked for alone. When the connection breaks, the error's attribute ``uid``
        names the message under way. Finish or close the iteration before the next command.
        """
        return self._fetch(uids, b"BODY.PEEK[]", b"BODY[]")

    def headers(self, uids) -> Iterator[FetchedMessage]:
        """Like :meth:`messages`, with the header only."""
        return self._fetch(uids, b"BODY.PEEK[HEADER]", b"BODY[HEADER]")

    def _fetch(self, uids, item, key):
        wanted = list(dict.fromkeys(uids))
        self._check_uids(wanted)
        missing = set(wanted)
        refused = b""
        for uid_set in imap_grammar.uid_sets(wanted):
            typ, reply = yield from self._fetch_set(uid_set, item, key, missing)
            if typ != "OK":
                refused = reply
                break
        if not missing:
            return
        # Expunged, or could the server not read one of them? Then each is asked for alone.
        left = {message.uid: message for message in self._plain_attributes(missing)}
        failures = []
        for uid, message in sorted(left.items()):
            if len(wanted) > 1 or not refused:
                _typ, refused = yield from self._fetch_set(b"%d" % uid, item, key, missing)
                if uid not in missing:
                    continue
            error = refusal("UID FETCH", refused, step="fetch")
            if error.temporary and response_code(refused) != "SERVERBUG":
                raise error
            message.failed = clean(refused) or "no content"
            failures.append(message)
        if len(failures) == len(wanted) > 2:
            # Not one of them: that is the server's trouble, not the messages'.
            raise refusal("UID FETCH", refused, step="fetch")
        yield from failures

    def _plain_attributes(self, uids):
        """Return what the server says of these messages without their content; whoever is not in it is gone."""
        found = []
        for uid_set in imap_grammar.uid_sets(uids):
            arrived = []
            with self._wire.speaking("fetch", FETCH=arrived.append) as wire:
                typ, reply = wire.run(b"UID FETCH", uid_set, b"(UID FLAGS INTERNALDATE RFC822.SIZE)")
                if typ != "OK":
                    raise refusal("UID FETCH", reply, step="fetch")
            found += [message for parts in arrived if (message := self._read_fetch(parts, b"")) and message.uid in uids]
        return found

    def _fetch_set(self, uid_set, item, key, missing):
        """Yield the messages of one command, striking them off ``missing``; return how the command ended."""
        arrived = deque()
        with self._wire.speaking("fetch") as wire:
            tag = self._wire.unread_tag = wire.start(
                b"UID FETCH", uid_set, b"(UID FLAGS INTERNALDATE RFC822.SIZE %b)" % item
            )
        outcome = None
        while outcome is None:
            if self._wire.unread_tag != tag:
                raise RuntimeError("another command was sent in the middle of an iteration over messages")
            self._wire.sinks = {"FETCH": arrived.append}
            self._wire.literal_limit = LARGE_LITERAL
            try:
                with self._wire.translated("fetch"):
                    if self._wire.step(tag):
                        outcome = self._wire.result(tag)
                        self._wire.unread_tag = None
            except (ConnectionLost, ServerSilent) as error:
                match = _UID.search(self._wire.interrupted)
                error.uid = int(match[1]) if match else None
                raise
            finally:
                self._wire.literal_limit = SMALL_LITERAL
                self._wire.sinks = {}
            while arrived:
                message = self._read_fetch(arrived.popleft(), key)
                if message and message.uid in missing:
                    missing.discard(message.uid)
                    yield message
        return outcome

    @staticmethod
    def _read_fetch(parts, key):
        """Return the message in a FETCH response, None for news of another kind (flags, NIL, nonsense)."""
        try:
            attributes = imap_grammar.fetch_attributes(parts)
        except ValueError:
            return None
        uid = imap_grammar.number(attributes.get(b"UID"))
        raw = attributes.get(key) if key else b""
        if not uid or not isinstance(raw, bytes):
            return None
        size = imap_grammar.number(attributes.get(b"RFC822.SIZE"))
        flags = attributes.get(b"FLAGS")
        return FetchedMessage(
            uid,
            imap_grammar.flag_names(flags if isinstance(flags, list) else ()),
            imap_grammar.internal_date(attributes.get(b"INTERNALDATE")),
            len(raw) if size is None else size,
            raw,
        )

    @staticmethod
    def _check_uids(uids):
        if not all(isinstance(uid, int) and 0 < uid < 1 << 32 for uid in uids):
            raise UnsafeArgument("UID")

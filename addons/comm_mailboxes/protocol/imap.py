"""An IMAP session as the sync needs it: folders, state, messages, changes. Servers' faults become ProtocolError."""

import contextlib
import dataclasses
import time
from collections.abc import Iterator

from . import (
    folders,
    imap_append,
    imap_changes,
    imap_folder_changes,
    imap_grammar,
    imap_listing,
    imap_messages,
    imap_quota,
    imap_rights,
    imap_search,
    imap_store,
    imap_subscriptions,
    mime_headers,
    sasl,
    tls,
)
from .connector import report
from .errors import (
    FolderNotFound,
    NotPermitted,
    NotReadable,
    ProtocolError,
    ServerNonsense,
    UnsafeArgument,
    refuse_unsafe,
)
from .imap_connection import Connection, string
from .imap_messages import FetchedMessage
from .imap_refusals import refusal, response_code
from .imap_select import Selection
from .imap_store import Transfer


class ImapSession:
    """A logged-in connection; a context manager."""

    def __init__(self, endpoint, credentials, on_step=None):
        refuse_unsafe("host", endpoint.host)
        credentials.check()
        self._endpoint = endpoint
        self._host = endpoint.host
        self._credentials = credentials
        self._wire_names = {}
        # Of the last answer of `folders`
        self.fingerprint = None
        self.inbox_missing = None  # InboxMissing: there is none, though there has to be
        self._connect(on_step)

    def _connect(self, on_step=None):
        self._wire = Connection(self._endpoint, on_step)
        try:
            started = time.monotonic()
            with self._wire.translated("login"):
                self.mechanism = self._log_in()
            self.certificate = tls.peer_certificate(self._wire.sock)
            facts = {"mechanism": self.mechanism, "capabilities": sorted(self.capabilities)}
            report(on_step, "login", started, facts)
            self._selection = Selection(self._wire)
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

    def reconnect(self):
        """Go on over a new connection, in place of one that broke. No folder is open in it."""
        self._wire.shutdown()
        self._connect()

    def hang_up(self):
        """Break the connection off, whatever is under way; another thread that waits for the server learns that it is lost."""
        self._wire.hang_up()

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
            typ, reply = self._wire.run(b"LOGIN", string(login, "login"), string(password, "password"))
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

    def folders(self, *, status=True, unless=None):
        """Return all folders with what the server tells of them, parents before children.

        Without ``status`` their numbers stay unknown: some servers have to open each folder to tell them. An inbox that the
        server does not list is asked for, and may be open for reading afterwards.

        :param unless: what ``fingerprint`` was after an earlier answer: for the same one, None is returned, and nothing read
        """
        listing = imap_listing.Listing(self._wire, self._selection, status=status)
        listing.read(unless)
        self.fingerprint, self.inbox_missing = listing.fingerprint, listing.inbox_missing
        if listing.folders is not None:
            self._wire_names = listing.wire_names
        return listing.folders

    @property
    def selected(self):
        """The path of the folder that :meth:`select` opened, None when none is or it was only examined."""
        state = self._selection.state
        return None if state is None or self._selection.examined else self._selection.path

    def select(self, path, since=None):
        """Open a folder for reading and writing; return its FolderState.

        :param since: (UIDVALIDITY, HIGHESTMODSEQ) as last seen: the state's ``changed`` and ``vanished`` then tell what
            happened in between, if the server has QRESYNC
        """
        return self._open(path, since=since)

    def examine(self, path):
        """Open a folder for reading only."""
        return self._open(path, read_only=True)

    def _open(self, path, **options):
        self._check_names(path)
        known = self._wire_names.get(path)
        names = [known] if known is not None else folders.wire_names(path)
        state, refused = self._selection.open(path, names, **options)
        if state is None:
            if response_code(refused) == "NONEXISTENT" or not self._exists(names[0]):
                raise FolderNotFound(path)
            if response_code(refused) == "NOPERM":
                raise NotReadable(path, refused)
            raise refusal("EXAMINE" if options.get("read_only") else "SELECT", refused)
        if not state.uidnext:
            # Some old servers leave UIDNEXT out.
            newest = imap_messages.read_sizes(self._wire, b"*") if state.exists else []
            state = self._selection.state = dataclasses.replace(state, uidnext=newest[-1][0] + 1 if newest else 1)
        return state

    def create_folder(self, path):
        """Create and subscribe a folder; return ``{path: error}`` when only the subscription was refused."""
        self._check_names(path)
        return imap_folder_changes.create(self._wire, path, self._wire_names)

    def rename_folder(self, path, new_path):
        """Rename a folder with all below it; return ``{path: error}`` of subscriptions that could not follow."""
        self._check_names(path, new_path)
        self._selection.leave(path)
        return imap_folder_changes.rename(self._wire, path, new_path, self._wire_names)

    def delete_folder(self, path):
        """Delete a folder with its messages; return ``{path: error}`` when it stays subscribed."""
        self._check_names(path)
        self._selection.leave(path)
        return imap_folder_changes.delete(self._wire, path, self._wire_names)

    def quota(self, path):
        """Return how much room the folder's mailbox has, see ``imap_quota``; empty when the server does not tell."""
        return imap_quota.read_quota(self._wire, self._wire_name(path))

    def rights(self, path):
        """Return the letters of what this login may do in the folder (RFC 4314); None when the server does not tell."""
        return imap_rights.read_rights(self._wire, self._wire_name(path))

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
        with self._wire.speaking() as wire:
            return imap_subscriptions.change(wire, changes, self._wire_names)

    def _exists(self, name):
        found = []

        def on_list(parts):
            with contextlib.suppress(ValueError):
                wire_name, folder = folders.read_list(parts)
                found.append(wire_name == name and folder.selectable)  # a name with * or % lists others too

        with self._wire.speaking(LIST=on_list) as wire:
            wire.run(b'LIST ""', string(name))
        return any(found)

    # Reading messages

    def sizes(self, first_uid, last_uid=None):
        """Return ``(uid, size)`` of the messages from first to last UID (None: the newest), ascending."""
        if last_uid is not None and last_uid < first_uid:
            return []
        _checked([first_uid, first_uid if last_uid is None else last_uid])
        last = b"*" if last_uid is None else b"%d" % last_uid
        # "n:*" always names the newest message, even below n.
        return [
            (uid, size)
            for uid, size in imap_messages.read_sizes(self._wire, b"%d:%b" % (first_uid, last))
            if uid >= first_uid and (last_uid is None or uid <= last_uid)
        ]

    def messages(self, uids) -> Iterator[FetchedMessage]:
        """Yield the messages with these UIDs, whole, as the server sends them.

        A message that is gone is simply absent. One that exists, but that the server refuses or leaves out, comes
        with ``failed`` after having been asked for alone. When the connection breaks, the error's attribute ``suspects``
        names the message under way, or all that had still to come. Finish or close the iteration before the next command.
        """
        return self._fetch(uids, b"BODY.PEEK[]", b"BODY[]")

    def sizes_of(self, uids):
        """Return ``(uid, size)`` of these messages, as far as they are there, ascending."""
        sets = imap_grammar.uid_sets(sorted(_checked(uids)))
        return [found for uid_set in sets for found in imap_messages.read_sizes(self._wire, uid_set)]

    def headers(self, uids) -> Iterator[FetchedMessage]:
        """Like :meth:`messages`, with the header only."""
        bare = []
        for found in self._fetch(uids, b"BODY.PEEK[HEADER]", b"BODY[HEADER]"):
            if found.failed or found.raw[:4].strip():
                yield found
            else:
                bare.append(found.uid)
        # Where a mail begins with a blank line, servers end its header there; `mime` reads what follows.
        for found in self._fetch(bare, b"BODY.PEEK[]<0.65536>", b"BODY[]<0>") if bare else ():
            found.raw = mime_headers.block_of(found.raw[:])
            yield found

    def piece(self, uid, start, size):
        """Return so many bytes of a message from there on, as a list of one FetchedMessage; less at its end; [] if it is gone.

        With ``failed`` where the server does not hand them out; some do not behind the end, either.
        """
        return list(self._fetch([uid], b"BODY.PEEK[]<%d.%d>" % (start, size), b"BODY[]<%d>" % start))

    def _fetch(self, uids, item, key):
        return imap_messages.fetch(self._wire, _checked(uids), item, key, self._credentials.conceal)

    def flags(self, first_uid, last_uid=None, changed_since=None):
        """Return ``{uid: flags}`` of the messages from first to last UID (None: the newest).

        :param changed_since: a HIGHESTMODSEQ: only what changed after it, where the folder has such numbers; else all
        """
        if last_uid is not None and last_uid < first_uid:
            return {}
        _checked([first_uid, first_uid if last_uid is None else last_uid])
        state = self._selection.state
        if state is None or state.highestmodseq is None:
            changed_since = None
        return imap_changes.read_flags(self._wire, first_uid, last_uid, changed_since)

    def uids(self):
        """Return the UIDs of all messages in the open folder, ascending."""
        return imap_changes.find_uids(self._wire)

    def find(self, message_id):
        """Return the UIDs of the messages in the open folder whose header Message-ID holds this text, ascending."""
        return imap_changes.find_message_id(self._wire, message_id)

    def search(self, query):
        """Return the UIDs of the messages in the open folder that match, ascending; see ``imap_search``."""
        return imap_search.search_mail(self._wire, query)

    # Changing messages, in the folder that `select` opened

    def store_flags(self, uids, add=(), remove=()):
        """Set and take flags and keywords; messages that are gone do not matter."""
        imap_store.store_flags(self._writable(), _checked(uids), add, remove)

    def move(self, uids, path) -> Transfer:
        r"""Move messages to another folder.

        Without MOVE they are copied, marked \Deleted and, with UIDPLUS only, removed: see :class:`Transfer`. An error's
        attribute ``done`` holds the Transfer of what had been moved before.
        """
        return imap_store.move(self._writable(), _checked(uids), path, self._wire_name(path))

    @property
    def can_move(self):
        """Whether the server moves messages in one step, as it says."""
        return self._wire.has("MOVE", "IMAP4REV2")

    def copy(self, uids, path) -> Transfer:
        """Copy messages to another folder; an error's attribute ``done`` holds what had been copied before."""
        if self._selection.path is None:
            raise RuntimeError("no folder is open")
        return imap_store.copy(self._wire, _checked(uids), path, self._wire_name(path))

    def expunge(self, uids):
        """Remove messages for good.

        :return: the UIDs of the messages that truly went, others that somebody removed meanwhile among them; None when the
            server does not tell, or when it can only mark messages as deleted (no UIDPLUS)
        """
        return imap_store.expunge(self._writable(), _checked(uids))

    def append(self, path, raw, flags=(), date=None):
        """Put a message into a folder, whichever is open; return its UID there, None when the server does not tell.

        :param raw: bytes, memoryview or mmap, lines ending with CRLF; sent without copying it
        :param date: when it arrived (INTERNALDATE): a datetime, UTC when naive; None: now
        """
        return imap_append.append(self._wire, path, self._wire_name(path), raw, flags, date)

    def _writable(self):
        """Return the connection; servers answer OK to changes in a folder open for reading only, and do nothing."""
        if self.selected is None:
            raise RuntimeError("changes need a folder opened by select()")
        if self._selection.state.read_only:
            raise NotPermitted(self.selected, "READ-ONLY")
        return self._wire

    def _wire_name(self, path):
        self._check_names(path)
        return self._wire_names.get(path) or folders.wire_names(path)[0]

    def _check_names(self, *paths):
        """Raise an error for folders that cannot be asked for, by a name of ours or by the one that the server told."""
        for path in paths:
            folders.check_name(path, self._wire_names.get(path, b""))


def _checked(uids):
    uids = list(uids)
    if not all(isinstance(uid, int) and 0 < uid < 1 << 32 for uid in uids):
        raise UnsafeArgument("UID")
    return uids

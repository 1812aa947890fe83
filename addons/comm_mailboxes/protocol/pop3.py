"""A POP3 session (RFC 1939, 2449, 2595, 5034): list, read, delete. Raises ProtocolError and nothing else."""

import contextlib
import dataclasses
import hashlib
import itertools
import re
import time
from dataclasses import dataclass

from . import connector, sasl, tls
from .errors import (
    AnswerTooLong,
    ConnectionLost,
    GreetingMissing,
    ProtocolError,
    ServerNonsense,
    ServerRefused,
    ServerSilent,
    TlsNotOffered,
    UnsafeArgument,
    refuse_unsafe,
)
from .large import LARGE, LargeBytes, NoRoom

_MAX_LINE = 1 << 16
_MAX_BLOCK = 1 << 29
_MAX_CAPABILITIES = 1 << 20
# The sizes, or the ids, of so many messages, each of which takes half a kilobyte of memory in the end
_MOST_MESSAGES = 200_000
_MAX_LIST = _MOST_MESSAGES * 80
_MAX_HEADER = 1 << 20
_MAX_ID = 1000
_NUMBER = re.compile(rb"[0-9]{1,20}")
# Response codes (RFC 2449, 3206) that say: later; and how servers without them say that another session has the drop
_LATER = re.compile(
    rb"\[(?:IN-USE|LOGIN-DELAY|SYS/TEMP)|.{0,60}\block\b.{0,30}(?:maildrop|mailbox)"
    rb"|.{0,60}(?:maildrop|mailbox) (?:is )?(?:already |currently )?(?:locked|in use|busy)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pop3Message:
    """A message in the drop. ``uidl`` is "" on servers without UIDL: know it by its header then."""

    number: int
    size: int
    uidl: str


class _Connection:
    """Commands and answers, up to and with TLS."""

    def __init__(self, endpoint, on_step=None):
        self.endpoint = endpoint
        self.capabilities = frozenset()
        self.mechanisms = set()
        self.line = connector.Line(connector.open_socket(endpoint, on_step), endpoint)
        try:
            with self.at_step("connect"):
                self._greet()
            if endpoint.security == "starttls":
                with self.at_step("tls"):
                    self._start_tls(on_step)
        except BaseException:
            self.line.close()
            raise

    def _greet(self):
        try:
            self.reply(b"greeting")
        except ServerSilent as error:
            raise GreetingMissing(self.endpoint.host, self.endpoint.seconds) from error

    def _start_tls(self, on_step):
        self._agree_on_tls()
        sock = connector.upgrade(self.line.sock, self.endpoint, on_step, again=self._second_connection)
        # A new buffer: whatever somebody slipped in before TLS began is gone with the old one.
        self.line = connector.Line(sock, self.endpoint)

    def _agree_on_tls(self):
        self.read_capabilities()
        if "STLS" not in self.capabilities:
            raise TlsNotOffered(self.endpoint.host, self.endpoint.port)
        try:
            self.command(b"STLS")
        except ServerRefused as error:
            raise TlsNotOffered(self.endpoint.host, self.endpoint.port) from error

    def _second_connection(self):
        other = _Connection(dataclasses.replace(self.endpoint, security="none"))
        other._agree_on_tls()
        return other.line.sock

    def read_capabilities(self):
        """Ask what the server can; old ones do not know the question, but they know USER and PASS."""
        try:
            lines = self.block(b"CAPA", most=_MAX_CAPABILITIES).decode("ascii", "replace").upper().splitlines()
        except ServerRefused:
            lines = ["USER"]
        words = [line.split() for line in lines if line.strip()]
        self.capabilities = frozenset(" ".join(line) for line in words)
        self.mechanisms = {name for line in words if line[0] == "SASL" for name in line[1:]}
        if any(line[0] == "USER" for line in words):
            self.mechanisms.add(sasl.PASSWORD_COMMAND)

    def command(self, command, *arguments):
        self.send(command, *arguments)
        return self.reply(command)

    def send(self, command, *arguments):
        words = [command]
        for argument in arguments:
            refuse_unsafe(command.decode(), str(argument))
            words.append(str(argument).encode())
        self.line.begin()
        self.line.send(b" ".join(words) + b"\r\n")

    def reply(self, command):
        return self.judge(self.line.readline(_MAX_LINE), command)

    def judge(self, line, command):
        """Return the text behind +OK; raise what stands behind -ERR."""
        if line.startswith(b"+OK"):
            return line[3:].strip()
        if line.startswith(b"-ERR"):
            reply = line[4:].strip()
            error = ServerRefused(command, reply or b"-", temporary=bool(_LATER.match(reply)))
            error.reply = reply
            raise error
        self.line.close()
        raise ServerNonsense(self.endpoint.host, line[:100])

    def block(self, command, *arguments, most):
        """Return a multi-line answer as it was before its dots were doubled."""
        return b"".join(self.pieces(command, *arguments, most=most))

    def large_block(self, command, *arguments):
        """Return the same, in a file once it has become large."""
        pieces = self.pieces(command, *arguments, most=_MAX_BLOCK)
        begin, size = [], 0
        while size < LARGE and (piece := next(pieces, None)) is not None:
            begin.append(piece)
            size += len(piece)
        if size < LARGE:
            return b"".join(begin)
        try:
            return LargeBytes.gather(itertools.chain(begin, pieces))
        except NoRoom as error:
            self.line.close()
            raise ConnectionLost(self.endpoint.host) from error

    def head_of_block(self, command, *arguments):
        """Return what a multi-line answer says up to its first empty line; the rest is read, but never held in memory."""
        head, end = bytearray(), 0
        for piece in self.pieces(command, *arguments, most=_MAX_BLOCK):
            if not end:
                head += piece
                end = _end_of_header(head)
        return bytes(head[: end or None])

    def pieces(self, command, *arguments, most):
        """Yield a multi-line answer piece by piece, as it was before its dots were doubled."""
        self.command(command, *arguments)
        # As if a line had ended before: what the rest begins with decides whether a dot was doubled.
        rest, skipped, size = b"\r\n", 2, 0
        while not rest.endswith(b"\r\n.\r\n"):
            piece = self.line.read_some()
            size += len(piece)
            if size > most:
                self.give_up(most)
            rest += piece
            # Nothing follows before we speak again, so the end of the block is the end of what has arrived.
            if rest.endswith(b"\r\n.\r\n"):
                break
            # The last line stays whole, as its end tells whether the block ends; but for very long ones.
            cut = rest.rfind(b"\r\n")
            cut = cut if cut > 0 else max(0, len(rest) - 5) * (len(rest) > _MAX_LINE)
            if cut > skipped:
                yield _without_doubled_dots(rest[:cut])[skipped:]
                rest, skipped = rest[cut:], 0
        yield _without_doubled_dots(rest[:-3])[skipped:]

    def give_up(self, most):
        """End the conversation with a server that answers with more than so many bytes."""
        self.line.close()
        raise AnswerTooLong(self.endpoint.host, max(1, most >> 20))

    @contextlib.contextmanager
    def at_step(self, step):
        """Note in errors where they happened."""
        try:
            yield
        except (ServerSilent, ConnectionLost, ServerNonsense, ServerRefused) as error:
            if error.step == "command":
                error.step = step
            raise


class Pop3Session:
    """A logged-in connection; a context manager.

    Deletions happen at the end: when the block ends well, or by :meth:`finish`. Whatever else ends the session, an
    exception too, leaves the server's mail as it is.
    """

    def __init__(self, endpoint, credentials, on_step=None):
        refuse_unsafe("host", endpoint.host)
        credentials.check()
        self._host = endpoint.host
        self._credentials = credentials
        self._deleting = False
        self._ended = False
        self._wire = _Connection(endpoint, on_step)
        try:
            started = time.monotonic()
            with self._wire.at_step("login"):
                self.mechanism = self._log_in()
            self.certificate = tls.peer_certificate(self._wire.line.sock)
            facts = {"mechanism": self.mechanism, "capabilities": sorted(self.capabilities)}
            connector.report(on_step, "login", started, facts)
        except BaseException:
            self._wire.line.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, exc_type, *exc_info):
        if exc_type is None:
            self.finish()
        else:
            self.close()

    def finish(self):
        """End the session, which is when the server deletes; raises when it did not. Once is enough."""
        if self._ended:
            return
        self._ended = True
        try:
            self._wire.command(b"QUIT")
        except ProtocolError:
            if self._deleting:
                raise
        finally:
            self._wire.line.close()

    def close(self):
        """Hang up; nothing is deleted (RFC 1939 section 6: only QUIT enters the UPDATE state)."""
        self._wire.line.close()

    def hang_up(self):
        """Break the connection off, whatever is under way; another thread that waits for the server learns that it is lost."""
        self._wire.line.hang_up()

    @property
    def capabilities(self):
        return self._wire.capabilities

    # Logging in

    def _log_in(self):
        self._wire.read_capabilities()
        offered, encrypted = self._wire.mechanisms, self._wire.line.encrypted
        mechanism = sasl.log_in(self._credentials, offered, self._authenticate, encrypted=encrypted, host=self._host)
        return mechanism if mechanism != sasl.PASSWORD_COMMAND else "USER"

    def _authenticate(self, mechanism):
        try:
            if mechanism == sasl.PASSWORD_COMMAND:
                self._wire.command(b"USER", self._credentials.login)
                self._wire.command(b"PASS", self._credentials.password)
            else:
                self._converse(mechanism)
        except ServerRefused as error:
            if error.temporary:
                reply = self._credentials.conceal(error.reply)
                raise ServerRefused("login", reply, step="login", temporary=True) from error
            return False, error.reply
        return True, b""

    def _converse(self, mechanism):
        exchange = sasl.exchange(mechanism, self._credentials)
        answer = sasl.challenge_answers(exchange)
        self._wire.send(b"AUTH", mechanism)
        line = self._wire.line
        while (text := line.readline(_MAX_LINE)).startswith(b"+") and not text.startswith(b"+OK"):
            line.send(answer(text[1:].strip()) + b"\r\n")
        self._wire.judge(text, b"AUTH")
        if not exchange.proven:
            raise ServerNonsense(self._host, f"{mechanism}: no proof")

    # Messages

    def messages(self):
        """Return the messages of the drop, in its order."""
        sizes = self._numbered(b"LIST", lambda word: int(word) if _NUMBER.fullmatch(word) else 0)
        try:
            names = self._numbered(b"UIDL", _as_text)
        except ServerRefused:
            names = {}
        return [Pop3Message(number, size, names.get(number, "")) for number, size in sorted(sizes.items())]

    def _numbered(self, command, read):
        found, rest = {}, b""
        for piece in self._wire.pieces(command, most=_MAX_LIST):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                words = line.split()
                if words and _NUMBER.fullmatch(words[0]):
                    # LIST may append more than the size.
                    found[int(words[0])] = read(words[1] if len(words) > 1 else b"")
            if len(found) > _MOST_MESSAGES:
                self._wire.give_up(_MAX_LIST)
        return found

    def retrieve(self, number):
        """Return a whole message, in a file when it is large."""
        return self._wire.large_block(b"RETR", _checked(number))

    def header(self, number):
        """Return the header of a message."""
        try:
            return self._wire.head_of_block(b"TOP", _checked(number), 0)
        except ServerRefused:
            # TOP is optional (RFC 1939, section 7).
            return self._wire.head_of_block(b"RETR", _checked(number))

    def delete(self, number):
        """Mark a message; it goes when the session ends well."""
        self._wire.command(b"DELE", _checked(number))
        self._deleting = True


def _as_text(uidl):
    """Return an id as text that can be kept. RFC 1939 allows 70 printable characters."""
    text = uidl.decode("latin-1").replace("\0", "\ufffd")
    return text if len(text) <= _MAX_ID else hashlib.sha256(uidl).hexdigest()


def _end_of_header(data):
    """Return where the first empty line ends; 0 while it has not come."""
    if data.startswith(b"\r\n"):
        return 2
    found = data.find(b"\r\n\r\n", 0, _MAX_HEADER)
    return found + 4 if found >= 0 else _MAX_HEADER * (len(data) > _MAX_HEADER)


def _without_doubled_dots(data):
    # Two dots only: Dovecot 2.3 leaves a dot alone that is the first byte of the message.
    return data.replace(b"\r\n..", b"\r\n.") if b"\r\n.." in data else data


def _checked(number):
    if not isinstance(number, int):
        raise UnsafeArgument("message number")
    return number

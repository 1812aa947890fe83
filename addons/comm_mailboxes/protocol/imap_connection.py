"""The IMAP connection under the session: imaplib's framing over our connector, commands with literals, our errors."""

import contextlib
import dataclasses
import imaplib
import re

from . import connector
from .errors import (
    AnswerTooLong,
    ConnectionEnded,
    ConnectionLost,
    GreetingMissing,
    ProtocolError,
    ServerNonsense,
    ServerSilent,
    TlsNotOffered,
    refuse_unsafe,
)
from .large import LARGE

# A longer line is no line, and a literal above the limit would be a way to exhaust our memory.
_MAX_LINE = 1 << 20
# Lists of UIDs do come longer: a million with gaps between them are 11 MB.
_MAX_UID_LINE = 1 << 24
_UID_LINES = (b"* SEARCH ", b"* ESEARCH ", b"* VANISHED ")
SMALL_LITERAL = 1 << 20
LARGE_LITERAL = 1 << 29
# The memory that the answer to one command may take, reckoned with what is made of it, besides messages that were handed over:
# the marks or sizes of 800,000 messages, or the names and numbers of 20,000 folders. A short line takes more than its bytes.
MOST_KEPT = 1 << 27
_LEAST_PER_LINE = 160
_PER_KIND = 400
# And the room on the disk, for large literals
MOST_IN_FILES = 1 << 30

# What imaplib knows in capitals only: the kind of a response, and its code
_KEYWORDS = re.compile(rb"[*A-Z0-9]+ (?:\d+ )?[A-Za-z-]+(?: \[[A-Za-z0-9-]+)?")
# What is sent in one go must get through within the time-out.
_PIECE = 1 << 15
# A larger literal waits for the server's "+", which can refuse it before it has travelled.
_LARGEST_UNASKED = 1 << 16


class Literal(bytes):
    """An argument that cannot travel as a quoted string (8-bit characters)."""


class LargeLiteral:
    """A message on its way to the server: bytes, memoryview or mmap, never copied."""

    def __init__(self, data, *, binary=False):
        """
        :param binary: it holds NUL bytes, and the server knows literal8 (RFC 3516)
        """
        self.data = data
        self.binary = binary

    def __len__(self):
        return len(self.data)


def string(value, what="folder name"):
    """Return bytes as an IMAP string argument (RFC 3501 section 4.3).

    :param what: what it is, for the error when it could end the line early; names of folders come from servers, too
    """
    refuse_unsafe(what, value)
    if not value.isascii():
        return Literal(value)
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class Connection(imaplib.IMAP4):
    """imaplib's connection over a socket of ours.

    ``sinks`` maps the name of an untagged response to what takes its parts (text, literal, … text), so that answers
    are worked on as they come and need not all be kept.
    """

    def __init__(self, endpoint, on_step=None):
        self.endpoint = endpoint
        self.sinks = {}
        self.literal_limit = SMALL_LITERAL
        self.unread_tag = None  # the command whose answers somebody is reading one by one
        self._kept = self._in_files = 0  # bytes of the answer to this command that were not handed over yet
        self.interrupted = b""  # the text before the literal in whose middle the connection broke
        self._on_step = on_step
        self._line = None
        self._outbox = None  # what waits to be sent, while commands are gathered
        self._parts = []
        self._pushed_back = None
        self._greeted = False
        self._last_line = b""
        with self.translated("connect"):
            super().__init__(endpoint.host, endpoint.port, endpoint.timeout)
        if endpoint.security == "starttls":
            try:
                with self.translated("tls"):
                    self._start_tls()
            except BaseException:
                self.shutdown()
                raise

    # What imaplib leaves to its subclasses

    def open(self, host="", port=imaplib.IMAP4_PORT, timeout=None):
        self.host, self.port = host, port
        self._use(connector.open_socket(self.endpoint, self._on_step))

    def _use(self, sock):
        # A new buffer: whatever somebody slipped in before TLS began is gone with the old one.
        self.sock = sock
        self._line = connector.Line(sock, self.endpoint)

    def read(self, size):
        try:
            if size > self.literal_limit:
                raise ServerNonsense(self.host, f"{{{size}}}")
            if size < LARGE:
                self._kept += size
                return self._line.read(size)
            self._in_files += size
            if self._in_files > MOST_IN_FILES:
                raise AnswerTooLong(self.host, MOST_IN_FILES >> 20)
            return self._line.read_large(size)
        except ProtocolError:
            self.interrupted = self.mo.string
            raise

    def readline(self):
        if self._pushed_back is not None:
            line, self._pushed_back = self._pushed_back, None
            return line
        self._flush()
        line = self._line.readline(_MAX_LINE)
        if not line.endswith(b"\n") and line[:12].upper().startswith(_UID_LINES):
            line += self._line.readline(_MAX_UID_LINE)
        self._last_line = line
        if not line.endswith(b"\n"):
            raise ServerNonsense(self.host, line[:100])
        self._kept += max(len(line), _LEAST_PER_LINE)
        if self._kept > MOST_KEPT:
            raise AnswerTooLong(self.host, MOST_KEPT >> 20)
        # Wrong, but clear enough: a bare line feed, and "tag OK" without the text that must follow.
        if not line.endswith(b"\r\n"):
            line = line[:-1] + b"\r\n"
        if line.startswith(self.tagpre) and line.count(b" ") == 1:
            line = line[:-2] + b" \r\n"
        return line

    def _get_line(self):
        line = super()._get_line()
        # Case does not matter (RFC 9051, 9). Nearly all servers write capitals: a look at where they stand costs less.
        if not line[:20].isupper() and (match := _KEYWORDS.match(line)):
            line = match[0].upper() + line[match.end() :]
        return line

    def keeps(self, size):
        """Reckon with so many bytes of memory for what is made of the answer; an answer that takes too much ends here."""
        self._kept += size
        if self._kept > MOST_KEPT:
            self.shutdown()
            raise AnswerTooLong(self.host, MOST_KEPT >> 20)

    def handed_over(self, size):
        """Note that a literal of the answer was handed over, and is not kept here."""
        if size < LARGE:
            self._kept -= size
        else:
            self._in_files -= size

    def push_back(self, line):
        """Have the line read again by the general machinery."""
        self._pushed_back = line

    @contextlib.contextmanager
    def together(self):
        """Let the commands that are started inside leave in one go, at the end or before the first answer is read."""
        self._outbox = bytearray()
        try:
            yield
            self._flush()
        finally:
            self._outbox = None

    def _flush(self):
        if self._outbox:
            data = bytes(self._outbox)
            self._outbox.clear()
            self._transmit(data)

    def send(self, data):
        if self._outbox is None:
            self._transmit(data)
        else:
            self._outbox += data

    def _transmit(self, data):
        try:
            self._line.send(data)
        except ConnectionLost:
            if self.sock.fileno() >= 0:
                self._hear_farewell()
            raise

    def _hear_farewell(self):
        """Read what the server said before it hung up: its reason, perhaps."""
        with contextlib.suppress(ConnectionLost, ServerSilent):
            while True:
                self._get_response()
                self._check_bye()

    def shutdown(self):
        if self._line:
            self._line.close()

    def hang_up(self):
        """Wake up whoever reads, which closing alone would not."""
        self._line.hang_up()

    def _log(self, line):
        """Keep no history: imaplib's would hold the password."""

    def _append_untagged(self, typ, dat):
        sink = self.sinks.get(typ)
        if sink is None:
            if typ not in self.untagged_responses:
                self.keeps(_PER_KIND)
            # Whoever looks there wants what was said last.
            self.untagged_responses[typ] = [dat]
        elif isinstance(dat, tuple):
            self._parts += dat
        else:
            parts, self._parts = [*self._parts, dat], []
            sink(parts)

    def _get_capabilities(self):
        self._greeted = True
        self.read_capabilities()

    # Capabilities and TLS

    @property
    def encrypted(self):
        return self._line.encrypted

    def read_capabilities(self):
        """Take the capabilities that the server volunteered, else ask."""
        told = self.untagged_responses.pop("CAPABILITY", None)
        if not told:
            typ, reply = self.run(b"CAPABILITY")
            told = self.untagged_responses.pop("CAPABILITY", None)
            if typ != "OK" or not told:
                raise ServerNonsense(self.host, reply)
        self.capabilities = tuple(told[-1].decode("ascii", "replace").upper().split())

    def _start_tls(self):
        self._agree_on_tls()
        sock = connector.upgrade(self.sock, self.endpoint, self._on_step, again=self._second_connection)
        self._use(sock)
        # Nothing that was said before TLS counts (RFC 3501 section 6.2.1).
        self.untagged_responses = {}
        self.read_capabilities()

    def _agree_on_tls(self):
        # PREAUTH leaves no way to STARTTLS; somebody in the middle may have sent it.
        if self.state != "NONAUTH" or "STARTTLS" not in self.capabilities or self.run(b"STARTTLS")[0] != "OK":
            raise TlsNotOffered(self.host, self.port)

    def _second_connection(self):
        other = Connection(dataclasses.replace(self.endpoint, security="none"))
        other._agree_on_tls()
        return other.sock

    def has(self, *names):
        """Say whether the server has one of these capabilities."""
        return any(name in self.capabilities for name in names)

    def distrust(self, *names):
        """Forget capabilities that the server announced, but does not master."""
        self.capabilities = tuple(name for name in self.capabilities if name not in names)

    # Commands

    @contextlib.contextmanager
    def speaking(self, step="command", **sinks):
        """One command or a few: finish what an abandoned iteration left, route the answers, translate errors."""
        with self.translated(step):
            self._skip_unread()
            self.untagged_responses.clear()
            self.sinks = sinks
            try:
                yield self
            finally:
                self.sinks = {}

    def _skip_unread(self):
        tag, self.unread_tag = self.unread_tag, None
        if tag is not None:
            self.sinks = {"FETCH": lambda parts: None}
            self.literal_limit = LARGE_LITERAL
            self.finish(tag)
            self.literal_limit = SMALL_LITERAL

    def start(self, *words):
        """Send a command and return its tag; words are bytes that go out as they are, or Literal, or LargeLiteral."""
        refuse_unsafe("command", *(word for word in words if not isinstance(word, Literal | LargeLiteral)))
        self._line.begin()
        self._kept = self._in_files = 0
        tag = self._new_tag()
        line = bytearray(tag)
        for word in words:
            line += b" "
            if not isinstance(word, Literal | LargeLiteral):
                line += word
                continue
            is_large = isinstance(word, LargeLiteral)
            waits = not self.has("LITERAL+") or len(word) > _LARGEST_UNASKED
            line += b"%b{%d%b}\r\n" % (b"~" if is_large and word.binary else b"", len(word), b"" if waits else b"+")
            if waits:
                self.send(line)
                if not self._may_continue(tag):
                    return tag
                line.clear()
            if is_large:
                self.send(line)
                self._send_in_pieces(word.data)
                line.clear()
            else:
                line += word
        self.send(line + b"\r\n")
        return tag

    def _send_in_pieces(self, data):
        with memoryview(data) as view:
            for start in range(0, len(view), _PIECE):
                with view[start : start + _PIECE] as piece:
                    self.send(piece)

    def _may_continue(self, tag):
        while self._get_response() is not None:
            if self.tagged_commands[tag]:
                return False
            self._check_bye()
        return True

    def finish(self, tag):
        """Read until the command is done; return ("OK", "NO" or "BAD", text)."""
        while not self.step(tag):
            pass
        return self.result(tag)

    def step(self, tag):
        """Read one response; return whether the command is done."""
        if not self.tagged_commands[tag]:
            self._check_bye()
            self._get_response()
        return bool(self.tagged_commands[tag])

    def result(self, tag):
        typ, data = self.tagged_commands.pop(tag)
        return typ, data[0]

    def run(self, *words):
        return self.finish(self.start(*words))

    def answer(self, command, answer_challenge, *words):
        """Run a command in which the server asks back; ``answer_challenge`` gets and returns the text of a line."""
        tag = self.start(command, *words)
        while not self.tagged_commands[tag]:
            self._check_bye()
            if self._get_response() is None:
                self.send(answer_challenge(self.continuation_response or b"") + b"\r\n")
        return self.result(tag)

    @contextlib.contextmanager
    def translated(self, step):
        """Turn imaplib's errors into ours.

        After a broken answer the connection is closed: nobody knows where in the conversation it stands.
        """
        try:
            yield
        except (ServerSilent, ConnectionLost, ServerNonsense) as error:
            self.shutdown()
            if error.step != "command":
                raise
            if isinstance(error, ServerSilent) and not self._greeted:
                raise GreetingMissing(self.host, self.endpoint.seconds) from error
            error.step = step
            raise
        except self.error as error:
            self.shutdown()
            farewell = self.untagged_responses.get("BYE")
            if farewell:
                raise ConnectionEnded(self.host, farewell[-1], step=step) from error
            # What another kind of server greets with tells most.
            reply = error.args[0] if self._greeted and error.args else self._last_line
            raise ServerNonsense(self.host, reply, step=step) from error

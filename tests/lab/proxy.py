# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A TCP proxy on 127.0.0.1 that fails on command and counts what passes.

    with lab.proxy("imap") as proxy:
        proxy.cut_after(1234)
        ...                     # a client on proxy.port loses its connection there

A fault holds for the connections that are open and for those to come, until `reset()`.
"""

import contextlib
import re
import socket
import threading
import time

from .wire import CommandReader, LineRewriter

_FAREWELL = {"imap": b"* BYE %s\r\n", "pop3": b"-ERR %s\r\n", "submission": b"421 4.3.2 %s\r\n"}
_CHUNK = 65536


class FaultProxy:
    def __init__(self, target: tuple[str, int], *, port: int = 0, protocol: str = "imap"):
        self.port = port
        self._target = target
        self._protocol = protocol
        self._listener: socket.socket | None = None
        self._links: set[_Link] = set()
        # Guards everything below, and wakes stalled links.
        self._changed = threading.Condition()
        self._clear_faults()
        self.clear_counts()

    # Faults

    def cut_after(self, size: int, *, each: bool = False) -> None:
        """Close the connection after so many bytes from the server.

        Counted from this call over all connections, and done once: later connections pass, so that a
        client can resume. `each` cuts every connection after so many bytes of its own.
        """
        self._set_limit("cut", size, each)

    def stall_after(self, size: int, *, each: bool = False) -> None:
        """Pass so many bytes from the server and then nothing more, with the connection open."""
        self._set_limit("stall", size, each)

    def stall_on(self, command: str) -> None:
        """Pass nothing of the server's any more once a client has sent this command ("UID FETCH"; unencrypted IMAP)."""
        with self._changed:
            self._stalling_command = command.upper()

    def throttle(self, bytes_per_second: float | None) -> None:
        """Slow down what the server sends; None ends it."""
        with self._changed:
            self._speed = bytes_per_second

    def bye(self, text: str = "Server shutting down") -> None:
        """Take leave in the protocol's words and hang up."""
        farewell = _FAREWELL[self._protocol] % text.encode()
        with self._changed:
            self._farewell = farewell
            links = list(self._links)
        for link in links:
            link.say(farewell)
            link.close()

    def hang_up_at(self, pattern: bytes, *, say: bytes = b"") -> None:
        """Close the connection, each time, in place of a line of the server that matches (unencrypted, not in literals)."""
        with self._changed:
            self.ends.append((re.compile(pattern), say))

    def let_in_one(self) -> None:
        """Take leave of whoever connects while another connection is open."""
        with self._changed:
            self._is_narrow = True

    def refuse(self) -> None:
        """Close the port: new connections are refused, open ones are cut."""
        self._stop_listening()
        self.drop()

    def drop(self) -> None:
        """Cut the connections that are open now."""
        with self._changed:
            links = list(self._links)
        for link in links:
            link.close()

    def hide(self, *capabilities: str) -> None:
        """Leave these out of the server's lists of capabilities (unencrypted IMAP)."""
        names = b"|".join(re.escape(name.encode()) for name in capabilities)
        self.replace(rb" (?:%s)(?=[ \]\r])" % names, b"", only=b"CAPABILITY")

    def replace(self, pattern: bytes, replacement: bytes, *, only: bytes = b"") -> None:
        """Substitute in each unencrypted line of the server (that holds `only`), not in literals."""
        with self._changed:
            self.replacements.append((re.compile(pattern), replacement, only))

    def change_commands(self, pattern: bytes, replacement: bytes) -> None:
        """Substitute in each command of the client, as a server would that understands it differently (unencrypted IMAP)."""
        with self._changed:
            self.changed_commands.append((re.compile(pattern), replacement))

    def deny(
        self, command: str, *, code: str = "NO", text: str = "Denied by the lab", times: int | None = None
    ) -> None:
        """Answer this command ("UID MOVE") with NO or BAD, so many times or always (unencrypted IMAP).

        The server gets NOOP in its place, so that the refusal takes its turn among the other answers.
        """
        with self._changed:
            self._denials[command.upper()] = [f"{code} {text}".encode(), times]

    def denial(self, command: str) -> bytes | None:
        """What the client is told instead of the answer to this command; None: the server may answer."""
        with self._changed:
            answer, times = self._denials.get(command, (None, 0))
            if times == 0:
                return None
            if times is not None:
                self._denials[command][1] -= 1
            return answer

    @property
    def rewrites(self) -> bool:
        """Whether lines of the server may have to be changed."""
        return bool(self.replacements or self._denials or self.ends)

    def reset(self) -> None:
        """Behave again, on the same port; stalled connections go on."""
        with self._changed:
            self._clear_faults()
            self._changed.notify_all()
        if self._listener is None:
            self.start()

    def _clear_faults(self) -> None:
        self._is_narrow = False
        self._kind, self._size, self._each, self._left = "", 0, False, None
        self._speed: float | None = None
        self._farewell = b""
        self._stalling_command = ""
        self.replacements: list[tuple[re.Pattern, bytes, bytes]] = []
        self.changed_commands: list[tuple[re.Pattern, bytes]] = []
        self.ends: list[tuple[re.Pattern, bytes]] = []
        self._denials: dict[str, list] = {}

    def _set_limit(self, kind: str, size: int, each: bool) -> None:
        with self._changed:
            self._kind, self._size, self._each, self._left = kind, size, each, size
            for link in self._links:
                link.own_left = size
            self._changed.notify_all()

    # Counts

    def clear_counts(self) -> None:
        with self._changed:
            self.connections = 0
            self.bytes_from_server = 0
            self.bytes_from_client = 0
            # Names of IMAP commands in the order in which they came ("UID FETCH"), unencrypted ones only.
            self.commands: list[str] = []
            # How often the client spoke after the server had.
            self.round_trips = 0

    def count(self, link: "_Link", *, from_client: bytes = b"", from_server: bytes = b"", commands=()) -> None:
        with self._changed:
            self.bytes_from_client += len(from_client)
            self.bytes_from_server += len(from_server)
            if from_client:
                self.commands += commands
                if self._stalling_command in commands:
                    self._kind, self._each, self._left = "stall", False, 0
                self.round_trips += link.server_spoke_last
            link.server_spoke_last = bool(from_server)

    # Life

    def start(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self.port))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True, name=f"proxy-{self.port}").start()

    def close(self) -> None:
        self._stop_listening()
        self.drop()

    def __enter__(self) -> "FaultProxy":
        self.start()
        return self

    def __exit__(self, *_error) -> None:
        self.close()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            # shutdown() wakes the thread in accept(); close() alone does not.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._open_link, args=(client,), daemon=True).start()

    def _open_link(self, client: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            farewell = self._farewell
            if self._is_narrow and self._links:
                farewell = _FAREWELL[self._protocol] % b"Too many connections"
        if farewell:
            with contextlib.suppress(OSError), client:
                client.sendall(farewell)
            return
        try:
            server = socket.create_connection(self._target, timeout=30)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        link = _Link(self, client, server)
        with self._changed:
            link.own_left = self._size
            self._links.add(link)
            is_open = self._listener is not None
        if not is_open:
            link.close()
        threading.Thread(target=link.pump_client, daemon=True).start()
        link.pump_server()

    def forget(self, link: "_Link") -> None:
        with self._changed:
            self._links.discard(link)
            self._changed.notify_all()

    # What a link asks before it passes something on

    def allowance(self, link: "_Link", wanted: int) -> tuple[int, str]:
        """How many of the wanted bytes may pass now, and what happens then ("", "cut", "stall")."""
        with self._changed:
            if self._speed:
                wanted = min(wanted, max(1, int(self._speed / 20)))
            if not self._kind:
                return wanted, ""
            left = self._left_for(link)
            if left is None:
                return wanted, ""
            if wanted < left:
                self._spend(link, wanted)
                return wanted, ""
            kind = self._kind
            if kind == "cut" and not self._each:
                self._left = None
            else:
                self._spend(link, left)
            return left, kind

    def _left_for(self, link: "_Link") -> int | None:
        return link.own_left if self._each else self._left

    def _spend(self, link: "_Link", size: int) -> None:
        link.own_left -= size
        if self._left is not None:
            self._left -= size

    def pause(self, size: int) -> None:
        if self._speed:
            time.sleep(size / self._speed)

    def wait_stalled(self, link: "_Link") -> None:
        with self._changed:
            self._changed.wait_for(lambda: link.is_closed or self._kind != "stall" or self._left_for(link))


class _Link:
    """One client's connection and ours to the server behind it."""

    def __init__(self, proxy: FaultProxy, client: socket.socket, server: socket.socket):
        self.own_left = 0
        self.is_closed = False
        self.server_spoke_last = False
        self._reader = CommandReader()
        self._is_denied = False
        self._proxy = proxy
        self._client = client
        self._server = server
        self._rewriter = LineRewriter()

    def pump_client(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._client.recv(_CHUNK):
                allowed, commands = [], []
                for piece, tag, name in self._reader.feed(data):
                    allowed.append(self._allowed(piece, tag, name))
                    commands += [name] if name else []
                # Counted first, as what comes from the server is.
                self._proxy.count(self, from_client=data, commands=commands)
                self._server.sendall(b"".join(allowed))
        self.close()

    def _allowed(self, piece: bytes, tag: bytes, name: str) -> bytes:
        """What the server gets of this piece of a client's command."""
        if name:
            answer = self._proxy.denial(name)
            self._is_denied = answer is not None
            if self._is_denied:
                self._rewriter.answers[tag] = b"%b %b\r\n" % (tag, answer)
                self._reader.refuse_literal(piece)
                return tag + b" NOOP\r\n"
            for pattern, replacement in self._proxy.changed_commands:
                piece = pattern.sub(replacement, piece)
        # A literal and what follows it go the way of their command.
        return b"" if self._is_denied else piece

    def pump_server(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(_CHUNK):
                self._pass_on(data)
            self._pass_on(b"", at_end=True)
        self.close()

    def _pass_on(self, data: bytes, *, at_end: bool = False) -> None:
        passes = at_end or self._reader.is_encrypted or not (self._proxy.rewrites or self._rewriter.answers)
        data = self._rewriter.feed(data, self._proxy.replacements, self._proxy.ends, passes=passes)
        while data and not self.is_closed:
            size, fault = self._proxy.allowance(self, len(data))
            piece, data = data[:size], data[size:]
            if piece:
                # Counted first: who has received something finds it counted.
                self._proxy.count(self, from_server=piece)
                self._client.sendall(piece)
                self._proxy.pause(size)
            if fault == "cut":
                self.close()
            elif fault == "stall":
                self._proxy.wait_stalled(self)
        if self._rewriter.is_at_end:
            self.close()

    def say(self, text: bytes) -> None:
        with contextlib.suppress(OSError):
            self._client.sendall(text)

    def close(self) -> None:
        self.is_closed = True
        for side in (self._client, self._server):
            # shutdown() wakes the other thread; the descriptor is freed when both are through.
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
        self._proxy.forget(self)

"""Opens the one kind of socket that every mail protocol here uses: checked address, time-outs, TLS."""

import contextlib
import contextvars
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from . import tls
from .errors import (
    CertificateRejected,
    ConnectionLost,
    ConnectTimedOut,
    HostUnreachable,
    PortClosed,
    ProtocolError,
    ServerSilent,
    _,
)
from .host_guard import HostGuard
from .large import CHUNK, LargeBytes, NoRoom

# Beyond single silences (the time-out) a server may drip its answer byte by byte; this is the slowest we put up with.
_SLOWEST_BYTES_PER_SECOND = 1024
_PATIENCE = 4
_BUFFER = 1 << 16
_leash = contextvars.ContextVar("leash", default=None)


@dataclass(frozen=True)
class Endpoint:
    """A server as the user described it."""

    host: str
    port: int
    security: str = "tls"  # "tls", "starttls" or "none"
    verify: bool = True
    certificate_hostname: str | None = None
    ca_file: str | None = None
    timeout: float = 30.0
    guard: HostGuard = field(default_factory=HostGuard)

    @property
    def seconds(self):
        return f"{self.timeout:g}"


class TimeIsUp(ConnectionLost):
    """We closed the connection: the visit was over."""

    template = _(
        "The server %(host)s sends so slowly that the time Odoo has for one visit was not enough (%(seconds)s seconds). What"
        " came is kept, and the next visit goes on. If this stays so, an administrator can give more time (limit_time_real"
        " and limit_time_real_cron in odoo.conf)."
    )
    fields = ("host", "seconds")


class Leash:
    """Holds the connections that its thread opens inside, from their first packet on, so that another thread can break all
    of them off, whatever they wait for: a context manager.

    It has descriptors of its own. TLS takes sockets over, and the number of one that was closed may soon mean another.
    """

    def __init__(self):
        self.is_pulled = False
        self.is_late = False  # it was pulled because the time was up
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._held = []

    def __enter__(self):
        self._token = _leash.set(self)
        return self

    def __exit__(self, *_error):
        _leash.reset(self._token)
        with self._lock:
            for sock in self._held:
                sock.close()
            self._held.clear()

    def hold(self, sock):
        """Return whether ``sock`` may be used: not once this was pulled."""
        with self._lock:
            self._held.append(sock.dup())
            return not self.is_pulled

    def broken(self, host):
        """Return the error for a connection that broke while this held it."""
        if self.is_late:
            return TimeIsUp(host, f"{time.monotonic() - self._begun:.0f}")
        return ConnectionLost(host)

    def pull(self, *, late=False):
        """Break all connections off, and let no other one come.

        :param late: that is because the time is up
        """
        with self._lock:
            self.is_pulled = True
            self.is_late = late
            for sock in self._held:
                # It may be closed already, or not connected yet.
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


def report(on_step, name, started, facts):
    """Tell the listener, if any, that a step is done."""
    if on_step:
        on_step(name, time.monotonic() - started, facts)


def open_socket(endpoint, on_step=None):
    """Connect; with security ``tls`` the returned socket has the handshake and all checks behind it."""
    started = time.monotonic()
    targets = endpoint.guard.resolve(endpoint.host, endpoint.port) if 0 < endpoint.port < 65536 else []
    if not targets:
        raise PortClosed(endpoint.host, endpoint.port)
    report(on_step, "resolve", started, {"addresses": list(dict.fromkeys(address[0] for _family, address in targets))})
    started = time.monotonic()
    sock = _connect(targets, endpoint)
    report(on_step, "connect", started, {"address": sock.getpeername()[0], "port": endpoint.port})
    if endpoint.security != "tls":
        return sock
    return upgrade(sock, endpoint, on_step, again=lambda: _connect(targets, endpoint))


def upgrade(sock, endpoint, on_step=None, again: Callable[[], socket.socket] | None = None):
    """Start TLS on a connected socket (at once, or after STARTTLS was agreed).

    OpenSSL hands out no certificate that it rejected. ``again`` opens a second connection up to the same point, on
    which the certificate is read without checking it, so that the error can say who issued it and when it expired.
    """
    started = time.monotonic()
    context = tls.build_context(verify=endpoint.verify, ca_file=endpoint.ca_file)
    try:
        secure = tls.start_tls(
            sock, context=context, server_name=endpoint.host, expected_name=endpoint.certificate_hostname
        )
    except CertificateRejected as error:
        if error.certificate is None and again:
            certificate = _look(endpoint, again)
            if certificate and certificate.not_after:
                raise tls.rejection(error.verify_code, "", endpoint.host, endpoint.port, certificate) from error
        raise
    report(on_step, "tls", started, {"certificate": tls.peer_certificate(secure), "version": secure.version()})
    return secure


def _look(endpoint, again):
    with contextlib.suppress(ProtocolError, OSError):
        sock = tls.start_tls(again(), context=tls.build_context(verify=False), server_name=endpoint.host)
        with contextlib.closing(sock):
            return tls.peer_certificate(sock)
    return None


def _connect(targets, endpoint):
    """Try the addresses in turn within one time-out; the most telling failure is reported."""
    deadline = time.monotonic() + endpoint.timeout
    failures = []
    leash = _leash.get()
    for index, (family, address) in enumerate(targets):
        # A dead first address (IPv6 often is) must leave time for the others.
        share = max(deadline - time.monotonic(), 0.1) / (len(targets) - index)
        sock = socket.socket(family, socket.SOCK_STREAM)
        if leash and not leash.hold(sock):
            sock.close()
            raise leash.broken(endpoint.host)
        try:
            sock.settimeout(share)
            sock.connect(address)
            sock.settimeout(endpoint.timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return sock
        except TimeoutError:
            failures.append((1, ConnectTimedOut(endpoint.host, endpoint.port, endpoint.seconds)))
        except ConnectionRefusedError:
            failures.append((0, PortClosed(endpoint.host, endpoint.port)))
        except OSError as error:
            failures.append((2, HostUnreachable(endpoint.host, endpoint.port, error.strerror or "network")))
        sock.close()
    raise min(failures, key=lambda failure: failure[0])[1]


class _Receiver(io.RawIOBase):
    """The receiving side of a socket: silence and broken connections become our errors wherever they happen."""

    def __init__(self, sock, endpoint):
        super().__init__()
        self._sock = sock
        self._endpoint = endpoint
        # Of the thread that connects: others may read.
        self._leash = _leash.get() or Leash()
        self.begin()

    def begin(self):
        """Start the clock of a command; only time spent waiting counts."""
        self._waited = 0.0
        self._received = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        endpoint = self._endpoint
        started = time.monotonic()
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError as error:
            raise ServerSilent(endpoint.host, endpoint.seconds) from error
        except OSError as error:
            raise self._leash.broken(endpoint.host) from error
        if not count and self._leash.is_late:
            raise self._leash.broken(endpoint.host)
        self._waited += time.monotonic() - started
        self._received += count
        if self._waited > _PATIENCE * endpoint.timeout + self._received / _SLOWEST_BYTES_PER_SECOND:
            raise ServerSilent(endpoint.host, f"{self._waited:.0f}")
        return count


class Line:
    """Buffered reading and writing of lines and blocks over a socket, for the protocols' own grammar."""

    def __init__(self, sock, endpoint):
        self.sock = sock
        self.endpoint = endpoint
        self._receiver = _Receiver(sock, endpoint)
        self._buffer = io.BufferedReader(self._receiver, _BUFFER)
        self.begin = self._receiver.begin

    @property
    def encrypted(self):
        return isinstance(self.sock, ssl.SSLSocket)

    def readline(self, limit):
        """Return a line with its end; the connection's end inside a line is an error."""
        line = self._buffer.readline(limit)
        if not line.endswith(b"\n") and len(line) < limit:
            raise ConnectionLost(self.endpoint.host)
        return line

    def read(self, size):
        """Return exactly ``size`` bytes."""
        data = self._buffer.read(size)
        if len(data) < size:
            raise ConnectionLost(self.endpoint.host)
        return data

    def read_large(self, size):
        """Return exactly ``size`` bytes, in a file where there is room for one."""
        taken = 0

        def pieces():
            nonlocal taken
            while taken < size:
                piece = self.read(min(CHUNK, size - taken))
                taken += len(piece)
                yield piece

        try:
            return LargeBytes.gather(pieces(), size)
        except NoRoom as error:
            if taken:
                raise ConnectionLost(self.endpoint.host) from error
            return self.read(size)

    def read_some(self):
        """Return what has arrived, at least one byte."""
        data = self._buffer.read1(_BUFFER)
        if not data:
            raise ConnectionLost(self.endpoint.host)
        return data

    def send(self, data):
        try:
            self.sock.sendall(data)
        except TimeoutError as error:
            raise ServerSilent(self.endpoint.host, self.endpoint.seconds) from error
        except OSError as error:
            raise ConnectionLost(self.endpoint.host) from error

    def hang_up(self):
        """End the conversation, from any thread; whoever waits for the other side learns that nothing comes any more."""
        with contextlib.suppress(OSError):
            # Not what TLS makes of it, which is for one thread only.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.sock.close()

"""One request by HTTPS to a host that the guard lets pass, within a time limit."""

import contextlib
import http.client
import io
import posixpath
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import tls
from .connector import Endpoint, open_socket

# A dead first address must leave time for the second.
SECONDS_TO_CONNECT = 10.0


@dataclass(frozen=True)
class Answer:
    """``body`` is cut off one byte above the limit that was asked for."""

    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


def request(
    method,
    url,
    *,
    guard,
    deadline,
    headers=(),
    body=None,
    ca_file=None,
    size_limit=1 << 20,
    seconds_to_connect=SECONDS_TO_CONNECT,
):
    """Ask once; redirections are for the caller to follow, or not.

    :param deadline: a :class:`~.dns_records.Deadline` for all of it
    :raise ValueError: when the address is not one of https, or names a user
    :raise TimeoutError, http.client.HTTPException, OSError, ProtocolError: when there is no answer
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an address of https")
    port = parts.port or http.client.HTTPS_PORT
    seconds = min(seconds_to_connect, deadline.left())
    endpoint = Endpoint(parts.hostname, port, security="none", timeout=seconds, guard=guard)
    with contextlib.closing(open_socket(endpoint)) as plain:
        plain.settimeout(deadline.left())
        sock = tls.start_tls(plain, context=tls.build_context(ca_file=ca_file), server_name=parts.hostname)
        with contextlib.closing(sock):
            sock.settimeout(deadline.left())
            sock.sendall(_request_lines(method, parts, headers, body))
            response = http.client.HTTPResponse(_Reader(sock, deadline), method=method)
            response.begin()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read(size_limit + 1))


def _request_lines(method, parts, headers, body):
    # As browsers do (RFC 3986 section 5.2.4): no "." and ".." go out.
    path = posixpath.normpath(parts.path or "/") + ("/" if parts.path.endswith("/") and len(parts.path) > 1 else "")
    target = path + (f"?{parts.query}" if parts.query else "")
    fields = {"Host": parts.netloc, "User-Agent": "Odoo", **dict(headers), "Connection": "close"}
    if body is not None:
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if any(not line.isprintable() or not line.isascii() for line in lines) or " " in target:
        raise ValueError("malformed address")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")


class _Reader(io.RawIOBase):
    """Receives until the deadline, however slowly the server drips."""

    def __init__(self, sock, deadline):
        super().__init__()
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode):
        """What ``http.client`` asks of a socket."""
        return io.BufferedReader(self)

    def readable(self):
        return True

    def readinto(self, buffer):
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)

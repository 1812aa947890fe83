# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Ports on 127.0.0.1 that are free now and, if possible, were ours last time."""

import contextlib
import json
import random
import socket
import time
from pathlib import Path

# Below Linux's range for outgoing connections (32768 and up), so that a port of ours is not
# taken by somebody's client socket while the lab is stopped.
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """True when nobody listens on the port; sockets in TIME_WAIT do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    with socket.socket(socket.AF_INET6) as probe:
        # A stranger on [::1] would answer clients that ask for "localhost".
        probe.settimeout(1)
        with contextlib.suppress(OSError):
            probe.connect(("::1", port))
            return False
    return True


class PortBook:
    """Chooses a port per name and remembers the choice in a file."""

    def __init__(self, file: Path):
        self._file = file

    def choose(self, names: list[str], *, anew: bool = False) -> dict[str, int]:
        known = {} if anew else self._read()
        chosen: dict[str, int] = {}
        for name in names:
            port = known.get(name)
            while port is None or port in chosen.values() or not is_free(port):
                # Not seeded: two labs that start in the same second must differ.
                port = random.SystemRandom().choice(_RANGE)
            chosen[name] = port
        self._file.write_text(json.dumps(chosen, indent=1), encoding="utf-8")
        return chosen

    def _read(self) -> dict[str, int]:
        try:
            return {str(name): int(port) for name, port in json.loads(self._file.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError):
            return {}


def wait_for_greeting(port: int, greeting: bytes, *, seconds: float, still_alive) -> bool:
    """Wait until the server speaks; False when time is up or it is gone.

    An open port is not enough: the system accepts connections while the server still starts.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            if client.recv(len(greeting)) == greeting:
                return True
        if not still_alive():
            return False
        time.sleep(0.02)
    return False

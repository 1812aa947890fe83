"""A mail server in a process of its own, which takes everything at once: ``python -m bench.smtp_sink PORT FILE``.

When it is told to end, it writes what came into the file: a list of sessions, each a list of (sender, recipients, bytes).
"""

import pickle
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from aiosmtpd.controller import Controller

from tools import processes

START_TIMEOUT = 30


class _Handler:
    def __init__(self):
        self.sessions = []

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        session.mails = []
        self.sessions.append(session.mails)
        # As every mail server of today; aiosmtpd reads line by line, so it may.
        return ["250-PIPELINING", *responses]

    async def handle_DATA(self, _server, session, envelope):
        session.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 Taken"


def main(port, path):
    """Serve until SIGTERM."""
    handler, over = _Handler(), Event()
    signal.signal(signal.SIGTERM, lambda *_args: over.set())
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    Path(path).with_suffix(".ready").touch()
    over.wait()
    controller.stop()
    Path(path).write_bytes(pickle.dumps([mails for mails in handler.sessions if mails]))


class Sink:
    """``port``, ``pid`` of its process; after the context ``sessions``."""

    def __init__(self, port):
        self.port = port
        self.pid = None
        self.sessions = []

    @property
    def mails(self):
        """What came, in its order."""
        return [mail for session in self.sessions for mail in session]


@contextmanager
def smtp_sink(port):
    """Yield a :class:`Sink` whose process ends with the context."""
    sink = Sink(port)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mails"
        process = processes.start(
            [sys.executable, "-m", "bench.smtp_sink", str(port), path], log=Path(folder) / "log", cwd=Path.cwd()
        )
        try:
            sink.pid = process.pid
            _wait_until(path.with_suffix(".ready").exists)
            yield sink
        finally:
            processes.stop(process)
        sink.sessions = pickle.loads(path.read_bytes())


def _wait_until(condition):
    deadline = time.monotonic() + START_TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the receiving server did not start")
        time.sleep(0.02)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

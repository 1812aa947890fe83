"""A private PostgreSQL: a cluster per slot, reached through a socket only, and no system service touched."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import paths, processes
from .console import Failure, run_logged

USER = "odoo"
PORT = 5432  # only part of the socket's name
LONGEST_SOCKET_FOLDER = 85  # the socket's whole path must fit into 108 bytes

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "unix_socket_permissions": "0700",
    "log_min_messages": "warning",
}
# For databases that are made anew each time: a power cut may spoil them.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "1h"}


def binaries():
    """Folder of the newest installed PostgreSQL server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise Failure("PostgreSQL is not installed; run ./dev again as root, or install the package postgresql.")
    return found[-1].parent


def version():
    """Major version of that server, as its clusters note it."""
    return binaries().parent.name


def initialise(folder, log):
    """Make an empty cluster in a folder that does not exist yet."""
    run_logged(
        [
            *(binaries() / "initdb", "-D", folder, "-U", USER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync"),
        ],
        log,
        advice="PostgreSQL could not make its data folder; is the disk full?",
    )


class Cluster:
    """A running server over a data folder; a context manager."""

    def __init__(self, folder, log, *, fast):
        self.folder = folder
        self.log = log
        self.settings = SETTINGS | (FAST if fast else {})
        self.host = self._socket_folder()
        self.process = None

    def _socket_folder(self):
        """Beside the data, or below /tmp where that path is too long for a socket."""
        near = self.folder.parent / "socket"
        if len(str(near)) <= LONGEST_SOCKET_FOLDER:
            return near
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path("/tmp") / f"comm-{os.getuid()}-{name}"  # noqa: S108 (made with mode 0700 and checked)

    @property
    def environment(self):
        """For libpq's clients."""
        return {"PGHOST": str(self.host), "PGPORT": str(PORT), "PGUSER": USER}

    def start(self):
        self._stop_leftover()
        self.host.mkdir(mode=0o700, exist_ok=True)
        if self.host.stat().st_uid != os.getuid():
            raise Failure(f"{self.host} belongs to somebody else; remove it and try again.")
        settings = self.settings | {"unix_socket_directories": str(self.host), "port": str(PORT)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        self.process = processes.start(
            [binaries() / "postgres", "-D", self.folder, *options], log=self.log, stop_signal="INT", cwd=self.folder
        )
        ready = [binaries() / "pg_isready", "-q", "-h", self.host, "-p", str(PORT)]
        deadline = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failure(f"PostgreSQL does not start; the reason is at the end of {paths.shown(self.log)}.")
            time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT)
            self.process = None
        if self.host.parent != self.folder.parent:
            shutil.rmtree(self.host, ignore_errors=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exc):
        self.stop()

    def _stop_leftover(self):
        """A server whose ./dev was killed usually stops with it; wait for it, or make it."""
        pid_file = self.folder / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                deadline = time.monotonic() + 20
                while time.monotonic() < deadline and _runs_in(pid, self.folder):
                    os.kill(pid, number)
                    time.sleep(0.1)
            # The number may belong to a stranger by now, and PostgreSQL would take it for a running server.
            pid_file.unlink(missing_ok=True)

    # Databases

    def query(self, sql, database="postgres"):
        """The answer as text, a line per row."""
        done = subprocess.run(
            [binaries() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failure(f"PostgreSQL refused a command of ours ({done.stderr.strip()}); try again with --fresh.")
        return done.stdout.strip()

    def has(self, database):
        return database in self.query("SELECT datname FROM pg_database").splitlines()

    def copy(self, template, database):
        """Make a database from another one, replacing an older one of that name."""
        self.drop(database)
        # The files are copied as they are; going through the log would write everything twice.
        self.query(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')

    def drop(self, database):
        self.query(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _runs_in(pid, folder):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return os.fsencode(folder) in words and os.readlink(f"/proc/{pid}/cwd") == str(folder)
    except OSError:
        return False

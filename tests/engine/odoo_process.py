# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo in processes of its own, which tests ask, kill and start again."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from tools import databases, paths, postgres, processes, slots

from .seeds import wait_until

DATABASE = "comm_engine"
PROGRAM = Path(__file__).with_name("worker.py")
# Seconds for one command; far more than any takes.
PATIENCE = 60
_SLEEPING = """
import odoo.cli
from odoo.service import server
server.SLEEP_INTERVAL = {seconds}
odoo.cli.main()
"""
CRON = "comm_mailboxes.ir_cron_fetch_mail"


class WorkerDied(Exception):
    """The process ended in the middle of a command."""


class CommandFailed(Exception):
    """What the process raised."""

    def __init__(self, kind, text, trace):
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.add_note(trace)


class OdooProcess:
    """A database of its own, copied from the prepared one, and an Odoo on it that forks workers: a context manager."""

    def __init__(self):
        self._slot = slots.Slot(Path(os.environ[slots.MARK]).name)
        self._cluster = postgres.Cluster(self._slot.cluster, self._slot.log("postgres"), fast=True)
        self._folder = None
        self._process = None
        self._workers = []
        self.user_id = None

    def __enter__(self):
        databases.copy(self._slot, self._cluster, databases.READY, DATABASE)
        self._folder = Path(tempfile.mkdtemp(prefix="comm-engine-"))
        log = self._slot.log("engine")
        log.unlink(missing_ok=True)
        arguments = [paths.VENV_PYTHON, PROGRAM, self._slot.conf, DATABASE, self._folder / "socket"]
        self._process = processes.start(arguments, log=log, cwd=paths.ROOT, env=self._slot.environment())
        try:
            socket_path = self._folder / "socket"
            wait_until(lambda: socket_path.exists() or self._process.poll() is not None)
            assert self._process.poll() is None, f"see {log}"
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        self.close_workers()
        processes.stop(self._process, signal.SIGKILL)
        shutil.rmtree(self._folder)
        self._cluster.drop(DATABASE)

    def _prepare(self):
        """One user, and no other scheduled action than ours."""
        with self.worker() as worker:
            worker.sql("UPDATE ir_cron SET active = (id = (%s))", [self._cron_id(worker)])
            group = worker.sql(
                "SELECT res_id FROM ir_model_data WHERE module || '.' || name = 'comm_mailboxes.group_user'"
            )
            values = {"name": "Anna", "login": "engine_anna", "group_ids": [[4, group[0][0], 0]]}
            (self.user_id,) = worker.call("res.users", [], "create", [[values]])

    def _cron_id(self, worker):
        module, _dot, name = CRON.partition(".")
        return worker.sql("SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s", [module, name])[0][0]

    def worker(self):
        """Return a new process; a context manager, too."""
        worker = Worker(self, self._folder / "socket")
        self._workers.append(worker)
        return worker

    @contextlib.contextmanager
    def cron_worker(self, sleep=1_000_000, limit=1_000_000):
        """A real Odoo server on the database meanwhile, with nothing but one cron worker.

        It looks for work when it is told, and not every minute by itself, as others do. Yields what tells it once more:
        nobody sees when it begins to listen, and what was said before that it does not hear.

        :param sleep: seconds after which it looks by itself, up to ten more
        :param limit: seconds after which it is taken for dead, killed, and started again; it sleeps on this time, too
        """
        log = self._slot.log("engine-cron")
        arguments = [
            "server",
            "-c",
            self._slot.conf,
            "-d",
            DATABASE,
            "--workers=1",
            "--no-http",
            "--max-cron-threads=1",
            f"--limit-time-real-cron={limit}",
        ]
        command = [paths.VENV_PYTHON, "-c", _SLEEPING.format(seconds=sleep), *arguments]
        process = processes.start(command, log=log, cwd=paths.ROOT, env=self._slot.environment())

        def tell():
            assert process.poll() is None, f"see {log}"
            self._cluster.query(f"SELECT pg_notify('cron_trigger', '{DATABASE}')")

        try:
            yield tell
        finally:
            processes.stop(process)

    def pg_dump(self):
        """Return what a backup of the database holds, as text."""
        program = postgres.binaries() / "pg_dump"
        environment = os.environ | self._cluster.environment
        return subprocess.run([program, DATABASE], env=environment, capture_output=True, text=True, check=True).stdout

    def log(self):
        """Return what all workers logged so far."""
        return self._slot.log("engine").read_text(encoding="utf-8")

    def close_workers(self):
        while self._workers:
            self._workers.pop().kill()

    def wait_disconnected(self, pid):
        """Return when the database has noticed that a process is gone: until then its locks hold."""
        query = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'odoo-{pid}'"
        wait_until(lambda: self._cluster.query(query) == "0")

    def is_in_transaction(self, worker):
        """Tell whether a worker has left a transaction open."""
        query = (
            f"SELECT count(*) FROM pg_stat_activity"
            f" WHERE application_name = 'odoo-{worker.pid}' AND state LIKE 'idle in transaction%'"
        )
        return self._cluster.query(query) != "0"

    def cut_connections(self, worker, statement):
        """Let the database end that connection of a worker whose last statement begins so."""
        query = (
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE application_name = 'odoo-{worker.pid}' AND starts_with(query, '{statement}')"
        )
        assert self._cluster.query(query) == "1"

    def wait_idle_or_blocked(self, worker):
        """Return when a worker has done its command or waits for a lock of another one."""
        query = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'odoo-{worker.pid}' AND wait_event_type = 'Lock'"
        wait_until(lambda: worker.has_answered() or self._cluster.query(query) != "0")


class Worker:
    """One of Odoo's processes, seen from outside."""

    def __init__(self, odoo, path):
        self._odoo = odoo
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(str(path))
        self._stream = self._socket.makefile("rw", encoding="utf-8")
        self.pid = self.result()
        # Unlike a number, it never means a stranger.
        self._process = os.pidfd_open(self.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.kill()

    def __getattr__(self, command):
        """Every command of worker.Worker, by position for its first arguments as there."""
        if command.startswith("_"):
            raise AttributeError(command)
        return lambda *args, **kwargs: self.start(command, *args, **kwargs).result()

    def start(self, command, *args, **kwargs):
        """Begin a command without waiting for its end; returns the worker."""
        self._send([command, args, kwargs])
        return self

    def result(self):
        """Return what the command returned, or raise what it raised."""
        answer = self._receive()
        assert "paused" not in answer, f"paused before {answer['paused']}"
        if "failed" in answer:
            raise CommandFailed(*answer["failed"])
        return answer["done"]

    def paused_at(self):
        """Return the statement before which it pauses; None when the command ended before."""
        answer = self._receive()
        return answer.get("paused")

    def has_answered(self):
        """Tell whether result() would return at once."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def go_on(self):
        self._send(None)

    def kill(self):
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        os.close(self._process)
        self._process = None
        with contextlib.suppress(OSError):
            self._stream.close()
        self._socket.close()
        self._odoo.wait_disconnected(self.pid)

    def _send(self, message):
        try:
            self._stream.write(json.dumps(message) + "\n")
            self._stream.flush()
        except OSError as error:
            raise WorkerDied from error

    def _receive(self):
        try:
            line = self._stream.readline()
        except ConnectionError as error:
            raise WorkerDied from error
        if not line:
            self._odoo.wait_disconnected(self.pid)
            raise WorkerDied
        return json.loads(line)

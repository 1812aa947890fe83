"""A real Odoo server with cron workers, each a process: the shipped path from the scheduled action on."""

import os
import sys
import time
from pathlib import Path

from tools import processes

from .odoo_database import check

START_TIMEOUT = 120
POLL = 0.02


class OdooWorkers:
    """Odoo as it runs in production (``--workers``), with nothing to do but our scheduled actions.

    A context manager; the workers of Odoo's web side stay away, they fetch nothing.
    """

    def __init__(self, database, number):
        self._database = database
        self._number = number

    def __enter__(self):
        # Other modules' actions would work beside and are none of ours to measure.
        with self._database.env() as env:
            env["ir.cron"].search([("id", "not in", _our_actions(env).ids)]).active = False
        self._server = processes.start(
            [
                *(sys.executable, "-m", "odoo", "server", "-c", self._database.config_file),
                *("--workers=1", "--no-http", f"--max-cron-threads={self._number}"),
            ],
            log=Path(self._database.config_file).with_name("odoo-workers.log"),
            env=os.environ,
        )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._are_up():
            if self._server.poll() is not None or time.monotonic() > deadline:
                processes.stop(self._server)
                raise AssertionError("Odoo's cron workers did not start; see odoo-workers.log")
            time.sleep(POLL)
        return self

    def __exit__(self, *_error):
        processes.stop(self._server)

    def _are_up(self):
        """While Odoo loads it starts short-lived helpers, too; and workers listen a moment after they were forked."""
        found = self.pids()
        if len(found) != self._number:
            return False
        time.sleep(2)
        return self.pids() == found

    @property
    def pid(self):
        """The process id of the server, below which the workers are."""
        return self._server.pid

    def pids(self):
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def fetch(self, expected, timeout=600):
        """Let the scheduled actions fetch these mailboxes, until all is here and the visits are over.

        :param expected: ``{mailbox id: number of messages}``
        :raise AssertionError: when not exactly that many messages came
        """
        started = time.perf_counter()
        with self._database.env() as env:
            mailboxes = env["comm.mailbox"].browse(expected)
            mailboxes.auto_fetch = True
            for action in _our_actions(env):
                action._trigger()
        while not self._are_done(mailboxes.ids, sum(expected.values())):
            if time.perf_counter() - started > timeout:
                break
            time.sleep(POLL)
        for mailbox_id, number in expected.items():
            check(self._database.message_count(mailbox_id), number, "messages came")
        with self._database.env() as env:
            env["comm.mailbox"].browse(expected).auto_fetch = False

    def _are_done(self, mailbox_ids, messages):
        with self._database.registry.cursor() as cr:
            cr.execute(
                """SELECT (SELECT COALESCE(SUM(message_count), 0) FROM comm_folder WHERE mailbox_id = ANY(%s)) >= %s
                          AND (SELECT bool_and(last_fetch IS NOT NULL) FROM comm_mailbox_lease WHERE mailbox_id = ANY(%s))""",
                (mailbox_ids, messages, mailbox_ids),
            )
            return cr.fetchone()[0]


def _our_actions(env):
    """Return the scheduled actions that fetch mail; several, so that several workers have something to run."""
    action = env.ref("comm_mailboxes.ir_cron_fetch_mail")
    return env["ir.cron"].search([("model_id", "=", action.model_id.id), ("code", "=", action.code)])

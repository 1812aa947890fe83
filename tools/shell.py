"""./dev shell: Odoo's Python shell on the database of ./dev run."""

import contextlib
import signal

from . import odoo_server, postgres, slots
from .console import Failure
from .run import DATABASE


def run(_source, _options):
    slot = slots.Slot("run")
    if not slot.conf.exists():
        raise Failure("There is no database yet; start ./dev run once.")
    with contextlib.ExitStack() as stack:
        if not slots.is_taken(slot.name):
            slot = stack.enter_context(slots.take("run"))
            stack.enter_context(postgres.Cluster(slot.cluster, slot.log("postgres"), fast=False))
        # Ctrl-C belongs to what runs in the shell.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return odoo_server.run_attached(
            slot, [*odoo_server.ODOO, "shell", "-c", slot.conf, "-d", DATABASE, "--no-http"], new_session=False
        )

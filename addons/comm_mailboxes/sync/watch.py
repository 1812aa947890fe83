"""Somebody who archives a mailbox need not wait until a silent server answers, or a slow one has sent what it is about to; and
a server that never ends does not keep a visit until Odoo ends the worker.

The thread of a visit waits for the server and sees nothing else meanwhile. So another one looks, from the second second on,
whether the mailbox is still in use and whether there is still time, and breaks the connections off when not: at login, in the
middle of a list, of sizes, or of a mail. It is gone when the visit ends. What came until then is kept (``read_ahead``), and a
single message that is too large for the time comes in pieces, over several visits (``slow``).
"""

import logging
import threading
import time
from contextlib import contextmanager

import psycopg2

from odoo import modules
from odoo.tools import SQL

from ..protocol.connector import Leash
from ..turns import end_of_visit

_logger = logging.getLogger(__name__)

# Seconds between two looks; a visit that is shorter costs the database nothing.
LOOK = 1.0


@contextmanager
def watched(mailbox):
    """Yield a ``protocol.connector.Leash`` for all connections that are opened inside.

    It is pulled within about a second after somebody archived or deleted ``mailbox``, or the time is up. Afterwards no thread
    runs any more.
    """
    with Leash() as leash:
        if modules.module.current_test:
            # Tests run in one transaction on one connection, which is for one thread.
            yield leash
            return
        ended = threading.Event()
        args = (mailbox.env.registry, mailbox.id, leash, ended, end_of_visit())
        watcher = threading.Thread(target=_watch, args=args, name="comm-watch", daemon=True)
        watcher.start()
        try:
            yield leash
        finally:
            ended.set()
            watcher.join()


def _watch(registry, mailbox_id, leash, ended, end):
    while not ended.wait(LOOK):
        if end is not None and time.monotonic() >= end:
            leash.pull(late=True)
            return
        try:
            with registry.cursor() as cr:
                cr.execute(SQL("SELECT 1 FROM comm_mailbox WHERE id = %s AND active", mailbox_id))
                is_in_use = bool(cr.rowcount)
        except psycopg2.Error as error:
            # No connection to spare, say. The visit goes on, and this is asked again.
            _logger.info("Mailbox %s: whether it was archived could not be seen: %s", mailbox_id, error)
            continue
        if not is_in_use:
            leash.pull()
            return

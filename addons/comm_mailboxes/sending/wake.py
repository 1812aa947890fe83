"""Cron workers are woken at the second in which something is due.

Odoo wakes them by NOTIFY for what is due at once; a trigger that lies ahead they notice when they look by themselves, once
a minute. That is too long for a message whose author had five seconds to take it back.
"""

import logging
import threading
from datetime import UTC, datetime
from functools import partial

import psycopg2

from odoo import sql_db
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import ODOO_NOTIFY_FUNCTION

_logger = logging.getLogger(__name__)

# Seconds ahead; what is due later may wait for the next look of a worker.
FARTHEST = 600
# The clock of the database decides what is due; it may be a little behind ours.
MARGIN = 0.05

_lock = threading.Lock()
_waiting = set()


def wake_at(env, when):
    """Have the cron workers look for work at ``when`` (UTC, naive), once the current transaction is committed."""
    env.cr.postcommit.add(partial(_wait, env.cr.dbname, when))


def _wait(dbname, when):
    seconds = (when - datetime.now(UTC).replace(tzinfo=None)).total_seconds()
    # What is due already, Odoo itself tells the workers.
    if not 0 < seconds <= FARTHEST:
        return
    with _lock:
        if (dbname, when) in _waiting:
            return
        _waiting.add((dbname, when))
    timer = threading.Timer(seconds + MARGIN, _notify, (dbname, when))
    # A process that ends takes its timers along: then it is the next look of a worker after all.
    timer.daemon = True
    timer.start()


def _notify(dbname, when):
    with _lock:
        _waiting.discard((dbname, when))
    try:
        # As ir.cron does, which needs an environment for it.
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute(SQL("SELECT %s('cron_trigger', %s)", SQL.identifier(ODOO_NOTIFY_FUNCTION), dbname))
    except psycopg2.Error:
        _logger.warning("The cron workers could not be woken; they look by themselves within a minute", exc_info=True)

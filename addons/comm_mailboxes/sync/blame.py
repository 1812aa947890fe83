"""Is it a message at which the connection breaks, or does the server break it whatever it is asked for? This one place decides.

A message is judged only where the server, in the same visit and over a new connection, answers the same question about another
one. Where there is no other one, an outage cannot be told from a bad message, but by its length: then only many visits over more
than a day are evidence. Whatever was judged is asked for again (``refused``), so that an error heals by itself.
"""

import logging
from datetime import timedelta

from odoo import fields

from ..protocol.errors import ProtocolError

_logger = logging.getLogger(__name__)

# Among so many others one is chosen that shows whether the server answers for any message at all.
OTHERS = 20
# Evidence enough where there is no other one.
VISITS_ALONE = 10
TIME_ALONE = timedelta(days=1)


def is_message(visit, folder, suspects, is_answered):
    """Tell whether it is the one message under suspicion at which the connection breaks.

    :param suspects: its UID, and those of the ones that were found out before
    :param is_answered: asks the server the same about one of these UIDs; returns whether it answered
    """
    try:
        visit.reopen(folder)
        if others := _others(visit, folder, suspects):
            return is_answered(others)
    except ProtocolError as error:
        told = visit.mailbox._explain(error)
        _logger.info("Folder %s: the server answers for no other message either: %s", folder.id, told)
        return False
    return folder.broken_visits >= VISITS_ALONE and is_long_ago(folder.broken_since)


def is_long_ago(since):
    """Tell whether what broke since then, each time, breaks for longer than a server is in trouble."""
    return bool(since) and since <= fields.Datetime.now() - TIME_ALONE


def _others(visit, folder, suspects):
    """Return UIDs of other messages, the newest first; those that came whole before, if there are any."""
    there = set(visit.session.uids()) - suspects
    came = [("server_folder_id", "=", folder.id), ("uid", ">=", 1), ("is_partial", "=", False), ("defect", "=", False)]
    here = folder.env["comm.message"].search(came, order="uid desc", limit=OTHERS).mapped("uid")
    return [uid for uid in here if uid in there] or sorted(there, reverse=True)[:OTHERS]

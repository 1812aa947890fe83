"""Messages whose content the server did not hand out: it is asked once more, but not at every visit."""

import logging
from datetime import timedelta

from odoo import fields

from ..protocol.errors import ProtocolError
from ..protocol.mime_defects import NOT_HANDED_OUT
from . import reread, store

_logger = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)
# Asking in vain costs the server two commands each.
AT_ONCE = 20


def retry(visit):
    """Ask again for the messages that waited long enough. Commits each.

    Comes last: a server may as well hang up at them, and that is no fault of the visit.
    """
    messages = visit.env["comm.message"].search(
        [
            ("mailbox_id", "=", visit.mailbox.id),
            ("defect", "=like", f"{NOT_HANDED_OUT}%"),
            ("uid", ">=", 1),
            ("write_date", "<", fields.Datetime.now() - PATIENCE),
        ],
        order="write_date",
        limit=AT_ONCE,
    )
    by_folder = messages.grouped("server_folder_id")
    # Where other mails may stand under these UIDs, none is taken for what is asked for.
    sound = messages.server_folder_id.filtered(lambda folder: not folder.is_to_compare)
    try:
        visit.each(sound, lambda visit, folder: _load(visit, folder, by_folder[folder]))
    except ProtocolError as error:
        if not visit.is_in_use():
            raise
        _logger.info("Mailbox %s: %s when it was asked again for a message", visit.mailbox.id, type(error).__name__)


def _load(visit, folder, messages):
    visit.open(folder)
    for message in messages:
        # Before it is asked for: wherever that ends, this one waits as long again.
        visit.commit(lambda message=message: message.write({"defect": message.defect}))
        # One at a time: a server that refuses all that it is asked for counts as broken.
        for fetched in visit.session.messages([message.uid]) if message.uid else ():
            prepared = store.prepare(fetched)
            visit.commit(lambda message=message, prepared=prepared: reread.replace(message, [prepared]))
            visit.counts["loaded"] += not fetched.failed

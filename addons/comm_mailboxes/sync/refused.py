"""Messages that the server did not hand out, that were judged to break the connection, or that could not be stored: each is
asked for again.

Not at every visit, but once a day, and at once by Repair. They come last, each alone: whatever the server does then keeps no
other mail away, and is no fault of the visit. What comes is here as if it had come in the first place.
"""

import logging
from contextlib import nullcontext
from datetime import timedelta

from odoo import fields

from ..protocol.errors import ProtocolError
from ..protocol.mime_defects import BREAKS_OFF, NOT_HANDED_OUT, NOT_STORED
from . import flags, load_whole, silent, slow, store
from .visit import REFUSALS

_logger = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)
# Asking in vain costs the server two commands each.
AT_ONCE = 20
# What is asked for again bears one of these as its defect.
DEFECTS = (f"{NOT_HANDED_OUT}%", BREAKS_OFF, NOT_STORED)


def retry(visit, *, everything=False):
    """Ask again for what waited long enough. Commits each.

    :param everything: however long it waited, and however much it is
    """
    since = fields.Datetime.now() - (timedelta() if everything else PATIENCE)
    # Before any is written to, which puts it off.
    messages = waiting(visit, since, ("uid", ">=", 1), limit=None if everything else AT_ONCE)
    folders = visit.mailbox.folder_ids.filtered(lambda folder: _is_sound(folder) and folder.silent_uids)
    for folder in folders.filtered(lambda folder: (folder.silent_asked_at or since) <= since):
        visit.commit(lambda folder=folder: folder.write({"silent_asked_at": fields.Datetime.now()}))
        for uid in sorted(silent.uids(folder)):
            if not _is_asked(visit, folder, lambda folder=folder, uid=uid: _ask_silent(visit, folder, uid)):
                return
    for message in messages.exists():
        folder = message.server_folder_id
        if not _is_sound(folder) or message.uid in slow.uids(folder):
            continue
        if not _is_asked(visit, folder, lambda message=message, folder=folder: _load(visit, folder, message)):
            return


def waiting(visit, since, *domain, limit=None):
    """Return the messages to ask for again that were last asked for before ``since``, the longest waiting first."""
    defects = ["|"] * (len(DEFECTS) - 1) + [("defect", "=like", defect) for defect in DEFECTS]
    mine = [("mailbox_id", "=", visit.mailbox.id), ("write_date", "<=", since)]
    return visit.env["comm.message"].search([*mine, *domain, *defects], order="write_date", limit=limit)


def _is_sound(folder):
    # Where other mails may stand under these UIDs, none is taken for what is asked for.
    return folder.exists() and not folder.is_missing and not folder.is_to_compare


def _is_asked(visit, folder, ask):
    """Ask for one; return whether the visit can ask for the next one."""
    if visit.must_stop():
        return False
    try:
        visit.reopen(folder)
        ask()
    except REFUSALS as error:
        told = visit.mailbox._explain(error)
        _logger.info("Folder %s: %s when it was asked again for a message", folder.id, told)
    except ProtocolError as error:
        if not visit.is_in_use():
            raise
        _logger.info("Folder %s: %s when it was asked again for a message", folder.id, type(error).__name__)
        return visit.reconnect()
    return True


def _ask_silent(visit, folder, uid):
    visit.session.sizes(uid, uid)
    told = visit.session.flags(uid, uid)
    visit.commit(lambda: silent.forget(folder, uid))
    flags.apply(visit, folder, told)


def _load(visit, folder, message):
    # Before it is asked for: wherever that ends, this one waits as long again.
    visit.commit(lambda: message.write({"defect": message.defect}))
    if not message.uid:
        return
    # Of one at whose size the server hung up, that is not known.
    size = message.size or dict(visit.session.sizes_of([message.uid])).get(message.uid, 0)
    is_large = size > visit.mailbox._import_limit()
    ask, prepare = (
        (visit.session.headers, store.prepare_partial) if is_large else (visit.session.messages, store.prepare)
    )
    with nullcontext() if is_large else slow.noted(visit, folder, message.uid):
        for fetched in ask([message.uid]):
            if load_whole.is_another(message, fetched) or (fetched.failed and message.identity):
                continue
            prepared = prepare(fetched)
            visit.commit(lambda prepared=prepared: load_whole.replace(message, prepared))
            visit.counts["loaded"] += not fetched.failed

"""Messages that are not in their folder on the server any more.

They become tombstones: hidden, without a place, and forgotten after some days. Until then a message that turns up in another
folder of the mailbox, or comes back, is the same record again: see ``known``.

Where the folder itself was gone, or another one came under its name, nobody deleted a message: what is not found again stays
shown, in a folder beside it that is gone from the server, until somebody deletes it in Odoo.

``sync`` finds out itself what vanished from a folder. ``bury`` is told so, by UIDs, by whoever else found it out. And what lost
its UID and was not found again, ``bury_unplaced`` looks for after all of a folder was looked at. ``tell_losses`` is for the end.
"""

import contextlib
import logging

from ..protocol.errors import ProtocolError
from .known import count_placed, placed
from .pending import Pending

_logger = logging.getLogger(__name__)

# A loss of more than this many messages and more than this share of a folder is only believed to a second connection.
MASS_LOSS = 50
MASS_LOSS_SHARE = 0.3


def sync(visit, folder, state):
    """Find out what vanished from ``folder``, which is selected, and bury it.

    :param state: ``protocol.imap.FolderState`` of the folder
    """
    if state.vanished is not None:
        gone = state.vanished.among(placed(folder)) if state.vanished else []
    elif state.exists == count_placed(folder, last=folder.uid_high) + len(visit.new_sizes(folder)):
        gone = []
    else:
        gone = list(placed(folder).difference(visit.session.uids()))
    bury(visit, folder, gone)


def bury(visit, folder, uids):
    """Take these messages from ``folder`` and from the screen. A mass loss is confirmed first."""
    if folder.keeps_lost:
        _note_kept(visit, folder, visit.commit(lambda: _keep(folder, _placed_under(folder, uids))))
        return
    is_mass_loss = _is_mass_loss(len(uids), lambda: len(placed(folder)))
    if is_mass_loss:
        uids = _still_gone(visit, folder, uids)
    if uids:
        _note_buried(visit, folder, visit.commit(lambda: _bury(folder, uids)), is_mass_loss)


def bury_unplaced(visit, folder):
    """Bury what was expected in ``folder`` and was not found there, after everything in it was looked at.

    A mass loss is confirmed first: servers in trouble show empty folders under a new UIDVALIDITY, too.
    """
    lost = len(_unplaced(folder))
    is_mass_loss = _is_mass_loss(lost, lambda: lost + len(placed(folder)))
    if is_mass_loss and not _is_so_again(visit, folder, lost):
        return
    if folder.keeps_lost:
        _note_kept(visit, folder, visit.commit(lambda: _keep(folder, _unplaced(folder), is_all=True)))
    elif lost:
        _note_buried(visit, folder, visit.commit(lambda: _bury_unplaced(folder)), is_mass_loss)


def all_found(folder):
    """Tell whether nothing is looked for any more of what was in ``folder``, which was gone or made anew."""
    return folder.keeps_lost and not _unplaced(folder)


def tell_losses(visit):
    """Note with an event what is still missing of the mass losses of this visit, and what was kept beside its folder: most of
    it may have turned up elsewhere.
    """
    for folder, messages in visit.kept.items():
        kept = messages.exists().filtered(lambda message: not message.uid and message.server_folder_id.is_missing)
        if kept and folder.exists():
            visit.commit(lambda kept=kept, folder=folder: kept._tell_kept(folder))
    for folder, messages in visit.losses:
        missing = messages.exists().filtered(lambda message: not message.active and not message.uid)
        if len(missing) > MASS_LOSS and folder.exists():
            visit.commit(lambda missing=missing, folder=folder: missing._tell_lost(folder))


def _note_buried(visit, folder, messages, is_mass_loss):
    visit.counts["vanished"] += len(messages)
    if is_mass_loss:
        visit.losses.append((folder, messages))


def _note_kept(visit, folder, messages):
    visit.kept[folder] = visit.kept.get(folder, messages) | messages


def _is_mass_loss(lost, count_before):
    return lost > MASS_LOSS and lost > MASS_LOSS_SHARE * count_before()


def _still_gone(visit, folder, uids):
    """Return which of these messages a second look misses, too: servers in trouble show empty folders."""
    _logger.info("Mailbox %s, folder %s: %s messages vanished, asking again", visit.mailbox.id, folder.id, len(uids))
    with _second_look(visit, folder) as (session, state):
        if state.uidvalidity != folder.uidvalidity:
            return []
        return list(set(uids).difference(session.uids()))


def _is_so_again(visit, folder, lost):
    """Tell whether a second look finds the same folder with as much in it."""
    _logger.info("Mailbox %s, folder %s: %s messages not found, asking again", visit.mailbox.id, folder.id, lost)
    seen = visit.states[folder.id]
    with _second_look(visit, folder) as (_session, again):
        return (again.uidvalidity, again.exists) == (seen.uidvalidity, seen.exists)


@contextlib.contextmanager
def _second_look(visit, folder):
    """Yield a session and the state of ``folder`` as another connection sees it.

    Some servers let one client in only once; to these nothing is left but to be asked again.
    """
    with contextlib.ExitStack() as stack:
        try:
            session = stack.enter_context(visit.mailbox._open_session__())
        except ProtocolError as error:
            told = visit.mailbox._explain(error)
            _logger.info("Mailbox %s: no second connection, asking on the first: %s", visit.mailbox.id, told)
            session = visit.session
        yield session, session.examine(visit.server_path(folder))
    if session is visit.session:
        visit.open(folder)


def _placed_under(folder, uids):
    messages = folder.env["comm.message"].with_context(active_test=False)
    return messages.search_fetch([("server_folder_id", "=", folder.id), ("uid", "in", uids)], ["active", "folder_id"])


def _bury(folder, uids):
    gone = _placed_under(folder, uids)
    shown = gone.filtered("active")
    gone.write({"active": False, "uid": False})
    return shown


def _unplaced(folder):
    # What has still to be stored on a server is in none of its folders.
    return folder.env["comm.message"].search([("server_folder_id", "=", folder.id), ("uid", "=", False)])


def _bury_unplaced(folder):
    lost = _unplaced(folder)
    lost.write({"active": False})
    return lost


def _keep(folder, lost, *, is_all=False):
    """Leave what is shown of these messages shown, beside ``folder``; return that.

    What waits for them goes on to wait, as they may turn up in another folder of this visit: see ``close.drop_operations``.

    :param is_all: nothing else of it is looked for any more
    """
    shown = lost.filtered("active")
    (lost - shown).write({"uid": False})
    if shown:
        kept = folder._kept_beside()
        shown.write({"uid": False, "server_folder_id": kept.id})
        moving = Pending(shown).moving
        shown.filtered(lambda message: message.id not in moving).folder_id = kept
    if is_all:
        folder.keeps_lost = False
    return shown

"""The order of the steps of a visit. The session is connected and logged in before and closed after.

What a user changed in Odoo goes to the server first, so that his change wins over what is older there; but for changes at
which the connection breaks, and those in folders in which it does, which are told at the end. Then, for the folders
that the server's list shows as changed: marks and what vanished, in all of them, before what is new in any of them. So a
message that another program moved has lost its old place by the time it turns up in the new one, whatever their order.
"""

import contextlib
import time

from odoo import fields

from ..protocol.connector import TimeIsUp
from ..protocol.errors import ProtocolError
from ..turns import turn
from . import (
    close,
    compare,
    fetch,
    flags,
    folders,
    listing,
    load_whole,
    moved,
    pop3,
    push,
    refused,
    server_search,
    settled,
    slow,
    vanished,
)
from .there import begun_from
from .visit import Visit

# Seconds of one turn, after which a mailbox with much new mail lets others have theirs; the next one goes on where it ended.
TURN = 60.0
# The parts of a turn after which a step takes no further folder. What changed and what vanished has half of it: without that
# nothing is seen right. The next ones have an eighth each, and the last eighth is for what moved, and for the end.
SHARES = {"catch up": 4 / 8, "compare": 5 / 8, "new mail": 6 / 8, "first import": 7 / 8}


def refresh_folders(mailbox, session):
    """List the server's folders and reconcile.

    :return: the number of folders there
    """
    if mailbox.kind == "pop3":
        return len(pop3.inbox_of(mailbox))
    visit = Visit(mailbox, session)
    push.push(visit)
    listing.reconcile(visit)
    return len(visit.infos)


def push_operations(mailbox, session):
    """Bring to the server what users changed in Odoo.

    :return: the visit
    """
    visit = Visit(mailbox, session)
    push.push(visit)
    push.push_put_off(visit)
    return visit


def fetch_mail(mailbox, session, folder_ids=None):
    """Bring server and Odoo in line with each other.

    :param folder_ids: ids of ``comm.folder`` to fetch whatever their mode, by default the inbox and the chosen folders
    :return: the visit, which tells what was done, and in its ``problems`` what did not work in single folders
    """
    visit = Visit(mailbox, session, deadline=time.monotonic() + turn(TURN))
    if mailbox.kind == "pop3":
        visit.counts["imported"] = pop3.fetch_mail(visit)
        return visit
    with _broken_off_in_time(visit):
        _fetch_mail(visit, folder_ids)
    return visit


@contextlib.contextmanager
def _broken_off_in_time(visit):
    """Where the time was up in the middle, and something came of it, go on in the next visit; else that is an error."""
    try:
        yield
    except TimeIsUp:
        if not visit.has_come_forward:
            raise
        visit.env.cr.rollback()
        visit.complete = False


def _fetch_mail(visit, folder_ids):
    # Who asks for single folders wants them looked into, whatever the last visit found.
    before = settled.UNKNOWN if folder_ids else settled.look(visit.mailbox)
    if before.is_anything_waiting:
        push.push(visit)
    if not listing.reconcile(visit, unless=before.settled_list):
        visit.is_settled = True
        return
    _bring_in_line(visit, *_choose(visit, folder_ids))
    visit.settled_by = settled.reason_of(visit, before)


def repair(mailbox, session):
    """Compare everything with the server, whatever the cursors and sequences say, and mend what differs.

    What the time of this visit is not enough for, the next ones do.

    :return: the visit; its ``counts`` tell what was mended
    """
    visit = Visit(mailbox, session, deadline=time.monotonic() + turn(TURN))
    if mailbox.kind == "pop3":
        visit.counts["mended"] = pop3.fetch_mail(visit, ask_again=True)
    else:
        listing.reconcile(visit)
        there = folders.usable(mailbox)
        there = folders.with_messages(there) | folders.imported(there)
        visit.commit(lambda: there.write({"is_to_compare": True}))
        with _broken_off_in_time(visit):
            _bring_in_line(visit, *_choose(visit, None), ask_again=True)
    visit.counts["counts"] = visit.commit(mailbox.folder_ids._correct_counts)
    return visit


def _bring_in_line(visit, imported, tracked, *, ask_again=False):
    """Do what has to be done in these folders: last in those in which the connection broke, and at the very end what was put
    off of users' changes, so that these stop no others.

    :param imported: folders of which new mail is to come
    :param tracked: folders of which messages are here already
    :param ask_again: at once for all that the server did not hand out
    """
    there = folders.usable(visit.mailbox)
    others = there - imported
    broken = there.filtered("broken_at")
    _do_steps(visit, imported - broken, tracked - broken, others - broken)
    is_connected = not broken or _bring_broken_in_line(visit, imported & broken, tracked & broken, others & broken)
    if visit.put_off and (is_connected or visit.go_on()):
        is_connected = push.push_put_off(visit)
    if visit.states:
        moved.take_over(visit)
    vanished.tell_losses(visit)
    if visit.told and visit.complete and not visit.problems:
        close.drop_operations(visit)
    if is_connected:
        refused.retry(visit, everything=ask_again)
        slow.go_on(visit)


def _bring_broken_in_line(visit, imported, tracked, others):
    """Do what concerns folders in which the connection broke.

    Where it breaks there once more, that is a fault of the folder, and not of the whole mailbox, which need not wait longer
    for its next turn; but for the inbox, without which there may be no mailbox worth speaking of.

    :return: whether the connection still stands
    """
    broken = imported | tracked | others
    visit.has_broken_last = True
    try:
        _do_steps(visit, imported, tracked, others)
    except ProtocolError as error:
        if isinstance(error, TimeIsUp) or not visit.is_in_use():
            raise
        if "inbox" in broken.mapped("role"):
            raise error.lasting or error from error
        visit.problems.append(error.lasting or error)
        return False
    sound = broken.filtered(lambda folder: folder.id in visit.states and not slow.is_under_suspicion(folder))
    visit.each(sound, _note_sound, limited=False)
    return True


def _do_steps(visit, imported, tracked, others):
    """Do one step after the other, each in all of these folders; among ``others``, only what was moved there is looked for.

    Each step has its share of the time (``SHARES``), what it leaves goes to the next one; and each comes forward by one folder
    at least, that which waited longest for it, though the time be up.
    """
    begin = time.monotonic()
    until = {step: begin + (visit.deadline - begin) * share for step, share in SHARES.items()}
    # What is left of this round comes first in the next visit, which is not the sooner for it.
    visit.each(tracked, _catch_up, "caught_up_at", until=until["catch up"])
    # Among them those that turned out to be others than they were, just now.
    to_compare = tracked.exists().filtered("is_to_compare")
    if not visit.each(to_compare, compare.compare, "compared_at", until=until["compare"]):
        visit.complete = False
    # Where every folder has to be opened for its marks, their turn must not be spent on opening them twice.
    new = imported.exists().filtered(lambda folder: folder not in tracked or fetch.has_new(visit, folder))
    # A first import of years must not keep today's mail of the other folders away.
    first = new.filtered(lambda folder: folder.uid_low > 1 or not folder.uidvalidity)
    _fetch(visit, new - first, until=until["new mail"])
    # What was copied is known as a copy where the one that it was made of has its place again: see ``there``.
    sources = begun_from(visit) if first else first
    _fetch(visit, first & sources, until=until["first import"])
    _fetch(visit, first - sources, until=until["first import"])
    moved.locate(visit, others)
    opened = imported.exists().filtered(lambda folder: folder.id in visit.states)
    differing = opened.filtered(lambda folder: close.differs(visit, folder))
    visit.each(opened - differing, close.close, limited=False)
    visit.each(differing, close.close, "compared_at")


def _note_sound(visit, folder):
    visit.commit(lambda: folder.write({"broken_at": False, "broken_since": False, "broken_visits": 0}))


def _fetch(visit, new, until):
    if not visit.each(new, fetch.fetch_folder, "looked_into_at", until=until):
        visit.complete = False


def load(mailbox, session, message_ids):
    """Bring the whole of messages of which only the header is here.

    :return: the visit
    """
    visit = Visit(mailbox, session)
    load_step = pop3.load if mailbox.kind == "pop3" else load_whole.load
    load_step(visit, mailbox.env["comm.message"].browse(message_ids))
    return visit


def search(mailbox, session, folder_ids, query):
    """Import what the server finds in these folders, by None in all that it has.

    :return: the visit; its ``counts`` tell what was found and what came
    """
    visit = Visit(mailbox, session, deadline=time.monotonic() + turn(TURN))
    server_search.search(visit, folder_ids, query)
    return visit


def _choose(visit, folder_ids):
    """Return the folders to import, and those of which messages are here already, as far as something changed there."""
    folder = visit.env["comm.folder"]
    if folder_ids is None:
        imported = folders.for_automatic_fetch(visit.mailbox)
    else:
        imported = folder.browse(folder_ids)
    # The server may have to learn of a new folder still.
    there = folders.usable(visit.mailbox).filtered(visit.server_path)
    imported &= there
    tracked = folders.with_messages(there) | there.filtered(lambda folder: folder.is_to_compare or folder.keeps_lost)
    unchanged = (imported | tracked).filtered(
        lambda folder: (
            folder.id not in visit.touched
            and not (folder.is_to_compare or folder.keeps_lost)
            and close.is_unchanged(folder, visit.info(folder), folder in imported)
        )
    )
    return imported - unchanged, tracked - unchanged


def _catch_up(visit, folder):
    state = visit.open(folder, told=True)
    flags.sync(visit, folder, state)
    vanished.sync(visit, folder, state)
    # Only now: a visit that is cut off before asks for the same again.
    done = {"highestmodseq": state.highestmodseq or 0, "caught_up_at": fields.Datetime.now()}
    if not folder.is_to_compare and vanished.all_found(folder):
        done["keeps_lost"] = False
    visit.commit(lambda: folder.write(done))

"""How a folder is compared with the server, message by message, and how what differs is mended.

This is the one place that decides what a gap is: after each fetch where the numbers differ (see ``close``), for Repair, and
for folders that the nightly check of the counts found wrong.
"""

from dataclasses import dataclass, field

from odoo import fields

from ..protocol import mime
from . import alike, content, fetch, flags, known, silent, store, vanished

HEADERS_AT_ONCE = 500
# How often a server is asked at most, before two answers in a row are the same.
LOOKS = 4


@dataclass
class Gap:
    """What Odoo and the server have differently in a folder."""

    missing: list = field(default_factory=list)  # (UID, size) of what should be here
    wrong: set = field(default_factory=set)  # UIDs here under which the server has nothing, or another mail
    unlisted: int = 0  # how many messages the server counts that it does not list


def find_gap(visit, folder, *, deep=False):
    """Compare what is here with what is there, up to where the import has come. Opens ``folder``.

    Messages come and go while a server is asked, and its count is older than its list. That is no gap: only what two looks in
    a row tell alike is believed about the count; about single messages, each list is right for itself.

    :param deep: compare what the messages are, too, not only their sizes
    """
    state, there = _look(visit, folder)
    for _look_again in range(LOOKS - 1):
        if state.exists == len(there):
            break
        before = state.uidvalidity, state.uidnext, state.exists, len(there)
        state, there = _look(visit, folder)
        if (state.uidvalidity, state.uidnext, state.exists, len(there)) == before:
            break
    else:
        # Never twice the same: nothing can be said about the count.
        state = None
    here = known.placed_sizes(folder)
    last = visit.states[folder.id].uidnext - 1
    wrong = {uid for uid in here if uid not in there and (deep or uid <= last)}
    # Of what the server tells nothing, nothing is known to differ.
    told = here.keys() - silent.uids(folder)
    # What is only noted to be deleted there has no size.
    resized = {uid for uid in told if uid in there and here[uid] and here[uid] != store.bounded(there[uid])}
    wrong |= _other_mails(visit, folder, sorted(told - wrong if deep else resized), resized)
    missing = [
        (uid, size)
        for uid, size in there.items()
        if folder.uid_low <= uid <= folder.uid_high and (uid not in here or uid in wrong)
    ]
    return Gap(missing, wrong, max(0, state.exists - len(there)) if state else 0)


def mend(visit, folder, *, deep=False):
    """Find what differs; bury what is wrong here, and bring what is missing.

    :return: how many messages are missing still; None when the time of the visit ended before
    """
    gap = find_gap(visit, folder, deep=deep)
    # They are found again by what they are, as far as they are there.
    vanished.bury(visit, folder, sorted(gap.wrong))
    if gap.missing:
        before = visit.counts["imported"]
        finished = fetch.fetch_uids(visit, folder, gap.missing)
        visit.counts["mended"] += visit.counts["imported"] - before
        if not finished:
            return None
        left = dict(gap.missing).keys() - known.placed(folder)
        if left:
            # What was deleted there in the meantime is not missing.
            gap = find_gap(visit, folder)
            return len(left & dict(gap.missing).keys()) or gap.unlisted
    return gap.unlisted


def compare(visit, folder):
    """Mend all that differs: messages under a wrong UID, missing ones, vanished ones, what they say, marks, and where Odoo
    shows them.
    """
    # What happens on the server from here on, the next visit is told.
    state = visit.open(folder)
    visit.commit(lambda: folder.write({"compared_at": fields.Datetime.now()}))
    if mend(visit, folder, deep=True) is None:
        return
    visit.reopen(folder)
    if not content.restore(visit, folder):
        return
    flags.look_at_all(visit, folder)
    visit.counts["shown"] += visit.commit(lambda: _show_where_they_lie(folder))
    done = {
        "highestmodseq": state.highestmodseq or 0,
        "is_to_compare": False,
        # A server that was restored gives out UIDs again.
        "uid_high": min(folder.uid_high, state.uidnext - 1),
    }
    if vanished.all_found(folder):
        done["keeps_lost"] = False
    visit.commit(lambda: folder.write(done))


def _look(visit, folder):
    """Return the state of the folder and, right after that, what the server lists: ``{uid: size}``."""
    state = visit.open(folder)
    everything = (1, state.uidnext - 1)
    return state, dict(silent.added(visit, folder, silent.sizes(visit, folder, *everything), *everything))


def _other_mails(visit, folder, uids, resized):
    """Return the UIDs among ``uids`` under which the server has another mail than Odoo.

    It may tell other sizes than before: under the same UIDVALIDITY and UID the same header is the same mail.

    :param resized: those of which it tells another size than Odoo has
    """
    other = set()
    for start in range(0, len(uids), HEADERS_AT_ONCE):
        chunk = uids[start : start + HEADERS_AT_ONCE]
        messages = _named(folder, chunk)
        # Of what has nothing that tells it from others, the size is all there is.
        other |= {uid for uid in chunk if uid not in messages and uid in resized}
        told = {}
        for header in visit.session.headers(sorted(messages)):
            message, identity = messages[header.uid], mime.identity_of(header.raw, header.size)
            if identity == message.identity:
                continue
            if alike.bears(message, header):
                told[message.id] = {"size": store.bounded(header.size), "identity": identity}
            else:
                other.add(header.uid)
        if told:
            # By this it is found again from now on.
            visit.commit(lambda told=told: folder.env["comm.message"].browse(told)._write_each(told))
    return other


def _named(folder, uids):
    """Return ``{uid: message}`` of those that have an identity."""
    found = (
        folder.env["comm.message"]
        .with_context(active_test=False)
        .search_fetch(
            [("server_folder_id", "=", folder.id), ("uid", "in", uids), ("identity", "!=", False)],
            ["uid", "identity", "size", "outgoing_state", "message_id", "date"],
        )
    )
    return {message.uid: message for message in found}


def _show_where_they_lie(folder):
    """Show messages where the server has them, unless it has still to learn of a move."""
    messages = folder.env["comm.message"].with_context(active_test=False)
    elsewhere = messages.search(
        [("server_folder_id", "=", folder.id), ("uid", ">=", 1), ("folder_id", "!=", folder.id)]
    )
    moving = messages.env["comm.operation"].search([("message_id", "in", elsewhere.ids), ("kind", "=", "move")])
    shown = elsewhere - moving.message_id
    shown.write({"folder_id": folder.id})
    return len(shown)

"""Messages that are new in a folder, but not to Odoo: moved or copied by another program, or under a new UIDVALIDITY.

They keep their record, links and attachments, and are not downloaded again. What is the same message is told by
``protocol.mime.identity_of``; so that no header is read in vain, only mails whose size is known here are looked at. Where
that could be another mail, see ``alike``.
"""

from collections import defaultdict
from functools import partial

from odoo.tools import SQL

from ..protocol import mime
from . import alike, pending, placing, store, there

HEADERS_AT_ONCE = 500
FIELDS = ["identity", "size", "uid", "folder_id", "server_folder_id", "active", "write_date"]


def void(folder, state):
    """Take the placement from all messages of ``folder``: a new UIDVALIDITY voids every UID (RFC 9051, 2.3.1.1).

    What is not found again is not lost: the folder may be another one under the same name. The cursors are set for an import
    from the newest to the oldest. The caller commits.

    :param state: ``protocol.imap.FolderState`` with the new UIDVALIDITY
    """
    folder.env["comm.message"].flush_model()
    folder.env.cr.execute(
        SQL("UPDATE comm_message SET uid = NULL WHERE server_folder_id = %s AND uid IS NOT NULL", folder.id)
    )
    had_messages = bool(folder.env.cr.rowcount)
    folder.env["comm.message"].invalidate_model(["uid"])
    folder.write(
        {
            "keeps_lost": folder.keeps_lost or had_messages,
            "uidvalidity": state.uidvalidity,
            "uid_high": state.uidnext - 1,
            "uid_low": state.uidnext,
            # Nothing is placed here, so nothing that changed before can be missing.
            "highestmodseq": state.highestmodseq or 0,
            "server_count": -1,
            # Where new mail is not fetched, its messages are looked for from the beginning: see ``moved``.
            "server_uidnext": 0,
            "broken_uid": 0,
            "broken_last": 0,
            "broken_times": 0,
            "silent_uids": False,
            "slow_uids": False,
        }
    )


def place(visit, folder, sizes, *, only_moved=False):
    """Give the known messages among ``sizes`` their place in ``folder``, which is selected. Commits.

    :param sizes: list of (uid, size)
    :param only_moved: leave out copies, of mail that is still elsewhere
    :return: those that have to be downloaded, in the same order
    """
    here = placed(folder, [uid for uid, _size in sizes])
    rest = there.settle(visit, folder, [(uid, size) for uid, size in sizes if uid not in here])
    like = _sizes_known(folder, {store.bounded(size) for _uid, size in rest}, only_moved)
    asked = [uid for uid, size in rest if store.bounded(size) in like]
    found = set()
    for start in range(0, len(asked), HEADERS_AT_ONCE):
        fetched = list(visit.session.headers(asked[start : start + HEADERS_AT_ONCE]))
        unlike = alike.unlike(visit, folder, fetched, only_moved)
        found |= visit.commit(lambda fetched=fetched, unlike=unlike: _place(visit, folder, fetched, only_moved, unlike))
    rest = [(uid, size) for uid, size in rest if uid not in found]
    return _place_resized(visit, folder, rest) if rest else rest


def _place_resized(visit, folder, sizes):
    """Find what lost its UID in this very folder, and of which the server tells another size since.

    So it may be after a new UIDVALIDITY, as of a store that was converted. Only a header that no other mail has says enough then.

    :return: the rest of ``sizes``
    """
    messages = folder.env["comm.message"]
    domain = [("server_folder_id", "=", folder.id), ("uid", "=", False), ("identity", "!=", False)]
    lost = messages.search_fetch([*domain, ("message_id", "!=", False)], ["message_id", "identity", "size"])
    lost = {named: same for named, same in lost.grouped("message_id").items() if len(same) == 1}
    asked, found = [uid for uid, _size in sizes] if lost else [], defaultdict(list)
    for start in range(0, len(asked), HEADERS_AT_ONCE):
        for header in visit.session.headers(asked[start : start + HEADERS_AT_ONCE]):
            message = lost.get(mime.read(header.raw).message_id)
            if (
                message
                and mime.is_made_once(header.raw)
                and mime.identity_of(header.raw, message.size) == message.identity
                and store.DRAFT not in header.flags
            ):
                found[message].append(header)
    moved = [(message, headers[0]) for message, headers in found.items() if len(headers) == 1]
    if moved:
        visit.commit(lambda: _move_resized(folder, moved))
        visit.counts["moved"] += len(moved)
    uids = {header.uid for _message, header in moved}
    return [(uid, size) for uid, size in sizes if uid not in uids]


def _move_resized(folder, moved):
    placing.move(
        folder, moved, pending.Pending(folder.env["comm.message"].union(*(message for message, _header in moved)))
    )
    for message, header in moved:
        message.write(
            {"size": store.bounded(header.size), "identity": mime.identity_of(header.raw, header.size) or False}
        )


def placed(folder, uids=None):
    """Return the UIDs that have a message in ``folder``, among ``uids`` or all of them."""
    folder.env["comm.message"].flush_model(["server_folder_id", "uid"])
    among = SQL("uid = ANY(%s)", uids) if uids is not None else SQL("uid IS NOT NULL")
    rows = folder.env.execute_query(
        SQL("SELECT uid FROM comm_message WHERE server_folder_id = %s AND %s", folder.id, among)
    )
    return {uid for (uid,) in rows}


def placed_sizes(folder):
    """Return ``{uid: size}`` of all messages that have a place in ``folder``."""
    folder.env["comm.message"].flush_model(["server_folder_id", "uid", "size"])
    return dict(
        folder.env.execute_query(
            SQL("SELECT uid, size FROM comm_message WHERE server_folder_id = %s AND uid IS NOT NULL", folder.id)
        )
    )


def count_placed(folder, *, last=2**32 - 1):
    """Return how many messages have a place in ``folder`` on the server, up to the UID ``last``."""
    folder.env["comm.message"].flush_model(["server_folder_id", "uid"])
    [[count]] = folder.env.execute_query(
        SQL("SELECT count(*) FROM comm_message WHERE server_folder_id = %s AND uid <= %s", folder.id, last)
    )
    return count


def _sizes_known(folder, sizes, only_moved):
    folder.env["comm.message"].flush_model(["mailbox_id", "identity", "size", "uid", "active"])
    rows = folder.env.execute_query(
        SQL(
            "SELECT DISTINCT size FROM comm_message"
            " WHERE mailbox_id = %s AND identity IS NOT NULL AND size = ANY(%s) AND %s",
            folder.mailbox_id.id,
            list(sizes),
            SQL("(uid IS NULL OR NOT active)") if only_moved else SQL("TRUE"),
        )
    )
    return {size for (size,) in rows}


def _place(visit, folder, fetched, only_moved, unlike):
    """Place what is known among the headers; return the UIDs.

    :param unlike: ``{uid: ids of messages}`` that are other mails under the same header
    """
    by_identity = defaultdict(list)
    for header in fetched:
        by_identity[mime.identity_of(header.raw, header.size)].append(header)
    by_identity.pop("", None)
    messages = folder.env["comm.message"].with_context(active_test=False)
    candidates = messages.search_fetch(
        [("mailbox_id", "=", folder.mailbox_id.id), ("identity", "in", list(by_identity))], FIELDS, order="id"
    )
    same = defaultdict(list)
    for message in candidates:
        same[message.identity].append(message)
    waiting = pending.Pending(candidates)
    distance = partial(_distance, folder=folder, waiting=waiting)
    rank = partial(_rank, trash=visit.mailbox._folder_with_role("trash"), since=visit.began_at)
    moved, copied = [], []
    for identity, headers in by_identity.items():
        known = sorted(same[identity], key=lambda message: (distance(message), *rank(message)))
        for header in headers:
            nearest = next((message for message in known if message.id not in unlike.get(header.uid, ())), None)
            if nearest and distance(nearest) < COPY:
                known.remove(nearest)
                moved.append((nearest, header))
            elif nearest and not only_moved:
                copied.append((nearest, header))
    marked = [(message, message.server_folder_id, message.uid) for message, _header in moved if message.uid]
    placing.move(folder, moved, waiting)
    store.duplicate(folder, copied, copied_elsewhere=True)
    placing.leave_marked(marked)
    visit.counts["moved"] += len(moved)
    return {header.uid for _message, header in moved + copied}


SAME_FOLDER, ELSEWHERE, MARKED, COPY = range(4)


def _distance(message, folder, waiting):
    """Tell how likely ``message`` is the one that turned up in ``folder``."""
    if not message.server_folder_id:
        # Kept in Odoo only: what is on the server is another copy; but for one that lost its place in this very folder.
        return SAME_FOLDER if message.folder_id == folder and message.id not in waiting.appending else COPY
    if not message.uid:
        return SAME_FOLDER if message.server_folder_id == folder else ELSEWHERE
    if message.server_folder_id.is_missing or not message.server_folder_id.is_selectable:
        return ELSEWHERE
    # Programs without MOVE (RFC 6851) copy, mark the original as deleted and expunge it when they like.
    return COPY if message.active or message.id in waiting.expunging else MARKED


def _rank(message, trash, since):
    """Order messages that are as likely: what lost its place last comes first, and what was lost from the trash after others.

    :param since: when the visit began; what was lost in it was lost at once, whatever the order of the folders
    """
    # What is shown was not given up yet; what is hidden is written to no more.
    lost_at = since if message.active else min(message.write_date, since)
    return -lost_at.timestamp(), trash._is_above(message.server_folder_id), not message.record_ids, message.id

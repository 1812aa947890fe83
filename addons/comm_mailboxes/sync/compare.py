"""Repair of one folder: everything that is here is compared with everything that is there, message by message."""

from odoo.tools import SQL

from ..protocol.mime import identity_of
from . import fetch, flags, known, store, vanished

HEADERS_AT_ONCE = 500


def compare(visit, folder):
    """Mend what differs: messages under a wrong UID, missing ones, vanished ones, marks, and where Odoo shows them."""
    state = visit.open(folder)
    there = dict(visit.session.sizes(1))
    here = known.placed_sizes(folder)
    wrong = {uid for uid, size in here.items() if size != store.bounded(there.get(uid, -1))}
    wrong |= _other_mails(visit, folder, sorted(here.keys() - wrong))
    # They are found again by what they are, as far as they are there.
    vanished.bury(visit, folder, sorted(wrong))
    here = known.placed(folder)
    missing = [(uid, there[uid]) for uid in there if folder.uid_low <= uid <= folder.uid_high and uid not in here]
    before = visit.counts["imported"]
    if not fetch.fetch_uids(visit, folder, missing):
        return
    visit.counts["mended"] += visit.counts["imported"] - before
    visit.reopen(folder)
    flags.look_at_all(visit, folder)
    visit.counts["shown"] += visit.commit(lambda: _show_where_they_lie(folder))
    visit.commit(lambda: folder.write({"highestmodseq": state.highestmodseq or 0, "is_to_compare": False}))


def _other_mails(visit, folder, uids):
    """Return the UIDs under which the server has another mail than Odoo."""
    rows = folder.env.execute_query(
        SQL(
            "SELECT uid, identity FROM comm_message"
            " WHERE server_folder_id = %s AND uid IS NOT NULL AND identity IS NOT NULL",
            folder.id,
        )
    )
    identities = dict(rows)
    other = set()
    asked = [uid for uid in uids if uid in identities]
    for start in range(0, len(asked), HEADERS_AT_ONCE):
        for header in visit.session.headers(asked[start : start + HEADERS_AT_ONCE]):
            if identity_of(header.raw, header.size) != identities[header.uid]:
                other.add(header.uid)
    return other


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

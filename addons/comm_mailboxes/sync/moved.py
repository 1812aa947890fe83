"""Messages that another program moved to a folder that is not fetched: they are found there and keep their record."""

from odoo import fields
from odoo.tools import SQL

from . import known, vanished


def locate(visit, others):
    """Look for what lost its place among the mail that is new in folders outside the import.

    :param others: the folders that were not fetched in this visit
    """
    others = others.exists().filtered(visit.info)
    if _is_anything_lost(visit):
        new = others.filtered(lambda folder: _has_new(visit, folder))
        visit.each(new, _look_into, "looked_into_at")
    if not visit.complete:
        # Not everything was looked into.
        return
    seen = {folder: visit.info(folder).uidnext or 0 for folder in others}
    if any(folder.server_uidnext != uidnext for folder, uidnext in seen.items()):
        visit.commit(lambda: _note(seen))


def _is_anything_lost(visit):
    [[lost]] = visit.env.execute_query(
        SQL(
            """SELECT EXISTS (
                   SELECT FROM comm_message
                    WHERE server_folder_id = ANY(%s) AND (uid IS NULL OR NOT active) AND identity IS NOT NULL)""",
            visit.mailbox.folder_ids.ids,
        )
    )
    return lost


def _note(seen):
    for folder, uidnext in seen.items():
        if folder.server_uidnext != uidnext:
            folder.server_uidnext = uidnext


def _has_new(visit, folder):
    return (visit.info(folder).uidnext or 0) > folder.server_uidnext


def _look_into(visit, folder):
    visit.commit(lambda: folder.write({"looked_into_at": fields.Datetime.now()}))
    state = visit.open(folder)
    sizes = visit.session.sizes(folder.server_uidnext or 1, state.uidnext - 1)
    known.place(visit, folder, sizes, only_moved=True)
    vanished.bury_unplaced(visit, folder)

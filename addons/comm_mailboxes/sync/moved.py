"""Messages that another program moved keep their record: to a folder that is not fetched, where they are looked for; or in two
steps, as a copy and a deletion, of which the first may have been taken for a copy.

Moves that one visit sees both ends of, in folders that it fetches, are found by the way: see ``known``.
"""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from . import known, placing, silent, store, vanished
from .pending import Pending

# So old may a record be that is taken for the other end of a move: a program that copies and then deletes takes its time.
MOVE_TAKES = timedelta(hours=24)


def locate(visit, others):
    """Look for what lost its place among the mail that is new in folders outside the import.

    :param others: the folders that were not fetched in this visit
    """
    others = others.exists().filtered(visit.info)
    if _is_anything_lost(visit):
        new = others.filtered(lambda folder: _has_new(visit, folder))
        visit.each(new, _look_into, "moves_sought_at")
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
                    WHERE server_folder_id = ANY(%s) AND (uid IS NULL OR NOT active) AND identity IS NOT NULL
               ) OR EXISTS (
                   SELECT FROM comm_operation WHERE mailbox_id = %s AND kind = 'append' AND begun_in_id IS NOT NULL)""",
            # What is kept of a folder that is gone for good is not waited for.
            visit.mailbox.folder_ids.filtered("path").ids,
            # What was stored, perhaps, may be anywhere by now: see ``there``.
            visit.mailbox.id,
        )
    )
    return lost


def _note(seen):
    for folder, uidnext in seen.items():
        if folder.server_uidnext != uidnext:
            folder.server_uidnext = uidnext


def _has_new(visit, folder):
    # Less, where it is another folder under the same name and UIDVALIDITY: see ``_look_into``.
    return (visit.info(folder).uidnext or 0) != folder.server_uidnext


def _look_into(visit, folder):
    visit.commit(lambda: folder.write({"moves_sought_at": fields.Datetime.now()}))
    state = visit.open(folder)
    seen = folder.server_uidnext if folder.server_uidnext <= state.uidnext else 0
    sizes = silent.sizes(visit, folder, seen or 1, state.uidnext - 1)
    known.place(visit, folder, sizes, only_moved=True)
    vanished.bury_unplaced(visit, folder)


def take_over(visit):
    """Let messages take the place of the copies that another program made before it deleted them: that was a move.

    It may have marked them as deleted, and expunge them when it likes, or take the mark away again.

    Comes when everything else was looked at: a message that turned up elsewhere was moved there, and its copies are copies.
    """
    copies = visit.env["comm.message"].search(
        [
            ("mailbox_id", "=", visit.mailbox.id),
            ("copied_from_id", "!=", False),
            ("copied_from_id.active", "=", False),
            ("uid", ">=", 1),
            ("create_date", ">", fields.Datetime.now() - MOVE_TAKES),
        ],
        order="id",
    )
    if copies:
        visit.counts["moved"] += visit.commit(lambda: _take_over(copies))


def _take_over(copies):
    """Let the originals go on in the place of a copy: one on which nobody worked, else it is the copy that goes on."""
    waiting = Pending(copies.copied_from_id)
    # What a user deletes for good is hidden before it is gone.
    copies = copies.filtered(lambda copy: not (copy.copied_from_id.uid and copy.copied_from_id.id in waiting.expunging))
    staying = copies.env["comm.operation"].search([("message_id", "in", copies.ids)]).message_id
    staying = copies.filtered(lambda copy: copy.is_worked_on or copy in staying)
    leaving = copies.copied_from_id
    marked = [(original, original.server_folder_id, original.uid) for original in leaving if original.uid]
    vals_by_id, replaced = {}, copies.browse()
    for copy in copies - staying:
        original = copy.copied_from_id
        if original.id not in vals_by_id:
            replaced += copy
            waiting.drop_deletions_outside_trash(copy.server_folder_id, {original.id})
            vals_by_id[original.id] = _place_of(copy, original, waiting)
    replaced.unlink()
    originals = copies.browse(vals_by_id)
    originals._write_each(vals_by_id)
    (leaving - originals).uid = False
    placing.leave_marked(marked)
    for copy in staying:
        if copy.copied_from_id not in originals:
            copy.copied_from_id._go_on_as(copy)
    originals._end_moves()
    return len(vals_by_id)


def _place_of(copy, original, waiting):
    """Return what the original takes from the copy: not what a user changed on it before."""
    flags = store.flags_of(copy) | (set() if copy.active else {store.DELETED})
    vals = {
        "uid": copy.uid,
        "server_folder_id": copy.server_folder_id.id,
        **waiting.flag_values(original.id, flags),
    }
    if original.id not in waiting.moving:
        vals["folder_id"] = copy.folder_id.id
    return vals

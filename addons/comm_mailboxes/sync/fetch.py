"""Import of what is new in one folder.

Two cursors are kept on the folder and committed together with the messages they stand for. ``uid_high``: every UID up to
it was handled by the import of new mail. ``uid_low``: the first import goes from the newest mail to the oldest and has
still to bring the UIDs below it; 1 when it is done. A run that is cut off at any point goes on where the last commit left.
"""

from odoo import fields

from ..protocol.mime_defects import BREAKS_OFF
from . import batch, breaking, filestore, known, push, silent, slow, store
from .read_ahead import read_ahead

# So many messages are looked at together: which ones are known already, which ones are too large.
CHUNK = 1000
# What a header is reckoned at; few are larger.
HEADER_BYTES = 10_000


def has_new(visit, folder):
    """Tell whether there is something to import in ``folder``, after all that the server said in this visit."""
    told = filter(None, (visit.states.get(folder.id), visit.info(folder)))
    expected = (folder.uidvalidity, folder.uid_high + 1)
    return folder.uid_low > 1 or any((seen.uidvalidity, seen.uidnext) != expected for seen in told)


def fetch_folder(visit, folder):
    """Import what is new in ``folder``; where the time of the visit ends, the next one goes on."""
    visit.commit(lambda: folder.write({"looked_into_at": fields.Datetime.now()}))
    state = visit.reopen(folder)
    last = state.uidnext - 1
    if last > folder.uid_high:
        sizes = silent.added(visit, folder, visit.new_sizes(folder), folder.uid_high + 1, last)
        if not _import(visit, folder, sizes, lambda uids: {"uid_high": max(uids)}):
            return
        _move_cursor(visit, folder, {"uid_high": last})
    if folder.uid_low > 1:
        below = (1, folder.uid_low - 1)
        sizes = silent.added(visit, folder, silent.sizes(visit, folder, *below), *below)
        if not _import(visit, folder, sizes[::-1], lambda uids: {"uid_low": min(uids)}):
            return
        _move_cursor(visit, folder, {"uid_low": 1})


def fetch_uids(visit, folder, sizes):
    """Import these messages of ``folder``, which is selected, whatever the cursors say."""
    return _import(visit, folder, sizes, lambda uids: {})


def _import(visit, folder, sizes, cursor_after):
    """Import the messages of ``sizes`` in that order.

    :param cursor_after: returns the folder values that say that these UIDs are done
    :return: whether all of them are done
    """
    for number, chunk in enumerate(breaking.portions(folder, sizes, CHUNK)):
        if number and visit.must_stop():
            return False
        with breaking.noted(visit, folder):
            rest = known.place(visit, folder, _without_broken(visit, folder, chunk))
        while rest:
            rest = _import_until_interrupted(visit, folder, rest, cursor_after)
            if rest and not _go_on(visit, folder):
                return False
        _move_cursor(visit, folder, cursor_after([uid for uid, _size in chunk]))
    return True


def _without_broken(visit, folder, sizes):
    """Put in the place of the message that is not tried any more what stands for it; return the others."""
    given_up = breaking.given_up(folder)
    broken = [(uid, size) for uid, size in sizes if uid in given_up]
    here = known.placed(folder, [uid for uid, _size in broken]) if broken else ()
    prepared = {uid: store.prepare_broken(uid, size) for uid, size in broken if uid not in here}
    if prepared:
        batch.save(folder, prepared, list(prepared), lambda uids: None)
        visit.counts["imported"] += len(prepared)
    return [found for found in sizes if found not in broken]


def _import_until_interrupted(visit, folder, sizes, cursor_after):
    """Import batch after batch; return what is left when something else has to be done first."""
    limit = visit.mailbox._import_limit()
    left = dict(sizes)
    large, broken = {uid for uid, size in sizes if size > limit}, breaking.header_only(folder)
    header_only = large | broken
    not_handed_out = broken - large - slow.uids(folder)
    batches = batch.split((uid, HEADER_BYTES if uid in header_only else size) for uid, size in sizes)
    files = filestore.folder_of(folder.env)
    with (
        breaking.noted(visit, folder),
        read_ahead(visit.session, batches, header_only, files) as stream,
    ):
        for uids, prepared in stream:
            for uid in prepared.keys() & not_handed_out:
                prepared[uid].values["defect"] = BREAKS_OFF
            # Without all of its batch the cursor stays; what is here by then, the next visit passes over.
            batch.save(
                folder,
                prepared,
                uids or list(prepared),
                lambda uids, is_whole=bool(uids): _note_done(folder, cursor_after(uids) if is_whole else {}),
            )
            visit.counts["imported"] += len(prepared)
            for uid in uids or list(prepared):
                del left[uid]
            # Else it ends with the error of the connection.
            if uids and visit.is_interrupted():
                if not visit.is_in_use():
                    visit.session.hang_up()
                break
    return list(left.items())


def _note_done(folder, values):
    slow.begin(folder)
    folder.write(values)


def _go_on(visit, folder):
    """Push what a user changed meanwhile; tell whether the import of ``folder`` may go on."""
    if visit.must_stop():
        return False
    uidvalidity = folder.uidvalidity
    push.push_new(visit)
    if not folder.exists() or folder.is_missing:
        # Deleted on the server, or about to be: what leaves is not fetched any more.
        return False
    if visit.open(folder).uidvalidity != uidvalidity:
        visit.complete = False
        return False
    return True


def _move_cursor(visit, folder, values):
    if any(folder[name] != value for name, value in values.items()):
        visit.commit(lambda: folder.write(values))

"""Search on the server: what is not imported is found there, and comes."""

from ..protocol.errors import ServerRefused
from . import fetch, folders, known, listing, push

# So many come at a time, the newest first: who wants more presses again.
MOST = 300


def search(visit, folder_ids, query):
    """Import what the server finds in these folders and Odoo does not have; ``visit.counts`` tells how many.

    ``found``: on the server; ``imported``: loaded now; ``left``: found but not loaded yet; ``refused``: folders whose search
    the server refused.

    :param folder_ids: None for all folders that the server has, also those that another program made just now
    """
    push.push(visit)
    if folder_ids is None:
        listing.reconcile(visit)
    usable = folders.usable(visit.mailbox).filtered(visit.server_path)
    for folder in usable if folder_ids is None else usable.filtered(lambda folder: folder.id in folder_ids):
        if visit.must_stop():
            break
        _search_folder(visit, folder, query)


def _search_folder(visit, folder, query):
    visit.open(folder)
    try:
        uids = visit.session.search(query)
    except ServerRefused:
        # What it does not understand, it says so; that is no fault of the mailbox.
        visit.counts["refused"] += 1
        return
    here = known.placed(folder, uids)
    missing = [uid for uid in reversed(uids) if uid not in here]
    room = max(MOST - visit.counts["imported"], 0)
    wanted = missing[:room]
    before = visit.counts["imported"]
    sizes = visit.session.sizes_of(wanted)
    fetch.fetch_uids(visit, folder, sizes[::-1])
    visit.counts["found"] += len(uids)
    visit.counts["left"] += max(len(missing) - (visit.counts["imported"] - before), 0)

"""Messages of which only the header is here, mostly as they are larger than the limit: the rest comes when somebody wants it."""

from . import alike, breaking, reread, slow, store, vanished


def load(visit, messages):
    """Bring content and attachments of ``messages``. Commits each.

    One that the server has no more is buried; ``visit.counts["gone"]`` tells how many.
    """
    for folder, there in messages.grouped("server_folder_id").items():
        if folder:
            visit.open(folder)
        for message in there:
            with slow.noted(visit, folder, message.uid):
                is_there = folder and message.uid and _load(visit, folder, message)
            visit.counts["gone"] += not is_there


def replace(message, prepared):
    reread.replace(message, [prepared])
    breaking.forget(message.server_folder_id, message.uid)
    message.env["comm.message.piece"]._forget(message)


def is_another(message, fetched):
    """Tell whether the server gave the message's UID to another mail: that is not what it says."""
    return bool(message.identity) and not fetched.failed and not alike.bears(message, fetched)


def _load(visit, folder, message):
    for fetched in visit.session.messages([message.uid]):
        if is_another(message, fetched):
            continue
        prepared = store.prepare(fetched)
        visit.commit(lambda prepared=prepared: replace(message, prepared))
        visit.counts["loaded"] += 1
        return True
    vanished.bury(visit, folder, [message.uid])
    return False

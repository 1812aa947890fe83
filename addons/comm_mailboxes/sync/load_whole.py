"""Messages of which only the header is here, as they are larger than the limit: the rest comes when somebody wants it."""

from ..protocol.errors import MessageGone
from . import reread, store


def load(visit, messages):
    """Bring content and attachments of ``messages``. Commits each.

    :raise MessageGone: when the server has one of them no more
    """
    for folder, there in messages.grouped("server_folder_id").items():
        if not folder or not all(there.mapped("uid")):
            raise MessageGone
        visit.open(folder)
        for message in there:
            _load(visit, message)


def _load(visit, message):
    for fetched in visit.session.messages([message.uid]) if message.uid else ():
        prepared = store.prepare(fetched)
        visit.commit(lambda prepared=prepared: reread.replace(message, [prepared]))
        visit.counts["loaded"] += 1
        return
    raise MessageGone

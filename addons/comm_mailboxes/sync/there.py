"""Whether a server has already what is to be stored or copied there: what must not be done twice.

A Message-ID alone says little: what came by a list and what came directly have the same one, and so have a mail that was sent
and the one that came back. To take another mail for ours is to lose ours. So nothing is believed to be there but

* what came to the folder since we first asked for it, and says what ours says: our own try, of which we did not hear;
* of mail that was just sent, in a folder for sent mail, whatever bears its Message-ID and is none of ours: many providers file
  what they send by themselves, written anew in part.
"""

from collections import Counter

from ..protocol import mime, mime_write
from ..protocol.imap import FetchedMessage
from . import alike, known, store

# What servers leave as it is, even those that write a mail anew to store it.
KEPT_FIELDS = ("message_id", "subject", "email_from", "email_to", "date")
HEADERS_AT_ONCE = 500


def begin(operations, uidvalidity, uid_below):
    """Note before the server is asked that it may have done these from now on. The caller commits.

    :param uid_below: no message of the folder has this UID or a higher one yet
    """
    first = operations.filtered(lambda operation: not operation.begun or operation.uidvalidity != uidvalidity)
    first.write({"begun": True, "uidvalidity": uidvalidity, "uid_below": uid_below})


def find_stored(visit, operation, raw):
    """Return what an earlier try of ``operation`` stored of ``raw`` in its folder, which is open, or None.

    :return: ``protocol.imap.FetchedMessage``
    """
    message, folder = operation.message_id, operation.folder_id
    if not operation.begun or not operation.uid_below or operation.uidvalidity != folder.uidvalidity:
        return None
    if message.message_id:
        uids = visit.session.find(message.message_id)
    else:
        uids = [uid for uid, size in visit.session.sizes(operation.uid_below) if size == len(raw)]
    older = _records(folder, uids).filtered(lambda there: there.create_date < operation.create_date)
    uids = [uid for uid in uids if uid >= operation.uid_below and uid not in set(older.mapped("uid"))]
    if not uids:
        return None
    ours = _says(message, store.prepare(FetchedMessage(0, frozenset(), None, len(raw), raw)))
    same = [
        fetched
        for fetched in visit.session.messages(uids)
        if not fetched.failed and _says(message, store.prepare(fetched)) == ours
    ]
    return min(same, key=lambda fetched: fetched.uid, default=None)


def find_filed(visit, message, folder):
    """Return the copy that a provider filed of ``message``, which was just sent, in ``folder``, which is open, or None.

    Mails that Odoo sends to several people have one Message-ID: each of ours has its own place.

    :return: ``protocol.imap.FetchedMessage`` with the header
    """
    uids = visit.session.find(message.message_id) if message.message_id else []
    if not uids:
        return None
    messages = message.with_context(active_test=False)
    ours = messages.search(
        [("server_folder_id", "=", folder.id), ("message_id", "=", message.message_id), ("outgoing_state", "!=", False)]
    )
    others = ours - message
    uids = [uid for uid in uids if uid not in set(others.mapped("uid"))]
    headers = sorted((header for header in visit.session.headers(uids) if not header.failed), key=lambda one: one.uid)
    # Where a server does not tell under which UID it stored one.
    unplaced = Counter(others.filtered(lambda other: not other.uid).mapped("identity"))
    for header in headers:
        identity = mime.identity_of(header.raw, header.size)
        if not unplaced[identity]:
            return header
        unplaced[identity] -= 1
    return None


def find_older_drafts(visit, message, folder):
    """Return the UIDs of versions of a draft in ``folder``, which is open, that were stored there and not noted.

    What another program made of a draft of ours is none.
    """
    uids = visit.session.find(message.message_id) if message.message_id else []
    placed = known.placed(folder, uids)
    uids = [uid for uid in uids if uid not in placed]
    return [header.uid for header in visit.session.headers(uids) if mime_write.is_written_here(header.raw)]


def copied(visit, operations, folder):
    """Return those of ``operations``, which are copies to ``folder``, that the server made already."""
    begun = operations.filtered(
        lambda operation: operation.begun and operation.uid_below and operation.uidvalidity == folder.uidvalidity
    )
    if not begun:
        return begun
    visit.open(folder)
    # A new UIDVALIDITY may have shown: then nobody can tell.
    begun = begun.filtered(lambda operation: operation.uidvalidity == folder.uidvalidity)
    uids = [uid for uid, _size in visit.session.sizes(min(begun.mapped("uid_below")))] if begun else []
    placed = known.placed(folder, uids)
    uids = [uid for uid in uids if uid not in placed]
    waiting = {}
    for operation in begun.filtered("message_id.identity"):
        waiting.setdefault(operation.message_id.message_id or "", []).append(operation)
    done = operations.browse()
    for start in range(0, len(uids), HEADERS_AT_ONCE):
        for header in visit.session.headers(uids[start : start + HEADERS_AT_ONCE]):
            for operation in waiting.get(mime.read(header.raw).message_id, ()):
                message = operation.message_id
                if header.uid >= operation.uid_below and mime.identity_of(header.raw, message.size) == message.identity:
                    waiting[message.message_id or ""].remove(operation)
                    done += operation
                    break
    return done


def _records(folder, uids):
    messages = folder.env["comm.message"].with_context(active_test=False)
    return messages.search_fetch([("server_folder_id", "=", folder.id), ("uid", "in", uids)], ["create_date", "uid"])


def _says(message, prepared):
    """Return what tells a mail from others that bear its Message-ID."""
    checksum = message.env["ir.attachment"]._compute_checksum
    return (
        *(prepared.values.get(name) for name in KEPT_FIELDS),
        alike.digest(prepared.values.get("body_text")),
        sorted(checksum(content) for content in alike.files_of(prepared)),
    )

"""Whether a server has already what is to be stored, copied or moved there: what must not be done twice.

A Message-ID alone says little: what came by a list and what came directly have the same one, and so have a mail that was sent
and the one that came back. To take another mail for ours is to lose ours. So nothing is believed to be there but

* what came to the folder since we first asked for it, and says what ours says: our own try, of which we did not hear;
* of mail that was just sent, in a folder for sent mail, whatever bears its Message-ID and is none of ours: many providers file
  what they send by themselves, written anew in part.

Any visit may see our own try first: one that imports before it tells, say, or does not tell. So whoever gives records their
place in a folder (``known``) asks ``settle`` before, and the try becomes what it was to be: the copy, or the new place of the
very message that was moved or stored, with its links. Neither is a second record made of it, nor does a tombstone, or another
mail that is missing, take its place. Where another program put the same mail into that folder just then, that is taken for
ours: one of two that are alike to the last word is there, and none is made a third time.

What we stored, another program may have moved on by then. It is known by what we said that it arrived at (INTERNALDATE), which
no server changes when it moves a mail; ``look_elsewhere`` asks for it, where something that came to our folder is gone again.

A server without MOVE copies and then deletes. It may have done the first half only: then the message is at its copy, and what
is left of it where it lay is deleted, as it would have been. So it is, too, where the user changed his mind since: what was
begun is found and finished first, and where he wants the message now, or that he wants it no more, is told from there.
"""

from collections import Counter, defaultdict
from functools import partial

from ..protocol import mime
from ..protocol.imap import FetchedMessage
from . import alike, folders, older_drafts, placing, silent, store
from .pending import Pending

# What servers leave as it is, even those that write a mail anew to store it.
KEPT_FIELDS = ("message_id", "subject", "email_from", "email_to", "date")
HEADERS_AT_ONCE = 500


def begin(operations, folder, uid_below):
    """Note before the server is asked that it may have put these into ``folder`` from now on. The caller commits.

    :param uid_below: no message of the folder has this UID or a higher one yet
    """
    first = operations.filtered(lambda operation: not _is_begun_in(folder, operation))
    first.write({"begun_in_id": folder.id, "uidvalidity": folder.uidvalidity, "uid_below": uid_below})


def _is_begun_in(folder, operation):
    return operation.begun_in_id == folder and operation.uidvalidity == folder.uidvalidity


def settle(visit, folder, sizes):
    """Find our own tries among what came to ``folder``, which is open, and note that these are done. Commits.

    :param sizes: list of (uid, size), of what has no record yet
    :return: the rest, in the same order
    """
    begun = _begun_in(folder)
    notes = begun.filtered(lambda operation: operation._notes_versions())
    sizes, begun = older_drafts.settle(visit, folder, notes, sizes), begun - notes
    asked = [uid for uid, _size in sizes if begun and uid >= min(begun.mapped("uid_below"))]
    rest = _settle_among(visit, folder, begun, asked, sizes, _may_be)
    begun = _begun_elsewhere(folder)
    sizes_begun = set(begun.message_id.mapped("size"))
    asked = [uid for uid, size in rest if size in sizes_begun]
    return _settle_among(visit, folder, begun, asked, rest, partial(_may_have_moved, folder))


def _settle_among(visit, folder, begun, asked, sizes, may_be):
    found = set()
    for start in range(0, len(asked), HEADERS_AT_ONCE):
        tries = _tries(visit, folder, begun, asked[start : start + HEADERS_AT_ONCE], may_be)
        if tries:
            visit.commit(lambda tries=tries: _settle(folder, tries))
            visit.counts["pushed"] += len(tries)
            # The rest of a change that was begun may still wait.
            begun = begun.exists().filtered("begun_in_id")
            found.update(header.uid for _operation, header in tries)
    return [(uid, size) for uid, size in sizes if uid not in found]


def look(visit, folder, operations):
    """Look into ``folder`` for what the server did of these operations, which were begun there, and note it."""
    state = visit.open(folder)
    begun = _begun_in(folder) & operations
    # A new UIDVALIDITY says nothing of what came since.
    is_anywhere = _begun_elsewhere(folder) & operations
    if begun or is_anywhere:
        _settle_from(visit, folder, 1 if is_anywhere else min(begun.mapped("uid_below")), state)


def _settle_from(visit, folder, first, state):
    sizes = silent.sizes(visit, folder, first, state.uidnext - 1)
    here = set(_records(folder, [uid for uid, _size in sizes]).mapped("uid"))
    settle(visit, folder, [(uid, size) for uid, size in sizes if uid not in here])


def look_elsewhere(visit, operation):
    """Look for what an earlier try stored in the folder of ``operation``, which is open, and another program moved from there.

    Only where something is gone of what came to the folder since.
    """
    target = operation.folder_id
    first, last = operation.uid_below, visit.states[target.id].uidnext - 1
    is_same = operation.uidvalidity == target.uidvalidity
    if is_same and len(silent.sizes(visit, target, first, last)) > last - first:
        return
    look_among_new(visit, target)


def look_among_new(visit, left):
    """Look for what was begun in the folder ``left`` in all others with something new; that costs a list of all folders."""
    listed = {info.path: info for info in visit.session.folders()}
    others = folders.usable(visit.mailbox).filtered(lambda folder: not folder.broken_at) - left

    def has_new(folder):
        info = listed.get(visit.server_path(folder))
        return info and info.uidvalidity == folder.listed_uidvalidity and (info.uidnext or 0) > _first_new(folder) > 0

    visit.each(others.filtered(has_new), _look_for_moved, limited=False)


def _first_new(folder):
    """Return the first UID that no visit has seen in ``folder``, which is fetched, or not (see ``moved``); 0: not known."""
    return max(folder.uid_high + 1 if folder.uidvalidity else 0, folder.server_uidnext)


def _look_for_moved(visit, folder):
    first = _first_new(folder)
    _settle_from(visit, folder, first, visit.open(folder))


def _begun_in(folder):
    return folder.env["comm.operation"].search(
        [
            ("begun_in_id", "=", folder.id),
            ("kind", "in", ("copy", "move", "expunge", "append")),
            ("uidvalidity", "=", folder.uidvalidity),
            ("uid_below", ">", 0),
        ]
    )


def begun_from(visit):
    """Return the folders where those messages lie of which something was begun.

    Where all folders were numbered anew, these come first: else what is found in another one is taken for the message itself.
    """
    domain = [("mailbox_id", "=", visit.mailbox.id), ("begun_in_id", "!=", False)]
    return visit.env["comm.operation"].search(domain).message_id.server_folder_id


def _begun_elsewhere(folder):
    """Return what may be in ``folder`` though it was begun in another one, or under another UIDVALIDITY."""
    begun = folder.env["comm.operation"].search(
        [
            ("mailbox_id", "=", folder.mailbox_id.id),
            ("begun_in_id", "!=", False),
            ("kind", "in", ("copy", "move", "expunge", "append")),
            ("message_id.identity", "!=", False),
        ]
    )
    messages = folder.env["comm.message"].with_context(active_test=False)
    lost = set(messages.search([("server_folder_id", "=", folder.id), ("uid", "=", False)]).mapped("identity"))
    return begun.filtered(lambda operation: _may_be_in(folder, operation, lost))


def _may_be_in(folder, operation, lost):
    """Tell whether what was begun may have come to ``folder`` on another way than by our command.

    :param lost: identities of what lost its UID there: such a mail is rather taken for that one, and ours told again
    """
    begun_in, message, is_stored = operation.begun_in_id, operation.message_id, operation.kind == "append"
    if not (message.uid or is_stored):
        # What is at hand may be the original.
        return False
    if begun_in == folder:
        return operation.uidvalidity not in (0, folder.uidvalidity) and message.identity not in lost
    return is_stored or begun_in.is_missing


def _tries(visit, folder, begun, uids, may_be):
    """Return pairs of an operation and the header of what it put into ``folder``."""
    wanted = defaultdict(list)
    for operation in begun:
        wanted[operation.message_id.message_id or ""].append(operation)
    candidates = []
    for header in visit.session.headers(uids):
        same = [operation for operation in wanted[mime.read(header.raw).message_id or ""] if may_be(operation, header)]
        if same:
            candidates.append((header, same))
    unlike = alike.unlike(visit, folder, [header for header, _same in candidates], only_moved=False)
    unlike.update(alike.saying_something_else(visit, folder, _nameless(candidates)))
    tries, settled = [], set()
    for header, same in candidates:
        others = unlike.get(header.uid, ())
        for operation in same:
            if operation.id not in settled and operation.message_id.id not in others:
                settled.add(operation.id)
                tries.append((operation, header))
                break
    return tries


def _nameless(candidates):
    """Return ``{uid: messages}`` of those that have nothing in their header that tells them from others: they say it all."""
    nameless = {}
    for header, same in candidates:
        messages = same[0].message_id.union(*(operation.message_id for operation in same))
        if messages := messages.filtered(lambda message: not message.identity):
            nameless[header.uid] = messages
    return nameless


def _may_be(operation, header):
    message = operation.message_id
    # Servers may tell another size of a copy.
    is_same = mime.identity_of(header.raw, message.size) == (message.identity or "")
    if not message.identity:
        # A copy arrived when the original did (RFC 3501, 6.4.7), and what is stored, when it was said to.
        arrived = message.date if operation.kind == "append" else message.internal_date
        is_same = is_same and (header.size, header.internal_date) == (message.size, arrived) and not message.is_partial
    return header.uid >= operation.uid_below and is_same


def _may_have_moved(folder, operation, header):
    message = operation.message_id
    arrived = message.date if operation.kind == "append" else message.internal_date
    is_same = mime.identity_of(header.raw, message.size) == message.identity
    # A copy may have been there for long; under a new UIDVALIDITY nobody can tell.
    is_new = operation.kind == "append" or operation.begun_in_id == folder or header.uid >= _first_new(folder) > 0
    return is_same and is_new and bool(arrived) and header.internal_date == arrived


def _settle(folder, tries):
    """Give each message of a try what the server has of it; of a move by a copy, have the original deleted that is left.

    What the user wants done with it by now goes on to wait, and concerns it there.
    """
    copied = [(operation.message_id, header) for operation, header in tries if operation.kind == "copy"]
    moved = [(operation.message_id, header) for operation, header in tries if operation.kind != "copy"]
    left = [(message, message.server_folder_id, message.uid) for message, _header in moved if message.uid]
    operations = folder.env["comm.operation"].union(*(operation for operation, _header in tries))
    operations.filtered(lambda operation: operation.kind in ("copy", "append")).unlink()
    operations.exists().filtered(lambda operation: operation.kind == "expunge").folder_id = folder
    store.duplicate(folder, copied)
    placing.move(folder, moved, Pending(folder.env["comm.message"].union(*(message for message, _header in moved))))
    for original in placing.leave_marked(left):
        folder.env["comm.operation"]._enqueue(original, "expunge")
    if operations.exists():
        operations._trigger_push()


def find_stored(visit, operation, raw):
    """Return what an earlier try of ``operation`` stored of ``raw`` in its folder, which is open, or None.

    :return: ``protocol.imap.FetchedMessage``
    """
    message, folder = operation.message_id, operation.folder_id
    if not _is_begun_in(folder, operation) or not operation.uid_below:
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

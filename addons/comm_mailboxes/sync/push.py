"""What users changed in Odoo goes to the server: marks, moves, copies, deletions, mail to store, and folders.

Every command that the server acknowledged is one commit. Whoever is cut off between the two has told the server, and not
noted it: marks can be told twice; a move is seen by the message not being there any more (see ``vanished`` and ``known``);
what would make a second copy is searched for first.
"""

from contextlib import contextmanager
from functools import partial

from odoo.exceptions import MissingError

from ..protocol.errors import NotPermitted, ProtocolError, ServerRefused
from ..protocol.imap_store import is_flag
from ..protocol.mime import identity_of
from . import known, outcome, push_folders, store, there, vanished
from .errors import NotDeleted
from .visit import REFUSALS

# Marks are set and copies made before a message leaves.
ORDER = ("flag", "copy", "move", "expunge")
# The rights that each needs where a message lies (RFC 4314, 4).
RIGHTS = {"flag": "w", "copy": "r", "move": "te", "expunge": "te"}
NO_RIGHT = "NOPERM"
BUG = "SERVERBUG"
# A server that calls it a bug of its own may have mended it by then.
TRIES_WITH_BUG = 10


def push(visit):
    """Tell the server everything that waits."""
    _push(visit, visit.env["comm.operation"]._pending(visit.mailbox))


def push_new(visit):
    """Tell the server what came up since the visit began."""
    operations = visit.env["comm.operation"]._pending(visit.mailbox)
    _push(visit, operations.filtered(lambda operation: operation.id not in visit.told))


def push_put_off(visit):
    """Tell what was put off, when the rest of the visit is done."""
    operations, visit.put_off = visit.env["comm.operation"].browse(visit.put_off), []
    _push_messages(visit, operations.exists())


def _push(visit, operations):
    """New names of folders first, as the rest may build on them; messages leave a folder before it is deleted."""
    visit.told.update(operations.ids)
    of_messages = operations.filtered("message_id")
    of_folders = operations - of_messages
    kinds = of_folders.mapped("kind")
    deleting = next((n for n, kind in enumerate(kinds) if kind in push_folders.DELETIONS), len(kinds))
    push_folders.push(visit, of_folders[:deleting])
    # A folder that was refused took what was to go there with it.
    _push_messages(visit, of_messages.exists())
    push_folders.push(visit, of_folders[deleting:])


def _push_messages(visit, operations):
    """Tell what concerns messages, but not those that somebody deletes in Odoo while we do."""
    message_ids = {operation.id: operation.message_id.id for operation in operations}
    while operations:
        try:
            _push_of_messages(visit, operations)
        except MissingError:
            visit.env.cr.rollback()
            left = operations.exists()
            if left == operations:
                # Something else is missing.
                raise
            messages = visit.env["comm.message"].browse({message_ids[operation_id] for operation_id in operations.ids})
            _tell_deleted(visit, len(messages - messages.exists()))
            operations = left
        else:
            break


def _tell_deleted(visit, count):
    visit.commit(lambda: visit.env["comm.operation"]._tell_deleted(visit.mailbox, count))


def _push_of_messages(visit, operations):
    # In one query, whatever became of the messages.
    operations.message_id.with_context(active_test=False).fetch(["server_folder_id", "uid", "message_id"])
    appended = operations.filtered(lambda operation: operation.kind == "append")
    for operation in appended:
        # A user may give up what is not told yet at any time.
        if operation.exists() and not _put_off(visit, operation.folder_id, operation):
            with _breaks_noted(visit, operation.folder_id):
                _append(visit, operation)
    for folder, waiting in (
        (operations - appended).grouped(lambda operation: operation.message_id.server_folder_id).items()
    ):
        if folder.exists() and visit.server_path(folder) and not _put_off(visit, folder, waiting):
            with _breaks_noted(visit, folder):
                _push_folder(visit, folder, waiting)


def _put_off(visit, folder, operations):
    """Tell whether to leave these for the end of the visit, or for another one.

    Where the connection broke, it may break again; and where other mails may stand under the UIDs that are known, the change
    would hit them; but what is to be stored names none.
    """
    names_uids = operations.filtered(lambda operation: operation.kind != "append")
    if (folder.is_to_compare and names_uids) or (folder.broken_at and not visit.has_broken_last):
        visit.put_off += operations.ids
        return True
    return False


@contextmanager
def _breaks_noted(visit, folder):
    try:
        yield
    except ProtocolError as error:
        if not isinstance(error, REFUSALS):
            visit.note_broken(folder, error)
        raise


def _push_folder(visit, folder, operations):
    """Tell what concerns the messages that lie in ``folder`` on the server."""
    visit.touched.add(folder.id)
    try:
        state = visit.open(folder, told=True)
        if _put_off(visit, folder, operations):
            return
        # A server takes marks for what is not there, and says OK.
        vanished.sync(visit, folder, state)
    except REFUSALS as error:
        operations = operations.exists()
        visit.note_revisions(operations)
        _refuse(visit, operations, error)
        return
    # What vanished, or lost its UID by a new UIDVALIDITY, may be found again in this visit: its changes wait.
    # What turned out to lie elsewhere is told in its new folder the next time.
    placed = _placed_in(folder, operations.exists()).sorted(lambda operation: ORDER.index(operation.kind))
    visit.note_revisions(placed)
    for (kind, flag, value, target), group in placed.grouped(_command).items():
        # The one before may have looked into another folder.
        visit.reopen(folder)
        if kind == "flag":
            if not state.keeps(flag):
                _leave_unmarked(visit, folder, group)
                continue
            names = {"add" if value else "remove": [flag]}
            _send(visit, folder, group, partial(visit.session.store_flags, **names), outcome.flagged)
        elif kind == "expunge":
            if not group[0]._may_expunge_in(folder):
                visit.commit(group._drop_rescued)
                continue
            _expunge(visit, folder, group)
        elif kind == "move" and target == folder:
            # The user moved it back, and here it is.
            _note_done(visit, group)
        elif visit.server_path(target):
            visit.touched.add(target.id)
            if not target.uidvalidity and not _can_open(visit, target, group):
                continue
            if kind == "copy":
                group = _not_copied_yet(visit, target, group)
            visit.reopen(folder)
            command = visit.session.move if kind == "move" else visit.session.copy
            acknowledge = partial(outcome.moved if kind == "move" else outcome.copied, target)
            _send(visit, folder, group, partial(command, path=visit.server_path(target)), acknowledge)


def _leave_unmarked(visit, folder, operations):
    """Refuse marks that nobody may set in ``folder``, or this login may not; what the server cannot keep lives in Odoo only."""
    right = "s" if operations[0].flag == r"\Seen" else RIGHTS["flag"]
    if operations[0].flag == store.DELETED:
        # Only ever taken away, after a deletion that was refused: it was never set.
        _note_done(visit, operations)
    elif visit.states[folder.id].read_only:
        _refuse(visit, operations, NotPermitted(folder.path, "READ-ONLY"))
    elif lacked := visit.lacked_rights(folder, right):
        _refuse(visit, operations, NotPermitted(folder.path, f"ACL -{lacked}"))
    else:
        _note_done(visit, operations)


def _can_open(visit, target, operations):
    """Open a folder for the first time: UIDs that the server tells of it mean something with its UIDVALIDITY only."""
    try:
        visit.open(target)
    except REFUSALS as error:
        _refuse(visit, operations, error)
        return False
    return True


def _placed_in(folder, operations):
    return operations.filtered(
        lambda operation: operation.message_id.uid and operation.message_id.server_folder_id == folder
    )


def _command(operation):
    """Return what operations that go in one command have in common."""
    return operation.kind, operation.flag, operation.value, operation.folder_id


def _send(visit, folder, operations, command, acknowledge):
    """Do ``command(uids)`` and note that it is done; if the server refuses, find out for which messages.

    :return: what the command returned, None when it was refused
    """
    operations = _placed_in(folder, operations.exists())
    if not operations:
        return None
    try:
        result = command(operations.message_id.mapped("uid"))
    except REFUSALS as error:
        done = getattr(error, "done", None)
        if done and done.mapping:
            # The first of several commands were done.
            told_before = operations.filtered(lambda operation: operation.message_id.uid in done.mapping)
            _note_told(visit, folder, told_before, acknowledge, done)
            operations -= told_before
        if len(operations) > 1 and isinstance(error, ServerRefused) and not (error.temporary or error.code == NO_RIGHT):
            for operation in operations:
                _send(visit, folder, operation, command, acknowledge)
        else:
            _refuse(visit, operations, _reason(visit, folder, operations, error))
        return None
    _note_told(visit, folder, operations, acknowledge, result)
    return result


def _reason(visit, folder, operations, error):
    """Return what is behind a refusal: a missing right, where the server tells of rights.

    By itself it may speak of the other folder, call it a bug of its own (Dovecot, of mail that must not leave a shared
    folder), or keep in silence what is not to be deleted.
    """
    code = getattr(error, "code", "")
    if code == NO_RIGHT:
        error = NotPermitted(folder.path, error.params["reply"])
    may_be_that = isinstance(error, NotPermitted | NotDeleted) or code == BUG
    lacked = may_be_that and visit.lacked_rights(folder, RIGHTS[operations[0].kind])
    return NotPermitted(folder.path, f"ACL -{lacked}") if lacked else error


def _expunge(visit, folder, operations):
    """Delete for good. What the server kept stays, as a refusal does; what others deleted along is buried."""
    gone = _send(visit, folder, operations, visit.session.expunge, outcome.expunged)
    if gone is None:
        return
    if kept := operations.exists():
        _refuse(visit, kept, _reason(visit, folder, kept, NotDeleted(folder.path)))
    vanished.bury(visit, folder, sorted(known.placed(folder, list(gone))))


def _note_told(visit, folder, operations, acknowledge, result):
    by_uid = {operation.message_id.uid: operation.message_id for operation in operations}
    # Read before: deleting a message takes its operations along.
    uids = {operation.id: operation.message_id.uid for operation in operations}

    def note():
        here = _standing_at(folder, by_uid)
        not_done = acknowledge(folder, here, result) if here else ()
        not_done_uids = {uid for uid, message in here.items() if message.id in not_done}
        done = [id_ for id_, uid in uids.items() if uid not in not_done_uids]
        operations._done(visit.revisions_of(operations.browse(done)))
        operations._tell_deleted(visit.mailbox, len(by_uid) - len(here))
        return len(done) - len(by_uid) + len(here)

    visit.counts["pushed"] += visit.commit(note)


def _standing_at(folder, by_uid):
    """Return ``{uid: message}`` of those that stand for what the server was told of.

    In that moment somebody may have deleted a message in Odoo; or put it into a folder made by hand, or back, where another
    record takes its place on the server.
    """
    messages = folder.env["comm.message"].with_context(active_test=False)
    placed = messages.search_fetch([("server_folder_id", "=", folder.id), ("uid", "in", list(by_uid))], ["uid"])
    standing = {message.uid: message for message in placed}
    left = outcome.together(by_uid).exists().filtered("server_folder_id")
    return {uid: standing.get(uid, message) for uid, message in by_uid.items() if uid in standing or message in left}


def _note_done(visit, operations):
    visit.commit(lambda: operations._done(visit.revisions_of(operations)))


def _refuse(visit, operations, error):
    text = visit.mailbox._explain(error)
    temporary, tries = error.temporary, None
    if isinstance(error, NotPermitted):
        # To ask again does not give the right.
        tries = 1
    elif getattr(error, "code", "") == BUG:
        temporary, tries = False, TRIES_WITH_BUG
    visit.commit(lambda: operations._refused(visit.revisions_of(operations), text, temporary, tries))
    visit.counts["waiting"] += len(operations.exists())


# What must not be done twice: see ``there``


def _not_copied_yet(visit, target, operations):
    """Return the operations still to be done; note on them that they were begun."""
    operations = operations.exists()
    try:
        done = there.copied(visit, operations, target)
    except REFUSALS as error:
        _refuse(visit, operations, error)
        return operations.browse()
    if done:
        _note_done(visit, done)
        operations -= done
    uid_below = max(target.server_uidnext, target.uid_high + 1)
    visit.commit(lambda: there.begin(operations.exists(), target.uidvalidity, uid_below))
    return operations


def _append(visit, operation):
    """Store a message of Odoo's in a folder of the server, unless the server has it already."""
    visit.note_revisions(operation)
    message, target = operation.message_id, operation.folder_id
    if not visit.server_path(target):
        return
    if operation._waits():
        return
    visit.touched.add(target.id)
    is_draft = message.outgoing_state == "draft"
    # Some servers have keywords that no client may set: they do not come along.
    flags = set(filter(is_flag, store.flags_of(message))) | ({store.DRAFT} if is_draft else set())
    raw = message._source()
    found, older = None, []
    try:
        state = visit.open(target)
        if is_draft:
            # What somebody stored and did not note is an older version, or this one; it goes when this one is there.
            older = there.find_older_drafts(visit, message, target)
        else:
            found = there.find_stored(visit, operation, raw)
            if not found and _may_be_filed(message, target):
                found = there.find_filed(visit, message, target)
        uid = found and found.uid
        if not found:
            visit.commit(lambda: there.begin(operation, target.uidvalidity, state.uidnext))
            uid = visit.session.append(visit.server_path(target), raw, flags=flags, date=message.date)
    except REFUSALS as error:
        _refuse(visit, operation, error)
        return
    visit.commit(lambda: _appended(visit, operation, message, target, uid, older, found))
    visit.counts["pushed"] += 1


def _may_be_filed(message, folder):
    """Tell whether the provider may have filed this message by itself: when it was sent, where it files what is sent.

    What a user brings back from elsewhere has been on a server before.
    """
    is_new = message.outgoing_state == "sent" and not message.internal_date
    return is_new and folder.role == "sent" and message.from_mailbox_id.sent_copy != "always"


def _appended(visit, operation, message, target, uid, older, found):
    """Note that the server has ``message`` as ``uid`` (None: it does not tell) in ``target``.

    :param found: what lay there already, ``protocol.imap.FetchedMessage``; None: it was stored now
    """
    message.invalidate_recordset(["folder_id", "active"])
    if not operation.exists():
        # Meanwhile it was written on, sent or deleted: nobody waits for this copy any more.
        if uid:
            message.exists()._forget_on_server(target, [uid])
        return
    if uid:
        imported = message.with_context(active_test=False).search(
            [("server_folder_id", "=", target.id), ("uid", "=", uid)]
        )
        if found:
            # The import was faster.
            (imported - message).unlink()
            message.flush_model()
        elif imported - message:
            # Then the folder is another one by now: it shows when it is looked at.
            uid = None
    values = {"server_folder_id": target.id, "uid": uid or False, "internal_date": message.date}
    if found:
        # It may have another header: by this one it is found again.
        values.update(
            internal_date=found.internal_date,
            size=store.bounded(found.size),
            identity=identity_of(found.raw, found.size) or False,
        )
    message.write(values)
    if older:
        message._forget_on_server(target, older)
    operation._done(visit.revisions_of(operation))

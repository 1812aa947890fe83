"""What users changed in Odoo goes to the server: marks, moves, copies, deletions, mail to store, and folders.

Every command that the server acknowledged is one commit. Whoever is cut off between the two has told the server, and not
noted it: marks can be told twice; of copies and moves is noted before that they are begun, and where, and what the server did of
these is searched for before anything else is told of the message (see ``there``).

A change at which the connection breaks is told again in its turn, before all else; at which it breaks then, last (see
``answers``). Whether it was done may show before, to whoever looks into the folder: see ``there``.
"""

from collections import Counter
from functools import partial

from odoo.exceptions import MissingError

from ..protocol.connector import TimeIsUp
from ..protocol.errors import FolderNotFound, NotPermitted, ProtocolError, ServerRefused
from . import flags, known, listing, older_drafts, outcome, push_folders, store, there, vanished
from .answers import BUG, breaks_alone, breaks_noted, breaks_of_folder_noted, note_done, refuse, refuse_broken
from .append import append
from .errors import NotDeleted
from .visit import REFUSALS

# Marks are set and copies made before a message leaves.
ORDER = ("flag", "copy", "move", "expunge")
# The rights that each needs where a message lies (RFC 4314, 4).
RIGHTS = {"flag": "w", "copy": "r", "move": "te", "expunge": "te"}
NO_RIGHT = "NOPERM"


def push(visit):
    """Tell the server everything that waits; but not yet at which the connection broke several times: see ``push_put_off``.

    Where it breaks at another one then, all that is left is put off: a server that hangs up at many changes is not to keep
    mail away for as many visits.
    """
    operations = visit.env["comm.operation"]._pending(visit.mailbox)
    visit.told.update(operations.ids)
    last = operations.filtered(breaks_alone)
    if of_folders := last.filtered(lambda operation: not operation.message_id)[:1]:
        # The changes of folders behind it may build on it.
        last |= operations.filtered(lambda operation: not operation.message_id and operation.id > of_folders.id)
    visit.put_off = last.ids
    try:
        _push(visit, operations - last)
    except ProtocolError as error:
        if not last or isinstance(error, REFUSALS) or not visit.go_on():
            raise
        visit.problems.append(error)
        visit.put_off = operations.ids


def push_new(visit):
    """Tell the server what came up since the visit began."""
    operations = visit.env["comm.operation"]._pending(visit.mailbox)
    operations = operations.filtered(lambda operation: operation.id not in visit.told)
    visit.told.update(operations.ids)
    _push(visit, operations)


def push_put_off(visit):
    """Tell what was put off, when the rest of the visit is done: where the connection breaks, over a new one what is left.

    :return: whether the connection still stands
    """
    visit.has_broken_last = True
    operations = visit.env["comm.operation"].browse(visit.put_off)
    while True:
        try:
            _push(visit, operations.exists().sorted("broken_times"))
        except ProtocolError as error:
            blamed = visit.blamed
            if isinstance(error, (*REFUSALS, TimeIsUp)) or not visit.is_in_use():
                raise
            visit.problems.append(error.lasting or error)
            if not visit.go_on():
                return False
            refuse_broken(visit, blamed, error)
        else:
            return True


def _push(visit, operations):
    """New names of folders first, as the rest may build on them; messages leave a folder before it is deleted."""
    of_messages = operations.filtered("message_id")
    of_folders = (operations - of_messages).sorted("id")
    kinds = of_folders.mapped("kind")
    deleting = next((n for n, kind in enumerate(kinds) if kind in push_folders.DELETIONS), len(kinds))
    push_folders.push(visit, of_folders[:deleting])
    # A folder that was refused took what was to go there with it.
    of_messages = of_messages.exists()
    if of_messages.begun_in_id and not visit.infos:
        # Something was begun there, and by now it may bear another name, and another folder its own.
        listing.reconcile(visit)
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
    operations.message_id.with_context(active_test=False).fetch(["server_folder_id", "uid", "message_id", "active"])
    operations = operations.filtered(lambda operation: operation.id not in visit.broken_changes)
    appended = operations.filtered(lambda operation: operation.kind == "append")
    for operation in appended:
        # A user may give up what is not told yet at any time.
        if operation.exists() and not _put_off(visit, operation.folder_id, operation):
            with breaks_of_folder_noted(visit, operation.folder_id):
                append(visit, operation)
    for folder, waiting in (
        (operations - appended).grouped(lambda operation: operation.message_id.server_folder_id).items()
    ):
        if folder.exists() and visit.server_path(folder) and not _put_off(visit, folder, waiting):
            with breaks_of_folder_noted(visit, folder):
                _push_folder(visit, folder, waiting)


def _put_off(visit, folder, operations):
    """Tell whether to leave these for the end of the visit, or for another one.

    Where the connection broke as the folder was opened or fetched, it may break again; and where other mails may stand under
    the UIDs that are known, the change would hit them; but what is to be stored names none.
    """
    names_uids = operations.filtered(lambda operation: operation.kind != "append")
    is_broken = folder.id in visit.broken_folders or (folder.broken_at and not visit.has_broken_last)
    if is_broken or (folder.is_to_compare and names_uids):
        visit.put_off += operations.ids
        return True
    return False


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
        if folder.is_missing:
            # Marks wait until it is there again, or is deleted here: nobody refused them.
            operations = operations.filtered(lambda operation: operation.kind != "flag")
        visit.note_revisions(operations)
        refuse(visit, operations, error)
        return
    # What vanished, or lost its UID by a new UIDVALIDITY, may be found again in this visit: its changes wait.
    # What turned out to lie elsewhere is told in its new folder the next time.
    placed = _placed_in(folder, _find_begun(visit, operations.exists()))
    placed |= _keep_from_deletion(visit, folder, state, placed)
    placed = placed.sorted(lambda operation: ORDER.index(operation.kind))
    visit.note_revisions(placed)
    for group in placed.grouped(partial(_command, Counter())).values():
        with breaks_noted(visit, group):
            _push_together(visit, folder, group)


def _keep_from_deletion(visit, folder, state, operations):
    r"""Have \Deleted, which another program set, taken from what a user moves: it would go along, to the next EXPUNGE there.

    A copy loses it later: see ``outcome.copied``.

    :return: the changes that do so, to be told before
    """
    leaving = operations.filtered(lambda operation: operation.kind in ("copy", "move"))
    news = {uid: state.changed[uid] for uid in leaving.message_id.mapped("uid") if uid in (state.changed or ())}
    flags.apply(visit, folder, news)
    marked = leaving.filtered(lambda operation: operation.kind == "move" and not operation.message_id.active).message_id
    if not marked:
        return operations.browse()

    def show():
        marked.active = True
        operations._enqueue_flags(marked, store.DELETED, False)

    visit.commit(show)
    return operations.search([("message_id", "in", marked.ids), ("flag", "=", store.DELETED)])


def _push_together(visit, folder, group):
    """Tell what goes in one command."""
    # The one before may have opened another folder.
    visit.reopen(folder)
    kind, flag, target = group[0].kind, group[0].flag, group[0].folder_id
    if kind == "flag":
        if not visit.states[folder.id].keeps(flag):
            _leave_unmarked(visit, folder, group)
            return
        names = {"add" if group[0].value else "remove": [flag]}
        _send(visit, folder, group, partial(visit.session.store_flags, **names), outcome.flagged)
    elif kind == "expunge":
        if not group[0]._may_expunge_in(folder):
            visit.commit(group._drop_rescued)
            return
        _expunge(visit, folder, group)
    elif kind == "move" and target == folder:
        # The user moved it back, and here it is.
        note_done(visit, group)
    elif visit.server_path(target):
        visit.touched.add(target.id)
        if not target.uidvalidity and not _can_open(visit, target, group):
            return
        _begin(visit, target, group)
        visit.reopen(folder)
        command = visit.session.move if kind == "move" else visit.session.copy
        acknowledge = partial(outcome.moved if kind == "move" else outcome.copied, target)
        _send(visit, folder, group, partial(command, path=visit.server_path(target)), acknowledge)


def _leave_unmarked(visit, folder, operations):
    """Refuse marks that nobody may set in ``folder``, or this login may not; what the server cannot keep lives in Odoo only."""
    right = "s" if operations[0].flag == r"\Seen" else RIGHTS["flag"]
    if operations[0].flag == store.DELETED:
        # Only ever taken away, after a deletion that was refused: it was never set.
        note_done(visit, operations)
    elif visit.states[folder.id].read_only:
        refuse(visit, operations, NotPermitted(folder.path, "READ-ONLY"))
    elif lacked := visit.lacked_rights(folder, right):
        refuse(visit, operations, NotPermitted(folder.path, f"ACL -{lacked}"))
    else:
        note_done(visit, operations)


def _can_open(visit, target, operations):
    """Open a folder for the first time: UIDs that the server tells of it mean something with its UIDVALIDITY only."""
    try:
        visit.open(target)
    except REFUSALS as error:
        refuse(visit, operations, error)
        return False
    return True


def _placed_in(folder, operations):
    return operations.filtered(
        lambda operation: operation.message_id.uid and operation.message_id.server_folder_id == folder
    )


def _command(times, operation):
    """Return what operations that go in one command have in common: a message that is copied twice goes in two.

    :param times: a Counter of what was asked for before
    """
    alone = breaks_alone(operation) and operation.id
    command = (operation.kind, operation.flag, operation.value, operation.folder_id, alone)
    times[command, operation.message_id] += 1
    return *command, times[command, operation.message_id]


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
            refuse(visit, operations, _reason(visit, folder, operations, error))
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
        error = NotPermitted(folder.path, error.args[-1])
    may_be_that = isinstance(error, NotPermitted | NotDeleted) or code == BUG
    lacked = may_be_that and visit.lacked_rights(folder, RIGHTS[operations[0].kind])
    return NotPermitted(folder.path, f"ACL -{lacked}") if lacked else error


def _expunge(visit, folder, operations):
    """Delete for good. What the server kept stays, as a refusal does; what others deleted along is buried."""
    gone = _send(visit, folder, operations, visit.session.expunge, outcome.expunged)
    if gone is None:
        return
    if kept := operations.exists():
        refuse(visit, kept, _reason(visit, folder, kept, NotDeleted(folder.path)))
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
        # Where the user changed his mind meanwhile.
        operations.browse(done).exists().begun_in_id = False
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


# What must not be done twice: see ``there``


def _find_begun(visit, operations):
    """Find what the server did of these operations, before anything else is told of their messages; return what is left."""
    for begun_in, begun in operations.filtered("begun_in_id").grouped("begun_in_id").items():
        visit.note_revisions(begun)
        try:
            with breaks_noted(visit, begun):
                if visit.server_path(begun_in):
                    there.look(visit, begun_in, begun)
                    older_drafts.forget_notes(visit, begun)
        except FolderNotFound:
            # With all that was in it, but for what another program moved before.
            there.look_among_new(visit, begun_in)
        except REFUSALS as error:
            refuse(visit, begun, error)
            operations -= begun
    return operations.exists()


def _begin(visit, target, operations):
    """Note that the server may have put these into ``target`` from now on."""
    uid_below = max(target.server_uidnext, target.uid_high + 1)
    visit.commit(lambda: there.begin(operations.exists(), target, uid_below))

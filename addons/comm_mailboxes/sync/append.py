"""Mail of Odoo's that is stored in a folder of the server: what was written or sent here, or was in Odoo only."""

from ..protocol.imap_store import is_flag
from ..protocol.mime import identity_of
from . import older_drafts, store, there
from .answers import breaks_noted, refuse
from .visit import REFUSALS


def append(visit, operation):
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
        with breaks_noted(visit, operation):
            if operation.begun_in_id == target:
                there.look(visit, target, operation)
                if operation.exists():
                    there.look_elsewhere(visit, operation)
                if not operation.exists():
                    return
                state = visit.reopen(target)
            if is_draft:
                # What somebody stored and did not note is an older version, or this one; it goes when this one is there.
                older = older_drafts.find(visit, message, target)
            else:
                found = there.find_stored(visit, operation, raw)
                if not found and _may_be_filed(message, target):
                    found = there.find_filed(visit, message, target)
            uid = found and found.uid
            if not found:
                visit.commit(lambda: there.begin(operation, target, state.uidnext))
                uid = visit.session.append(visit.server_path(target), raw, flags=flags, date=message.date)
    except REFUSALS as error:
        refuse(visit, operation, error)
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

"""A visit to a POP3 mailbox: everything in the drop that is not known yet, then what the server need not keep any more.

POP3 has no folders, no marks and no cursor. ``pop3_drop`` gives each message in the drop a key, ``pop3_known`` tells which of
them are here, and ``pop3_take`` reads the others. Messages, attachments and what is known of them are committed together; the
server deletes afterwards, at the end of the session (RFC 1939, section 6), and never what did not arrive whole.
"""

import logging
from datetime import timedelta

from odoo import fields

from ..protocol.errors import ProtocolError, ServerRefused
from . import batch, pop3_drop, pop3_known, refused, reread, store
from .pop3_take import Taking, not_handed_out, read

_logger = logging.getLogger(__name__)

# What the server refused to delete, it is asked to delete again after so long.
PATIENCE = timedelta(days=1)


def inbox_of(mailbox):
    """Return the one folder of a POP3 mailbox, made when it is first needed."""
    inbox = mailbox.folder_ids.filtered(lambda folder: folder.role == "inbox")
    return inbox or mailbox.env["comm.folder"].create(
        {
            "mailbox_id": mailbox.id,
            "name": "INBOX",
            "path": "INBOX",
            "role": "inbox",
            "sequence": 1,
            "fetch_mode": "this",
        }
    )


def fetch_mail(visit, *, ask_again=False):
    """Import what is new and delete what the mailbox does not leave on the server.

    :param ask_again: at once for all that the server did not hand out, which else is done once a day
    :return: the number of messages imported
    """
    # For good: what fails later must not take it along.
    inbox = visit.commit(lambda: inbox_of(visit.mailbox), always=False)
    drop = _list(visit, inbox)
    now = fields.Datetime.now()
    pop3_known.note_gone(visit, drop, now)
    taking = Taking(visit, drop, *_new(visit.mailbox, drop))
    imported = 0
    for taken in taking:
        imported += _store(visit, inbox, drop, taken, now)
        if visit.must_stop():
            break
    if taking.is_given_up:
        return imported
    imported += _store_refused(visit, inbox, drop, taking)
    if taking.broken_at:
        # Else it was not the server that broke it: see `watch`.
        if not visit.is_given_up():
            size = drop[taking.broken_at].size
            visit.commit(
                lambda: pop3_known.note_broken(visit.mailbox, inbox, taking.broken_at, size, is_sound=taking.is_sound)
            )
        raise taking.error
    _delete(visit, drop, ask_again=ask_again)
    return imported


def load(visit, messages):
    """Bring the whole of messages of which only the header is here, or nothing.

    ``visit.counts["gone"]`` tells how many the server has no more.
    """
    mailbox, session = visit.mailbox, visit.session
    drop = pop3_known.drop_of(mailbox, session)
    rows = {row.uidl: row for row in pop3_known.rows(mailbox) if row.uidl in drop}
    by_message = {row.message_id.id: key for key, row in rows.items() if row.message_id}
    by_identity = _lacking(session, drop, rows, set(messages.mapped("size")))
    for message in messages:
        same = by_identity.get(message.identity)
        key = by_message.get(message.id) or (same.pop() if same else None)
        if not key:
            visit.counts["gone"] += 1
            continue
        _bring(visit, message, drop[key], rows.get(key))
        visit.counts["loaded"] += 1


def _list(visit, inbox):
    try:
        return pop3_known.drop_of(visit.mailbox, visit.session)
    except ProtocolError as error:
        if error.suspects:
            [key], is_sound = error.suspects, error.done
            visit.commit(lambda: pop3_known.note_broken(visit.mailbox, inbox, key, is_sound=is_sound))
        raise


def _new(mailbox, drop):
    """Return the keys of what is not here, in the order in which it is asked for, and how often it was in vain."""
    known = pop3_known.rows(mailbox)
    times = {row.uidl: row.broken_times for row in known if not row.fetched_at}
    here = {row.uidl for row in known if row.fetched_at}
    # Newest first, so that today's mail is there in seconds; last those in whose middle the connection broke.
    return sorted((key for key in reversed(drop) if key not in here), key=lambda key: times.get(key, -1)), times


def _store(visit, inbox, drop, taken, now):
    """Store what is new among ``{key: Taken}``, and note it. Commits.

    :return: the number of messages that came
    """
    mailbox = visit.mailbox
    found = pop3_known.recognise(mailbox, taken, now)
    new = {key: item.prepared for key, item in taken.items() if key not in found}
    batch.save(inbox, new, list(taken), lambda keys: pop3_known.remember(mailbox, drop, taken, found, keys))
    return len(new)


def _store_refused(visit, inbox, drop, taking):
    """Keep a place for what the server does not hand out, though it does others. Commits.

    :return: the number of messages that came so
    """
    visit.problems += taking.postponed
    if not taking.refused:
        return 0
    if not taking.count and len(taking.refused) > 2:
        # Not one of them: that is the server's trouble, not the messages'.
        visit.problems.append(next(iter(taking.refused.values())))
        return 0

    def work():
        conceal = visit.mailbox._concealer__()
        prepared = [not_handed_out(drop[key], error, conceal) for key, error in taking.refused.items()]
        messages = store.save(inbox, prepared)
        pop3_known.remember_refused(visit.mailbox, drop, dict(zip(taking.refused, messages, strict=True)))

    visit.commit(work)
    return len(taking.refused)


def _delete(visit, drop, *, ask_again):
    """Let the server delete what it need not keep, which it does when the session ends; then ask again for what it refused."""
    rows = visit.env["comm.pop3.uidl"]
    deleted, kept = [], {}
    for row_id, key in [(row.id, row.uidl) for row in _dispensable(visit.mailbox)]:
        try:
            visit.session.delete(drop[key].number)
            deleted.append(row_id)
        except ServerRefused as error:
            kept[row_id] = error
    if kept:
        visit.commit(lambda: _note_kept(rows.browse(kept), *list(kept.values())[:1]))
    if not _ask_again(visit, drop, everything=ask_again):
        # Without a proper end of the session, nothing is deleted: the next visit does it.
        return
    if deleted:
        visit.session.finish()
        visit.commit(lambda: pop3_known.note_deleted(rows.browse(deleted)))


def _dispensable(mailbox):
    """Return the rows of what the server need not keep, by the mailbox' own choice."""
    if mailbox.pop3_leave == "keep":
        return mailbox.env["comm.pop3.uidl"]
    now = fields.Datetime.now()
    domain = [("is_whole", "=", True), "|", ("not_deleted_at", "=", False), ("not_deleted_at", "<", now - PATIENCE)]
    if mailbox.pop3_leave == "days":
        domain.append(("fetched_at", "<", now - timedelta(days=mailbox.pop3_leave_days)))
    return pop3_known.rows(mailbox, *domain)


def _note_kept(kept, error):
    mailbox = kept.mailbox_id
    kept.write({"not_deleted_at": fields.Datetime.now()})
    mailbox.env["comm.mailbox.event"]._log(
        mailbox,
        "warning",
        "fetch",
        mailbox.env._(
            "Messages that the server did not delete: %(count)s. It will be asked again in a day. %(reason)s",
            count=len(kept),
            reason=mailbox._explain(error),
        ),
    )


def _ask_again(visit, drop, *, everything):
    """Ask once more for messages that the server did not hand out, if they waited long enough. Commits each.

    Comes last, and where the connection breaks, that is no fault of the visit.

    :return: whether the connection still stands
    """
    since = fields.Datetime.now() - (timedelta() if everything else refused.PATIENCE)
    limit = visit.mailbox._import_limit()
    asked = _not_handed_out(visit, since)
    for message, row in asked if everything else asked[: refused.AT_ONCE]:
        there = drop[row.uidl]
        # Before it is asked for: wherever that ends, this one waits as long again.
        visit.commit(lambda message=message: message.write({"defect": message.defect}))
        try:
            _bring(visit, message, there, row, header_only=there.size > limit)
            visit.counts["loaded"] += 1
        except ServerRefused as error:
            if not message.identity:
                prepared = not_handed_out(there, error, visit.mailbox._concealer__())
                visit.commit(lambda message=message, prepared=prepared: reread.replace(message, [prepared]))
        except ProtocolError as error:
            if visit.is_given_up():
                raise
            told = visit.mailbox._explain(error)
            _logger.info("Mailbox %s: %s when it was asked again for a message", visit.mailbox.id, told)
            return False
    return True


def _not_handed_out(visit, since):
    """Return pairs of the messages that wait longer than ``since`` and the row of what is known of each, the longest first."""
    found = refused.waiting(visit, since)
    if not found:
        return []
    rows = pop3_known.rows(visit.mailbox, ("fetched_at", "!=", False), ("is_whole", "=", False))
    by_message, by_identity = rows.grouped("message_id"), rows.grouped("identity")
    return [
        (message, same[0])
        for message in found
        if (same := by_message.get(message) or (message.identity and by_identity.get(message.identity)))
    ]


def _bring(visit, message, there, row, *, header_only=False):
    """Give ``message`` its content. Commits."""
    item = read(visit.session, there, header_only=header_only)

    def work():
        reread.replace(message, [item.prepared])
        if row:
            values = {"digest": item.digest, "identity": item.identity, "message_id": False}
            row.write({**values, "is_whole": not header_only})

    visit.commit(work)


def _lacking(session, drop, rows, sizes):
    """Return ``{identity: keys}`` of what has one of these sizes and is not whole here; of what is, too, if nothing else is."""
    found = {}
    for key, message in drop.items():
        if store.bounded(message.size) in sizes:
            row = rows.get(key)
            identity = row.identity if row and row.identity else pop3_drop.identity_in(session, message)
            found.setdefault(identity, []).append((not (row and row.is_whole), key))
    return {identity: [key for _lacks, key in sorted(keys)] for identity, keys in found.items() if identity}

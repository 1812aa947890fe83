"""Messages at which the server hangs up when it is asked for no more than their size or their marks.

Such a question concerns a range of messages, so one of them would keep all that is new in its folder away. Where the connection
broke in the folder before, and breaks at such a question again, the one is found by halves, over new connections. It is left
out of these questions from then on, until the server tells of it again (``refused``); what is not here yet gets a row that
says so (``fetch``).
"""

import logging

from odoo import fields

from ..protocol.errors import ConnectionLost
from . import blame

_logger = logging.getLogger(__name__)

# So many others are tried: do they break the connection, too?
OTHERS = 3


def uids(folder):
    """Return the UIDs of ``folder`` of which the server tells nothing."""
    return {int(uid) for uid in (folder.silent_uids or "").split()}


def sizes(visit, folder, first, last):
    """Return (uid, size) of the messages in this range, ascending, but for the silent ones."""
    return [found for part in _ask(visit, folder, visit.session.sizes, first, last) for found in part]


def flags(visit, folder, first, last, **options):
    """Return ``{uid: flags}`` of the messages in this range, but for the silent ones; see ``ImapSession.flags``."""
    parts = _ask(visit, folder, lambda *span: visit.session.flags(*span, **options), first, last)
    return {uid: found for part in parts for uid, found in part.items()}


def added(visit, folder, known_sizes, first, last):
    """Return the sizes in this range of ``folder``, which is selected, with the silent messages, of which none is known."""
    silent = {uid for uid in uids(folder) if first <= uid <= last}
    if not silent:
        return known_sizes
    # They may be gone by now.
    return sorted([*known_sizes, *((uid, 0) for uid in silent.intersection(visit.session.uids()))])


def forget(folder, uid):
    """Note that the server tells of a message again. The caller commits."""
    folder.silent_uids = _as_text(uids(folder) - {uid})


def _as_text(uids):
    return " ".join(map(str, sorted(uids))) or False


def _ask(visit, folder, question, first, last):
    answers = []
    for span in _spans(first, last, sorted(uids(folder))):
        try:
            answers.append(question(*span))
        except ConnectionLost as error:
            # Once may be the line.
            if folder.broken_at and _find(visit, folder, question, *span):
                error.narrows = True
            raise
    return answers


def _spans(first, last, left_out):
    """Yield the ranges that make up the one from ``first`` to ``last`` without these UIDs."""
    for uid in left_out:
        if first <= uid <= last:
            if first < uid:
                yield first, uid - 1
            first = uid + 1
    if first <= last:
        yield first, last


def _find(visit, folder, question, first, last):
    """Find out at which message the connection breaks, and note it; return whether it is known now."""
    if not visit.reconnect():
        return False
    visit.reopen(folder)
    suspects = [uid for uid in visit.session.uids() if first <= uid <= last]
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        suspects = suspects[len(half) :] if _is_answered(visit, folder, question, half) else half
    if not suspects or _is_answered(visit, folder, question, suspects):
        return False
    [uid] = suspects

    def is_answered(others):
        return any(_is_answered(visit, folder, question, [other]) for other in others[:OTHERS])

    if not blame.is_message(visit, folder, {uid} | uids(folder), is_answered):
        return False
    _logger.info("Folder %s: the server tells nothing of message %s", folder.id, uid)
    visit.commit(lambda: _note(folder, uid))
    return True


def _is_answered(visit, folder, question, suspects):
    try:
        question(suspects[0], suspects[-1])
    except ConnectionLost:
        if not visit.reconnect():
            raise
        visit.reopen(folder)
        return False
    return True


def _note(folder, uid):
    folder.write({"silent_uids": _as_text(uids(folder) | {uid}), "silent_asked_at": fields.Datetime.now()})
    folder.env["comm.mailbox.event"]._log(
        folder.mailbox_id,
        "warning",
        "fetch",
        folder.env._(
            "The server hangs up each time it is asked for size or marks of one message in “%s”. That message is left out; the"
            " others are fetched. “Repair” asks for it again.",
            folder.complete_name,
        ),
    )

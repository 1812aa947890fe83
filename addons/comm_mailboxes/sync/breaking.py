"""Messages at which the connection breaks each time: one of them must not keep the rest of a folder away for ever.

Where it breaks in the middle of a message, that one is the suspect. Where the server hangs up, takes its leave or speaks
nonsense before the next one begins, all that were asked for and did not come are; the next visit asks for a tenth of these at a
time, and so on down to one. The one that is alone under suspicion several times in a row is asked for its header only, and then
not at all. A line that is cut for another reason breaks elsewhere the next time: nobody suffers from that. Where it breaks among
the same ones again, it is no such line, and the visit finds out which one it is, and which others are like it, over one new
connection after the other (``visit.Visit``). It counts only where that one is to blame, and not the server (``blame``).
"""

from contextlib import contextmanager
from functools import partial

from ..protocol.connector import TimeIsUp
from ..protocol.errors import ProtocolError
from . import blame, silent, slow

# After so many times in a row at the same message only its header is asked for; the rest can be loaded by hand.
TIMES = 3
# After so many times, the header does not come either.
TIMES_IN_ALL = 5
PARTS = 10


def header_only(folder):
    """Return the UIDs of ``folder`` that are not tried whole any more."""
    return _single(folder, TIMES) | silent.uids(folder) | slow.uids(folder)


def given_up(folder):
    """Return the UIDs of ``folder`` that are not tried any more."""
    return _single(folder, TIMES_IN_ALL) | silent.uids(folder)


def _single(folder, times):
    return {folder.broken_uid} if folder.broken_times >= times and not folder.broken_last else set()


def is_judged(folder, uid):
    """Tell whether the connection broke so often at this message that it is not tried whole any more."""
    return uid in _single(folder, TIMES)


def portions(folder, sizes, most):
    """Yield what to ask for at once: at most so many, suspects fewer, and apart from all others.

    :param sizes: list of (uid, size); the order stays
    """
    first, last = folder.broken_uid, folder.broken_last or folder.broken_uid
    suspects = sum(first <= uid <= last for uid, _size in sizes)
    limits = {False: most, True: min(most, max(1, suspects // PARTS))}
    portion, kind = [], False
    for uid, size in sizes:
        is_suspect = first <= uid <= last
        if portion and (is_suspect != kind or len(portion) >= limits[kind]):
            yield portion
            portion = []
        portion.append((uid, size))
        kind = is_suspect
    if portion:
        yield portion


@contextmanager
def noted(visit, folder):
    """Note at which message of ``folder`` the connection broke inside, or at which ones it may have."""
    try:
        yield
    except ProtocolError as error:
        # Once, however many of these contexts it leaves.
        if error.suspects and error is not visit.noted_suspicion:
            visit.noted_suspicion = error
            visit.env.cr.rollback()
            # Else it was not the server that broke it: see `watch`.
            suspects = error.suspects
            if isinstance(error, TimeIsUp):
                if len(suspects) == 1 and not suspects <= header_only(folder):
                    visit.commit(lambda: slow.note(folder, *suspects))
                    visit.counts["slow"] += 1
            elif visit.is_in_use():
                first, last = min(suspects), max(suspects)
                if _is_within(folder, first, last) or header_only(folder):
                    visit.narrowing.add(folder.id)
                error.narrows = folder.id in visit.narrowing
                visit.commit(lambda: _note(folder, first, last))
        raise


def _is_within(folder, first, last):
    """Tell whether it broke before at one of these messages, or at one of more."""
    return bool(folder.broken_uid) and folder.broken_uid <= first and last <= (folder.broken_last or folder.broken_uid)


def narrows(visit, folder, error):
    """Tell whether, after ``error``, another try tells more: it broke at one of several messages, or the one is to blame.

    Then it counts against that one.
    """
    if len(error.suspects) != 1:
        return True
    # Of another one that is large, too, a piece is enough where no more was asked for.
    most = slow.FIRST if error.suspects <= slow.uids(folder) else None
    is_answered = partial(_hands_out_one, visit, most)
    if not blame.is_message(visit, folder, error.suspects | silent.uids(folder), is_answered):
        return False
    visit.commit(lambda: _count(folder))
    return True


def _hands_out_one(visit, most, uids):
    for uid, size in sorted(visit.session.sizes_of(uids), key=lambda found: found[1])[:1]:
        is_whole = most is None or size <= most
        found = visit.session.messages([uid]) if is_whole else visit.session.piece(uid, 0, most)
        return any(message.raw for message in found)
    return False


def _note(folder, first, last):
    suspected = first, last if last != first else 0
    if (folder.broken_uid, folder.broken_last) != suspected:
        folder.write({"broken_uid": first, "broken_last": suspected[1], "broken_times": 0})


def forget(folder, uid):
    """Note that this message came whole. The caller commits."""
    if folder.broken_uid == uid and not folder.broken_last:
        folder.write({"broken_uid": 0, "broken_times": 0})


def _count(folder):
    folder.broken_times += 1
    if folder.broken_times == TIMES:
        tell(folder)
    elif folder.broken_times == TIMES_IN_ALL:
        _tell_given_up(folder)


def tell(folder):
    """Note with an event what becomes of a message of ``folder`` that cannot be fetched whole."""
    folder.env["comm.mailbox.event"]._log(
        folder.mailbox_id,
        "warning",
        "fetch",
        folder.env._(
            "The connection broke several times in the middle of one message in “%s”. Only its header is fetched"
            " next; “Load from server” tries the rest again.",
            folder.complete_name,
        ),
    )


def _tell_given_up(folder):
    folder.env["comm.mailbox.event"]._log(
        folder.mailbox_id,
        "warning",
        "fetch",
        folder.env._(
            "The connection broke each time one message in “%s” was asked for, even for its header only. It stands in the"
            " list without content; “Load from server” asks for it again.",
            folder.complete_name,
        ),
    )

"""How is noted what came of telling the server a change: it is done, it was refused, or nothing, as the connection broke.

A line that is cut breaks elsewhere the next time, so a change at which it broke is told in its turn once more. At which it
breaks again, that is told last, and alone, so that it keeps neither mail nor other changes away (``push.push_put_off``); and
where it breaks then, while the server does all else over a new connection, that is as good as a refusal: see
``comm.operation._refused`` for what becomes of it.
"""

from contextlib import contextmanager

from ..protocol.connector import TimeIsUp
from ..protocol.errors import NotPermitted, ProtocolError
from .visit import REFUSALS

# So often in a row it may break at a change before that is told last, and alone.
BREAKS_IN_TURN = 2
# What servers say when it is a bug of their own.
BUG = "SERVERBUG"
# They may have mended it by then.
TRIES_WITH_BUG = 10


def note_done(visit, operations):
    visit.commit(lambda: operations._done(visit.revisions_of(operations)))


def refuse(visit, operations, error):
    """Note that the server did not do these."""
    temporary, tries = error.temporary, None
    if isinstance(error, NotPermitted):
        # To ask again does not give the right.
        tries = 1
    elif getattr(error, "code", "") == BUG:
        temporary, tries = False, TRIES_WITH_BUG
    _refuse(visit, operations, error, temporary, tries)


def _refuse(visit, operations, error, temporary, tries=None):
    text = visit.mailbox._explain(error)
    visit.commit(lambda: operations._refused(visit.revisions_of(operations), text, temporary, tries))
    visit.counts["waiting"] += len(operations.exists())


def breaks_alone(operation):
    """Tell whether ``operation`` is told last, and in a command of its own."""
    return operation.broken_times >= BREAKS_IN_TURN


@contextmanager
def breaks_noted(visit, operations):
    """Note at which changes the connection breaks."""
    try:
        yield
    except ProtocolError as error:
        if _is_to_note(visit, error):
            visit.broken_changes.update(operations.ids)
            visit.blamed = operations.ids
            visit.commit(operations._note_broken)
        raise


@contextmanager
def breaks_of_folder_noted(visit, folder):
    """Note that the connection breaks in ``folder``, unless it is noted at which change."""
    try:
        yield
    except ProtocolError as error:
        if _is_to_note(visit, error):
            visit.note_broken(folder, error)
        raise


def _is_to_note(visit, error):
    if isinstance(error, (*REFUSALS, TimeIsUp)) or error is visit.noted_error:
        return False
    visit.noted_error = error
    visit.env.cr.rollback()
    # Else it was not the server that broke it: see `watch`.
    return visit.is_in_use()


def refuse_broken(visit, operation_ids, error):
    """Count it as a refusal that the connection broke at a change that was told last and alone, though the server is sound."""
    alone = visit.env["comm.operation"].browse(operation_ids).exists()
    alone = alone.filtered(lambda operation: operation.broken_times > BREAKS_IN_TURN)
    if alone:
        _refuse(visit, alone, error, temporary=False)

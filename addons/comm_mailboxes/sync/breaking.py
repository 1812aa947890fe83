"""Messages in whose middle the connection breaks each time: one of them must not keep the rest of a folder away for ever."""

from contextlib import contextmanager

from ..protocol.errors import ProtocolError

# After so many times in a row at the same message only its header is asked for; the rest can be loaded by hand.
TIMES = 3


def header_only(folder):
    """Return the UIDs of ``folder`` that are not tried whole any more."""
    return {folder.broken_uid} if folder.broken_times >= TIMES else set()


@contextmanager
def noted(visit, folder):
    """Note at which message of ``folder`` the connection broke inside."""
    try:
        yield
    except ProtocolError as error:
        if uid := error.uid:
            visit.env.cr.rollback()
            # Else it was not the server that broke it: see `watch`.
            if visit.is_in_use():
                visit.commit(lambda: _note(folder, uid))
        raise


def _note(folder, uid):
    times = folder.broken_times + 1 if folder.broken_uid == uid else 1
    folder.write({"broken_uid": uid, "broken_times": times})
    if times == TIMES:
        tell(folder)


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

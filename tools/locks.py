"""File locks between several ./dev of one clone; the kernel frees them however a process ends."""

import contextlib
import fcntl
import os

from . import paths
from .console import say


@contextlib.contextmanager
def exclusive(name):
    """Hold the lock of that name; whoever comes second waits and says so."""
    handle = _open(name)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another ./dev that is busy with the same ({name}) ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def try_exclusive(name):
    """A file descriptor that holds the lock, or None when somebody else holds it."""
    handle = _open(name)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _open(name):
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    return os.open(paths.LOCKS / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

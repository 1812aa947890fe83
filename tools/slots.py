"""A slot is the place of one running ./dev: its cluster, its lab, its Odoo data, its logs.

Two of the same kind in one clone get slots of their own (test, test-2, ...); a lock tells which one is taken.
"""

import contextlib
import itertools
import os
import random
import shutil
import socket

from . import locks, paths, processes
from .console import Failure

MARK = "COMM_SLOT"  # environment variable that all processes of a slot inherit


class Slot:
    def __init__(self, name):
        self.name = name
        self.folder = paths.DEV / name
        self.cluster = self.folder / "pg"
        self.lab = self.folder / "lab"
        self.data = self.folder / "data"  # Odoo's data_dir
        self.conf = self.folder / "odoo.conf"

    def log(self, name):
        return self.folder / f"{name}.log"

    def environment(self):
        """What every process of the slot gets."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        path = os.environ.get("PATH", os.defpath)
        return environment | {
            MARK: str(self.folder),
            "HOME": str(paths.HOME),
            "PATH": f"{paths.VENV / 'bin'}:{path}:/usr/sbin:/sbin",
            # The source tree may be read-only for us, and must not fill with byte code of several users.
            "PYTHONPYCACHEPREFIX": str(paths.CACHE / "pycache"),
            "COMM_LAB_DIR": str(self.lab),
            "COMM_ODOO_CONF": str(self.conf),
        }


@contextlib.contextmanager
def take(kind, *, fresh=False):
    """The first free slot of that kind, cleaned of what a killed run left."""
    for number in itertools.count(1):
        name = kind if number == 1 else f"{kind}-{number}"
        handle = locks.try_exclusive(name)
        if handle is not None:
            break
    try:
        slot = Slot(name)
        processes.end_marked(MARK, str(slot.folder))
        if fresh:
            shutil.rmtree(slot.folder, ignore_errors=True)
        slot.folder.mkdir(parents=True, exist_ok=True)
        yield slot
    finally:
        os.close(handle)


def is_taken(name):
    handle = locks.try_exclusive(name)
    if handle is None:
        return True
    os.close(handle)
    return False


def free_port(preferred=None):
    """A port on 127.0.0.1 that nobody uses; below the range that outgoing connections take theirs from."""
    candidates = itertools.chain([preferred] if preferred else [], (random.randint(12000, 19999) for _ in range(100)))
    for port in candidates:
        if is_free(port):
            return port
    raise Failure("No free port was found on 127.0.0.1; stop some servers and try again.")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False

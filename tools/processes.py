"""Starting and stopping: whatever ends this process, nothing that it started stays behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


class Stopped(BaseException):
    """A signal asked us to stop; no Exception, so that nothing but the clean-up handles it."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def stop_on_signals():
    """SIGINT, SIGTERM and SIGHUP unwind the stack once; more of them do not disturb the clean-up."""

    def stop(number, _frame):
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, lambda *_args: None)
        raise Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def adopt_orphans():
    """Grandchildren whose parent died (browsers of a killed test run) become our children, see end_children()."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def start(command, *, log=None, stop_signal="TERM", new_session=True, **kwargs):
    """Start a process that the kernel stops with stop_signal should we die.

    A session of its own keeps a Ctrl-C in the terminal away from it: we stop it in order.
    """
    with contextlib.ExitStack() as stack:
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            kwargs |= {"stdout": stack.enter_context(log.open("ab")), "stderr": subprocess.STDOUT}
        if new_session:
            kwargs.setdefault("stdin", subprocess.DEVNULL)
        guarded = ["setpriv", f"--pdeathsig={stop_signal}", *map(str, command)]
        return subprocess.Popen(guarded, start_new_session=new_session, **kwargs)


def stop(process, number=signal.SIGTERM, timeout=30):
    """Ask a process to end and wait; kill it when it does not."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_children(timeout=5):
    """End every descendant that is still there, orphans included."""
    deadline = time.monotonic() + timeout
    number = signal.SIGTERM
    while children := _children():
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while time.monotonic() < deadline and _children():
            time.sleep(0.05)
        number, deadline = signal.SIGKILL, time.monotonic() + timeout


def _children():
    """Our living children; the dead ones are reaped on the way."""
    children = []
    for pid, parent in _processes():
        if parent == os.getpid():
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    children.append(pid)
    return children


def _processes():
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            yield int(folder.name), int(stat.rpartition(")")[2].split()[1])


def end_marked(variable, value, timeout=5):
    """End processes of a killed ./dev: those that inherited the variable with that value."""
    mark = f"{variable}={value}".encode()
    for number in (signal.SIGTERM, signal.SIGKILL):
        pids = [pid for pid, _parent in _processes() if pid != os.getpid() and mark in _environment(pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        deadline = time.monotonic() + timeout
        while pids and time.monotonic() < deadline:
            pids = [pid for pid in pids if Path(f"/proc/{pid}").exists() and mark in _environment(pid)]
            time.sleep(0.05)


def _environment(pid):
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []

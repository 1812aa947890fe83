"""What the user reads: calm lines, a progress that does not flood a log, and failures in one sentence."""

import subprocess
import sys
import time

from . import paths, processes

PROGRESS_EVERY = 10  # seconds between progress lines where the output is no terminal


class Failure(Exception):
    """A failure that the user can do something about; its text says what."""


def say(text=""):
    print(text, flush=True)


class Progress:
    """One line that is rewritten on a terminal, and a line now and then in a log."""

    def __init__(self, title):
        self.title = title
        self.terminal = sys.stdout.isatty()
        self.last = time.monotonic()
        self.shown = ""
        say(f"{title} ...")

    def update(self, text):
        if text == self.shown:
            return
        now = time.monotonic()
        if self.terminal:
            print(f"\r\033[K  {text}", end="", flush=True)
        elif now - self.last >= PROGRESS_EVERY:
            say(f"  {text}")
            self.last = now
        else:
            return
        self.shown = text

    def close(self):
        if self.terminal and self.shown:
            print("\r\033[K", end="", flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()


def run_logged(command, log, *, advice, **kwargs):
    """Run a command with its output in a log file; a failure becomes one sentence with the advice."""
    note_command(command, log)
    process = processes.start(command, log=log, **kwargs)
    try:
        code = process.wait()
    finally:
        processes.stop(process)
    if code:
        raise Failure(f"{advice} (details in {paths.shown(log)}).")


def follow(command, log, on_line, **kwargs):
    """Run a command, hand each line of its output to on_line and keep all of it in the log; returns its exit code."""
    note_command(command, log)
    process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    try:
        with log.open("ab") as output:
            for line in process.stdout:
                output.write(line)
                output.flush()
                on_line(line.decode(errors="replace").rstrip())
        return process.wait()
    finally:
        processes.stop(process)


def note_command(command, log):
    """Let the log tell which command said what follows."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as output:
        output.write(f"$ {' '.join(map(str, command))}\n")

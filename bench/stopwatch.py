"""Timing."""

import time


def milliseconds(work):
    """Do it and return how long it took."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000

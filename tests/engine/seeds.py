# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How often a test with chance in it runs, and waiting for what a fault needs."""

import time

import pytest

PATIENCE = 60


def seeds(few, many):
    """The numbers below ``few``, and in the long run those below ``many``."""
    return [pytest.param(seed, marks=() if seed < few else pytest.mark.long) for seed in range(many)]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How often a test with chance in it runs, and waiting for what a fault needs."""

import time

import pytest

PATIENCE = 60
REPETITIONS = 20


def seeds(few, many):
    """The numbers below ``few``, and in the long run those below ``many``."""
    return [pytest.param(seed, marks=() if seed < few else pytest.mark.long) for seed in range(many)]


def repetitions(cases):
    """How often a test of so many cases is repeated with each of them: 20 times in the long run, all cases together."""
    return seeds(1, -(-REPETITIONS // cases))


def wait_until(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

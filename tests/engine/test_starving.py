# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that is silent or slow holds up its own mailbox only."""

import contextlib
import random
import time

import pytest

from .mails import mails
from .odoo_process import CRON
from .pair import Pair
from .seeds import seeds

PUSH = "comm_mailboxes.ir_cron_push"
# Seconds for what waits for nobody, on a busy machine.
SOON = 30.0
QUICK_MAILS = 5


@pytest.fixture
def pairs(lab, odoo, make_pair):
    """Two mailboxes: the server of the first one is behind the proxy, the other one's is sound."""
    held_up = make_pair({"INBOX": mails(60)})
    with contextlib.closing(Pair(lab, odoo, lab.ports["imap"], {"INBOX": mails(QUICK_MAILS)})) as quick:
        yield held_up, quick


@contextlib.contextmanager
def soon():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


def settle(pairs, proxy):
    proxy.reset()
    for pair in pairs:
        pair.settle()
        pair.assert_equal(contents=True)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_another_worker_does_not_wait(pairs, proxy, start_stalled, seed):
    held_up, quick = pairs
    worker = start_stalled(held_up, random.Random(seed).randrange(500, 20_000))
    quick.make_due()
    with soon():
        quick.worker.call("comm.mailbox", [], "_cron_fetch_mail")
    assert len(quick.shown("INBOX")) == QUICK_MAILS
    assert not worker.has_answered()
    proxy.reset()
    worker.result()
    settle(pairs, proxy)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_the_same_worker_gives_a_silent_server_up(pairs, proxy, seed):
    held_up, quick = pairs
    held_up.worker.set_patience(1)
    proxy.clear_counts()
    proxy.stall_after(random.Random(seed).randrange(20_000))
    held_up.make_due()
    quick.make_due()
    with soon():
        held_up.worker.run_scheduled_action(CRON)
    assert held_up.error()
    assert not quick.error()
    assert len(quick.shown("INBOX")) == QUICK_MAILS
    settle(pairs, proxy)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_slow_server_has_its_turn_and_then_the_others_theirs(pairs, proxy, seed):
    """With one worker: new mail of the other mailbox comes with each run, and the slow one gets on with each, too."""
    held_up, quick = pairs
    held_up.worker.set_turn(0.5)
    proxy.throttle(20_000 + 1_000 * seed)
    imported = 0
    for run in range(3):
        quick.deliver("INBOX", mails(1))
        held_up.make_due()
        quick.make_due()
        # Once: the scheduler would give both more turns at once.
        held_up.worker.call("comm.mailbox", [], "_cron_fetch_mail")
        assert len(quick.shown("INBOX")) == QUICK_MAILS + run + 1
        assert len(held_up.shown("INBOX")) > imported
        imported = len(held_up.shown("INBOX"))
    held_up.worker.set_turn(60)
    settle(pairs, proxy)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_changes_are_told_though_another_server_is_silent(pairs, proxy, seed):
    held_up, quick = pairs
    for pair in pairs:
        pair.settle()
        pair.write(pair.shown("INBOX")[:2], is_seen=True)
    held_up.worker.set_patience(1)
    proxy.clear_counts()
    proxy.stall_after(random.Random(seed).randrange(800))
    with soon():
        held_up.worker.run_scheduled_action(PUSH)
    assert sum(r"\Seen" in message.flags for message in quick.server.read_folder("INBOX")) == 2
    settle(pairs, proxy)

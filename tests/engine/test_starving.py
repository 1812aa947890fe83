# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that is silent or slow holds up its own mailbox only."""

import contextlib
import random
import time

import pytest

from .mails import mails
from .odoo_process import CRON
from .pair import Pair
from .seeds import seeds, wait_until

PUSH = "comm_mailboxes.ir_cron_push"
# Seconds for what waits for nobody, on a busy machine.
SOON = 30.0
QUICK_MAILS = 5
# Seconds that a prefork server's worker sleeps, up to ten more, and after which it is killed; in between are its visits.
SLEEP, LIMIT = 5, 28


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


@pytest.mark.parametrize("seed", seeds(1, 3))
def test_a_worker_that_has_slept_is_not_killed_in_the_middle_of_a_visit(pairs, proxy, odoo, seed):
    """The watchdog of a prefork server counts from before its worker's sleep, so less time is left than the limit says."""
    held_up, quick = pairs
    proxy.throttle(3_000 - 500 * seed)
    _wait_for_turns(held_up, quick)
    held_up.desk.sql("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE active")

    def is_fetched(pair):
        return pair.desk.sql(
            "SELECT 1 FROM comm_mailbox_lease WHERE mailbox_id = %s AND last_fetch IS NOT NULL", [pair.id]
        )

    with odoo.cron_worker(sleep=SLEEP, limit=LIMIT):
        wait_until(lambda: is_fetched(quick))
        assert is_fetched(held_up)
        assert 0 < len(held_up.shown("INBOX")) < 60
        # Not to wait for its next turn.
        proxy.reset()
    settle(pairs, proxy)


def test_where_visits_die_with_their_worker_the_others_have_their_turn(pairs, proxy, start_stalled):
    held_up, quick = pairs
    start_stalled(held_up, 5_000)
    held_up.restart()
    quick.deliver("INBOX", mails(1))
    # It died as the first one, and is behind those that waited then.
    for deaths in (1, 2):
        _wait_for_turns(held_up, quick)
        proxy.clear_counts()
        proxy.stall_after(5_000)
        held_up.worker.start("run_scheduled_action", CRON)
        wait_until(lambda: proxy.bytes_from_server >= 5_000)
        assert len(quick.shown("INBOX")) == QUICK_MAILS + 1
        assert ("ended in the middle of the last visits" in (held_up.error() or "")) == (deaths > 1)
        held_up.restart()
        # Now it waits, and the action comes to an end: Odoo leaves out, and ends for good, one that it had to kill too often.
        _wait_for_turns(held_up, quick)
        held_up.worker.run_scheduled_action(CRON)
        state = "SELECT deaths, begun_at IS NOT NULL FROM comm_mailbox_lease WHERE mailbox_id = %s"
        assert held_up.desk.sql(state, [held_up.id]) == [[deaths, True]]
        waits = "UPDATE comm_mailbox_lease SET begun_at = begun_at - interval '1 minute' * %s WHERE mailbox_id = %s"
        held_up.desk.sql(waits, [2**deaths, held_up.id])
    settle(pairs, proxy)


def _wait_for_turns(first, second):
    """Let both mailboxes be due, and ``first`` for longer."""
    query = "UPDATE comm_mailbox_lease SET due_at = now() AT TIME ZONE 'UTC' - interval '1 minute' * %s WHERE mailbox_id = %s"
    for minutes, pair in ((3, first), (2, second)):
        pair.desk.sql(query, [minutes, pair.id])

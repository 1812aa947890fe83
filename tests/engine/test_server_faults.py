# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that falls silent, is slow, says good-bye or refuses a command in the middle of an import."""

import random

import pytest

from .mails import mails
from .seeds import seeds


def assert_told_then_resumed(pair, proxy):
    """The fault of the run that just ended is told on the mailbox, and the next one mends all."""
    assert pair.error()
    before = pair.records()
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_silence(make_office, proxy, start_stalled, size_of_import, seed):
    pair = make_office()
    pair.worker.set_patience(0.5)
    start_stalled(pair, random.Random(seed).randrange(size_of_import)).result()
    assert_told_then_resumed(pair, proxy)


@pytest.mark.parametrize("seed", seeds(2, 20))
def test_good_bye(make_office, proxy, start_stalled, size_of_import, seed):
    pair = make_office()
    worker = start_stalled(pair, random.Random(seed).randrange(size_of_import))
    proxy.bye()
    worker.result()
    assert_told_then_resumed(pair, proxy)


def test_slow(make_office, proxy, size_of_import):
    """Slow is no error, even when the whole takes longer than the server may be silent."""
    pair = make_office()
    pair.worker.set_patience(0.5)
    proxy.throttle(size_of_import / 2)
    assert not pair.sync()
    proxy.reset()
    pair.assert_equal(contents=True)


LONG = pytest.mark.long
CODES = ["NO", pytest.param("BAD", marks=LONG)]
IMPORTING = ("LIST", "UID FETCH", "SELECT")
PUSHING = ("UID STORE", "UID MOVE", "UID COPY", "UID EXPUNGE")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("command", IMPORTING)
@pytest.mark.parametrize("times", [pytest.param(1, marks=LONG), None])
def test_refused_in_an_import(make_office, proxy, command, code, times):
    """Once is perhaps overcome in the same run; always is told."""
    pair = make_office()
    proxy.deny(command, code=code, times=times)
    told = pair.sync()
    assert told or times == 1
    before = pair.records()
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("command", PUSHING)
def test_refused_in_a_push(make_pair, proxy, command, code):
    """A refused change is tried again or dropped with an event; both sides are equal afterwards."""
    pair = make_pair({"INBOX": mails(12), "Projects": mails(4), "Trash": mails(3)})
    pair.settle()
    before = pair.records()
    inbox, trash = pair.shown("INBOX"), pair.shown("Trash")
    pair.write(inbox[:3], is_seen=True)
    pair.move(inbox[2:4], "Projects")
    pair.copy(inbox[:1], "Archive")
    pair.delete(inbox[4:5], "INBOX")
    pair.delete(trash[:1], "Trash")
    proxy.deny(command, code=code, times=1)
    pair.sync()
    proxy.reset()
    pair.settle(3)
    pair.assert_equal(contents=True)
    pair.assert_kept(before)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A mailbox is emptied and filled again, as when somebody moves it between servers or restores a backup."""

import random

import pytest

from .mails import mails
from .seeds import seeds


@pytest.fixture
def content():
    return list(mails(15))


@pytest.fixture
def pair(make_pair, content):
    pair = make_pair({"INBOX": content, "Projects": mails(5)})
    pair.settle()
    return pair


def test_emptied(pair):
    pair.server.empty("INBOX")
    pair.server.empty("Projects")
    pair.settle()
    pair.assert_equal()
    assert pair.shown("INBOX") == pair.shown("Projects") == []


@pytest.mark.parametrize("sync_between", [False, True])
def test_refilled_with_the_same(pair, content, sync_between):
    before, shown = pair.records(), pair.shown("INBOX")
    pair.server.empty("INBOX")
    if sync_between:
        pair.settle()
    pair.deliver("INBOX", content)
    pair.settle()
    pair.assert_equal(contents=True)
    assert pair.records() == before
    assert pair.shown("INBOX") == shown


def test_refilled_with_others(pair):
    pair.server.empty("INBOX")
    pair.deliver("INBOX", mails(15))
    pair.settle()
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_emptied_and_refilled_during_an_import(make_pair, content, proxy, start_stalled, seed):
    size = sum(map(len, content))
    pair = make_pair({"INBOX": content})
    worker = start_stalled(pair, random.Random(seed).randrange(size))
    before = pair.records()
    pair.server.empty("INBOX")
    pair.deliver("INBOX", content)
    proxy.reset()
    worker.result()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A folder gets another UIDVALIDITY, and its messages other UIDs: they stay the same records, and nothing comes twice.

Where that happens during a visit, Dovecot stores the mail as Maildir: a session that has an mdbox open damages what another
one puts in its place, so that mail is lost on the server.
"""

import random

import pytest

from .mails import mails
from .seeds import seeds


def test_between_runs(make_office, proxy):
    pair = make_office()
    pair.settle()
    before = pair.records()
    pair.server.rebuild_folder("Projects")
    pair.deliver("Projects", mails(3))
    proxy.clear_counts()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)
    assert len(pair.records()) == len(before) + 3


def test_between_runs_of_an_import(make_office, proxy, size_of_import):
    pair = make_office()
    proxy.cut_after(size_of_import // 2)
    pair.sync()
    before = pair.records()
    for folder in ("Projects", "Archive"):
        pair.server.rebuild_folder(folder)
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)


@pytest.mark.parametrize("seed", seeds(2, 40))
def test_during_an_import(make_office, proxy, start_stalled, size_of_import, seed):
    pair = make_office(maildir=True)
    worker = start_stalled(pair, random.Random(seed).randrange(size_of_import))
    before = pair.records()
    for folder in ("Projects", "Archive"):
        pair.server.rebuild_folder(folder)
    proxy.reset()
    worker.result()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_during_a_later_run(make_office, proxy, start_stalled, seed):
    pair = make_office(maildir=True)
    pair.settle()
    before = pair.records()
    pair.deliver("Projects", mails(5))
    proxy.clear_counts()
    pair.sync()
    size = proxy.bytes_from_server
    pair.deliver("Projects", mails(5))
    # Its mails may be smaller than those of the visit before.
    worker = start_stalled(pair, random.Random(seed).randrange(size // 2, size * 3 // 4))
    pair.server.rebuild_folder("Projects")
    proxy.reset()
    worker.result()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)

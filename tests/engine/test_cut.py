# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A connection that breaks at any byte of an import: the next run goes on, nothing is lost, nothing comes twice."""

import random

import pytest

from .seeds import seeds


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_cut_and_resume(make_office, proxy, size_of_import, seed):
    pair = make_office()
    proxy.cut_after(random.Random(seed).randrange(size_of_import))
    assert pair.sync(), "the mailbox tells that the connection broke"
    before = pair.records()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A process that is killed before or after any of its commits: the next one goes on, nothing is lost, nothing comes twice.

Before a commit means: the server has done what was asked, Odoo has not noted it yet.
"""

import random
from collections import Counter

import pytest

from .mails import mails
from .odoo_process import WorkerDied
from .seeds import seeds

# More than twice the commits of a run.
POINTS = 120


@pytest.fixture(scope="module")
def points():
    """The points of each kind of run, in a random order, so that a few of them are spread over it."""
    return {}


def kill_somewhere(pair, points, seed):
    """Sync with a process that dies at a point that the seed chooses among ``points``, learned by a run that is not killed.

    The same seeds of a kind of run reach every point.
    """
    if seed >= len(points):
        pytest.skip("all commits of this run were had")
    pair.make_due()
    pair.worker.die_at(*points[seed])
    with pytest.raises(WorkerDied):
        pair.sync()
    pair.restart()


def learn_points(pair):
    pair.worker.count_commits()
    assert not pair.sync()
    commits = pair.worker.count_commits()
    found = [(number, when) for number in range(1, commits + 1) for when in ("before", "after")]
    assert len(found) <= POINTS
    return random.Random(0).sample(found, len(found))


def importing(make_pair):
    twice = list(mails(2))
    return make_pair({"INBOX": [*mails(16), *twice, *twice], "Projects": mails(12), "Archive": twice})


@pytest.mark.parametrize("seed", seeds(3, POINTS))
def test_killed_in_an_import(make_pair, points, seed):
    if "import" not in points:
        points["import"] = learn_points(importing(make_pair))
    pair = importing(make_pair)
    kill_somewhere(pair, points["import"], seed)
    before = pair.records()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)


def pushing(make_pair):
    """A mailbox whose user did something of each kind since the last sync, while mail came; with what must come of it."""
    pair = make_pair({"INBOX": mails(16), "Projects": mails(4), "Trash": mails(2)})
    pair.settle()
    inbox, trash = pair.shown("INBOX"), pair.shown("Trash")
    named = {message["id"]: message["message_id"] for message in pair.state()["messages"]}
    pair.write(inbox[:4], is_seen=True)
    pair.write(inbox[2:6], is_flagged=True)
    pair.move(inbox[4:8], "Projects")
    pair.copy(inbox[8:10], "Archive")
    pair.delete(inbox[10:12], "INBOX")
    pair.delete(trash[:1], "Trash")
    new = list(mails(5))
    pair.deliver("INBOX", new)
    expected = Counter(
        {("INBOX", named[each]): 1 for each in (*inbox[:4], *inbox[8:10], *inbox[12:])}
        | {("Projects", named[each]): 1 for each in (*inbox[4:8], *pair.shown("Projects")) if each in named}
        | {("Archive", named[each]): 1 for each in inbox[8:10]}
        | {("Trash", named[each]): 1 for each in (*inbox[10:12], trash[1])}
    )
    return pair, expected, {named[each] for each in inbox[:4]}, {named[each] for each in inbox[2:6]}, len(new)


@pytest.mark.parametrize("seed", seeds(3, POINTS))
def test_killed_in_a_push(make_pair, points, seed):
    if "push" not in points:
        points["push"] = learn_points(pushing(make_pair)[0])
    pair, expected, seen, flagged, new = pushing(make_pair)
    before = pair.records()
    kill_somewhere(pair, points["push"], seed)
    pair.settle()
    pair.assert_equal()
    pair.assert_kept(before)
    server = pair.server.read()
    here = Counter((each.folder, each.message_id) for each in server)
    assert here - expected == Counter(dict.fromkeys(here - expected, 1)) and (here - expected).total() == new
    assert expected - here == Counter()
    assert {each.message_id for each in server if r"\Seen" in each.flags} == seen
    assert {each.message_id for each in server if r"\Flagged" in each.flags} == flagged

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A process is killed between what the server did of a move and the note of it, and the user changes his mind before the next one
begins: the message is where he said last, once.
"""

import pytest

from .mails import mails

NOTE = r"DELETE FROM comm_operation\s+USING unnest"
MOVES = pytest.mark.parametrize("hidden", [(), ("MOVE",), ("MOVE", "UIDPLUS")], ids=["MOVE", "no MOVE", "no UIDPLUS"])


@pytest.fixture
def killed(make_pair, proxy):
    """``killed(hidden, act)`` does ``act(pair, ids)`` with what the user moved to Projects, where nobody knows it to be."""

    def kill(hidden, act):
        proxy.hide(*hidden)
        pair = make_pair({"INBOX": mails(5), "Projects": mails(2)})
        pair.settle()
        moved = pair.shown("INBOX")[:2]
        pair.move(moved, "Projects")
        pair.worker.pause_before(NOTE)
        pair.start_sync()
        assert pair.worker.paused_at()
        pair.restart()
        assert len(pair.server.uids("Projects")) == 4
        before = pair.records()
        act(pair, moved)
        pair.settle(3)
        pair.assert_equal()
        pair.assert_kept(before)
        return pair, moved

    return kill


@MOVES
@pytest.mark.parametrize("target", ["INBOX", "Archive", "Trash"])
def test_moved_somewhere_else(killed, hidden, target):
    pair, moved = killed(hidden, lambda pair, moved: pair.move(moved, target))
    assert set(moved) <= set(pair.shown(target))
    assert len(pair.shown("Projects")) == 2
    assert sum(len(pair.shown(folder)) for folder in ("INBOX", "Archive", "Trash")) == 5


@MOVES
def test_deleted_for_good(killed, hidden):
    def delete(pair, moved):
        pair.delete(moved, "Projects")
        pair.delete(moved, "Trash")

    pair, _moved = killed(hidden, delete)
    assert [len(pair.shown(folder)) for folder in ("INBOX", "Projects", "Trash")] == [3, 2, 0]

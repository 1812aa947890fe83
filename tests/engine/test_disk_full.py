# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""No room for attachments: the mailbox tells it, no message is stored by half, and all comes when there is room again."""

import pytest

from .mails import mails
from .odoo_process import CommandFailed, WorkerDied

SMALL = 64 * 1024
LIMIT = 16 * 1024
LARGE = 64 * 1024 * 1024


@pytest.fixture
def pair(make_pair):
    pair = make_pair({"INBOX": mails(64)})
    # The files of a process with a disk of its own are read by itself.
    pair.desk = pair.worker
    return pair


def test_disk_full(pair):
    """A real file system without a byte left (ENOSPC), in a name space of the process."""
    try:
        pair.worker.use_small_disk(SMALL)
    except CommandFailed as error:
        # In a name space of its own a user may not mount on every machine, and never below a folder closed to him.
        pytest.skip(
            f"no file system of our own here, neither where mounting is forbidden nor in a closed folder: {error}"
        )
    assert_told_and_nothing_half(pair)
    pair.worker.use_small_disk(LARGE)
    assert_all_comes(pair)


def test_file_too_large(pair):
    """A file that may not grow further (EFBIG), as under a quota or ulimit."""
    pair.worker.limit_file_size(LIMIT)
    assert_told_and_nothing_half(pair)
    pair.worker.limit_file_size(None)
    assert_all_comes(pair)


def test_killed_while_writing_a_file(pair):
    """What is there of the file is no obstacle afterwards."""
    pair.worker.limit_file_size(LIMIT, deadly=True)
    with pytest.raises(WorkerDied):
        pair.sync()
    pair.restart()
    pair.desk = pair.worker
    assert_all_comes(pair)


def assert_told_and_nothing_half(pair):
    told = pair.sync()
    state = pair.state()
    assert told and told in state["errors"]
    on_server = {message.message_id: message.attachments for message in pair.server.read(contents=True)}
    for message in state["messages"]:
        assert tuple(sorted(map(tuple, message["attachments"]))) == on_server[message["message_id"]]
        assert not message["defect"]


def assert_all_comes(pair):
    before = pair.records()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)

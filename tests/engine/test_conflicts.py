# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Somebody changes rows that a running sync is about to write: PostgreSQL refuses one of the two transactions.

The sync stands still before a statement that writes, with the snapshot of its transaction taken. The other one then either
commits, and the sync is refused, or waits for a row that the sync holds already, and is refused itself.
"""

import pytest

from .mails import mails
from .seeds import seeds

FOLDER = r'^\s*UPDATE "?comm_folder\b'
MESSAGE = r'^\s*UPDATE "?comm_message\b'
DELETION = r'^\s*DELETE FROM "?comm_message\b'
MAILBOX = r'^\s*UPDATE "?comm_mailbox\b'


@pytest.fixture
def pair(make_pair):
    pair = make_pair({"INBOX": mails(6), "Projects": mails(6)})
    pair.settle()
    return pair


@pytest.fixture
def sync_disturbed(odoo, pair):
    """``sync_disturbed(pattern, number, model, ids, values)`` lets the user write before the so many-th statement of the sync
    that fits; returns whether there was one.
    """

    def sync(pattern, number, model, ids, values):
        pair.make_due()
        pair.worker.pause_before(pattern, number)
        pair.start_sync()
        if pair.worker.paused_at() is None:
            pair.worker.pause_before(None)
            return False
        pair.desk.start("call", model, ids, "write", [values], odoo.user_id)
        odoo.wait_idle_or_blocked(pair.desk)
        pair.worker.go_on()
        pair.worker.result()
        pair.desk.result()
        return True

    return sync


@pytest.mark.parametrize("number", seeds(3, 20))
def test_folders_edited_during_an_import(pair, sync_disturbed, number):
    """As by a user who chooses what is fetched."""
    pair.deliver("INBOX", mails(70))
    pair.deliver("Projects", mails(5))
    folders = [folder["id"] for folder in pair.state()["folders"].values()]
    assert sync_disturbed(FOLDER, number + 1, "comm.folder", folders, {"fetch_mode": "tree"}) or number
    assert not pair.error()
    pair.settle(1)
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("number", seeds(3, 20))
def test_mail_read_during_an_import(pair, sync_disturbed, number):
    """The same folder's counts change on both sides."""
    inbox = pair.shown("INBOX")
    pair.deliver("INBOX", mails(70))
    disturbed = sync_disturbed(FOLDER, number + 1, "comm.message", inbox[:3], {"is_seen": True})
    assert disturbed or number
    assert not pair.error()
    pair.settle()
    pair.assert_equal(contents=True)
    seen = [message["id"] for message in pair.state()["messages"] if r"\Seen" in message["flags"]]
    assert seen == (inbox[:3] if disturbed else [])


@pytest.mark.parametrize("number", seeds(2, 20))
def test_marked_here_while_marked_there(pair, sync_disturbed, number):
    """The user marks the very messages whose marks just come from the server; both marks stay."""
    inbox = pair.shown("INBOX")
    pair.server.store("INBOX", pair.server.uids("INBOX"), "+FLAGS", r"\Flagged")
    disturbed = sync_disturbed(MESSAGE, number + 1, "comm.message", inbox, {"is_seen": True})
    assert disturbed or number
    pair.settle()
    pair.assert_equal()
    flags = {tuple(message.flags) for message in pair.server.read_folder("INBOX")}
    assert flags == ({(r"\Flagged", r"\Seen")} if disturbed else {(r"\Flagged",)})


def test_mailbox_saved_when_its_state_is_written(pair, proxy, sync_disturbed):
    proxy.refuse()
    assert pair.sync()
    proxy.reset()
    assert sync_disturbed(MAILBOX, 1, "comm.mailbox", [pair.id], {"name": "Other name"})
    assert not pair.error()
    pair.settle()
    pair.assert_equal()


@pytest.mark.parametrize("values", [{"is_flagged": True}, {"is_seen": True, "is_flagged": True}])
def test_marked_while_it_is_found_to_be_the_new_place_of_another(pair, sync_disturbed, values):
    """Another program copies a mail and later deletes the first one: its record would live on in the copy's place. But the
    user works on the copy in that moment: it stays, and what he did reaches the server.
    """
    uid = pair.server.uids("INBOX")[0]
    pair.server.copy("INBOX", [uid], "Archive")
    pair.settle()
    (copy,) = pair.shown("Archive")
    pair.server.delete("INBOX", [uid])
    assert sync_disturbed(DELETION, 1, "comm.message", [copy], values)
    pair.settle()
    pair.assert_equal()
    assert pair.shown("Archive") == [copy]
    (message,) = pair.server.read_folder("Archive")
    assert (r"\Seen" in message.flags, r"\Flagged" in message.flags) == ("is_seen" in values, True)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fetching ahead in a second thread, on the real Dovecot: order, how far ahead, errors, stopping early."""

import base64
import hashlib
import threading
import time

import pytest
from imap_client import connect

from odoo.addons.comm_mailboxes.protocol import errors
from odoo.addons.comm_mailboxes.protocol.connector import Leash
from odoo.addons.comm_mailboxes.sync import batch
from odoo.addons.comm_mailboxes.sync.read_ahead import read_ahead


class Watched:
    """A session that notes which batches were asked for."""

    def __init__(self, session):
        self.session = session
        self.asked = []

    def messages(self, uids):
        self.asked.append(list(uids))
        return self.session.messages(uids)

    def headers(self, uids):
        return self.session.headers(uids)


def mail(number, size=0):
    return b"Subject: Mail %d\r\nMessage-ID: <%d@example.com>\r\n\r\n%b\r\n" % (number, number, b"x" * size)


def batches_of(*groups, weight=100):
    made = []
    for uids in groups:
        made.append(batch.Batch(uids))
        made[-1].weight = weight
    return made


def wait_until(condition):
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.fixture
def session(lab):
    account = lab.account()
    lab.deliver_many(account.address, [("INBOX", mail(number)) for number in range(1, 7)])
    with connect(lab, account) as session:
        session.examine("INBOX")
        yield session


def test_batches_come_in_their_order_and_read(session):
    with read_ahead(session, batches_of([5, 6], [3, 4], [2, 1])) as batches:
        read = [(uids, [prepared[uid].values["subject"] for uid in uids]) for uids, prepared in batches]
    assert read == [
        ([5, 6], ["Mail 5", "Mail 6"]),
        ([3, 4], ["Mail 3", "Mail 4"]),
        ([2, 1], ["Mail 2", "Mail 1"]),
    ]


def test_no_batch_is_no_thread(session):
    before = threading.active_count()
    with read_ahead(session, []) as batches:
        assert (list(batches), threading.active_count()) == ([], before)


def test_the_next_batch_is_fetched_meanwhile_and_no_more(session):
    watched = Watched(session)
    with read_ahead(watched, batches_of([1], [2], [3], [4])) as batches:
        next(batches)
        assert wait_until(lambda: watched.asked == [[1], [2]])
        time.sleep(0.1)
        assert watched.asked == [[1], [2]]


def test_a_heavy_batch_waits_until_the_caller_is_done_with_the_one_before(session):
    watched = Watched(session)
    with read_ahead(watched, batches_of([1], [2], weight=batch.BYTES + 1)) as batches:
        _uids, prepared = next(batches)
        time.sleep(0.1)
        assert watched.asked == [[1]]
        assert next(batches)[0] == [2]
        assert not prepared, "the memory of the one before must be free by then"


def test_too_large_messages_come_as_header_only(session):
    with read_ahead(session, batches_of([1, 2]), header_only={2}) as batches:
        read = {
            uid: message.values.get("is_partial", False) for _uids, read in batches for uid, message in read.items()
        }
    assert read == {1: False, 2: True}


def test_a_message_that_vanished_is_absent(session):
    with read_ahead(session, batches_of([1, 99])) as batches:
        assert [list(prepared) for _uids, prepared in batches] == [[1]]


@pytest.fixture
def attachment(lab):
    """An account whose only message has this file attached."""
    account = lab.account()
    content = bytes(range(256)) * 40
    lab.deliver(
        account.address,
        b"Subject: File\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n"),
    )
    with connect(lab, account) as session:
        session.examine("INBOX")
        yield session, content


def test_files_are_where_odoo_keeps_them_when_their_message_comes(attachment, tmp_path):
    session, content = attachment
    with read_ahead(session, batches_of([1]), files=str(tmp_path)) as batches:
        list(batches)
    name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    path, listed = (folder / name[:2] / name for folder in (tmp_path, tmp_path / "checklist"))
    assert path.read_bytes() == content
    assert listed.samefile(path), "what gets no row must be on the list of the garbage collection"


def test_a_file_that_is_there_already_is_left_alone(attachment, tmp_path):
    session, content = attachment
    name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    (tmp_path / name[:2]).mkdir()
    (tmp_path / name[:2] / name).write_bytes(b"before")
    with read_ahead(session, batches_of([1]), files=str(tmp_path)) as batches:
        list(batches)
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [b"before"]


def test_a_file_that_cannot_be_written_stops_no_message(attachment, tmp_path):
    session, content = attachment
    no_folder = tmp_path / "file"
    no_folder.touch()
    with read_ahead(session, batches_of([1]), files=str(no_folder)) as batches:
        read = [prepared[1].attachments[0].content for _uids, prepared in batches]
    assert read == [content]


def test_stopping_early_leaves_no_thread_and_a_usable_session(session):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), read_ahead(session, batches_of([1, 2], [3, 4], [5, 6])) as batches:
        next(batches)
        raise ZeroDivisionError
    assert threading.active_count() == before
    assert session.examine("INBOX").exists == 6
    assert [message.uid for message in session.messages([6])] == [6]


def test_what_another_thread_breaks_off_is_not_waited_for(lab):
    """However much a slow server has still to send."""
    account = lab.account()
    lab.deliver_many(account.address, [("INBOX", mail(number, size=500_000)) for number in range(1, 4)])
    before = threading.active_count()
    with lab.proxy() as proxy, Leash() as leash, connect(lab, account, proxy.port) as session:
        session.examine("INBOX")
        proxy.throttle(50_000)
        begun = time.monotonic()
        threading.Timer(1, leash.pull).start()
        with read_ahead(session, batches_of([1], [2, 3])) as batches, pytest.raises(errors.ConnectionLost):
            list(batches)
        # The first mail alone takes ten seconds.
        assert 0.9 < time.monotonic() - begun < 4
        with pytest.raises(errors.ConnectionLost):
            session.examine("INBOX")
    assert wait_until(lambda: threading.active_count() <= before)


def test_a_broken_connection_is_raised_where_its_batch_would_have_come(lab):
    account = lab.account()
    lab.deliver_many(account.address, [("INBOX", mail(number, size=200_000)) for number in range(1, 4)])
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        session.examine("INBOX")
        proxy.cut_after(250_000)
        with read_ahead(session, batches_of([1], [2], [3])) as batches:
            assert next(batches)[0] == [1]
            with pytest.raises(errors.ConnectionLost):
                list(batches)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The IMAP session against a real Dovecot: list, open, fetch; with a second client that changes things."""

import datetime
import hashlib
import tracemalloc

import pytest
from imap_client import connect, connect_tls

from odoo.addons.comm_mailboxes.protocol import Credentials, errors

NASTY = (
    "Entwürfe 2024",
    'say "hi"',
    "back\\slash",
    "R&D",
    "日本語",
    "a.b",
    " x ",
    "100%",
    "*",
    "(",
    "[",
    "{3}",
    "NIL",
    "'",
)


@pytest.fixture
def account(lab):
    return lab.account()


def expunge(client, uid, folder="INBOX"):
    client.select(folder)
    client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
    client.uid("EXPUNGE", str(uid))
    client.unselect()


# Folders


def test_folders_come_with_everything_in_one_round_trip(lab, account):
    for uid in range(3):
        lab.deliver(account.address, b"Subject: %d\r\n\r\n" % uid, flags=("\\Seen",) if uid else ())
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        found = {folder.path: folder for folder in session.folders()}
        assert proxy.commands == ["NAMESPACE", "LIST"]
    inbox = found["INBOX"]
    assert (inbox.messages, inbox.unseen, inbox.uidnext, inbox.role, inbox.selectable) == (3, 1, 4, "inbox", True)
    assert inbox.uidvalidity and inbox.highestmodseq
    assert {folder.role for folder in found.values()} == {"inbox", "sent", "drafts", "trash", "junk", "archive"}
    assert found["Sent"].subscribed and not inbox.subscribed


@pytest.mark.parametrize("hidden", [("LIST-STATUS",), ("LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE"), ("CONDSTORE",)])
def test_folders_of_lesser_servers_look_the_same(lab, account, hidden):
    lab.create_folder(account.address, "Projekte/Müller", subscribed=False)
    with connect(lab, account) as session:
        best = session.folders()
    with lab.proxy() as proxy:
        proxy.hide(*hidden, *(("QRESYNC",) if "CONDSTORE" in hidden else ()))
        with connect(lab, account, proxy.port) as session:
            found = session.folders()
    if "CONDSTORE" in hidden:
        assert all(folder.highestmodseq is None for folder in found)
        for folder in best:
            folder.highestmodseq = None
    assert found == best


@pytest.mark.parametrize("hidden", [(), ("LIST-STATUS",), ("LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE")])
def test_the_same_answer_is_not_read_again(lab, account, hidden):
    lab.create_folder(account.address, "Müller")
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            # Dovecot numbers the changes of a folder once somebody asked.
            session.folders()
            session.folders()
            before = session.fingerprint
        with connect(lab, account, proxy.port) as session:
            # Without LIST-STATUS the numbers come one by one, after the list was read.
            assert (session.folders(unless=before) is None) == ("LIST-STATUS" not in hidden)
            assert session.fingerprint == before
            assert session.select("Müller").exists == 0
            lab.deliver(account.address, b"Subject: New\r\n\r\n")
            found = {folder.path: folder.messages for folder in session.folders(unless=before)}
            assert found["INBOX"] == 1
            assert session.fingerprint != before


def test_german_names_get_their_roles_without_special_use(lab):
    account = lab.account(language="de")
    with lab.proxy() as proxy:
        proxy.hide("SPECIAL-USE", "LIST-EXTENDED")
        proxy.replace(rb"\\(Sent|Drafts|Trash|Junk|Archive) ?", b"", only=b"LIST")
        with connect(lab, account, proxy.port) as session:
            roles = {folder.role: folder.path for folder in session.folders()}
    assert roles == {
        "inbox": "INBOX",
        "sent": "Gesendet",
        "drafts": "Entwürfe",
        "trash": "Papierkorb",
        "junk": "Spam",
        "archive": "Archiv",
    }


@pytest.mark.parametrize(("delimiter", "prefix"), [("/", ""), (".", ""), (".", "INBOX."), ("\\", "")])
@pytest.mark.parametrize("hidden", [(), ("LIST-EXTENDED", "LIST-STATUS")])
def test_any_name_with_any_delimiter_and_prefix(lab, delimiter, prefix, hidden):
    account = lab.account(delimiter=delimiter, prefix=prefix)
    names = [name for name in (*NASTY, "a/b") if delimiter not in name]
    parent = f"{prefix}Über"
    for name in names:
        lab.create_folder(account.address, f"{parent}{delimiter}{name}")
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            found = {folder.path: folder for folder in session.folders()}
        with connect(lab, account, proxy.port) as session:
            for name in names:
                folder = found[f"{parent}{delimiter}{name}"]
                assert (folder.name, folder.parent_path, folder.delimiter) == (name, parent, delimiter)
                assert folder.subscribed
                state = session.examine(folder.path)
                assert state.uidvalidity == folder.uidvalidity
    assert not found[parent].selectable
    assert found[parent].parent_path == prefix.rstrip(".")


# Opening


def test_examine(lab, account):
    for subject in (b"1", b"2", b"3"):
        lab.deliver(account.address, b"Subject: " + subject + b"\r\n\r\n")
    expunge(lab.imap(account), 3)
    with connect(lab, account) as session:
        state = session.examine("INBOX")
        assert (state.exists, state.uidnext) == (2, 4)
        assert state.uidvalidity > 0 and state.highestmodseq > 1


def test_examine_changes_nothing(lab, account):
    lab.deliver(account.address, b"Subject: x\r\n\r\n")
    with connect(lab, account) as session:
        session.examine("INBOX")
        list(session.messages([1]))
    client = lab.imap(account)
    client.select("INBOX")
    assert b"\\Seen" not in client.fetch("1", "(FLAGS)")[1][0]


@pytest.mark.parametrize("path", ["Nothing", "Nichts ü", "Sent/Nothing", "*", "", 'a"b', "x" * 300])
def test_examine_of_a_missing_folder(lab, account, path):
    with connect(lab, account) as session:
        with pytest.raises(errors.FolderNotFound):
            session.examine(path)
        assert session.examine("INBOX").exists == 0, "the session goes on"


def test_empty_mailbox(lab, account):
    with connect(lab, account) as session:
        state = session.examine("INBOX")
        assert (state.exists, state.uidnext) == (0, 1)
        assert session.sizes(1, state.uidnext) == []
        assert session.sizes(1) == []
        assert list(session.messages([1, 2])) == []
        assert list(session.messages([])) == []


@pytest.mark.parametrize("path", ["a\r\nX LOGOUT", "a\nb", "a\0b", "\ud800"])
def test_line_breaks_never_reach_the_wire(lab, account, path):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        with pytest.raises(errors.UnsafeArgument):
            session.examine(path)
        assert proxy.bytes_from_client == 0
    for credentials in (Credentials(path, "x"), Credentials(account.address, path)):
        with pytest.raises(errors.UnsafeArgument):
            connect(lab, account, credentials=credentials)


@pytest.mark.parametrize("uid", [0, -1, 1 << 32, "1", "1:*", None])
def test_uids_are_numbers(lab, account, uid):
    with connect(lab, account) as session:
        session.examine("INBOX")
        for attempt in (session.messages, session.headers):
            with pytest.raises(errors.UnsafeArgument):
                list(attempt([uid]))


# Messages


def test_sizes(lab, account):
    for size in (10, 20, 30, 40):
        lab.deliver(account.address, b"Subject: x\r\n\r\n" + b"x" * size)
    expunge(lab.imap(account), 2)
    with connect(lab, account) as session:
        session.examine("INBOX")
        assert session.sizes(1) == [(1, 24), (3, 44), (4, 54)]
        assert session.sizes(2, 3) == [(3, 44)]
        assert session.sizes(4, 4) == [(4, 54)]
        assert session.sizes(5) == [], '"5:*" brings message 4, which is not asked for'
        assert session.sizes(5, 9) == []
        assert session.sizes(3, 1) == []
        assert session.sizes(1, 0) == []


def test_messages_arrive_byte_for_byte(lab, account):
    date = datetime.datetime(2024, 5, 6, 7, 8, 9)
    mails = {
        1: b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n",
        2: b"Subject: raw \xfc\xff\r\n\r\nbytes \xe4 and ) FLAGS (\\Deleted) {5}\r\n* 1 FETCH (UID 9)\r\n",
        3: b"no header at all",
        4: b"\r\n\r\n\r\n",
        5: b"Subject: ends without a line end\r\n\r\nx",
    }
    flags = {1: ("\\Seen", "\\Flagged"), 2: ("$Forwarded",), 3: (), 4: ("\\Answered",), 5: ()}
    for uid, raw in mails.items():
        lab.deliver(account.address, raw, flags=flags[uid], internal_date=date)
    with connect_tls(lab, account) as session:
        session.examine("INBOX")
        found = list(session.messages([5, 3, 1, 2, 4]))
        headers = {message.uid: message.raw for message in session.headers([1, 2])}
    assert [message.uid for message in found] == [1, 2, 3, 4, 5]
    for message in found:
        assert message.raw == mails[message.uid]
        assert message.flags == set(flags[message.uid])
        assert message.internal_date == date
        assert message.size == len(message.raw)
        assert message.failed == ""
    assert headers == {1: mails[1][:-7], 2: mails[2].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"}


def test_many_uids_with_gaps_are_asked_for_in_several_commands(lab, account):
    lab.deliver_many(account.address, (("INBOX", b"Subject: %d\r\n\r\n" % number) for number in range(1, 41)))
    wanted = [*range(1, 41, 2), *range(1_000_000, 1_010_000, 2)]
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        session.examine("INBOX")
        assert [message.uid for message in session.messages(wanted)] == list(range(1, 41, 2))
        assert proxy.commands.count("UID FETCH") > 3


def test_a_message_expunged_meanwhile_is_absent(lab, account):
    for subject in (b"1", b"2", b"3"):
        lab.deliver(account.address, b"Subject: " + subject + b"\r\n\r\n")
    other = lab.imap(account)
    with connect(lab, account) as session:
        session.examine("INBOX")
        expunge(other, 2)
        session.sizes(1)  # the server tells of it after a command, not before
        assert [message.uid for message in session.messages([1, 2, 3])] == [1, 3]


def test_a_message_of_60_megabytes(lab, account):
    body = hashlib.sha256(b"seed").digest() * 32
    line = body.hex().encode()[:998] + b"\r\n"
    raw = b"Subject: large\r\n\r\n" + line * 60_000
    lab.deliver(account.address, raw)
    with connect(lab, account, timeout=20) as session:
        session.examine("INBOX")
        assert session.sizes(1) == [(1, len(raw))]
        tracemalloc.start()
        [message] = session.messages([1])
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert message.raw[:] == raw
        assert peak < 5_000_000, "large messages lie in a file"


def test_a_batch_is_handed_over_message_by_message(lab, account):
    raw = b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 500_000
    lab.deliver_many(account.address, (("INBOX", raw) for _number in range(8)))
    with connect(lab, account) as session:
        session.examine("INBOX")
        tracemalloc.start()
        assert sum(len(message.raw) for message in session.messages(range(1, 9))) == 8 * len(raw)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 3.5 * len(raw)


# Broken connections


def test_a_connection_cut_inside_a_message(lab, account):
    raw = b"Subject: x\r\n\r\n" + b"x" * 50_000
    lab.deliver_many(account.address, (("INBOX", raw) for _number in range(4)))
    with lab.proxy() as proxy:
        session = connect(lab, account, proxy.port)
        session.examine("INBOX")
        proxy.cut_after(2 * len(raw) + 20_000)
        arrived = []
        with pytest.raises(errors.ConnectionLost) as caught:
            arrived.extend(message.uid for message in session.messages([1, 2, 3, 4]))
        assert caught.value.suspects == {3}
        assert caught.value.temporary and caught.value.step == "fetch"
        session.close()


def test_every_byte_may_be_the_last(lab, account):
    """Wherever the line is cut: our error, whole messages only, and never one twice."""
    raw = b"Subject: x\r\n\r\n" + b"x" * 30
    lab.deliver_many(account.address, (("INBOX", raw) for _number in range(2)))
    with lab.proxy() as proxy:
        ends = set()
        for size in range(0, 420, 7):
            proxy.reset()
            session = connect(lab, account, proxy.port)
            session.examine("INBOX")
            proxy.cut_after(size)
            arrived = []
            try:
                for message in session.messages([1, 2]):
                    arrived.append((message.uid, message.raw))
                ends.add("whole")
            except errors.ConnectionLost:
                ends.add(len(arrived))
            assert arrived == [(1, raw), (2, raw)][: len(arrived)]
            session.close()
    assert ends == {0, 1, 2, "whole"}


def test_a_server_that_goes_silent_inside_a_message(lab, account):
    lab.deliver(account.address, b"Subject: x\r\n\r\n" + b"x" * 50_000)
    with lab.proxy() as proxy:
        session = connect(lab, account, proxy.port, timeout=0.5)
        session.examine("INBOX")
        proxy.stall_after(20_000)
        with pytest.raises(errors.ServerSilent) as caught:
            list(session.messages([1]))
        assert caught.value.suspects == {1}
        session.close()


def test_a_server_that_takes_leave(lab, account):
    with lab.proxy() as proxy:
        session = connect(lab, account, proxy.port)
        proxy.bye("Closing for maintenance")
        with pytest.raises(errors.ConnectionLost) as caught:
            session.examine("INBOX")
        assert isinstance(caught.value, errors.ConnectionEnded)
        assert "maintenance" in str(caught.value)
        session.close()


def test_leaving_an_iteration_early_leaves_the_session_usable(lab, account):
    raw = b"Subject: x\r\n\r\n" + b"x" * 2_000_000
    lab.deliver_many(account.address, (("INBOX", raw) for _number in range(5)))
    with connect(lab, account) as session:
        session.examine("INBOX")
        for message in session.messages([1, 2, 3]):
            if message.uid == 2:
                break
        assert [uid for uid, _size in session.sizes(1)] == [1, 2, 3, 4, 5]
        assert [message.uid for message in session.messages([4, 5])] == [4, 5]


def test_a_command_inside_an_iteration_is_a_mistake_that_shows(lab, account):
    lab.deliver_many(account.address, (("INBOX", b"Subject: x\r\n\r\n" + b"x" * 100_000) for _number in range(3)))
    with connect(lab, account) as session:
        session.examine("INBOX")
        messages = session.messages([1, 2, 3])
        next(messages)
        session.sizes(1)
        with pytest.raises(RuntimeError):
            next(messages)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Opening folders and learning what changed in them, with and without QRESYNC, CONDSTORE and ESEARCH."""

import time

import pytest
from imap_client import connect, connect_scripted
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import UidSet, errors

SELECT = b"* 9 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 10] .\r\n%b{tag} OK [READ-WRITE] open\r\n"


@pytest.fixture
def account(lab):
    account = lab.account()
    lab.deliver_many(account.address, (("INBOX", b"Subject: %d\r\n\r\n" % number) for number in range(1, 7)))
    return account


def store(client, uid, flags, folder="INBOX", sign="+"):
    client.select(folder)
    client.uid("STORE", str(uid), f"{sign}FLAGS", f"({flags})")
    client.unselect()


def expunge(client, uid, folder="INBOX"):
    store(client, uid, r"\Deleted", folder)
    client.select(folder)
    client.uid("EXPUNGE", str(uid))
    client.unselect()


# Opening


def test_select_tells_the_state_and_is_remembered(lab, account):
    with connect(lab, account) as session:
        assert session.selected is None
        state = session.select("INBOX")
        assert (state.exists, state.uidnext, state.read_only, state.keywords_allowed) == (6, 7, False, True)
        assert state.uidvalidity and state.highestmodseq
        assert state.keeps("$Forwarded") and state.keeps("\\Seen") and not state.keeps("\\Nonsense")
        assert session.selected == "INBOX"
        with pytest.raises(errors.FolderNotFound):
            session.select("Nothing")
        assert session.selected is None, "a failed SELECT leaves nothing open (RFC 3501 section 6.3.1)"
        assert session.examine("INBOX").read_only
        assert session.selected is None, "what was only examined cannot be written to"


def test_select_again_tells_what_is_new(lab, account):
    with connect(lab, account) as session:
        session.select("INBOX")
        lab.deliver(account.address, b"Subject: new\r\n\r\n")
        assert session.select("INBOX").exists == 7


def test_enable_is_sent_once_and_costs_no_round_trip(lab, account):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        session.select("INBOX")
        session.select("Archive")
        session.examine("INBOX")
        assert proxy.commands == ["ENABLE", "SELECT", "SELECT", "EXAMINE"]
        assert proxy.round_trips == 3


@pytest.mark.parametrize("hidden", [(), ("ENABLE",), ("QRESYNC",), ("QRESYNC", "CONDSTORE")])
def test_since(lab, account, hidden):
    """With QRESYNC the server tells what changed and vanished, the folder before being another one or the same."""
    other = lab.imap(account)
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            state = session.select("INBOX")
            assert (state.highestmodseq is None) == ("CONDSTORE" in hidden)
            since = (state.uidvalidity, state.highestmodseq or 1)
            for before in ("INBOX", "Archive"):
                session.select(before)
                again = session.select("INBOX", since)
                if hidden:
                    assert again.changed is None and again.vanished is None
                elif before == "INBOX":
                    assert again.changed == {} and not again.vanished
                else:
                    assert again.changed == {1: {"\\Seen", "x"}} and again.vanished.among(range(1, 7)) == [2]
                if before == "INBOX":
                    store(other, 1, r"\Seen x")
                    expunge(other, 2)


def test_another_uidvalidity_is_no_answer(lab, account):
    with connect(lab, account) as session:
        state = session.select("INBOX")
        session.store_flags([1], add=["\\Seen"])
        state = session.select("INBOX", (state.uidvalidity + 1, state.highestmodseq))
        assert state.changed is None and state.vanished is None


def test_a_sequence_that_went_backwards_is_no_answer(lab, account):
    with connect(lab, account) as session:
        state = session.select("INBOX")
        state = session.select("INBOX", (state.uidvalidity, state.highestmodseq + 1000))
        assert state.changed is None and state.vanished is None


@pytest.mark.parametrize("code", ["BAD", "NO"])
def test_qresync_refused_ends_in_a_plain_select(code):
    def select(talk, tag, arguments):
        if b"QRESYNC" in arguments:
            talk.send(tag + b" %b no such thing\r\n" % code.encode())
        else:
            talk.send((SELECT % b"* OK [HIGHESTMODSEQ 9] .\r\n").replace(b"{tag}", tag))

    answers = {"SELECT": select, "ENABLE": b"{tag} OK\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 ENABLE QRESYNC CONDSTORE") as server:
        with connect_scripted(server) as session:
            state = session.select("INBOX", (7, 5))
            assert (state.exists, state.highestmodseq, state.changed, state.vanished) == (9, 9, None, None)
            assert session.selected == "INBOX"


def test_a_missing_folder_is_not_asked_for_again_without_qresync(lab, account):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.deny("SELECT", text="[NONEXISTENT] no such folder")
        with pytest.raises(errors.FolderNotFound):
            session.select("Nothing", (1, 1))
        assert proxy.commands.count("SELECT") == 1


def test_what_the_server_says_before_closed_belongs_to_the_other_folder():
    answer = (
        b"* 3 EXISTS\r\n* VANISHED 1:3\r\n* 1 FETCH (UID 8 FLAGS (\\Seen))\r\n* OK [CLOSED] .\r\n"
        b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 90] .\r\n* OK [HIGHESTMODSEQ 20] .\r\n"
        b"* OK [PERMANENTFLAGS (\\Seen $Forwarded)] limited\r\n"
        b"* VANISHED (EARLIER) 41,43:116,1:4294967295\r\n"
        b"* 1 FETCH (UID 9 FLAGS (\\Seen) MODSEQ (18))\r\n* 2 FETCH (MODSEQ (19) FLAGS () UID 10)\r\n"
        b"{tag} OK [READ-WRITE] open\r\n"
    )
    answers = {"SELECT": answer, "ENABLE": b"{tag} OK\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 ENABLE QRESYNC") as server, connect_scripted(server) as session:
        state = session.select("INBOX", (7, 5))
    assert (state.exists, state.uidnext, state.changed) == (2, 90, {9: {"\\Seen"}, 10: frozenset()})
    assert 4_000_000_000 in state.vanished and state.vanished.ranges == [(1, 4294967295)]
    assert not state.keywords_allowed
    assert state.keeps("$forwarded") and not state.keeps("$other"), "keywords have no case (RFC 9051 section 2.3.2)"


def test_a_folder_without_modification_sequences_among_others():
    answers = {"SELECT": SELECT % b"* OK [NOMODSEQ] .\r\n", "ENABLE": b"* ENABLED QRESYNC\r\n{tag} OK\r\n"}
    answers["UID FETCH"] = b"* 1 FETCH (UID 5 FLAGS ())\r\n{tag} OK\r\n"
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 ENABLE QRESYNC") as server, connect_scripted(server) as session:
        state = session.select("INBOX", (7, 5))
        assert (state.highestmodseq, state.changed, state.vanished) == (None, None, None)
        assert session.flags(1, changed_since=5) == {5: frozenset()}
        assert b"CHANGEDSINCE" not in server.commands[-1][1]


def test_a_folder_that_the_server_opens_for_reading_only():
    answers = {"SELECT": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n{tag} OK [READ-ONLY] open\r\n"}
    with ScriptedImap(answers) as server, connect_scripted(server) as session:
        state = session.select("INBOX")
        assert state.read_only and not state.keywords_allowed and not state.keeps("\\Seen")


def test_news_in_the_middle_of_other_commands(lab, account):
    """Vanished and changed messages are told whenever the server likes, with QRESYNC in words of its own."""
    other = lab.imap(account)
    with connect(lab, account) as session:
        session.select("INBOX")
        expunge(other, 2)
        store(other, 3, r"\Flagged")
        assert session.flags(1, 3)[3] == {"\\Flagged"}
        assert [uid for uid, _size in session.sizes(1)] == [1, 3, 4, 5, 6]
        expunge(other, 4)
        store(other, 5, r"\Flagged")
        assert [message.uid for message in session.headers([5])] == [5]
        assert session.uids() == [1, 3, 5, 6]


# Flags


@pytest.mark.parametrize("hidden", [(), ("CONDSTORE", "QRESYNC")])
def test_flags(lab, account, hidden):
    other = lab.imap(account)
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            modseq = session.select("INBOX").highestmodseq or 1
            store(other, 2, r"\Seen $Forwarded")
            everything = session.flags(1)
            assert everything == {2: {"\\Seen", "$Forwarded"}} | {uid: frozenset() for uid in (1, 3, 4, 5, 6)}
            assert session.flags(3, 4) == {3: frozenset(), 4: frozenset()}
            assert session.flags(9) == {}, '"9:*" brings message 6, which is not asked for'
            assert session.flags(4, 3) == {}
            changed = session.flags(1, changed_since=modseq)
            assert changed == ({2: {"\\Seen", "$Forwarded"}} if not hidden else everything)


def test_flags_in_any_form():
    answer = (
        b"* 1 FETCH (UID 1 FLAGS (\\SEEN \\Recent) MODSEQ (12))\r\n* 2 FETCH (FLAGS (a) UID 2)\r\n* 9 EXPUNGE\r\n"
        b'* 3 FETCH (X-NEW ("y") FLAGS (b) UID 3)\r\n* 4 FETCH (FLAGS (c))\r\n* VANISHED 7\r\n* 5 FETCH (UID 5 FLAGS NIL)\r\n'
        b"* 6 FETCH (UID 99 FLAGS ())\r\n* 7 FETCH (UID 6 MODSEQ (3) FLAGS (d))\r\n{tag} OK\r\n"
    )
    with ScriptedImap({"UID FETCH": answer}) as server, connect_scripted(server) as session:
        assert session.flags(1, 9) == {1: {"\\Seen"}, 2: {"a"}, 3: {"b"}, 6: {"d"}}


def test_changedsince_refused_ends_in_all_flags():
    answers = {
        "SELECT": SELECT % b"* OK [HIGHESTMODSEQ 9] .\r\n",
        "UID FETCH": [b"{tag} BAD what?\r\n", b"* 1 FETCH (UID 5 FLAGS ())\r\n{tag} OK\r\n"],
    }
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 CONDSTORE") as server, connect_scripted(server) as session:
        session.select("INBOX")
        assert session.flags(1, changed_since=4) == {5: frozenset()}


def test_100_000_flags_are_read_in_a_moment():
    answer = b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen $Forwarded))\r\n" % (uid, uid) for uid in range(1, 100_001))
    with ScriptedImap({"UID FETCH": answer + b"{tag} OK\r\n"}) as server, connect_scripted(server) as session:
        started = time.process_time()
        found = session.flags(1)
        assert time.process_time() - started < 20
    assert len(found) == 100_000
    assert found[1] is found[100_000], "equal flags are kept once"


# UIDs


@pytest.mark.parametrize("hidden", [(), ("ESEARCH",)])
def test_uids(lab, account, hidden):
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            session.select("Archive")
            assert session.uids() == []
            session.select("INBOX")
            session.expunge([2, 6])
            assert session.uids() == [1, 3, 4, 5]


@pytest.mark.parametrize("extended", [b"{tag} BAD what?\r\n", b"{tag} OK done\r\n"])
def test_esearch_that_is_only_announced(extended):
    answers = {"UID SEARCH": [extended, b"* SEARCH 3 1 2 (MODSEQ 9)\r\n* SEARCH 7\r\n{tag} OK\r\n"]}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 ESEARCH") as server, connect_scripted(server) as session:
        assert session.uids() == [1, 2, 3, 7]
        session.uids()
        assert server.names() == ["UID SEARCH"] * 3, "it is not tried again"


def test_search_answered_in_the_old_form_though_asked_in_the_new():
    answers = {"UID SEARCH": b"* SEARCH 3 1\r\n{tag} OK\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 ESEARCH") as server, connect_scripted(server) as session:
        assert session.uids() == [1, 3]


@pytest.mark.parametrize("form", [b"* SEARCH %b\r\n", b'* ESEARCH (TAG "x") UID ALL %b\r\n'])
def test_half_a_million_uids_on_one_line(form):
    uids = list(range(1_000_000, 2_000_000, 2))
    separator = b" " if b" SEARCH" in form else b","
    answer = form % separator.join(b"%d" % uid for uid in uids) + b"{tag} OK\r\n"
    capabilities = b"IMAP4rev1" if b" SEARCH" in form else b"IMAP4rev1 ESEARCH"
    with ScriptedImap({"UID SEARCH": answer}, capabilities=capabilities) as server, connect_scripted(server) as session:
        assert session.uids() == uids


def test_half_a_million_vanished_in_the_middle_of_something_else():
    vanished = b",".join(b"%d" % uid for uid in range(1_000_000, 2_000_000, 2))
    answer = b"* VANISHED %b\r\n* 1 FETCH (UID 1 FLAGS (a))\r\n{tag} OK\r\n" % vanished
    with ScriptedImap({"UID FETCH": answer}) as server, connect_scripted(server) as session:
        assert session.flags(1) == {1: {"a"}}


@pytest.mark.parametrize("answer", [b"1:4294967295", b"1:99999999999", b"0", b"1,,2", b"5000000000"])
def test_uids_that_cannot_be_true(answer):
    answers = {"UID SEARCH": b'* ESEARCH (TAG "x") UID ALL %b\r\n{tag} OK\r\n' % answer}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 ESEARCH") as server, connect_scripted(server) as session:
        with pytest.raises(errors.ServerNonsense):
            session.uids()


def test_any_other_line_of_that_length_is_refused():
    answers = {"UID SEARCH": b"* OK " + b"x" * 2_000_000 + b"\r\n{tag} OK\r\n"}
    with ScriptedImap(answers) as server, connect_scripted(server) as session, pytest.raises(errors.ServerNonsense):
        session.uids()


# Finding by Message-ID


@pytest.mark.parametrize("hidden", [(), ("ESEARCH",), ("ESEARCH", "LITERAL+")])
def test_find(lab, account, hidden):
    names = ['<a"b\\c@x>', "<7@lab.test>", "<ümläut@x>", "<{3}@x>"]
    lab.deliver_many(account.address, (("INBOX", f"Message-ID: {name}\r\n\r\n".encode()) for name in names))
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            session.select("INBOX")
            assert session.find("<7@lab.test>") == [8]
            assert session.find('<a"b\\c@x>') == [7]
            assert session.find("<ümläut@x>") == [9]
            assert session.find("<{3}@x>") == [10]
            assert session.find("<nobody@x>") == []


@pytest.mark.parametrize("bad", ["a\r\nX LOGOUT", "a\nb", "a\0b", "\ud800", "", "  "])
def test_find_sends_nothing_that_could_be_a_command_or_match_everything(lab, account, bad):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        with pytest.raises(errors.UnsafeArgument):
            session.find(bad)
        assert proxy.bytes_from_client == 0


def test_uid_set():
    found = UidSet([(7, 7), (1, 3), (3, 5), (9, 4294967295)])
    assert found.ranges == [(1, 5), (7, 7), (9, 4294967295)]
    assert [uid in found for uid in (0, 1, 5, 6, 7, 8, 9, 4294967295)] == [
        False,
        True,
        True,
        False,
        True,
        False,
        True,
        True,
    ]
    assert found.among([8, 7, 1]) == [7, 1]
    assert found and not UidSet()

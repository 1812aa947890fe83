# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Changing messages on the server: flags, moving, copying, removing, on servers with and without MOVE and UIDPLUS."""

import pytest
from imap_client import connect, connect_scripted
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import errors

SELECT = b"* 9 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 10] .\r\n{tag} OK [READ-WRITE] open\r\n"


@pytest.fixture
def account(lab):
    account = lab.account()
    lab.deliver_many(account.address, (("INBOX", b"Subject: %d\r\n\r\n" % number) for number in range(1, 7)))
    lab.deliver(account.address, b"Subject: there before\r\n\r\n", "Archive")
    return account


@pytest.fixture
def proxy(lab):
    with lab.proxy() as proxy:
        yield proxy


def subjects(lab, account, folder):
    """What an independent client sees: {UID: subject}."""
    client = lab.imap(account)
    client.select(folder, readonly=True)
    _typ, data = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = [part for part in data if isinstance(part, tuple)]
    return {int(head.split(b"UID ")[1].split()[0]): text.split(b":")[1].strip().decode() for head, text in found}


def hide_copyuid(proxy):
    proxy.replace(rb"\[COPYUID [^]]*\] ?", b"")


# Flags


def test_store_flags(lab, account):
    with connect(lab, account) as session:
        session.select("INBOX")
        session.store_flags([1, 2, 5], add=["\\Seen", "$Forwarded"])
        session.store_flags([2, 99], add=["\\Flagged"], remove=["\\Seen"])
        session.store_flags([1])
        session.store_flags([], add=["\\Seen"])
        assert {uid: flags for uid, flags in session.flags(1).items() if flags} == {
            1: {"\\Seen", "$Forwarded"},
            2: {"\\Flagged", "$Forwarded"},
            5: {"\\Seen", "$Forwarded"},
        }


def test_many_flags_travel_together(lab, account, proxy):
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        session.store_flags(range(1, 7, 2), add=["\\Seen"], remove=["\\Flagged"])
        assert (proxy.commands, proxy.round_trips) == (["UID STORE"] * 2, 1)
        proxy.clear_counts()
        session.store_flags(range(1, 20_000, 2), add=["\\Seen"])
        assert proxy.commands.count("UID STORE") > 10, "no server takes lines without end"
        assert proxy.round_trips < 5, "ten at a time"
        assert session.flags(1, 6) == {uid: {"\\Seen"} if uid % 2 else frozenset() for uid in range(1, 7)}


def test_a_refusal_is_raised_when_all_commands_are_answered(lab, account, proxy):
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.deny("UID STORE", text="[LIMIT] later", times=1)
        with pytest.raises(errors.ServerRefused) as caught:
            session.store_flags([1], add=["\\Seen"], remove=["\\Flagged"])
        assert caught.value.temporary
        assert session.uids() == [1, 2, 3, 4, 5, 6], "the session goes on"


@pytest.mark.parametrize(
    "flag", ["two words", "a)", "(a", "a\r\nX LOGOUT", "a\0", "büro", "", "\\", "\\*", "a%", 'a"', "a]", "a{3}", "a\\b"]
)
def test_what_is_no_keyword_is_refused(lab, account, proxy, flag):
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        for change in ({"add": [flag]}, {"remove": ["\\Seen", flag]}):
            with pytest.raises(errors.UnsafeArgument):
                session.store_flags([1], **change)
        assert proxy.bytes_from_client == 0


@pytest.mark.parametrize("flag", ["$Label1", "NonJunk", "a[b", "~x!#&'+,-./:;<=>?@^_`|}"])
def test_odd_keywords_that_are_ones(lab, account, flag):
    with connect(lab, account) as session:
        session.select("INBOX")
        session.store_flags([1], add=[flag])
        assert session.flags(1, 1) == {1: {flag}}


@pytest.mark.parametrize("uid", [0, -1, 1 << 32, "1", "1:*", None])
def test_uids_are_numbers(lab, account, proxy, uid):
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        for attempt in (
            lambda: session.store_flags([uid], add=["\\Seen"]),
            lambda: session.move([1, uid], "Archive"),
            lambda: session.copy([uid], "Archive"),
            lambda: session.expunge([uid]),
        ):
            with pytest.raises(errors.UnsafeArgument):
                attempt()
        assert proxy.bytes_from_client == 0


# Moving


@pytest.mark.parametrize("hidden", [(), ("MOVE",), ("UIDPLUS",), ("MOVE", "UIDPLUS")])
@pytest.mark.parametrize("tells", [True, False])
def test_move(lab, account, proxy, hidden, tells):
    """Whatever the server has: the messages are there, and here only marked at worst."""
    lab.deliver(account.address, b"Subject: marked by somebody else\r\n\r\n", flags=["\\Deleted"])
    proxy.hide(*hidden)
    if not tells:
        hide_copyuid(proxy)
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        moved = session.move([5, 2, 3, 99], "Archive")
        left_behind = hidden == ("MOVE", "UIDPLUS")
        assert moved.removed is not left_behind
        deleted = {uid for uid, flags in session.flags(1).items() if "\\Deleted" in flags}
        assert deleted == ({2, 3, 5, 7} if left_behind else {7})
        uidvalidity = session.select("Archive").uidvalidity
    archive = subjects(lab, account, "Archive")
    assert archive == {1: "there before", 2: "2", 3: "3", 4: "5"}
    assert moved.mapping == ({2: 2, 3: 3, 5: 4} if tells else None)
    assert moved.uidvalidity == (uidvalidity if tells else None)
    assert set(subjects(lab, account, "INBOX")) == set(range(1, 8)) - (set() if left_behind else {2, 3, 5})
    assert not {"EXPUNGE", "CLOSE"} & set(proxy.commands), "these would remove what others marked"


def test_move_takes_one_round_trip(lab, account, proxy):
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        session.move([1, 3], "Archive")
        assert (proxy.commands, proxy.round_trips) == (["UID MOVE"], 1)


def test_move_that_is_only_announced(lab, account, proxy):
    proxy.deny("UID MOVE", code="BAD", text="what?")
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        assert session.move([1], "Archive").mapping == {1: 2}
        assert session.move([2], "Archive").mapping == {2: 3}
    assert proxy.commands.count("UID MOVE") == 1, "it is not tried again"
    assert subjects(lab, account, "INBOX") == {3: "3", 4: "4", 5: "5", 6: "6"}


@pytest.mark.parametrize("hidden", [(), ("MOVE",)])
def test_refused_moves_change_nothing(lab, account, proxy, hidden):
    proxy.hide(*hidden)
    command = "UID COPY" if hidden else "UID MOVE"
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        with pytest.raises(errors.FolderNotFound):
            session.move([1], "Nothing")
        for text, kind in (
            ("[NONEXISTENT] no", errors.FolderNotFound),
            ("[OVERQUOTA] no", errors.QuotaExceeded),
            ("[NOPERM] no", errors.NotPermitted),
            ("[LIMIT] later", errors.ServerRefused),
        ):
            proxy.deny(command, text=text, times=1)
            with pytest.raises(kind) as caught:
                session.move([1], "Archive")
            assert caught.value.temporary is ("later" in text)
            assert caught.value.done.mapping is None
        assert session.flags(1, 1) == {1: frozenset()}
    assert len(subjects(lab, account, "INBOX")) == 6
    assert len(subjects(lab, account, "Archive")) == 1


def test_an_error_knows_what_was_done_before(lab, account, proxy):
    """A second try must not copy twice what the first had copied."""
    wanted = [*range(1, 7), *range(1_000_000, 1_010_000, 2)]
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        answers = iter([None, b"NO [LIMIT] later"])
        proxy.denial = lambda command: next(answers, None) if command == "UID COPY" else None
        proxy.deny("nothing")
        with pytest.raises(errors.ServerRefused) as caught:
            session.copy(wanted, "Archive")
        assert caught.value.done.mapping == {uid: uid + 1 for uid in range(1, 7)}


def test_a_name_of_any_kind(lab, account, proxy):
    for hidden in ((), ("LITERAL+",)):
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            for name in ("Küche & Bad", 'Sagt "Hallo"', "{4}"):
                lab.create_folder(account.address, name)
                session.select("INBOX")
                assert session.copy([1], name).mapping


@pytest.mark.parametrize("bad", ["a\r\nX LOGOUT", "a\nb", "a\0b", "\ud800"])
def test_nothing_unsafe_is_sent(lab, account, proxy, bad):
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        for attempt in (session.move, session.copy):
            with pytest.raises(errors.UnsafeArgument):
                attempt([1], bad)
        assert proxy.bytes_from_client == 0


# COPYUID in forms that Dovecot never sends


def moved_by(answer, uids=(1, 2, 3, 9)):
    answers = {"SELECT": SELECT, "UID MOVE": answer}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 MOVE UIDPLUS") as server, connect_scripted(server) as session:
        session.select("INBOX")
        return session.move(uids, "Archive").mapping


def test_copyuid_pairs_in_the_order_given():
    assert moved_by(b"* OK [COPYUID 5 9,1:3 20,31:33] moved\r\n{tag} OK done\r\n") == {9: 20, 1: 31, 2: 32, 3: 33}


def test_copyuid_in_several_answers():
    answer = (
        b"* OK [COPYUID 5 1 20] .\r\n* 1 EXPUNGE\r\n* OK [COPYUID 5 2:3 21:22] .\r\n{tag} OK [COPYUID 5 9 40] done\r\n"
    )
    assert moved_by(answer) == {1: 20, 2: 21, 3: 22, 9: 40}


@pytest.mark.parametrize("code", [b"5 1:3 20:21", b"5 1 x", b"5", b"", b"5 1:4294967295 1:4294967295", b"5 1, 2,"])
def test_copyuid_that_makes_no_sense_is_none(code):
    assert moved_by(b"{tag} OK [COPYUID %b] done\r\n" % code) is None


def test_the_copy_that_failed_marks_nothing():
    answers = {"SELECT": SELECT, "UID COPY": b"{tag} NO no\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 UIDPLUS") as server, connect_scripted(server) as session:
        session.select("INBOX")
        with pytest.raises(errors.ServerRefused):
            session.move([1], "Archive")
        assert server.names(without=("CAPABILITY", "LOGIN", "SELECT")) == ["UID COPY"]


# Copying and removing


def test_copy(lab, account):
    with connect(lab, account) as session:
        session.select("INBOX")
        copied = session.copy([1, 6], "Archive")
        assert copied.mapping == {1: 2, 6: 3} and not copied.removed
        assert session.copy([], "Archive").mapping is None
    assert len(subjects(lab, account, "INBOX")) == 6
    assert subjects(lab, account, "Archive") == {1: "there before", 2: "1", 3: "6"}


@pytest.mark.parametrize("hidden", [(), ("UIDPLUS",)])
def test_expunge(lab, account, proxy, hidden):
    lab.deliver(account.address, b"Subject: marked by somebody else\r\n\r\n", flags=["\\Deleted"])
    proxy.hide(*hidden)
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        proxy.clear_counts()
        assert session.expunge([2, 4, 99]) == (None if hidden else {2, 4, 99})
        assert proxy.round_trips == (1 if hidden else 2)
        if hidden:
            assert session.flags(1)[2] == {"\\Deleted"}
    assert set(subjects(lab, account, "INBOX")) == ({1, 2, 3, 4, 5, 6, 7} if hidden else {1, 3, 5, 6, 7})


def test_expunge_tells_what_the_server_kept(lab, account, proxy):
    """It says OK, and removes nothing: mail under retention."""
    proxy.deny("UID EXPUNGE", code="OK", text="Done")
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        assert session.expunge([2, 4, 99]) == {99}


def test_expunge_tells_what_others_removed(lab, account):
    with connect(lab, account) as session:
        # With QRESYNC, the server names UIDs.
        session.select("INBOX", since=(1, 1))
        other = lab.imap(account)
        other.select("INBOX")
        other.store("5", "+FLAGS", "(\\Deleted)")
        other.expunge()
        assert session.expunge([2]) == {2, 5}


@pytest.mark.parametrize("code", ["NO", "BAD"])
def test_expunge_does_not_guess(lab, account, proxy, code):
    proxy.hide("QRESYNC")
    proxy.deny("UID SEARCH", code=code)
    with connect(lab, account, proxy.port) as session:
        session.select("INBOX")
        assert session.expunge([2]) is None
    assert 2 not in subjects(lab, account, "INBOX")


def test_nothing_is_changed_in_a_folder_that_was_only_examined(lab, account):
    """Dovecot answers OK and does nothing; who calls must not believe it."""
    with connect(lab, account) as session:
        session.examine("INBOX")
        for attempt in (
            lambda: session.expunge([1]),
            lambda: session.move([1], "Archive"),
            lambda: session.store_flags([1], add=["\\Seen"]),
        ):
            with pytest.raises(RuntimeError):
                attempt()
        assert session.copy([1], "Archive").mapping == {1: 2}, "copying only reads"
        session.rename_folder("INBOX", "Old")
        with pytest.raises(RuntimeError):
            session.copy([1], "Archive")


def test_nothing_is_changed_in_a_folder_that_the_server_opens_for_reading_only():
    answers = {"SELECT": SELECT.replace(b"WRITE", b"ONLY")}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 MOVE UIDPLUS") as server, connect_scripted(server) as session:
        session.select("Shared")
        with pytest.raises(errors.NotPermitted, match="Shared"):
            session.store_flags([1], add=["\\Seen"])
        assert "UID STORE" not in server.names()

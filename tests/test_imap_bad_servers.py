# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""IMAP servers that are broken, odd or hostile: a clear error, or it simply works."""

import time

import pytest
from imap_client import connect_scripted as connect
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import errors
from odoo.addons.comm_mailboxes.protocol.imap_connection import Literal, string


def fetch_answer(uid, raw, *, extra=b"", number=None):
    head = b'* %d FETCH (UID %d FLAGS () INTERNALDATE "06-May-2024 07:08:09 +0000" RFC822.SIZE %d BODY[] {%d}\r\n'
    return head % (number or uid, uid, len(raw), len(raw)) + raw + extra + b")\r\n"


def plain_answer(*uids):
    return b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen) RFC822.SIZE 9)\r\n" % (uid, uid) for uid in uids)


# Folders


def test_odd_list_answers():
    listing = (
        b'* LIST () "/" {11}\r\nlit "er"al/\r\n'
        b"* LIST (\\Noselect) NIL NIL\r\n"
        b'* LIST (\\NonExistent) "/" gone\r\n'
        b'* LIST () "/" "R&D"\r\n'
        b'* LIST () "/" "Entw\xfcrfe"\r\n'
        b'* LIST () "/" "B\xc3\xbcro"\r\n'
        b'* LIST () "/" "deep/er/still"\r\n'
        b"* LIST nonsense\r\n"
        b'* LIST () "/" inbox\r\n'
        b'* LIST () "/" inbox\r\n'
        b"{tag} OK\r\n"
    )
    answers = {"LIST": listing, "LSUB": b'* LSUB () "/" "R&D"\r\n* LSUB (\\Noselect) "/" "B\xc3\xbcro"\r\n{tag} OK\r\n'}
    with ScriptedImap(answers) as server, connect(server) as session:
        found = {folder.path: folder for folder in session.folders()}
        assert list(found) == [
            "INBOX", "B\xfcro", "Entw\xfcrfe", "R&D", "deep", "deep/er", "deep/er/still", "gone", 'lit "er"al',
        ]  # fmt: skip
        assert [path for path, folder in found.items() if not folder.selectable] == ["deep", "deep/er", "gone"]
        assert [path for path, folder in found.items() if folder.subscribed] == ["R&D"]
        assert found["INBOX"].messages is None, "STATUS was refused"


@pytest.mark.parametrize(
    ("wire", "path"), [(b"R&D", "R&D"), (b"Entw\xfcrfe", "Entwürfe"), ("Büro".encode(), "Büro"), (b"&AGE-", "&AGE-")]
)
@pytest.mark.parametrize("listed", [True, False])
def test_names_that_break_the_rules_can_be_opened(wire, path, listed):
    def examine(talk, tag, arguments):
        known = wire in arguments
        talk.send(tag + (b" OK [READ-ONLY] yes\r\n" if known else b" NO [NONEXISTENT] no\r\n"))

    answers = {"LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" "%b"\r\n{tag} OK\r\n' % wire, "EXAMINE": examine}
    with ScriptedImap(answers) as server, connect(server) as session:
        if listed:
            assert path in {folder.path for folder in session.folders()}
        session.examine(path)
        attempts = [arguments for name, arguments in server.commands if name == "EXAMINE"]
        assert not listed or len(attempts) == 1, "the name is known since it was listed"


@pytest.mark.parametrize(("capabilities", "mark"), [(b"IMAP4rev1", b"{8}"), (b"IMAP4rev1 LITERAL+", b"{8+}")])
def test_eight_bit_names_travel_as_literals(capabilities, mark):
    answers = {"LIST": b'* LIST () "/" "Entw\xfcrfe"\r\n{tag} OK\r\n'}
    with ScriptedImap(answers, capabilities=capabilities) as server, connect(server) as session:
        session.folders()
        session.examine("Entwürfe")
        assert ("EXAMINE", mark + b"\r\nEntw\xfcrfe") in server.commands


@pytest.mark.parametrize("break_", [b"\r\n", b"\n", b"\r", b"\0"])
def test_the_name_of_a_folder_puts_no_command_on_the_wire(break_):
    """Whoever names a shared folder can put a line break into it, and a server tells it in a literal."""
    name = b'ev"%bX1 DELETE INBOX%bX2 NOOP "' % (break_, break_)
    listing = b'* LIST () "/" INBOX\r\n* LIST () "/" {%d}\r\n%b\r\n* LIST () "/" after\r\n{tag} OK\r\n' % (
        len(name),
        name,
    )
    with ScriptedImap({"LIST": listing}) as server, connect(server) as session:
        found = session.folders()
        evil = next(folder.path for folder in found if folder.path.startswith("ev"))
        for attempt in (
            lambda: session.examine(evil),
            lambda: session.select(evil),
            lambda: session.subscribe(evil),
            lambda: session.rename_folder(evil, "fine"),
            lambda: session.delete_folder(evil),
            lambda: session.append(evil, b"x"),
        ):
            with pytest.raises(errors.UnsafeArgument) as caught:
                attempt()
            assert "line break" in str(caught.value) and "DELETE INBOX" in str(caught.value)
        assert server.names() == ["LIST", "LSUB", "STATUS", "STATUS"]
        assert [arguments.split()[0] for name, arguments in server.commands if name == "STATUS"] == [
            b'"INBOX"',
            b'"after"',
        ]


def test_whatever_is_to_be_sent_a_line_break_in_it_is_refused():
    with ScriptedImap() as server, connect(server) as session:
        wire = session._wire
        for words in ((b"NOOP\r\nX1 NOOP",), (b"STATUS", b'"a\n"'), (b"STATUS", Literal(b"\xff"), b"a\0")):
            with pytest.raises(errors.UnsafeArgument), wire.speaking():
                wire.run(*words)
        for value in (b"a\r", b"a\n", b"\0", b"\xe4\r\n"):
            with pytest.raises(errors.UnsafeArgument):
                string(value)
        assert server.names() == []


def test_a_server_that_announces_list_extended_but_cannot():
    answers = {"LIST": [b"{tag} BAD what?\r\n", b'* LIST () "/" INBOX\r\n{tag} OK\r\n']}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE") as server:
        with connect(server) as session:
            assert [folder.path for folder in session.folders()] == ["INBOX"]


def test_xlist():
    answers = {"XLIST": b'* XLIST (\\Inbox) "/" "Posteingang"\r\n* XLIST (\\Spam) "/" "M&APw-ll"\r\n{tag} OK\r\n'}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 XLIST") as server, connect(server) as session:
        assert [(folder.path, folder.role) for folder in session.folders()] == [
            ("Müll", "junk"),
            ("Posteingang", "inbox"),
        ]


def test_other_peoples_folders_play_no_part():
    answers = {
        "NAMESPACE": b'* NAMESPACE (("" "/")) (("user/" "/")) (("Public/" "/"))\r\n{tag} OK\r\n',
        "LIST": b'* LIST () "/" user/ben/Trash\r\n* LIST () "/" Public/Sent\r\n* LIST () "/" a/Trash\r\n{tag} OK\r\n',
        "EXAMINE": b"{tag} NO no inbox\r\n",
    }
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 NAMESPACE") as server, connect(server) as session:
        assert {folder.path: folder.role for folder in session.folders() if folder.role} == {"a/Trash": "trash"}


def test_many_folders_are_asked_for_in_portions():
    listing = b'* LIST () "/" INBOX\r\n' + b"".join(b'* LIST () "/" f%03d\r\n' % number for number in range(119))

    def status(talk, tag, arguments):
        talk.send(b"* STATUS %b (MESSAGES 1 UIDNEXT 2)\r\n%b OK\r\n" % (arguments.partition(b" ")[0], tag))

    with ScriptedImap({"LIST": listing + b"{tag} OK\r\n", "STATUS": status}) as server, connect(server) as session:
        assert [folder.messages for folder in session.folders()] == [1] * 120


def test_the_same_list_in_another_order_is_the_same_and_a_word_more_is_not():
    lines = [
        b'* NAMESPACE (("" "/")) NIL NIL\r\n',
        b'* LIST (\\Subscribed) "/" A\r\n',
        b"* STATUS A (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7 HIGHESTMODSEQ 5)\r\n",
        b'* LIST () "/" B\r\n',
        b"* STATUS B (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7 HIGHESTMODSEQ 5)\r\n",
    ]
    others = [
        (b'(("" "/")) NIL NIL', b'(("" "/")) (("B" "/")) NIL'),
        (b'LIST () "/" B', b'LIST (\\Subscribed) "/" B'),
        (b'LIST () "/" B', b'LIST () "." B'),
        *((old, old[:-1] + b"9") for old in (b"MESSAGES 1", b"UIDNEXT 2", b"UIDVALIDITY 7", b"HIGHESTMODSEQ 5")),
    ]

    def fingerprint(lines, unless=None):
        answers = {"NAMESPACE": lines[0] + b"{tag} OK\r\n", "LIST": b"".join(lines[1:]) + b"{tag} OK\r\n"}
        capabilities = b"IMAP4rev1 NAMESPACE CONDSTORE LIST-EXTENDED LIST-STATUS SPECIAL-USE"
        with ScriptedImap(answers, capabilities=capabilities) as server, connect(server) as session:
            assert (session.folders(unless=unless) is None) == (session.fingerprint == unless)
            return session.fingerprint

    first = fingerprint(lines)
    assert fingerprint([*lines[:1], *lines[:0:-1]], unless=first) == first
    for old, new in others:
        changed = [line.replace(old, new) for line in lines]
        assert changed != lines
        assert fingerprint(changed, unless=first) != first, new


@pytest.mark.parametrize("line", [b'"INBOX"', b"inbox", b'"Inbox/"', b"{5}\r\nInBox"])
def test_an_inbox_in_the_list_is_not_asked_for(line):
    with ScriptedImap({"LIST": b'* LIST () "/" %b\r\n{tag} OK\r\n' % line}) as server, connect(server) as session:
        [inbox] = session.folders(status=False)
        assert (inbox.path, inbox.role) == ("INBOX", "inbox")
        assert server.names() == ["LIST", "LSUB"]


@pytest.mark.parametrize("listed", [b"", b'* LIST () "/" "My Inbox"\r\n', b'* LIST () "/" "INBOX/Old"\r\n'])
@pytest.mark.parametrize("name", [b"INBOX", b"inbox"])
def test_an_inbox_that_the_list_leaves_out(listed, name):
    status = b"* STATUS %b (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7)\r\n{tag} OK\r\n" % name
    answers = {"LIST": listed + b"{tag} OK\r\n", "STATUS": [status, b"{tag} NO\r\n"]}
    with ScriptedImap(answers) as server, connect(server) as session:
        inbox, *others = session.folders()
        assert (inbox.path, inbox.selectable, inbox.role) == ("INBOX", True, "inbox")
        assert (inbox.messages, inbox.uidnext, inbox.uidvalidity) == (3, 9, 7)
        assert len(others) == bool(listed) and session.inbox_missing is None
        assert "EXAMINE" not in server.names()


def test_list_refused():
    with ScriptedImap({"LIST": b"{tag} NO not today\r\n"}) as server, connect(server) as session:
        with pytest.raises(errors.ServerRefused) as caught:
            session.folders()
    assert caught.value.params == {"command": "LIST", "reply": "not today"}


# Opening


def test_a_folder_that_may_not_be_opened_is_not_called_missing():
    answers = {"EXAMINE": b"{tag} NO no permission\r\n"}
    with ScriptedImap(answers) as server, connect(server) as session, pytest.raises(errors.ServerRefused):
        session.examine("INBOX")


def test_a_server_without_uidnext():
    answers = {
        "EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n{tag} OK open\r\n",
        "UID FETCH": b"* 2 FETCH (UID 41 RFC822.SIZE 9)\r\n{tag} OK\r\n",
    }
    with ScriptedImap(answers) as server, connect(server) as session:
        assert session.examine("INBOX").uidnext == 42


def test_a_folder_without_modification_sequences():
    examine = b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n* OK [NOMODSEQ] .\r\n{tag} OK open\r\n"
    with ScriptedImap({"EXAMINE": examine}, capabilities=b"IMAP4rev1 CONDSTORE") as server, connect(server) as session:
        assert session.examine("INBOX").highestmodseq is None


# Messages


def fetched(answer, uids=(1, 2, 3), *, timeout=2):
    with ScriptedImap({"UID FETCH": answer}) as server, connect(server, timeout=timeout) as session:
        session.examine("INBOX")
        found = list(session.messages(uids))
        return {message.uid: message for message in found}, server.names(without=("CAPABILITY", "LOGIN", "EXAMINE"))


def test_news_in_between_does_not_confuse():
    answer = (
        b"* 7 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
        + fetch_answer(1, b"one")
        + b"* 9 EXPUNGE\r\n* OK still here\r\n* 2 FETCH (UID 2 FLAGS (\\Deleted) MODSEQ (5))\r\n"
        + fetch_answer(2, b"two", extra=b" FLAGS (\\Seen)")
        + fetch_answer(99, b"nobody asked")
        + fetch_answer(1, b"one again")
        + b'* 3 FETCH (BODY[] {5}\r\nthree UID 3 X-NEW ((a "b)") NIL) FLAGS (\\SEEN $x))\r\n'
        + b"{tag} OK done\r\n"
    )
    found, _commands = fetched(answer)
    assert {uid: message.raw for uid, message in found.items()} == {1: b"one", 2: b"two", 3: b"three"}
    assert found[3].flags == {"\\Seen", "$x"} and found[3].internal_date is None and found[3].size == 5


def test_bodies_as_quoted_strings_and_empty_ones():
    answer = (
        b'* 1 FETCH (UID 1 BODY[] "short \\"one\\"")\r\n* 2 FETCH (UID 2 BODY[] "")\r\n'
        b"* 3 FETCH (UID 3 BODY[] {0}\r\n)\r\n{tag} OK\r\n"
    )
    found, _commands = fetched(answer)
    assert [message.raw for message in found.values()] == [b'short "one"', b"", b""]
    assert not any(message.failed for message in found.values())


def test_one_message_that_the_server_cannot_read_does_not_stop_the_rest():
    answers = [
        fetch_answer(1, b"one") + b"{tag} NO [SERVERBUG] message 2 is damaged\r\n",
        plain_answer(2, 3) + b"{tag} OK\r\n",
        b"{tag} NO [SERVERBUG] message 2 is damaged\r\n",
        fetch_answer(3, b"three") + b"{tag} OK\r\n",
    ]
    found, _commands = fetched(answers)
    assert {uid: message.raw for uid, message in found.items()} == {1: b"one", 2: b"", 3: b"three"}
    assert "message 2 is damaged" in found[2].failed
    assert (found[2].flags, found[2].size) == ({"\\Seen"}, 9), "what is known of it is told"
    assert not found[1].failed and not found[3].failed


def test_a_message_without_content_is_told_apart_from_one_that_is_gone():
    nil = b"* 2 FETCH (UID 2 BODY[] NIL)\r\n"
    answers = [
        fetch_answer(1, b"one") + nil + b"{tag} OK\r\n",  # nothing of 3
        plain_answer(2) + b"{tag} OK\r\n",
        nil + b"{tag} OK\r\n",
    ]
    found, _commands = fetched(answers)
    assert set(found) == {1, 2}
    assert found[2].failed and not found[2].raw


def test_a_single_message_that_is_refused():
    found, commands = fetched([b"{tag} NO damaged\r\n", plain_answer(1) + b"{tag} OK\r\n"], [1])
    assert found[1].failed == "damaged"
    assert commands == ["UID FETCH"] * 2


def test_a_server_that_refuses_every_message_is_the_one_that_is_broken():
    answers = [b"{tag} NO disk trouble\r\n", plain_answer(1, 2, 3) + b"{tag} OK\r\n", b"{tag} NO disk trouble\r\n"]
    with pytest.raises(errors.ServerRefused):
        fetched(answers)


def test_a_server_that_is_unavailable_for_now_marks_no_message():
    answers = [
        fetch_answer(1, b"one") + b"{tag} NO later\r\n",
        plain_answer(2) + b"{tag} OK\r\n",
        b"{tag} NO [UNAVAILABLE] later\r\n",
    ]
    with pytest.raises(errors.ServerRefused) as caught:
        fetched(answers)
    assert caught.value.temporary


def test_an_answer_that_cannot_be_parsed_costs_one_message_only():
    answers = [
        b"* 1 FETCH (UID 1 BODY[] {3}\r\none))\r\n" + fetch_answer(2, b"two") + b"{tag} OK\r\n",
        plain_answer(1) + b"{tag} OK\r\n",
        fetch_answer(1, b"one") + b"{tag} OK\r\n",
    ]
    found, _commands = fetched(answers, [1, 2])
    assert {uid: message.raw for uid, message in found.items()} == {1: b"one", 2: b"two"}


def test_a_literal_too_large_to_be_true():
    answer = b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\nxxxx"
    with pytest.raises(errors.ServerNonsense):
        fetched(answer)
    with ScriptedImap({"LIST": b'* LIST () "/" {2000000}\r\n'}) as server, connect(server) as session:
        with pytest.raises(errors.ServerNonsense):
            session.folders()


def test_words_that_are_no_imap():
    with pytest.raises(errors.ServerNonsense) as caught:
        fetched(b"\x00\x01 whatever\r\n{tag} OK\r\n")
    assert caught.value.step == "fetch"


def test_a_server_that_drips_does_not_hold_us_up_for_ever():
    def drip(talk, _tag, _arguments):
        talk.send(b"* 1 FETCH (UID 1 BODY[] {5000}\r\n")
        talk.drip(b"x" * 5000, 0.05)

    started = time.monotonic()
    with pytest.raises(errors.ServerSilent):
        fetched(drip, timeout=0.2)
    assert time.monotonic() - started < 6


def test_bare_line_feeds_are_understood():
    with (
        ScriptedImap({"UID FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE 9)\n{tag} OK\n"}) as server,
        connect(server) as session,
    ):
        assert session.sizes(1) == [(1, 9)]


def test_sizes_in_any_form():
    answer = (
        b"* 4 FETCH (UID 4 RFC822.SIZE 7 FLAGS ())\r\n* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n* 3 FETCH (UID 3 FLAGS ())\r\n"
        b"* 2 FETCH (FLAGS (\\Seen))\r\n* 9 EXISTS\r\n* 2 FETCH (RFC822.SIZE 8 UID 2)\r\n{tag} OK\r\n"
    )
    with ScriptedImap({"UID FETCH": answer}) as server, connect(server) as session:
        assert session.sizes(1) == [(1, 9), (2, 8), (4, 7)]


def test_a_session_that_is_closed_while_the_server_is_dead_closes_quickly():
    with ScriptedImap({"LOGOUT": lambda talk, *_: talk.wait()}) as server:
        session = connect(server, timeout=30)
        started = time.monotonic()
        session.close()
        assert time.monotonic() - started < 5


def test_after_a_broken_answer_the_rest_of_it_is_not_taken_for_another():
    def stall(talk, tag, _arguments):
        talk.send(b"* 1 FETCH (UID 1 BODY[] {50}\r\nxxx")
        talk.wait(0.6)
        talk.send(fetch_answer(1, b"the wrong one") + tag + b" OK\r\n")

    with ScriptedImap({"UID FETCH": stall}) as server:
        session = connect(server, timeout=0.3)
        with pytest.raises(errors.ServerSilent):
            list(session.messages([1]))
        with pytest.raises(errors.ConnectionLost):
            list(session.messages([1]))
        with pytest.raises(errors.ConnectionLost):
            session.examine("INBOX")
        session.close()

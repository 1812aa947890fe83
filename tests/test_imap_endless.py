# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Servers that never come to an end, one short line after the other."""

import itertools
import tracemalloc

import pytest
from imap_client import connect_scripted as connect
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import errors, imap_connection, imap_messages

LIMIT = 1 << 20
OPENED = b"* 9 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 10] .\r\n{tag} OK open\r\n"


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    monkeypatch.setattr(imap_connection, "MOST_KEPT", LIMIT)
    monkeypatch.setattr(imap_messages, "LARGE_LITERAL", LIMIT)


@pytest.fixture
def memory():
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def endless(line):
    """Return what answers with lines until nobody listens any more; the tag would come after a hundred times the limit."""

    def talk_on(talk, tag, _arguments):
        at_once = max(1, 30_000 // len(line))
        for start in itertools.count(1, at_once):
            if start > 100 * LIMIT // 64:
                break
            talk.send(b"".join(line.replace(b"%d", b"%d" % number) for number in range(start, start + at_once)))
        talk.send(tag + b" OK done\r\n")

    return talk_on


ANSWERS = {
    "news": b"* OK still here\r\n",
    "new kinds of news": b"* X%d\r\n",
    "counts": b"* %d EXISTS\r\n",
    "folders": b'* LIST () "/" f%d\r\n',
    "numbers": b"* STATUS f%d (MESSAGES 1)\r\n",
    "sizes": b"* %d FETCH (UID %d RFC822.SIZE 9)\r\n",
    "marks": b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n",
    "literals": b"* %d FETCH (UID %d BODY[HEADER] {3}\r\nabc)\r\n",
    "what was found": b"* SEARCH %d\r\n",
    "what vanished": b"* VANISHED %d\r\n",
}
QUESTIONS = {
    "LIST": lambda session: session.folders(),
    "EXAMINE": lambda session: session.examine("INBOX"),
    "UID SEARCH": lambda session: session.uids(),
    "UID FETCH": lambda session: [session.sizes(1), session.flags(1)],
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_without_end_ends_with_the_connection(question, answer):
    with ScriptedImap({question: endless(ANSWERS[answer])}) as server, connect(server) as session:
        with pytest.raises(errors.AnswerTooLong) as caught:
            QUESTIONS[question](session)
        assert "would take more than 1 MB of memory" in str(caught.value)
        with pytest.raises(errors.ConnectionLost):
            session.uids()


# What takes many times the memory that it has bytes, if it is let.
HEAVY = {
    "folders": ("LIST", b'* LIST () "/" f%d\r\n'),
    "folders below folders": ("LIST", b'* LIST () "/" "%d' + b"/a" * 2000 + b'"\r\n'),
    "sets of marks": ("UID FETCH", b"* %d FETCH (UID %d FLAGS (a%d b%d))\r\n"),
    "sets of marks told in another order": ("UID FETCH", b"* %d FETCH (UID %d X 1 FLAGS (a%d b%d))\r\n"),
    "parentheses": ("UID FETCH", b"* 1 FETCH " + b"(" * 100_000 + b"\r\n"),
    "UIDs": ("UID SEARCH", b"* SEARCH" + b" %d" * 10_000 + b"\r\n"),
    "ranges of UIDs": ("UID SEARCH", b"* SEARCH 1:4294967295\r\n"),
    "what vanished": ("SELECT", b"* VANISHED " + b"1,3,5,7,9," * 1000 + b"%d\r\n"),
    "attributes": ("message", b"* 1 FETCH (UID 1" + b"".join(b" A%%d-%d 1" % n for n in range(90)) + b")\r\n"),
    "long lists of marks": ("message", b"* 1 FETCH (UID %d FLAGS (" + b"a%d " * 1000 + b"))\r\n"),
    "what was moved": ("UID MOVE", b"* OK [COPYUID 1 %d:1000000 %d:1000000] done\r\n"),
}
CALLS = {
    "LIST": lambda session: session.folders(),
    "SELECT": lambda session: session.select("INBOX", since=(1, 1)),
    "UID SEARCH": lambda session: session.uids(),
    "UID FETCH": lambda session: session.flags(1),
    "message": lambda session: list(session.messages(range(1, 100))),
    "UID MOVE": lambda session: session.move([1], "Trash"),
}


@pytest.mark.parametrize("answer", HEAVY)
def test_the_memory_counts_that_an_answer_takes(answer, memory):
    question, line = HEAVY[answer]
    script = {"SELECT": OPENED, "UID FETCH" if question == "message" else question: endless(line)}
    with ScriptedImap(script, capabilities=b"IMAP4rev1 ENABLE QRESYNC MOVE") as server, connect(server) as session:
        if question != "SELECT":
            session.select("INBOX")
        tracemalloc.reset_peak()
        before = memory()
        with pytest.raises(errors.AnswerTooLong):
            CALLS[question](session)
        assert memory() - before < 2 * LIMIT


@pytest.mark.parametrize("line", [b"* %d FETCH (UID %d FLAGS (a%d))\r\n", b"* VANISHED 1:%d\r\n"])
def test_news_that_nobody_asked_for_are_not_kept(line, memory):
    news = b"".join(line.replace(b"%d", b"%d" % number) for number in range(1, 5000))
    with ScriptedImap({"SELECT": news + OPENED}) as server, connect(server) as session:
        tracemalloc.reset_peak()
        before = memory()
        state = session.select("INBOX")
        assert (state.exists, state.changed, state.vanished) == (9, None, None)
        assert memory() - before < LIMIT / 3


def test_a_list_of_ten_thousand_folders_fits(monkeypatch):
    monkeypatch.undo()
    lines = b"".join(
        b'* LIST (\\HasNoChildren \\Subscribed) "/" "Customers/Great and small/Number %d/Letters"\r\n'
        b'* STATUS "Customers/Great and small/Number %d/Letters" (MESSAGES 7 UNSEEN 1 UIDNEXT 8 UIDVALIDITY 9)\r\n'
        % (number, number)
        for number in range(10_000)
    )
    capabilities = b"IMAP4rev1 LIST-EXTENDED LIST-STATUS"
    answer = b'* LIST () "/" INBOX\r\n' + lines + b"{tag} OK\r\n"
    with ScriptedImap({"LIST": answer}, capabilities=capabilities) as server, connect(server) as session:
        assert len(session.folders()) == 20_003


def test_one_while_messages_are_handed_over():
    line = b"* %d FETCH (UID %d FLAGS () BODY[] {3}\r\nabc)\r\n"
    for asked in ([1, 2, 3], [10**9]):
        with ScriptedImap({"UID FETCH": endless(line)}) as server, connect(server) as session:
            session.examine("INBOX")
            with pytest.raises(errors.AnswerTooLong):
                list(session.messages(asked))


def test_what_was_handed_over_does_not_count():
    raw = b"x" * (LIMIT // 4)
    date = b'INTERNALDATE "06-May-2024 07:08:09 +0000"'
    answer = b"".join(
        b"* %d FETCH (UID %d FLAGS () %b RFC822.SIZE %d BODY[] {%d}\r\n%b)\r\n" % (n, n, date, len(raw), len(raw), raw)
        for n in range(1, 31)
    )
    with ScriptedImap({"UID FETCH": answer + b"{tag} OK done\r\n"}) as server, connect(server) as session:
        session.examine("INBOX")
        assert sum(len(message.raw) for message in session.messages(range(1, 31))) == 30 * len(raw)


def test_each_command_counts_by_itself():
    answer = b"* OK x\r\n" * (LIMIT // 160 - 100) + b"* SEARCH 1 2\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID SEARCH": answer}) as server, connect(server) as session:
        for _time in range(3):
            assert session.uids() == [1, 2]


def test_of_news_that_nobody_asked_for_the_last_is_kept():
    answer = b"* OK [ALERT] one\r\n* OK [ALERT] two\r\n" * 1000 + b"* SEARCH 1 2\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID SEARCH": answer}) as server, connect(server) as session:
        assert session.uids() == [1, 2]
        assert session._wire.untagged_responses["OK"] == [b"[ALERT] two"]


def test_numbers_of_thousands_of_digits_are_none():
    nonsense = b"* 1 FETCH (UID 1 RFC822.SIZE %b)\r\n* 2 FETCH (UID %b RFC822.SIZE 7)\r\n" % (b"9" * 5000, b"9" * 5000)
    answer = nonsense + b"* 3 FETCH (UID 3 RFC822.SIZE 8)\r\n{tag} OK\r\n"
    with ScriptedImap({"UID FETCH": answer}) as server, connect(server) as session:
        assert session.sizes(1) == [(3, 8)]

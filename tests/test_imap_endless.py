# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Servers that never come to an end, one short line after the other."""

import itertools

import pytest
from imap_client import connect_scripted as connect
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import errors, imap_connection, imap_messages

LIMIT = 1 << 20


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    monkeypatch.setattr(imap_connection, "MOST_ANSWERED", LIMIT)
    monkeypatch.setattr(imap_messages, "LARGE_LITERAL", LIMIT)


def endless(line):
    """Return what answers with lines until nobody listens any more; the tag would come after a hundred times the limit."""

    def talk_on(talk, tag, _arguments):
        for start in itertools.count(1, 1000):
            if start > 100 * LIMIT // 64:
                break
            talk.send(b"".join(line.replace(b"%d", b"%d" % number) for number in range(start, start + 1000)))
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
        assert "answers one command with more than 1 MB" in str(caught.value)
        with pytest.raises(errors.ConnectionLost):
            session.uids()


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
    answer = b"* OK x\r\n" * (LIMIT // 64 - 100) + b"* SEARCH 1 2\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID SEARCH": answer}) as server, connect(server) as session:
        for _time in range(3):
            assert session.uids() == [1, 2]


def test_of_news_that_nobody_asked_for_the_last_is_kept():
    answer = b"* OK [ALERT] one\r\n* OK [ALERT] two\r\n" * 1000 + b"* SEARCH 1 2\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID SEARCH": answer}) as server, connect(server) as session:
        assert session.uids() == [1, 2]
        assert session._wire.untagged_responses["OK"] == [b"[ALERT] two"]

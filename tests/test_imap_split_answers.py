# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Servers that tell of one message in several FETCH responses, as RFC 3501 section 7.4.2 lets them."""

import itertools
from datetime import datetime

import pytest
from imap_client import connect_scripted as connect
from scripted_server import ScriptedImap

DATE = datetime(2024, 5, 6, 7, 8, 9)
PIECES = {
    "flags": b"FLAGS (\\Seen \\Flagged)",
    "date": b'INTERNALDATE "06-May-2024 07:08:09 +0000"',
    "size": b"RFC822.SIZE 5",
    "content": b"BODY[] {3}\r\nabc",
}


def fetched(answer, uids=(7, 8)):
    with ScriptedImap({"UID FETCH": answer + b"{tag} OK\r\n"}) as server, connect(server) as session:
        session.examine("INBOX")
        found = {message.uid: message for message in session.messages(uids)}
        assert server.names() == ["EXAMINE", "UID FETCH"], "nothing is asked again"
        return found


def assert_whole(message):
    assert (message.raw, message.size, message.internal_date) == (b"abc", 5, DATE)
    assert message.flags == {"\\Seen", "\\Flagged"}


@pytest.mark.parametrize("order", itertools.permutations(PIECES))
@pytest.mark.parametrize("named", ["all", "first", "last"])
def test_each_attribute_by_itself(order, named):
    answer = b""
    for number, uid in ((1, 7), (2, 8)):
        for index, name in enumerate(order):
            has_uid = named == "all" or index == (0 if named == "first" else len(order) - 1)
            answer += b"* %d FETCH (%b%b)\r\n" % (number, b"UID %d " % uid if has_uid else b"", PIECES[name])
    found = fetched(answer)
    assert list(found) == [7, 8]
    for message in found.values():
        assert_whole(message)


def test_the_pieces_of_two_messages_may_come_in_turns():
    lines = [b"* %d FETCH (UID %d %b)\r\n" % (uid - 6, uid, piece) for piece in PIECES.values() for uid in (7, 8)]
    for message in fetched(b"".join(lines)).values():
        assert_whole(message)


@pytest.mark.parametrize("gone", [b"* 1 EXPUNGE\r\n", b"* VANISHED 7\r\n"])
def test_numbers_mean_other_messages_after_one_went(gone):
    attributes = b" ".join([PIECES["flags"], PIECES["date"], PIECES["size"]])
    answer = b"* 2 FETCH (UID 8 %b)\r\n%b* 2 FETCH (BODY[] {3}\r\nxyz)\r\n* 1 FETCH (UID 8 %b)\r\n" % (
        attributes,
        gone,
        PIECES["content"],
    )
    found = fetched(answer, [8])
    assert_whole(found[8])


def test_what_never_comes_is_not_waited_for():
    found = fetched(b"* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n* 2 FETCH (UID 8 BODY[] {2}\r\nde FLAGS (\\Seen))\r\n")
    assert [(message.raw, message.internal_date) for message in found.values()] == [(b"abc", None), (b"de", None)]
    assert found[8].flags == {"\\Seen"}

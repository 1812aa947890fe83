# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that writes its keywords as it likes: case does not matter (RFC 9051, 9)."""

import pytest
from imap_client import connect_scripted as connect
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import errors

RAW = b"Subject: As It Came\r\n\r\n* LIST () NIL OK\r\n"
ANSWERS = {
    "LOGIN": b"{tag} OK [CAPABILITY IMAP4REV1 UIDPLUS MOVE NAMESPACE QUOTA ACL CONDSTORE SPECIAL-USE ESEARCH] In\r\n",
    "NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n{tag} OK Done\r\n',
    "LIST": b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\Sent \\NoSelect) NIL Old\r\n{tag} OK Done\r\n',
    "LSUB": b'* LSUB () "/" INBOX\r\n{tag} OK Done\r\n',
    "STATUS": b"* STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 HIGHESTMODSEQ 5)\r\n{tag} OK Done\r\n",
    "SELECT": b"* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] .\r\n* OK [UIDVALIDITY 7] .\r\n"
    b"* OK [UIDNEXT 9] .\r\n* OK [HIGHESTMODSEQ 5] .\r\n{tag} OK [READ-WRITE] Open\r\n",
    "UID SEARCH": b'* ESEARCH (TAG "x") UID ALL 1:3\r\n{tag} OK Done\r\n',
    "UID STORE": b"{tag} NO [NOPERM] Not You\r\n",
    "UID COPY": b"{tag} OK [COPYUID 7 1:2 8:9] Done\r\n",
    "GETQUOTAROOT": b'* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE 1 2)\r\n{tag} OK Done\r\n',
    "MYRIGHTS": b"* MYRIGHTS INBOX lrs\r\n{tag} OK Done\r\n",
    "APPEND": b"{tag} OK [APPENDUID 7 12] Done\r\n",
}
SIZES = b"* 1 FETCH (UID 1 RFC822.SIZE 30)\r\n* 2 FETCH (RFC822.SIZE 31 UID 2)\r\n{tag} OK Done\r\n"
MARKS = b"* 1 FETCH (UID 1 FLAGS (\\Seen Key) MODSEQ (4))\r\n{tag} OK Done\r\n"
BODY = (
    b'* 1 FETCH (UID 1 FLAGS (\\Seen Key) INTERNALDATE "06-May-2024 07:08:09 +0000" RFC822.SIZE %d BODY[] {%d}\r\n'
    % (len(RAW), len(RAW))
) + b"%b)\r\n{tag} OK Done\r\n"


def told_by(spell):
    """Return all that a session learns of a server whose answers went through ``spell``."""

    def in_words(answer):
        return spell(answer).replace(spell(b"{tag}"), b"{tag}")

    answers = {name: in_words(answer) for name, answer in ANSWERS.items()}
    answers["UID FETCH"] = [in_words(SIZES), in_words(MARKS), in_words(BODY).replace(spell(b"%b"), RAW)]
    with ScriptedImap(answers, greeting=spell(b"* OK [CAPABILITY IMAP4REV1] Hello\r\n")) as server:
        with connect(server) as session:
            listed, state = session.folders(), session.select("INBOX")
            sizes, marks, [message] = session.sizes(1), session.flags(1), list(session.messages([1]))
            with pytest.raises(errors.ServerRefused) as refused:
                session.store_flags([1], add=["\\Seen"])
            return [
                sorted(session.capabilities),
                [(folder.path.lower(), folder.selectable, folder.role, folder.uidnext) for folder in listed],
                (state.uidvalidity, state.uidnext, state.exists, state.highestmodseq, state.keywords_allowed),
                sizes,
                {uid: {flag.lower() for flag in flags} for uid, flags in marks.items()},
                (message.uid, message.raw, message.size, message.internal_date, "\\Seen" in message.flags),
                session.uids(),
                refused.value.code,
                session.copy([1, 2], "INBOX").mapping,
                session.quota("INBOX"),
                {right.lower() for right in session.rights("INBOX")},
                session.append("INBOX", b"x"),
                server.names(),
            ]


@pytest.mark.parametrize("spell", [bytes.lower, bytes.title], ids=["lower", "title"])
def test_a_server_that_writes_its_keywords_otherwise_is_understood_the_same(spell):
    assert told_by(spell) == told_by(lambda answer: answer)


def test_a_server_that_says_good_bye_in_small_letters():
    answers = {"UID SEARCH": b"* bye Gone Fishing\r\n"}
    with ScriptedImap(answers) as server, connect(server) as session:
        with pytest.raises(errors.ConnectionEnded) as caught:
            session.uids()
    assert "Gone Fishing" in str(caught.value)


def test_what_stands_in_a_mail_stays_as_it_is():
    raw = b"* ok [uidvalidity 9]\r\n* 3 exists\r\na1 no more\r\n"
    answer = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%b)\r\n{tag} OK\r\n" % (len(raw), raw)
    with ScriptedImap({"UID FETCH": answer}) as server, connect(server) as session:
        session.examine("INBOX")
        [message] = session.messages([1])
        assert message.raw == raw

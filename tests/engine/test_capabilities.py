# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Servers that lack an extension: everything works, and nothing is sent that the server did not offer."""

import pytest

from .mails import mails

# What an extension adds, as far as the names of commands and the lines of the server show it.
COMMANDS = {
    "MOVE": {"MOVE", "UID MOVE"},
    "UIDPLUS": {"UID EXPUNGE"},
    "ENABLE": {"ENABLE"},
}
RESPONSE_CODES = {
    "UIDPLUS": rb"\[(?:COPYUID|APPENDUID) [^\]]*\] ",
    "CONDSTORE": rb"\[HIGHESTMODSEQ [^\]]*\] ",
}
SERVERS = {
    "all": (),
    "no UIDPLUS": ("UIDPLUS",),
    "no MOVE": ("MOVE",),
    "neither UIDPLUS nor MOVE": ("UIDPLUS", "MOVE"),
    "no QRESYNC": ("QRESYNC",),
    "no CONDSTORE": ("QRESYNC", "CONDSTORE"),
    "no ENABLE": ("ENABLE", "QRESYNC", "CONDSTORE"),
    "no LIST-STATUS": ("LIST-STATUS",),
    "no SPECIAL-USE": ("SPECIAL-USE",),
    "no ESEARCH": ("ESEARCH", "SEARCHRES"),
    "nothing but IMAP4rev1": (
        *(
            "UIDPLUS",
            "MOVE",
            "QRESYNC",
            "CONDSTORE",
            "ENABLE",
            "LIST-STATUS",
            "LIST-EXTENDED",
            "SPECIAL-USE",
            "ESEARCH",
        ),
        *(
            "SEARCHRES",
            "LITERAL+",
            "LITERAL-",
            "MULTIAPPEND",
            "UNSELECT",
            "CHILDREN",
            "NAMESPACE",
            "ID",
            "BINARY",
            "SORT",
        ),
        *("COMPRESS=DEFLATE", "IDLE", "WITHIN", "CONTEXT=SEARCH", "THREAD=REFERENCES", "THREAD=REFS"),
    ),
}


# What these would find, others of them find as well.
RARELY = {"no QRESYNC", "no ENABLE", "no UIDPLUS"}


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(hidden, id=name, marks=pytest.mark.long if name in RARELY else ())
        for name, hidden in SERVERS.items()
    ],
)
def test_sync_both_ways(make_pair, proxy, hidden):
    proxy.hide(*hidden)
    for name in hidden:
        if name in RESPONSE_CODES:
            proxy.replace(RESPONSE_CODES[name], b"")
    pair = make_pair({"INBOX": mails(12), "Projects": mails(4), "Trash": mails(3)})
    pair.settle()
    pair.assert_equal(contents=True)
    before = pair.records()
    act_in_odoo(pair)
    act_elsewhere(pair)
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept({message.message_id: before.get(message.message_id, set()) for message in pair.server.read()})
    act_elsewhere(pair)
    pair.settle()
    pair.assert_equal()
    forbidden = set().union(*(COMMANDS.get(name, set()) for name in hidden))
    assert not forbidden & set(proxy.commands)


def act_in_odoo(pair):
    inbox, trash = pair.shown("INBOX"), pair.shown("Trash")
    pair.write(inbox[:3], is_seen=True)
    pair.write(inbox[1:2], is_flagged=True)
    pair.move(inbox[2:4], "Projects")
    pair.copy(inbox[:1], "Archive")
    pair.delete(inbox[4:5], "INBOX")
    pair.delete(trash[:1], "Trash")


def act_elsewhere(pair):
    inbox, projects = pair.server.uids("INBOX"), pair.server.uids("Projects")
    pair.server.store("INBOX", inbox[-2:], "+FLAGS", r"\Answered", "$Forwarded", "Work")
    pair.server.move("INBOX", inbox[-1:], "Archive")
    pair.server.delete("INBOX", inbox[-2:-1])
    pair.server.copy("Projects", projects[:1], "Archive")
    pair.deliver("INBOX", mails(2))

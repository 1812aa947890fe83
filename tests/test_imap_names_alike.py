# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Folders whose names differ on the wire only, as one of them breaks the rules."""

from imap_client import connect_scripted as connect
from scripted_server import ScriptedImap


def test_folders_whose_names_read_alike_are_all_there():
    names = [b"A&B", b"A&-B", b"\xc3\xa4", b"\xe4", b"&AOQ-", b"Work", b"Work/"]
    listing = b"".join(b'* LIST () "/" "%b"\r\n' % name for name in [b"INBOX", *names]) + b"{tag} OK\r\n"

    def examine(talk, tag, _arguments):
        talk.send(b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n" + tag + b" OK [READ-ONLY] yes\r\n")

    with ScriptedImap({"LIST": listing, "EXAMINE": examine}) as server:
        for is_listed in (True, False):
            with connect(server) as session:
                if is_listed:
                    found = [(folder.path, folder.name) for folder in session.folders()]
                    paths = [path for path, _name in found if path not in ("INBOX", "Work")]
                    assert [path.replace("\u2060", "") for path in paths] == [
                        "A&B", "A&B (raw)", "ä", "ä (Latin-1)", "ä (raw)",
                    ]  # fmt: skip
                    assert all(path == name for path, name in found) and "Work" in dict(found)
                server.commands.clear()
                for path in paths:
                    session.examine(path)
                wire = [
                    arguments.strip(b'"').rpartition(b"\n")[2]
                    for name, arguments in server.commands
                    if name == "EXAMINE"
                ]
                assert wire == [b"A&-B", b"A&B", b"&AOQ-", b"\xe4", b"\xc3\xa4"]

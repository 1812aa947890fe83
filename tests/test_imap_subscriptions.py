# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Subscribing to folders, many at once, with any name."""

import pytest
from imap_client import connect, connect_scripted
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol.errors import FolderNotFound, ServerRefused, UnsafeArgument

NAMES = ["Küche & Bad", 'Sagt "Hallo"', "back\\slash", "日本語", "{4}", "% and *"]


@pytest.fixture
def account(lab):
    return lab.account()


def subscribed(session):
    return {folder.path for folder in session.folders() if folder.subscribed}


def test_subscribe_and_unsubscribe(lab, account):
    lab.create_folder(account.address, "A", subscribed=False)
    with connect(lab, account) as session:
        session.subscribe("A")
        assert "A" in subscribed(session)
        session.unsubscribe("A")
        assert "A" not in subscribed(session)


@pytest.mark.parametrize("hidden", [(), ("LITERAL+",)])
def test_any_name(lab, account, hidden):
    for name in NAMES:
        lab.create_folder(account.address, name, subscribed=False)
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            assert session.set_subscriptions(subscribe=NAMES, unsubscribe=["Sent"]) == {}
            after = subscribed(session)
    assert set(NAMES) <= after
    assert "Sent" not in after


def test_what_the_server_refuses_does_not_stop_the_rest():
    def answer(talk, tag, arguments):
        replies = {b'"gone"': b"NO [NONEXISTENT] no such folder", b'"full"': b"NO [LIMIT] too many"}
        talk.send(tag + b" " + replies.get(arguments, b"OK done") + b"\r\n")

    with ScriptedImap({"SUBSCRIBE": answer}) as server, connect_scripted(server) as session:
        refused = session.set_subscriptions(subscribe=["gone", "full", "good"])
        assert [name for name, _arguments in server.commands if name == "SUBSCRIBE"] == ["SUBSCRIBE"] * 3
        with pytest.raises(FolderNotFound):
            session.subscribe("gone")
    assert list(refused) == ["gone", "full"]
    assert isinstance(refused["gone"], FolderNotFound)
    assert isinstance(refused["full"], ServerRefused) and refused["full"].temporary


def test_a_name_that_breaks_the_rules_goes_back_as_it_came():
    wire = b"R&D"  # no modified UTF-7: the ampersand stands bare
    listing = b'* LIST () "/" INBOX\r\n* LIST () "/" "R&D"\r\n{tag} OK\r\n'
    answers = {"LIST": listing, "SUBSCRIBE": b"{tag} OK\r\n"}
    with ScriptedImap(answers) as server, connect_scripted(server) as session:
        _inbox, folder = session.folders()
        session.subscribe(folder.path)
        assert ("SUBSCRIBE", b'"%b"' % wire) in server.commands


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b", 'x"\r\nA1 DELETE "INBOX'])
def test_nothing_is_sent_of_a_name_with_line_breaks(bad):
    with ScriptedImap() as server, connect_scripted(server) as session:
        for change in (
            lambda: session.subscribe(bad),
            lambda: session.unsubscribe(bad),
        ):
            with pytest.raises(UnsafeArgument):
                change()
        assert server.names() == []


def test_a_name_with_line_breaks_does_not_keep_the_others_from_the_server():
    with ScriptedImap({"SUBSCRIBE": b"{tag} OK\r\n"}) as server, connect_scripted(server) as session:
        refused = session.set_subscriptions(["good", "a\r\nb", "better"])
        assert list(refused) == ["a\r\nb"] and isinstance(refused["a\r\nb"], UnsafeArgument)
        assert server.commands[-2:] == [("SUBSCRIBE", b'"good"'), ("SUBSCRIBE", b'"better"')]


def test_many_are_sent_in_few_round_trips():
    names = [f"f{number:03d}" for number in range(120)]
    waiting = []

    def answer(talk, tag, _arguments):
        # A server that answers only when it has got a whole portion.
        waiting.append(tag)
        if len(waiting) in (50, 100, 120):
            talk.send(b"".join(tag + b" OK\r\n" for tag in waiting[(len(waiting) - 1) // 50 * 50 :]))

    with ScriptedImap({"SUBSCRIBE": answer}) as server, connect_scripted(server) as session:
        assert session.set_subscriptions(names) == {}


def test_folders_can_be_listed_without_their_numbers(lab, account):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        with_numbers = session.folders()
        without = session.folders(status=False)
        assert proxy.commands == ["NAMESPACE", "LIST"] * 2
    assert [folder.path for folder in without] == [folder.path for folder in with_numbers]
    assert {folder.role for folder in without} == {folder.role for folder in with_numbers}
    assert all(folder.uidnext is None for folder in without)


def test_servers_without_list_status_are_not_asked_for_each_folder():
    with ScriptedImap() as server, connect_scripted(server) as session:
        session.folders(status=False)
        assert "STATUS" not in server.names()
        session.folders()
        assert "STATUS" in server.names()

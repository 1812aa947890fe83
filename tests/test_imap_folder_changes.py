# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Creating, renaming and deleting folders; the subscriptions keep in step."""

import pytest
from imap_client import connect

from odoo.addons.comm_mailboxes.protocol import errors


@pytest.fixture
def account(lab):
    return lab.account()


def paths(session):
    return {folder.path: folder.subscribed for folder in session.folders(status=False) if folder.selectable}


@pytest.mark.parametrize("hidden", [(), ("LITERAL+", "UNSELECT")])
@pytest.mark.parametrize("name", ["Küche & Bad", 'Sagt "Hallo"', "back\\slash", "日本語", "{4}", "% and *", " x"])
def test_create_rename_delete(lab, account, name, hidden):
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        with connect(lab, account, proxy.port) as session:
            assert session.create_folder(name) == {}
            assert paths(session)[name] is True
            session.select(name)
            assert session.rename_folder(name, name + "ß") == {}
            assert session.selected is None
            after = paths(session)
            assert name not in after and after[name + "ß"] is True
            session.select(name + "ß")
            assert session.delete_folder(name + "ß") == {}
            assert name + "ß" not in paths(session)
            assert session.select("INBOX").exists == 0


def test_what_is_below_follows_with_its_subscriptions(lab, account):
    lab.create_folder(account.address, "A/b/c")
    lab.create_folder(account.address, "A/silent", subscribed=False)
    lab.create_folder(account.address, "Also")
    with connect(lab, account) as session:
        session.rename_folder("A", "Z")
        after = paths(session)
        lsub = {line.rpartition(b" ")[2] for line in lab.imap(account).lsub()[1]}
    assert after["Z/b/c"] is True and after["Z/silent"] is False and after["Also"] is True
    assert not {path for path in after if path.startswith("A/")}
    assert b"A/b/c" not in lsub and b"Z/b/c" in lsub


def test_deleting_the_open_folder_does_not_expunge_by_the_way(lab, account):
    lab.create_folder(account.address, "Box")
    lab.create_folder(account.address, "Box/In")
    lab.deliver(account.address, b"Subject: x\r\n\r\n", "Box/In", flags=["\\Deleted"])
    for hidden in ((), ("UNSELECT",)):
        with lab.proxy() as proxy:
            proxy.hide(*hidden)
            with connect(lab, account, proxy.port) as session:
                session.select("Box/In")
                session.rename_folder("Box", "Case")
                assert session.select("Case/In").exists == 1
                session.rename_folder("Case", "Box")


def test_refused_folder_changes(lab, account):
    lab.create_folder(account.address, "A")
    lab.create_folder(account.address, "B")
    with connect(lab, account) as session:
        with pytest.raises(errors.FolderExists) as caught:
            session.create_folder("A")
        assert caught.value.params["path"] == "A"
        with pytest.raises(errors.FolderExists) as caught:
            session.rename_folder("A", "B")
        assert caught.value.params["path"] == "B"
        with pytest.raises(errors.FolderNotFound):
            session.rename_folder("Nothing", "Other")
        with pytest.raises(errors.FolderNotFound):
            session.delete_folder("Nothing")
        with pytest.raises(errors.ServerRefused):
            session.delete_folder("INBOX")
        assert {"A", "B", "INBOX"} <= set(paths(session))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("[HASCHILDREN] no", errors.FolderHasSubfolders),
        ("[CANNOT] Mailbox has children", errors.FolderHasSubfolders),
        ("Folder has subfolders", errors.FolderHasSubfolders),
        ("[CANNOT] protected", errors.FolderRefused),
        ("[NOPERM] no", errors.NotPermitted),
        ("[INUSE] later", errors.ServerRefused),
    ],
)
def test_reasons_against_deleting(lab, account, reply, kind):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.deny("DELETE", text=reply)
        with pytest.raises(kind) as caught:
            session.delete_folder("Sent")
        assert type(caught.value) is kind
        assert paths(session)["Sent"] is True, "it stays subscribed"


def test_a_folder_that_can_be_created_but_not_subscribed(lab, account):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.deny("SUBSCRIBE", text="[LIMIT] too many")
        refused = session.create_folder("New")
        assert list(refused) == ["New"] and refused["New"].temporary
        assert paths(session)["New"] is False


@pytest.mark.parametrize("bad", ["a\r\nX LOGOUT", "a\nb", "a\0b", "\ud800"])
def test_nothing_unsafe_is_sent(lab, account, bad):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        for attempt in (
            lambda: session.create_folder(bad),
            lambda: session.rename_folder(bad, "x"),
            lambda: session.rename_folder("Sent", bad),
            lambda: session.delete_folder(bad),
        ):
            with pytest.raises(errors.UnsafeArgument):
                attempt()
        assert proxy.bytes_from_client == 0

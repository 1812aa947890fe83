# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Putting messages into folders."""

import datetime
import mmap
import tracemalloc

import pytest
from imap_client import connect, connect_scripted, connect_tls
from scripted_server import ScriptedImap

from odoo.addons.comm_mailboxes.protocol import errors

RAW = b"Subject: x\r\nMessage-ID: <1@x>\r\n\r\n\xc3\xbc \xff\r\n"


@pytest.fixture
def account(lab):
    return lab.account()


def read(session, path, uid):
    session.select(path)
    [message] = session.messages([uid])
    return message


@pytest.mark.parametrize("hidden", [(), ("LITERAL+",), ("UIDPLUS",)])
def test_append(lab, account, hidden):
    moment = datetime.datetime(2024, 2, 3, 4, 5, 6)
    with lab.proxy() as proxy:
        proxy.hide(*hidden)
        proxy.replace(rb" \[APPENDUID [^]]*\]", b"") if "UIDPLUS" in hidden else None
        with connect(lab, account, proxy.port) as session:
            assert session.append("Sent", RAW, ["\\Seen", "$Forwarded"], moment) == (None if "UIDPLUS" in hidden else 1)
            message = read(session, "Sent", 1)
    assert message.raw == RAW
    assert message.flags == {"\\Seen", "$Forwarded"}
    assert message.internal_date == moment


def test_append_with_literal_plus_takes_one_round_trip(lab, account):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        session.append("Sent", RAW)
        assert (proxy.commands, proxy.round_trips) == (["APPEND"], 1)


def test_append_of_an_aware_date_and_a_message_with_nul(lab, account):
    raw = b"Subject: x\r\n\r\na\0b\r\n"
    east = datetime.timezone(datetime.timedelta(hours=2))
    with connect(lab, account) as session:
        uid = session.append("Sent", raw, date=datetime.datetime(2024, 1, 1, 1, 0, tzinfo=east))
        message = read(session, "Sent", uid)
    assert message.internal_date == datetime.datetime(2023, 12, 31, 23, 0)
    assert message.raw in (raw, raw.replace(b"\0", b"\x80")), "Dovecot stores NUL as 0x80"


def test_append_of_nothing(lab, account):
    with connect(lab, account) as session, pytest.raises(errors.ProtocolError):
        session.append("Sent", b"")
    with connect(lab, account) as session:
        assert session.append("Sent", b"\r\n") == 1


@pytest.mark.parametrize("kind", [bytes, memoryview, "mmap"])
def test_append_of_150_megabytes_without_a_copy(lab, account, tmp_path, kind):
    size = 150_000_000
    path = tmp_path / "large.eml"
    with path.open("wb") as file:
        file.write(b"Subject: large\r\n\r\n")
        file.write((b"0123456789" * 7 + b"\r\n") * ((size - 18) // 72))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        raw = mapped if kind == "mmap" else kind(mapped[:])
        with (connect_tls if kind is bytes else connect)(lab, account, timeout=20) as session:
            tracemalloc.start()
            uid = session.append("Sent", raw)
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 2_000_000
            session.select("Sent")
            assert session.sizes(uid) == [(uid, len(raw))]
        if kind is memoryview:
            raw.release()


def test_a_large_message_asks_before_it_travels(lab, account):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.deny("APPEND", text="[OVERQUOTA] full")
        proxy.clear_counts()
        with pytest.raises(errors.QuotaExceeded) as caught:
            session.append("Sent", b"x" * 5_000_000)
        assert proxy.bytes_from_client < 200
        assert "full" in str(caught.value) and "Sent" in str(caught.value)
        assert not caught.value.temporary


@pytest.mark.parametrize(
    ("text", "kind", "temporary"),
    [
        ("[TOOBIG] no", errors.MessageTooBig, False),
        ("[TRYCREATE] no", errors.FolderNotFound, False),
        ("[NONEXISTENT] no", errors.FolderNotFound, False),
        ("[NOPERM] no", errors.NotPermitted, False),
        ("[UNAVAILABLE] no", errors.ServerRefused, True),
        ("just no", errors.ServerRefused, False),
    ],
)
def test_refusals(lab, account, text, kind, temporary):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.deny("APPEND", text=text, times=1)
        with pytest.raises(kind) as caught:
            session.append("Sent", RAW)
        assert type(caught.value) is kind and caught.value.temporary is temporary
        assert session.append("Sent", RAW) == 1, "the session goes on"


def test_a_folder_that_does_not_exist(lab, account):
    with connect(lab, account) as session, pytest.raises(errors.FolderNotFound):
        session.append("Nothing", RAW)


def test_appendlimit_spares_the_journey():
    with ScriptedImap(capabilities=b"IMAP4rev1 APPENDLIMIT=20") as server, connect_scripted(server) as session:
        with pytest.raises(errors.MessageTooBig):
            session.append("INBOX", RAW)
        assert server.names() == []


def test_a_connection_cut_in_the_middle_of_an_append(lab, account):
    with lab.proxy() as proxy:
        session = connect(lab, account, proxy.port)
        proxy.cut_after(4)
        with pytest.raises(errors.ConnectionLost):
            session.append("Sent", RAW * 100_000)
        session.close()


def test_the_reason_of_a_server_that_hangs_up_is_heard():
    def hang_up(talk, _tag, _arguments):
        talk.send(b"* BYE too much for me\r\n")
        talk.hang_up()

    with ScriptedImap({"NOOP": hang_up}) as server:
        session = connect_scripted(server)
        with pytest.raises(errors.ConnectionEnded, match="too much"):
            with session._wire.speaking() as wire:
                wire.start(b"NOOP")
                while True:
                    wire.send(b"x" * 10_000)
        session.close()


@pytest.mark.parametrize("bad", ["a\r\nX LOGOUT", "a\nb", "a\0b", "\ud800"])
def test_nothing_unsafe_is_sent(lab, account, bad):
    with lab.proxy() as proxy, connect(lab, account, proxy.port) as session:
        proxy.clear_counts()
        for attempt in (
            lambda: session.append(bad, RAW),
            lambda: session.append("Sent", RAW, [bad]),
        ):
            with pytest.raises(errors.UnsafeArgument):
                attempt()
        assert proxy.bytes_from_client == 0

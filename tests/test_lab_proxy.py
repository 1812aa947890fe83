# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The fault proxy fails exactly as it was told, and counts exactly."""

import imaplib
import smtplib
import socket
import ssl
import time

import pytest

BODY = b"Subject: Numbers\r\n\r\n" + b"0123456789abcdef\r\n" * 5000


@pytest.fixture
def account(lab):
    account = lab.account()
    lab.deliver(account.address, BODY)
    return account


@pytest.fixture
def proxy(lab):
    with lab.proxy("imap") as proxy:
        yield proxy


def connect(proxy):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def login(proxy, account):
    client = imaplib.IMAP4("127.0.0.1", proxy.port, timeout=5)
    client.login(account.address, account.password)
    client.select()
    return client


def read_all(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def test_passes_everything(proxy, account):
    _status, data = login(proxy, account).fetch("1", "(BODY.PEEK[])")
    assert data[0][1] == BODY


@pytest.mark.parametrize("size", [0, 1, 17])
def test_cut_after_so_many_bytes_then_pass(proxy, size):
    proxy.cut_after(size)
    with connect(proxy) as connection:
        assert len(read_all(connection)) == size
    with connect(proxy) as connection:
        assert connection.recv(4) == b"* OK"


def test_cut_each_connection(proxy):
    proxy.cut_after(3, each=True)
    for _ in range(3):
        with connect(proxy) as connection:
            assert read_all(connection) == b"* O"


def test_cut_in_the_middle_of_a_fetch(proxy, account):
    client = login(proxy, account)
    proxy.cut_after(50_000)
    before = proxy.bytes_from_server
    with pytest.raises(imaplib.IMAP4.abort):
        client.fetch("1", "(BODY.PEEK[])")
    assert proxy.bytes_from_server - before == 50_000
    assert login(proxy, account).fetch("1", "(BODY.PEEK[])")[1][0][1] == BODY


def test_stall_and_go_on(proxy):
    proxy.stall_after(5)
    with connect(proxy) as connection:
        assert connection.recv(100) == b"* OK "
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(100)
        proxy.reset()
        connection.settimeout(5)
        assert connection.recv(100).startswith(b"[CAPABILITY")


def test_stall_on_a_command(proxy, account):
    client = login(proxy, account)
    proxy.stall_on("STATUS")
    assert client.noop()[0] == "OK"
    client.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.status("INBOX", "(MESSAGES)")
    assert proxy.commands[-1] == "STATUS"


def test_silent_server(proxy):
    proxy.stall_after(0)
    with connect(proxy) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_closing_ends_a_stall(lab):
    with lab.proxy() as proxy:
        proxy.stall_after(0)
        connection = connect(proxy)
        time.sleep(0.1)
    with connection:
        assert connection.recv(1) == b""


def test_throttle(proxy, account):
    client = login(proxy, account)
    proxy.throttle(200_000)
    started = time.monotonic()
    client.fetch("1", "(BODY.PEEK[])")
    assert time.monotonic() - started > 0.3


def test_bye(proxy, account):
    client = login(proxy, account)
    proxy.bye("Too many connections")
    with pytest.raises(imaplib.IMAP4.abort):
        client.noop()
    with connect(proxy) as connection:
        assert read_all(connection) == b"* BYE Too many connections\r\n"
    proxy.reset()
    login(proxy, account)


def test_bye_of_smtp(lab):
    with lab.proxy("submission") as proxy:
        proxy.bye()
        with pytest.raises(smtplib.SMTPConnectError) as error:
            smtplib.SMTP("127.0.0.1", proxy.port, timeout=5)
    assert error.value.smtp_code == 421


def test_refuse_and_return(proxy, account):
    client = login(proxy, account)
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.noop()
    proxy.reset()
    login(proxy, account)


def test_hidden_capabilities(proxy, account):
    proxy.hide("MOVE", "UIDPLUS", "LIST-STATUS")
    client = login(proxy, account)
    offered = client.capability()[1][0].split()
    assert not {b"MOVE", b"UIDPLUS", b"LIST-STATUS"} & set(offered)
    assert b"CONDSTORE" in offered


def test_replacement_leaves_literals_alone(proxy, lab, account):
    raw = b"Subject: Hiding MOVE \r\n\r\n* CAPABILITY MOVE \r\n"
    lab.deliver(account.address, raw, "Archive")
    proxy.hide("MOVE")
    client = login(proxy, account)
    client.select("Archive")
    assert client.fetch("1", "(BODY.PEEK[])")[1][0][1] == raw


@pytest.mark.parametrize("say", [b"", b"* BYE crashed\r\n"])
def test_hang_up_in_place_of_a_line(proxy, account, say):
    client = login(proxy, account)
    proxy.hang_up_at(rb"BODY\[\]", say=say)
    client.noop()
    with pytest.raises(imaplib.IMAP4.abort) as caught:
        client.fetch("1", "(BODY.PEEK[])")
    assert not say or "crashed" in str(caught.value)
    assert login(proxy, account).fetch("1", "(FLAGS)")[0] == "OK"


def test_deny_so_many_times(proxy, lab, account):
    proxy.deny("UID MOVE", text="[LIMIT] later", times=1)
    client = login(proxy, account)
    assert client.uid("MOVE", "1", "Archive") == ("NO", [b"[LIMIT] later"])
    assert lab.imap(account).select("INBOX")[1] == [b"1"], "the server heard nothing of it"
    assert client.uid("MOVE", "1", "Archive")[0] == "OK"
    assert lab.imap(account).select("INBOX")[1] == [b"0"]


def test_deny_always_until_reset(proxy, account):
    client = login(proxy, account)
    proxy.deny("UID FETCH", code="BAD", text="what?")
    for _time in range(3):
        with pytest.raises(imaplib.IMAP4.error, match="what"):
            client.uid("FETCH", "1", "(FLAGS)")
    assert client.uid("SEARCH", "ALL")[0] == "OK", "other commands pass"
    proxy.reset()
    assert client.uid("FETCH", "1", "(FLAGS)")[0] == "OK"


@pytest.mark.parametrize("mark", [b"", b"+"])
def test_deny_swallows_the_literal_of_a_command(proxy, account, mark):
    client = login(proxy, account)
    proxy.deny("APPEND", text="[OVERQUOTA] full")
    raw = b"Subject: x\r\n\r\na1 LOGOUT\r\n"
    if mark:
        client.send(b"p1 APPEND INBOX {%d+}\r\n%b\r\n" % (len(raw), raw))
        assert client.readline() == b"p1 NO [OVERQUOTA] full\r\n"
    else:
        assert client.append("INBOX", None, None, raw) == ("NO", [b"[OVERQUOTA] full"])
    assert client.noop()[0] == "OK"
    assert client.select("INBOX")[1] == [b"1"]


def test_a_denial_takes_its_turn_among_other_answers(proxy, account):
    client = login(proxy, account)
    proxy.deny("UID STORE")
    client.send(b"p1 UID FETCH 1 BODY.PEEK[]\r\np2 UID STORE 1 FLAGS (\\Seen)\r\np3 NOOP\r\n")
    answer = b""
    while b"p3 OK" not in answer:
        answer += client.sock.recv(65536)
    assert BODY in answer
    assert answer.index(b"p1 OK") < answer.index(b"p2 NO Denied by the lab") < answer.index(b"p3 OK")


def test_counts(proxy, account):
    client = login(proxy, account)
    assert proxy.commands[-2:] == ["LOGIN", "SELECT"]
    proxy.clear_counts()
    client.uid("FETCH", "1:*", "(FLAGS)")
    # Two literals and a text that looks like a command.
    client.append("INBOX", None, None, b"Subject: x\r\n\r\na1 LOGOUT\r\n")
    client.noop()
    assert proxy.commands == ["UID FETCH", "APPEND", "NOOP"]
    # APPEND takes two: its literal waits for the server's "+".
    assert proxy.round_trips == 4
    assert proxy.bytes_from_client > 0
    assert proxy.bytes_from_server > 0


def test_encrypted_connections_pass(lab, account):
    context = ssl.create_default_context(cafile=lab.ca_file)
    with lab.proxy("imaps") as proxy:
        proxy.hide("MOVE")
        client = imaplib.IMAP4_SSL("localhost", proxy.port, ssl_context=context, timeout=5)
        client.login(account.address, account.password)
        client.select()
        assert client.fetch("1", "(BODY.PEEK[])")[1][0][1] == BODY
        assert proxy.commands == []


def test_starttls_passes(proxy, lab, account):
    proxy.hide("MOVE")
    client = imaplib.IMAP4("localhost", proxy.port, timeout=5)
    client.starttls(ssl.create_default_context(cafile=lab.ca_file))
    client.login(account.address, account.password)
    client.select()
    assert client.fetch("1", "(BODY.PEEK[])")[1][0][1] == BODY
    assert proxy.commands == ["CAPABILITY", "STARTTLS"]

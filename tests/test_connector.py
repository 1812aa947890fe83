# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reaching a server: what was checked is what is connected to, and every failure has a name."""

import contextlib
import socket
import threading
import time

import pytest
from scripted_server import ScriptedServer

from odoo.addons.comm_mailboxes.protocol import Endpoint, HostGuard, connector, errors

LOOPBACK = HostGuard(["127.0.0.0/8", "::1"])


def endpoint(port, host="127.0.0.1", **values):
    return Endpoint(host, port, **{"security": "none", "guard": LOOPBACK, "timeout": 5, **values})


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def found(address, port):
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


@pytest.fixture
def greeter():
    with ScriptedServer(lambda talk: (talk.send(b"hello\r\n"), talk.wait())) as server:
        yield server


def test_steps_are_reported_in_order(greeter):
    steps = []
    connector.open_socket(endpoint(greeter.port), lambda *step: steps.append(step)).close()
    assert [(name, facts) for name, _seconds, facts in steps] == [
        ("resolve", {"addresses": ["127.0.0.1"]}),
        ("connect", {"address": "127.0.0.1", "port": greeter.port}),
    ]
    assert all(0 <= seconds < 5 for _name, seconds, _facts in steps)


def test_a_refused_host_is_not_connected_to(greeter):
    with pytest.raises(errors.HostRefused):
        connector.open_socket(endpoint(greeter.port, guard=HostGuard()))
    assert greeter.connections == 0


def test_a_name_is_asked_for_once_so_that_dns_cannot_swap_the_address(greeter, monkeypatch):
    answers = [[found("127.0.0.1", greeter.port)], [found("10.9.9.9", greeter.port)]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers.pop(0))
    sock = connector.open_socket(endpoint(greeter.port, host="mail.example.com"))
    assert sock.getpeername() == ("127.0.0.1", greeter.port)
    assert len(answers) == 1
    sock.close()


def test_of_several_addresses_the_next_is_tried(greeter, monkeypatch):
    addresses = [found("127.0.0.2", greeter.port), found("127.0.0.1", greeter.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: addresses)
    sock = connector.open_socket(endpoint(greeter.port, host="mail.example.com"))
    assert sock.getpeername()[0] == "127.0.0.1"
    sock.close()


def test_closed_port():
    port = free_port()
    with pytest.raises(errors.PortClosed) as caught:
        connector.open_socket(endpoint(port))
    assert caught.value.params == {"host": "127.0.0.1", "port": str(port)}
    assert caught.value.temporary


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
def test_impossible_port(port):
    with pytest.raises(errors.PortClosed):
        connector.open_socket(endpoint(port))


def test_unreachable_host(monkeypatch):
    def refuse(_sock, _address):
        raise OSError(113, "No route to host")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(errors.HostUnreachable) as caught:
        connector.open_socket(endpoint(143))
    assert caught.value.params["reason"] == "No route to host"


def test_a_server_that_accepts_nothing_runs_into_the_time_limit():
    # A full queue: the kernel drops further connection attempts without a word.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = []
        for _index in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
            waiting.append(sock)
        started = time.monotonic()
        with pytest.raises(errors.ConnectTimedOut) as caught:
            connector.open_socket(endpoint(listener.getsockname()[1], timeout=0.5))
        assert time.monotonic() - started > 0.3
        assert caught.value.params["seconds"] == "0.5"
        for sock in waiting:
            sock.close()


def test_a_dead_first_address_leaves_time_for_the_second(greeter, monkeypatch):
    slow = found("127.0.0.9", greeter.port)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [slow, found("127.0.0.1", greeter.port)])
    real = socket.socket.connect
    allowed = []

    def connect(sock, address):
        if address == slow[4]:
            allowed.append(sock.gettimeout())
            raise TimeoutError
        real(sock, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    connector.open_socket(endpoint(greeter.port, host="mail.example.com", timeout=10)).close()
    assert allowed == [pytest.approx(5, abs=1)]


def test_line_reads_lines_and_blocks(greeter):
    line = connector.Line(connector.open_socket(endpoint(greeter.port)), endpoint(greeter.port))
    assert line.read(3) == b"hel"
    assert line.readline(100) == b"lo\r\n"
    assert not line.encrypted
    line.close()


@pytest.mark.parametrize("ending", [b"", b"half a li", b"block"])
def test_the_end_of_the_connection_is_an_error(ending):
    with ScriptedServer(lambda talk: talk.send(ending)) as server:
        line = connector.Line(connector.open_socket(endpoint(server.port)), endpoint(server.port))
        with pytest.raises(errors.ConnectionLost):
            line.read(100) if ending == b"block" else line.readline(100)
        line.close()


def test_silence_is_an_error():
    with ScriptedServer(lambda talk: talk.wait()) as server:
        patient = endpoint(server.port, timeout=0.3)
        line = connector.Line(connector.open_socket(patient), patient)
        with pytest.raises(errors.ServerSilent) as caught:
            line.readline(100)
        assert caught.value.params == {"host": "127.0.0.1", "seconds": "0.3"}
        line.close()


def test_an_answer_that_drips_in_does_not_hold_us_up_for_ever():
    with ScriptedServer(lambda talk: talk.drip(b"x" * 1000, 0.05)) as server:
        patient = endpoint(server.port, timeout=0.2)
        line = connector.Line(connector.open_socket(patient), patient)
        started = time.monotonic()
        with pytest.raises(errors.ServerSilent):
            line.readline(10000)
        assert time.monotonic() - started < 5
        line.close()


def test_each_command_has_its_own_time():
    with ScriptedServer(lambda talk: talk.drip(b"x\n" * 60, 0.02)) as server:
        patient = endpoint(server.port, timeout=0.1)
        line = connector.Line(connector.open_socket(patient), patient)
        for _index in range(60):
            line.begin()
            assert line.readline(100) == b"x\n"
        line.close()


def test_time_spent_working_on_an_answer_is_not_the_servers():
    with ScriptedServer(lambda talk: (talk.send(b"a\n"), talk.line(), talk.send(b"b\n"))) as server:
        patient = endpoint(server.port, timeout=0.1)
        line = connector.Line(connector.open_socket(patient), patient)
        assert line.readline(100) == b"a\n"
        time.sleep(0.6)
        line.send(b"go on\n")
        assert line.readline(100) == b"b\n"
        line.close()


# Leashes


def test_what_is_on_a_leash_is_broken_off_whatever_it_waits_for(lab):
    """Also in the middle of a TLS handshake, and under TLS, where another socket took the first one over."""
    for target in ("imap", "imaps"):
        silent = target == "imaps"
        with lab.proxy(target) as proxy, connector.Leash() as leash:
            proxy.stall_after(0 if silent else 10)
            threading.Timer(0.3, leash.pull).start()
            begun = time.monotonic()
            with pytest.raises(errors.ProtocolError):
                sock = connector.open_socket(
                    endpoint(proxy.port, security="tls" if silent else "none", verify=False, timeout=20)
                )
                connector.Line(sock, endpoint(proxy.port)).readline(1000)
            assert time.monotonic() - begun < 5


def test_so_is_a_connection_that_nobody_answers():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        port = listener.getsockname()[1]
        for _waiting in range(3):
            sock = stack.enter_context(contextlib.closing(socket.socket()))
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                sock.connect(("127.0.0.1", port))
        with connector.Leash() as leash:
            threading.Timer(0.3, leash.pull).start()
            begun = time.monotonic()
            with pytest.raises(errors.ProtocolError):
                connector.open_socket(endpoint(port, timeout=20))
            assert time.monotonic() - begun < 5


def test_after_its_end_a_leash_holds_nothing(greeter):
    with connector.Leash() as leash:
        sock = connector.open_socket(endpoint(greeter.port))
    other = connector.open_socket(endpoint(greeter.port))
    with contextlib.closing(sock), contextlib.closing(other):
        leash.pull()
        for each in (sock, other):
            assert connector.Line(each, endpoint(greeter.port)).readline(100) == b"hello\r\n"


def test_one_that_was_pulled_lets_nothing_connect(greeter):
    with connector.Leash() as leash:
        leash.pull()
        with pytest.raises(errors.ConnectionLost):
            connector.open_socket(endpoint(greeter.port))

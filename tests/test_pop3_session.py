# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""POP3 against a real Dovecot, and against servers of their own kind."""

import socket
import time
import tracemalloc

import pytest
from scripted_server import ScriptedServer

from odoo.addons.comm_mailboxes.protocol import Credentials, Endpoint, HostGuard, errors
from odoo.addons.comm_mailboxes.protocol import pop3 as pop3_module
from odoo.addons.comm_mailboxes.protocol.large import LargeBytes
from odoo.addons.comm_mailboxes.protocol.pop3 import Pop3Message, Pop3Session

GUARD = HostGuard(["127.0.0.0/8"])


@pytest.fixture
def account(lab):
    return lab.account()


def connect(lab, account, port=None, *, credentials=None, on_step=None, **values):
    options = {"security": "none", "guard": GUARD, "timeout": 5} | values
    credentials = credentials or Credentials(account.address, account.password)
    return Pop3Session(Endpoint("127.0.0.1", port or lab.ports["pop3"], **options), credentials, on_step)


def connect_tls(lab, account, **values):
    return connect(lab, account, lab.ports["pop3s"], security="tls", ca_file=str(lab.ca_file), **values)


def in_the_inbox(lab, account):
    _typ, [count] = lab.imap(account).select("INBOX", readonly=True)
    return int(count)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_automatic_authentication_takes_the_safest(lab, account, security):
    steps = []
    port = lab.ports["pop3s" if security == "tls" else "pop3"]
    on_step = lambda *step: steps.append(step)  # noqa: E731
    with connect(lab, account, port, security=security, ca_file=str(lab.ca_file), on_step=on_step) as session:
        assert session.mechanism == "SCRAM-SHA-256"
        assert (session.certificate is None) == (security == "none")
    names = [name for name, _seconds, _facts in steps]
    assert names == ["resolve", "connect", *(["tls"] if security != "none" else []), "login"]


@pytest.mark.parametrize(("method", "mechanism"), [("plain", "PLAIN"), ("login", "LOGIN"), ("cram_md5", "CRAM-MD5")])
@pytest.mark.parametrize("password", ["simple", "pässwörd ü€"])
def test_chosen_authentication(lab, method, mechanism, password):
    account = lab.account(password=password)
    with connect_tls(lab, account, credentials=Credentials(account.address, password, method)) as session:
        assert session.mechanism == mechanism


def test_without_encryption_no_clear_password_leaves_the_house(lab, account):
    with lab.proxy("pop3") as proxy:
        with pytest.raises(errors.PasswordInClear):
            connect(lab, account, proxy.port, credentials=Credentials(account.address, account.password, "plain"))
        assert proxy.bytes_from_client < 20


def test_wrong_password(lab, account):
    with pytest.raises(errors.AuthenticationFailed) as caught:
        connect(lab, account, credentials=Credentials(account.address, "a wrong one"))
    assert "a wrong one" not in str(caught.value)
    assert caught.value.step == "login"


def test_certificates_are_checked_as_strictly(lab, account):
    for port, security in ((lab.ports["pop3s"], "tls"), (lab.ports["pop3"], "starttls")):
        with pytest.raises(errors.CertificateNotTrusted) as caught:
            connect(lab, account, port, security=security)
        assert "Lab throw-away authority" in caught.value.params["issuer"]


def test_messages_arrive_byte_for_byte(lab, account, monkeypatch):
    mails = [
        b"Subject: one\r\n\r\n.a dot\r\n..two dots\r\n.\r\nand on\r\n",
        b"Subject: raw \xfc\xff\r\n\r\n" + b"x" * 100_000 + b"\r\n",
        b".leading dot: in the header\r\n\r\nx\r\n",
    ]
    lab.deliver_many(account.address, (("INBOX", raw) for raw in mails))
    with connect_tls(lab, account) as session:
        found = session.messages()
        assert [message.number for message in found] == [1, 2, 3]
        assert [message.size for message in found] == [len(raw) for raw in mails]
        assert len({message.uidl for message in found} - {""}) == 3
        assert [session.retrieve(message.number) for message in found] == mails
        assert session.header(2) == b"Subject: raw \xfc\xff\r\n\r\n"
        # Those that turn out to be large come by way of a file.
        monkeypatch.setattr(pop3_module, "LARGE", 50_000)
        by_file = [session.retrieve(message.number) for message in found]
        assert [isinstance(raw, LargeBytes) for raw in by_file] == [False, True, False]
        assert [bytes(raw) for raw in by_file] == mails


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 70_000])
def test_dots_are_undone_wherever_the_packets_end(size, monkeypatch):
    lines = [b"Subject: x", b"", b"", b".", b"..", b"a.", b"", b".b", b"y" * 200_000 * (size > 9), b".", b"\r", b".c"]
    mail = b"\r\n".join(lines) + b"\r\n"
    block = b"+OK\r\n" + mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"

    def answer(talk):
        talk.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(block), size):
            talk.send(block[start : start + size])
            time.sleep(0.001)

    capabilities = {"CAPA": b"+OK\r\nUSER\r\n.\r\n", "TOP": b"-ERR no\r\n"}
    with pop3({**capabilities, "RETR": answer}) as server, connect_scripted(server) as session:
        assert session.retrieve(1) == mail
        assert session.header(1) == b"Subject: x\r\n\r\n"
        monkeypatch.setattr(pop3_module, "LARGE", 1)
        assert bytes(session.retrieve(1)) == mail


def test_the_same_message_has_the_same_name_next_time(lab, account):
    lab.deliver(account.address, b"Subject: x\r\n\r\n")
    names = []
    for _visit in range(2):
        with connect(lab, account) as session:
            names.append(session.messages()[0].uidl)
    assert names[0] == names[1]


def test_empty_mailbox(lab, account):
    with connect(lab, account) as session:
        assert session.messages() == []
        with pytest.raises(errors.ServerRefused):
            session.retrieve(1)


def test_deletions_happen_when_the_session_ends_well(lab, account):
    lab.deliver_many(account.address, (("INBOX", b"Subject: %d\r\n\r\n" % number) for number in range(3)))
    with connect(lab, account) as session:
        session.delete(2)
    assert in_the_inbox(lab, account) == 2


def test_nothing_is_deleted_when_something_goes_wrong(lab, account):
    lab.deliver(account.address, b"Subject: x\r\n\r\n")
    with pytest.raises(ZeroDivisionError), connect(lab, account) as session:
        session.delete(1)
        raise ZeroDivisionError
    assert in_the_inbox(lab, account) == 1


@pytest.mark.parametrize("number", ["1\r\nDELE 1", "1", None, 1.5])
def test_message_numbers_are_numbers(lab, account, number):
    with connect(lab, account) as session:
        for method in (session.retrieve, session.header, session.delete):
            with pytest.raises(errors.UnsafeArgument):
                method(number)


def test_a_connection_cut_inside_a_message(lab, account):
    lab.deliver(account.address, b"Subject: x\r\n\r\n" + b"x" * 50_000)
    with lab.proxy("pop3") as proxy:
        session = connect(lab, account, proxy.port)
        proxy.cut_after(20_000)
        with pytest.raises(errors.ConnectionLost):
            session.retrieve(1)
        session.close()


def test_a_server_that_goes_silent_inside_a_message(lab, account):
    lab.deliver(account.address, b"Subject: x\r\n\r\n" + b"x" * 50_000)
    with lab.proxy("pop3") as proxy:
        session = connect(lab, account, proxy.port, timeout=0.5)
        proxy.stall_after(20_000)
        with pytest.raises(errors.ServerSilent):
            session.retrieve(1)
        session.close()


# Servers of their own kind


def pop3(answers, greeting=b"+OK ready\r\n", seen=None):
    """A server whose answers to commands are given; everything else is +OK."""

    def script(talk):
        talk.send(greeting)
        while line := talk.line():
            command = line.split()[0].upper().decode()
            if seen is not None:
                seen.append(line.strip().decode())
            answer = answers.get(command, b"+OK\r\n")
            answer(talk) if callable(answer) else talk.send(answer)

    return ScriptedServer(script)


def connect_scripted(server, *, timeout=2, **values):
    credentials = Credentials("anna", "secret", **{"allow_clear": True} | values)
    return Pop3Session(Endpoint("127.0.0.1", server.port, "none", guard=GUARD, timeout=timeout), credentials)


def test_an_old_server_without_capa_and_uidl():
    answers = {
        "CAPA": b"-ERR what?\r\n",
        "UIDL": b"-ERR what?\r\n",
        "LIST": b"+OK\r\n1 10 extra\r\n3 %b\r\n%b 7\r\n.\r\n" % (b"9" * 5000, b"9" * 5000),
        "TOP": b"+OK\r\nSubject: x\r\n\r\n.\r\n",
    }
    seen = []
    with pop3(answers, seen=seen) as server, connect_scripted(server) as session:
        assert session.mechanism == "USER"
        assert session.messages() == [Pop3Message(1, 10, ""), Pop3Message(3, 0, "")]
        assert session.header(1) == b"Subject: x\r\n\r\n"
    assert seen[:3] == ["CAPA", "USER anna", "PASS secret"]


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        (b"* OK IMAP4rev1\r\n", errors.ServerNonsense),
        (b"-ERR go away\r\n", errors.ServerRefused),
        (b"", errors.ConnectionLost),
    ],
)
def test_what_is_no_pop3_greeting(greeting, error):
    script = lambda talk: talk.send(greeting)  # noqa: E731
    with ScriptedServer(script) as server, pytest.raises(error) as caught:
        connect_scripted(server)
    assert caught.value.step == "connect"


def test_a_server_that_does_not_greet():
    with ScriptedServer(lambda talk: talk.wait()) as server, pytest.raises(errors.GreetingMissing):
        connect_scripted(server, timeout=0.3)


@pytest.mark.parametrize(
    "reply", [b"[IN-USE] locked", b"unable to lock maildrop", b"Your mailbox is already locked", b"Maildrop is busy"]
)
def test_a_mailbox_in_use_is_no_wrong_password(reply):
    seen = []
    with pop3({"CAPA": b"+OK\r\nUSER\r\n.\r\n", "PASS": b"-ERR %b\r\n" % reply}, seen=seen) as server:
        with pytest.raises(errors.ServerRefused) as caught:
            connect_scripted(server)
    assert caught.value.temporary
    assert len([line for line in seen if line.startswith("PASS")]) == 1


def test_a_server_that_echoes_the_password_does_not_make_us_show_it():
    with pop3({"CAPA": b"+OK\r\nUSER\r\n.\r\n", "PASS": b"-ERR bad command PASS secret\r\n"}) as server:
        with pytest.raises(errors.AuthenticationFailed) as caught:
            connect_scripted(server)
    assert "secret" not in str(caught.value)


def test_starttls_not_offered_sends_no_password():
    seen = []
    with pop3({"CAPA": b"+OK\r\nUSER\r\n.\r\n"}, seen=seen) as server, pytest.raises(errors.TlsNotOffered):
        Pop3Session(Endpoint("127.0.0.1", server.port, "starttls", guard=GUARD, timeout=2), Credentials("a", "b"))
    assert seen == ["CAPA"]


def test_a_server_that_accepts_scram_without_proof_is_not_trusted():
    with pop3({"CAPA": b"+OK\r\nSASL SCRAM-SHA-256\r\n.\r\n", "AUTH": b"+OK welcome\r\n"}) as server:
        with pytest.raises(errors.ServerNonsense):
            connect_scripted(server)


def test_deletions_that_the_server_did_not_do_are_an_error():
    with pop3({"CAPA": b"+OK\r\nUSER\r\n.\r\n", "QUIT": b"-ERR some were not removed\r\n"}) as server:
        connect_scripted(server).finish()
        session = connect_scripted(server)
        session.delete(1)
        with pytest.raises(errors.ServerRefused):
            session.finish()


def test_a_block_that_arrives_in_pieces():
    def slowly(talk):
        talk.send(b"+OK\r\n")
        talk.drip(b"A sentence.\r\n..\x20\r\n..b\r\n.\r\n", 0.01)

    with pop3({"CAPA": b"+OK\r\nUSER\r\n.\r\n", "RETR": slowly, "TOP": b"+OK\r\n.\r\n"}) as server:
        with connect_scripted(server) as session:
            assert session.retrieve(1) == b"A sentence.\r\n. \r\n.b\r\n"
            assert session.header(1) == b""


@pytest.mark.parametrize("line", [b"1 2\r\n", b"%d 2\r\n"])
@pytest.mark.parametrize("command", ["LIST", "UIDL"])
def test_a_list_without_end(monkeypatch, command, line):
    monkeypatch.setattr(pop3_module, "_MAX_LIST", 1 << 20)
    monkeypatch.setattr(pop3_module, "_MOST_MESSAGES", 10_000)
    # In fewer bytes than the list may have, more messages
    times = (1 << 20) if line == b"1 2\r\n" else 20_000

    def script(talk):
        talk.send(b"+OK ready\r\n")
        while name := talk.line().decode().strip().partition(" ")[0]:
            if name == "CAPA":
                talk.send(b"+OK\r\nUSER\r\nUIDL\r\n.\r\n")
            elif name == command:
                talk.send(b"+OK\r\n" + b"".join(line.replace(b"%d", b"%d" % n) for n in range(times)) + b".\r\n")
            else:
                talk.send(b"+OK\r\n" + b"1 2\r\n.\r\n" * (name == "LIST"))

    credentials = Credentials("anna", "secret", allow_clear=True)
    with ScriptedServer(script) as server:
        with Pop3Session(Endpoint("127.0.0.1", server.port, "none", guard=GUARD, timeout=2), credentials) as session:
            with pytest.raises(errors.AnswerTooLong) as caught:
                session.messages()
            assert "more than 1 MB" in str(caught.value)


@pytest.mark.parametrize(
    ("command", "call"),
    [("RETR", lambda session: session.retrieve(1)), ("TOP", lambda session: session.header(1))],
)
def test_what_is_large_though_the_server_said_otherwise_takes_no_memory(command, call):
    capabilities = {"CAPA": b"+OK\r\nUSER\r\n.\r\n", "TOP": b"-ERR no\r\n"}

    def answer(talk):
        talk.send(b"+OK\r\n")
        for _time in range(400):
            talk.send(b"x" * 100_000)
        talk.send(b"\r\n.\r\n")

    with pop3(capabilities | {command: answer}) as server, connect_scripted(server) as session:
        tracemalloc.start()
        try:
            raw = call(session)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
        assert len(raw) == {"RETR": 40_000_002, "TOP": 1 << 20}[command]

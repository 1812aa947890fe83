# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SMTP submission against a real Dovecot, and against servers of their own kind."""

import time
from functools import partial

import pytest
from scripted_server import ScriptedServer

from odoo.addons.comm_mailboxes.protocol import Credentials, Endpoint, HostGuard, errors
from odoo.addons.comm_mailboxes.protocol.smtp import SmtpSession, Verdict

GUARD = HostGuard(["127.0.0.0/8"])
MAIL = b"Subject: hello\r\nMessage-ID: <%d@lab.test>\r\n\r\nHello\r\n"


@pytest.fixture
def account(lab):
    return lab.account()


def connect(lab, account, port=None, *, credentials=None, on_step=None, **values):
    options = {"security": "none", "guard": GUARD, "timeout": 5} | values
    credentials = credentials or Credentials(account.address, account.password)
    return SmtpSession(Endpoint("127.0.0.1", port or lab.ports["submission"], **options), credentials, on_step)


def connect_tls(lab, account, **values):
    return connect(lab, account, lab.ports["submissions"], security="tls", ca_file=str(lab.ca_file), **values)


def received(lab, text):
    return [mail for mail in lab.received if text in mail.raw]


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_automatic_authentication_takes_the_safest(lab, account, security):
    steps = []
    port = lab.ports["submissions" if security == "tls" else "submission"]
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
    with pytest.raises(errors.PasswordInClear):
        connect(lab, account, credentials=Credentials(account.address, account.password, "plain"))


def test_wrong_password(lab, account):
    with pytest.raises(errors.AuthenticationFailed) as caught:
        connect(lab, account, credentials=Credentials(account.address, "a wrong one"))
    assert "535" in caught.value.params["reply"]
    assert caught.value.step == "login"


def test_certificates_are_checked_as_strictly(lab, account):
    for port, security in ((lab.ports["submissions"], "tls"), (lab.ports["submission"], "starttls")):
        with pytest.raises(errors.CertificateNotTrusted) as caught:
            connect(lab, account, port, security=security)
        assert "Lab throw-away authority" in caught.value.params["issuer"]


def test_a_message_arrives_as_it_was(lab, account):
    raw = b"Subject: dots\r\nMessage-ID: <arrives@lab.test>\r\n\r\n.a\r\n..b\r\n.\r\nend without line end"
    with connect_tls(lab, account) as session:
        verdicts = session.send(account.address, ["ben@lab.test", "info@lab.test"], raw)
    assert [(verdict.address, verdict.accepted) for verdict in verdicts] == [
        ("ben@lab.test", True),
        ("info@lab.test", True),
    ]
    [mail] = received(lab, b"<arrives@lab.test>")
    assert mail.mail_from == account.address
    assert set(mail.recipients) == {"ben@lab.test", "info@lab.test"}
    assert mail.raw.endswith(b"\r\n\r\n.a\r\n..b\r\n.\r\nend without line end\r\n")


def test_bare_line_ends_smuggle_no_second_message(lab, account):
    raw = b"Message-ID: <smuggled@lab.test>\n\nHi\n.\r\nMAIL FROM:<x@lab.test>\n.\nRCPT TO:<y@lab.test>\r.\rend\n"
    with connect(lab, account) as session:
        session.send(account.address, ["ben@lab.test"], raw)
    [mail] = received(lab, b"<smuggled@lab.test>")
    assert b"\r\n.\r\nMAIL FROM" in mail.raw
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    seen = []
    with smtp(seen=seen) as server, connect_scripted(server) as session:
        session.send("a@lab.test", ["b@lab.test"], b"A: b\n\none\n.\ntwo\r.\rthree")
    assert seen[5:10] == [b"\r\n", b"one\r\n", b"..\r\n", b"two\r\n", b"..\r\n"]


def test_several_messages_in_a_session(lab, account):
    with connect(lab, account) as session:
        for number in range(3):
            session.send(account.address, ["ben@lab.test"], MAIL % (7000 + number))
    assert all(len(received(lab, b"<%d@" % (7000 + number))) == 1 for number in range(3))


@pytest.mark.parametrize(
    "address",
    [
        '"a\r\nDATA b"@lab.test',
        "a@lab.test\r\nRCPT TO:<b@lab.test>",
        "a@lab.test> SIZE=1",
        "a@[127.0.0.1]> SIZE=1",
        "a@lab.test>SIZE=1",
        "a b@lab.test",
        "anna",
        "",
        "@x",
    ],
)
def test_addresses_with_room_for_a_second_command(lab, account, address):
    with connect(lab, account) as session:
        with pytest.raises(errors.UnsafeArgument):
            session.send(account.address, [address], MAIL)
        if address:
            with pytest.raises(errors.UnsafeArgument):
                session.send(address, ["ben@lab.test"], MAIL)
        assert session.send(account.address, ["ben@lab.test"], MAIL % 1)[0].accepted


# Servers of their own kind


def smtp(answers=(), *, greeting=b"220 ready\r\n", extensions=b"SIZE 5000", seen=None):
    """A server that says yes to everything but what ``answers`` says, by the beginning of the command."""

    def script(talk):
        talk.send(greeting)
        while line := talk.line():
            verb, _space, rest = line.rstrip(b"\r\n").partition(b" ")
            command = verb.upper() + _space + rest
            if seen is not None:
                seen.append(command)
            answer = next((value for start, value in dict(answers).items() if command.startswith(start)), None)
            if callable(answer):
                answer(talk)
            elif answer is not None:
                talk.send(answer)
            elif command.startswith(b"EHLO"):
                lines = [b"server", *extensions.split(b",")]
                talk.send(b"".join(b"250-%b\r\n" % name for name in lines[:-1]) + b"250 %b\r\n" % lines[-1])
            elif command == b"DATA":
                talk.send(b"354 go on\r\n")
                while (text := talk.line()) not in (b".\r\n", b""):
                    if seen is not None:
                        seen.append(text)
                end = dict(answers).get(b".", b"250 taken\r\n")
                end(talk) if callable(end) else talk.send(end)
            else:
                talk.send(b"250 fine\r\n")

    return ScriptedServer(script)


def connect_scripted(server, credentials=None, *, timeout=2, **values):
    return SmtpSession(Endpoint("127.0.0.1", server.port, "none", guard=GUARD, timeout=timeout), credentials, **values)


def test_a_server_without_log_in():
    seen = []
    with smtp(seen=seen) as server, connect_scripted(server) as session:
        assert session.mechanism == ""
        assert session.size_limit == 5000
        session.send("", ["ben@lab.test"], MAIL)
    assert seen[0].startswith(b"EHLO ") and seen[0] != b"EHLO localhost"
    assert seen[1:3] == [b"MAIL FROM:<> SIZE=%d" % len(MAIL), b"RCPT TO:<ben@lab.test>"]


def test_domain_and_login():
    seen = []
    answers = {b"AUTH": b"235 in\r\n"}
    with smtp(answers, extensions=b"AUTH PLAIN", seen=seen) as server:
        connect_scripted(server, Credentials("anna", "secret", allow_clear=True), domain="CORP").close()
    assert seen[1] == b"AUTH PLAIN AENPUlBcYW5uYQBzZWNyZXQ="  # \0CORP\anna\0secret


def test_each_recipient_has_a_verdict():
    answers = {b"RCPT TO:<no@": b"550 5.1.1 unknown\r\n", b"RCPT TO:<later@": b"450 4.2.1 full\r\n"}
    with smtp(answers) as server, connect_scripted(server) as session:
        verdicts = session.send("a@lab.test", ["yes@lab.test", "no@lab.test", "later@lab.test"], MAIL)
    assert verdicts == [
        Verdict("yes@lab.test", True, 250, "fine"),
        Verdict("no@lab.test", False, 550, "5.1.1 unknown"),
        Verdict("later@lab.test", False, 450, "4.2.1 full"),
    ]
    assert [verdict.temporary for verdict in verdicts] == [False, False, True]


def hear_all(recipients, answers):
    """Answer only when sender, recipients and DATA were told: who waits for the first answer waits for ever."""

    def script(talk):
        told = [talk.line() for _each in range(recipients + 1)]
        assert told[-1] == b"DATA\r\n" and all(line.startswith(b"RCPT TO:") for line in told[:-1])
        talk.send(b"".join(b"%b\r\n" % answer for answer in answers))
        if answers[-1].startswith(b"354"):
            while talk.line() != b".\r\n":
                pass
            talk.send(b"250 taken\r\n")

    return {b"MAIL": script}


PIPELINED = {
    # answers to MAIL, two recipients, DATA; what comes of it
    "one is refused": ([b"250 fine", b"250 fine", b"550 unknown", b"354 go"], [250, 550]),
    "all are refused": ([b"250 fine", b"550 unknown", b"450 later", b"554 no valid recipients"], [550, 450]),
    "all are refused, and it waits for a message": (
        [b"250 fine", b"550 unknown", b"550 unknown", b"354 go"],
        [550, 550],
    ),
    "the sender is": (
        [b"553 not yours", b"503 MAIL first", b"503 MAIL first", b"503 RCPT first"],
        errors.SenderRefused,
    ),
    "the message is": ([b"250 fine", b"250 fine", b"250 fine", b"451 later"], errors.MessageRefused),
    "it takes its leave": ([b"250 fine", b"250 fine", b"421 closing"], errors.ConnectionEnded),
}


@pytest.mark.parametrize("name", PIPELINED)
def test_commands_go_at_once_to_a_server_that_takes_that(name):
    answers, outcome = PIPELINED[name]
    seen = []
    script = hear_all(2, answers)
    with smtp(script, extensions=b"PIPELINING", seen=seen) as server, connect_scripted(server) as session:
        send = partial(session.send, "me@lab.test", ["a@lab.test", "no@lab.test"])
        if not isinstance(outcome, list):
            with pytest.raises(outcome):
                send(MAIL)
            return
        assert [verdict.code for verdict in send(MAIL)] == outcome
        # The session goes on.
        script[b"MAIL"] = hear_all(2, [b"250 fine", b"250 fine", b"250 fine", b"354 go"])[b"MAIL"]
        assert [verdict.code for verdict in send(MAIL)] == [250, 250]


def test_what_is_done_meanwhile_is_done_before_the_answer_is_read():
    happened = []
    with smtp() as server, connect_scripted(server) as session:
        session.send("me@lab.test", ["a@lab.test"], MAIL, lambda: happened.append("meanwhile"))
    assert happened == ["meanwhile"]


def test_without_any_accepted_recipient_nothing_is_sent():
    seen = []
    with smtp({b"RCPT": b"550 unknown\r\n"}, seen=seen) as server, connect_scripted(server) as session:
        [verdict] = session.send("a@lab.test", ["no@lab.test"], MAIL)
        assert not verdict.accepted
    assert b"DATA" not in seen and b"RSET" in seen


def test_refused_sender_and_refused_message():
    with smtp({b"MAIL": b"553 not yours\r\n"}) as server, connect_scripted(server) as session:
        with pytest.raises(errors.SenderRefused) as caught:
            session.send("a@lab.test", ["b@lab.test"], MAIL)
        assert "553 not yours" in str(caught.value) and not caught.value.temporary
    for end, temporary in ((b"554 spam\r\n", False), (b"451 try later\r\n", True)):
        with smtp({b".": end}) as server, connect_scripted(server) as session:
            with pytest.raises(errors.MessageRefused) as caught:
                session.send("a@lab.test", ["b@lab.test"], MAIL)
            assert caught.value.temporary is temporary


def test_a_message_over_the_servers_limit_is_not_even_offered():
    seen = []
    with smtp(seen=seen) as server, connect_scripted(server) as session:
        with pytest.raises(errors.MessageTooLarge) as caught:
            session.send("a@lab.test", ["b@lab.test"], MAIL + b"x" * 6000)
    assert caught.value.params["limit"] == "5"
    assert not [line for line in seen if line.startswith(b"MAIL")]


def test_eight_bit_and_international_addresses():
    seen = []
    with smtp(extensions=b"8BITMIME,SMTPUTF8", seen=seen) as server, connect_scripted(server) as session:
        session.send("a@bücher.example", ["ü@lab.test"], MAIL + b"\xff")
        session.send("a@lab.test", ["b@lab.test"], MAIL)
    assert seen[1] == b"MAIL FROM:<a@xn--bcher-kva.example> BODY=8BITMIME SMTPUTF8"
    assert seen[2] == "RCPT TO:<ü@lab.test>".encode()
    assert b"MAIL FROM:<a@lab.test>" in seen


def test_international_addresses_without_smtputf8():
    with smtp() as server, connect_scripted(server) as session:
        verdicts = session.send("a@lab.test", ["ü@lab.test", "b@lab.test"], MAIL)
        assert [verdict.accepted for verdict in verdicts] == [False, True]
        with pytest.raises(errors.SenderRefused):
            session.send("ü@lab.test", ["b@lab.test"], MAIL)


def test_when_the_line_breaks_after_the_last_byte_nobody_knows():
    for end in (lambda talk: talk.hang_up(), lambda talk: talk.wait(1)):
        with smtp({b".": end}) as server:
            session = connect_scripted(server, timeout=0.3)
            with pytest.raises(errors.DeliveryUnknown) as caught:
                session.send("a@lab.test", ["b@lab.test"], MAIL)
            assert not caught.value.temporary
            session.close()


def test_when_the_line_breaks_earlier_it_was_not_sent():
    with smtp({b"DATA": lambda talk: talk.hang_up()}) as server:
        session = connect_scripted(server)
        with pytest.raises(errors.ConnectionLost) as caught:
            session.send("a@lab.test", ["b@lab.test"], MAIL)
        assert not isinstance(caught.value, errors.DeliveryUnknown)
        session.close()


def test_a_server_that_takes_leave():
    with smtp({b"MAIL": b"421 closing\r\n"}) as server:
        session = connect_scripted(server)
        with pytest.raises(errors.ConnectionEnded) as caught:
            session.send("a@lab.test", ["b@lab.test"], MAIL)
        assert "closing" in str(caught.value)
        session.close()


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        (b"* OK IMAP4rev1\r\n", errors.ServerNonsense),
        (b"554 no service\r\n", errors.ServerRefused),
        (b"421 too busy\r\n", errors.ServerRefused),
        (b"220 " + b"x" * 10_000 + b"\r\n", errors.ServerNonsense),
        (b"", errors.ConnectionLost),
    ],
)
def test_what_is_no_smtp_greeting(greeting, error):
    with smtp(greeting=greeting) if greeting else ScriptedServer(lambda talk: None) as server:
        with pytest.raises(error) as caught:
            connect_scripted(server)
    assert caught.value.step == "connect"
    assert caught.value.temporary == (greeting[:3] in (b"421", b""))


def test_a_server_that_does_not_greet():
    with ScriptedServer(lambda talk: talk.wait()) as server, pytest.raises(errors.GreetingMissing):
        connect_scripted(server, timeout=0.3)


def test_starttls_not_offered_sends_no_password():
    seen = []
    with smtp(seen=seen) as server, pytest.raises(errors.TlsNotOffered):
        SmtpSession(Endpoint("127.0.0.1", server.port, "starttls", guard=GUARD, timeout=2), Credentials("a", "b"))
    assert [line[:4] for line in seen] == [b"EHLO"]


def test_a_server_that_cannot_log_in_just_now():
    seen = []
    with smtp({b"AUTH": b"454 later\r\n"}, extensions=b"AUTH CRAM-MD5 PLAIN", seen=seen) as server:
        with pytest.raises(errors.ServerRefused) as caught:
            connect_scripted(server, Credentials("a", "b"))
    assert caught.value.temporary
    assert len([line for line in seen if line.startswith(b"AUTH")]) == 1


def test_a_session_that_is_closed_while_the_server_is_dead_closes_quickly():
    with smtp({b"QUIT": lambda talk: talk.wait()}) as server:
        session = connect_scripted(server, timeout=30)
        started = time.monotonic()
        session.close()
        assert time.monotonic() - started < 5

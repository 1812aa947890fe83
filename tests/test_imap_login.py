# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Greeting and log-in: the safest way that both sides know, few attempts, and no password in clear or in a message."""

import pytest
from imap_client import connect, connect_scripted, connect_tls
from scripted_server import ScriptedImap, ScriptedServer

from odoo.addons.comm_mailboxes.protocol import Credentials, errors


@pytest.fixture
def account(lab):
    return lab.account()


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_automatic_authentication_takes_the_safest(lab, account, security):
    steps = []
    port = lab.ports["imaps" if security == "tls" else "imap"]
    on_step = lambda *step: steps.append(step)  # noqa: E731
    with connect(lab, account, port, security=security, ca_file=str(lab.ca_file), on_step=on_step) as session:
        assert session.mechanism == "SCRAM-SHA-256"
        assert "UIDPLUS" in session.capabilities
        assert (session.certificate is None) == (security == "none")
    names = [name for name, _seconds, _facts in steps]
    assert names == ["resolve", "connect", *(["tls"] if security != "none" else []), "login"]
    assert steps[-1][2]["mechanism"] == "SCRAM-SHA-256"


def test_automatic_authentication_goes_down_one_by_one(lab, account):
    with lab.proxy() as proxy:
        proxy.hide("AUTH=SCRAM-SHA-256")
        with connect(lab, account, proxy.port) as session:
            assert session.mechanism == "CRAM-MD5"
        proxy.hide("AUTH=CRAM-MD5")
        with pytest.raises(errors.PasswordInClear):
            connect(lab, account, proxy.port)
        clear = Credentials(account.address, account.password, allow_clear=True)
        with connect(lab, account, proxy.port, credentials=clear) as session:
            assert session.mechanism == "PLAIN"


def test_without_encryption_no_clear_password_leaves_the_house(lab, account):
    with lab.proxy() as proxy:
        for method in ("plain", "login"):
            with pytest.raises(errors.PasswordInClear):
                connect(lab, account, proxy.port, credentials=Credentials(account.address, account.password, method))
        assert not {"LOGIN", "AUTHENTICATE"} & set(proxy.commands)


@pytest.mark.parametrize(("method", "mechanism"), [("plain", "PLAIN"), ("login", "LOGIN"), ("cram_md5", "CRAM-MD5")])
def test_chosen_authentication(lab, account, method, mechanism):
    with connect_tls(lab, account, credentials=Credentials(account.address, account.password, method)) as session:
        assert session.mechanism == mechanism


def test_oauth_where_it_is_not_offered(lab, account):
    with lab.proxy() as proxy, pytest.raises(errors.AuthenticationNotOffered) as caught:
        proxy.hide("AUTH=XOAUTH2", "AUTH=OAUTHBEARER")
        credentials = Credentials(account.address, "token", "oauth2", allow_clear=True)
        connect(lab, account, proxy.port, credentials=credentials)
    assert "PLAIN" in caught.value.params["offered"]


def test_wrong_password_is_tried_twice_at_most(lab, account):
    with lab.proxy() as proxy:
        with pytest.raises(errors.AuthenticationFailed) as caught:
            connect(lab, account, proxy.port, credentials=Credentials(account.address, "a wrong one", allow_clear=True))
        assert proxy.commands.count("AUTHENTICATE") + proxy.commands.count("LOGIN") == 2
    assert caught.value.params["login"] == account.address
    assert "AUTHENTICATIONFAILED" in caught.value.params["reply"]
    assert "a wrong one" not in str(caught.value)
    assert caught.value.step == "login"


@pytest.mark.parametrize("password", ["pässwörd ü€", 'quo"te\\s', "{7}", "spa ce", "%s"])
@pytest.mark.parametrize("method", ["auto", "plain", "login", "cram_md5"])
def test_passwords_with_special_characters(lab, password, method):
    account = lab.account(password=password)
    connect_tls(lab, account, credentials=Credentials(account.address, password, method)).close()


@pytest.mark.parametrize("password", ["pässwörd ü€", 'quo"te\\s'])
@pytest.mark.parametrize("hidden", ["LITERAL+", "SASL-IR"])
def test_the_login_command_carries_any_password(lab, password, hidden):
    account = lab.account(password=password)
    with lab.proxy() as proxy:
        proxy.hide("AUTH=PLAIN", "AUTH=LOGIN", hidden)
        credentials = Credentials(account.address, password, "plain", allow_clear=True)
        with connect(lab, account, proxy.port, credentials=credentials) as session:
            assert session.mechanism == "LOGIN"
        assert "LOGIN" in proxy.commands


def test_without_initial_response(lab, account):
    with lab.proxy() as proxy:
        proxy.hide("SASL-IR")
        connect(lab, account, proxy.port).close()
    with ScriptedImap({"AUTHENTICATE": challenge(b"", b"OK in")}, capabilities=b"IMAP4rev1 AUTH=PLAIN") as server:
        connect_scripted(server).close()
        assert ("AUTHENTICATE", b"PLAIN") in server.commands


# Servers of their own kind


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", errors.ServerNonsense),
        (b"220 mail.example.com ESMTP\r\n", errors.ServerNonsense),
        (b"+OK POP3 ready\r\n", errors.ServerNonsense),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", errors.ServerNonsense),
        (b"\x16\x03\x01\x00\xff\xff\xfe\r\n", errors.ServerNonsense),
        (b"* NO go away\r\n", errors.ServerNonsense),
        (b"* OK " + b"x" * 2_000_000, errors.ServerNonsense),
        (b"* BYE too many connections from you\r\n", errors.ConnectionEnded),
        (b"", errors.ConnectionLost),
        (b"* OK half", errors.ConnectionLost),
    ],
)
def test_what_is_no_imap_greeting(greeting, error):
    with ScriptedServer(lambda talk: talk.send(greeting)) as server, pytest.raises(error) as caught:
        connect_scripted(server)
    assert type(caught.value) is error
    assert caught.value.step == "connect"


def test_a_server_that_does_not_greet():
    with ScriptedServer(lambda talk: talk.wait()) as server, pytest.raises(errors.GreetingMissing) as caught:
        connect_scripted(server, timeout=0.3)
    assert "TLS" in str(caught.value)


def test_a_server_that_falls_silent_at_login():
    with ScriptedImap({"LOGIN": lambda talk, *_: talk.wait()}) as server, pytest.raises(errors.ServerSilent) as caught:
        connect_scripted(server, timeout=0.3)
    assert caught.value.step == "login" and not isinstance(caught.value, errors.GreetingMissing)


def challenge(text, outcome):
    """Ask one question, then answer with the outcome."""

    def answer(talk, tag, _arguments):
        talk.send(b"+ %b\r\n" % text)
        talk.line()
        talk.send(tag + b" " + outcome + b"\r\n")

    return answer


def test_a_server_that_offers_cram_md5_but_has_no_plain_passwords():
    """It keeps hashes only, so that CRAM-MD5 fails with the right password: the second try is plain."""
    answers = {"AUTHENTICATE": [challenge(b"PDEuMkBsPg==", b"NO no"), b"{tag} OK in\r\n"]}
    capabilities = b"IMAP4rev1 SASL-IR AUTH=CRAM-MD5 AUTH=PLAIN"
    with ScriptedImap(answers, capabilities=capabilities) as server:
        with connect_scripted(server) as session:
            assert session.mechanism == "PLAIN"
        assert [name for name in server.names() if name == "AUTHENTICATE"] == ["AUTHENTICATE"] * 2
    with ScriptedImap({"AUTHENTICATE": b"{tag} OK in\r\n"}, capabilities=capabilities) as server:
        connect_scripted(server, prefer="PLAIN").close()
        assert server.commands[1][1].startswith(b"PLAIN "), "what worked last time goes first"
        assert server.names() == ["AUTHENTICATE"]


def test_never_more_than_two_refused_logins():
    capabilities = b"IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1 AUTH=CRAM-MD5 AUTH=PLAIN AUTH=LOGIN"
    with ScriptedImap({"AUTHENTICATE": b"{tag} NO no\r\n"}, capabilities=capabilities) as server:
        with pytest.raises(errors.AuthenticationFailed):
            connect_scripted(server)
        assert server.names() == ["AUTHENTICATE"] * 2


def test_a_server_that_is_unavailable_is_not_asked_twice():
    answers = {"AUTHENTICATE": b"{tag} NO [UNAVAILABLE] backend down\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN") as server:
        with pytest.raises(errors.ServerRefused) as caught:
            connect_scripted(server)
        assert caught.value.temporary
        assert server.names() == ["AUTHENTICATE"]


def test_a_server_that_refuses_and_hangs_up():
    def refuse(talk, tag, _arguments):
        talk.send(tag + b" NO wrong\r\n")
        talk.hang_up()

    with ScriptedImap(
        {"AUTHENTICATE": refuse}, capabilities=b"IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-1 AUTH=PLAIN"
    ) as server:
        with pytest.raises(errors.AuthenticationFailed) as caught:
            connect_scripted(server)
    assert caught.value.params["reply"] == "wrong"


def test_a_server_that_accepts_scram_without_proof_is_not_trusted():
    """Somebody in the middle can say OK, but cannot show the signature (RFC 5802)."""
    answers = {"AUTHENTICATE": b"{tag} OK welcome\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256") as server:
        with pytest.raises(errors.ServerNonsense):
            connect_scripted(server)


def test_a_broken_challenge_is_cancelled():
    seen = []

    def answer(talk, tag, _arguments):
        talk.send(b"+ not base64!\r\n")
        seen.append(talk.line())
        talk.send(tag + b" BAD cancelled\r\n")

    with ScriptedImap({"AUTHENTICATE": answer}, capabilities=b"IMAP4rev1 AUTH=CRAM-MD5 LOGINDISABLED") as server:
        with pytest.raises(errors.AuthenticationFailed):
            connect_scripted(server)
    assert seen == [b"*\r\n"]


def test_a_server_that_echoes_the_command_does_not_make_us_show_the_password():
    with ScriptedImap({"LOGIN": b'{tag} NO cannot do: LOGIN "anna" "secret"\r\n'}) as server:
        with pytest.raises(errors.AuthenticationFailed) as caught:
            connect_scripted(server)
    assert "secret" not in str(caught.value) and "***" in str(caught.value)


def test_preauth_needs_no_login():
    with ScriptedImap(greeting=b"* PREAUTH hello\r\n") as server:
        with connect_scripted(server) as session:
            assert session.mechanism == "PREAUTH"
        assert server.names(without=("CAPABILITY",)) == ["LOGOUT"]


def test_capabilities_of_the_greeting_and_of_the_login_spare_questions():
    answers = {"LOGIN": b"{tag} OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"}
    with ScriptedImap(answers, greeting=b"* OK [CAPABILITY IMAP4rev1 X-OLD] hi\r\n") as server:
        with connect_scripted(server) as session:
            assert session.capabilities == {"IMAP4REV1", "MOVE"}
        assert server.names(without=()) == ["LOGIN", "LOGOUT"]

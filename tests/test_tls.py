# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""TLS against the lab's certificates: each flaw has its own error, and says what it is about."""

import contextlib
import gc
import socket
import ssl
import threading

import pytest
from scripted_server import ScriptedImap, ScriptedServer

from odoo.addons.comm_mailboxes.protocol import Credentials, Endpoint, HostGuard, ImapSession, connector, errors, tls

GUARD = HostGuard(["localhost", "127.0.0.0/8"])
NOBODY = Credentials("nobody@lab.test", "secret")


def endpoint(lab, port, host="localhost", **values):
    return Endpoint(host, port, **{"ca_file": str(lab.ca_file), "guard": GUARD, "timeout": 5, **values})


def open_tls(lab, port, **values):
    return connector.open_socket(endpoint(lab, port, **values))


def test_good_certificate(lab):
    steps = []
    sock = connector.open_socket(endpoint(lab, lab.ports["imaps"]), lambda *step: steps.append(step))
    name, _seconds, facts = steps[-1]
    assert name == "tls"
    assert facts["version"] == sock.version() == "TLSv1.3"
    assert {"localhost", "mail.lab.test", "127.0.0.1"} <= set(facts["certificate"].names)
    assert facts["certificate"] == tls.peer_certificate(sock)
    sock.close()


def test_the_address_counts_when_the_host_is_an_address(lab):
    open_tls(lab, lab.ports["imaps"], host="127.0.0.1").close()
    with pytest.raises(errors.CertificateNameMismatch):
        open_tls(lab, lab.certificate_ports["other_name"], host="127.0.0.1")


def test_unknown_authority(lab):
    with pytest.raises(errors.CertificateNotTrusted) as caught:
        open_tls(lab, lab.ports["imaps"], ca_file=None)
    assert not isinstance(caught.value, errors.CertificateSelfSigned)
    assert "Lab throw-away authority" in caught.value.params["issuer"]
    assert "localhost" in caught.value.certificate.names


def test_self_signed(lab):
    with pytest.raises(errors.CertificateSelfSigned) as caught:
        open_tls(lab, lab.certificate_ports["self_signed"])
    assert caught.value.certificate.sha256 in _fingerprint(lab, lab.certificate_ports["self_signed"])


def test_self_signed_is_fine_when_it_is_in_the_file_of_authorities(lab, tmp_path):
    port = lab.certificate_ports["self_signed"]
    file = tmp_path / "own.pem"
    file.write_text(ssl.get_server_certificate(("127.0.0.1", port)))
    open_tls(lab, port, ca_file=str(file)).close()


def test_expired(lab):
    with pytest.raises(errors.CertificateExpired) as caught:
        open_tls(lab, lab.certificate_ports["expired"])
    assert caught.value.params["date"] == str(caught.value.certificate.not_after.date())


def test_other_name_and_the_setting_that_accepts_it(lab):
    port = lab.certificate_ports["other_name"]
    with pytest.raises(errors.CertificateNameMismatch) as caught:
        open_tls(lab, port)
    assert caught.value.params == {"host": "localhost", "expected": "localhost", "names": "other.lab.test"}
    assert caught.value.certificate.names == ("other.lab.test",)
    open_tls(lab, port, certificate_hostname="other.lab.test").close()


def test_a_different_name_is_demanded_even_where_the_host_name_would_do(lab):
    with pytest.raises(errors.CertificateNameMismatch) as caught:
        open_tls(lab, lab.ports["imaps"], certificate_hostname="other.lab.test")
    assert caught.value.params["expected"] == "other.lab.test"


def test_common_name_counts_without_alternative_names(lab):
    port = lab.certificate_ports["common_name"]
    open_tls(lab, port).close()
    with pytest.raises(errors.CertificateNameMismatch):
        open_tls(lab, port, certificate_hostname="other.lab.test")


@pytest.mark.parametrize("kind", ["self_signed", "other_name", "expired"])
def test_without_the_check_it_is_still_tls_and_the_certificate_is_known(lab, kind):
    steps = []
    sock = connector.open_socket(
        endpoint(lab, lab.certificate_ports[kind], verify=False, ca_file=None), lambda *step: steps.append(step)
    )
    assert isinstance(sock, ssl.SSLSocket)
    assert steps[-1][2]["certificate"].sha256
    sock.close()


def test_sni_carries_the_server_name_not_the_expected_one(lab):
    seen = []

    def script(talk):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = lambda _sock, name, _context: seen.append(name)
        context.wrap_socket(talk.sock, server_side=True)

    with ScriptedServer(script) as server:
        for host in ("localhost", "LOCALHOST."):
            with pytest.raises(errors.ProtocolError):
                open_tls(lab, server.port, host=host, certificate_hostname="other.lab.test")
    assert seen and set(seen) == {"localhost"}


def test_a_port_without_tls(lab):
    with pytest.raises(errors.TlsNotSpoken) as caught:
        open_tls(lab, lab.ports["imap"])
    assert caught.value.params["port"] == str(lab.ports["imap"])


def test_a_server_that_hangs_up_in_the_handshake(lab):
    with ScriptedServer(lambda talk: talk.sock.recv(10)) as server, pytest.raises(errors.ProtocolError) as caught:
        open_tls(lab, server.port)
    assert isinstance(caught.value, errors.ConnectionLost | errors.TlsFailed)
    assert caught.value.step == "tls"


def test_a_server_that_is_silent_in_the_handshake(lab):
    with ScriptedServer(lambda talk: talk.wait()) as server, pytest.raises(errors.ServerSilent) as caught:
        open_tls(lab, server.port, timeout=0.4)
    assert caught.value.step == "tls"


def test_outdated_tls_is_refused(lab):
    def script(talk):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.wrap_socket(talk.sock, server_side=True)

    with pytest.warns(DeprecationWarning), ScriptedServer(script) as server, pytest.raises(errors.TlsFailed):
        open_tls(lab, server.port, verify=False)


def peer_port(sock):
    """Return the port at the other end; None where nobody is: the lab's identity server listens in this process, too."""
    try:
        return sock.getpeername()[1]
    except OSError:
        return None


@pytest.mark.parametrize("kind", ["other_name", "expired"])
def test_the_socket_is_closed_when_the_certificate_is_rejected(lab, kind):
    port = lab.certificate_ports[kind]
    sock = socket.create_connection(("127.0.0.1", port))
    with pytest.raises(errors.CertificateRejected) as caught:
        tls.start_tls(sock, context=tls.build_context(ca_file=str(lab.ca_file)), server_name="localhost")
    # The exception keeps the frames, and so the socket, alive: only a close() of ours can have closed it.
    found = [thing for thing in gc.get_objects() if isinstance(thing, ssl.SSLSocket) and thing.fileno() != -1]
    assert port not in [peer_port(thing) for thing in found]
    assert caught.value.__traceback__


# STARTTLS


def starttls(lab, port, **values):
    return endpoint(lab, port, security="starttls", **values)


def test_starttls_checks_the_certificate_as_strictly(lab):
    port = lab.ports["imap"]
    with pytest.raises(errors.CertificateNotTrusted) as caught:
        ImapSession(starttls(lab, port, ca_file=None), NOBODY)
    assert "Lab throw-away authority" in caught.value.params["issuer"]
    with pytest.raises(errors.CertificateNameMismatch):
        ImapSession(starttls(lab, port, certificate_hostname="other.lab.test"), NOBODY)


def test_starttls_not_offered_sends_no_password(lab):
    with ScriptedImap() as server, pytest.raises(errors.TlsNotOffered):
        ImapSession(starttls(lab, server.port), NOBODY)
    assert server.names(without=()) == ["CAPABILITY"]


def test_starttls_refused(lab):
    answers = {"STARTTLS": b"{tag} NO not today\r\n"}
    with ScriptedImap(answers, capabilities=b"IMAP4rev1 STARTTLS") as server, pytest.raises(errors.TlsNotOffered):
        ImapSession(starttls(lab, server.port), NOBODY)


def test_a_greeting_that_skips_starttls_is_not_believed(lab):
    """PREAUTH from somebody in the middle would leave the session in clear (RFC 9051 section 11.1)."""
    server = ScriptedImap(capabilities=b"IMAP4rev1 STARTTLS", greeting=b"* PREAUTH welcome\r\n")
    with server, pytest.raises(errors.TlsNotOffered):
        ImapSession(starttls(lab, server.port), NOBODY)
    assert server.names(without=()) == ["CAPABILITY"]


def test_words_slipped_in_before_tls_count_for_nothing(lab):
    """Plaintext injection after the OK: the words must not be taken for the server's first ones under TLS."""

    def start_tls(talk, tag, _arguments):
        talk.send(tag + b" OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
        backend = socket.create_connection(("127.0.0.1", lab.ports["imaps"]))
        _bridge(talk.sock, backend)

    account = lab.account()
    with ScriptedImap({"STARTTLS": start_tls}, capabilities=b"IMAP4rev1 STARTTLS") as server:
        with ImapSession(starttls(lab, server.port), Credentials(account.address, account.password)) as session:
            # The real server's safest, not the injected one.
            assert session.mechanism == "SCRAM-SHA-256"


def _bridge(one, other):
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=copy, args=(other, one), daemon=True).start()
    copy(one, other)


def _fingerprint(lab, port):
    sock = open_tls(lab, port, verify=False)
    try:
        return tls.peer_certificate(sock).sha256
    finally:
        sock.close()

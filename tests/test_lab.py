# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lab does what its users rely on."""

import base64
import contextlib
import datetime
import hashlib
import hmac
import imaplib
import poplib
import smtplib
import socket
import ssl
import time

import pytest
from imapclient import IMAPClient

HELLO = b"From: ben@lab.test\r\nTo: anna@lab.test\r\nSubject: Hello\r\n\r\nHow are you?\r\n"


@pytest.fixture
def account(lab):
    return lab.account()


def trusting(lab):
    return ssl.create_default_context(cafile=lab.ca_file)


def connect_imap(lab, port=None):
    return imaplib.IMAP4("127.0.0.1", port or lab.ports["imap"], timeout=10)


def messages(client, folder="INBOX"):
    """Every message of a folder as (flags, raw), in the order of the server."""
    status, count = client.select(folder, readonly=True)
    assert status == "OK", count
    if count == [b"0"]:
        return []
    _status, data = client.fetch("1:*", "(FLAGS BODY.PEEK[])")
    parts = [part for part in data if isinstance(part, tuple)]
    return [(set(imaplib.ParseFlags(head)), raw) for head, raw in parts]


def wait_for_mail(client, seconds=10):
    deadline = time.monotonic() + seconds
    while not (found := messages(client)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


# Signing in


def test_login(lab, account):
    client = connect_imap(lab)
    assert client.login(account.address, account.password)[0] == "OK"


def test_wrong_password_is_refused_at_once(lab, account):
    client = connect_imap(lab)
    started = time.monotonic()
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(account.address, "wrong")
    # Dovecot by itself lets who guesses wait for two seconds.
    assert time.monotonic() - started < 2


def test_unknown_account_is_refused(lab):
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        connect_imap(lab).login("nobody@lab.test", "secret")


def test_sasl_plain(lab, account):
    client = connect_imap(lab)
    answer = f"\0{account.address}\0{account.password}".encode()
    assert client.authenticate("PLAIN", lambda _challenge: answer)[0] == "OK"


def test_sasl_login(lab, account):
    client = connect_imap(lab)
    answers = iter([account.address.encode(), account.password.encode()])
    assert client.authenticate("LOGIN", lambda _challenge: next(answers))[0] == "OK"


def test_sasl_cram_md5(lab, account):
    assert connect_imap(lab).login_cram_md5(account.address, account.password)[0] == "OK"


def test_sasl_scram_sha_256(lab, account):
    scram = Scram(account)
    assert connect_imap(lab).authenticate("SCRAM-SHA-256", scram.answer)[0] == "OK"
    assert scram.server_is_genuine


class Scram:
    """The client's side of RFC 7677, without channel binding."""

    def __init__(self, account):
        self._password = account.password.encode()
        self._first = f"n={account.address},r=lab-nonce"
        self._steps = iter([self._begin, self._prove, self._verify])
        self.server_is_genuine = False

    def answer(self, challenge):
        return next(self._steps)(challenge).encode()

    def _begin(self, _challenge):
        return f"n,,{self._first}"

    def _prove(self, challenge):
        facts = dict(pair.split("=", 1) for pair in challenge.decode().split(","))
        salt, rounds = base64.b64decode(facts["s"]), int(facts["i"])
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        without_proof = f"c={base64.b64encode(b'n,,').decode()},r={facts['r']}"
        signed = f"{self._first},{challenge.decode()},{without_proof}".encode()
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")
        return f"{without_proof},p={base64.b64encode(proof).decode()}"

    def _verify(self, challenge):
        self.server_is_genuine = base64.b64decode(challenge[2:]) == self._expected
        return ""


def test_password_with_any_characters(lab):
    account = lab.account(password="a:b {c} %u $x \\ ü€ ")
    lab.imap(account)


def test_account_added_while_somebody_is_logged_in(lab, account):
    lab.imap(account)
    for _ in range(3):
        lab.imap(lab.account())


def test_account_of_a_name_is_made_once(lab):
    first = lab.account("once")
    assert lab.account("once") == first
    changed = lab.account("once", "new password")
    assert changed.password == "new password"
    assert changed in lab.accounts
    lab.imap(changed)


# TLS


def test_starttls(lab, account):
    client = connect_imap(lab)
    client.starttls(trusting(lab))
    assert client.login(account.address, account.password)[0] == "OK"


@pytest.mark.parametrize("name", ["localhost", "mail.lab.test", "127.0.0.1"])
def test_good_certificate(lab, name):
    plain = socket.create_connection(("127.0.0.1", lab.ports["imaps"]), timeout=10)
    with trusting(lab).wrap_socket(plain, server_hostname=name) as connection:
        assert connection.recv(5) == b"* OK "


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("self_signed", "self-signed certificate"),
        ("other_name", "Hostname mismatch"),
        ("expired", "certificate has expired"),
    ],
)
def test_bad_certificate(lab, account, kind, reason):
    port = lab.certificate_ports[kind]
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        imaplib.IMAP4_SSL("localhost", port, ssl_context=trusting(lab), timeout=10)
    careless = ssl._create_unverified_context()
    client = imaplib.IMAP4_SSL("localhost", port, ssl_context=careless, timeout=10)
    assert client.login(account.address, account.password)[0] == "OK"


def test_certificate_with_a_common_name_only(lab):
    context = trusting(lab)
    context.check_hostname = False
    plain = socket.create_connection(("127.0.0.1", lab.certificate_ports["common_name"]), timeout=10)
    with context.wrap_socket(plain) as connection:
        certificate = connection.getpeercert()
    assert (("commonName", "localhost"),) in certificate["subject"]
    assert "subjectAltName" not in certificate


# Mail


def test_deliver_with_flags_and_date(lab, account):
    date = datetime.datetime(2024, 2, 29, 12, 30)
    lab.deliver(account.address, HELLO, "Sent", [r"\Seen", r"\Flagged", "$Forwarded"], date)
    client = lab.imap(account)
    assert messages(client, "Sent") == [({b"\\Seen", b"\\Flagged", b"$Forwarded", b"\\Recent"}, HELLO)]
    _status, data = client.fetch("1", "(INTERNALDATE)")
    assert time.mktime(imaplib.Internaldate2tuple(data[0])) == date.replace(tzinfo=datetime.UTC).timestamp()


def test_deliver_turns_line_feeds_into_line_ends(lab, account):
    lab.deliver(account.address, HELLO.replace(b"\r\n", b"\n"))
    assert [raw for _flags, raw in messages(lab.imap(account))] == [HELLO]


@pytest.mark.parametrize("raw", [b"\r\n", b"no header at all", b"Subject: \xfc\xff\r\n\r\n\x80\r\n"])
def test_deliver_odd_mail(lab, account, raw):
    lab.deliver(account.address, raw)
    assert [found for _flags, found in messages(lab.imap(account))] == [raw]


def test_deliver_large_mail(lab, account):
    raw = HELLO + b"x" * 76 * 800_000
    lab.deliver(account.address, raw)
    assert messages(lab.imap(account))[0][1] == raw


def test_deliver_many_keeps_the_order(lab, account):
    mails = [(folder, b"Subject: %d\r\n\r\n" % number) for folder in ("INBOX", "Archive") for number in range(1200)]
    lab.deliver_many(account.address, mails)
    for folder in ("INBOX", "Archive"):
        found = [raw for _flags, raw in messages(lab.imap(account), folder)]
        assert found == [raw for wanted, raw in mails if wanted == folder]


@pytest.mark.parametrize(
    ("delimiter", "name"),
    [
        ("/", "Küche Müller/Angebote & mehr"),
        ("/", 'With "quotes", a \\ and v1.2'),
        (".", "INBOX-like.Büro/Lager"),
        ("/", "日本語 😀"),
    ],
)
def test_folder_names(lab, delimiter, name):
    account = lab.account(delimiter=delimiter)
    lab.create_folder(account.address, name)
    lab.deliver(account.address, HELLO, name)
    with imapclient(lab, account) as client:
        assert name in [folder for _flags, _delimiter, folder in client.list_folders()]
        assert client.select_folder(name)[b"EXISTS"] == 1


@pytest.mark.parametrize(("language", "sent", "trash"), [("en", "Sent", "Trash"), ("de", "Gesendet", "Papierkorb")])
def test_special_folders(lab, language, sent, trash):
    with imapclient(lab, lab.account(language=language)) as client:
        assert client.find_special_folder(b"\\Sent") == sent
        assert client.find_special_folder(b"\\Trash") == trash
        assert {"INBOX"} < {folder for *_facts, folder in client.list_folders()}
        subscribed = {folder for *_facts, folder in client.list_sub_folders()}
        assert {sent, trash} <= subscribed


def test_account_without_special_folders(lab):
    with imapclient(lab, lab.account(language=None)) as client:
        assert [folder for *_facts, folder in client.list_folders()] == ["INBOX"]


def test_account_with_prefix(lab):
    account = lab.account(delimiter=".", prefix="INBOX.")
    lab.deliver(account.address, HELLO, "INBOX.Projekte.Küche")
    with imapclient(lab, account) as client:
        assert client.namespace().personal == (("INBOX.", "."),)
        folders = [folder for *_facts, folder in client.list_folders()]
        assert {"INBOX", "INBOX.Sent", "INBOX.Projekte.Küche"} <= set(folders)


def test_folder_that_is_not_subscribed(lab, account):
    lab.create_folder(account.address, "Old", subscribed=False)
    with imapclient(lab, account) as client:
        assert "Old" in [folder for *_facts, folder in client.list_folders()]
        assert "Old" not in [folder for *_facts, folder in client.list_sub_folders()]


@contextlib.contextmanager
def imapclient(lab, account):
    with IMAPClient("127.0.0.1", lab.ports["imap"], ssl=False) as client:
        client.login(account.address, account.password)
        yield client


def test_everything_in_one_round_trip(lab, account):
    client = lab.imap(account)
    wanted = "(SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))"
    client._simple_command("LIST", f'"" "*" RETURN {wanted}')
    assert len(client.untagged_responses["STATUS"]) == len(client.untagged_responses["LIST"]) == 6
    capabilities = client.capability()[1][0].split()
    assert {b"CONDSTORE", b"QRESYNC", b"MOVE", b"UIDPLUS", b"LIST-STATUS", b"IDLE"} <= set(capabilities)


def test_pop3(lab, account):
    lab.deliver(account.address, HELLO)
    plain = poplib.POP3("127.0.0.1", lab.ports["pop3"], timeout=10)
    plain.stls(trusting(lab))
    encrypted = poplib.POP3_SSL("localhost", lab.ports["pop3s"], context=trusting(lab), timeout=10)
    for client in (plain, encrypted):
        client.user(account.address)
        client.pass_(account.password)
        assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == HELLO
        assert client.uidl()[1]
        client.quit()


# SMTP


def test_smtp_in_delivers_once_to_each_of_several(lab):
    accounts = [lab.account() for _number in range(3)]
    with smtplib.SMTP("127.0.0.1", lab.ports["smtp_in"], timeout=10) as smtp:
        smtp.sendmail("ben@lab.test", [each.address for each in accounts], HELLO)
    for each in accounts:
        client = connect_imap(lab)
        client.login(each.address, each.password)
        assert len(wait_for_mail(client)) == 1


def test_smtp_in_delivers(lab, account):
    with smtplib.SMTP("127.0.0.1", lab.ports["smtp_in"], timeout=10) as smtp:
        smtp.sendmail("ben@lab.test", [account.address, "stranger@example.com"], HELLO)
    received = lab.received[-1]
    assert received.mail_from == "ben@lab.test"
    assert received.recipients == (account.address, "stranger@example.com")
    assert received.raw == HELLO
    ((_flags, raw),) = wait_for_mail(lab.imap(account))
    assert raw.endswith(HELLO)


def test_submission_needs_authentication(lab, account):
    with smtplib.SMTP("127.0.0.1", lab.ports["submission"], timeout=10) as smtp:
        smtp.ehlo()
        assert smtp.mail("ben@lab.test")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(account.address, "wrong")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_submission_with_starttls(lab, account, mechanism):
    recipient = lab.account()
    with smtplib.SMTP("localhost", lab.ports["submission"], timeout=10) as smtp:
        smtp.starttls(context=trusting(lab))
        smtp.ehlo()
        smtp.user, smtp.password = account.address, account.password
        assert mechanism in smtp.esmtp_features["auth"].split()
        smtp.auth(mechanism, getattr(smtp, "auth_" + mechanism.lower().replace("-", "_")))
        smtp.sendmail(account.address, [recipient.address], HELLO)
    assert len(wait_for_mail(lab.imap(recipient))) == 1
    assert lab.received[-1].mail_from == account.address


def test_submissions(lab, account):
    with smtplib.SMTP_SSL("localhost", lab.ports["submissions"], context=trusting(lab), timeout=10) as smtp:
        smtp.login(account.address, account.password)
        smtp.sendmail(account.address, [account.address], HELLO)
    assert len(wait_for_mail(lab.imap(account))) == 1

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lab's identity server, seen by a client that shares no code with the product, and the mail server that asks it."""

import base64
import hashlib
import json
import re
import secrets
import ssl
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from odoo.addons.comm_mailboxes.protocol import (
    Credentials,
    Endpoint,
    HostGuard,
    ImapSession,
    Pop3Session,
    SmtpSession,
    errors,
)

from lab.identity import CLIENT_ID
from lab.identity_book import SCOPES

REDIRECT = "http://127.0.0.1:8069/back"
EVERYTHING = ("offline_access", *SCOPES.values())
SESSIONS = {"imaps": ImapSession, "pop3s": Pop3Session, "submissions": SmtpSession}


class Client:
    def __init__(self, lab, tenant="organizations"):
        self.root = f"{lab.identity.authority}/{tenant}"
        context = ssl.create_default_context(cafile=str(lab.ca_file))
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())

    def ask(self, address, **form):
        """Return the status and the body, as JSON where it is JSON."""
        data = urlencode(form).encode() if form else None
        try:
            answer = self._opener.open(f"{self.root}/{address}" if ":" not in address else address, data, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read().decode()
            is_json = "json" in answer.headers.get("Content-Type", "")
            self.location = answer.headers.get("Location", "")
            return answer.status, json.loads(body) if is_json else body

    def token(self, **form):
        return self.ask("oauth2/v2.0/token", client_id=CLIENT_ID, **form)

    def sign_in(self, account, password=None, *, scopes=EVERYTHING, client_id=CLIENT_ID):
        """Return the code, and what proves that it was asked for by us."""
        verifier = secrets.token_urlsafe(40)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "scope": " ".join(scopes),
            "state": "s1",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        _status, page = self.ask(f"oauth2/v2.0/authorize?{urlencode(query)}")
        form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        form |= {"account": account.address, "password": password or account.password, "sign_in": "1"}
        status, page = self.ask("oauth2/v2.0/login", **form)
        if status != 302:
            return page, verifier
        answer = {name: value for name, [value] in parse_qs(urlsplit(self.location).query).items()}
        assert answer["state"] == "s1"
        return answer["code"], verifier


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


@pytest.fixture
def account(lab):
    lab.identity.reset()
    return lab.account()


def tokens_of(client, account, **options):
    code, verifier = client.sign_in(account, **options)
    status, answer = client.token(
        grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=REDIRECT
    )
    assert status == 200, answer
    return answer


def connect(lab, port, login, token):
    endpoint = Endpoint("localhost", lab.ports[port], ca_file=str(lab.ca_file), guard=HostGuard(["127.0.0.0/8", "::1"]))
    return SESSIONS[port](endpoint, Credentials(login, token, "oauth2"))


@pytest.mark.parametrize("port", SESSIONS)
def test_a_token_opens_the_account_of_its_owner_and_no_other(lab, account, port):
    token = tokens_of(Client(lab), account)["access_token"]
    with connect(lab, port, account.address, token) as session:
        assert session.mechanism == "XOAUTH2"
    with pytest.raises(errors.AuthenticationFailed) as caught:
        connect(lab, port, lab.account().address, token)
    assert token not in str(caught.value)
    with pytest.raises(errors.AuthenticationFailed):
        connect(lab, port, account.address, token + "x")


def test_a_token_is_good_for_what_was_asked_only(lab, account):
    scopes = (SCOPES["imap"], "offline_access")
    token = tokens_of(Client(lab), account, scopes=scopes)["access_token"]
    connect(lab, "imaps", account.address, token).close()
    for port in ("pop3s", "submissions"):
        with pytest.raises(errors.AuthenticationFailed):
            connect(lab, port, account.address, token)


def test_tokens_run_out_and_are_revoked(lab, account):
    client = Client(lab)
    first = tokens_of(client, account)
    lab.identity.book.expire(account.address)
    with pytest.raises(errors.AuthenticationFailed):
        connect(lab, "imaps", account.address, first["access_token"])
    status, second = client.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert status == 200
    connect(lab, "imaps", account.address, second["access_token"]).close()
    # Rotation: the old one is spent.
    status, answer = client.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (status, answer["error_codes"]) == (400, [50173])
    lab.identity.book.revoke(account.address)
    status, answer = client.token(grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert answer["error_description"].startswith("AADSTS50173: ")


def test_people_withdraw_what_they_allowed(lab, account):
    client = Client(lab)
    tokens = tokens_of(client, account)
    form = {"account": account.address, "password": account.password}
    assert "AADSTS50126" in client.ask("withdraw", **{**form, "password": "wrong"})[1]
    assert "<form" in client.ask("withdraw", **form, cancel="1")[1]
    connect(lab, "imaps", account.address, tokens["access_token"]).close()
    assert "is withdrawn" in client.ask("withdraw", **form)[1]
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert client.token(**refresh)[1]["error_codes"] == [50173]
    with pytest.raises(errors.AuthenticationFailed):
        connect(lab, "imaps", account.address, tokens["access_token"])


def test_a_code_is_good_once_and_for_who_asked(lab, account):
    client = Client(lab)
    code, verifier = client.sign_in(account)
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    assert client.token(code=code, code_verifier="y" * 43, **form)[1]["error_codes"] == [501481]
    assert client.token(code=code, code_verifier=verifier, **form)[1]["error_codes"] == [54005]
    code, verifier = client.sign_in(account)
    wrong = form | {"redirect_uri": "https://evil.example.com/"}
    assert client.token(code=code, code_verifier=verifier, **wrong)[1]["error_codes"] == [50011]
    page, _verifier = client.sign_in(account, "wrong password")
    assert "AADSTS50126" in page


def test_device_code(lab, account):
    client = Client(lab)
    scope = f"offline_access {SCOPES['imap']}"
    _status, begun = client.ask("oauth2/v2.0/devicecode", client_id=CLIENT_ID, scope=scope)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
    }
    assert client.token(**form)[1]["error"] == "authorization_pending"
    status, page = client.ask(
        begun["verification_uri"],
        user_code=begun["user_code"].lower(),
        account=account.address,
        password=account.password,
    )
    assert (status, "You have signed in" in page) == (200, True)
    status, answer = client.token(**form)
    assert status == 200
    connect(lab, "imaps", account.address, answer["access_token"]).close()
    assert client.token(**form)[1]["error"] == "expired_token"


def test_shared_mailboxes(lab, account):
    shared = lab.account("shared-2")
    client = Client(lab)
    token = tokens_of(client, account)["access_token"]
    with pytest.raises(errors.AuthenticationFailed):
        connect(lab, "imaps", shared.address, token)
    lab.identity.book.share(shared.address, account.address)
    connect(lab, "imaps", shared.address, token).close()
    lab.identity.book.register("app-only", secret="s3cret", mailboxes=[shared.address])
    form = {"client_id": "app-only", "grant_type": "client_credentials"}
    scope = "https://outlook.office365.com/.default"
    _status, answer = client.ask("oauth2/v2.0/token", client_secret="s3cret", scope=scope, **form)
    connect(lab, "imaps", shared.address, answer["access_token"]).close()
    with pytest.raises(errors.AuthenticationFailed):
        connect(lab, "imaps", account.address, answer["access_token"])
    assert client.ask("oauth2/v2.0/token", client_secret="wrong", scope=scope, **form)[1]["error_codes"] == [7000215]


def test_what_is_ordered_is_answered(lab, account):
    client = Client(lab)
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens_of(client, account)["refresh_token"]}
    lab.identity.book.refuse(7000222, error="invalid_client")
    assert client.token(**refresh)[1]["error_codes"] == [7000222]
    assert client.token(**refresh)[0] == 200
    for behaviour, status, text in (("html", 200, "guest network"), ("error 503", 503, "unavailable")):
        lab.identity.behaviour = behaviour
        answer = client.token(**refresh)
        assert (answer[0], text in answer[1]) == (status, True)
    lab.identity.reset()
    assert Client(lab, "nowhere").ask("v2.0/.well-known/openid-configuration")[1]["error_codes"] == [90002]

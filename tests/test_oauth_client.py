# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The product's client of an identity server, over real sockets: every way to sign in, every way to fail."""

import json
import re
import ssl
import time
import urllib.error
import urllib.request
from functools import partial
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest

from odoo.addons.comm_mailboxes.protocol import Credentials, Endpoint, HostGuard, ImapSession
from odoo.addons.comm_mailboxes.protocol.oauth import Application, HttpClient, IdentityClient, errors

from lab.identity import CLIENT_ID

REDIRECT = "http://127.0.0.1:8069/comm_mailboxes/oauth/callback"
SECRET = "s3cret-of-the-application"


@pytest.fixture
def account(lab):
    lab.identity.reset()
    yield lab.account()
    lab.identity.reset()


def http_client(lab, **options):
    return HttpClient(HostGuard(["127.0.0.0/8", "::1"]), **{"ca_file": str(lab.ca_file), "seconds": 30, **options})


def make_client(lab, cache="", http=None, **facts):
    facts = {"provider": "microsoft", "kind": "imap", "client_id": CLIENT_ID, **facts}
    facts.setdefault("authority", lab.identity.authority)
    return IdentityClient(Application(**facts), http or http_client(lab), cache)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def browse(lab, address, **form):
    """Open a page as a browser; return where it leads, or its text."""
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())
    try:
        answer = opener.open(address, urlencode(form).encode() if form else None, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.headers.get("Location") or answer.read().decode()


def pass_page(lab, auth_uri, account, **more):
    """Sign in on the server's page; return the parameters that come back to us."""
    page = browse(lab, auth_uri)
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    form |= {"account": account.address, "password": account.password, **(more or {"sign_in": "1"})}
    back = browse(lab, auth_uri.partition("?")[0].replace("authorize", "login"), **form)
    assert back.startswith(REDIRECT), back
    return {name: value for name, [value] in parse_qs(urlsplit(back).query).items()}


def sign_in(lab, account, client=None, **facts):
    client = client or make_client(lab, **facts)
    flow = client.begin(REDIRECT, "state-1", account.address)
    return client, client.finish(flow, pass_page(lab, flow["auth_uri"], account))


def open_mailbox(lab, login, token):
    endpoint = Endpoint(
        "localhost", lab.ports["imaps"], ca_file=str(lab.ca_file), guard=HostGuard(["127.0.0.0/8", "::1"])
    )
    ImapSession(endpoint, Credentials(login, token.value, "oauth2")).close()


@pytest.mark.parametrize("secret", ["", SECRET])
def test_authorisation_code(lab, account, secret):
    client_id = CLIENT_ID
    if secret:
        client_id = "confidential"
        lab.identity.book.register(client_id, secret=secret)
    client = make_client(lab, client_id=client_id, secret=secret)
    flow = client.begin(REDIRECT, "state-1", account.address)
    query = parse_qs(urlsplit(flow["auth_uri"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["login_hint"] == [account.address]
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in query["scope"][0]
    assert "offline_access" in query["scope"][0]
    token = client.finish(flow, pass_page(lab, flow["auth_uri"], account))
    assert token.account == account.address
    assert time.time() + 3500 < token.expires_at < time.time() + 3700
    assert client.changed
    open_mailbox(lab, account.address, token)
    assert token.value not in repr(token)
    assert SECRET not in repr(Application("microsoft", "imap", "x", secret=SECRET))


def test_device_code(lab, account):
    client = make_client(lab)
    flow = client.begin_device()
    assert client.poll_device(flow) is None
    page = browse(
        lab, flow["verification_uri"], user_code=flow["user_code"], account=account.address, password=account.password
    )
    assert "You have signed in" in page
    token = client.poll_device(flow)
    assert token.account == account.address
    open_mailbox(lab, account.address, token)


def test_device_code_that_nobody_enters(lab, account):
    lab.identity.device_seconds = 0
    client = make_client(lab)
    flow = client.begin_device()
    time.sleep(0.1)
    with pytest.raises(errors.SignInRefused) as caught:
        client.poll_device(flow)
    assert caught.value.code == "AADSTS70019"
    assert caught.value.stops


def test_the_application_itself_signs_in(lab, account):
    shared = lab.account("shared-1")
    lab.identity.book.register("daemon", secret=SECRET, mailboxes=[shared.address])
    client = make_client(lab, client_id="daemon", secret=SECRET, app_only=True, tenant="lab.test")
    token = client.token()
    open_mailbox(lab, shared.address, token)
    again = make_client(lab, client.cache, client_id="daemon", secret=SECRET, app_only=True, tenant="lab.test")
    assert again.token().value == token.value
    assert again.token(force=True).value != token.value


def test_the_application_itself_needs_its_secret(lab, account):
    asked = len(lab.identity.requests)
    with pytest.raises(errors.ClientSecretMissing) as caught:
        make_client(lab, client_id="daemon", app_only=True, tenant="lab.test")
    assert caught.value.stops
    assert not caught.value.temporary
    assert len(lab.identity.requests) == asked


def test_tokens_are_kept_and_refreshed(lab, account):
    client, first = sign_in(lab, account)
    kept = client.cache
    again = make_client(lab, kept)
    before = lab.identity.book.refreshes
    assert again.token().value == first.value
    assert (again.changed, lab.identity.book.refreshes) == (False, before)
    forced = again.token(force=True)
    assert forced.value != first.value
    assert again.changed
    # Rotated: what was kept before is worth nothing any more, what is kept now is.
    assert make_client(lab, again.cache).token(force=True).value
    with pytest.raises(errors.SignInRefused) as caught:
        make_client(lab, kept).token(force=True)
    assert caught.value.code == "AADSTS50173"


def test_a_token_about_to_run_out_is_refreshed(lab, account):
    lab.identity.book.access_seconds = 200
    client, first = sign_in(lab, account)
    assert client.token().value != first.value


@pytest.mark.parametrize("offset", [-900, 900])
def test_clocks_that_differ_by_minutes(lab, account, offset):
    lab.identity.book.clock_offset = offset
    client, token = sign_in(lab, account)
    open_mailbox(lab, account.address, token)
    assert client.token().value == token.value
    open_mailbox(lab, account.address, client.token(force=True))


def test_nobody_signed_in(lab, account):
    with pytest.raises(errors.SignInRequired):
        make_client(lab).token()


@pytest.mark.parametrize("authority_path", ["", "/google"])
def test_another_provider_of_openid_connect(lab, account, authority_path):
    client, token = sign_in(lab, account, provider="google", authority=lab.identity.authority + authority_path)
    assert token.account == account.address
    open_mailbox(lab, account.address, token)
    again = make_client(lab, client.cache, provider="google", authority=lab.identity.authority + authority_path)
    assert again.token().value == token.value
    assert again.token(force=True).value != token.value
    with pytest.raises(errors.DeviceCodeNotOffered):
        again.begin_device()


def test_who_cancels_is_told_so(lab, account):
    client = make_client(lab)
    flow = client.begin(REDIRECT, "state-1", account.address)
    answer = pass_page(lab, flow["auth_uri"], account, cancel="1")
    with pytest.raises(errors.SignInRefused) as caught:
        client.finish(flow, answer)
    assert caught.value.code == "AADSTS65004"


def test_a_code_of_somebody_else_is_worth_nothing(lab, account):
    """Who slips a foreign code into our callback has not its verifier (PKCE)."""
    theirs = make_client(lab)
    their_flow = theirs.begin(REDIRECT, "state-2", account.address)
    stolen = pass_page(lab, their_flow["auth_uri"], account)["code"]
    client = make_client(lab)
    flow = client.begin(REDIRECT, "state-1", account.address)
    with pytest.raises(errors.SignInRefused) as caught:
        client.finish(flow, {"state": "state-1", "code": stolen})
    assert caught.value.code == "AADSTS501481"
    for answer in ({"state": "state-2", "code": stolen}, {"state": "state-1"}, {"code": stolen}):
        with pytest.raises(errors.SignInIncomplete) as incomplete:
            client.finish(flow, answer)
        assert stolen not in str(incomplete.value)


@pytest.mark.parametrize("junk", ["%%%", "bm9uc2Vuc2U", "W10", "é"])
def test_a_hint_for_routing_that_is_junk_stops_nobody(lab, account, junk):
    client = make_client(lab)
    flow = client.begin(REDIRECT, "state-1", account.address)
    answer = pass_page(lab, flow["auth_uri"], account)
    assert client.finish(flow, {**answer, "client_info": junk}).account == account.address


@pytest.mark.parametrize(
    ("number", "error", "stops"),
    [
        (50173, None, True),
        (7000222, "invalid_client", True),
        (65001, None, True),
        (90033, "temporarily_unavailable", False),
    ],
)
def test_refusals_are_told_from_what_passes_by_itself(lab, account, number, error, stops):
    client, _token = sign_in(lab, account)
    lab.identity.book.refuse(number, error=error)
    with pytest.raises(errors.SignInRefused) as caught:
        client.token(force=True)
    assert caught.value.code == f"AADSTS{number}"
    assert (caught.value.stops, caught.value.temporary) == (stops, not stops)
    assert "AADSTS" not in str(caught.value)
    # The refusal cost nothing: the refresh token is still there. (A client remembers for a minute what it was answered.)
    assert make_client(lab, client.cache).token(force=True).value


def test_an_unknown_refusal_is_quoted_without_what_is_for_support(lab, account):
    client, _token = sign_in(lab, account)
    lab.identity.book.refuse(999999)
    with pytest.raises(errors.SignInRefused) as caught:
        client.token(force=True)
    assert "AADSTS999999: Ordered by a test." in str(caught.value)
    assert "Trace ID" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, "has run out"),
        ({"error": "access_denied"}, "was cancelled"),
        ({"error": "strange", "error_description": "x" * 5000}, "strange: xxx"),
        ({"error": ["a"], "error_codes": "nonsense"}, "['a']"),
        ({}, "None"),
    ],
)
def test_refusals_without_numbers(answer, text):
    refused = errors.SignInRefused("id.example.com", answer)
    assert text in str(refused)
    assert len(str(refused)) < 600
    assert refused.stops


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("html", errors.IdentityServerNonsense),
        ("empty", errors.IdentityServerNonsense),
        # What a proxy or a web server answers as JSON is no word about the sign-in.
        ("json 403", errors.IdentityServerNonsense),
        ("json 404", errors.IdentityServerNonsense),
        ("error 500", errors.IdentityServerBusy),
        ("error 503", errors.IdentityServerBusy),
        ("error 429", errors.IdentityServerBusy),
        ("slow", errors.IdentityServerSilent),
    ],
)
@pytest.mark.parametrize("when", ["at first", "when refreshing"])
def test_servers_that_do_not_work(lab, account, caplog, behaviour, error, when):
    client, _token = sign_in(lab, account)
    http = http_client(lab, seconds=3) if behaviour == "slow" else None
    known = make_client(lab, client.cache, http)
    lab.identity.behaviour = behaviour
    with pytest.raises(error) as caught:
        if when == "at first":
            make_client(lab, http=http)
        else:
            known.token(force=True)
    assert caught.value.temporary
    assert not getattr(caught.value, "stops", False)
    assert not [record for record in caplog.records if record.name.startswith("msal") and record.levelname == "ERROR"]
    lab.identity.reset()
    assert make_client(lab, client.cache).token(force=True).value


def test_server_that_is_down(lab, account):
    with lab.proxy("identity") as proxy:
        proxy.refuse()
        with pytest.raises(errors.IdentityServerDown) as caught:
            make_client(lab, authority=f"https://localhost:{proxy.port}")
    assert caught.value.temporary
    with lab.proxy("identity") as proxy:
        proxy.cut_after(0, each=True)
        with pytest.raises(errors.IdentityServerDown):
            make_client(lab, authority=f"https://localhost:{proxy.port}")
    with lab.proxy("identity") as proxy:
        proxy.stall_after(0, each=True)
        started = time.monotonic()
        with pytest.raises(errors.IdentityServerSilent):
            make_client(lab, http=http_client(lab, seconds=2), authority=f"https://localhost:{proxy.port}")
        assert time.monotonic() - started < 30


@pytest.mark.parametrize("kind", ["self_signed", "other_name", "expired"])
def test_bad_certificates(lab, account, kind):
    port = lab.identity.open_door(lab.certificates[kind])
    with pytest.raises(errors.IdentityServerUntrusted):
        make_client(lab, authority=f"https://localhost:{port}")


def test_addresses_inside_the_network_are_refused(lab, account):
    guarded = HttpClient(HostGuard(), ca_file=str(lab.ca_file))
    with pytest.raises(errors.IdentityServerNotFound):
        make_client(lab, http=guarded)


@pytest.mark.parametrize(
    "authority", ["http://localhost:1", "https://user@localhost:1", "ftp://localhost", "localhost"]
)
def test_addresses_that_are_none(lab, account, authority):
    with pytest.raises(errors.IdentityServerNonsense):
        make_client(lab, authority=authority)


def test_an_unknown_tenant_and_an_unknown_application(lab, account):
    with pytest.raises(errors.SignInRefused) as caught:
        make_client(lab, tenant="nowhere")
    assert caught.value.code == "AADSTS90002"
    with pytest.raises(errors.SignInRefused) as caught:
        make_client(lab, client_id="not-registered").begin_device()
    assert caught.value.code == "AADSTS700016"
    lab.identity.book.register("confidential", secret=SECRET)
    with pytest.raises(errors.SignInRefused) as caught:
        sign_in(lab, account, client_id="confidential")
    assert caught.value.code == "AADSTS7000218"
    with pytest.raises(errors.SignInRefused) as caught:
        sign_in(lab, account, client_id="confidential", secret="wrong")
    assert caught.value.code == "AADSTS7000215"


@pytest.mark.parametrize("status", [400, 401, 404, 200])
def test_what_the_server_quotes_of_a_request_is_concealed(lab, account, caplog, status):
    caplog.set_level("DEBUG")
    secret = "s3cret/of+the application%"
    lab.identity.book.register("confidential", secret=secret)
    client, _token = sign_in(lab, account, client_id="confidential", secret=secret)
    flow = client.begin(REDIRECT, "state-1", account.address)
    code = pass_page(lab, flow["auth_uri"], account)
    [refresh] = [entry["secret"] for entry in json.loads(client.cache)["RefreshToken"].values()]
    device = make_client(lab)
    device_flow = device.begin_device()
    lab.identity.behaviour = f"echo {status}"
    hidden = {secret, quote_plus(secret), refresh, code["code"], flow["code_verifier"], device_flow["device_code"]}
    refused = status != 404
    calls = [partial(client.token, force=True), partial(client.finish, flow, code)]
    for work in (*calls, partial(device.poll_device, device_flow)):
        with pytest.raises(errors.ProtocolError) as caught:
            work()
        assert isinstance(caught.value, errors.SignInRefused) == refused
        told = f"{caught.value} {caught.value!r} {caught.value.args} {caught.getrepr(chain=True, style='value')}"
        assert ("weird" in told) == ("***" in told) == refused
        assert not [value for value in hidden if value in told]
    assert not [value for value in hidden if value in caplog.text]


@pytest.mark.parametrize(
    "number",
    ["1e999", "-1e999", "NaN", "1" + 30 * "0", "1" + 400 * "0", "99999999999999", "-5", '"x"', "null", "[]", '"1e999"'],
)
def test_times_that_are_none_lose_no_refresh_token(lab, account, number):
    client, _token = sign_in(lab, account)
    lab.identity.facts = dict.fromkeys(("expires_in", "interval"), number)
    token = client.token(force=True)
    assert time.time() - 1 < token.expires_at < time.time() + 367 * 24 * 3600
    kept = client.cache
    assert 0 <= make_client(lab).begin_device()["expires_in"] <= 366 * 24 * 3600
    lab.identity.facts = {}
    open_mailbox(lab, account.address, make_client(lab, kept).token(force=True))

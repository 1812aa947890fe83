# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lab's identity server: signs people in over HTTPS as Microsoft Entra does, and tells the mail server about tokens.

    https://localhost:PORT/TENANT       Entra's way (any tenant but "nowhere"); `authority` of the lab is the part before
    https://localhost:PORT              another provider of OpenID Connect, with Google's peculiarities
    https://localhost:PORT/TENANT/withdraw  where people withdraw what they have allowed

The accounts are those of the lab, with their passwords. What it answers can be ordered: see `book` and `behaviour`.
"""

import html
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from .certificates import Certificate
from .errors import PortClash
from .identity_book import IdentityBook, Refusal, account_id, client_info, fits_challenge, unsigned_jwt
from .identity_pages import FORM, MESSAGE

# The application that the lab has registered: a public client, which needs no secret.
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
REFRESH_SECONDS = 90 * 24 * 3600
CODE_SECONDS = 600
_PAGES = ("authorize", "login", "deviceauth", "withdraw")
_SERVICES = ("openid-configuration", "token", "devicecode")


class IdentityServer:
    """Runs in threads of this process."""

    def __init__(self, directory: Path, check_password):
        self.book = IdentityBook(directory / "identity.json", check_password)
        self.book.register(CLIENT_ID)
        self.port = 0
        # "": as it should; "html", "empty", "error 500", "error 429": these answers to programs; "json 404": that status
        # with JSON that is no error of OAuth; "echo 400": an error that quotes the form; "slow": none.
        self.behaviour = ""
        # Registered for one organisation only: then nobody signs in at "organizations".
        self.single_tenant = False
        # What is said of tokens beside, or instead of, the truth: {"expires_in": "1e999"} as JSON.
        self.facts: dict[str, str] = {}
        self.device_seconds = 900
        self.device_interval = 1
        self.requests: list[str] = []  # method and path of each
        self._servers: list[ThreadingHTTPServer] = []
        self._awake = threading.Event()
        self._released = threading.Event()
        self._released.set()

    @property
    def authority(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self, port: int, introspection_port: int, certificate: Certificate) -> None:
        self._awake.clear()
        self.book.load()
        self.port = self._listen(port, certificate)
        # Dovecot asks in clear, inside the machine.
        self._listen(introspection_port, None)

    def open_door(self, certificate: Certificate) -> int:
        """Another port of the same server, with another certificate."""
        return self._listen(0, certificate)

    def stop(self) -> None:
        self._awake.set()
        while self._servers:
            server = self._servers.pop()
            server.shutdown()
            server.server_close()

    def reset(self) -> None:
        """Behave again."""
        self.behaviour = ""
        self.single_tenant = False
        self.facts = {}
        self.release()
        self.device_seconds, self.device_interval = 900, 1
        self._awake.set()
        self._awake.clear()
        self.book.reset()

    def hold(self) -> None:
        """Let answers about tokens wait for ``release``."""
        self._released.clear()

    def release(self) -> None:
        self._released.set()

    def wait_for_release(self) -> None:
        self._released.wait(60)

    def be_slow(self, seconds: float = 60) -> None:
        """Wait while a test does not say otherwise."""
        self._awake.wait(seconds)

    def _listen(self, port: int, certificate: Certificate | None) -> int:
        handler = type("Handler", (_Handler,), {"identity": self, "is_internal": certificate is None})
        try:
            server = _Server(("127.0.0.1", port), handler)
        except OSError as error:
            raise PortClash(str(error)) from error
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate_file, certificate.key_file)
            # The handshake is done by the connection's thread: a silent client must not hold up the others.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server.server_address[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """A client that hangs up in the middle is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    identity: IdentityServer
    is_internal = False
    timeout = 60

    def do_GET(self):
        self._answer({})

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        self._answer(_single(self.rfile.read(size).decode()))

    def _answer(self, form):
        parts = urlsplit(self.path)
        query = _single(parts.query)
        self.identity.requests.append(f"{self.command} {parts.path}")
        if self.is_internal:
            self._introspect(query)
            return
        path = parts.path if parts.path.count("/") > 2 else f"/google{parts.path}"
        tenant, _slash, rest = path.strip("/").partition("/")
        page = rest.rpartition("/")[2]
        try:
            if tenant == "organizations" and self.identity.single_tenant and page != "openid-configuration":
                raise Refusal(50194)
            if page in _PAGES:
                getattr(self, f"_page_{page}")(tenant, query | form)
            elif page not in _SERVICES:
                self._say(404, "text/plain", "Not here")
            elif not self._misbehaves(form):
                getattr(self, f"_{page.replace('-', '_')}")(tenant, form)
        except Refusal as refusal:
            self._refuse(refusal, is_page=page in _PAGES)

    # What the mail server asks

    def _introspect(self, query):
        service = self.headers.get("X-Dovecot-Auth-Service", "")
        found = self.identity.book.introspect(query.get("token", ""), service, query.get("mailbox", ""))
        self._json(found)

    # What programs ask

    def _misbehaves(self, form):
        behaviour = self.identity.behaviour
        if behaviour == "slow":
            self.identity.be_slow()
            self.close_connection = True
        elif behaviour == "html":
            self._say(200, "text/html", "<!DOCTYPE html><h1>Sign in to the guest network</h1>")
        elif behaviour == "empty":
            self._say(200, "application/json", "")
        elif behaviour.startswith("json "):
            self._json({"message": "no such page", "error": "Not Found"}, int(behaviour.removeprefix("json ")))
        elif behaviour.startswith("echo "):
            if self.command == "GET":
                return False
            told = " ".join(f"{value} {urlencode({name: value})}" for name, value in form.items())
            answer = {"error": "weird", "error_description": f"you sent {told}"}
            self._json(answer, int(behaviour.removeprefix("echo ")))
        elif behaviour.startswith("error "):
            self._say(int(behaviour.removeprefix("error ")), "text/html", "<h1>Service unavailable</h1>")
        return bool(behaviour)

    def _openid_configuration(self, tenant, _form):
        if tenant == "nowhere":
            raise Refusal(90002, tenant)
        host = f"https://{self.headers['Host']}"
        root = f"{host}/{tenant}/oauth2/v2.0"
        facts = {
            "issuer": host if tenant == "google" else f"{host}/{tenant}/v2.0",
            "authorization_endpoint": f"{root}/authorize",
            "token_endpoint": f"{root}/token",
        }
        if tenant != "google":
            facts["device_authorization_endpoint"] = f"{root}/devicecode"
        self._json(facts)

    def _devicecode(self, tenant, form):
        identity = self.identity
        identity.book.application(form.get("client_id", ""))
        scopes = identity.book.check_scopes(form.get("scope", "").split())
        device_code, user_code = identity.book.begin_device(form["client_id"], tenant, scopes, identity.device_seconds)
        address = f"https://{self.headers['Host']}/{tenant}/deviceauth"
        self._json(
            {
                "device_code": device_code,
                "user_code": user_code,
                "verification_uri": address,
                "expires_in": identity.device_seconds,
                "interval": identity.device_interval,
                "message": f"To sign in, open {address} and enter the code {user_code} to authenticate.",
            }
        )

    def _token(self, tenant, form):
        book = self.identity.book
        self.identity.wait_for_release()
        client_id = form.get("client_id", "")
        application = book.authenticate(client_id, form.get("client_secret"))
        book.raise_ordered()
        grant = form.get("grant_type", "").rpartition(":")[2]
        if grant == "authorization_code":
            token = book.take(form.get("code", ""), "code", client_id, missing=54005)
            if token.redirect != form.get("redirect_uri"):
                raise Refusal(50011, form.get("redirect_uri", ""))
            if not fits_challenge(form.get("code_verifier", ""), token.challenge):
                raise Refusal(501481)
        elif grant == "refresh_token":
            book.refreshes += 1
            token = book.take(form.get("refresh_token", ""), "refresh", client_id, missing=50173)
        elif grant == "device_code":
            token = book.device(form.get("device_code", ""), client_id)
        elif grant == "client_credentials" and application.secret:
            scopes = book.check_scopes(form.get("scope", "").split(), app_only=True)
            self._json(self._access(client_id, "", tenant, scopes))
            return
        else:
            raise Refusal(7000218)
        self._json(self._session(token))

    def _access(self, client_id, account, tenant, scopes):
        seconds = self.identity.book.access_seconds
        facts = {"client_id": client_id, "account": account, "tenant": tenant, "scopes": scopes}
        return {
            "token_type": "Bearer",
            "scope": " ".join(scope for scope in scopes if scope.startswith("https:")),
            "expires_in": seconds,
            "access_token": self.identity.book.issue("access", seconds, **facts),
        }

    def _session(self, token):
        """Tokens for a person, the refresh token always a new one."""
        book = self.identity.book
        facts = {"client_id": token.client_id, "account": token.account, "tenant": token.tenant}
        answer = self._access(token.client_id, token.account, token.tenant, token.scopes)
        if token.offline:
            answer["refresh_token"] = book.issue("refresh", REFRESH_SECONDS, scopes=token.scopes, **facts)
        now = int(book.now())
        claims = {
            "iss": f"https://{self.headers['Host']}/{token.tenant}",
            "sub": account_id(token.account),
            "aud": token.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "tid": account_id(token.tenant),
        }
        if token.tenant == "google":
            claims["email"] = token.account
        else:
            claims["preferred_username"] = token.account
            answer["client_info"] = client_info(token.account, token.tenant)
        if token.nonce:
            claims["nonce"] = token.nonce
        answer["id_token"] = unsigned_jwt(claims)
        return answer

    # What people see

    def _page_authorize(self, tenant, query):
        application = self.identity.book.application(query.get("client_id", ""))
        redirect = query.get("redirect_uri", "")
        if not redirect.startswith(application.redirects):
            raise Refusal(50011, redirect)
        if tenant == "google" and "offline_access" in query.get("scope", ""):
            raise Refusal(70011)
        self.identity.book.check_scopes(query.get("scope", "").split())
        if query.get("code_challenge_method") != "S256":
            raise Refusal(501481)
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in query.items()
        )
        self._page(FORM % {"action": "login", "hidden": hidden, "account": html.escape(query.get("login_hint", ""))})

    def _page_login(self, tenant, form):
        application = self.identity.book.application(form.get("client_id", ""))
        redirect = form.get("redirect_uri", "")
        if not redirect.startswith(application.redirects):
            raise Refusal(50011, redirect)
        answer = {"state": form.get("state", "")}
        if "cancel" in form:
            refusal = Refusal(65004)
            answer |= {"error": refusal.error, "error_description": f"AADSTS65004: {refusal.text}"}
        else:
            account = self.identity.book.log_in(form.get("account", ""), form.get("password", ""))
            answer["code"] = self.identity.book.issue(
                "code",
                CODE_SECONDS,
                client_id=application.client_id,
                account=account,
                tenant=tenant,
                scopes=form.get("scope", "").split(),
                nonce=form.get("nonce", ""),
                challenge=form.get("code_challenge", ""),
                redirect=redirect,
                offline=tenant != "google" or form.get("access_type") == "offline",
            )
        self.send_response(302)
        self.send_header("Location", f"{redirect}?{urlencode(answer)}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _page_deviceauth(self, _tenant, form):
        if not form.get("user_code"):
            code = '<label>Code <input name="user_code" autofocus></label>'
            self._page(FORM % {"action": "deviceauth", "hidden": code, "account": ""})
            return
        if "cancel" in form:
            raise Refusal(65004)
        account = self.identity.book.log_in(form.get("account", ""), form.get("password", ""))
        self.identity.book.confirm_device(form["user_code"], account)
        self._page(MESSAGE % {"text": "You have signed in. You may close this window."})

    def _page_withdraw(self, _tenant, form):
        """What people do at Microsoft under "My apps", or by changing their password."""
        if not form.get("account") or "cancel" in form:
            self._page(FORM % {"action": "withdraw", "hidden": "", "account": ""})
            return
        account = self.identity.book.log_in(form["account"], form.get("password", ""))
        self.identity.book.revoke(account)
        self._page(MESSAGE % {"text": "What you have allowed is withdrawn: no program gets at your mailbox any more."})

    # Answers

    def _refuse(self, refusal, *, is_page):
        text = f"AADSTS{refusal.number}: {refusal.text}"
        if is_page:
            self._page(MESSAGE % {"text": html.escape(text)}, status=400)
            return
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(self.identity.book.now()))
        self._json(
            {
                "error": refusal.error,
                "error_description": f"{text} Trace ID: {account_id(text)} Timestamp: {stamp}",
                "error_codes": [refusal.number],
            },
            status=401 if refusal.error == "invalid_client" else 400,
        )

    def _json(self, value, status=200):
        facts = self.identity.facts if status == 200 else {}
        # Numbers that Python would not write: 1e999
        kept = {name: fact for name, fact in value.items() if name not in facts}
        more = "".join(f', "{name}": {fact}' for name, fact in facts.items() if name in value)
        self._say(status, "application/json; charset=utf-8", f"{json.dumps(kept)[:-1]}{more}}}")

    def _page(self, text, status=200):
        self._say(status, "text/html; charset=utf-8", text)

    def _say(self, status, content_type, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_message):
        """The paths are in `requests`; codes and tokens belong into no log."""


def _single(text):
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

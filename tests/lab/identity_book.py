# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the identity server knows: applications, codes, tokens, and the answers that a test ordered."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Microsoft's numbers and words (AADSTS) for what goes wrong here by itself.
ERRORS = {
    50011: ("invalid_request", "The redirect URI '%s' specified in the request does not match those configured."),
    50034: ("invalid_grant", "The user account %s does not exist in this directory."),
    50126: ("invalid_grant", "Error validating credentials due to invalid username or password."),
    50173: ("invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    54005: ("invalid_grant", "OAuth2 Authorization code was already redeemed."),
    65004: ("access_denied", "User declined to consent to access the app."),
    70008: ("invalid_grant", "The provided authorization code or refresh token has expired."),
    70011: ("invalid_scope", "The provided value for the input parameter 'scope' is not valid."),
    70016: ("authorization_pending", "OAuth 2.0 device flow error. Authorization is pending."),
    70019: ("expired_token", "Verification code expired."),
    70020: ("expired_token", "The provided value for the input parameter 'device_code' is not valid."),
    90002: ("invalid_request", "Tenant '%s' not found."),
    501481: ("invalid_grant", "The Code_Verifier does not match the code_challenge supplied."),
    700016: ("unauthorized_client", "Application with identifier '%s' was not found in the directory."),
    700082: ("invalid_grant", "The refresh token has expired due to inactivity."),
    7000215: ("invalid_client", "Invalid client secret provided."),
    7000218: ("invalid_client", "The request body must contain: 'client_assertion' or 'client_secret'."),
}
# What the lab's own application may ask for; other scopes are refused.
SCOPES = {
    "imap": "https://outlook.office.com/IMAP.AccessAsUser.All",
    "pop3": "https://outlook.office.com/POP.AccessAsUser.All",
    "smtp": "https://outlook.office.com/SMTP.Send",
}
_APP_SCOPES = ("https://outlook.office365.com/.default", "https://outlook.office.com/.default")
_SHARE_ALL = frozenset(SCOPES.values())


class Refusal(Exception):
    """An answer of the kind {"error": ...}; `number` is Microsoft's."""

    def __init__(self, number: int, value: str = ""):
        error, text = ERRORS.get(number, ("invalid_grant", "Ordered by a test."))
        super().__init__(error)
        self.number = number
        self.error = error
        self.text = text.replace("%s", value)


@dataclass
class Application:
    client_id: str
    secret: str | None = None
    # Beginnings of the addresses that may be returned to.
    redirects: tuple[str, ...] = ("http://127.0.0.1", "http://localhost", "https://")
    # Mailboxes that it may open without a person (client credentials).
    mailboxes: set[str] = field(default_factory=set)


@dataclass
class Token:
    kind: str  # access, refresh, code, device
    client_id: str
    account: str  # "": the application itself
    tenant: str
    scopes: list[str]
    expires: float
    nonce: str = ""
    challenge: str = ""
    redirect: str = ""
    offline: bool = True


class IdentityBook:
    def __init__(self, file: Path, check_password: Callable[[str, str], bool]):
        self._file = file
        self._check_password = check_password
        self._lock = threading.RLock()
        self.applications: dict[str, Application] = {}
        self.tokens: dict[str, Token] = {}
        self.user_codes: dict[str, str] = {}  # user code to device code
        self.shares: dict[str, set[str]] = {}  # address of a mailbox to accounts that may open it
        self.issued: list[str] = []  # every secret that ever left: for those who look for leaks
        self.refreshes = 0
        self._ordered: list[Refusal] = []
        self.access_seconds = 3600
        # Of this server's clock beside the true one.
        self.clock_offset = 0.0

    def now(self) -> float:
        return time.time() + self.clock_offset

    # What tests order

    def register(self, client_id: str, *, secret: str | None = None, mailboxes: Iterable[str] = (), **facts) -> None:
        with self._lock:
            self.applications[client_id] = Application(client_id, secret, mailboxes=set(mailboxes), **facts)

    def share(self, mailbox: str, account: str) -> None:
        """Let the account open a mailbox that is not its own."""
        with self._lock:
            self.shares.setdefault(mailbox.lower(), set()).add(account.lower())

    def refuse(self, number: int, times: int = 1, *, error: str | None = None) -> None:
        """Answer the next requests for tokens with this AADSTS number."""
        refusal = Refusal(number)
        refusal.error = error or refusal.error
        with self._lock:
            self._ordered += [refusal] * times

    def raise_ordered(self) -> None:
        with self._lock:
            if self._ordered:
                raise self._ordered.pop(0)

    def reset(self) -> None:
        with self._lock:
            self._ordered.clear()
            self.clock_offset = 0.0
            self.access_seconds = 3600

    def expire(self, account: str) -> None:
        """Let the access tokens of an account run out now, whatever was said of them."""
        self._forget(account, {"access"})

    def revoke(self, account: str) -> None:
        """As after a changed password or a withdrawn consent: nothing works any more."""
        self._forget(account, {"access", "refresh"})

    def _forget(self, account: str, kinds: set[str]) -> None:
        with self._lock:
            for value, token in list(self.tokens.items()):
                if token.account == account.lower() and token.kind in kinds:
                    del self.tokens[value]
            self._save()

    # Applications and people

    def application(self, client_id: str) -> Application:
        with self._lock:
            found = self.applications.get(client_id)
        if not found:
            raise Refusal(700016, client_id)
        return found

    def authenticate(self, client_id: str, secret: str | None) -> Application:
        application = self.application(client_id)
        if application.secret and not secret:
            raise Refusal(7000218)
        if application.secret and not secrets.compare_digest(application.secret, secret):
            raise Refusal(7000215)
        return application

    def log_in(self, account: str, password: str) -> str:
        account = account.strip().lower()
        if not self._check_password(account, password):
            raise Refusal(50126)
        return account

    # Codes and tokens

    def issue(self, kind: str, seconds: float, **facts) -> str:
        value = f"{kind[:2]}.{secrets.token_urlsafe(40)}"
        with self._lock:
            self.tokens[value] = Token(kind=kind, expires=self.now() + seconds, **facts)
            self.issued.append(value)
            self._save()
        return value

    def take(self, value: str, kind: str, client_id: str, *, missing: int) -> Token:
        """Return what a code or refresh token stands for, once: the second time it is unknown."""
        with self._lock:
            token = self.tokens.get(value)
            if not token or token.kind != kind or token.client_id != client_id:
                raise Refusal(missing)
            del self.tokens[value]
            self._save()
        if token.expires < self.now():
            raise Refusal(70008 if kind == "code" else 700082)
        return token

    def begin_device(self, client_id: str, tenant: str, scopes: list[str], seconds: float) -> tuple[str, str]:
        device_code = self.issue("device", seconds, client_id=client_id, account="", tenant=tenant, scopes=scopes)
        user_code = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ") for _letter in range(8))
        with self._lock:
            self.user_codes[user_code] = device_code
        return device_code, user_code

    def confirm_device(self, user_code: str, account: str) -> None:
        with self._lock:
            token = self.tokens.get(self.user_codes.pop(user_code.strip().upper(), ""))
            if not token or token.expires < self.now():
                raise Refusal(70019)
            token.account = account

    def device(self, device_code: str, client_id: str) -> Token:
        with self._lock:
            token = self.tokens.get(device_code)
            if not token or token.kind != "device" or token.client_id != client_id:
                raise Refusal(70020)
            if token.expires < self.now():
                raise Refusal(70019)
            if not token.account:
                raise Refusal(70016)
        return self.take(device_code, "device", client_id, missing=70020)

    def introspect(self, value: str, service: str, mailbox: str) -> dict:
        """Tell the mail server whose token it is; for a shared mailbox, whether it opens that one."""
        with self._lock:
            token = self.tokens.get(value)
            application = token and self.applications.get(token.client_id)
        if not token or token.kind != "access" or token.expires < self.now():
            return {"active": False}
        wanted = SCOPES.get({"submission": "smtp"}.get(service, service))
        everything = any(scope in token.scopes for scope in ("https://mail.google.com/", *_APP_SCOPES))
        if wanted and wanted not in token.scopes and not everything:
            return {"active": False}
        username = token.account
        if mailbox:
            allowed = self.shares.get(mailbox, ())
            may = token.account == mailbox or token.account in allowed
            if may or (not token.account and application and mailbox in application.mailboxes):
                username = mailbox
        return {"active": bool(username), "username": username, "scope": " ".join(token.scopes)}

    def check_scopes(self, scopes: list[str], *, app_only: bool = False) -> list[str]:
        known = {*_SHARE_ALL, "openid", "profile", "email", "https://mail.google.com/"}
        known |= set(_APP_SCOPES) if app_only else {"offline_access"}
        if not scopes or any(scope not in known for scope in scopes):
            raise Refusal(70011)
        return scopes

    # A lab that starts again knows its applications' tokens

    def _save(self) -> None:
        kept = {value: asdict(token) for value, token in self.tokens.items() if token.kind in ("access", "refresh")}
        draft = self._file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(self._file)

    def load(self) -> None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self.tokens = {value: Token(**facts) for value, facts in kept.items()}
        except (OSError, ValueError, TypeError):
            self.tokens = {}


def fits_challenge(verifier: str, challenge: str) -> bool:
    """PKCE, RFC 7636 section 4.6, method S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def unsigned_jwt(claims: dict) -> str:
    """An ID token as msal reads it; it comes by TLS from the token endpoint, so nobody checks a signature."""
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return ".".join([*(_base64url(json.dumps(part)) for part in parts), ""])


def client_info(account: str, tenant: str) -> str:
    return _base64url(json.dumps({"uid": account_id(account), "utid": account_id(tenant)}))


def account_id(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

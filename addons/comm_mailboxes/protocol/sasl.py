"""Which way to prove who we are, and the exchanges themselves (SASL, RFC 4422); for IMAP, POP3 and SMTP alike."""

import base64
import binascii
import hmac
import html
import re
from dataclasses import dataclass, field
from urllib.parse import quote

import scramp

from .errors import (
    AuthenticationFailed,
    AuthenticationNotOffered,
    ConnectionLost,
    PasswordInClear,
    PasswordNotOffered,
    refuse_unsafe,
)

# The protocol's own command (IMAP LOGIN, POP3 USER and PASS), as if it were a mechanism
PASSWORD_COMMAND = "PASSWORD"

_SCRAM = ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1")
# Mechanisms that show nothing to a listener, safest first
_HIDDEN = (*_SCRAM, "CRAM-MD5")
# Mechanisms that need an encrypted connection
_CLEAR = ("PLAIN", "LOGIN", PASSWORD_COMMAND)
_BY_METHOD = {
    "plain": ("PLAIN", PASSWORD_COMMAND),
    "login": ("LOGIN", PASSWORD_COMMAND),
    "cram_md5": ("CRAM-MD5",),
    "oauth2": ("XOAUTH2", "OAUTHBEARER"),
}
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}")
# Letters by their numbers, some of them or all: forms and addresses (%22), quoted-printable (=22), web pages (&#34;), programs
# (\x22); and dumps (22 3A 5C).
_LETTER = re.compile(r"(?:[%=]|\\x)([0-9a-f]{2})|&(?:#\d+|#x[0-9a-f]+|[a-z]+);|.", re.IGNORECASE | re.DOTALL)
_DIGIT = re.compile(r".", re.DOTALL)
# The first so many characters of a password are worth hiding.
_TELLING = 8
# Accounts get locked after a few refused logins, so a session never asks more often than this.
MAX_ATTEMPTS = 2


@dataclass(frozen=True)
class Credentials:
    """Who logs in, with what, and how.

    With ``method`` oauth2 the password is the access token. ``prefer`` names the mechanism that worked last time, so
    that automatic choice does not start with a refused login each time (see :func:`plan`).

    ``refusals``: how many logins were refused in a row, where somebody counts them and comes again: then one session asks
    once, and the next one in another way. None: nobody comes again, so it asks in both ways.
    """

    login: str
    password: str = field(repr=False)
    method: str = "auto"  # "auto", "plain", "login", "cram_md5", "oauth2"
    allow_clear: bool = False
    prefer: str = ""
    refusals: int | None = None

    def check(self):
        """Refuse what could end a line or a field of PLAIN early."""
        refuse_unsafe("login", self.login)
        refuse_unsafe("password", self.password)

    def conceal(self, text):
        """Take the password out of a server's reply: some servers echo the command that they refuse."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        if not self.password:
            return text
        secret = self.password.encode("utf-8")
        escaped = self.password.replace("\\", "\\\\")
        echoes = {self.password, escaped, escaped.replace('"', '\\"'), repr(self.password)[1:-1], repr(secret)[2:-1]}
        echoes |= {secret.hex(), secret.hex().upper(), quote(self.password, safe="")}
        for raw in (secret, b"\0%b\0%b" % (self.login.encode("utf-8"), secret)):
            echoes.add(base64.b64encode(raw).decode("ascii"))
        for echo in sorted(echoes, key=len, reverse=True):
            text = text.replace(echo, "***")
            # What was cut off may end in the middle of it.
            cut = next((end for end in range(len(echo) - 1, _TELLING - 1, -1) if text.endswith(echo[:end])), 0)
            text = f"{text[:-cut]}***" if cut else text
        for spelling in {secret, secret.replace(b" ", b"+"), secret.replace(b" ", b"_")}:
            text = _hide(text, spelling, _LETTER, _letter)
        text = _hide(text, secret.hex().encode(), _DIGIT, _digit)
        # Whatever else of SASL it stands in: another login, XOAUTH2, OAUTHBEARER
        return _BASE64.sub(lambda word: "***" if secret in _decoded(word[0]) else word[0], text)


def _hide(text, secret, piece, meaning):
    """Replace what stands for ``secret``, with pieces of text that stand for some bytes each."""
    told, spans = bytearray(), []
    for match in piece.finditer(text):
        stands_for = meaning(match)
        told += stands_for
        spans += [match.span()] * len(stands_for)
    shown, end = [], 0
    for found in re.finditer(re.escape(secret), told):
        shown.append(text[end : spans[found.start()][0]])
        end = spans[found.end() - 1][1]
    return "***".join([*shown, text[end:]])


def _letter(match):
    if match[1]:
        return bytes.fromhex(match[1])
    return (html.unescape(match[0]) if len(match[0]) > 1 else match[0]).encode("utf-8", "replace")


def _digit(match):
    return b"" if match[0] in " :" else match[0].lower().encode("utf-8", "replace")


def _decoded(word):
    """Return the bytes behind base64 letters without their padding; b"" when they are none."""
    return base64.b64decode(word + "=" * (-len(word) % 4)) if len(word) % 4 != 1 else b""


def plan(credentials, offered, *, encrypted, host):
    """Return the mechanisms to try, in order, at most MAX_ATTEMPTS.

    ``offered`` are the server's mechanism names (upper case), with PASSWORD_COMMAND when its own command may be used.
    Automatic: the safest that hides the password, then plain over TLS. The second one matters because servers that
    keep passwords only hashed offer CRAM-MD5 and SCRAM all the same, and then refuse the right password.
    """
    clear_is_fine = encrypted or credentials.allow_clear
    if credentials.method != "auto":
        wanted = _BY_METHOD[credentials.method]
        found = [name for name in wanted if name in offered][:1]
        if not found:
            raise AuthenticationNotOffered(credentials.method.upper().replace("_", "-"), _readable(offered))
        if found[0] != "CRAM-MD5" and not clear_is_fine:
            raise PasswordInClear(host)
        return tuple(found)

    hidden = [name for name in _HIDDEN if name in offered]
    if any(name in _SCRAM for name in hidden):
        # The same stored secret decides about all of SCRAM: one try.
        hidden = [*hidden[:1], *(name for name in hidden if name == "CRAM-MD5")]
    clear = [name for name in _CLEAR if name in offered][:1]
    if not hidden and not clear:
        raise PasswordNotOffered(_readable(offered))
    if not clear_is_fine:
        if not hidden:
            raise PasswordInClear(host)
        clear = []
    # Under TLS plain text is the surest second try; without it, the second way of hiding the password comes first.
    chosen = [*hidden[:1], *clear, *hidden[1:]] if encrypted else [*hidden, *clear]
    if credentials.prefer in chosen:
        chosen.sort(key=lambda name: name != credentials.prefer)
    chosen = chosen[:MAX_ATTEMPTS]
    if credentials.refusals is not None:
        # The wrong password, told in two ways, is two refused logins.
        chosen = [chosen[credentials.refusals % len(chosen)]]
    return tuple(chosen)


def _readable(offered):
    return sorted(offered - {PASSWORD_COMMAND}) or ["-"]


class Cancelled(Exception):
    """We break the exchange off (the server broke its rules, or the password does not fit the mechanism)."""


class Exchange:
    """One authentication: answers the server's challenges with ``respond``; both sides raw, without base64.

    ``client_first``: the first response needs no challenge and may go out with the command. ``proven`` is false as
    long as the server has not shown what the mechanism demands of it.
    """

    client_first = True
    proven = True

    def __init__(self, credentials):
        self._login = credentials.login
        self._password = credentials.password

    def respond(self, challenge):
        raise NotImplementedError


class _Plain(Exchange):
    """RFC 4616."""

    def respond(self, challenge):
        return f"\0{self._login}\0{self._password}".encode()


class _Login(Exchange):
    """draft-murchison-sasl-login: two questions, whose wording differs from server to server."""

    client_first = False
    _asked = 0

    def respond(self, challenge):
        self._asked += 1
        if self._asked > 2:
            raise Cancelled
        return (self._login if self._asked == 1 else self._password).encode()


class _CramMd5(Exchange):
    """RFC 2195."""

    client_first = False

    def respond(self, challenge):
        digest = hmac.new(self._password.encode(), challenge, "md5").hexdigest()
        return f"{self._login} {digest}".encode()


class _Scram(Exchange):
    """RFC 5802; the server has to prove that it knows the password too."""

    proven = False

    def __init__(self, credentials, mechanism):
        super().__init__(credentials)
        try:
            self._client = scramp.ScramClient([mechanism], self._login, self._password)
        except scramp.ScramException as error:
            raise Cancelled from error
        self._step = 0

    def respond(self, challenge):
        self._step += 1
        try:
            if self._step == 1:
                return self._client.get_client_first().encode()
            text = challenge.decode()
            if self._step == 2:
                self._client.set_server_first(text)
                return self._client.get_client_final().encode()
            self._client.set_server_final(text)
        except (scramp.ScramException, ValueError) as error:
            raise Cancelled from error
        self.proven = True
        return b""


class _XOAuth2(Exchange):
    """Google's and Microsoft's; a refusal comes as a challenge that wants an empty answer."""

    _sent = False

    def respond(self, challenge):
        if self._sent:
            return b""
        self._sent = True
        return f"user={self._login}\1auth=Bearer {self._password}\1\1".encode()


class _OAuthBearer(Exchange):
    """RFC 7628; a refusal comes as a challenge that wants a single ^A."""

    _sent = False

    def respond(self, challenge):
        if self._sent:
            return b"\1"
        self._sent = True
        login = self._login.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={login},\1auth=Bearer {self._password}\1\1".encode()


_EXCHANGES = {
    "PLAIN": _Plain,
    "LOGIN": _Login,
    "CRAM-MD5": _CramMd5,
    "XOAUTH2": _XOAuth2,
    "OAUTHBEARER": _OAuthBearer,
}


def exchange(mechanism, credentials):
    """Return the exchange for a mechanism; Cancelled when the credentials do not fit it."""
    if mechanism in _SCRAM:
        return _Scram(credentials, mechanism)
    return _EXCHANGES[mechanism](credentials)


def challenge_answers(found):
    """Return a function from a challenge to the answer, both as they are on the wire: base64, ``*`` to cancel."""

    def answer(challenge):
        try:
            return base64.b64encode(found.respond(base64.b64decode(challenge)))
        except (Cancelled, binascii.Error):
            return b"*"

    return answer


def log_in(credentials, offered, attempt, *, encrypted, host):
    """Try the planned mechanisms; return the one that the server accepted.

    ``attempt(mechanism)`` returns (accepted, reply). It raises ServerRefused where the server says: later.
    """
    reply = b""
    for mechanism in plan(credentials, offered, encrypted=encrypted, host=host):
        try:
            accepted, answer = attempt(mechanism)
        except Cancelled:
            accepted, answer = False, f"password not possible with {mechanism}".encode()
        except ConnectionLost:
            if not reply:
                raise
            break  # refused, and hung up on
        if accepted:
            return mechanism
        reply = answer
    raise AuthenticationFailed(credentials.login, host, credentials.conceal(reply) or "-")

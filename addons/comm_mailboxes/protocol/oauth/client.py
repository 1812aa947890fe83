"""Signing in and tokens, by msal."""

import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import msal

from ..errors import ProtocolError
from .answers import LONGEST
from .errors import (
    ClientSecretMissing,
    DeviceCodeNotOffered,
    DeviceCodeNotWithSecret,
    IdentityServerNonsense,
    SignInIncomplete,
    SignInRefused,
    SignInRequired,
)

# The other mode comes back by POST from another site, without the cookie of the session that the state is bound to.
warnings.filterwarnings("ignore", message="response_mode='form_post'")

_PENDING = ("authorization_pending", "slow_down")


@dataclass(frozen=True)
class Token:
    """An access token. ``account`` is who signed in, as far as the provider tells; ``expires_at`` counts from 1970."""

    value: str = field(repr=False)
    expires_at: float
    account: str = ""


class IdentityClient:
    """One application at one identity server, with the tokens of one mailbox.

    :param application: :class:`~.providers.Application`
    :param http_client: :class:`~.http_client.HttpClient`
    :param cache: what :attr:`cache` was, the last time that :attr:`changed` was true
    """

    def __init__(self, application, http_client, cache=""):
        if application.app_only and not application.secret:
            raise ClientSecretMissing
        self._application = application
        self._host = urlsplit(application.authority_url).hostname or "-"
        self._cache = msal.SerializableTokenCache()
        facts = application.facts
        kind = msal.ConfidentialClientApplication if application.secret else msal.PublicClientApplication
        by_name = "authority" if facts.has_tenants else "oidc_authority"
        with self._translated():
            self._cache.deserialize(cache)
            # No discovery of instances: authorities may be sovereign clouds, or servers that Microsoft does not know.
            self._msal = kind(
                application.client_id,
                client_credential=application.secret or None,
                token_cache=self._cache,
                http_client=http_client,
                instance_discovery=False,
                exclude_scopes=list(facts.excluded_scopes),
                **{by_name: application.authority_url},
            )

    @property
    def changed(self):
        """Whether there is something to save."""
        return self._cache.has_state_changed

    @property
    def cache(self):
        return self._cache.serialize()

    @property
    def renews(self):
        """Whether another access token can be had later without a person."""
        kept = self._cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)
        return self._application.app_only or (bool(self._msal.get_accounts()) and any(True for _token in kept))

    @property
    def tenant(self):
        """Where these tokens come from, which renews them; see :attr:`~.providers.Application.usual_tenant`."""
        return self._application.tenant or self._application.usual_tenant

    # Authorisation code with PKCE

    def begin(self, redirect_uri, state, login_hint=""):
        """Return what :meth:`finish` needs; its ``auth_uri`` is where the browser goes."""
        facts = self._application.facts
        with self._translated():
            flow = self._msal.initiate_auth_code_flow(
                [*self._application.wanted_scopes, *facts.more_scopes],
                redirect_uri=redirect_uri,
                state=state,
                login_hint=login_hint or None,
                # Browsers are often signed in with another account than that of the mailbox.
                prompt=None if facts.more_parameters else "select_account",
            )
        if facts.more_parameters:
            flow["auth_uri"] += f"&{urlencode(facts.more_parameters)}"
        self._check_address(flow["auth_uri"])
        return flow

    def finish(self, flow, answer):
        """Redeem the code that came back to us.

        :param answer: the parameters of the callback
        """
        # Anybody can write that address: what is wrong with it says nothing of the identity server.
        if answer.get("state") != flow["state"] or not (answer.get("code") or answer.get("error")):
            raise SignInIncomplete
        # Only a hint for Microsoft's routing, which msal stumbles over when it is not as expected.
        answer = {name: value for name, value in answer.items() if name != "client_info"}
        with self._translated():
            result = self._msal.acquire_token_by_auth_code_flow(flow, answer)
        return self._token(result)

    # Device code (RFC 8628)

    def begin_device(self):
        """Return what :meth:`poll_device` needs, among it ``user_code`` and ``verification_uri`` for the person."""
        if self._application.secret:
            # msal has this way for public clients only.
            raise DeviceCodeNotWithSecret
        with self._translated():
            if not self._msal.authority.device_authorization_endpoint:
                raise DeviceCodeNotOffered(self._host)
            flow = self._msal.initiate_device_flow(
                [*self._application.wanted_scopes, *self._application.facts.more_scopes]
            )
        if "error" in flow:
            raise SignInRefused(self._host, flow)
        if not all(isinstance(flow.get(name), str) for name in ("user_code", "device_code", "verification_uri")):
            raise IdentityServerNonsense(self._host, "device code")
        self._check_address(flow["verification_uri"])
        return flow

    def poll_device(self, flow):
        """Ask once whether the person has entered the code; ``None``: not yet."""
        with self._translated():
            # msal asks again and again until the flow has expired: this one has, after the first time.
            once = {**flow, "expires_at": 0, "interval": 1, "latest_attempt_at": 0}
            result = self._msal.acquire_token_by_device_flow(once)
        if result.get("error") in _PENDING:
            return None
        return self._token(result)

    # Tokens

    def token(self, *, force=False):
        """Return an access token that is good for minutes to come, refreshing it where needed.

        :param force: also when the one in the cache should still do
        """
        with self._translated():
            if self._application.app_only:
                if force:
                    self._msal.remove_tokens_for_client()
                result = self._msal.acquire_token_for_client(self._application.wanted_scopes)
            else:
                accounts = self._msal.get_accounts()
                if not accounts:
                    raise SignInRequired
                result = self._msal.acquire_token_silent_with_error(
                    self._application.wanted_scopes, accounts[0], force_refresh=force
                )
        return self._token(result)

    def _token(self, result):
        if not result:
            raise SignInRequired
        if "error" in result:
            raise SignInRefused(self._host, result)
        value = result.get("access_token")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise IdentityServerNonsense(self._host, "access_token")
        claims = result.get("id_token_claims") or {}
        names = (claims.get(name) for name in ("preferred_username", "upn", "email"))
        account = next((name for name in names if isinstance(name, str) and name), "")
        try:
            seconds = float(result.get("expires_in", 3600))
        except (TypeError, ValueError, OverflowError):
            seconds = 3600.0
        return Token(value, time.time() + min(seconds, LONGEST), account)

    def _check_address(self, address):
        """People are sent there; the server could name anything, such as a script."""
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or not address.isprintable():
            raise IdentityServerNonsense(self._host, "address")

    @contextmanager
    def _translated(self):
        """msal reports what it does not understand in many ways, and may quote it: the chain is cut."""
        try:
            yield
        except ProtocolError:
            raise
        except (
            ArithmeticError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RuntimeError,
            AssertionError,
        ) as error:
            raise IdentityServerNonsense(self._host, type(error).__name__) from None

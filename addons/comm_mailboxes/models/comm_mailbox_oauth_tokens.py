import json
import logging
import re
import time
from dataclasses import replace
from datetime import UTC, datetime

from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize, format_datetime

from .. import vault
from ..protocol.errors import AuthenticationFailed, ConnectionLost, ProtocolError
from ..protocol.oauth import ANY_TENANT
from ..protocol.oauth.errors import AccessRanOut, IdentityServerSilent, SignInRequired, TokenNotAccepted
from ..protocol.sasl import Credentials
from ..retries import retried
from .comm_mailbox_oauth import STATE_FIELDS

_logger = logging.getLogger(__name__)

# A token that is good for less than this is replaced before it is used.
RESERVE = 300
# Seconds that one worker waits for another one, who refreshes the same tokens: longer than that may take.
LOCK_PATIENCE = 60
# What servers say when the token of an open session has run out (RFC 5530; Exchange says AccessTokenExpired).
_RAN_OUT = re.compile(r"AUTHENTICATIONFAILED|\[EXPIRED\]|AccessTokenExpired|token.{0,20}expired", re.IGNORECASE)


class CommMailbox(models.Model):
    """The tokens of a mailbox: one row, encrypted, written whenever msal changed its cache."""

    _inherit = "comm.mailbox"

    def _credentials__(self):  # noqa: PLW3201 (holds a secret: unreachable from safe_eval by its name)
        if self.auth_method != "oauth2":
            return super()._credentials__()
        self.ensure_one()
        self._check_in_use()
        return self._token_credentials__(self._access_token__())

    def _token_credentials__(self, token):  # noqa: PLW3201 (holds a secret)
        return Credentials(
            login=self._oauth_login(), password=token, method="oauth2", allow_clear=self.allow_clear_password
        )

    def _oauth_login(self):
        """Return the mailbox that the token is to open: Exchange wants its address, whoever signed in."""
        login = (self.login or "").strip() or email_normalize(self.email)
        if not login:
            raise UserError(self.env._("Enter the address of “%s” first.", self.name))
        return login

    def _expected_account(self):
        return (self.oauth_user or "").strip() or self._oauth_login()

    def _concealer__(self):  # noqa: PLW3201 (holds a secret: unreachable from safe_eval by its name)
        if self.auth_method != "oauth2":
            return super()._concealer__()
        return Credentials(login=self.login or "-", password=self._current_token__(), method="oauth2").conceal

    def _open_session__(self, on_step=None):  # noqa: PLW3201 (a logged-in connection)
        """A token that the server does not take any more is replaced, once."""
        if self.auth_method != "oauth2":
            return super()._open_session__(on_step=on_step)
        credentials = self._credentials__()
        try:
            return self._session_factory__(credentials)(on_step=on_step)
        except AuthenticationFailed:
            _logger.info("Mailbox %s: the server refused the token; another one is asked for", self.id)
        credentials = self._token_credentials__(self._access_token__(refused=credentials.password))
        try:
            return self._session_factory__(credentials)(on_step=on_step)
        except AuthenticationFailed as error:
            raise self._as_refused_token(error) from error

    def _second_connect__(self, error):  # noqa: PLW3201 (holds a secret)
        if self.auth_method != "oauth2" or not isinstance(error, AuthenticationFailed):
            return super()._second_connect__(error)
        self._renew_token()
        return self._session_factory__()

    def _as_refused_token(self, error):
        """Return the error to tell instead: who logs in with a token has no password to check."""
        plain = isinstance(error, AuthenticationFailed) and not isinstance(error, TokenNotAccepted)
        if self.auth_method != "oauth2" or not plain:
            return error
        account = self.oauth_account or (self.client_id if self.oauth_app_only else self._expected_account())
        return TokenNotAccepted(self.host, account, error.params["login"], error.params["reply"])

    def _renew_token(self):
        """Replace the token in use: the server said that it has run out."""
        self._access_token__(refused=self._current_token__())

    def _current_token__(self):  # noqa: PLW3201 (a secret)
        return self._on_fresh_cursor(lambda mailbox: mailbox._stored_tokens__()).get("token", "")

    def _do_visit(self, work, note):
        """A session in whose middle the token runs out is begun again, once: what was stored before stays stored."""
        if self.auth_method != "oauth2":
            return super()._do_visit(work, note)
        try:
            result = super()._do_visit(work, note)
            error = next(filter(self._token_ran_out, getattr(result, "problems", None) or ()), None)
        except ProtocolError as failure:
            if not self._token_ran_out(failure):
                raise
            error = failure
        if error:
            self.env.cr.rollback()
            self._renew_token()
            result = super()._do_visit(work, note)
        return result

    def _token_ran_out(self, error):
        if isinstance(error, SignInRequired | TokenNotAccepted):
            return False
        told = " ".join(map(str, error.params.values()))
        if error.step != "login" and _RAN_OUT.search(told):
            return True
        expires = self._on_fresh_cursor(lambda mailbox: mailbox._stored_tokens__()).get("expires", 0)
        return isinstance(error, ConnectionLost) and expires <= time.time()

    def _access_token__(self, refused=""):  # noqa: PLW3201 (a secret)
        """Return an access token that is good for some minutes.

        Who refreshes locks the row, so that several workers do it once: a rotated refresh token would end the others.
        What comes is committed at once on a cursor of its own, whatever the caller's transaction comes to.

        :param refused: a token that the mail server did not take; another one is returned
        :raise SignInRequired: when a person has to act
        :raise ProtocolError: when the identity server does not answer
        """
        self.ensure_one()
        try:
            return retried(lambda: self._on_fresh_cursor(lambda mailbox: mailbox._refresh__(refused)))
        except LockNotAvailable as error:
            raise IdentityServerSilent(self._provider_name(), LOCK_PATIENCE) from error

    def _on_fresh_cursor(self, work, *, as_user=False):
        """Return ``work(mailbox)``, done in a transaction that sees what other workers have written meanwhile."""
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr) if as_user else self.env(cr=cr, user=SUPERUSER_ID, su=True)
            return work(self.with_env(env))

    def _refresh__(self, refused):  # noqa: PLW3201 (a secret)
        cr = self.env.cr
        stored = self._stored_tokens__()
        if self._is_good(stored, refused):
            return stored["token"]
        if self.oauth_app_only:
            self._make_token_row()
        cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{LOCK_PATIENCE}s"))
        locked = self.env.execute_query(
            SQL("SELECT id FROM comm_mailbox_secret WHERE mailbox_id = %s AND kind = 'tokens' FOR UPDATE", self.id)
        )
        if not locked:
            raise SignInRequired
        # Who gave them renews them: an address in another domain of the organisation changes nothing. What was stored before
        # addresses told the tenant was given to anybody's.
        client = self._identity_client__(stored.get("cache", ""), stored.get("tenant", ANY_TENANT) if stored else "")
        if stored.get("token") and not client.renews:
            # There is nothing to put in its place: it serves to its end.
            if self._is_good(stored, refused, reserve=0):
                return stored["token"]
            raise AccessRanOut
        token = None
        try:
            token = client.token(force=bool(refused) and stored.get("token") == refused)
        finally:
            # Whatever failed: a refresh token that was rotated is in msal's cache and nowhere else.
            if not token and client.changed:
                self._save_tokens(client, None, stored)
                cr.commit()  # pylint: disable=invalid-commit
        self._save_tokens(client, token, stored)
        return token.value

    def _is_good(self, stored, refused, reserve=RESERVE):
        return bool(stored.get("token")) and stored["token"] != refused and stored["expires"] > time.time() + reserve

    def _make_token_row(self):
        """Before there is a token, there is a row to lock: two workers that store the first one take turns."""
        self.env.execute_query(
            SQL(
                """INSERT INTO comm_mailbox_secret (mailbox_id, kind, ciphertext) VALUES (%s, 'tokens', %s)
                   ON CONFLICT (mailbox_id, kind) DO NOTHING RETURNING id""",
                self.id,
                vault.encrypt("{}"),
            )
        )

    def _token_binding(self):
        """Tokens of another application, or from another authority, are none."""
        application = replace(self._oauth_application__(), domain="")
        return [application.authority_url, application.client_id, application.app_only]

    def _stored_tokens__(self):  # noqa: PLW3201 (secrets)
        """Return what is stored, {} when nobody signed in with these settings."""
        # sudo: nobody has a right on the table of secrets; callers checked the right on the mailbox.
        secret = self.env["comm.mailbox.secret"].sudo().search([("mailbox_id", "=", self.id), ("kind", "=", "tokens")])
        if not secret:
            return {}
        try:
            stored = json.loads(vault.decrypt__(secret.ciphertext))
        except (vault.KeyLost, vault.KeyUnusable, ValueError):
            # Without the key nobody is signed in any more.
            return {}
        return stored if stored.get("binding") == self._token_binding() else {}

    def _save_tokens(self, client, token, stored, **more):
        """Write the tokens as they are now; in the caller's transaction."""
        content = {
            "binding": self._token_binding(),
            "tenant": client.tenant,
            "cache": client.cache,
            "token": token.value if token else stored.get("token", ""),
            "expires": token.expires_at if token else 0,
        }
        # sudo: nobody has a right on the table of secrets; callers checked the right on the mailbox.
        secrets = self.env["comm.mailbox.secret"].sudo()
        if token:
            more["ends_with_token"] = not client.renews
            more["valid_until"] = datetime.fromtimestamp(token.expires_at, UTC).replace(tzinfo=None, microsecond=0)
        secrets._put(self, "tokens", json.dumps(content), **more)
        secrets.flush_model()
        self.invalidate_recordset(STATE_FIELDS)

    def _accept_sign_in(self, client, token):
        """Keep the tokens of who just signed in, as the current user.

        :return: ``(what to tell of it, whether the access is renewed by itself)``
        """
        account, renews = token.account, client.renews
        self._make_token_row()
        self._save_tokens(client, token, {}, account=account, user_id=self.env.uid)
        self._forget_failure()
        # Not every provider tells who signed in.
        text = self.env._("Signed in as %s.", account) if account else self.env._("Signed in.")
        if not renews:
            until = format_datetime(self.env, datetime.fromtimestamp(token.expires_at, UTC).replace(tzinfo=None))
            warning = self.env._(
                "The provider gave nothing to renew the access with: it ends at %s, then sign in again.", until
            )
            text = f"{text} {warning}"
        # sudo: events are the engine's; callers checked the right on the mailbox.
        self.sudo().env["comm.mailbox.event"]._log(self.sudo(), "info" if renews else "warning", "connect", text)
        return text, renews

    def _forget_failure(self):
        """Somebody signed in or out: what failed before says nothing any more.

        The mailbox is written in any case, so that a visit which is recording its failure at this moment looks again.
        """
        # sudo: state and stamp are the engine's; callers checked the right on the mailbox.
        mailbox = self.sudo()
        if mailbox.state == "error":
            mailbox.write({"state": "draft", "last_error": False})
        mailbox._close_failure()
        mailbox._retry_soon()

    def _visit_failed(self, step, error, seconds, lease_row):
        return super()._visit_failed(step, self._as_of_now(error), seconds, lease_row)

    def _sending_failed(self, error, lease_row):
        return super()._sending_failed(self._as_of_now(error), lease_row)

    def _as_of_now(self, error):
        """Return the error to record instead, when somebody signed out while an identity server did not answer."""
        waits = self.auth_method == "oauth2" and not self.oauth_app_only and getattr(error, "temporary", False)
        if waits and "tokens" not in self._oauth_secrets().mapped("kind"):
            return SignInRequired()
        return error

    def _explain(self, error):
        text = super()._explain(self._as_refused_token(error))
        code = getattr(error, "code", "")
        return f"{text} ({code})" if code else text

    def _what_to_open(self, error):
        if isinstance(error, SignInRequired) and not self.oauth_app_only:
            return self.env._("Open the mailbox properties and sign in again")
        return super()._what_to_open(error)

    def _explain_stop(self, lease_row):
        if self.auth_method != "oauth2":
            return super()._explain_stop(lease_row)
        if self.oauth_app_only:
            return self.env._(
                "Automatic fetch stopped. It goes on by itself when an administrator has entered a new client secret or"
                " corrected the settings; or choose “Fetch now”."
            )
        if lease_row.needs_sign_in:
            return self.env._("Automatic fetch stopped. It goes on by itself when somebody has signed in again.")
        return self.env._(
            "Automatic fetch stopped after three refused logins, so that the server does not lock the account."
            " Correct the settings, sign in again, or choose “Fetch now”."
        )

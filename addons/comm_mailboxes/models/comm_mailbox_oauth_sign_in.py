import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from ..protocol.errors import ProtocolError
from ..protocol.oauth.errors import WrongAccount
from ..retries import retried
from .comm_mailbox_oauth import STATE_FIELDS, split_address

CALLBACK = "/comm_mailboxes/oauth/callback"
_LOCAL_PAGE = re.compile(r"/odoo(/[a-z0-9][a-z0-9._\-]*)*")
# The provider accepts an address without encryption only inside the machine.
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


class CommMailbox(models.Model):
    """Signing in: in the browser (authorisation code with PKCE), or with a code on any device."""

    _inherit = "comm.mailbox"

    oauth_redirect_uri = fields.Char(
        string="Redirect URI",
        compute="_compute_oauth_redirect_uri",
        help="To be registered with the application for the sign-in in the browser.",
    )
    oauth_provider_name = fields.Char(compute="_compute_oauth_redirect_uri")
    offers_device_code = fields.Boolean(compute="_compute_oauth_redirect_uri")
    may_sign_in = fields.Boolean(compute="_compute_may_sign_in")
    may_change_oauth = fields.Boolean(compute="_compute_may_sign_in")

    def _compute_oauth_redirect_uri(self):
        for mailbox in self:
            mailbox.oauth_redirect_uri = f"{mailbox.get_base_url().rstrip('/')}{CALLBACK}"
            mailbox.oauth_provider_name = mailbox._provider_name()
            mailbox.offers_device_code = mailbox._offers_device_code()

    @api.depends_context("uid")
    def _compute_may_sign_in(self):
        for mailbox in self:
            own = mailbox.scope != "personal" or mailbox.user_id == self.env.user
            mailbox.may_change_oauth = mailbox._origin.has_access("write")
            mailbox.may_sign_in = own and not mailbox.oauth_app_only and mailbox.may_change_oauth

    def action_oauth_sign_in(self):
        """Go to the provider's page."""
        return self._oauth_action("browser")

    def action_oauth_device(self):
        """Open the dialog that shows a code to enter at the provider."""
        return self._oauth_action("device")

    def _oauth_action(self, way):
        self.ensure_one()
        self._check_sign_in()
        params = {"mailbox_id": self.id, "name": self.name, "provider": self._provider_name(), "way": way}
        return {"type": "ir.actions.client", "tag": "comm_mailboxes.oauth_sign_in", "params": params}

    def action_oauth_sign_out(self):
        """Forget the tokens. What the provider still allows is withdrawn there."""
        for mailbox in self:
            mailbox.check_access("write")
            # In the order of a sign-in that is being stored at this moment.
            mailbox._forget_attempts()
            mailbox._oauth_secrets().filtered(lambda secret: secret.kind == "tokens").unlink()
            mailbox._forget_failure()
        self.invalidate_recordset(STATE_FIELDS)
        return True

    def oauth_begin(self, return_to=""):
        """Begin a sign-in in the browser.

        :return: ``{"address": of the provider's page, "base": the address at which this Odoo is returned to}``
        """
        self._check_sign_in()
        base = split_address(self.get_base_url())
        if base.scheme != "https" and base.hostname not in _OWN_MACHINE:
            raise UserError(
                self.env._(
                    "This Odoo has the address %s, and providers return to encrypted addresses only (https). Sign in with a"
                    " code, or ask your administrator to correct web.base.url.",
                    self.get_base_url(),
                )
            )
        # sudo: nobody has a right on that table; the right on the mailbox was checked.
        attempts = self.env["comm.oauth.attempt"].sudo()
        key = attempts._new_key()
        with self._told():
            flow = self._identity_client__().begin(self.oauth_redirect_uri, key, self._expected_account())
        is_ours = isinstance(return_to, str) and _LOCAL_PAGE.fullmatch(return_to)
        address = flow.pop("auth_uri")
        attempts._begin(self, key, "code", flow, return_to=return_to if is_ours else "")
        return {"address": address, "base": f"{base.scheme}://{base.netloc}"}

    def oauth_begin_device(self):
        """Begin a sign-in with a code.

        :return: the code, the address where to enter it and the account to sign in with, how long it is good and how often to
            ask; ``key`` names it
        """
        self._check_sign_in()
        attempts = self.env["comm.oauth.attempt"].sudo()
        key = attempts._new_key()
        with self._told():
            flow = self._identity_client__().begin_device()
        seconds = max(0, min(flow["expires_in"], 3600))
        attempts._begin(self, key, "device", flow, seconds=seconds)
        return {
            "key": key,
            "user_code": flow["user_code"],
            "address": flow["verification_uri"],
            "account": self._expected_account(),
            "seconds": seconds,
            "interval": max(1, min(flow["interval"], 60)),
        }

    def oauth_poll_device(self, key):
        """Ask whether the code was entered.

        :return: ``{"state": "waiting" | "done" | "failed", "text": what to tell}``
        """
        self._check_sign_in()
        attempt = self.env["comm.oauth.attempt"].sudo()._find(key, "device", self.env.user)
        if attempt.mailbox_id != self:
            text = self.env._("The code has expired, or the settings were changed since. Ask for a new one.")
            return {"state": "failed", "text": text}
        self._check_fingerprint(attempt.fingerprint)
        flow = attempt._flow__()
        if not attempt._claim(max(1, min(flow["interval"], 60)) - 1):
            return {"state": "waiting", "text": ""}
        try:
            client = self._identity_client__()
            token = client.poll_device(flow)
            if not token:
                return {"state": "waiting", "text": ""}
            if not attempt._use_up():
                raise self._ended_meanwhile()
            text, renews = self._finish_sign_in(client, token, attempt)
        except ProtocolError as error:
            if error.temporary:
                # The next question may be answered.
                return {"state": "waiting", "text": self._explain(error)}
            return {"state": "failed", "text": self._explain(error)}
        finally:
            attempt._release()
        return {"state": "done", "text": text} | ({} if renews else {"warns": True})

    def _finish_by_code(self, attempt, answer):
        """Redeem what came back from the provider.

        :param attempt: which was used up for it
        :raise ProtocolError: with what failed and what to do
        """
        self._check_sign_in()
        self._check_fingerprint(attempt.fingerprint)
        client = self._identity_client__()
        self._finish_sign_in(client, client.finish(attempt._flow__(), answer), attempt)

    def _finish_sign_in(self, client, token, attempt):
        """Store what was redeemed, at once, whoever wrote the mailbox meanwhile; return what to tell of it.

        What was sent for it is good once: Odoo must not call the request again because a write of its own failed.
        """
        begun_with = self._oauth_fingerprint()

        def store(mailbox):
            return mailbox._store_sign_in(client, token, begun_with, attempt.with_env(mailbox.env).sudo())

        told = retried(lambda: self._on_fresh_cursor(store, as_user=True))
        self.invalidate_recordset()
        return told

    def _store_sign_in(self, client, token, fingerprint, attempt):
        # Again: it is another transaction, and the identity server may have taken its time.
        self._check_sign_in()
        self._check_fingerprint(fingerprint)
        if not attempt._close():
            raise self._ended_meanwhile()
        expected = self._expected_account()
        if token.account and not _same(token.account, expected):
            raise WrongAccount(token.account, expected)
        return self._accept_sign_in(client, token)

    def _ended_meanwhile(self):
        text = self.env._(
            "Somebody signed out of “%s”, or changed its settings, while you signed in. Sign in again.", self.name
        )
        return UserError(text)

    def _check_sign_in(self):
        """Raise unless the current user may sign in for this mailbox: for a personal one, only its owner."""
        self.ensure_one()
        self.check_access("write")
        if self.auth_method != "oauth2":
            raise UserError(self.env._("“%s” does not sign in by OAuth 2.0.", self.name))
        if not self.active:
            raise UserError(self.env._("“%s” is archived. Restore it first, then sign in.", self.name))
        if self.oauth_app_only:
            raise UserError(self.env._("The application itself signs in for “%s”; nobody else needs to.", self.name))
        if self.scope == "personal" and self.user_id != self.env.user:
            raise AccessError(self.env._("Only its owner signs in for a personal mailbox."))
        self._check_in_use()

    def _check_fingerprint(self, fingerprint):
        """Raise unless the settings are those with which the sign-in began: nothing of it goes to another server."""
        if fingerprint != self._oauth_fingerprint():
            raise UserError(
                self.env._("The settings of “%s” were changed since this sign-in began. Sign in again.", self.name)
            )

    def _explain_sign_in(self, error):
        """Who presses “Sign in” has to do it again: Odoo does not, as it does with a fetch."""
        error.template = getattr(error, "asked", "") or error.template
        return self._explain(error)

    def _told(self):
        return _Told(self)


class _Told:
    """Turns errors of the identity server into what the user is told."""

    def __init__(self, mailbox):
        self._mailbox = mailbox

    def __enter__(self):
        return self

    def __exit__(self, _kind, error, _trace):
        if isinstance(error, ProtocolError):
            # Without its cause, whose traceback would go to the browser.
            raise UserError(self._mailbox._explain_sign_in(error)) from None


def _same(one, other):
    return one.strip().casefold() == other.strip().casefold() or (
        bool(email_normalize(one)) and email_normalize(one) == email_normalize(other)
    )

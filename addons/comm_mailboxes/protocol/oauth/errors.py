"""What can go wrong between us and an identity server. The same kind of classes as in ``protocol.errors``."""

import re

from ..errors import AuthenticationFailed, ProtocolError, _
from .refusals import REFUSALS, numbers_in


class SignInRequired(ProtocolError):
    """Nothing goes on before a person has signed in (again), or has corrected the settings."""

    template = _("Nobody has signed in for this mailbox, or somebody has signed out. Choose “Sign in”.")
    step = "login"
    # The mailbox is not tried again by itself.
    stops = True


class AccessRanOut(SignInRequired):
    template = _(
        "The access to this mailbox has run out, and the provider gave nothing to renew it with. Choose “Sign in again”."
    )


class ClientSecretMissing(SignInRequired):
    template = _("The application itself is to sign in, but its client secret is missing. Enter it in the mailbox.")


class SignInIncomplete(SignInRequired):
    template = _("What came back from the sign-in page is incomplete or was changed on the way. Sign in again.")


class TokenNotAccepted(AuthenticationFailed):
    """The mail server refused a token that the identity server has just given out."""

    template = _(
        "The mail server %(host)s does not let %(account)s into the mailbox %(login)s (%(reply)s). Sign in with the account"
        " that may open it. If that was the right one: IMAP, POP3 or authenticated SMTP may be switched off for this"
        " mailbox, or the application has no permission for it; ask your administrator."
    )
    fields = ("host", "account", "login", "reply")


class SignInRefused(SignInRequired):
    """The identity server refused. ``code`` is its number for the reason ("AADSTS50173"), or empty."""

    template = _(
        "The identity server %(host)s refused (%(reply)s). Sign in again; if that does not help, show this answer to your"
        " administrator."
    )
    fields = ("host", "reply")
    code = ""

    def __init__(self, host, answer):
        """``answer`` is what the server said, as OAuth 2.0 has it: error, error_description, …"""
        name = answer.get("error")
        description = str(answer.get("error_description") or "")
        # Behind it come numbers and times for Microsoft's support.
        told = re.split(r"\s+Trace ID:", description)[0]
        super().__init__(host, f"{name}: {told}" if told else str(name))
        numbers = numbers_in(answer)
        self.known = next((REFUSALS[int(number)] for number in numbers if _is_known(number)), None)
        if self.known:
            self.code = f"AADSTS{next(number for number in numbers if _is_known(number))}"
            self.template = self.known.text
            self.temporary = self.known.temporary
            self.stops = not self.known.temporary
            if self.known.temporary:
                self.asked = _("Microsoft cannot answer at the moment. Sign in again in some minutes.")
        elif not numbers and isinstance(name, str) and name in _BY_NAME:
            self.template = _BY_NAME[name]
        elif name in ("temporarily_unavailable", "server_error", "slow_down"):
            self.temporary, self.stops = True, False


def _is_known(number):
    return number.isdecimal() and int(number) in REFUSALS


# The words of OAuth 2.0 itself (RFC 6749, RFC 8628), for providers without Microsoft's numbers.
_BY_NAME = {
    "access_denied": _("The sign-in was cancelled, or access was not allowed. Sign in again and accept."),
    "expired_token": _("The code was not entered in time. Ask for a new one."),
    "invalid_grant": _("The sign-in has run out or was withdrawn. Sign in again."),
    "invalid_client": _(
        "The provider does not accept the application ID or the client secret. Correct them, or ask your administrator."
    ),
    "invalid_scope": _("The provider does not know one of the scopes. Correct them, or leave the field empty."),
}


class WrongAccount(SignInRequired):
    template = _(
        "You signed in as %(account)s, but this mailbox expects %(expected)s. Sign in with that account; if"
        " %(account)s may open the mailbox as well, enter it as “Account that signs in” first."
    )
    fields = ("account", "expected")


class DeviceCodeNotOffered(SignInRequired):
    template = _("The identity server %(host)s offers no sign-in with a code. Choose the other way to sign in.")
    fields = ("host",)


class DeviceCodeNotWithSecret(SignInRequired):
    template = _(
        "An application that has a client secret offers no sign-in with a code. Sign in in the browser; or have the application"
        " registered as a public client and choose “Remove” beside “Client secret”."
    )


class IdentityServerFailed(ProtocolError):
    """Base of what has nothing to do with the account: the same request may be answered later."""

    step = "login"
    temporary = True
    # What a person is told who is signing in, where Odoo does not try again by itself; empty: the template.
    asked = ""


class IdentityServerDown(IdentityServerFailed):
    template = _(
        "The identity server %(host)s cannot be reached. Odoo tries again by itself; if it stays so, check the network."
    )
    asked = _(
        "The identity server %(host)s cannot be reached. Sign in again in some minutes; if it stays so, check the network."
    )
    fields = ("host",)


class IdentityServerNotFound(IdentityServerFailed):
    template = _(
        "The identity server %(host)s was not found, or it lies in an internal network that is not released for mailboxes."
        " Check its address; an administrator can release it with comm_mailboxes_allowed_hosts in odoo.conf."
    )
    fields = ("host",)


class IdentityServerSilent(IdentityServerFailed):
    template = _("The identity server %(host)s gave no answer for %(seconds)s seconds. Odoo tries again by itself.")
    asked = _("The identity server %(host)s gave no answer for %(seconds)s seconds. Sign in again in some minutes.")
    fields = ("host", "seconds")


class IdentityServerBusy(IdentityServerFailed):
    template = _(
        "The identity server %(host)s cannot answer at the moment (status %(status)s). Odoo tries again by itself."
    )
    asked = _(
        "The identity server %(host)s cannot answer at the moment (status %(status)s). Sign in again in some minutes."
    )
    fields = ("host", "status")


class IdentityServerNonsense(IdentityServerFailed):
    template = _(
        "The identity server %(host)s answers with something else than an identity server should (%(reply)s). Check its"
        " address; a proxy or a guest network may stand between."
    )
    fields = ("host", "reply")


class IdentityServerUntrusted(IdentityServerFailed):
    template = _(
        "The certificate of the identity server %(host)s cannot be trusted (%(reason)s), so nothing was sent to it. Ask your"
        " administrator; a company's own authority belongs into comm_mailboxes_ca_file in odoo.conf."
    )
    fields = ("host", "reason")

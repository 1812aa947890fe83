"""Microsoft's numbers (AADSTS…) that users meet, and what they mean. The help pages in docs/ show this table."""

import re
from dataclasses import dataclass

from ..errors import _


@dataclass(frozen=True)
class Refusal:
    """``temporary``: the same request may be answered later."""

    text: str
    temporary: bool = False


_CONSENT = _("The application has no permission for this mailbox yet. An administrator has to grant consent in Entra.")
_MFA = _("Microsoft wants a second factor. Sign in again and confirm it.")
_PASSWORD = _("The password was changed, or the sign-in was withdrawn. Sign in again.")
_INACTIVE = _("The sign-in has run out because it was not used for long. Sign in again.")
_POLICY = _("A rule of your organisation (conditional access) forbids this sign-in. Ask your administrator.")
_TENANT = _("Microsoft knows no such tenant. Enter the right directory (tenant) ID.")
_OTHERS = _("This account belongs to another organisation. Sign in with another one, or correct the tenant.")
_DEVICE = _("The code was not entered in time, or it was mistyped. Ask for a new one.")
_LATER = _("Microsoft cannot answer at the moment. Odoo tries again by itself.")

REFUSALS = {
    50011: Refusal(
        _(
            "The address of this Odoo is not registered with the application. Add it in Entra as redirect URI, as the help says."
        )
    ),
    50020: Refusal(_OTHERS),
    50034: Refusal(_("There is no such account in this organisation. Check the address, or correct the tenant.")),
    50053: Refusal(_("The account is locked after too many tries. Wait for some minutes, then sign in again.")),
    50055: Refusal(_("The password has expired. Change it at Microsoft, then sign in again.")),
    50057: Refusal(_("The account is disabled. Ask your administrator.")),
    50058: Refusal(_("Microsoft found no session. Sign in again.")),
    50059: Refusal(_TENANT),
    50074: Refusal(_MFA),
    50076: Refusal(_MFA),
    50078: Refusal(_MFA),
    50079: Refusal(_("Microsoft wants you to set up a second factor. Sign in again and follow its steps.")),
    50089: Refusal(_INACTIVE),
    50105: Refusal(_("You may not use the application. Ask your administrator to assign you to it in Entra.")),
    50126: Refusal(_("Wrong user name or password. Sign in again.")),
    50128: Refusal(_TENANT),
    50132: Refusal(_PASSWORD),
    50133: Refusal(_PASSWORD),
    50158: Refusal(_MFA),
    50173: Refusal(_PASSWORD),
    50194: Refusal(_("The application is registered for one organisation only. Enter its directory (tenant) ID.")),
    53000: Refusal(_POLICY),
    53001: Refusal(_POLICY),
    53003: Refusal(_POLICY),
    54005: Refusal(_("This sign-in was used already. Sign in again.")),
    65001: Refusal(_CONSENT),
    65004: Refusal(_("You declined at Microsoft. Sign in again and accept what the application asks for.")),
    70000: Refusal(_("The sign-in has run out or was withdrawn. Sign in again.")),
    70008: Refusal(_INACTIVE),
    70011: Refusal(_("The provider does not know one of the scopes. Correct them, or leave the field empty.")),
    70018: Refusal(_DEVICE),
    70019: Refusal(_DEVICE),
    70020: Refusal(_DEVICE),
    70043: Refusal(_INACTIVE),
    90002: Refusal(_TENANT),
    90033: Refusal(_LATER, temporary=True),
    90055: Refusal(_LATER, temporary=True),
    90072: Refusal(_OTHERS),
    90094: Refusal(_CONSENT),
    500011: Refusal(_("Microsoft does not know the service in the scopes. Correct them, or leave the field empty.")),
    500113: Refusal(_("The application has no redirect URI. Add the address of this Odoo in Entra, as the help says.")),
    501481: Refusal(_("This sign-in was not begun here. Sign in again.")),
    530003: Refusal(_POLICY),
    700016: Refusal(
        _(
            "Microsoft knows no application with this ID in this organisation. Correct Application (client) ID or tenant."
        )
    ),
    700025: Refusal(
        _("The application is a public client, which has no secret. Choose “Remove” beside “Client secret”.")
    ),
    700054: Refusal(
        _("The application is registered for another kind of sign-in. Compare its settings in Entra with the help.")
    ),
    700082: Refusal(_INACTIVE),
    700084: Refusal(_INACTIVE),
    7000112: Refusal(_("The application is disabled in Entra. Ask your administrator.")),
    7000215: Refusal(_("The client secret is wrong. Enter its value (not its ID), or have a new one made in Entra.")),
    7000218: Refusal(
        _(
            "The application demands a client secret. Enter one, or allow public client flows in Entra, as the help says."
        )
    ),
    7000222: Refusal(_("The client secret has expired. Have a new one made in Entra and enter it here.")),
}

_NUMBER = re.compile(r"AADSTS(\d+)")


def numbers_in(answer):
    """Return Microsoft's numbers in an error object, as text."""
    codes = answer.get("error_codes")
    return [
        *map(str, codes if isinstance(codes, list) else ()),
        *_NUMBER.findall(str(answer.get("error_description") or "")),
    ]

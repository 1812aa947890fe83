"""Where people sign in, and what is asked for, as far as the user does not say otherwise."""

import re
from dataclasses import dataclass, field

# Any account of any organisation, but no private one. Microsoft refuses this way to what was registered for one organisation.
ANY_TENANT = "organizations"
# Accounts at Microsoft that belong to no organisation, and the domains of their addresses.
_PRIVATE_TENANT = "consumers"
_PRIVATE_DOMAIN = re.compile(r"(outlook|hotmail|live)\.(com|(com?\.)?[a-z]{2})|(msn|passport|windowslive)\.com")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True)
class Provider:
    """``scopes`` by the kind of mailbox; ``more_scopes`` are asked for at the sign-in only."""

    authority: str = ""
    scopes: dict = field(default_factory=dict)
    app_scopes: tuple = ()
    more_scopes: tuple = ()
    # Google refuses what others need to hand out a refresh token, and has a word of its own for it.
    excluded_scopes: tuple = ()
    more_parameters: dict = field(default_factory=dict)
    has_device_code: bool = True
    has_tenants: bool = False


PROVIDERS = {
    "microsoft": Provider(
        authority="https://login.microsoftonline.com",
        scopes={
            "imap": ("https://outlook.office.com/IMAP.AccessAsUser.All",),
            "pop3": ("https://outlook.office.com/POP.AccessAsUser.All",),
            "smtp": ("https://outlook.office.com/SMTP.Send",),
        },
        app_scopes=("https://outlook.office365.com/.default",),
        has_tenants=True,
    ),
    "google": Provider(
        authority="https://accounts.google.com",
        scopes=dict.fromkeys(("imap", "pop3", "smtp"), ("https://mail.google.com/",)),
        more_scopes=("email",),
        excluded_scopes=("offline_access",),
        more_parameters={"access_type": "offline", "prompt": "consent"},
        has_device_code=False,
    ),
    "other": Provider(more_scopes=("email",)),
}


@dataclass(frozen=True)
class Application:
    """What is registered with the provider, and what it asks for. Empty fields mean the provider's defaults."""

    provider: str
    kind: str
    client_id: str
    tenant: str = ""
    authority: str = ""
    scopes: tuple = ()
    secret: str = field(default="", repr=False)
    app_only: bool = False
    # Of the mailbox' address: every domain of an organisation's mail is a name of its tenant.
    domain: str = ""

    @property
    def facts(self):
        return PROVIDERS[self.provider]

    @property
    def usual_tenant(self):
        """Where people sign in whose mailbox names no tenant."""
        domain = self.domain.lower()
        if _PRIVATE_DOMAIN.fullmatch(domain):
            return _PRIVATE_TENANT
        return domain if _DOMAIN.fullmatch(domain) else ANY_TENANT

    @property
    def authority_url(self):
        """As msal takes it: it wants a path behind the host."""
        authority = (self.authority or self.facts.authority).rstrip("/")
        if self.facts.has_tenants:
            return f"{authority}/{self.tenant or self.usual_tenant}"
        return authority if "/" in authority.removeprefix("https://") else f"{authority}/."

    @property
    def wanted_scopes(self):
        if self.app_only:
            return list(self.scopes or self.facts.app_scopes)
        return list(self.scopes or self.facts.scopes.get(self.kind, ()))

"""Where people sign in, and what is asked for, as far as the user does not say otherwise."""

from dataclasses import dataclass, field

# Any account of any organisation, but no private one.
_ANY_TENANT = "organizations"


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

    @property
    def facts(self):
        return PROVIDERS[self.provider]

    @property
    def authority_url(self):
        """As msal takes it: it wants a path behind the host."""
        authority = (self.authority or self.facts.authority).rstrip("/")
        if self.facts.has_tenants:
            return f"{authority}/{self.tenant or _ANY_TENANT}"
        return authority if "/" in authority.removeprefix("https://") else f"{authority}/."

    @property
    def wanted_scopes(self):
        if self.app_only:
            return list(self.scopes or self.facts.app_scopes)
        return list(self.scopes or self.facts.scopes.get(self.kind, ()))

import hashlib
import json
import re
from dataclasses import replace
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import config, email_normalize

from ..protocol.oauth import PROVIDERS, Application, HttpClient, IdentityClient
from .comm_mailbox import CONNECTION_FIELDS

# Tokens belong to one application at one provider: they go when one of these changes, whoever changes it.
APPLICATION_FIELDS = {"client_id", "tenant", "oauth_provider", "oauth_authority", "oauth_scopes", "oauth_app_only"}
# Where the tokens travel, and which mailbox they open. Who signed in may change that; for anybody else they go.
REACH_FIELDS = CONNECTION_FIELDS | {"login", "email", "oauth_user"}
# What the form tells of the tokens.
STATE_FIELDS = ["oauth_signed_in", "oauth_ended", "oauth_account", "oauth_until", "oauth_renewed", "oauth_lapsed"]
_SCOPE = re.compile(r"[!#-\[\]-~]+")


class CommMailbox(models.Model):
    """What a mailbox needs to log in by OAuth 2.0."""

    _inherit = "comm.mailbox"

    client_id = fields.Char(string="Application (client) ID")
    tenant = fields.Char(help="Directory (tenant) ID or domain. Empty: the organisation of the mailbox' address.")
    oauth_provider = fields.Selection(
        [("microsoft", "Microsoft 365"), ("google", "Google"), ("other", "Another one (OpenID Connect)")],
        string="Provider",
        required=True,
        default="microsoft",
    )
    oauth_authority = fields.Char(
        string="Authority",
        help="Address of the identity server, where it is not the provider's usual one: for Microsoft's sovereign clouds"
        " such as https://login.microsoftonline.us, or for another provider of OpenID Connect.",
    )
    oauth_scopes = fields.Char(
        string="Scopes", help="What is asked for, separated by spaces. Empty: what the provider needs for this mailbox."
    )
    oauth_user = fields.Char(
        string="Account that signs in",
        help="Only where it is not the mailbox itself: for a shared mailbox of Microsoft 365 the person who may open it.",
    )
    client_secret = fields.Char(
        string="Client secret",
        compute="_compute_client_secret",
        inverse="_inverse_client_secret",
        copy=False,
        help="Only where the application was registered with one. Stored encrypted and never shown again.",
    )
    has_client_secret = fields.Boolean(compute="_compute_oauth_state")
    client_secret_expiry = fields.Date(
        string="Secret expires on", copy=False, help="Whoever is responsible is reminded 30 days before."
    )
    oauth_app_only = fields.Boolean(
        string="The application itself signs in",
        copy=False,
        help="For shared mailboxes, with a client secret and the tenant's ID: nobody needs to sign in, and the application"
        " can open every mailbox that it was given in Exchange. Only administrators may choose this.",
    )
    oauth_signed_in = fields.Boolean(compute="_compute_oauth_state")
    oauth_ended = fields.Boolean(compute="_compute_oauth_state")
    oauth_account = fields.Char(string="Signed in as", compute="_compute_oauth_state")
    oauth_until = fields.Datetime(string="Access until", compute="_compute_oauth_state")
    oauth_renewed = fields.Boolean(compute="_compute_oauth_state")
    oauth_lapsed = fields.Boolean(compute="_compute_oauth_state")

    @api.model_create_multi
    def create(self, vals_list):
        mailboxes = super().create(vals_list)
        mailboxes.filtered("oauth_app_only")._check_administrator(chooses=True)
        mailboxes._check_app_secret()
        return mailboxes

    def write(self, vals):
        guarded = APPLICATION_FIELDS | REACH_FIELDS | {"client_secret", "auth_method", "scope"}
        changed = {mailbox: mailbox._changed_names(vals, guarded) for mailbox in self}
        self.filtered(lambda mailbox: mailbox.oauth_app_only and changed[mailbox])._check_administrator()
        if vals.get("oauth_app_only"):
            self._check_administrator(chooses=True)
        for mailbox, names in changed.items():
            # In the order of a sign-in that is being stored at this moment.
            if names or not vals.get("active", True):
                mailbox._forget_attempts()
            if names:
                mailbox._forget_tokens_for(names, vals)
        if {"client_secret_expiry", "client_secret"} & vals.keys() or vals.get("auth_method", "oauth2") != "oauth2":
            self._close_secret_reminder()
        result = super().write(vals)
        if guarded & vals.keys():
            self.invalidate_recordset(STATE_FIELDS)
            self.invalidate_recordset(["has_client_secret", "oauth_provider_name", "offers_device_code"])
            self._check_app_secret()
        return result

    def _changed_names(self, vals, names):
        return {
            name
            for name in names & vals.keys()
            if name == "client_secret" or (self[name] or False) != (vals[name] or False)
        }

    def _check_administrator(self, *, chooses=False):
        """An application that signs in by itself opens any mailbox of the tenant: its reach is not for users to choose.

        :param chooses: it does not sign in by itself yet
        """
        if not self or self.env.su or self.env.user.has_group("comm_mailboxes.group_admin"):
            return
        if chooses:
            raise AccessError(self.env._("Only an administrator may let the application itself sign in for a mailbox."))
        raise AccessError(
            self.env._("The application itself signs in here, so only an administrator may change these settings.")
        )

    def _forget_tokens_for(self, changed, vals):
        """Drop what must not serve the settings as they will be."""
        secrets = self._oauth_secrets()
        gone = secrets.browse()
        for secret in secrets:
            mine = secret.user_id == self.env.user or self.env.su
            if secret.kind == "tokens":
                if changed & APPLICATION_FIELDS or (not mine and changed & REACH_FIELDS):
                    gone |= secret
            elif not mine and changed & APPLICATION_FIELDS and "client_secret" not in vals:
                # The secret goes to the authority: nobody else may direct it elsewhere.
                gone |= secret
        if "client_secret" in gone.mapped("kind"):
            self._close_secret_reminder()
        gone.unlink()

    def _forget_attempts(self):
        """End the sign-ins that were begun: they belong to the settings as they were."""
        # sudo: nobody has a right on that table; callers checked the right on the mailbox.
        self.env["comm.oauth.attempt"].sudo().search([("mailbox_id", "in", self.ids)]).unlink()

    def _oauth_fingerprint(self):
        """Return what is another one as soon as a sign-in would go to, or its tokens would serve, something else."""
        values = [[name, self[name] or False] for name in sorted(APPLICATION_FIELDS | REACH_FIELDS)]
        return hashlib.sha256(json.dumps([self.kind, values]).encode()).hexdigest()

    def _oauth_secrets(self):
        # sudo: nobody has a right on the table of secrets; what is told of them is not secret.
        secrets = self.env["comm.mailbox.secret"].sudo()
        return secrets.search(Domain("mailbox_id", "in", self.ids) & Domain("kind", "in", ("tokens", "client_secret")))

    def _compute_client_secret(self):
        """Write-only: what is stored is never read into a field."""
        self.client_secret = False

    def _inverse_client_secret(self):
        for mailbox in self:
            mailbox._store_secret("client_secret", (mailbox.client_secret or "").strip())
        self.invalidate_recordset(["client_secret", "has_client_secret", "offers_device_code"])

    def _compute_oauth_state(self):
        found = {(secret.mailbox_id.id, secret.kind): secret for secret in self._oauth_secrets()}
        now = fields.Datetime.now()
        for mailbox in self:
            tokens = found.get((mailbox._origin.id, "tokens"))
            mailbox.oauth_signed_in = bool(tokens)
            # sudo: leases are internal to the engine; that a person has to sign in again is not.
            lease, stamp = mailbox.sudo().lease_ids, mailbox.sudo().settings_stamp
            # Logins that the mail server refused with a good token say nothing about the access.
            stopped = lease.needs_sign_in and lease._is_stopped(stamp)
            mailbox.oauth_account = tokens and tokens.account
            mailbox.oauth_until = tokens and tokens.valid_until
            mailbox.oauth_renewed = bool(tokens and not tokens.ends_with_token)
            # Nothing has needed it since: whether it is still renewed is not known.
            mailbox.oauth_lapsed = bool(mailbox.oauth_until and mailbox.oauth_until < now)
            refused = tokens and mailbox.state == "error" and stopped
            mailbox.oauth_ended = bool(refused or (mailbox.oauth_lapsed and not mailbox.oauth_renewed))
            mailbox.has_client_secret = (mailbox._origin.id, "client_secret") in found

    def action_remove_client_secret(self):
        """Forget the client secret: an empty field keeps it, as nothing of it is ever shown there."""
        self.write({"client_secret": False, "client_secret_expiry": False})
        return True

    @api.onchange("host")
    def _onchange_host_oauth2(self):
        """OAuth 2.0 cannot be seen, and so not be switched off, on an outgoing server that does not offer it."""
        host = (self.host or "").lower()
        if "gmail.com" in host or "googlemail.com" in host:
            self.oauth_provider = "google"
        elif "office365" in host:
            self.oauth_provider = "microsoft"
        if self.kind == "smtp" and self.host and self.auth_method == "oauth2" and not self.offers_oauth2:
            self.auth_method = "auto"

    @api.constrains("auth_method", "client_id")
    def _check_client_id(self):
        for mailbox in self:
            if mailbox.auth_method == "oauth2" and not (mailbox.client_id or "").strip():
                raise ValidationError(
                    self.env._("OAuth 2.0 needs the Application (client) ID that your administrator registered.")
                )

    @api.constrains("tenant", "oauth_authority", "oauth_scopes", "oauth_provider", "auth_method")
    def _check_oauth_address(self):
        for mailbox in self:
            if mailbox.tenant and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", mailbox.tenant.strip()):
                raise ValidationError(self.env._("The tenant is an ID or a domain, such as company.onmicrosoft.com."))
            authority = (mailbox.oauth_authority or "").strip()
            if authority and not _is_address(authority):
                raise ValidationError(
                    self.env._(
                        "The authority is an address such as https://login.microsoftonline.us, nothing before or after it."
                    )
                )
            if not all(_SCOPE.fullmatch(scope) for scope in (mailbox.oauth_scopes or "").split()):
                raise ValidationError(self.env._("Scopes are words without quotation marks, separated by spaces."))
            other = mailbox.auth_method == "oauth2" and mailbox.oauth_provider == "other"
            if other and not (authority and mailbox.oauth_scopes):
                raise ValidationError(
                    self.env._(
                        "Enter authority and scopes of the provider: only those of Microsoft and Google are known."
                    )
                )

    @api.constrains("oauth_app_only", "scope", "tenant")
    def _check_app_only(self):
        for mailbox in self.filtered("oauth_app_only"):
            if mailbox.scope == "personal":
                raise ValidationError(self.env._("A personal mailbox is opened by its owner, not by the application."))
            if not (mailbox.tenant or "").strip():
                raise ValidationError(self.env._("For the application itself to sign in, enter the tenant's ID."))

    def _check_app_secret(self):
        """No constraint: those run before the secret is stored."""
        for mailbox in self:
            if mailbox.oauth_app_only and mailbox.auth_method == "oauth2" and not mailbox.has_client_secret:
                raise ValidationError(self.env._("For the application itself to sign in, enter its client secret."))

    def _oauth_application__(self):  # noqa: PLW3201 (may hold a secret)
        self.ensure_one()
        # sudo: nobody has a right on the table of secrets; callers checked the right on the mailbox.
        secret = self.env["comm.mailbox.secret"].sudo()._reveal__(self, "client_secret")
        return Application(
            provider=self.oauth_provider,
            kind=self.kind,
            client_id=(self.client_id or "").strip(),
            tenant=(self.tenant or "").strip(),
            authority=(self.oauth_authority or "").strip(),
            scopes=tuple((self.oauth_scopes or "").split()),
            secret=secret,
            app_only=self.oauth_app_only,
            domain=self._oauth_domain(),
        )

    def _oauth_domain(self):
        """Return the domain of the mailbox that is opened, or an empty text."""
        address = email_normalize(self.login) or email_normalize(self.email) or ""
        return address.rpartition("@")[2]

    def _identity_client__(self, cache="", tenant=""):  # noqa: PLW3201 (holds tokens)
        """Return a client of the identity server; making it asks that server for its addresses.

        :param tenant: where what is in ``cache`` comes from, when the settings do not say it
        :raise ProtocolError: with what failed and what to do
        """
        http_client = HttpClient(self._host_guard(), ca_file=config.get("comm_mailboxes_ca_file") or None)
        application = self._oauth_application__()
        if tenant and not application.tenant:
            application = replace(application, tenant=tenant)
        return IdentityClient(application, http_client, cache)

    def _provider_name(self):
        if self.oauth_provider == "other":
            return split_address(self.oauth_authority).hostname or self.env._("the provider")
        return {"microsoft": "Microsoft", "google": "Google"}[self.oauth_provider]

    def _offers_device_code(self):
        # With a secret, the application is no public client, and msal knows no sign-in with a code for it.
        return PROVIDERS[self.oauth_provider].has_device_code and not self.has_client_secret


def split_address(text):
    """Return the parts of an address; of what is none (a form that is being filled, a wrong setting) empty ones."""
    try:
        parts = urlsplit((text or "").strip())
        _ = parts.port
    except ValueError:
        # A port that is none, or half of an IPv6 address.
        return urlsplit("")
    return parts


def _is_address(text):
    parts = split_address(text)
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and parts.port != 0
        and "@" not in parts.netloc
        and not parts.query
        and not parts.fragment
        and bool(re.fullmatch(r"[!-~]+", text))
    )

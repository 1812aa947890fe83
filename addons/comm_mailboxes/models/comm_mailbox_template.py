from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..protocol.errors import ProtocolError
from ..protocol.host_guard import ascii_host
from .comm_mailbox import CONNECTION_FIELDS, CommMailbox
from .comm_mailbox_attachment_group import CommMailbox as CommMailboxAttachmentGroup
from .comm_mailbox_check import CommMailbox as CommMailboxCheck
from .comm_mailbox_oauth import CommMailbox as CommMailboxOauth
from .comm_mailbox_outbox import CommMailbox as CommMailboxOutbox
from .comm_mailbox_pop3 import CommMailbox as CommMailboxPop3
from .comm_mailbox_smtp import CommMailbox as CommMailboxSmtp
from .comm_message_filing import CommMailbox as CommMailboxFiling
from .comm_message_sender_check import CommMailbox as CommMailboxSenderCheck

_ALL = ("imap", "pop3", "smtp")
_INCOMING = ("imap", "pop3")

# Every property that a template hands on to a mailbox, and the kinds of mailbox for which it means something.
# A new field of the mailbox belongs either here or into NOT_IN_TEMPLATES; test_template.py insists on it.
PROPERTIES = {
    "host": _ALL,
    "security": _ALL,
    "port": _ALL,
    "auth_method": _ALL,
    "client_id": _ALL,
    "tenant": _ALL,
    "oauth_provider": _ALL,
    "oauth_authority": _ALL,
    "oauth_scopes": _ALL,
    "domain": ("smtp",),
    "allow_clear_password": _ALL,
    "skip_certificate_check": _ALL,
    "certificate_hostname": _ALL,
    "auto_fetch": _INCOMING,
    "fetch_interval": _INCOMING,
    "only_subscribed": ("imap",),
    "fetch_subfolders": ("imap",),
    "pop3_leave": ("pop3",),
    "pop3_leave_days": ("pop3",),
    "check_recipient": _ALL,
    "authserv_ids": _INCOMING,
    "sent_copy": ("smtp",),
    "file_odoo_mail": ("smtp",),
    "attachment_group_id": _ALL,
    "log_events": _ALL,
}

# What a user edits on a mailbox and no template holds.
NOT_IN_TEMPLATES = {
    # the account itself
    "name",
    "active",
    "email",
    "signature",
    "login",
    "password",
    "oauth_user",
    "client_secret",
    "client_secret_expiry",
    "oauth_app_only",
    # whose it is and who may use it
    "scope",
    "user_id",
    "company_id",
    "member_ids",
    "is_default",
    "from_filter",
    # folders of this one account
    "folder_ids",
    "trash_folder_id",
    "sent_folder_id",
    # the company's configuration, which its own mailbox shows
    "config_event_days",
    "config_import_limit",
    # another face of auth_method
    "use_oauth2",
    # kept by the engine and by Odoo
    "event_ids",
    "lease_ids",
    "message_ids",
    "settings_stamp",
}

# Where and how to log in: all that the ready-made templates know.
SERVER_PROPERTIES = CONNECTION_FIELDS | {"client_id", "tenant", "oauth_provider", "oauth_authority", "oauth_scopes"}

_SINGLE_LINES = ("host", "certificate_hostname", "domain", "client_id", "tenant", "oauth_authority", "oauth_scopes")
# What describes the server beside its name: with another server, what the old one needed has to go.
_BOUND_TO_HOST = {"certificate_hostname", "domain"}


def _like(field, **changes):
    """Return a field of the same type, label, choices and default as the mailbox's own."""
    kept = ("string", "help", "selection", "comodel_name", "default", "required")
    arguments = {name: value for name, value in field._args__.items() if name in kept}
    return type(field)(**{**arguments, **changes})


class CommMailboxTemplate(models.Model):
    """The properties that the mailboxes of one provider, or of one company, have in common."""

    _name = "comm.mailbox.template"
    _description = "Mailbox template"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = _like(CommMailbox.kind)
    domains = fields.Char(
        string="Mail domains",
        help="Separated by commas. “Find settings” takes this template for addresses in these domains and below,"
        " and for domains whose mail is received by servers below them.",
    )
    holds = fields.Selection(
        [("server", "Server and authentication"), ("all", "All properties")],
        string="Template for",
        required=True,
        default="all",
    )

    host = _like(CommMailbox.host)
    security = _like(CommMailbox.security)
    port = _like(CommMailbox.port, compute="_compute_port", store=True, readonly=False)
    auth_method = _like(CommMailbox.auth_method)
    client_id = _like(CommMailboxOauth.client_id)
    tenant = _like(CommMailboxOauth.tenant)
    oauth_provider = _like(CommMailboxOauth.oauth_provider)
    oauth_authority = _like(CommMailboxOauth.oauth_authority)
    oauth_scopes = _like(CommMailboxOauth.oauth_scopes)
    domain = _like(CommMailboxSmtp.domain)
    allow_clear_password = _like(CommMailbox.allow_clear_password)
    skip_certificate_check = _like(CommMailbox.skip_certificate_check)
    certificate_hostname = _like(CommMailbox.certificate_hostname)
    auto_fetch = _like(CommMailbox.auto_fetch)
    fetch_interval = _like(CommMailbox.fetch_interval)
    only_subscribed = _like(CommMailbox.only_subscribed)
    fetch_subfolders = _like(CommMailbox.fetch_subfolders)
    pop3_leave = _like(CommMailboxPop3.pop3_leave)
    pop3_leave_days = _like(CommMailboxPop3.pop3_leave_days)
    check_recipient = _like(CommMailboxCheck.check_recipient)
    authserv_ids = _like(CommMailboxSenderCheck.authserv_ids)
    sent_copy = _like(CommMailboxOutbox.sent_copy)
    file_odoo_mail = _like(CommMailboxFiling.file_odoo_mail)
    attachment_group_id = _like(CommMailboxAttachmentGroup.attachment_group_id)
    log_events = _like(CommMailbox.log_events)

    _port_range = models.Constraint("CHECK(port > 0 AND port < 65536)", "A port is a number between 1 and 65535.")
    _interval_positive = models.Constraint("CHECK(fetch_interval > 0)", "The interval is at least one minute.")
    _leave_days_positive = models.Constraint(
        "CHECK(pop3_leave <> 'days' OR pop3_leave_days > 0)", "Messages stay on the server for at least one day."
    )

    # A typed port stays, another one follows the security: as on the mailbox.
    _compute_port = CommMailbox._compute_port

    @api.constrains("domains")
    def _check_domains(self):
        for template in self:
            try:
                template._served_domains()
            except ProtocolError as error:
                raise ValidationError(
                    self.env._("“%s” is no list of mail domains. Separate them by commas.", template.domains)
                ) from error

    @api.constrains(*_SINGLE_LINES)
    def _check_single_line(self):
        """What a mailbox would refuse is refused here, and not when somebody uses the template."""
        for template in self:
            for name in _SINGLE_LINES:
                if any(ord(character) < 32 for character in template[name] or ""):
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(self.env._("“%(field)s” must be a single line.", field=label))

    def _served_domains(self):
        """Return the mail domains as they appear in the DNS."""
        return [ascii_host(domain) for domain in (self.domains or "").split(",") if domain.strip()]

    @api.model
    def _serving(self, kind, names):
        """Return the template for a mail domain or for the servers that receive its mail.

        :param names: host names, the more important ones first
        """
        served = [
            (domain, template)
            for template in self.search([("kind", "=", kind), ("host", "!=", False)])
            for domain in template._served_domains()
        ]
        for name in names:
            fitting = [(domain, template) for domain, template in served if f".{name}".endswith(f".{domain}")]
            if fitting:
                # The most special one; of equals the first in the administrators' order.
                return max(fitting, key=lambda pair: len(pair[0]))[1]
        return self.browse()

    def _properties_for(self, kind):
        """Return what this template would write on a mailbox of that kind, ``{field name: value}``."""
        self.ensure_one()
        values = {}
        for name, kinds in PROPERTIES.items():
            if kind not in kinds or (self.holds == "server" and name not in SERVER_PROPERTIES):
                continue
            value = self._fields[name].convert_to_write(self[name], self)
            is_empty = value is False and self._fields[name].type != "boolean"
            if is_empty and not (self.host and name in _BOUND_TO_HOST):
                continue
            values[name] = value
        mailboxes = self.env["comm.mailbox"]
        if kind == "smtp" and values.get("auth_method") == "oauth2" and not mailboxes._host_offers_oauth2(self.host):
            # The form would not show it.
            values["auth_method"] = "auto"
        return values

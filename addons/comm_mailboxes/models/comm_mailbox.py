from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

DEFAULT_PORTS = {
    "imap": {"none": 143, "starttls": 143, "tls": 993},
    "pop3": {"none": 110, "starttls": 110, "tls": 995},
    "smtp": {"none": 25, "starttls": 587, "tls": 465},
}

# Whoever changes one of these decides where the stored password travels.
CONNECTION_FIELDS = {
    "host",
    "port",
    "security",
    "auth_method",
    "domain",
    "allow_clear_password",
    "skip_certificate_check",
    "certificate_hostname",
}
# The form shows so many events; the event log shows all.
RECENT_EVENTS = 20


class CommMailbox(models.Model):
    """An e-mail account: where it is, how to log in, who may use it."""

    _name = "comm.mailbox"
    _description = "Mailbox"
    _order = "name, id"

    name = fields.Char(required=True, help="Every folder tree shows the mailbox under this name.")
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("imap", "IMAP"), ("pop3", "POP3"), ("smtp", "SMTP")], required=True, default="imap", readonly=True
    )
    scope = fields.Selection(
        [("personal", "Personal"), ("shared", "Shared"), ("company", "Company")], required=True, default="personal"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        help="The owner of a personal mailbox; of a shared one the person responsible.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    member_ids = fields.One2many("comm.mailbox.member", "mailbox_id", string="Members", copy=True)

    # Server
    email = fields.Char(string="Address")
    host = fields.Char(string="Server")
    port = fields.Integer(compute="_compute_port", store=True, readonly=False)
    security = fields.Selection(
        [("none", "None"), ("starttls", "STARTTLS"), ("tls", "TLS")],
        string="Connection security",
        required=True,
        default="tls",
    )
    auth_method = fields.Selection(
        [
            ("auto", "Automatic"),
            ("plain", "PLAIN"),
            ("login", "LOGIN"),
            ("cram_md5", "CRAM-MD5"),
            ("oauth2", "OAuth 2.0"),
        ],
        string="Authentication",
        required=True,
        default="auto",
        help="Automatic takes the safest method that the server offers. With CRAM-MD5 the password never travels.",
    )
    allow_clear_password = fields.Boolean(
        string="Send the password unencrypted",
        help="Without TLS anybody on the way can read the password. Only for servers inside your own network.",
    )
    login = fields.Char()
    password = fields.Char(
        compute="_compute_password",
        inverse="_inverse_password",
        copy=False,
        help="Stored encrypted and never shown again.",
    )
    has_password = fields.Boolean(compute="_compute_has_password", string="Password stored")
    skip_certificate_check = fields.Boolean(string="Do not verify the certificate")
    certificate_hostname = fields.Char(
        string="Different common name",
        help="The host name that the certificate must carry when it differs from the server's name.",
    )

    # Folders and fetching
    only_subscribed = fields.Boolean(string="Only subscribed folders")
    fetch_subfolders = fields.Boolean(
        string="Fetch selected subfolders",
        help="Off: the automatic fetch takes only the inbox. Any folder can be fetched by hand.",
    )
    auto_fetch = fields.Boolean(string="Fetch automatically")
    fetch_interval = fields.Integer(string="Interval (minutes)", required=True, default=5)
    folder_ids = fields.One2many("comm.folder", "mailbox_id", string="Folders", copy=False)
    lease_ids = fields.One2many("comm.mailbox.lease", "mailbox_id", copy=False, groups=fields.NO_ACCESS)
    last_fetch = fields.Datetime(compute="_compute_last_fetch")
    message_count = fields.Integer(string="Messages", compute="_compute_counts")
    unread_count = fields.Integer(string="Unread", compute="_compute_counts")

    # State
    state = fields.Selection(
        [("draft", "Not checked"), ("ok", "Working"), ("error", "Error")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    last_error = fields.Text(readonly=True, copy=False)
    event_ids = fields.One2many("comm.mailbox.event", "mailbox_id", string="Events", copy=False)
    recent_event_ids = fields.Many2many("comm.mailbox.event", string="Last events", compute="_compute_recent_event_ids")
    log_events = fields.Boolean(
        string="Log to the event log",
        default=True,
        help="Keep every connection and fetch in the event log. Errors are always kept.",
    )

    _port_range = models.Constraint("CHECK(port > 0 AND port < 65536)", "A port is a number between 1 and 65535.")
    _interval_positive = models.Constraint("CHECK(fetch_interval > 0)", "The interval is at least one minute.")

    @api.depends("kind", "security")
    def _compute_port(self):
        defaults = {port for ports in DEFAULT_PORTS.values() for port in ports.values()}
        for mailbox in self:
            # A port that the user typed stays; one that came from the security choice follows it.
            if not mailbox.port or mailbox.port in defaults:
                mailbox.port = DEFAULT_PORTS[mailbox.kind or "imap"][mailbox.security or "tls"]

    def _compute_password(self):
        """Write-only: what is stored is never read into a field."""
        self.password = False

    def _inverse_password(self):
        for mailbox in self:
            mailbox._store_secret("password", mailbox.password)
        self.invalidate_recordset(["password", "has_password"])

    def _compute_has_password(self):
        # sudo: only the fact that a secret exists is told, to whoever may read the mailbox.
        secrets = (
            self.env["comm.mailbox.secret"].sudo().search([("mailbox_id", "in", self.ids), ("kind", "=", "password")])
        )
        holders = secrets.mailbox_id
        for mailbox in self:
            mailbox.has_password = mailbox in holders

    @api.depends("lease_ids.last_fetch")
    def _compute_last_fetch(self):
        for mailbox in self:
            # sudo: leases are internal to the engine, this date is not.
            mailbox.last_fetch = mailbox.sudo().lease_ids.last_fetch

    @api.depends("folder_ids.message_count", "folder_ids.unread_count")
    def _compute_counts(self):
        # sudo: whoever sees the mailbox in a list sees how much is in it, as the administrators' list does.
        groups = (
            self.env["comm.folder"]
            .sudo()
            ._read_group([("mailbox_id", "in", self.ids)], ["mailbox_id"], ["message_count:sum", "unread_count:sum"])
        )
        counts = {mailbox.id: (messages, unread) for mailbox, messages, unread in groups}
        for mailbox in self:
            # In a form or dialog that is not saved yet, it stands for the one of the database.
            mailbox.message_count, mailbox.unread_count = counts.get(mailbox._origin.id, (0, 0))

    @api.depends("event_ids")
    def _compute_recent_event_ids(self):
        """Not the whole relation: a form would ask for the ids of all events that were ever logged."""
        self.env["comm.mailbox.event"].flush_model(["mailbox_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT mailbox.id, event.id FROM unnest(%s::int[]) AS mailbox (id), LATERAL (
                       SELECT id FROM comm_mailbox_event WHERE mailbox_id = mailbox.id ORDER BY id DESC LIMIT %s
                   ) AS event ORDER BY event.id DESC""",
                self.ids,
                RECENT_EVENTS,
            )
        )
        by_mailbox = defaultdict(list)
        for mailbox_id, event_id in rows:
            by_mailbox[mailbox_id].append(event_id)
        for mailbox in self:
            mailbox.recent_event_ids = by_mailbox[mailbox._origin.id]

    @api.model_create_multi
    def create(self, vals_list):
        mailboxes = super().create(vals_list)
        # sudo: every mailbox has a lease row, users have no right on that table.
        self.env["comm.mailbox.lease"].sudo().create([{"mailbox_id": mailbox.id} for mailbox in mailboxes])
        return mailboxes

    def write(self, vals):
        if not self.env.su and CONNECTION_FIELDS & vals.keys() and "password" not in vals:
            self._forget_password_set_by_others(vals)
        if self.env.su or not {"user_id", "scope"} & vals.keys():
            return super().write(vals)
        others = self.filtered(lambda mailbox: mailbox.scope == "personal" and mailbox.user_id != self.env.user)
        if others:
            raise AccessError(self.env._("Only the owner of a personal mailbox may share it. It stays theirs."))
        result = super().write(vals)
        # Record rules look at a record before it is written; after it, the mailbox may be one that the user must not make.
        self.check_access("write")
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for mailbox, vals in zip(self, vals_list, strict=True):
            # The copy has no password yet, and two mailboxes of one name help nobody.
            vals["auto_fetch"] = (default or {}).get("auto_fetch", False)
            if vals["scope"] == "personal":
                vals.pop("member_ids", None)
            vals["name"] = (default or {}).get("name") or self.env._("%s (copy)", mailbox.name)
        return vals_list

    def unlink(self):
        self.check_access("unlink")
        # By hand and not by SQL cascade: attachments go only with records that the ORM deletes. The server is not touched.
        self.folder_ids.sudo().unlink()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fetching(self):
        """A running fetch holds the lease; deleting would wait for its end."""
        # sudo: users have no right on the lease table.
        leases = self.sudo().lease_ids
        if leases.try_lock_for_update() != leases:
            raise ValidationError(
                self.env._("This mailbox is being fetched right now. Try again in a moment, or archive it first.")
            )

    def action_events(self):
        """Open the event log of this mailbox."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("comm_mailboxes.action_comm_mailbox_event")
        return {**action, "context": {"search_default_mailbox_id": self.id}}

    def action_refresh_folders(self):
        self.refresh_folders()
        folders = len(self.folder_ids)
        return self._notify(self.env._("The folder structure is up to date: %s folders.", folders))

    def action_fetch_mail(self):
        imported = self.fetch_mail()
        if not imported:
            return self._notify(self.env._("No new messages."))
        return self._notify(self.env._("Messages fetched: %s", imported))

    def action_share(self):
        """Turn a personal mailbox into a shared one, with its owner as the first member."""
        for mailbox in self.filtered(lambda mailbox: mailbox.scope == "personal"):
            owner = mailbox.user_id
            mailbox.member_ids.unlink()
            mailbox.write(
                {
                    "scope": "shared",
                    # A default is a personal choice.
                    "is_default": False,
                    "member_ids": [fields.Command.create({"user_id": owner.id, "access": "write"})],
                }
            )

    def action_make_personal(self):
        """Turn a shared mailbox into one of the person responsible; its members lose access."""
        for mailbox in self:
            mailbox.member_ids.unlink()
            mailbox.scope = "personal"

    @api.model
    def _domain_accessible(self, user, access="read"):
        """Return the domain of the mailboxes whose mail ``user`` may read, or with ``access="write"`` also change.

        The record rules say the same in XML; this one is for code that acts for another user.
        """
        lines = Domain("user_id", "=", user.id) | Domain("group_id", "in", user.all_group_ids.ids)
        if access == "write":
            lines &= Domain("access", "=", "write")
        own = Domain("scope", "=", "personal") & Domain("user_id", "=", user.id)
        return own | (Domain("scope", "=", "shared") & Domain("member_ids", "any", lines))

    def _forget_password_set_by_others(self, vals):
        """Drop the stored password when somebody else sends it to another server.

        Managers and administrators may edit a mailbox but must not learn its password, and a changed server name would
        deliver it. Nor does it help them to become its owner first: only who entered a password knows it anyway.
        """
        for mailbox in self:
            changed = any(name in vals and mailbox[name] != vals[name] for name in CONNECTION_FIELDS)
            if changed and not mailbox._password_is_mine():
                mailbox._store_secret("password", False)
        self.invalidate_recordset(["has_password"])

    def _password_is_mine(self):
        """Whether the current user entered the stored password; also when there is none."""
        # sudo: nobody has a right on the table of secrets; told is only who entered one.
        secret = (
            self.env["comm.mailbox.secret"].sudo().search([("mailbox_id", "=", self.id), ("kind", "=", "password")])
        )
        return not secret or secret.user_id == self.env.user

    def _store_secret(self, kind, value):
        self.ensure_one()
        self.check_access("write")
        # sudo: nobody has a right on the table of secrets; the right on the mailbox was checked above.
        self.env["comm.mailbox.secret"].sudo()._store(self, kind, value)

    def _check_mail_access(self, access="read"):
        """Raise unless the current user may read (or change) the mail of these mailboxes.

        Administrators may see the mailbox itself; that alone does not let them in here.
        """
        if self.env.su:
            return
        allowed = self.sudo().filtered_domain(self._domain_accessible(self.env.user, access))
        if self - allowed.with_env(self.env):
            raise AccessError(self.env._("You have no access to the mail of this mailbox. Ask its owner."))

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

# The signal word of the user's description; odoo.conf may list more (comm_mailboxes_oauth_hosts).
OFFICE_365 = "office365"


class CommMailbox(models.Model):
    """What only an outgoing mailbox has. Without a server it still gives its address, sent folder and attachment group."""

    _inherit = "comm.mailbox"

    is_default = fields.Boolean(
        string="My default",
        copy=False,
        help="Used for what is sent under your own user address when no mailbox carries the address itself.",
    )
    domain = fields.Char(help="Put before the login as DOMAIN\\login where the server asks for it.")
    sent_folder_id = fields.Many2one(
        "comm.folder",
        string="Sent mailbox",
        domain="[('mailbox_id.kind', '=', 'imap'), ('is_selectable', '=', True), ('is_missing', '=', False)]",
        ondelete="set null",
        index="btree_not_null",
        help="An IMAP folder where each sent message is stored. Without one it is kept in a local outbox.",
    )
    use_oauth2 = fields.Boolean(
        string="OAuth 2.0 authentication", compute="_compute_use_oauth2", inverse="_inverse_use_oauth2"
    )
    offers_oauth2 = fields.Boolean(compute="_compute_server_kind")
    is_office365 = fields.Boolean(compute="_compute_server_kind")

    @api.model_create_multi
    def create(self, vals_list):
        mailboxes = super().create(vals_list)
        mailboxes.filtered("is_default")._drop_other_defaults()
        return mailboxes

    def write(self, vals):
        if vals.get("is_default"):
            self._drop_other_defaults()
        return super().write(vals)

    @api.constrains("sent_folder_id", "user_id", "scope")
    def _check_sent_folder(self):
        for mailbox in self.filtered("sent_folder_id"):
            folder = mailbox.sent_folder_id
            # Whoever chooses the folder has to see it, else its name would be told. Odoo runs constraints as superuser.
            folder.sudo(False).check_access("read")
            target = folder.mailbox_id
            if target.scope == "personal" and (mailbox.scope == "shared" or target.user_id != mailbox.user_id):
                raise ValidationError(
                    self.env._("Sent messages go into a mailbox of the same owner, or into a shared one.")
                )

    @api.constrains("domain")
    def _check_domain(self):
        for mailbox in self:
            if any(ord(character) < 33 or character == "\\" for character in mailbox.domain or ""):
                raise ValidationError(self.env._("The domain is a single word, without a backslash."))

    @api.depends("auth_method")
    def _compute_use_oauth2(self):
        for mailbox in self:
            mailbox.use_oauth2 = mailbox.auth_method == "oauth2"

    @api.onchange("use_oauth2")
    def _inverse_use_oauth2(self):
        for mailbox in self:
            if mailbox.use_oauth2:
                mailbox.auth_method = "oauth2"
            elif mailbox.auth_method == "oauth2":
                mailbox.auth_method = "auto"

    @api.depends("host")
    def _compute_server_kind(self):
        more = (config.get("comm_mailboxes_oauth_hosts") or "").lower().split(",")
        names = [OFFICE_365, *(name.strip() for name in more if name.strip())]
        for mailbox in self:
            host = (mailbox.host or "").lower()
            mailbox.is_office365 = OFFICE_365 in host
            mailbox.offers_oauth2 = any(name in host for name in names)

    def _drop_other_defaults(self):
        """A user has one default: choosing another one takes it from the one before."""
        others = self.search(
            [
                ("is_default", "=", True),
                ("scope", "=", "personal"),
                ("user_id", "in", self.user_id.ids),
                ("id", "not in", self.ids),
            ]
        )
        others.is_default = False

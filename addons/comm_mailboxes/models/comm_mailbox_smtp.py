from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import config, email_normalize

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
        was_used = self.env["comm.smtp.resolver"]._is_used()
        mailboxes = super().create(vals_list)
        mailboxes._settle_defaults()
        mailboxes._sending_changed(was_used)
        return mailboxes

    def write(self, vals):
        if "is_default" not in vals:
            # The default is the choice of one person for himself.
            handed_over = self.filtered(
                lambda mailbox: (
                    mailbox.is_default
                    and (
                        vals.get("scope", mailbox.scope) != mailbox.scope
                        or vals.get("user_id", mailbox.user_id.id) != mailbox.user_id.id
                    )
                )
            )
            if handed_over:
                super(CommMailbox, handed_over).write({"is_default": False})
        was_used = self.env["comm.smtp.resolver"]._is_used()
        result = super().write(vals)
        if vals.get("is_default"):
            self._settle_defaults()
        if {"host", "email"} & vals.keys():
            self._sending_changed(was_used)
        return result

    @api.onchange("kind", "email", "scope")
    def _onchange_email_sent_folder(self):
        """Propose where a new mailbox puts what it sent: where the same address is read, people look for it."""
        for mailbox in self:
            if mailbox.kind == "smtp" and not mailbox.sent_folder_id and not mailbox._origin:
                folder = mailbox._incoming_of_address()[:1]._folder_with_role("sent")
                mailbox.sent_folder_id = folder.filtered(lambda one: one._takes_mail())

    def _incoming_of_address(self):
        """Return the IMAP mailboxes of the same owner, or shared ones, with the address that this mailbox sends with."""
        address = email_normalize(self.email)
        if not address:
            return self.browse()
        same = Domain([("kind", "=", "imap"), ("email", "ilike", address), ("scope", "=", self.scope)])
        if self.scope == "personal":
            same &= Domain("user_id", "=", self.user_id.id)
        return self.search(same, order="id").filtered(lambda one: email_normalize(one.email) == address)

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
        for mailbox in self:
            mailbox.is_office365 = OFFICE_365 in (mailbox.host or "").lower()
            mailbox.offers_oauth2 = self._host_offers_oauth2(mailbox.host)

    @api.model
    def _host_offers_oauth2(self, host):
        """Whether an outgoing mailbox on that server is offered OAuth 2.0: by a part of its name."""
        more = (config.get("comm_mailboxes_oauth_hosts") or "").lower().split(",")
        names = [OFFICE_365, *(name.strip() for name in more if name.strip())]
        return any(name in (host or "").lower() for name in names)

    def action_which_server(self):
        """Open the dialog that tells which server sends mail of this address."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("comm_mailboxes.action_smtp_question")
        mine = self.user_id == self.env.user or self.scope == "shared"
        author = self.env.user if mine else self.user_id
        context = {
            "default_email_from": self.email or self.company_id.email_formatted or self.env.user.email_formatted,
            "default_user_id": False if self.scope == "company" else author.id,
            "default_company_id": (self.company_id or self.env.company).id,
        }
        return {**action, "context": context}

    def unlink(self):
        self._sending_changed()
        return super().unlink()

    def _sending_changed(self, was_used=False):
        """The first mailbox with an address makes Odoo ask us, the last one that goes ends that (comm.smtp.resolver).

        :param was_used: it did before. All caches go with this one, so not for each mailbox that only fetches.
        """
        if any(mailbox.kind == "smtp" or (mailbox.email and not was_used) for mailbox in self):
            self.env.registry.clear_cache()
            # Again: meanwhile another thread may have asked, and it does not see this transaction.
            self.env.cr.postcommit.add(self.env.registry.clear_cache)

    def _settle_defaults(self):
        """A user has one default of his own: choosing another one takes it from the one before."""
        chosen = self.filtered(lambda mailbox: mailbox.is_default and mailbox.scope == "personal")
        others = self.search(
            [
                ("is_default", "=", True),
                ("scope", "=", "personal"),
                ("user_id", "in", chosen.user_id.ids),
                ("id", "not in", chosen.ids),
            ]
        )
        others.is_default = False

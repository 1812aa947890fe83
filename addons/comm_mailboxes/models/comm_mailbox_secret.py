from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import vault


class CommMailboxSecret(models.Model):
    """Encrypted passwords and tokens, in a table of their own: no user has any right on it, so no read, export, copy or search of
    mailboxes can reach them.
    """

    _name = "comm.mailbox.secret"
    _description = "Encrypted secret of a mailbox"
    _rec_name = "kind"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade")
    kind = fields.Selection(
        [("password", "Password"), ("tokens", "Tokens"), ("client_secret", "Client secret")], required=True
    )
    ciphertext = fields.Char(required=True)
    user_id = fields.Many2one("res.users", string="Entered by", ondelete="set null")
    # Of tokens. Not secret, and written without touching the mailbox, which a user may be editing.
    account = fields.Char(help="Who signed in.")
    valid_until = fields.Datetime(help="Until when the access token is good; then it is refreshed.")
    ends_with_token = fields.Boolean(help="The provider gave nothing to refresh the access token with.")
    # Of a client secret: the date of which somebody was reminded.
    reminded_for = fields.Date()

    _one_per_kind = models.UniqueIndex("(mailbox_id, kind)")

    @api.model
    def _store(self, mailbox, kind, value):
        """Keep ``value`` encrypted, or forget the secret when it is empty."""
        if value:
            self._put(mailbox, kind, value, user_id=self.env.uid)
        else:
            self.search([("mailbox_id", "=", mailbox.id), ("kind", "=", kind)]).unlink()

    @api.model
    def _put(self, mailbox, kind, value, **vals):
        """Keep ``value`` encrypted; ``vals`` is what may be told of it."""
        secret = self.search([("mailbox_id", "=", mailbox.id), ("kind", "=", kind)])
        try:
            vals["ciphertext"] = vault.encrypt(value)
        except vault.KeyUnusable as error:
            raise UserError(self._explain_unusable_key()) from error
        if secret:
            secret.write(vals)
        else:
            self.create({"mailbox_id": mailbox.id, "kind": kind, **vals})

    @api.model
    def _reveal__(self, mailbox, kind):  # noqa: PLW3201 (unreachable from safe_eval by its name)
        """Return the secret in clear, "" when there is none. For the moment of logging in and nothing else."""
        self.check_access("read")
        self.flush_model(["mailbox_id", "kind", "ciphertext"])
        # Every visit asks for it. What is not saved yet has none.
        rows = self.env.execute_query(
            SQL(
                "SELECT ciphertext FROM comm_mailbox_secret WHERE mailbox_id = %s AND kind = %s",
                mailbox.id or None,
                kind,
            )
        )
        if not rows:
            return ""
        try:
            return vault.decrypt__(rows[0][0])
        except vault.KeyLost as error:
            raise UserError(self._explain_lost_key(mailbox, kind)) from error
        except vault.KeyUnusable as error:
            raise UserError(self._explain_unusable_key()) from error

    @api.model
    def _explain_lost_key(self, mailbox, kind):
        if kind == "client_secret":
            return self.env._(
                "The key that encrypted the client secret of “%s” is gone. Enter the client secret again.", mailbox.name
            )
        return self.env._(
            "The key that encrypted the password of “%s” is gone. Enter the password again.", mailbox.name
        )

    @api.model
    def _explain_unusable_key(self):
        return self.env._(
            "The key that encrypts passwords cannot be used."
            " Ask your administrator to correct comm_mailboxes_key in odoo.conf."
        )

    @api.autovacuum
    def _encrypt_by_first_key(self):
        """After a new key was put in front, bring everything under it: the day after, the old one can be taken away."""
        for secret in self.search([]):  # pylint: disable=no-search-all
            try:
                renewed = vault.renew(secret.ciphertext)
            except (vault.KeyLost, vault.KeyUnusable):
                # Whoever uses the mailbox is told to enter the password again.
                continue
            if renewed != secret.ciphertext:
                secret.ciphertext = renewed

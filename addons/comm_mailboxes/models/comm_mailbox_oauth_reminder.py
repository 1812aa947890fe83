from datetime import timedelta

from odoo import api, fields, models

ACTIVITY_TYPE = "comm_mailboxes.mail_activity_type_secret"
# Days before a client secret expires.
AHEAD = 30


class CommMailbox(models.Model):
    """Client secrets run out, and with them every mailbox that uses one: somebody is told in time."""

    _inherit = "comm.mailbox"

    @api.model
    def _cron_remind_of_secrets(self):
        soon = fields.Date.today() + timedelta(days=AHEAD)
        mailboxes = self.search([("auth_method", "=", "oauth2"), ("client_secret_expiry", "<=", soon)])
        reminded = self.browse(mailboxes._secret_reminders().mapped("res_id"))
        for secret in mailboxes._oauth_secrets().filtered(lambda secret: secret.kind == "client_secret"):
            mailbox = secret.mailbox_id.with_env(self.env)
            # Whoever marked it as done knows of this date.
            who = secret.reminded_for != mailbox.client_secret_expiry and mailbox._find_responsible()
            if not who:
                continue
            secret.reminded_for = mailbox.client_secret_expiry
            if mailbox not in reminded:
                told = mailbox.with_context(lang=who.lang or self.env.lang, mail_activity_quick_update=True)
                told.activity_schedule(
                    ACTIVITY_TYPE,
                    mailbox.client_secret_expiry,
                    summary=told.env._("The client secret of “%s” expires", mailbox.name),
                    note=told.env._(
                        "Have a new one made in Entra and enter it, with its date, in the mailbox' properties."
                    ),
                    user_id=who.id,
                    # Not "automated": such activities of a mailbox tell that it cannot be fetched.
                    automated=False,
                )

    def _secret_reminders(self):
        kind = self.env.ref(ACTIVITY_TYPE, raise_if_not_found=False)
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", kind.id if kind else 0),
            ]
        )

    def _close_secret_reminder(self):
        # sudo: whoever enters the new date closes it, whosever activity it is.
        self.sudo()._secret_reminders().unlink()

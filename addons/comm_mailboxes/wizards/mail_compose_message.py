from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _action_send_mail(self, auto_commit=False):
        # One template each: Odoo's code makes one at a time when it sends by itself.
        mails, messages = self.env["mail.mail"].sudo(), self.env["mail.message"]
        for template, wizards in self.grouped("template_id").items():
            answered = template._answered_for(wizards) if template else wizards
            some = super(MailComposeMessage, answered)._action_send_mail(auto_commit=auto_commit)
            mails, messages = mails | some[0], messages | some[1]
        return mails, messages

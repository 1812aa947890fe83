import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..sending.spelling import addresses_of

_logger = logging.getLogger(__name__)

# In the context of what Odoo posts in the name of another user, and in the values of mails whose From it put in. Neither a
# context nor values that come by RPC (such as those for a template) hold this object.
_GIVEN = object()


class CommSmtpResolver(models.AbstractModel):
    """Who may write under which address: nobody under that of a mailbox that they may not write with.

    An address that no mailbox here has is Odoo's business, as ever. The exceptions are in ``_why_not_under``; besides, what
    Odoo's own code or an administrator's template put into the From was not chosen by who happens to run it
    (``mail.mail``).
    """

    _inherit = "comm.smtp.resolver"

    @api.private
    def why_not_under(self, email_from, user, company=None, sender=None):
        """Return why ``user`` may not write under this From, or ""; nobody, or OdooBot, is the system itself.

        :param sender: the mailbox that the mail goes out through, if it does through one
        """
        if not user or user.id == SUPERUSER_ID or user.sudo()._is_public():
            return ""
        # Every address that it may be read as: some read it otherwise than others.
        for address in sorted(addresses_of(email_from)):
            if not address:
                return self.env._("The From “%s” cannot be read as an address. Write it plainly.", email_from)
            if not self._may_be_written(address, user, company, sender):
                return self.env._(
                    "%(address)s is the address of a mailbox that %(user)s may not write with. Choose another From, or"
                    " ask the mailbox' owner for the right.",
                    address=address,
                    user=user.sudo().name,
                )
        return ""

    def _may_be_written(self, address, user, company, sender):
        # sudo: who writes need not see the mailboxes of others, and is told of none but that there is one.
        resolver = self.sudo()
        if resolver._is_free(address, user, sender):
            return True
        if address in resolver._addresses_of_companies(user.sudo(), company):
            return True
        # Nobody makes the address of a mailbox theirs by entering it (see res.partner).
        return not user.sudo().share and address in addresses_of(user.sudo().email)

    def _is_free(self, address, user, sender=None):
        """Whether ``user`` may write under that address as far as mailboxes in use are concerned.

        An address is only typed into a mailbox. So where somebody else has it, too, a personal one counts if its own server
        sends this very mail, which knows whose login that is, or if it was here first; a shared one was given by its manager.
        """
        mailboxes = self.env["comm.mailbox"]
        # All of them: how an address is spelled in the database may be another way than here.
        domain = Domain("email", "!=", False) & Domain("scope", "in", ("personal", "shared"))
        found = mailboxes.search_fetch(domain, ["email", "scope", "kind", "host"])
        found = found.filtered(lambda mailbox: address in addresses_of(mailbox.email))
        mine = found.filtered_domain(mailboxes._domain_accessible(user, "write"))
        others = found - mine
        if not others or "shared" in mine.mapped("scope") or any(each == sender and each.host for each in mine):
            return True
        return bool(mine) and min(mine.ids) < min(others.ids)

    def _addresses_of_companies(self, user, company):
        """Return the addresses under which a company writes, whoever makes it do so."""
        companies = user.company_ids | (company or self.env["res.company"])
        domains = companies.alias_domain_id
        texts = [*companies.mapped("email"), self._notifications_email()]
        for name in ("default_from_email", "catchall_email", "bounce_email"):
            texts += domains.mapped(name)
        return set().union(*(addresses_of(text) for text in texts if text)) - {""}


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.constrains("email")
    def _check_email_is_theirs(self):
        """A user's own address is one to write under: nobody but an administrator of users gives somebody another's."""
        resolver = self.env["comm.smtp.resolver"].sudo()
        if self.env.uid == SUPERUSER_ID or not resolver._is_used() or self.env.user.has_group("base.group_erp_manager"):
            return
        for user in self.sudo().user_ids:
            for address in addresses_of(user.email):
                if not address or not resolver._is_free(address, user):
                    raise ValidationError(
                        self.env._(
                            "%(address)s is the address of a mailbox that %(user)s may not write with. Only an"
                            " administrator can make it a user's own address.",
                            address=address or user.email,
                            user=user.name,
                        )
                    )


class MailMail(models.Model):
    """Whose choice the From of a mail was."""

    _inherit = "mail.mail"

    comm_from_given = fields.Boolean(
        string="From chosen by Odoo",
        readonly=True,
        copy=False,
        help="Odoo's own code put it in, acting with more rights than the user who happened to run it.",
    )

    comm_answered_by = fields.Many2one(
        "res.users",
        string="Answers for the From",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Who handed the mail that is passed on here to the gateway, or wrote the template that Odoo sent it with.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # Always: a default of the context would count, too. Who names somebody answers together with that one.
        answered_by = self.env.context.get("comm_answered_by")
        return super().create(
            [
                {**vals, "comm_from_given": vals.get("comm_from_given") is _GIVEN, "comm_answered_by": answered_by}
                for vals in vals_list
            ]
        )

    def _check_from(self):
        """Return ``{mail: why its author may not write under its From}`` of those for which that is so."""
        asked, refused = {}, {}
        for mail in self:
            question = (
                mail._from(),
                mail._writers(),
                mail.record_company_id,
                mail.comm_mailbox_id,
                mail.mail_server_id,
            )
            if question not in asked:
                asked[question] = self._why_not_under(*question)
            if asked[question] and not mail.comm_from_given:
                refused[mail] = asked[question]
        given = self.browse(mail.id for mail in refused)._with_from_of_template()
        return {mail: reason for mail, reason in refused.items() if mail not in given}

    def _why_not_under(self, email_from, writers, company, mailbox, server):
        for writer in writers:
            resolver = self._resolver_for(writer)
            # A server that was named sends whatever mailboxes there are.
            sender = None if server else mailbox or resolver.choose_mailbox(email_from, writer)
            if reason := resolver.why_not_under(email_from, writer, company, sender):
                return reason
        return ""

    def _writers(self):
        """Return the users who answer for this mail. Odoo itself and the mail gateway make theirs as OdooBot.

        Not asked of the message's type: who posts one names it. OdooBot sends a mailing for who made it and for who is
        responsible, a field that anybody fills in: both answer.
        """
        mailing = self._mailing()
        # The gateway is believed where Odoo or an administrator runs it: else any user could have it claim any From.
        makers = self.mail_message_id.create_uid | self.comm_answered_by
        return makers | mailing.create_uid | mailing.user_id if mailing else makers

    def _mailing(self):
        """Return the mailing that this mail is of; there are none without Odoo's app for them."""
        # sudo: who sends need not see it.
        return self.sudo().mailing_id if "mailing_id" in self._fields else None

    def _with_from_of_template(self):
        """Return those of these mails whose From an administrator's template gives for such a document.

        An invoice goes out under the name of its salesperson, whoever in the accounting department sends it.
        """
        found = self.browse()
        for model, mails in self.filtered("res_id").grouped("model").items():
            if model not in self.env:
                continue
            # sudo: what is asked is what Odoo would do, not what the user may see.
            templates = self.env["mail.template"].sudo().search([("model", "=", model), ("email_from", "!=", False)])
            records = self.env[model].sudo().browse(mails.mapped("res_id")).exists()
            for template in templates.filtered("comm_from_by_admin"):
                try:
                    rendered = template._render_field("email_from", records.ids)
                except UserError as error:
                    # It gives no From to any of these, then.
                    _logger.warning("The From of mail template %s cannot be told: %s", template.id, error)
                    continue
                found |= mails.filtered(
                    lambda mail, rendered=rendered: (
                        addresses_of(rendered.get(mail.res_id) or "") == addresses_of(mail._from())
                    )
                )
        return found


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_by_email_get_base_mail_values(self, message, recipients_data, additional_values=None):
        values = super()._notify_by_email_get_base_mail_values(message, recipients_data, additional_values)
        if self._gives_from(message) and self.env["comm.smtp.resolver"]._is_used():
            values["comm_from_given"] = _GIVEN
        return values

    @api.model
    def message_process(self, *args, **kwargs):
        trusted = self.env.su or self.env.user._is_system()
        fed = self.with_context(comm_answered_by=False if trusted else self.env.uid)
        return super(MailThread, fed).message_process(*args, **kwargs)

    def _gives_from(self, message):
        """Whether Odoo's own code put in the From of this message: who calls by RPC is no superuser.

        A scheduled action that only passes on what a user left is not the one who made the message, nor is the gateway
        that of a mail that a user handed in.
        """
        acts = self.env.su and message.sudo().create_uid == self.env.user
        acts = acts and not self.env.context.get("comm_answered_by")
        return acts or self.env.context.get("comm_from_given") is _GIVEN

    def _notify_thread_with_out_of_office(self, message, recipients_data, msg_vals=False, **kwargs):
        # Who writes to somebody who is away lets Odoo answer in that person's name.
        given = self.with_context(comm_from_given=_GIVEN)
        return super(MailThread, given)._notify_thread_with_out_of_office(message, recipients_data, msg_vals, **kwargs)

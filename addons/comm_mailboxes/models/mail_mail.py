import logging
from collections import defaultdict
from functools import lru_cache

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..protocol.errors import ProtocolError
from ..sending.filing import Filing

_logger = logging.getLogger(__name__)


# A line of the log has so many Message-IDs at most.
_LOGGED_AT_ONCE = 100


@lru_cache(maxsize=100)
def _first_address(text):
    # As Odoo does: a formatted address may have been formatted again.
    addresses = tools.mail.email_split_and_format_normalize(text)
    return addresses[0] if addresses else text


class MailMail(models.Model):
    """Odoo's queue. It runs as OdooBot; who wrote a mail, and so which server sends it, is known only here."""

    _inherit = "mail.mail"

    comm_mailbox_id = fields.Many2one(
        "comm.mailbox",
        string="Mailbox",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The author's SMTP mailbox, as it was chosen when the mail was written.",
    )
    comm_route = fields.Text(string="Which server", readonly=True, copy=False)
    # The addresses that a server took this mail for, while others have still to get it: who tries again means only those.
    comm_delivered = fields.Json(string="Already sent to", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        if self.env["comm.smtp.resolver"]._is_used():
            mails._choose_mailboxes()
        return mails

    def mark_outgoing(self):
        # Who tries again wants it sent: the choice made when it was written may be what stood in the way.
        self.filtered("comm_mailbox_id").comm_mailbox_id = False
        return super().mark_outgoing()

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        if not self.env["comm.smtp.resolver"]._is_used() or self.env["ir.mail_server"]._disable_send():
            return super().send(auto_commit, raise_exception, post_send_callback)
        for (alias_domain, _key), (route, mails) in self._by_route().items():
            if route.mailbox.file_odoo_mail:
                mails = mails.with_context(comm_filing=Filing(route.mailbox))
            for batch in mails._batches():
                if route.refusal:
                    batch._fail(route.refusal, raise_exception, route.failure)
                elif route.sender and raise_exception:
                    batch._send_through(route, alias_domain, auto_commit, post_send_callback)
                elif route.sender:
                    batch._hand_over(route, alias_domain, auto_commit, post_send_callback)
                else:
                    decided = batch.with_context(comm_route=(route.server.id, route.smtp_from))
                    super(MailMail, decided).send(auto_commit, raise_exception, post_send_callback)
        return True

    def _split_by_mail_configuration(self):
        if "comm_route" not in self.env.context:
            yield from super()._split_by_mail_configuration()
            return
        server_id, smtp_from = self.env.context["comm_route"]
        # send() has grouped them, by alias domain too.
        yield server_id, self.record_alias_domain_id.id, smtp_from, self.ids

    # Which way

    def _author(self):
        """Return the user whose right decides, or nobody.

        The one who made the message, not the one whom it names: any user may name another as its author. OdooBot (a
        scheduled action) is trusted. What came in through the mail gateway, which is OdooBot as well, was written by nobody
        here, whatever its From claims; a user who calls his message an e-mail stays the one who made it.
        """
        message = self.mail_message_id
        if message.create_uid.id != SUPERUSER_ID:
            return message.create_uid
        return self.env["res.users"] if message.message_type == "email" else message.author_id

    def _from(self):
        return _first_address(self.email_from)

    def _choose_mailboxes(self):
        resolver, chosen = self.env["comm.smtp.resolver"], {}
        by_mailbox = defaultdict(self.sudo().browse)
        for mail in self.sudo().filtered(lambda mail: not mail.mail_server_id):
            key = (mail._from(), mail._author())
            if key not in chosen:
                chosen[key] = resolver.choose_mailbox(*key)
            by_mailbox[chosen[key]] |= mail
        for mailbox, mails in by_mailbox.items():
            if mailbox:
                mails.comm_mailbox_id = mailbox

    def _by_route(self):
        """Return ``{(alias domain, key): (route, mails)}``; each route is asked for once, and logged with its mails."""
        servers = self.env["comm.smtp.resolver"]._all_servers()
        asked, groups = defaultdict(list), {}
        refused = self._check_from()
        for mail in self:
            question = (
                mail.record_alias_domain_id.sudo(),
                mail._from(),
                mail._author(),
                mail.record_company_id,
                mail.comm_mailbox_id,
                mail.mail_server_id,
                mail._filter_mail_mail_servers(servers),
                refused.get(mail, ""),
            )
            asked[question].append(mail.id)
        for question, ids in asked.items():
            route, mails = self._route(*question), self.browse(ids)
            mails.comm_route = route.explanation()
            mails._log_route(route)
            key = (question[0], route.key)
            first, others = groups.get(key, (route, self.browse()))
            groups[key] = (first, others | mails)
        # In the order in which they are to leave.
        return {key: (route, self & mails) for key, (route, mails) in groups.items()}

    def _log_route(self, route):
        """Note in the log what sends these mails, and why: most are deleted once they are sent."""
        chosen = f"{route.name} ({route.via})" if route.via else "no server"
        reason = route.refusal or route.reason
        for some in tools.split_every(_LOGGED_AT_ONCE, self):
            message_ids = " ".join(mail.message_id or f"mail.mail {mail.id}" for mail in some)
            _logger.info("Mail goes out through %s: %s: %s", chosen, reason, message_ids)

    def _explain_failure(self, mailbox, error):
        """Return why this mail failed, for its author: the queue itself runs as OdooBot."""
        user = self.env["comm.smtp.resolver"]._user_of(self._author())
        return mailbox.with_context(lang=user.lang or self.env.lang)._explain_to(user, error)

    def _resolver_for(self, author):
        """Return the resolver in the language of ``author``: the queue is OdooBot's, but they read why a mail failed."""
        resolver = self.env["comm.smtp.resolver"]
        user = resolver._user_of(author)
        return resolver.with_context(lang=user.lang) if user.lang else resolver

    def _route(self, alias_domain, email_from, author, company, mailbox, server, servers, refusal):
        resolver = self._resolver_for(author)
        if alias_domain:
            resolver = resolver.with_context(
                domain_notifications_email=alias_domain.default_from_email,
                domain_bounce_address=alias_domain.bounce_email,
            )
        return resolver.resolve(
            email_from, author, company, mailbox=mailbox, server=server, servers=servers, refusal=refusal
        )

    def _batches(self):
        # sudo: a setting, as in Odoo's own grouping.
        size = int(self.env["ir.config_parameter"].sudo().get_param("mail.session.batch.size")) or 1000
        for ids in tools.split_every(size, self.ids):
            yield self.browse(ids)

    # Sending at once: who waits for it gets the error

    def _send_through(self, route, alias_domain, auto_commit, post_send_callback):
        try:
            connection = route.connection__()
        except (ProtocolError, UserError) as error:
            if not route.sender._tell_of_sending(error):
                reason = route.sender._explain(error)
                self.env["comm.mailbox.event"].sudo()._log(route.sender, "error", "send", reason)
            raise MailDeliveryException(route.sender._explain_to(self.env.user, error)) from None
        try:
            self._send(
                auto_commit=auto_commit,
                raise_exception=True,
                smtp_session=connection,
                alias_domain_id=alias_domain.id,
                mail_server=self.env["ir.mail_server"],
                post_send_callback=post_send_callback,
            )
        finally:
            connection.quit()

    def _fail(self, reason, raise_exception, failure="mail_smtp"):
        """Mark as not sent, as Odoo does when a server cannot be reached."""
        if raise_exception:
            raise MailDeliveryException(reason)
        self.write({"state": "exception", "failure_type": failure, "failure_reason": reason})
        self._postprocess_sent_message(success_pids=[], success_emails=[], failure_reason=reason, failure_type=failure)

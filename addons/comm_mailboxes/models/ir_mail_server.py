from datetime import UTC, datetime

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..protocol import mime_quick
from ..protocol.errors import ProtocolError
from ..protocol.smtputf8 import UNKNOWN_HERE
from ..sending.connection import MailboxConnection


class IrMailServer(models.Model):
    """Odoo's door for outgoing mail: what comes through it without a server asks ours first (comm.smtp.resolver)."""

    _inherit = "ir.mail_server"

    # Same arguments as the original: others extend it too.
    def _connect__(  # noqa: PLW3201
        self,
        host=None,
        port=None,
        user=None,
        password=None,
        encryption=None,
        smtp_from=None,
        ssl_certificate=None,
        ssl_private_key=None,
        smtp_debug=False,
        mail_server_id=None,
        allow_archived=False,
    ):
        if not host and not mail_server_id and self._asks_resolver(smtp_from):
            # The one who runs this is the author: queued mail does not come here (see mail.mail).
            # Code that acts as superuser chooses the From itself.
            refusal = "" if self.env.su else None
            route = self.env["comm.smtp.resolver"].resolve(smtp_from, self.env.user, refusal=refusal)
            if route.refusal:
                raise UserError(route.refusal)
            if route.sender:
                try:
                    return route.connection__()
                except ProtocolError as error:
                    route.sender._tell_of_sending(error)
                    raise UserError(route.sender._explain_to(self.env.user, error)) from None
            if route.via == "personal_server":
                mail_server_id = route.server.id
        return super()._connect__(
            host=host,
            port=port,
            user=user,
            password=password,
            encryption=encryption,
            smtp_from=smtp_from,
            ssl_certificate=ssl_certificate,
            ssl_private_key=ssl_private_key,
            smtp_debug=smtp_debug,
            mail_server_id=mail_server_id,
            allow_archived=allow_archived,
        )

    # Same arguments as the original: others extend it too.
    def _build_email__(  # noqa: PLW3201
        self,
        email_from,
        email_to,
        subject,
        body,
        email_cc=None,
        email_bcc=None,
        reply_to=False,
        attachments=None,
        message_id=None,
        references=None,
        object_id=False,
        subtype="plain",
        headers=None,
        body_alternative=None,
        subtype_alternative="plain",
    ):
        """What goes through a mailbox by the thousand is built by ``protocol.mime_quick``: the same mail in less time."""
        simple = email_from and message_id and (subtype, subtype_alternative) == ("html", "plain")
        if not (self.env.context.get("comm_quick") and simple and body_alternative) or attachments or email_bcc:
            return super()._build_email__(
                email_from,
                email_to,
                subject,
                body,
                email_cc=email_cc,
                email_bcc=email_bcc,
                reply_to=reply_to,
                attachments=attachments,
                message_id=message_id,
                references=references,
                object_id=object_id,
                subtype=subtype,
                headers=headers,
                body_alternative=body_alternative,
                subtype_alternative=subtype_alternative,
            )
        fields = {
            "Message-Id": message_id,
            "references": references,
            "Subject": subject or "",
            "From": email_from,
            "Reply-To": reply_to or email_from,
            "To": email_to or "",
            "Cc": email_cc,
            "Date": datetime.now(UTC),
        }
        given = [(name, value) for name, value in fields.items() if value or name in ("Subject", "To")]
        return mime_quick.build([*given, *(headers or {}).items()], body_alternative, body)

    def _asks_resolver(self, smtp_from):
        decided = self.env.context.get("comm_route")
        return decided != (False, smtp_from) and not self._disable_send() and self.env["comm.smtp.resolver"]._is_used()

    def send_email(self, message, *args, smtp_session=None, **kwargs):
        session = smtp_session
        if not (session or args or kwargs.get("mail_server_id") or kwargs.get("smtp_server")):
            session = self._connect__(smtp_from=message["From"]) if self._asks_resolver(message["From"]) else None
        try:
            if isinstance(session, MailboxConnection):
                message_id = self._hand_over(message, session)
            else:
                message_id = super().send_email(message, *args, smtp_session=session, **kwargs)
        finally:
            if session and not smtp_session:
                session.quit()
        if filing := self.env.context.get("comm_filing"):
            filing.add(message)
        return message_id

    def _hand_over(self, message, connection):
        """Send through a mailbox. What happened is in its event log, without anything of the mail itself."""
        mailbox = connection.mailbox.sudo()
        smtp_from, recipients, message = self._prepare_email_message__(message, connection)
        events = self.env["comm.mailbox.event"].sudo()
        try:
            verdicts = connection.send_message(message, smtp_from, recipients)
        except ProtocolError as error:
            reason = mailbox._explain(error)
            events._log(mailbox, "error", "send", f"{message['Message-Id']}: {reason}")
            raise MailDeliveryException(mailbox._explain_to(self.env.user, error)) from None
        level, text = self._describe_sent(message["Message-Id"], verdicts)
        events._log(mailbox, level, "send", text)
        return message["Message-Id"]

    @api.model
    def _describe_sent(self, message_id, verdicts):
        """Return level and text of the event that a server took a mail; nothing of the mail itself is in it."""
        refused = [verdict for verdict in verdicts if not verdict.accepted]
        text = self.env._(
            "%(message)s: sent to %(count)s recipients.", message=message_id, count=len(verdicts) - len(refused)
        )
        for verdict in refused:
            text += " " + self.env._(
                "Not to %(address)s: %(code)s %(reply)s",
                address=verdict.address,
                code=verdict.code,
                reply=self._describe_reply(verdict.reply),
            )
        return ("warning" if refused else "info"), text

    @api.model
    def _describe_reply(self, reply):
        """Return what is told about a recipient who was refused: the server's words, or ours where it was not asked."""
        if reply == UNKNOWN_HERE[1]:
            return self.env._("the server takes no addresses with letters like ä or é before the @")
        return reply

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..protocol.errors import ProtocolError
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
            route = self.env["comm.smtp.resolver"].resolve(smtp_from, self.env.user)
            if route.sender:
                try:
                    return route.connection__()
                except ProtocolError as error:
                    raise UserError(route.sender._explain(error)) from error
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
            raise MailDeliveryException(reason) from error
        refused = [verdict for verdict in verdicts if not verdict.accepted]
        text = self.env._(
            "%(message)s: sent to %(count)s recipients.",
            message=message["Message-Id"],
            count=len(verdicts) - len(refused),
        )
        for verdict in refused:
            text += " " + self.env._(
                "Not to %(address)s: %(code)s %(reply)s",
                address=verdict.address,
                code=verdict.code,
                reply=verdict.reply,
            )
        events._log(mailbox, "warning" if refused else "info", "send", text)
        return message["Message-Id"]

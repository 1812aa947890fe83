"""Two adapters: a session of ours in the shape that Odoo expects, and Odoo's connection in the shape of ours."""

import contextlib
import re
import smtplib
from email.policy import EmailPolicy

from ..protocol import smtputf8
from ..protocol.errors import (
    ConnectionLost,
    DeliveryUnknown,
    MessageRefused,
    ProtocolError,
    RecipientRefused,
    SenderRefused,
    ServerSilent,
    clean,
)
from ..protocol.smtp import Verdict

_LINE_END = re.compile(rb"\r\n|\r|\n")


class MailboxConnection:
    """What Odoo takes for a connection of smtplib, on sessions of a mailbox.

    A server may end a session after so many mails or minutes: the next mail opens another one. What fails twice in a row
    fails for all mails that follow, at once: nobody waits a thousand times for a server that is gone.

    :param open_session: returns an :class:`SmtpSession`
    :param mailbox: the ``comm.mailbox`` that sends
    :param from_filter: see ``ir.mail_server``: addresses and domains that may stand in the envelope
    :param smtp_from: the From that Odoo is to use
    :param envelope: the sender in the envelope, whatever Odoo wants there; "": as Odoo wants
    """

    def __init__(self, open_session, mailbox, from_filter, smtp_from, envelope=""):
        self.mailbox = mailbox
        self._envelope = envelope
        self.from_filter = from_filter
        self.smtp_from = smtp_from
        self._open_session = open_session
        self._broken = None
        self._session = open_session()

    def send_message(self, message, smtp_from, smtp_to_list):
        """Hand over an ``EmailMessage``.

        :return: a Verdict for each recipient, at least one of them accepted
        :raise ProtocolError: when nobody gets it; DeliveryUnknown when that is not known
        """
        del message["Bcc"]
        verdicts = self._send(message, smtp_from, smtp_to_list)
        if not any(verdict.accepted for verdict in verdicts):
            raise refusal(verdicts)
        return verdicts

    def _send(self, message, smtp_from, recipients):
        if self._broken:
            raise self._broken
        fresh = self._session is None
        session = self._session or self._reopen()
        try:
            return session.send(self._envelope or smtp_from, recipients, as_bytes(message, session))
        except DeliveryUnknown:
            self._session = None
            raise
        except (ConnectionLost, ServerSilent) as error:
            # Before the final dot: the server does not have the message.
            self._session = None
            if fresh:
                self._broken = error
                raise
            return self._send(message, smtp_from, recipients)

    def _reopen(self):
        try:
            self._session = self._open_session()
        except ProtocolError as error:
            self._broken = error
            raise
        return self._session

    def quit(self):
        if self._session:
            self._session.close()

    close = quit


class OdooSession:
    """A connection that Odoo made, with the methods of :class:`SmtpSession` that sending needs; a context manager.

    :param conceal: takes the password out of what the server says
    """

    def __init__(self, connection, host, conceal):
        self._smtp = connection
        self._host = host
        self._conceal = conceal

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()

    @property
    def size_limit(self):
        value = self._smtp.esmtp_features.get("size", "")
        return int(value) or None if value.isdigit() else None

    def send(self, sender, recipients, message, meanwhile=None):
        """See :meth:`SmtpSession.send`; smtplib leaves no moment for ``meanwhile`` but the one before."""
        message = _LINE_END.sub(b"\r\n", message)
        wire = smtputf8.for_wire(sender, recipients, message, offered=self._smtp.has_extn("smtputf8"))
        if not wire.utf8 and not wire.sender.isascii():
            raise smtputf8.SenderNotInAscii(self._host, wire.sender)
        try:
            said = self._introduce(wire) if wire.told else {}
        except (OSError, smtplib.SMTPException) as error:
            raise ConnectionLost(self._host) from error
        verdicts = [
            Verdict(recipient, code in (250, 251), code, clean(self._conceal(reply)))
            for recipient in dict.fromkeys(recipients)
            for code, reply in [said.get(recipient, smtputf8.UNKNOWN_HERE)]
        ]
        if not any(verdict.accepted for verdict in verdicts):
            self._reset()
            return verdicts
        if meanwhile:
            meanwhile()
        try:
            code, reply = self._smtp.data(wire.message)
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, error.smtp_error
        except (OSError, smtplib.SMTPException) as error:
            # smtplib does not tell whether the line broke before or after the final dot.
            raise DeliveryUnknown(self._host) from error
        if code != 250:
            self._reset()
            raise MessageRefused(self._host, f"{code} {self._conceal(reply)}", temporary=400 <= code < 500)
        return verdicts

    def _introduce(self, wire):
        """Return ``{recipient: (code, reply)}`` of those whom the server was told."""
        options = [f"SIZE={len(wire.message)}"] if self._smtp.has_extn("size") else []
        if wire.utf8:
            options.append("SMTPUTF8")
        # smtplib itself goes back to ASCII with the next MAIL.
        self._smtp.command_encoding = "utf-8" if wire.utf8 else "ascii"
        code, reply = self._smtp.mail(wire.sender, options)
        if code != 250:
            self._reset()
            raise SenderRefused(wire.sender, f"{code} {self._conceal(reply)}", temporary=400 <= code < 500)
        return {recipient: self._smtp.rcpt(address) for recipient, address in wire.told.items()}

    def _reset(self):
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.rset()


def refusal(verdicts):
    """Return the error that says why nobody gets the mail."""
    first = verdicts[0]
    if all((verdict.code, verdict.reply) == smtputf8.UNKNOWN_HERE for verdict in verdicts):
        return smtputf8.RecipientNotInAscii(", ".join(verdict.address for verdict in verdicts))
    temporary = all(verdict.temporary for verdict in verdicts)
    addresses = ", ".join(verdict.address for verdict in verdicts)
    return RecipientRefused(addresses, f"{first.code} {first.reply}", temporary=temporary)


def as_bytes(message, session):
    """Return the message as it goes on the wire: eight-bit text only where the server takes it (RFC 6152)."""
    changes = {} if "8BITMIME" in session.capabilities else {"cte_type": "7bit"}
    if isinstance(message.policy, EmailPolicy) and any(
        smtputf8.is_needed_for(str(value)) for name, value in message.items() if name.lower() in smtputf8.ADDRESSES
    ):
        # It would put encoded words into the address. The session knows what the server takes.
        changes["utf8"] = True
    return message.as_bytes(policy=message.policy.clone(**changes) if changes else None)

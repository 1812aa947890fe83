"""The answer to "which server?": what sends, on whose behalf, and the reason of each step that led there."""

import smtplib
from dataclasses import dataclass, field

from odoo.exceptions import UserError
from odoo.tools import config, email_normalize

from ..protocol.errors import AuthenticationFailed, HostUnreachable
from ..protocol.sasl import Credentials
from .connection import MailboxConnection, OdooSession


@dataclass(frozen=True)
class Step:
    """One question of the chain. ``level`` is one of :data:`LEVELS`."""

    level: str
    taken: bool
    reason: str


# In the order in which they are asked (features.md 3.3: a = the first five, b = company, c = server and config, d = localhost).
LEVELS = ("forced", "own", "shared", "default", "personal_server", "company", "server", "config", "localhost")


@dataclass
class Route:
    """Where a mail goes out.

    - ``mailbox``: the SMTP mailbox of the author's (own, shared, default), or empty. It gives address, sent folder and
      attachment group even where it has no server and another one sends.
    - ``sender``: the ``comm.mailbox`` whose server sends: ``mailbox``, the company's outgoing mailbox, or empty
    - ``server``: the ``ir.mail_server`` that sends, or empty (then odoo.conf decides)
    - ``company``: whose setting was asked
    - ``via``: the level that sends; "" when refused
    - ``smtp_from``: the address that Odoo is to put into the From (another one than the mail's where a From filter
      demands it)
    - ``refusal``: the sentence for the author when nothing may be sent, else ""; ``failure``: what Odoo calls that

    Its records are superuser's: who asks the resolver has the right to send, not to read servers.
    """

    env: object
    email_from: str
    author: object
    company: object
    mailbox: object = None
    sender: object = None
    server: object = None
    via: str = ""
    smtp_from: str = ""
    refusal: str = ""
    failure: str = "mail_smtp"
    steps: list = field(default_factory=list)

    def note(self, level, reason, taken=False):
        self.steps.append(Step(level, taken, reason))

    @property
    def decided(self):
        return bool(self.via or self.refusal)

    @property
    def from_filter(self):
        """Which addresses Odoo may put into the envelope: its bounce address, where the company's server takes it."""
        return self.envelope or self.sender.from_filter

    @property
    def envelope(self):
        """The address of the mailbox that sends by its own server: providers take no other, and bounces come home."""
        if self.sender != self.mailbox:
            return ""
        return email_normalize(self.mailbox.email) or email_normalize(self.smtp_from)

    @property
    def host(self):
        """The server's name, for people."""
        if self.sender:
            return self.sender.host
        return (self.server and self.server.smtp_host) or config["smtp_server"] or ""

    @property
    def name(self):
        """What sends, for people: the name of mailbox or server."""
        return (self.sender and self.sender.name) or (self.server and self.server.name) or self.host

    @property
    def key(self):
        """What mails have in common that go out in one session, for whatever reason they do."""
        return (self.mailbox.id, self.sender.id, self.server.id, self.smtp_from, self.refusal)

    @property
    def reason(self):
        """Why this sends: the steps that led there, without those that did not."""
        return " ".join(step.reason for step in self.steps if step.taken)

    def explanation(self):
        """Return the chain as text, a line for each step."""
        return "\n".join(f"{'→' if step.taken else '–'} {step.reason}" for step in self.steps)

    def session__(self):
        """Open the connection: ``send(sender, recipients, raw) -> [Verdict]``, ``close()``; a context manager.

        :raise ProtocolError: with what failed and what to do
        :raise UserError: when nothing may be sent or a setting is missing
        """
        self._check()
        if self.sender:
            return self.sender._open_session__()
        return self._odoo_session()

    def connection__(self):
        """Open the connection in the shape of smtplib, as Odoo's ``send_email`` takes it."""
        self._check()
        if self.sender:
            return MailboxConnection(
                self.sender._open_session__, self.sender, self.from_filter, self.smtp_from, self.envelope
            )
        return self._odoo_connection()

    def _check(self):
        if self.refusal:
            raise UserError(self.refusal)

    def _odoo_connection(self):
        servers = self.env["ir.mail_server"].with_context(comm_route=(self.server.id, self.smtp_from))
        return servers._connect__(mail_server_id=self.server.id, smtp_from=self.smtp_from)

    def _odoo_session(self):
        # Without a record, the server of the configuration file. sudo: the password is taken out, not shown.
        password = self.server.sudo().smtp_pass if self.server else config["smtp_password"]
        conceal = Credentials(self.server.smtp_user or "", password or "").conceal
        try:
            return OdooSession(self._odoo_connection(), self.host, conceal)
        except smtplib.SMTPAuthenticationError as error:
            raise AuthenticationFailed(self.server.smtp_user or "-", self.host, conceal(error.smtp_error)) from None
        except (OSError, smtplib.SMTPException) as error:
            port = self.server.smtp_port or config["smtp_port"]
            raise HostUnreachable(self.host, port, conceal(str(error))) from None

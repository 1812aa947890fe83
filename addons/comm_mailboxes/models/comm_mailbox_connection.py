import logging
import traceback
from functools import partial

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import config, format_date

from ..protocol.connector import Endpoint
from ..protocol.errors import AuthenticationFailed, CertificateExpired, ProtocolError, clean
from ..protocol.host_guard import HostGuard
from ..protocol.imap import ImapSession
from ..protocol.pop3 import Pop3Session
from ..protocol.sasl import Credentials
from ..protocol.smtp import SmtpSession
from .comm_mailbox_event import MAX_TEXT

_logger = logging.getLogger(__name__)

# Seconds that a server may stay silent in one step.
TIMEOUT = 30.0


class CommMailbox(models.Model):
    """The border to ``protocol``: records become endpoints and credentials here, its errors become sentences."""

    _inherit = "comm.mailbox"

    def _endpoint(self):
        self.ensure_one()
        if not self.host:
            raise UserError(self.env._("Enter the server of “%s” first.", self.name))
        return Endpoint(
            host=self.host.strip(),
            port=self.port,
            security=self.security,
            verify=not self.skip_certificate_check,
            certificate_hostname=(self.certificate_hostname or "").strip() or None,
            ca_file=config.get("comm_mailboxes_ca_file") or None,
            timeout=TIMEOUT,
            guard=self._host_guard(),
        )

    def _host_guard(self):
        """Return the guard that decides which servers Odoo may connect to."""
        allowed = (config.get("comm_mailboxes_allowed_hosts") or "").split(",")
        return HostGuard(host.strip() for host in allowed if host.strip())

    def _credentials__(self):  # noqa: PLW3201 (holds a secret: unreachable from safe_eval by its name)
        self.ensure_one()
        self._check_in_use()
        # sudo: nobody has a right on the table of secrets; callers checked the right on the mailbox.
        password = self.env["comm.mailbox.secret"].sudo()._reveal__(self, "password")
        if not self.login or not password:
            raise UserError(self.env._("Enter login and password of “%s” first.", self.name))
        # A visit knows it from its lease.
        mechanism = self.env.context.get("comm_mechanism")
        if mechanism is None:
            # sudo: leases are internal to the engine.
            leases = self.env["comm.mailbox.lease"].sudo()
            mechanism = leases.search_fetch([("mailbox_id", "=", self.id)], ["mechanism"]).mechanism
        return Credentials(
            login=self.login,
            password=password,
            method=self.auth_method,
            allow_clear=self.allow_clear_password,
            prefer=mechanism or "",
            refusals=self.env.context.get("comm_refusals"),
        )

    def _session_factory__(self, credentials=None):  # noqa: PLW3201 (holds a secret: unreachable from safe_eval by its name)
        """Return a callable that connects, logs in and returns the session. It needs no database any more.

        Its argument ``on_step`` is called as ``on_step(name, seconds, facts)`` after each step that worked.
        """
        endpoint = self._endpoint()
        if self.kind == "smtp":
            # A server may take mail without a login, from inside a network.
            if not credentials and (self.login or self.auth_method == "oauth2"):
                credentials = self._credentials__()
            return partial(SmtpSession, endpoint, credentials, domain=(self.domain or "").strip())
        session = Pop3Session if self.kind == "pop3" else ImapSession
        return partial(session, endpoint, credentials or self._credentials__())

    def _open_session__(self, on_step=None):  # noqa: PLW3201 (a logged-in connection)
        """Connect and log in.

        :param on_step: see :meth:`_session_factory__`
        :raise ProtocolError: with what failed and what to do
        """
        return self._session_factory__()(on_step=on_step)

    def _concealer__(self):  # noqa: PLW3201 (holds a secret: unreachable from safe_eval by its name)
        """Return what takes the password out of a text or bytes: servers may say back what they were told."""
        try:
            return self._credentials__().conceal
        except UserError:
            return lambda text: text

    def _log_unexpected(self, what, error):
        """Write an error that nobody thought of to the server log."""
        trace = "".join(traceback.format_exception(error))
        for conceal in self._concealers__(what):
            trace = conceal(trace)
        _logger.error("Mailbox %s: %s failed unexpectedly\n%s", self.id, what, trace)

    def _concealers__(self, what):  # noqa: PLW3201 (hold secrets: unreachable from safe_eval by their name)
        """Return what takes the secrets out of a text that may stand in it: of sending, those of any server that may send."""
        yield self._concealer__()
        if what == "send":
            # sudo: passwords are taken out, not shown.
            mailboxes = self.sudo().search([("kind", "=", "smtp"), ("id", "!=", self.id)])
            for mailbox in mailboxes:
                yield mailbox._concealer__()
            for server in self.env["ir.mail_server"].sudo().search([("smtp_pass", "!=", False)]):
                yield Credentials(server.smtp_user or "", server.smtp_pass).conceal

    def _note_unexpected(self, step, error):
        """Undo what was not committed, and tell of an error that nobody thought of: in the server log with its trace, without
        the secrets that may stand in it, and in the event log. The caller commits.
        """
        self.env.cr.rollback()
        # sudo: called by scheduled actions.
        mailbox = self.sudo().exists()
        if not mailbox:
            _logger.info("Mailbox %s was deleted while it was worked on (%s)", self.id, step)
            return
        mailbox._log_unexpected(step, error)
        mailbox.env["comm.mailbox.event"]._log(mailbox, "error", step, mailbox._explain(error))

    def _explain(self, error):
        """Return the sentence that tells the current user what went wrong and what to do."""
        if isinstance(error, ProtocolError):
            # Once: a thousand messages may fail for one reason, and a secret is read and decrypted for it.
            if self.id not in error.concealed_for:
                error.conceal(self._concealer__())
                error.concealed_for.add(self.id)
            params = dict(error.params)
            certificate = getattr(error, "certificate", None)
            if "date" in params and certificate:
                expired = isinstance(error, CertificateExpired)
                params["date"] = format_date(self.env, certificate.not_after if expired else certificate.not_before)
            text = self.env._(error.template, **params)  # pylint: disable=translation-not-lazy,prefer-env-translation
            folder = getattr(error, "folder", "")
            folder = clean(folder)
            return self.env._("Folder “%(folder)s”: %(reason)s", folder=folder, reason=text) if folder else text
        if isinstance(error, UserError):
            return clean(error, MAX_TEXT)
        return self.env._("Something unexpected happened (%s). The server log has the details.", type(error).__name__)

    def _explain_to(self, user, error):
        """As ``_explain``, for who sends with a mailbox that they may not see, such as the company's: not its name, nor how it
        logs in. What else is told (server, company) the chain tells everybody. Nobody, or OdooBot, is the system itself.
        """
        text = self._explain(error)
        names_it = isinstance(error, AuthenticationFailed | UserError) or getattr(error, "stops", False)
        if names_it and user and not self.with_user(user).has_access("read"):
            return self.env._("The mailbox that this is to be sent with does not work. Ask your administrator.")
        return text

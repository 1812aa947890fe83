import logging
import queue
import threading
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from smtplib import SMTPException

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, format_date

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..protocol.errors import ProtocolError, ServerRefused, clean

_logger = logging.getLogger(__name__)

# How long the round trip of a test mail is waited for, and how often the inbox is looked at. Seconds.
ROUND_TRIP_PATIENCE = 60
ROUND_TRIP_PAUSE = 1.0


class CommMailbox(models.Model):
    """Check mailbox: the settings are tried on the real server, and each step is told in plain words."""

    _inherit = "comm.mailbox"

    check_recipient = fields.Char(
        string="Recipient of the test mail",
        help="When the mailbox is checked, a mail goes to this address, sent the way Odoo sends for its owner."
        " Empty: an outgoing mailbox sends one to its own address.",
    )

    def action_check(self):
        """Open the dialog that checks the settings."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "comm_mailboxes.check",
            "params": {"mailbox_id": self.id, "name": self.name},
        }

    def check_connection(self):
        """Try the settings on the real server, step by step.

        :return: a list of ``{"step": str, "ok": bool, "detail": str, "seconds": float}`` (and the translated "label"); it
            ends with the first step that failed. Steps are "settings" (only when something is missing), "resolve",
            "connect", "tls", "login", then "folders" (IMAP), "inbox" (POP3) or "sending" (SMTP), then "test_mail" and
            "round_trip" where the mailbox asks for them.
        """
        return [step for step in self._check_steps() if "ok" in step]

    def _check_steps(self):
        """Yield each step twice: when it begins, without "ok", and with its result. Records the outcome at the end."""
        self.ensure_one()
        self.check_access("write")
        started = time.monotonic()
        failed = last = None
        for step in self._steps_until_failure():
            last = step
            if step.get("ok") is False:
                failed = step
            yield step
        # The steps took their time; the outcome goes into a transaction that begins now.
        self._hand_over()
        if failed:
            self._record_failure("check", failed["detail"])
        else:
            self._record_success("check", last["detail"], time.monotonic() - started)

    def _steps_until_failure(self):
        for part in (self._connection_steps, self._test_mail_steps, self._round_trip_steps):
            for step in part():
                yield step
                if step.get("ok") is False:
                    return

    def _connection_steps(self):
        """Connect in a thread, which knows nothing of Odoo, and tell its steps while it works."""
        if self.kind == "smtp" and not self.host:
            detail = self.env._("No server of its own: the company's setting or Odoo's outgoing mail servers send.")
            if self.scope == "company":
                detail = self.env._("No server is set: Odoo's outgoing mail servers send.")
            yield self._result("settings", True, detail)
            return
        try:
            connect = self._session_factory__()
        except (ProtocolError, UserError) as error:
            yield self._result("settings", False, self._explain(error))
            return
        expected = self._expected_steps()
        events = _start_connecting(connect, expected[-1])
        yield self._begun(expected[0])
        passed = []
        while event := events.get():
            if isinstance(event, Exception):
                try:
                    again = self._second_connect__(event) if "again" not in passed else None
                except ProtocolError as error:
                    event, again = error, None
                if again:
                    passed.append("again")
                    events = _start_connecting(again, expected[-1])
                    continue
                failed = event.step if isinstance(event, ProtocolError) and event.step in expected else expected[-1]
                if not isinstance(event, ProtocolError):
                    self._log_unexpected("check", event)
                yield self._result(failed, False, self._explain(event))
                return
            name, seconds, facts = event
            if name in passed:
                continue
            passed.append(name)
            yield self._result(name, True, self._describe_step(name, facts), seconds)
            if name != expected[-1]:
                yield self._begun(expected[expected.index(name) + 1])

    def _second_connect__(self, _error):  # noqa: PLW3201 (holds a secret)
        """Return a callable to connect with once more, or None when that would change nothing."""
        return None

    def _test_mail_steps(self):
        """Send a mail: to the check recipient the way Odoo sends for the owner, or through an outgoing mailbox itself."""
        recipient = self._test_recipient()
        if not recipient:
            return
        yield self._begun("test_mail")
        started = time.monotonic()
        route = self._test_route()
        if self.scope == "company" and self.host and route.sender != self:
            [reason] = [step.reason for step in route.steps if step.level == "company"]
            yield self._result("test_mail", False, reason)
            return
        try:
            self._send_test_mail(route, recipient)
        except (ProtocolError, UserError) as error:
            failed = (route.sender or self)._explain(error)
            yield self._result("test_mail", False, failed, time.monotonic() - started)
            return
        except (OSError, SMTPException, MailDeliveryException, AssertionError) as error:
            # Odoo's own error comes as a title and a text.
            yield self._result("test_mail", False, clean(error.args[-1]), time.monotonic() - started)
            return
        detail = self.env._("Sent to %(recipient)s through %(server)s.", recipient=recipient, server=route.name)
        taken = [step.reason for step in route.steps if step.taken]
        yield self._result("test_mail", True, "\n".join([detail, *taken]), time.monotonic() - started)

    def _test_recipient(self):
        """Return who gets the test mail, or "": an outgoing mailbox has to show that its server takes mail."""
        if self.check_recipient or self.kind != "smtp" or not self.host:
            return self.check_recipient
        if self.scope == "company":
            return self.env.user.email
        # The round trip sends one, too.
        return "" if self._inbox_of_same_address() else self.email

    def _test_route(self):
        """Return the way that a mail of the owner takes: from an outgoing mailbox, under its address."""
        resolver = self.env["comm.smtp.resolver"]
        if self.scope == "company":
            sender = self.company_id.email_formatted or self.env.user.email_formatted
            return resolver.resolve(sender, company=self.company_id)
        if not self.check_recipient:
            return resolver._through(self)
        own_address = self.user_id.email_formatted or self.email
        sender = self.email if self.kind == "smtp" and self.email else own_address
        # Who checks a shared mailbox is no member of it perhaps.
        return resolver.resolve(sender, self.user_id, self.company_id, refusal="")

    def _send_test_mail(self, route, recipient):
        # sudo: users may not read Odoo's outgoing servers; they may send, as with any message that they post.
        servers = self.env["ir.mail_server"].sudo()
        message = servers._build_email__(
            route.smtp_from,
            [recipient],
            self.env._("Test of the mailbox “%s”", self.name),
            self.env._("This mail was sent by Odoo because the mailbox “%s” was checked.", self.name),
        )
        connection = route.connection__()
        try:
            servers.send_email(message, smtp_session=connection)
        finally:
            if connection:
                connection.quit()

    def _round_trip_steps(self):
        """Send a mail to this address itself and wait until the IMAP mailbox of the same address has it."""
        inbox = self._inbox_of_same_address()
        if not inbox:
            return
        yield self._begun("round_trip")
        started = time.monotonic()
        message = EmailMessage()
        message["From"] = message["To"] = self.email
        message["Subject"] = self.env._("Test of the mailbox “%s”", self.name)
        message["Date"], message["Message-ID"] = formatdate(localtime=True), make_msgid(domain="odoo.test")
        message.set_content(self.env._("This mail was sent by Odoo because the mailbox “%s” was checked.", self.name))
        try:
            address = email_normalize(self.email)
            arrived = _round_trip(self._session_factory__(), inbox._session_factory__(), address, message)
        except (ProtocolError, UserError) as error:
            yield self._result("round_trip", False, self._explain(error), time.monotonic() - started)
            return
        seconds = time.monotonic() - started
        if arrived:
            detail = self.env._(
                "A mail to %(address)s was in the inbox after %(seconds).1f seconds.",
                address=self.email,
                seconds=seconds,
            )
        else:
            detail = self.env._(
                "The server took a mail to %(address)s, but it was not in the inbox of “%(mailbox)s” after %(seconds)d"
                " seconds. Look into the spam folder.",
                address=self.email,
                mailbox=inbox.name,
                seconds=seconds,
            )
        yield self._result("round_trip", arrived, detail, seconds)

    def _inbox_of_same_address(self):
        if self.kind != "smtp" or not self.host or not self.email:
            return self.browse()
        address = email_normalize(self.email)
        working = Domain([("kind", "=", "imap"), ("email", "ilike", address), ("state", "=", "ok")])
        # Only where the user may read the mail: administrators see mailboxes whose inbox is not theirs to look into.
        inboxes = self.search(working & self._domain_accessible(self.env.user))
        return inboxes.filtered(lambda inbox: email_normalize(inbox.email) == address)[:1]

    def _expected_steps(self):
        last = {"imap": "folders", "pop3": "inbox", "smtp": "sending"}[self.kind]
        return ["resolve", "connect", *([] if self.security == "none" else ["tls"]), "login", last]

    def _begun(self, name):
        return {"step": name, "label": self._step_labels()[name], "detail": ""}

    def _result(self, name, ok, detail, seconds=0.0):
        return {
            "step": name,
            "label": self._step_labels()[name],
            "ok": ok,
            "detail": detail,
            "seconds": round(seconds, 3),
        }

    def _step_labels(self):
        _ = self.env._
        return {
            "settings": _("Settings"),
            "resolve": _("Server name"),
            "connect": _("Connection"),
            "tls": _("Encryption"),
            "login": _("Logging in"),
            "folders": _("Folders"),
            "inbox": _("Inbox"),
            "sending": _("Sending"),
            "test_mail": _("Test mail"),
            "round_trip": _("Round trip"),
        }

    def _describe_step(self, step, facts):
        """Return in words what a successful step found."""
        _ = self.env._
        if step == "resolve":
            return _("%(host)s is %(addresses)s", host=self.host, addresses=", ".join(facts["addresses"]))
        if step == "connect":
            return _("The server answers on port %s.", self.port)
        if step == "tls":
            return self._describe_certificate(facts["certificate"], facts["version"])
        if step == "login":
            return self._describe_login(facts)
        if step == "folders":
            usable = [folder for folder in facts["folders"] if folder.selectable]
            return _("%s folders hold mail.", len(usable))
        if step == "inbox":
            return _("%s messages are on the server.", facts["messages"])
        if facts["size_limit"]:
            return _("The server takes messages of up to %s MB.", facts["size_limit"] // 1_000_000)
        return _("The server is ready to take messages.")

    def _describe_login(self, facts):
        _ = self.env._
        if not facts["mechanism"]:
            return _("The server takes mail without a login.")
        lines = [_("Logged in as %(login)s by %(method)s.", login=self.login or self.email, method=facts["mechanism"])]
        abilities = [text for name, text in self._abilities().items() if name in facts["capabilities"]]
        if abilities:
            lines.append(_("The server can: %s.", ", ".join(abilities)))
        return "\n".join(lines)

    def _abilities(self):
        """Return what the server's capabilities mean to a user."""
        _ = self.env._
        return {
            "QRESYNC": _("tell at once what changed"),
            "CONDSTORE": _("tell which marks changed"),
            "LIST-STATUS": _("list all folders with their counts in one answer"),
            "SPECIAL-USE": _("name the folders for sent mail, drafts and trash"),
            "MOVE": _("move messages"),
            "IDLE": _("announce new mail"),
            "UIDL": _("tell which messages are new"),
            "TOP": _("show headers alone"),
            "8BITMIME": _("take text with umlauts as it is"),
            "SMTPUTF8": _("take addresses with umlauts"),
            "DSN": _("report delivery"),
        }

    def _describe_certificate(self, certificate, version):
        _ = self.env._
        if not certificate:
            return version
        lines = [
            version,
            _("Certificate for: %s", ", ".join(certificate.names) or certificate.subject),
            _("Issued by: %s", certificate.issuer),
        ]
        if certificate.not_after:
            lines.append(_("Valid until: %s", format_date(self.env, certificate.not_after)))
        lines.append(_("SHA-256 fingerprint: %s", certificate.sha256))
        if self.skip_certificate_check:
            lines.append(_("The certificate was not verified, as you chose. Somebody in between could read the mail."))
        return "\n".join(lines)


def _start_connecting(connect, last_step):
    events = queue.SimpleQueue()
    threading.Thread(target=_connect, args=(connect, last_step, events), daemon=True).start()
    return events


def _connect(connect, last_step, events):
    """Run in a thread: put ``(step, seconds, facts)``, or the error that ended it, and None at the end."""
    try:
        with connect(on_step=lambda *step: events.put(step)) as session:
            started = time.monotonic()
            facts = _inspect(session, last_step)
            events.put((last_step, time.monotonic() - started, facts))
    except Exception as error:  # noqa: BLE001 (told to the user by the thread that listens)
        events.put(error)
    finally:
        events.put(None)


def _inspect(session, step):
    if step == "folders":
        return {"folders": session.folders()}
    if step == "inbox":
        return {"messages": len(session.messages())}
    return {"size_limit": session.size_limit}


def _round_trip(connect_smtp, connect_imap, address, message):
    """Send ``message`` to ``address`` and tell whether it arrived in the inbox."""
    message_id = message["Message-ID"].encode()
    with connect_imap() as inbox:
        before = inbox.examine("INBOX").uidnext
        with connect_smtp() as outbox:
            verdict = outbox.send(address, [address], message.as_bytes())[0]
        if not verdict.accepted:
            raise ServerRefused("RCPT TO", f"{verdict.code} {verdict.reply}")
        deadline = time.monotonic() + ROUND_TRIP_PATIENCE
        while time.monotonic() < deadline:
            uids = [uid for uid, _size in inbox.sizes(before)]
            if any(message_id in fetched.raw for fetched in inbox.headers(uids)):
                return True
            time.sleep(ROUND_TRIP_PAUSE)
            inbox.examine("INBOX")
    return False

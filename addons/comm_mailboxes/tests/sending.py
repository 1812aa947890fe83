import socket
from contextlib import closing, contextmanager
from unittest.mock import patch

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from odoo import SUPERUSER_ID
from odoo.tools import config

from .common import LabCase

LEVELS = ("own", "shared", "default", "personal_server", "company", "server")
# The address that a level's mailbox or server carries: all of them the one that anna writes under.
ADDRESS = "anna@lab.test"


class Receiver:
    """A mail server that takes everything, with any login, and remembers it."""

    def __init__(self):
        self.received = []
        self.sessions = 0
        self.refused = {}
        self.mails_per_session = 0
        self.international = True
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=30,
            auth_require_tls=False,
            authenticator=lambda *_args: AuthResult(success=True),
        )
        self.start, self.stop = self._controller.start, self._controller.stop

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        session.mails = 0
        self.sessions += 1
        return [line for line in responses if self.international or not line.endswith("SMTPUTF8")]

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.mails_per_session and session.mails == self.mails_per_session:
            await server.push("421 4.7.0 Enough for this session")
            server.transport.close()
            return ""
        session.mails += 1
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.received.append(envelope)
        return "250 OK"


def free_port():
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


class SendingCase(LabCase):
    """A receiver for each level of the chain: a mail says by itself through which server it came."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivers = {}
        for level in (*LEVELS, "config", "localhost"):
            receiver = cls.receivers[level] = Receiver()
            receiver.start()
            cls.addClassCleanup(receiver.stop)
        options = {"smtp_server": "127.0.0.1", "smtp_port": cls.receivers["config"].port}
        for patcher in (
            patch.dict(config.options, options),
            patch.object(type(cls.env["ir.mail_server"]), "_disable_send", return_value=False),
        ):
            patcher.start()
            cls.addClassCleanup(patcher.stop)
        cls.anna.email = ADDRESS
        cls.customer = cls.env["res.partner"].create({"name": "Customer", "email": "customer@example.com"})
        cls.company = cls.env.company
        cls.env["ir.mail_server"].search([]).active = False
        cls.closed_port = free_port()

    def setUp(self):
        super().setUp()
        self.forget()

    def forget(self):
        for receiver in self.receivers.values():
            receiver.received.clear()
            receiver.sessions = 0
            receiver.refused = {}
            receiver.mails_per_session = 0
            receiver.international = True

    @contextmanager
    def undone(self):
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.registry.clear_cache()
            self.forget()

    def on_receiver(self, level, **vals):
        """Return the settings of an SMTP mailbox on the receiver of a level."""
        return {
            "kind": "smtp",
            "host": "127.0.0.1",
            "port": self.receivers[level].port,
            "security": "none",
            "login": False,
            "password": False,
            "email": ADDRESS,
            **vals,
        }

    def make_own(self, **vals):
        return self.make_mailbox(**self.on_receiver("own", name="Own", **vals))

    def make_shared_smtp(self, access="write", **vals):
        return self.make_shared({self.anna: access}, **self.on_receiver("shared", name="Shared", **vals))

    def make_default(self, **vals):
        return self.make_mailbox(
            **self.on_receiver("default", name="Default", email="anna@private.test", is_default=True, **vals)
        )

    def make_company(self, **vals):
        self.env["comm.mailbox"].with_company(self.company).action_configuration()
        mailbox = self.company._comm_outgoing_mailbox()
        mailbox.write({**self.on_receiver("company", email=False), **vals})
        return mailbox

    def make_server(self, level="server", **vals):
        port = self.receivers[level].port
        return self.env["ir.mail_server"].create(
            {"name": level, "smtp_host": "127.0.0.1", "smtp_port": port, "from_filter": ADDRESS, **vals}
        )

    def make_personal_server(self, **vals):
        return self.make_server("personal_server", owner_user_id=self.anna.id, smtp_user=ADDRESS, smtp_pass="x", **vals)

    def make_mail(self, author=None, **vals):
        """Return a mail.mail as a user's action makes one: created by ``author``, in superuser mode."""
        mails = self.env["mail.mail"].with_user(author or self.anna).sudo()
        return mails.create(
            {
                "subject": "Invoice",
                "body_html": "<p>Please pay</p>",
                "email_from": f"Anna <{ADDRESS}>",
                "email_to": "customer@example.com",
                "auto_delete": False,
                **vals,
            }
        )

    def run_queue(self, mails):
        """What the scheduled action does, as OdooBot; only for these mails."""
        self.env["mail.mail"].with_user(SUPERUSER_ID).process_email_queue(email_ids=mails.ids)
        mails.invalidate_recordset()

    def came_through(self):
        """Return the levels whose receivers got a mail."""
        return [level for level, receiver in self.receivers.items() if receiver.received]

    def resolve(self, **vals):
        return self.env["comm.smtp.resolver"].resolve(f"Anna <{ADDRESS}>", self.anna, self.company, **vals)

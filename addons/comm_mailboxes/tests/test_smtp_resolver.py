import itertools
import socket
from contextlib import closing, contextmanager
from unittest.mock import patch

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from odoo import SUPERUSER_ID
from odoo.tests import tagged
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
        return responses

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
        for level in (*LEVELS, "config"):
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


@tagged("post_install", "-at_install")
class TestSmtpResolver(SendingCase):
    def make(self, level, state):
        """Bring a level of the chain into a state."""
        if state == "absent":
            return
        make = {
            "own": self.make_own,
            "shared": self.make_shared_smtp,
            "default": self.make_default,
            "personal_server": self.make_personal_server,
            "company": self.make_company,
            "server": self.make_server,
        }[level]
        record = make(**({"access": "read"} if (level, state) == ("shared", "not allowed") else {}))
        if state == "broken":
            record.sudo()["smtp_port" if "server" in level else "port"] = self.closed_port
        elif state == "not allowed" and level != "shared":
            self.forbid(level, record)

    def forbid(self, level, record):
        if level in ("own", "default", "server"):
            record.sudo().active = False
        elif level == "personal_server":
            record.owner_user_id = self.ben
        else:
            record.from_filter = "other.example"

    def test_every_combination_goes_where_the_explanation_says(self):
        """Given each level in each state, the first usable one sends; broken ones fail and are not passed over."""
        states = ("absent", "present", "broken", "not allowed")
        for number, combination in enumerate(itertools.product(states, repeat=len(LEVELS))):
            # Every second of the 4,096 would take minutes and tell nothing new; 17 shares no factor with the 4 states.
            if number % 17:
                continue
            with self.subTest(dict(zip(LEVELS, combination, strict=True))), self.undone():
                self.check_combination(dict(zip(LEVELS, combination, strict=True)))

    def check_combination(self, states):
        for level, state in states.items():
            self.make(level, state)
        expected = next((level for level in LEVELS if states[level] in ("present", "broken")), "config")
        mail = self.make_mail()
        route = self.resolve()
        self.assertEqual(route.via, expected, route.explanation())
        self.assertEqual([step.level for step in route.steps if step.taken], [expected], route.explanation())
        broken = states.get(expected) == "broken"
        self.run_queue(mail)
        self.assertEqual(self.came_through(), [] if broken else [expected], mail.comm_route)
        self.assertEqual(mail.state, "exception" if broken else "sent", mail.failure_reason)
        if broken and expected in ("own", "shared", "default", "company"):
            self.assertIn(str(self.closed_port), mail.failure_reason)
        if self.env["comm.smtp.resolver"]._is_used():
            self.assertIn("→", mail.comm_route)

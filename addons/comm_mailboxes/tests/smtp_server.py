"""A mail server that refuses, breaks off and forgets as a test wants it: what no good server does on command."""

import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class UnrulyServer:
    """``received`` are (sender, recipients, bytes). ``answers``: ``{"RCPT a@x": ["450 Later", …]}``, one for each time."""

    def __init__(self):
        self.received = []
        self.answers = {}
        self.size_limit = None
        self.limit = None  # recipients of one transaction
        self.connections = 0
        # "before", "after": break the line before or after the message was taken, once for each; "no": do not.
        self.breaks = []
        # The options of each MAIL command.
        self.mails = []
        self.international = True
        # Off: the second connection and those after it are closed at once.
        self.greets = True

    def answer(self, key):
        return self.answers[key].pop(0) if self.answers.get(key) else None

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        self.mails.append(options)
        if said := self.answer("MAIL"):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if said := self.answer(f"RCPT {address}") or self.answer("RCPT"):
            return said
        if self.limit and len(envelope.rcpt_tos) >= self.limit:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        if said := self.answer("DATA"):
            return said
        if self.breaks:
            when = self.breaks.pop(0)
            if when in ("after", "no"):
                self.received.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
            if when == "no":
                return "250 2.0.0 Taken"
            server.transport.abort()
            return "250 never seen"
        self.received.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 Taken"


class _Connection(SMTP):
    line_length_limit = 100_000

    # pylint: disable-next=missing-return
    def connection_made(self, transport):
        self.event_handler.connections += 1
        if not self.event_handler.greets and self.event_handler.connections > 1:
            transport.abort()
            return
        super().connection_made(transport)

    async def smtp_DATA(self, arg):
        if self.event_handler.breaks[:1] == ["before"]:
            self.event_handler.breaks.pop(0)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self):
        server = self.handler
        return _Connection(
            server,
            enable_SMTPUTF8=server.international,
            data_size_limit=server.size_limit,
            hostname="unruly.test",
        )


@contextmanager
def unruly_server():
    """Yield the server and its port on 127.0.0.1."""
    server = UnrulyServer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = _Controller(server, hostname="127.0.0.1", port=port, ready_timeout=10)
    controller.start()
    # The controller itself looks whether it answers.
    server.connections = 0
    try:
        yield server, port
    finally:
        controller.stop()

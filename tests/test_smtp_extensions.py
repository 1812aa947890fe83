# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SIZE, 8BITMIME, SMTPUTF8 and international domain names: each where the server has it and where not, on a real server.

aiosmtpd itself refuses what was not agreed on: an option it did not offer, bytes above 127 in an address without SMTPUTF8.
"""

import email
import email.policy
from contextlib import closing
from socket import socket

import pytest
from aiosmtpd.controller import Controller

from odoo.addons.comm_mailboxes.protocol import Endpoint, HostGuard, errors
from odoo.addons.comm_mailboxes.protocol.smtp import SmtpSession

ASCII = b"Subject: hello\r\n\r\nHello\r\n"
EIGHT_BIT = "Subject: hello\r\n\r\nGrüße\r\n".encode()
SIZE, MIME, UTF8 = "SIZE", "8BITMIME", "SMTPUTF8"
ALL = (SIZE, MIME, UTF8)
LIMIT = 2000
FULL = ASCII + b"x" * (900 - len(ASCII) - 2) + b"\r\n" + (b"y" * 548 + b"\r\n") * 2


class Server:
    """Offers ``extensions`` and keeps what it got."""

    def __init__(self, extensions):
        self.extensions = extensions
        self.mails = []
        self.options = []

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        return [line for line in responses if line[4:].split(" ")[0] not in set(ALL) - set(self.extensions)]

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        if {option.partition("=")[0] for option in options} - {
            *self.extensions,
            "BODY" if MIME in self.extensions else "",
        }:
            return "555 5.5.4 Option not offered"
        self.options.append(set(options))
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 taken"


@pytest.fixture
def serve(unused_port):
    controllers = []

    def start(extensions):
        server = Server(extensions)
        controller = Controller(
            server, hostname="127.0.0.1", port=unused_port, ready_timeout=20,
            enable_SMTPUTF8=UTF8 in extensions, data_size_limit=LIMIT if SIZE in extensions else None,
        )  # fmt: skip
        controller.start()
        controllers.append(controller)
        endpoint = Endpoint("127.0.0.1", unused_port, "none", guard=HostGuard(["127.0.0.0/8"]), timeout=10)
        return server, SmtpSession(endpoint)

    yield start
    for controller in controllers:
        controller.stop()


@pytest.fixture
def unused_port():
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# offered, sender, recipients, message, options that must be said, recipients that must arrive
TAKEN = {
    "nothing special": (ALL, "a@x.example", ["b@x.example"], ASCII, {f"SIZE={len(ASCII)}"}, ["b@x.example"]),
    "a bare server": ((), "a@x.example", ["b@x.example"], ASCII, set(), ["b@x.example"]),
    "eight bits": (ALL, "a@x.example", ["b@x.example"], EIGHT_BIT, {f"SIZE={len(EIGHT_BIT)}", "BODY=8BITMIME"}, ["b@x.example"]),
    "international sender": ((UTF8, MIME), "jürgen@x.example", ["b@x.example"], ASCII, {"SMTPUTF8"}, ["b@x.example"]),
    "international recipient": ((UTF8, MIME), "a@x.example", ["用户@x.example"], ASCII, {"SMTPUTF8"}, ["用户@x.example"]),
    "domain of umlauts": (ALL, "a@x.example", ["b@bücher.example"], ASCII, {f"SIZE={len(ASCII)}"}, ["b@xn--bcher-kva.example"]),
    "domain of umlauts, bare server": ((), "a@BÜCHER.example", ["b@例え.テスト"], ASCII, set(), ["b@xn--r8jz45g.xn--zckzah"]),
    "sharp s": ((), "a@x.example", ["b@straße.example"], ASCII, set(), ["b@xn--strae-oqa.example"]),
    "quoted local part": ((), "a@x.example", ['"a b"@x.example'], ASCII, set(), ['"a b"@x.example']),
    "address literal": ((), "a@x.example", ["b@[127.0.0.1]"], ASCII, set(), ["b@[127.0.0.1]"]),
    "bounce": ((), "", ["b@x.example"], ASCII, set(), ["b@x.example"]),
    "beside a plain one, no SMTPUTF8": ((), "a@x.example", ["ü@x.example", "b@x.example"], ASCII, set(), ["b@x.example"]),
    "exactly the limit": ((SIZE,), "a@x.example", ["b@x.example"], FULL,
                          {f"SIZE={LIMIT}"}, ["b@x.example"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_said_and_what_arrives(serve, name):
    offered, sender, recipients, message, options, arriving = TAKEN[name]
    server, session = serve(offered)
    with session:
        verdicts = session.send(sender, recipients, message)
    assert server.options == [options]
    [(_sender, received, content)] = server.mails
    assert list(received) == arriving
    assert content == message
    assert [verdict.address for verdict in verdicts] == recipients
    assert sum(verdict.accepted for verdict in verdicts) == len(arriving)


REFUSED = {
    "one byte too many": ((SIZE,), "a@x.example", ["b@x.example"], FULL + b"\r\n", errors.MessageTooLarge),
    "international sender": ((MIME,), "ü@x.example", ["b@x.example"], ASCII, errors.SenderRefused),
    "half of a character": (ALL, "a@x.example", ["\ud800@x.example"], ASCII, errors.ProtocolError),
    "no domain": (ALL, "a@x.example", ["b@"], ASCII, errors.UnsafeArgument),
    "a domain that is none": (ALL, "a@x.example", ["b@x y.example"], ASCII, errors.ProtocolError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_go_is_not_begun_and_the_session_goes_on(serve, name):
    offered, sender, recipients, message, error = REFUSED[name]
    server, session = serve(offered)
    with session:
        with pytest.raises(error) as caught:
            session.send(sender, recipients, message)
        assert not caught.value.temporary
        assert not server.mails
        [verdict] = session.send("a@x.example", ["b@x.example"], ASCII)
        assert verdict.accepted
    assert len(server.mails) == 1


def test_only_international_recipients_where_the_server_has_no_smtputf8_send_nothing(serve):
    server, session = serve((MIME,))
    with session:
        [verdict] = session.send("a@x.example", ["ü@x.example"], ASCII)
    assert not verdict.accepted and not verdict.temporary and "SMTPUTF8" in verdict.reply
    assert not server.mails


BESIDE_EACH_OTHER = 'To: Jörg <jörg@x.example>,\r\n "Ä, B" <b@bücher.example>, c@x.example\r\n'
HEADERS = {
    # offered, written, what arrives
    "one that cannot do without": ((UTF8,), BESIDE_EACH_OTHER, ["jörg@x.example", "b@xn--bcher-kva.example", "c@x.example"]),
    "it is a group without members": ((), BESIDE_EACH_OTHER, ["b@xn--bcher-kva.example", "c@x.example"]),
    "a domain and a name": ((UTF8,), 'To: "Ä, B" <b@bücher.example>\r\n', ["b@xn--bcher-kva.example"]),
    "nobody else": ((), "To: jörg@x.example\r\n", []),
    "no address": ((), "To: jörg, b@x.example\r\n", ["b@x.example"]),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_is_one_that_the_server_may_pass_on(serve, name):
    offered, written, arriving = HEADERS[name]
    server, session = serve(offered)
    message = f"Subject: Größe\r\n{written}X-Note: ä\r\n\r\nText\r\n".encode()
    with session:
        session.send("a@x.example", ["b@x.example"], message)
    [(_sender, _recipients, content)] = server.mails
    head = content.partition(b"\r\n\r\n")[0]
    assert ("SMTPUTF8" in server.options[0]) == (not head.isascii()) == ("jörg@x.example" in arriving)
    assert head.isascii() or UTF8 in offered
    parsed = email.message_from_string(content.decode(), policy=email.policy.SMTPUTF8)
    assert [address.addr_spec for address in parsed["To"].addresses] == arriving
    # The standard library finds any local part beyond ASCII defective.
    assert head.isascii() != bool(parsed["To"].defects)
    assert (parsed["Subject"], parsed["X-Note"]) == ("Größe", "ä")
    if not arriving:
        assert [group.display_name for group in parsed["To"].groups] == ["jörg@x.example"]

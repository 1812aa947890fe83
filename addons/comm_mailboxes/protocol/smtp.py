"""SMTP session for submission (RFC 6409): log in, hand over a message, say who took it. Raises ProtocolError only."""

import contextlib
import dataclasses
import re
import smtplib
import socket
import time
from dataclasses import dataclass

from . import connector, sasl, smtputf8, tls
from .errors import (
    ConnectionEnded,
    ConnectionLost,
    DeliveryUnknown,
    GreetingMissing,
    MessageRefused,
    MessageTooLarge,
    ProtocolError,
    SenderRefused,
    ServerNonsense,
    ServerRefused,
    ServerSilent,
    TlsNotOffered,
    clean,
    refuse_unsafe,
)

_LINE_END = re.compile(rb"\r\n|\r|\n")
NOT_ASKED = (0, b"")
# Commands that are sent before their answers are read.
AT_ONCE = 50
_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Verdict:
    """What the server said about one recipient."""

    address: str
    accepted: bool
    code: int
    reply: str

    @property
    def temporary(self):
        return 400 <= self.code < 500


class _File:
    """What smtplib reads its replies from."""

    def __init__(self, line):
        self.readline = line.readline

    def close(self):
        """The socket is closed by its own door."""


class _Socket:
    """What smtplib takes for a socket: our line, whose errors are ours (smtplib swallows OSError only)."""

    def __init__(self, line):
        self.line = line
        self.close = line.close

    def makefile(self, _mode):
        return _File(self.line)

    def sendall(self, data):
        self.line.begin()
        self.line.send(data)


class _Connection(smtplib.SMTP):
    def __init__(self, endpoint, helo, on_step=None):
        self.endpoint = endpoint
        self._on_step = on_step
        # Given a name, smtplib does not ask DNS for ours, which takes seconds where nobody answers.
        super().__init__(local_hostname=helo or "localhost", timeout=endpoint.timeout)
        self._helo = helo

    def open(self):
        code, reply = self.connect(self.endpoint.host, self.endpoint.port)
        if code == -1:
            raise ServerNonsense(self.endpoint.host, reply)
        if code != 220:
            raise ServerRefused("greeting", reply, temporary=400 <= code < 500)
        if not self._helo:
            self.local_hostname = _own_name(self.sock.line.sock)
        self.greet()

    def _get_socket(self, host, port, timeout):
        return _Socket(connector.Line(connector.open_socket(self.endpoint, self._on_step), self.endpoint))

    def greet(self):
        code, reply = self.ehlo()
        if code != 250:
            code, reply = self.helo()
        if code != 250:
            raise ServerRefused("EHLO", reply, temporary=400 <= code < 500)

    def ask(self, command):
        """Send a command and return code and reply; a server that takes its leave is an error."""
        code, reply = self.docmd(command)
        if code == 421:
            raise ConnectionEnded(self.endpoint.host, reply)
        if code == -1:
            raise ServerNonsense(self.endpoint.host, reply)
        return code, reply

    def ask_all(self, commands):
        """Send MAIL and RCPT commands and DATA, and return (code, reply) of each.

        All at once where the server takes that (RFC 2920); but never more than both sides' buffers hold. One by one, the
        recipients are not told to a server that refuses the sender, and nothing is asked for DATA when nobody was accepted.
        """
        if not self.has_extn("pipelining"):
            *others, data = commands
            first = self.ask(others[0])
            told = [first] + ([self.ask(command) for command in others[1:]] if first[0] == 250 else [])
            goes_on = any(is_accepted(code) for code, _reply in told[1:])
            return [*told, self.ask(data) if goes_on else NOT_ASKED]
        replies = []
        for start in range(0, len(commands), AT_ONCE):
            some = commands[start : start + AT_ONCE]
            self.send("".join(f"{command}\r\n" for command in some))
            for _command in some:
                code, reply = self.getreply()
                if code == 421:
                    raise ConnectionEnded(self.endpoint.host, reply)
                if code == -1:
                    raise ServerNonsense(self.endpoint.host, reply)
                replies.append((code, reply))
        return replies

    def agree_on_tls(self):
        if not self.has_extn("starttls") or self.ask("STARTTLS")[0] != 220:
            raise TlsNotOffered(self.endpoint.host, self.endpoint.port)

    def start_tls(self):
        self.agree_on_tls()
        sock = connector.upgrade(self.sock.line.sock, self.endpoint, self._on_step, again=self._second_connection)
        # A new buffer, and nothing that was said before TLS counts (RFC 3207 section 4.2).
        self.sock, self.file = _Socket(connector.Line(sock, self.endpoint)), None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False
        self.greet()

    def _second_connection(self):
        other = _Connection(dataclasses.replace(self.endpoint, security="none"), self.local_hostname)
        other.open()
        other.agree_on_tls()
        return other.sock.line.sock


def _own_name(sock):
    """Return the name for EHLO: our own where it is a full one, else the address as a literal (RFC 5321 4.1.4)."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = sock.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


class SmtpSession:
    """A connection ready to take messages; a context manager.

    :param credentials: None for a server that takes mail without
    :param domain: put before the login as ``domain\\\\login``
    :param helo: our name, by default this machine's
    """

    def __init__(self, endpoint, credentials=None, on_step=None, *, domain="", helo=""):
        refuse_unsafe("host", endpoint.host)
        refuse_unsafe("domain", domain)
        refuse_unsafe("helo", helo)
        if credentials and domain:
            credentials = dataclasses.replace(credentials, login=f"{domain}\\{credentials.login}")
        if credentials:
            credentials.check()
        self._host = endpoint.host
        self._credentials = credentials
        self._smtp = _Connection(endpoint, helo, on_step)
        self.mechanism = ""
        try:
            with self._speaking("connect"):
                self._open()
            if endpoint.security == "starttls":
                with self._speaking("tls"):
                    self._smtp.start_tls()
            started = time.monotonic()
            if credentials:
                with self._speaking("login"):
                    self.mechanism = self._log_in()
            self.certificate = tls.peer_certificate(self._smtp.sock.line.sock)
            facts = {"mechanism": self.mechanism, "capabilities": sorted(self.capabilities)}
            connector.report(on_step, "login", started, facts)
        except BaseException:
            self._smtp.close()
            raise

    def _open(self):
        try:
            self._smtp.open()
        except ServerSilent as error:
            if error.step == "command":
                raise GreetingMissing(self._host, self._smtp.endpoint.seconds) from error
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        with contextlib.suppress(ProtocolError, OSError, smtplib.SMTPException):
            if self._smtp.sock:
                self._smtp.sock.line.sock.settimeout(2)
                self._smtp.quit()
        self._smtp.close()

    @property
    def capabilities(self):
        return frozenset(f"{name} {value}".strip().upper() for name, value in self._smtp.esmtp_features.items())

    @property
    def size_limit(self):
        """The largest message that the server takes, in bytes; None when it does not say."""
        value = self._smtp.esmtp_features.get("size", "")
        return int(value) or None if re.fullmatch("[0-9]{1,20}", value) else None

    # Logging in

    def _log_in(self):
        offered = set(self._smtp.esmtp_features.get("auth", "").upper().split())
        encrypted = self._smtp.sock.line.encrypted
        return sasl.log_in(self._credentials, offered, self._authenticate, encrypted=encrypted, host=self._host)

    def _authenticate(self, mechanism):
        exchange = sasl.exchange(mechanism, self._credentials)
        answer = sasl.challenge_answers(exchange)
        words = ["AUTH", mechanism]
        if exchange.client_first:
            words.append(answer(b"").decode() or "=")
        code, reply = self._smtp.ask(" ".join(words))
        while code == 334:
            code, reply = self._smtp.ask(answer(reply).decode())
        if code == 235 and not exchange.proven:
            raise ServerNonsense(self._host, f"{mechanism}: no proof")
        # 454: temporary failure (RFC 4954); 421 and 4xx in general: not now
        if 400 <= code < 500:
            raise ServerRefused("AUTH", self._credentials.conceal(reply), step="login", temporary=True)
        return code == 235, f"{code} ".encode() + reply

    # Sending

    def send(self, sender, recipients, message, meanwhile=None):
        """Hand over a message; return a Verdict for each recipient.

        The message goes out when at least one recipient was accepted. DeliveryUnknown: the connection broke after
        the last byte, so sending again could deliver it twice.

        :param meanwhile: called while the server thinks about the message
        """
        # Bare line ends could hide a second message from one of two servers (SMTP smuggling).
        message = _LINE_END.sub(b"\r\n", message)
        message = message if message.endswith(b"\r\n") else message + b"\r\n"
        wire = smtputf8.for_wire(sender, recipients, message, offered=self._smtp.has_extn("smtputf8"))
        with self._speaking("command"):
            said = self._send(wire, meanwhile)
        unknown = smtputf8.UNKNOWN_HERE
        return [self._verdict(recipient, *said.get(recipient, unknown)) for recipient in dict.fromkeys(recipients)]

    def _verdict(self, recipient, code, reply):
        return Verdict(recipient, is_accepted(code), code, clean(self._conceal(reply)))

    def _conceal(self, reply):
        """Take the password out of what is stored with the message: some servers say again what they were told."""
        return (self._credentials or sasl.Credentials("", "")).conceal(reply)

    def _send(self, wire, meanwhile):
        """Return ``{recipient: (code, reply)}`` of those whom the server was told."""
        message = wire.message
        limit = self.size_limit
        if limit and len(message) > limit:
            raise MessageTooLarge(self._host, -(-len(message) // 1000), limit // 1000)
        if not wire.utf8 and not wire.sender.isascii():
            raise smtputf8.SenderNotInAscii(self._host, wire.sender)
        if not wire.told:
            return {}
        command = f"MAIL FROM:<{wire.sender}>"
        if self._smtp.has_extn("size"):
            command += f" SIZE={len(message)}"
        if self._smtp.has_extn("8bitmime") and not message.isascii():
            command += " BODY=8BITMIME"
        if wire.utf8:
            command += " SMTPUTF8"
        # smtplib encodes commands with this.
        self._smtp.command_encoding = "utf-8" if wire.utf8 else "ascii"
        commands = [command, *(f"RCPT TO:<{address}>" for address in wire.told.values()), "DATA"]
        (code, reply), *replies, data = self._smtp.ask_all(commands)
        goes_on = code == 250 and any(is_accepted(code) for code, _reply in replies)
        if data[0] == 354 and not goes_on:
            # RFC 2920, 3.1: it waits for a message that nobody gets.
            self._smtp.ask(".")
        if code != 250:
            self._reset()
            raise SenderRefused(wire.sender, f"{code} {self._conceal(reply)}", temporary=400 <= code < 500)
        said = dict(zip(wire.told, replies, strict=True))
        if not goes_on:
            self._reset()
            return said
        code, reply = self._data(message, meanwhile) if data[0] == 354 else data
        if code != 250:
            self._reset()
            raise MessageRefused(self._host, f"{code} {self._conceal(reply)}", temporary=400 <= code < 500)
        return said

    def _data(self, message, meanwhile):
        self._smtp.send(_LEADING_DOT.sub(b"..", message) + b".\r\n")
        try:
            if meanwhile:
                meanwhile()
                self._smtp.sock.line.begin()
            code, reply = self._smtp.getreply()
        except (ServerSilent, ConnectionLost, smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as error:
            raise DeliveryUnknown(self._host) from error
        if code == -1:
            # No answer that means anything: it may have taken the message.
            raise DeliveryUnknown(self._host)
        return code, reply

    def _reset(self):
        with contextlib.suppress(ProtocolError, smtplib.SMTPException):
            self._smtp.rset()

    @contextlib.contextmanager
    def _speaking(self, step):
        try:
            yield
        except ProtocolError as error:
            if isinstance(error, ServerSilent | ConnectionLost | ServerNonsense):
                self._smtp.close()
            if error.step == "command":
                error.step = step
            raise
        except smtplib.SMTPServerDisconnected as error:
            self._smtp.close()
            raise ConnectionLost(self._host, step=step) from error
        except smtplib.SMTPResponseException as error:
            self._smtp.close()
            if error.smtp_code == 421:
                raise ConnectionEnded(self._host, error.smtp_error, step=step) from error
            raise ServerNonsense(self._host, error.smtp_error, step=step) from error
        except (smtplib.SMTPException, ValueError) as error:
            self._smtp.close()
            raise ServerNonsense(self._host, error, step=step) from error


def is_accepted(code):
    """Tell whether that is the answer to a recipient who gets the message."""
    return code in (250, 251)

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The receiving end of SMTP: remembers what comes and hands it to the mailboxes by LMTP."""

import asyncio
import smtplib
from collections.abc import Callable
from dataclasses import dataclass

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from .errors import PortClash

# A lab that runs for days must not fill the memory.
_REMEMBERED = 500


@dataclass(frozen=True)
class Received:
    """One mail with its envelope."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes


class _PatientSMTP(SMTP):
    # Broken mails with endless lines are part of what is tested.
    line_length_limit = 1_000_000


class _Controller(Controller):
    def factory(self):
        return _PatientSMTP(self.handler, **self.SMTP_kwargs)


class SmtpReceiver:
    """Accepts every recipient; those that `is_known` confirms get the mail into their inbox."""

    def __init__(self, is_known: Callable[[str], bool]):
        self.received: list[Received] = []
        self._is_known = is_known
        self._lmtp_port = 0
        self._controller: _Controller | None = None

    def start(self, port: int, lmtp_port: int) -> None:
        self._lmtp_port = lmtp_port
        controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            ready_timeout=30,
            enable_SMTPUTF8=True,
            data_size_limit=None,
            ident="lab receiver",
        )
        try:
            controller.start()
        except OSError as error:
            raise PortClash(str(error)) from error
        self._controller = controller

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, _server, _session, envelope) -> str:
        """Called by aiosmtpd for each mail."""
        mail = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content)
        known = [address for address in mail.recipients if self._is_known(address)]
        if known:
            try:
                await asyncio.get_running_loop().run_in_executor(None, self._hand_over, mail, known)
            except (OSError, smtplib.SMTPException) as error:
                return f"451 4.3.0 The mailbox server did not take it: {error}".replace("\n", " ")
        self.received.append(mail)
        del self.received[:-_REMEMBERED]
        return "250 2.0.0 Thank you"

    def _hand_over(self, mail: Received, recipients: list[str]) -> None:
        with smtplib.LMTP("127.0.0.1", self._lmtp_port) as lmtp:
            # One by one: after the final dot there is an answer for each recipient (RFC 2033, 4.2), and smtplib reads one.
            # It would take the second for that to QUIT, and the whole mail would be sent again.
            for recipient in recipients:
                lmtp.sendmail(mail.mail_from, [recipient], mail.raw)

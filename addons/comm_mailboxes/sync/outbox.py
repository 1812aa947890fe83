"""The outbox of a mailbox is sent: each message is marked and committed before it is handed over, and once more after.

A worker that is killed in between leaves the mark: nobody knows whether the server has taken that message, so it is not sent
again by itself. What the server says to be temporary is.
"""

import logging
import time
from collections import Counter
from functools import partial

from odoo.exceptions import UserError
from odoo.fields import Datetime, Domain

from ..protocol.errors import ConnectionLost, DeliveryUnknown, ProtocolError, ServerNonsense, ServerSilent
from .transaction import committed

_logger = logging.getLogger(__name__)

# Seconds of one turn, after which other mailboxes have theirs.
TURN = 60.0
# Messages whose fields are read at once.
BATCH = 50
LINE_IS_DEAD = (ConnectionLost, ServerSilent, ServerNonsense)


def send(mailbox, lease_row):
    """Send what is due. The caller holds ``lease_row`` of ``mailbox``, whose environment commits as it likes.

    :return: ``Counter`` of the states that came of it
    """
    sender = _Sender(mailbox, lease_row)
    try:
        sender.run()
    finally:
        sender.close()
    sender.record()
    return sender.counts


class _Sender:
    def __init__(self, mailbox, lease_row):
        self.mailbox = mailbox
        self.lease_row = lease_row
        self.env = mailbox.env
        self.counts = Counter()
        self._session = None
        self._envelope = ""
        # Why there was no connection; True once there was one.
        self._connected = None
        self._deadline = time.monotonic() + TURN

    def run(self):
        self._settle_interrupted()
        tried = set()
        while messages := self._due(tried):
            tried |= set(messages.ids)
            for message in messages:
                if time.monotonic() >= self._deadline:
                    return
                if not self._send(message.with_context(lang=message.author_id.lang or self.env.lang)):
                    return

    def close(self):
        if self._session:
            self._session.close()
            self._session = None

    def record(self):
        """Note on the mailbox whether its server could be reached."""
        if self._connected is True:
            self._note(partial(self.mailbox._sending_succeeded, self.lease_row, self.counts))
        elif self._connected:
            self._note(partial(self.mailbox._sending_failed, self._connected, self.lease_row))

    def _due(self, tried):
        due = Domain("outgoing_state", "=", "queued") & Domain("next_try_at", "<=", Datetime.now())
        mine = Domain("from_mailbox_id", "=", self.mailbox.id) & Domain("id", "not in", list(tried))
        messages = self.env["comm.message"].with_context(active_test=False)
        return messages.search(mine & due, order="next_try_at, id", limit=BATCH)

    def _settle_interrupted(self):
        """What a worker had begun to send, which is gone: nobody else can, as long as we hold the lease."""
        messages = self.env["comm.message"].with_context(active_test=False)
        for message in messages.search([("from_mailbox_id", "=", self.mailbox.id), ("outgoing_state", "=", "sending")]):
            message = message.with_context(lang=message.author_id.lang or self.env.lang)
            text = message.env._(
                "Odoo was interrupted while it handed this message over, so it may have been sent."
                " Ask a recipient, or look at the sent folder, before you send it again."
            )
            self._note(partial(message._note_perhaps_sent, text))

    def _send(self, message):
        """Send one message; return False when there is no point in going on with the next one."""
        if problem := message._why_not_sent():
            self._note(partial(message._note_failed, problem))
            return True
        raw = message._source()
        if not raw:
            text = message.env._("The content of this message is not here any more. Write it again.")
            self._note(partial(message._note_failed, text))
            return True
        try:
            self._connect(message)
        except (ProtocolError, UserError) as error:
            _logger.info("Mailbox %s: no connection to send: %s", self.mailbox.id, type(error).__name__)
            # What the author may not do is told the author alone.
            self._connected = error if isinstance(error, ProtocolError) else None
            self._postpone_all(error)
            return False
        if not self._note(message._note_sending):
            # Taken back in the last moment.
            return True
        try:
            self._hand_over(message, raw)
        except DeliveryUnknown as error:
            text = message.from_mailbox_id.with_env(message.env)._explain(error)
            self._note(partial(message._note_perhaps_sent, text))
            self.close()
        except ProtocolError as error:
            self._note(partial(message._note_error, error))
            if isinstance(error, LINE_IS_DEAD):
                self.close()
        self.counts[message.outgoing_state] += 1
        return True

    def _connect(self, message):
        if self._session is None:
            # Nobody waits for a server with a transaction open.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            self._session, self._envelope = self.mailbox._submission_session__(message)
            self._connected = True

    def _hand_over(self, message, raw):
        """Give the message to the server, as often as it takes a part of its recipients (RFC 5321, 4.5.3.1.10)."""
        while waiting := message._waiting():
            verdicts = self._session.send(self._envelope, waiting, raw)
            temporary = self._note(partial(message._note_verdicts, verdicts))
            if temporary and (len(temporary) == len(verdicts) or not any(each.accepted for each in verdicts)):
                self._note(partial(message._note_result, temporary))
                return
        self._note(message._note_result)

    def _postpone_all(self, error):
        """There is no connection: whatever is due waits, or fails, for the same reason."""
        tried = set()
        while messages := self._due(tried):
            tried |= set(messages.ids)
            self._postpone(messages, error)

    def _postpone(self, messages, error):
        for message in messages:
            message = message.with_context(lang=message.author_id.lang or self.env.lang)
            self._note(partial(message._note_unreachable, error))
            self.counts[message.outgoing_state] += 1

    def _note(self, work):
        return committed(self.env, work)

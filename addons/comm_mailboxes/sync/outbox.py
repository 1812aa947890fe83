"""The outbox of a mailbox is sent. What a crash in between means, and how many go at once, is in ``sending.handover``.

A worker that is killed leaves messages marked as "being sent": nobody knows whether the server has taken them, so they are not
sent again by themselves. What the server says to be temporary is.
"""

import logging
import time
from collections import Counter
from functools import partial

from odoo.exceptions import UserError
from odoo.fields import Datetime, Domain

from ..protocol.errors import DeliveryUnknown, ProtocolError
from ..protocol.mime_write import without_bcc
from ..sending.handover import Handover, Piece
from ..turns import turn
from .transaction import committed

_logger = logging.getLogger(__name__)

# Seconds of one turn, after which other mailboxes have theirs.
TURN = 60.0
# Messages that are looked up at once.
BATCH = 200
# Messages whose failure is noted in one transaction, for which their authors may have to wait.
TOGETHER = 50


def send(mailbox, lease_row):
    """Send what is due. The caller holds ``lease_row`` of ``mailbox``, whose environment commits as it likes.

    :return: ``Counter`` of the states that came of it
    """
    outbox = _Outbox(mailbox, lease_row)
    outbox.run()
    return outbox.counts


class _Outbox:
    """The source of the handover (see there)."""

    def __init__(self, mailbox, lease_row):
        self.mailbox = mailbox
        self.lease_row = lease_row
        self.env = mailbox.env
        self.counts = Counter()
        self._messages = self.env["comm.message"].with_context(active_test=False)
        self._waiting = []
        self._tried = set()
        self._was_connected = False
        self._envelope = ""

    def run(self):
        self._settle_interrupted()
        self._note(lambda: self._messages._let_in(self.mailbox)._queue_again())
        handover = Handover(self)
        failure = None
        deadline = time.monotonic() + turn(TURN)
        try:
            handover.run(deadline)
        except (ProtocolError, UserError) as error:
            _logger.info("Mailbox %s: no connection to send: %s", self.mailbox.id, type(error).__name__)
            failure = error
            self._postpone_all(error, deadline)
        finally:
            handover.close()
        # What the author may not do is told the author alone.
        if isinstance(failure, ProtocolError):
            self._note(partial(self.mailbox._sending_failed, failure, self.lease_row))
        elif self._was_connected:
            self._note(partial(self.mailbox._sending_succeeded, self.lease_row, self.counts))

    # What the handover asks for

    def take(self, number):
        while not self._waiting and (found := self._due()):
            self._tried |= set(found.ids)
            self._waiting = list(self._sendable(found).ids)
        ids, self._waiting = self._waiting[:number], self._waiting[number:]
        return self._messages.browse(ids)

    def mark(self, messages):
        return self._note(messages._note_sending)

    def pieces(self, message):
        yield Piece(message._waiting(), self._envelope, without_bcc(message._source()))

    def connect(self, message):
        # Nobody waits for a server with a transaction open.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        session, self._envelope = self.mailbox._submission_session__(message)
        self._was_connected = True
        return session

    def part(self, message, result):
        self._note(partial(message._note_verdicts, result.verdicts))

    def note(self, results):
        """Most were taken whole, and are noted in few statements."""
        taken = self._messages
        for message, [result] in results.items():
            if not result.error and all(verdict.accepted for verdict in result.verdicts):
                taken |= message
        if taken:
            verdicts = {message.id: results[message][0].verdicts for message in taken}
            self._note(partial(taken._note_taken, verdicts))
            self.counts["sent"] += len(taken)
        for message, [result] in results.items():
            if message not in taken:
                self._note(partial(self._note_other, self._for_author(message), result))
                self.counts[message.outgoing_state] += 1

    def give_back(self, messages, error):
        self._postpone(self._messages.union(*messages), error)

    # Its parts

    def _due(self):
        due = Domain("outgoing_state", "=", "queued") & Domain("next_try_at", "<=", Datetime.now())
        mine = Domain("from_mailbox_id", "=", self.mailbox.id) & Domain("id", "not in", list(self._tried))
        return self._messages.search(mine & due, order="next_try_at, id", limit=BATCH)

    def _sendable(self, messages):
        """Return those that may leave; the authors of the others are told why not."""
        answers, sendable = {}, self._messages
        sources = messages._sources()
        for message in messages:
            question = (message.author_id.id, message.email_from)
            if question not in answers:
                answers[question] = self._for_author(message)._why_not_sent()
            problem = answers[question]
            if not problem and message.id not in sources:
                problem = self._for_author(message).env._(
                    "The content of this message is not here any more. Write it again."
                )
            if problem:
                self._note(partial(self._for_author(message)._note_failed, problem))
                self.counts["failed"] += 1
            else:
                sendable |= message
        return sendable

    def _settle_interrupted(self):
        """What a worker had begun to send, which is gone: nobody else can, as long as we hold the lease."""
        mine = [("from_mailbox_id", "=", self.mailbox.id), ("outgoing_state", "=", "sending")]
        for message in map(self._for_author, self._messages.search(mine)):
            text = message.env._(
                "Odoo was interrupted while it handed this message over, so it may have been sent."
                " Ask a recipient, or look at the sent folder, before you send it again."
            )
            self._note(partial(message._note_perhaps_sent, text))

    def _note_other(self, message, result):
        if result.error and not isinstance(result.error, ProtocolError):
            self.mailbox._log_unexpected("send", result.error)
        message._note_verdicts(result.verdicts)
        if isinstance(result.error, DeliveryUnknown):
            message._note_perhaps_sent(message.from_mailbox_id.with_env(message.env)._explain(result.error))
        elif result.error:
            message._note_error(result.error)
        else:
            message._note_result([verdict for verdict in result.verdicts if verdict.temporary])

    def _postpone_all(self, error, deadline):
        """There is no connection: whatever is due waits, or fails, for the same reason. What the turn is too short for finds
        out at the next one.
        """
        while messages := self._messages.browse(self._waiting) or self._due():
            self._tried |= set(messages.ids)
            self._waiting = []
            self._postpone(messages, error)
            if time.monotonic() >= deadline:
                break

    def _postpone(self, messages, error):
        for start in range(0, len(messages), TOGETHER):
            together = messages[start : start + TOGETHER]
            self.counts.update(self._note(partial(self._note_unreachable, together, error)))

    def _note_unreachable(self, messages, error):
        # What was deleted while nobody answered takes nothing of the others along.
        messages = messages.exists()
        for message in map(self._for_author, messages):
            message._note_unreachable(error)
        return messages.mapped("outgoing_state")

    def _for_author(self, message):
        return message.with_context(lang=message.author_id.lang or self.env.lang)

    def _note(self, work):
        return committed(self.env, work)

"""Handing mails over to a server: the one place that decides what a crash, a dead line or an answer means for them.

Mails go in windows. A window is marked before its first byte leaves, and what the server said is noted after its last one;
each of the two is one commit. So whoever finds a mark that nobody works on any more knows that its mail may have been sent,
and never sends it again unasked. A window has one mail where a server takes its time, and grows while it is quick: a crash
leaves few mails in doubt, and a thousand mails need few commits.

While the server thinks about a mail, the next one is built.
"""

import logging
import time
from dataclasses import dataclass, field

from odoo.exceptions import UserError

from ..protocol.errors import ConnectionLost, DeliveryUnknown, ProtocolError, ServerNonsense, ServerSilent

_logger = logging.getLogger(__name__)

LARGEST_WINDOW = 100
# Seconds that a server may take for the mails of a window, so that results are noted soon and few are in doubt.
SWIFT = 1.0
# After so many seconds results are noted in the middle of a window.
SLOW = 3.0
LINE_IS_DEAD = (ConnectionLost, ServerSilent, ServerNonsense)


class NoRecipients(Exception):
    """A mail that goes to nobody."""


@dataclass
class Piece:
    """What goes to the server at once. A mail has several when its recipients do not all get the same."""

    recipients: list
    sender: str
    raw: bytes
    # What the caller needs to know it by.
    name: object = None
    # Why it cannot be sent at all.
    problem: Exception | None = None


@dataclass
class Result:
    """What became of a piece: a Verdict for each recipient that the server was asked about, or why it was not sent."""

    piece: Piece
    verdicts: list = field(default_factory=list)
    error: Exception | None = None


class Handover:
    """Hand mails over, in the order in which ``source`` gives them.

    :param source: has these methods, each of which commits what it notes where the caller wants that:

        - ``take(number)``: the next mails (any objects) that are to go, at most ``number``; none: that is all
        - ``mark(mails)``: note that they are being handed over; returns those that still are to go
        - ``pieces(mail)``: yields :class:`Piece`
        - ``connect(mail)``: returns a session: ``send(sender, recipients, raw, meanwhile) -> [Verdict]`` and ``close()``
        - ``part(mail, result)``: a server took a part of the recipients only; the others follow
        - ``note(results)``: ``{mail: [Result]}`` of mails that were handed over, maybe not all of a window at once
        - ``give_back(mails, error)``: nothing of these left, whether marked or not: there is no connection
    """

    def __init__(self, source, *, largest=LARGEST_WINDOW):
        self._source = source
        self._session = None
        self._window, self._largest = 1, largest
        self._is_fresh = False
        # Seconds that the server took for the mails of a window.
        self._waited = 0.0

    def run(self, deadline=None):
        """Work until nothing is left, or ``deadline`` (monotonic) is over.

        :raise ProtocolError, UserError: when there is no connection
        """
        while deadline is None or time.monotonic() < deadline:
            mails = self._source.take(self._window)
            if not mails:
                return
            try:
                self._connect(mails[0])
            except (ProtocolError, UserError) as error:
                self._source.give_back(mails, error)
                raise
            self._waited = 0.0
            self._hand_over(self._source.mark(mails))
            # As many as go within that time; a slow answer now and then must not end in windows of one.
            fitting = int(self._window * SWIFT / max(self._waited, 0.001))
            self._window = max(1, self._window // 4, min(fitting, 2 * self._window, self._largest))

    def close(self):
        if self._session:
            self._session.close()
            self._session = None

    def _connect(self, mail):
        if self._session is None:
            self._session = self._source.connect(mail)
            self._is_fresh = True

    def _hand_over(self, mails):
        results, noted = {}, time.monotonic()
        pieces = _OneAhead(self._source.pieces, mails)
        try:
            while found := pieces.next():
                mail, piece, problem = found
                if results and mail not in results and time.monotonic() - noted > SLOW:
                    # Whoever waits for these need not wait for the rest of the window.
                    self._source.note(results)
                    results, noted = {}, time.monotonic()
                result = Result(piece, error=problem)
                if not problem:
                    self._connect(mail)
                    self._send(mail, result, pieces.look_ahead)
                    # A window of large mails must not fill the memory.
                    piece.raw = b""
                results.setdefault(mail, []).append(result)
        except (ProtocolError, UserError) as error:
            # What was begun has its result; of the others nothing left.
            if mail in results:
                results[mail].append(Result(piece, error=error))
            self._source.note(results)
            self._source.give_back([each for each in pieces.left if each != mail or mail not in results], error)
            raise
        self._source.note(results)

    def _send(self, mail, result, meanwhile):
        """Give a piece to the server, as often as it takes a part of its recipients (RFC 5321, 4.5.3.1.10)."""
        piece, waiting = result.piece, result.piece.recipients
        try:
            while waiting:
                verdicts = self._send_once(mail, piece, waiting, meanwhile)
                put_off = [verdict.address for verdict in verdicts if verdict.temporary]
                if len(put_off) == len(verdicts) or not any(verdict.accepted for verdict in verdicts):
                    put_off = []
                told = [verdict for verdict in verdicts if verdict.address not in put_off]
                result.verdicts += told
                if put_off:
                    self._source.part(mail, result)
                waiting = put_off
        except DeliveryUnknown as error:
            self.close()
            result.error = error
        except ProtocolError as error:
            if isinstance(error, LINE_IS_DEAD):
                self.close()
            result.error = error

    def _send_once(self, mail, piece, recipients, meanwhile):
        is_fresh, self._is_fresh = self._is_fresh, False
        started = time.monotonic()
        try:
            return self._session.send(piece.sender, recipients, piece.raw, meanwhile)
        except DeliveryUnknown:
            raise
        except (ConnectionLost, ServerSilent):
            # Before the final dot: the server does not have it. Many end a session after so many mails or minutes.
            if is_fresh:
                raise
            self.close()
        finally:
            self._waited += time.monotonic() - started
        self._connect(mail)
        return self._send_once(mail, piece, recipients, meanwhile)


class _OneAhead:
    """The pieces of all mails of a window; the next one may be built before it is asked for."""

    def __init__(self, pieces, mails):
        # The mails whose last piece was not asked for yet.
        self.left = list(mails)
        self._stream = self._all(pieces, mails)
        self._ahead = []

    @staticmethod
    def _all(pieces, mails):
        for mail in mails:
            try:
                none = True
                for piece in pieces(mail):
                    none = False
                    yield mail, piece, piece.problem
                if none:
                    yield mail, None, NoRecipients()
            except Exception as error:  # noqa: BLE001 (one bad mail must not stop the others: its result tells)
                yield mail, None, error

    def look_ahead(self):
        if not self._ahead:
            self._ahead.append(next(self._stream, None))

    def next(self):
        self.look_ahead()
        found = self._ahead.pop()
        while found and self.left[0] != found[0]:
            del self.left[0]
        return found

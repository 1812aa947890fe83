# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the fault proxy understands of IMAP: lines, literals, and that TLS begins."""

import re

_COMMAND = re.compile(rb"([^\s*+]+) ((?:UID )?[A-Za-z]+)")
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")
# First byte of a TLS handshake record (RFC 8446, 5.1); no IMAP tag begins with it.
_TLS_HANDSHAKE = b"\x16"


class _LineSplitter:
    """Cuts a stream into lines and literals, whatever the packets."""

    def __init__(self):
        self._buffer = b""
        self._literal_left = 0

    def split(self, data: bytes):
        """Yield (piece, is_line); a piece of a literal comes as soon as it is there."""
        self._buffer += data
        while self._buffer:
            if self._literal_left:
                piece = self._buffer[: self._literal_left]
                self._literal_left -= len(piece)
                is_line = False
            else:
                end = self._buffer.find(b"\n") + 1
                if not end:
                    return
                piece = self._buffer[:end]
                literal = _LITERAL.search(piece[-24:])
                self._literal_left = int(literal.group(1)) if literal else 0
                is_line = True
            self._buffer = self._buffer[len(piece) :]
            yield piece, is_line

    def drop_literal(self) -> None:
        """The literal that the last line announced does not come."""
        self._literal_left = 0

    def rest(self) -> bytes:
        rest, self._buffer = self._buffer, b""
        return rest


class CommandReader:
    """Finds the commands in what an IMAP client sends."""

    def __init__(self):
        self.is_encrypted = False
        self._lines = _LineSplitter()
        self._literal_came = False

    def feed(self, data: bytes):
        """Yield (piece, tag, name); tag and name are empty where a piece begins no command.

        An unfinished line waits for its end.
        """
        if self.is_encrypted or data.startswith(_TLS_HANDSHAKE):
            self.is_encrypted = True
            yield self._lines.rest() + data, b"", ""
            return
        for piece, is_line in self._lines.split(data):
            match = _COMMAND.match(piece) if is_line and not self._literal_came else None
            # What follows a literal belongs to the same command.
            self._literal_came = not is_line or (self._literal_came and _LITERAL.search(piece) is not None)
            yield piece, match[1] if match else b"", match[2].decode().upper() if match else ""

    def refuse_literal(self, piece: bytes) -> None:
        """The command that began with this piece is refused: a literal that waits for leave (no "+") does not come."""
        if not piece.rstrip().endswith(b"+}"):
            self._lines.drop_literal()


class LineRewriter:
    """Substitutes in the lines of an IMAP server, never in literals."""

    def __init__(self):
        self._lines = _LineSplitter()
        # What the client is told instead of the answer to the command with that tag.
        self.answers: dict[bytes, bytes] = {}
        self.is_at_end = False

    def feed(self, data: bytes, replacements, ends=(), *, passes: bool) -> bytes:
        """What of the data can go on now; everything if `passes`. At a line of `ends`, nothing more will."""
        if passes:
            return self._lines.rest() + data
        result = bytearray()
        for piece, is_line in self._lines.split(data):
            last_words = next((say for pattern, say in ends if is_line and pattern.search(piece)), None)
            if last_words is not None:
                self.is_at_end = True
                return bytes(result + last_words)
            result += self._substitute(piece, replacements) if is_line else piece
        return bytes(result)

    def _substitute(self, line: bytes, replacements) -> bytes:
        answer = self.answers.pop(line.partition(b" ")[0], None)
        if answer is not None:
            return answer
        for pattern, replacement, only in replacements:
            if only in line:
                line = pattern.sub(replacement, line)
        return line

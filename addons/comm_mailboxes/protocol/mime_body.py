"""What the parts of a mail give to its body, and how much of it that may be."""

import codecs
import contextlib
import re
from dataclasses import dataclass

from . import mime_charset, mime_text, sanitize

# Octets of all texts of a mail together: mails of 10 MB of text do come. Reading takes many times that, and so does making
# HTML harmless.
MAX_SIZE = 12_000_000
# Of a larger one so much is shown.
BEGINNING = 1_000_000

_NO_CHARACTER = re.compile(r"&#(?:[0-9]{1000,}|[xX][0-9a-fA-F]{1000,});?")


@dataclass(slots=True)
class Body:
    """What one part contributes to the bodies: a text, HTML, or both as alternatives."""

    text: str | None = None
    html: str | None = None

    def __post_init__(self):
        if self.html:
            # Python reads no number of more than 4,300 digits; none has a character.
            self.html = _NO_CHARACTER.sub("\ufffd", self.html)

    def as_text(self):
        if self.html and not (self.text and self.text.strip()):
            return sanitize.html_to_text(self.html)
        return self.text or ""

    def as_html(self):
        if self.html is None:
            return mime_text.as_html(self.text) if self.text and self.text.strip() else ""
        return self.html


def sequence(bodies):
    """Bodies one after the other: text, attachment, text is what Apple Mail sends. HTML wins over text."""
    bodies = [body for body in bodies if body.text is not None or body.html is not None]
    if len(bodies) <= 1:
        return bodies[0] if bodies else Body()
    if any(body.html for body in bodies):
        return Body(
            "\n".join(body.as_text() for body in bodies),
            "".join(body.as_html() for body in bodies),
        )
    return Body("\n".join(body.text or "" for body in bodies))


def beginning(content, room, charset):
    """The first octets of a text, up to the end of a line if there is one, and of a character at any rate."""
    start = content[: min(BEGINNING, room)]
    start = start[: start.rfind(b"\n") + 1] or start
    # Much that bears another name is UTF-8.
    for codec in ("utf-8", mime_charset.codec_of(charset)):
        if codec:
            decoder = codecs.getincrementaldecoder(codec)("replace")
            # Of UTF-16 and UTF-32 without the mark that tells the order of octets, Python reads nothing.
            with contextlib.suppress(UnicodeError):
                decoder.decode(start)
            start = start[: len(start) - len(decoder.getstate()[0])]
    return start

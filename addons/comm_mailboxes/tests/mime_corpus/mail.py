# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a mail of the corpus is, and how its bytes are put together."""

from dataclasses import dataclass, field

_USUAL = {
    b"From": b"Anna Weber <anna@example.com>",
    b"To": b"info@example.com",
    b"Subject": b"Test",
    b"Date": b"Mon, 24 Nov 2025 10:00:00 +0100",
    b"Message-ID": b"<1@example.com>",
    b"MIME-Version": b"1.0",
}


@dataclass(frozen=True)
class Mail:
    name: str
    raw: bytes
    # Fields of MimeMessage that the reading must show. ``attachments`` are (name, type, content) with None for
    # what does not matter; ``inline`` the names of those shown inside the HTML; ``defects`` those of mime_defects.
    expected: dict = field(default_factory=dict)
    # Why the standard library reads something else here, "" where it must read the same
    deviation: str = ""


def mail(name, *lines, body=b"Hello\r\n", deviation="", without=(), **expected):
    """A mail with the usual header fields, those of ``lines`` added or put in their place."""
    given = {line.partition(b":")[0].strip().lower() for line in lines}
    kept = [
        key + b": " + value for key, value in _USUAL.items() if key.lower() not in given and key.decode() not in without
    ]
    return Mail(name, b"\r\n".join([*kept, *lines, b"", body]), expected, deviation)


def part(*lines, body=b"", end=b"\r\n"):
    """A body part: its header lines, a blank line, its body."""
    return end.join([*lines, b"", body])


def multipart(*parts, boundary=b"=_b", end=b"\r\n", close=True, preamble=b"", epilogue=b""):
    """The parts between lines of ``boundary``."""
    chunks = [preamble + end if preamble else b""]
    for item in parts:
        chunks.append(b"--" + boundary + end + item + end)
    if close:
        chunks.append(b"--" + boundary + b"--" + end + epilogue)
    return b"".join(chunks)

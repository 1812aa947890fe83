"""The tree of parts of a mail (RFC 2046) and their transfer decoding (RFC 2045).

Parts are offsets into the mail; nothing is copied or split into lines before a leaf is decoded.
Limits on depth and number keep the work proportional to the size of the mail, whatever it holds.
"""

import re
from dataclasses import dataclass, field

from . import mime_defects as defects
from . import mime_headers, mime_transfer

MAX_DEPTH = 40
MAX_PARTS = 1000

_NOT_BLANK = re.compile(rb"\S")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]{0,100}\r{0,3}(?:\n|\Z)")
_GUESSED_BOUNDARY = re.compile(rb"^--([^\s-][^\r\n]{0,100})\r{0,3}\n(?=content-)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Part:
    data: bytes
    start: int
    end: int
    header: mime_headers.Header
    content_type: str
    parameters: dict
    disposition: str = ""
    disposition_parameters: dict = field(default_factory=dict)
    children: list = field(default_factory=list)

    @property
    def main_type(self):
        return self.content_type.partition("/")[0]

    @property
    def named(self):
        """A file name that its sender gave, "" without one."""
        given = self.disposition_parameters
        return given.get("filename") or self.parameters.get("name") or given.get("name") or ""

    @property
    def encoding(self):
        return mime_transfer.normalised(self.header.first("content-transfer-encoding"))

    def content(self, problems):
        """The decoded bytes, as ``large.LargeBytes`` when they are many; what is wrong with them is added to ``problems``."""
        return mime_transfer.decode(self.encoding, self.data, self.start, self.end, problems)


def parse(data, header, problems):
    """The tree of the mail ``data`` that starts with ``header``."""
    return _Tree(problems).part(data, header, len(data), 0, "text/plain")


class _Tree:
    def __init__(self, problems):
        self.problems = problems
        self.left = MAX_PARTS

    def part(self, data, header, end, depth, default_type):
        kind, parameters = mime_headers.content_type(header.first("content-type"), default_type)
        part = Part(data, header.body, end, header, kind, parameters)
        if value := header.first("content-disposition"):
            part.disposition, part.disposition_parameters = mime_headers.parameters(value)
        if kind.startswith("multipart/"):
            if depth >= MAX_DEPTH:
                self.problems.add(defects.TOO_DEEP)
                part.content_type = "message/rfc822"
                part.start = header.start
            else:
                self._split(part, depth)
        return part

    def _split(self, part, depth):
        """Gives the part its children, or makes it a text when it has none."""
        encoding = part.encoding
        if encoding in ("base64", "quoted-printable"):
            # Not allowed, and hardly ever true; believed only when no boundary stands in the clear
            if not self._boundary_spans(part):
                part.data = mime_transfer.decode(encoding, part.data, part.start, part.end, set())
                part.start, part.end = 0, len(part.data)
            part.header["content-transfer-encoding"] = ["8bit"]
        spans = self._boundary_spans(part) or self._guessed_spans(part)
        default_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in spans:
            if self.left <= 0:
                self.problems.add(defects.TOO_MANY)
                break
            self.left -= 1
            header = mime_headers.parse(part.data, start, end)
            part.children.append(self.part(part.data, header, end, depth + 1, default_type))
        if not spans:
            if _NOT_BLANK.search(part.data, part.start, part.end):
                self.problems.add(defects.NO_PARTS)
            looks_html = b"<html" in part.data[part.start : min(part.end, part.start + 1000)].lower()
            part.content_type = "text/html" if looks_html else "text/plain"

    def _boundary_spans(self, part):
        boundary = part.parameters.get("boundary", "").rstrip()
        if not boundary:
            return []
        return self._spans(part, b"--" + boundary.encode("utf-8", "surrogateescape"))

    def _guessed_spans(self, part):
        """Parts by the first line that looks like a boundary with a part's header after it."""
        guess = _GUESSED_BOUNDARY.search(part.data, part.start, min(part.end, part.start + 100_000))
        if not guess:
            return []
        self.problems.add(defects.NO_BOUNDARY)
        return self._spans(part, b"--" + guess[1].rstrip())

    def _spans(self, part, delimiter):
        """(start, end) of each part between lines that are ``delimiter``."""
        data, end = part.data, part.end
        spans, opened, closed = [], None, False
        position = data.find(delimiter, part.start, end)
        while position >= 0 and not closed:
            after = position + len(delimiter)
            at_line_start = position == part.start or data[position - 1] == 10
            if at_line_start and (match := _AFTER_BOUNDARY.match(data, after, end)):
                after = match.end()
                if opened is not None:
                    spans.append((opened, _without_line_end(data, opened, position)))
                    closed = bool(match[1])
                opened = after if opened is not None or not match[1] else None
                if len(spans) > self.left:
                    self.problems.add(defects.TOO_MANY)
                    return spans
            position = data.find(delimiter, after, end)
        if opened is not None and not closed and _NOT_BLANK.search(data, opened, end):
            spans.append((opened, end))
            self.problems.add(defects.NO_END)
        return spans


def _without_line_end(data, start, end):
    """The line end before a boundary belongs to the boundary (RFC 2046 5.1.1)."""
    if end > start and data[end - 1] == 10:
        end -= 1
        if end > start and data[end - 1] == 13:
            end -= 1
    return end

"""Plain text bodies: format=flowed (RFC 3676), text as HTML, the snippet of a list."""

import html
import re

_QUOTES = re.compile(r">*")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)

SNIPPET_LENGTH = 200


def normalised(text):
    """Line ends as LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def unflow(text, delete_space):
    """Paragraphs of a format=flowed text, each on one line; quote marks stay."""
    lines, paragraph, depth = [], None, 0
    for line in text.split("\n"):
        quotes = _QUOTES.match(line).end()
        content = line[quotes:].removeprefix(" ")
        if paragraph is not None and quotes != depth:
            lines.append(_quoted("".join(paragraph), depth))
            paragraph = None
        depth = quotes
        if paragraph is None:
            paragraph = []
        if content.endswith(" ") and content != "-- ":
            paragraph.append(content[:-1] if delete_space else content)
        elif content == "-- " and paragraph:
            # A signature is never joined to the paragraph before it
            lines += _quoted("".join(paragraph), depth), _quoted(content, depth)
            paragraph = None
        else:
            lines.append(_quoted("".join((*paragraph, content)), depth))
            paragraph = None
    if paragraph:
        lines.append(_quoted("".join(paragraph), depth))
    return "\n".join(lines)


def _quoted(line, depth):
    return ">" * depth + " " + line if depth else line


def as_html(text):
    """A text among HTML parts."""
    return f'<div style="white-space: pre-wrap">{html.escape(text, quote=False)}</div>'


def snippet(text):
    """The first words, for lists: on one line, without quoted lines where something else is there."""
    start = text[:4000]
    return _shorten(_QUOTED_LINE.sub("", start)) or _shorten(start)


def _shorten(text):
    words = " ".join(_INVISIBLE.sub("", text).split())
    return words if len(words) <= SNIPPET_LENGTH else words[: SNIPPET_LENGTH - 1].rstrip() + "…"

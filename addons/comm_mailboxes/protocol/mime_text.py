"""Plain text bodies: format=flowed (RFC 3676), text as HTML, the snippet of a list."""

import html
import re

_QUOTES = re.compile(r">*")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)

SNIPPET_LENGTH = 200
# So many characters are looked at for it, and at first.
_LOOK = 4000
_FIRST_LOOK = 500


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
    words = ""
    # Nearly always the first lines are enough: what they give beyond the limit is the beginning of what all would give.
    for length in (_FIRST_LOOK, _LOOK):
        words = _words(_QUOTED_LINE.sub("", text[:length]))
        if len(words) > SNIPPET_LENGTH or length >= len(text):
            break
    words = words or _words(text[:_LOOK])
    return words if len(words) <= SNIPPET_LENGTH else words[: SNIPPET_LENGTH - 1].rstrip() + "…"


def _words(text):
    return " ".join(_INVISIBLE.sub("", text).split())

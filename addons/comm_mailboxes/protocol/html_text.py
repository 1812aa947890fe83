"""The words of a rich text as people write them in plain text.

Quotes with ">" (RFC 3676, 4.5), "-- " above a signature with its blank (4.3), lists with dashes, links in brackets. The
composer does the same in the browser (``composer_text.js``), where its author may go on in plain text.
"""

import re

from . import html_tree

_BLOCKS = set(
    "address article aside center dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section"
    " table tr ul".split()
)
_SPACED = set("h1 h2 h3 h4 h5 h6 ol p pre table ul".split())
_UNSEEN = {"head", "script", "style", "template", "title"}
_INVISIBLE = re.compile("[\u200b\ufeff]")
_BLANKS = re.compile(r"[ \t\r\n]+")
_ENTRY = re.compile(r"\s*(?:-|\d+\.) ")
_NUMBER = re.compile("-?[0-9]{1,9}")
_WEB = re.compile(r"https?:", re.IGNORECASE)
SIGNATURE = "-- "
# Deeper than people nest: the words are enough there.
_DEEPEST = 80


def text_of(markup):
    """Return the text of HTML.

    >>> text_of("<p>Yes.</p><blockquote>Really?<blockquote>No.</blockquote></blockquote><div>-- <br>Anna</div>")
    'Yes.\\n\\n> Really?\\n>\\n>> No.\\n\\n-- \\nAnna'
    """
    if not (markup or "").strip():
        return ""
    root = html_tree.parse(markup)
    text = "\n".join(_Writer().lines_of(root))
    text = re.sub(r"\n{3,}", "\n\n", text).lstrip("\n")
    # Its blank belongs to it, also where nothing follows.
    end = SIGNATURE if re.search(r"(?:^|\n)-- \s*\Z", text) else ""
    return (text.rstrip().removesuffix("--") + end) if end else text.rstrip()


class _Writer:
    def __init__(self, depth=0):
        self.lines = [""]
        self._depth = depth
        # List to the number of its last entry.
        self._entries = {}

    def lines_of(self, root, pre=False):
        self._inside(root, pre)
        return [line if line == SIGNATURE else line.rstrip() for line in self.lines]

    def _inside(self, node, pre):
        if self._depth == _DEEPEST:
            self._write(" ".join(node.itertext()), pre)
            return
        self._depth += 1
        self._write(node.text, pre)
        for child in node:
            self._element(child, pre)
            self._write(child.tail, pre)
        self._depth -= 1

    def _write(self, text, pre):
        text = _INVISIBLE.sub("", text or "")
        if pre:
            first, *more = text.replace("\r\n", "\n").split("\n")
            self.lines[-1] += first
            self.lines += more
        elif text:
            words = _BLANKS.sub(" ", text).replace("\xa0", " ")
            self.lines[-1] += words if self.lines[-1] else words.lstrip()

    def _element(self, node, pre):
        if not isinstance(node.tag, str) or node.tag in _UNSEEN:
            return
        if node.tag == "br":
            self._break(node)
        elif node.tag == "blockquote":
            self._quote(node, pre)
        elif node.tag == "hr":
            self._new_line()
            self.lines[-1] = "-" * 40
            self.lines.append("")
        elif node.tag == "img":
            self._image(node)
        else:
            self._other(node, pre or node.tag == "pre")

    def _other(self, node, pre):
        is_spaced = node.tag in _SPACED and not any(above.tag == "li" for above in (node, *node.iterancestors()))
        around = self._blank if is_spaced else self._new_line if node.tag in _BLOCKS else None
        if around:
            around()
        if node.tag == "li":
            self._entry(node.getparent())
        elif node.tag in ("td", "th") and self.lines[-1]:
            self.lines[-1] += " "
        self._inside(node, pre)
        address = (node.tag == "a" and node.get("href")) or ""
        if _WEB.match(address) and address.rstrip("/") != "".join(node.itertext()).strip().rstrip("/"):
            self.lines[-1] += f" <{address}>"
        if around:
            around()

    def _entry(self, parent):
        """Begin the next entry of this list."""
        start = parent.get("start") or ""
        before = (int(start) if _NUMBER.fullmatch(start) else 1) - 1
        self._entries[parent] = number = self._entries.get(parent, before) + 1
        self.lines[-1] += f"{number}. " if parent.tag == "ol" else "- "

    def _break(self, node):
        # The last one of a block only keeps it open.
        follows = node.getnext() is not None or (node.tail or "").strip(" \t\r\n")
        parent = node.getparent()
        if follows or parent.tag not in _BLOCKS or not self.lines[-1]:
            self.lines.append("")

    def _quote(self, node, pre):
        self._blank()
        quoted = _Writer(self._depth).lines_of(node, pre)
        while quoted and not quoted[-1].strip():
            quoted.pop()
        while quoted and not quoted[0].strip():
            quoted.pop(0)
        self.lines.pop()
        self.lines += [f">{line}" if line.startswith(">") else f"> {line}" if line else ">" for line in quoted]
        self.lines += ["", ""]

    def _image(self, node):
        """Images of the mail itself have no address that leads anywhere."""
        if node.get("alt"):
            self.lines[-1] += f"[{node.get('alt')}]"

    def _new_line(self):
        # What begins an entry of a list goes on in the same line.
        if self.lines[-1].strip() and not _ENTRY.fullmatch(self.lines[-1]):
            self.lines.append("")

    def _blank(self):
        self._new_line()
        if len(self.lines) > 1 and self.lines[-2].strip() and self.lines[-2] != SIGNATURE:
            self.lines.append("")

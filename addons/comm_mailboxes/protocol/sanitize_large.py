"""HTML written anew with every tag closed where it belongs, in time proportional to its length.

Real HTML5 parsers take time that grows with the square of what hostile HTML nests, leaves open or lists as
attributes. What is big enough for that to hurt is written anew here before: our own reading of where tags begin and
end becomes the only possible one, so depth, open formatting and attributes stay within limits.
"""

import re
from itertools import islice

MAX_TAGS = 200_000
MAX_AMPERSANDS = 100_000
MAX_DEPTH = 300
MAX_FORMATTING = 30  # HTML5 opens formatting that was left open anew in each later block
MAX_ATTRIBUTES = 50

_TOKEN = re.compile(
    r"""<!--.*?(?:--!?>|\Z)"""
    r"""|<(?P<dropped>script|style|title|textarea|xmp|iframe|noembed|noframes|svg|math|select|template|object|audio|video)\b"""
    r""".*?(?:</(?P=dropped)[^>]*(?:>|\Z)|\Z)"""
    r"""|<(?P<close>/?)(?P<name>[a-z][^\s/>]*)"""
    r"""(?P<attributes>(?:[^>"'=]++|=\s*+(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z))?|["'])*+)(?:>|\Z)"""
    r"""|<[!?/][^>]*(?:>|\Z)"""
    r"""|<""",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*+=\s*+(?:"([^"]*)(?:"|\Z)|'([^']*)(?:'|\Z)|([^\s"'>]+)))?""")

_VOID = {"br", "col", "hr", "img", "wbr"}
_FORMATTING = {"a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"}
# An end tag does not reach beyond these (HTML5 13.2.4.2, "in scope"), unless it is of the table itself
_BARRIERS = {"caption", "table", "td", "th"}
_TABLE_TAGS = {"caption", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
# Left open most of the time: what each of these ends when it begins
_BLOCKS = (
    "address article aside blockquote center div dl dir footer h1 h2 h3 h4 h5 h6 header hr main menu ol p pre section"
    " table ul"
)
_ENDS = {
    **dict.fromkeys(_BLOCKS.split(), {"p"}),
    "li": {"li"},
    "dd": {"dd", "dt"},
    "dt": {"dd", "dt"},
    "td": {"td", "th", "p"},
    "th": {"td", "th", "p"},
    "tr": {"td", "th", "tr", "p"},
    "tbody": {"td", "th", "tr", "tbody", "thead", "p"},
}


def rewritten(html, allowed):
    """``html`` with the ``allowed`` tags and attributes ({tag: names}), None where only its text is worth showing."""
    if html.count("<") > MAX_TAGS or html.count("&") > MAX_AMPERSANDS:
        return None
    writer = _Writer(allowed)
    position = 0
    for match in _TOKEN.finditer(html):
        writer.written.append(html[position : match.start()])
        position = match.end()
        if match["name"] is None:
            if match.group() == "<":
                writer.written.append("&lt;")
        elif (name := match["name"].lower()) in allowed:
            if match["close"]:
                writer.close(name)
            else:
                writer.open(name, match["attributes"])
    writer.written.append(html[position:])
    writer.close_down_to(0)
    return "".join(writer.written)


class _Writer:
    def __init__(self, allowed):
        self.allowed = allowed
        self.written = []
        self.stack = []
        self.formatting = 0

    def open(self, name, attributes):
        ended = _ENDS.get(name, ())
        while self.stack and self.stack[-1] in ended:
            self.close_down_to(len(self.stack) - 1)
        if name not in _VOID:
            if len(self.stack) >= MAX_DEPTH or (name in _FORMATTING and self.formatting >= MAX_FORMATTING):
                return
            self.stack.append(name)
            self.formatting += name in _FORMATTING
        self.written.append(f"<{name}{self._attributes(name, attributes)}>")

    def _attributes(self, name, text):
        kept = []
        for match in islice(_ATTRIBUTE.finditer(text), MAX_ATTRIBUTES):
            attribute = match[1].lower()
            if attribute in self.allowed[name]:
                value = match[2] or match[3] or match[4] or ""
                kept.append(f' {attribute}="{value.replace(chr(34), "&quot;")}"')
        return "".join(kept)

    def close(self, name):
        for level in range(len(self.stack) - 1, -1, -1):
            if self.stack[level] == name:
                self.close_down_to(level)
                return
            if self.stack[level] in _BARRIERS and name not in _TABLE_TAGS:
                return

    def close_down_to(self, level):
        while len(self.stack) > level:
            name = self.stack.pop()
            self.formatting -= name in _FORMATTING
            self.written.append(f"</{name}>")

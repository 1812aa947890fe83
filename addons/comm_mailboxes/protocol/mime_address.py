"""Address lists (RFC 5322 3.4) as people and programs write them, to one readable form."""

import re

from . import mime_headers

_TOKEN = re.compile(
    r"=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?="  # an encoded word, whatever it holds
    r'|"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)'
    r"|<[^<>]*>?"
    r'|[^",:;<(=]+'
    r"|.",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_BARE = re.compile(r'(?:"[^"]*"|[^\s"<>@,:;\'()]+)@[^\s"<>@,;\'()]+')
_ANGLE = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
_QUOTED = re.compile(r'"((?:[^"\\]+|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIALS = re.compile(r'[][\\()<>@,:;"]')
_AROUND_AT = re.compile(r"\s*@\s*")
_SEPARATED = re.compile(r'"(?:[^"\\]|\\.)*+"?|\((?:[^()\\]|\\.)*+\)|<[^<>]*+>?|\[[^\]]*+\]?|[^"(<\[;:]++|.', re.DOTALL)


def with_commas(text):
    """Return addresses with commas between them where they were parted by semicolons, as Outlook's users write them.

    The semicolon that ends a group (RFC 5322, 3.4) stays, and so do those in names and comments.

    >>> with_commas('"Doe; John" <j@x.org>; anna@x.org;ben@x.org')
    '"Doe; John" <j@x.org>, anna@x.org,ben@x.org'
    >>> with_commas("friends: a@x.org, b@x.org; c@x.org")
    'friends: a@x.org, b@x.org; c@x.org'
    """
    parts, in_group = [], False
    for part in _SEPARATED.findall(text):
        if part == ";":
            parts.append(part if in_group else ",")
            in_group = False
        else:
            in_group = in_group or part == ":"
            parts.append(part)
    return "".join(parts)


def readable(values, charset=""):
    """All addresses of the header ``values`` as ``Name <address>, …``: words decoded, groups opened,
    comments turned into names. An empty group stays as ``name:;``; what holds no address stays as text."""
    found = []
    for value in values:
        found += _Addresses(value, charset).found
    return ", ".join(found)


class _Addresses:
    """One pass over a header value. ``found`` are the addresses, written out."""

    def __init__(self, value, charset):
        self.charset = charset
        self.found = []
        self.group = None  # name of the open group
        self.group_start = 0
        self.pending = ""  # text without an address: perhaps the surname before a comma
        self._start()
        self._read(value)
        self._finish_address(last=True)
        self._finish_group()

    def _start(self):
        self.words, self.comments, self.address = [], [], None
        self.words_before = 0  # how many words came before the address
        self.has_at = False  # one of the words looks like an address

    def _read(self, value):
        position = 0
        comments_close = True
        while position < len(value):
            match = _TOKEN.match(value, position)
            token, position = match.group(), match.end()
            if token == "(" and comments_close:
                after = self._comment_end(value, position)
                if after:
                    self.comments.append(value[position : after - 1])
                    position = after
                else:
                    comments_close = False
                    self.words.append(token)
            elif token == ",":
                self._finish_address()
            elif token == ";":
                self._finish_address(last=self.group is not None)
                self._finish_group()
            elif token == ":" and self._names_a_group():
                self._flush_pending()
                self.group, self.group_start = self._text("".join(self.words)), len(self.found)
                self._start()
            elif token[0] == "<" and len(token) > 1:
                if self.address is not None:
                    # The comma between two addresses is missing
                    words = self.words[self.words_before :]
                    del self.words[self.words_before :]
                    self._finish_address()
                    self.words = words
                self.words_before = len(self.words)
                self.address = token.strip("<> \t")
            elif token[0] == '"' and not (len(token) > 1 and token.endswith('"')):
                # The closing quote is missing: it was none
                value, position = value[: match.start()] + token.replace('"', ""), match.start()
            else:
                self.words.append(token)
                self.has_at = self.has_at or "@" in token

    def _names_a_group(self):
        """Whether the words up to a colon do. Asked at each of them, so it must not read all words again."""
        if self.address is not None or self.group is not None or self.has_at:
            return False
        return not (self.words and self.words[-1].endswith("mailto"))

    @staticmethod
    def _comment_end(value, position):
        depth = 1
        for match in _COMMENT.finditer(value, position):
            depth += {"(": 1, ")": -1}.get(match.group(), 0)
            if not depth:
                return match.end()
        return 0

    def _finish_address(self, last=False):
        text = "".join(self.words)
        comments, address = " ".join(self.comments), self.address
        self._start()
        if address is None:
            if "@" in text:
                self._flush_pending()
                self._bare(text, comments)
            elif text.strip() or comments:
                # Outlook writes  Doe, John <jd@example.com>  without quotes
                text = text + (f" ({comments})" if comments else "")
                self.pending = f"{self.pending},{text}" if self.pending else text
            if last:
                self._flush_pending()
            return
        if self.pending:
            text, self.pending = f"{self.pending},{text}", ""
        text = text.strip(" \t<>")
        name = self._text(text) or self._text(comments)
        if text and comments:
            name = f"{name} ({self._text(comments)})"
        self._add(name, address)

    def _bare(self, text, comments):
        """Addresses without angle brackets; a single one may have words around it."""
        text = _AROUND_AT.sub("@", text)
        addresses = [address if "[" in address else address.rstrip("]") for address in _BARE.findall(text)]
        if len(addresses) == 1:
            words = text.replace(addresses[0], " ", 1).replace("mailto:", "")
            self._add(self._text(words.strip(" \t<>'[]")) or self._text(comments), addresses[0])
        elif addresses:
            for address in addresses:
                self._add("", address)
        else:
            self._add(self._text(text), "")

    def _flush_pending(self):
        if self.pending:
            text, self.pending = self._text(self.pending), ""
            if hidden := _ANGLE.search(text):
                # Somebody encoded name and address as one word
                self._add(text[: hidden.start()].strip(' "'), hidden[1])
            else:
                self._add(text, "")

    def _finish_group(self):
        self._flush_pending()
        if self.group is not None and len(self.found) == self.group_start:
            self.found.append(f"{self.group or 'undisclosed-recipients'}:;")
        self.group = None

    def _text(self, words):
        """Decoded words without the quotes and backslashes around them."""
        words = words.strip()
        if '"' in words:
            words = _QUOTED.sub(lambda match: _ESCAPED.sub(r"\1", match[1]), words)
        return " ".join(mime_headers.decode(words, self.charset).split())

    def _add(self, name, address):
        if '"' not in address:
            address = "".join(address.split())
        if address.startswith("mailto:"):
            address = address.removeprefix("mailto:").partition("?")[0]
        if address.startswith("@") and ":" in address:
            address = address.partition(":")[2]  # the route of RFC 822
        address = mime_headers.decode(address, self.charset)
        if name == address:
            name = ""
        if name and _SPECIALS.search(name) and address:
            name = '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))
        if address:
            self.found.append(f"{name} <{address}>" if name else address)
        elif name:
            self.found.append(name)

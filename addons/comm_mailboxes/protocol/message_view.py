"""What a stored body becomes when it is shown: quoted text folded, links named, remote pictures in or out.

It works on what ``sanitize.clean_html`` wrote, in which every tag is closed where it belongs and every attribute stands in
double quotes. So tags are found as text and the rest stays as it is, byte for byte: a second parser would read some of it
differently, which is how "mutation XSS" is made.
"""

import html as html_entities
import re
from dataclasses import dataclass
from urllib.parse import quote

from .shown_address import host_of, legible, link_texts, shown_host, shown_mail

_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:[^<>"]++|"[^"]*")*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s([a-z][a-z-]*)="([^"]*)\"""", re.IGNORECASE)
_ANY_TAG = re.compile(r"""<[^<>"]*(?:"[^"]*"[^<>"]*)*>""")
_VOID = {"br", "col", "hr", "img", "wbr"}
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_TOLD_LENGTH = 300
# A page of more links than anybody reads must not keep a server busy.
_CHECKED_LINKS = 2000
_CHECKED_BLOCKS = 200
# How answers and forwarded mails of Outlook and its relatives name the mail below them, in the languages of their users.
_FROM = "From|Von|De|Da|Van|Från|Fra|Od|Lähettäjä|От"
_SENT = "Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|Data|Verzonden|Skickat|Sendt|Wysłano|Lähetetty|Отправлено"
_HEADER_LINES = re.compile(
    rf"\s*(?:-{{2,}}[^-]{{3,60}}-{{2,}}\s*)?(?:{_FROM})\s*:.{{1,400}}?\b(?:{_SENT})\s*:", re.DOTALL
)
# Asked at each block, so it has to answer at once.
_HEADER_START = re.compile(rf"(?:\s|<[^<>]{{0,300}}>){{0,30}}+(?:-{{2,}}|(?:{_FROM})\b)")
_TEXT_HEADER = re.compile(
    rf"^(?:-{{2,}} ?(?!-)[^\n]{{3,60}}-{{2,}}[ \t]*\n+)?(?:{_FROM}): [^\n]+\n(?:[^\n]+\n){{0,2}}?(?:{_SENT}): ",
    re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"\s*>")
_TEXT_LINK = re.compile(
    r"(?P<url>\b(?:https?://|www\.)[^\s<>\"“”„]+)|(?P<mail>[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}\b)",
    re.IGNORECASE,
)
_AFTER_URL = ".,;:!?'’”*_"


@dataclass(frozen=True)
class Link:
    """A link whose text shows another host than it leads to."""

    shown: str
    target: str


def misleading(text, href):
    """Return the host or address that ``text`` shows, if ``href`` leads to another one; else "".

    >>> misleading("www.bank.example", "https://evil.example/")
    'www.bank.example'
    >>> misleading("Read more", "https://evil.example/")
    ''
    >>> misleading("max@bank.example", "https://evil.example/")
    'max@bank.example'
    """
    text = " ".join(legible(text).split())
    if href.lower().startswith("mailto:"):
        target = html_entities.unescape(href[7:]).partition("?")[0].strip().lower()
        shown = shown_mail(text)
        return shown if shown.lower() != target else ""
    shown = shown_host(text)
    return "" if not shown or _same_site(shown.rpartition("@")[2], host_of(href)) else shown


def _same_site(one, other):
    one, other = (_ascii(host).removeprefix("www.") for host in (one, other))
    return bool(other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def _ascii(host):
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def beginning(html, size):
    """Return about the first ``size`` characters of the body, with every tag closed.

    >>> beginning("<p>One</p><p>Two and <b>three</b></p>", 20)
    '<p>One</p><p>Two</p>'
    """
    opened, position = [], 0
    for match in _TAG.finditer(html):
        if match.end() > size:
            break
        if match[1]:
            del opened[-1:]
        elif match[2].lower() not in _VOID:
            opened.append(match[2])
        position = match.end()
    # Whole words of what comes then, which may be all there is.
    text = html[position:size].partition("<")[0].rpartition(" ")[0]
    return html[:position] + text + "".join(f"</{name}>" for name in reversed(opened))


def remote_images(html):
    """Return how many pictures this body would load from the internet.

    >>> remote_images('<img src="https://x.example/a"><img src="cid:b">')
    1
    """
    return sum(_is_remote_image(match) for match in _TAG.finditer(html))


def without_remote_images(html):
    """Return the body without such pictures: their alternative text is shown instead."""
    return without_images(html, _REMOTE.match)


def without_images(html, is_left_out):
    """Return the body with their alternative text instead of the pictures whose ``src`` is left out, or that have none.

    Not as images without an address: browsers show those with the sign of a broken one.

    >>> without_images('<img alt="Logo" src="cid:a">', lambda source: source == "cid:a")
    '<span class="comm_picture">Logo</span>'
    """

    def replaced(match):
        attributes = _image_attributes(match)
        if attributes is None or ("src" in attributes and not is_left_out(attributes["src"])):
            return match[0]
        text = html_entities.unescape(attributes.get("alt", "")).strip()
        return f'<span class="comm_picture">{html_entities.escape(text)}</span>' if text else ""

    return _TAG.sub(replaced, html)


def _is_remote_image(match):
    return bool(_REMOTE.match((_image_attributes(match) or {}).get("src", "")))


def _image_attributes(match):
    if match[1] or match[2].lower() != "img":
        return None
    return {name.lower(): value for name, value in _ATTRIBUTE.findall(match[3])}


def with_named_links(html):
    """Return the body with the true target of each link as its tooltip, and the links that show another host.

    Links to a place in the same mail lead nowhere else.

    Behind those their host is written out, since who reads does not look at tooltips.

    :return: (html, list of :class:`Link`)
    """
    pieces, links = [], []
    end, opened, count = 0, None, 0
    for match in _TAG.finditer(html):
        if match[2].lower() != "a":
            continue
        pieces.append(html[end : match.start()])
        end = match.end()
        if match[1]:
            mark = ""
            if opened:
                mark = _mark(html[opened[0] : match.start()], opened[1], links)
            pieces.append(f"</a>{mark}")
            opened = None
        else:
            attributes = _ATTRIBUTE.findall(match[3])
            href = next((html_entities.unescape(value) for name, value in attributes if name.lower() == "href"), "")
            href = "" if href.startswith("#") else href
            count += 1
            opened = (match.end(), href) if href and count <= _CHECKED_LINKS else None
            pieces.append(_open_link(attributes, href))
    pieces.append(html[end:])
    return "".join(pieces), links


def with_mail_links(html, page):
    """Return the body with links to ``page`` in the place of those to an e-mail address, which follows behind a ``#``: so
    it goes to no server.

    >>> with_mail_links('<a title="mailto:a@x.example" href="mailto:a@x.example" target="_blank">A</a>', "/p#1/")
    '<a title="mailto:a@x.example" href="/p#1/mailto%3Aa%40x.example" target="_blank" rel="opener">A</a>'
    """

    def replaced(match):
        attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(match[3])}
        href = html_entities.unescape(attributes.get("href", "")).strip()
        if match[1] or match[2].lower() != "a" or not href.lower().startswith("mailto:"):
            return match[0]
        # The page may close itself again, as what opened it has no scripts to do that.
        attributes |= {"href": page + quote(href, safe=""), "target": "_blank", "rel": "opener"}
        told = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f"<a{told}>"

    return _TAG.sub(replaced, html)


def _open_link(attributes, href):
    kept = "".join(f' {name}="{value}"' for name, value in attributes if name.lower() != "title")
    if not href:
        return f"<a{kept}>"
    title = html_entities.escape(href if len(href) <= _TOLD_LENGTH else f"{href[:_TOLD_LENGTH]}…")
    return f'<a title="{title}"{kept}>'


def _mark(inner, href, links):
    shown = next(filter(None, (misleading(text, href) for text in link_texts(inner))), "")
    if not shown:
        return ""
    target = host_of(href) or href.removeprefix("mailto:")[:_TOLD_LENGTH]
    links.append(Link(shown, target))
    return f' <span class="comm_target">[{html_entities.escape(target)}]</span>'


def folded(html, label):
    """Return the body with the mail that it answers, which stands at its end, folded away behind ``label``.

    A mail that is nothing but a quote stays open, and so do quotes that are answered line by line.
    """
    place = _quote_place(html)
    if place is None:
        return html
    start, end = place
    return f"{html[:start]}{_fold(html[start:end], label)}{html[end:]}"


def _fold(inner, label):
    return f'<details class="comm_quote"><summary>{html_entities.escape(label)}</summary>{inner}</details>'


def _has_content(html):
    return "<img" in html.lower() or bool(html_entities.unescape(_ANY_TAG.sub("", html)).strip())


def _quote_place(html):
    """Return where the quote at the end begins and ends, or None. Both places are in the same element."""
    # A place in the tree: elements that are open, each with where its own text goes on after its last child.
    quotes = []  # (start, end) of the outermost <blockquote>s
    depth, quote_depth, quote_start = 0, None, 0
    is_header = header_finder(html)
    header = None  # (start, depth) of the lines From, Sent, ...
    for match in _TAG.finditer(html):
        closing, name = bool(match[1]), match[2].lower()
        if name in _VOID:
            if name == "hr" and header is None and quote_depth is None and is_header(match.end()):
                header = (match.start(), depth)
            continue
        if closing:
            if header and depth == header[1]:
                # The element ends in which those lines stand: all that follows them in it is the quoted mail.
                return _worth_folding(html, header[0], match.start())
            depth -= 1
            if quote_depth == depth and name == "blockquote":
                quotes.append((quote_start, match.end()))
                quote_depth = None
            continue
        if quote_depth is None and header is None:
            if name == "blockquote":
                quote_depth, quote_start = depth, match.start()
            elif name in ("div", "p") and is_header(match.end()):
                header = (match.start(), depth)
        depth += 1
    if header and depth <= header[1]:
        return _worth_folding(html, header[0], len(html))
    if quotes:
        return _worth_folding(html, *quotes[-1])
    return None


def _worth_folding(html, start, end):
    """The place, if something is written before it and nothing after it."""
    return (start, end) if _has_content(html[:start]) and not _has_content(html[end:]) else None


def header_finder(html):
    """Return a function that tells whether a mail is quoted from a place on, with the lines From, Sent, ..."""
    checks = iter(range(_CHECKED_BLOCKS))

    def is_header(place):
        return bool(_HEADER_START.match(html, place)) and next(checks, None) is not None and _has_header(html, place)

    return is_header


def _has_header(html, start):
    text = html_entities.unescape(_ANY_TAG.sub(" ", html[start : start + 3000]))
    return bool(_HEADER_LINES.match(text[:600]))


def text_as_html(text, label):
    """Return a plain text body as HTML: links to click, and the mail that it answers folded behind ``label``.

    :param label: empty: nothing is folded
    """
    lines = text.rstrip().splitlines()
    start = len(lines)
    while start and (_QUOTED_LINE.match(lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    cut = len("\n".join(lines[:start]))
    text = "\n".join(lines)
    if found := _TEXT_HEADER.search(text):
        cut = min(cut, found.start())
    above, below = text[:cut], text[cut:].lstrip("\n")
    if not label or not above.strip() or not below.strip():
        return f"<pre>{_linked(text)}</pre>"
    return f"<pre>{_linked(above.rstrip())}</pre>{_fold(f'<pre>{_linked(below)}</pre>', label)}"


def _linked(text):
    pieces, end = [], 0
    for match in _TEXT_LINK.finditer(text):
        found = match[0]
        while found and (found[-1] in _AFTER_URL or (found[-1] == ")" and found.count(")") > found.count("("))):
            found = found[:-1]
        if match["mail"]:
            href = f"mailto:{found}"
        elif found.lower().startswith("www."):
            href = f"https://{found}"
        else:
            href = found
        pieces.append(html_entities.escape(text[end : match.start()], quote=False))
        shown, href = html_entities.escape(found), html_entities.escape(href)
        pieces.append(f'<a title="{href}" href="{href}" target="_blank" rel="noopener noreferrer">{shown}</a>')
        end = match.start() + len(found)
    pieces.append(html_entities.escape(text[end:], quote=False))
    return "".join(pieces)

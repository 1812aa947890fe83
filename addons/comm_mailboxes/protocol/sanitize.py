"""HTML from strangers: made harmless for display, or turned into text.

The work is done by nh3 (ammonia). Around it: HTML that could keep its exact HTML5 parser busy for long is written
anew first (sanitize_large), simple HTML is spared the parser (sanitize_quick), links to places in the mail itself get numbers
(sanitize_places), and styles and addresses are checked after it.
"""

import html as html_entities
import re
from functools import lru_cache

import nh3

from . import mime_text, sanitize_large, sanitize_places, sanitize_quick

_TAGS = set(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del"
    " details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main"
    " mark menu nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td"
    " tfoot th thead time tr tt u ul var wbr".split()
)
_DROPPED_WITH_CONTENT = set(
    "applet audio canvas datalist embed frameset iframe math noembed noframes object plaintext script select style"
    " svg template textarea title video xmp".split()
)
_CELL = {"abbr", "align", "bgcolor", "colspan", "headers", "height", "nowrap", "rowspan", "scope", "valign", "width"}
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "style", "title"},
    "a": {"href"},
    "blockquote": {"type"},
    "br": {"clear"},
    "col": {"span", "valign", "width"},
    "colgroup": {"span", "valign", "width"},
    "del": {"datetime"},
    "details": {"open"},
    "font": {"color", "face", "size"},
    "hr": {"color", "noshade", "size", "width"},
    "img": {"alt", "border", "height", "hspace", "src", "vspace", "width"},
    "ins": {"datetime"},
    "li": {"type", "value"},
    "ol": {"reversed", "start", "type"},
    "pre": {"width"},
    "table": {"bgcolor", "border", "bordercolor", "cellpadding", "cellspacing", "height", "rules", "summary", "width"},
    "tbody": {"valign"},
    "td": _CELL,
    "tfoot": {"valign"},
    "th": _CELL,
    "thead": {"valign"},
    "time": {"datetime"},
    "tr": {"bgcolor", "height", "valign"},
    "ul": {"type"},
}
# Only where they belong to links within the mail
_PLACE_ATTRIBUTES = _ATTRIBUTES | {"*": _ATTRIBUTES["*"] | {"id"}, "a": {"href", "name"}}
_ALLOWED = {tag: _PLACE_ATTRIBUTES["*"] | _PLACE_ATTRIBUTES.get(tag, set()) for tag in _TAGS}
# Nothing that loads a resource, leaves its place on the page or moves.
_STYLE_PROPERTIES = set(
    "background background-color border-collapse border-radius border-spacing box-sizing caption-side clear color"
    " direction display empty-cells float font font-family font-size font-style font-variant font-weight height"
    " letter-spacing line-height list-style list-style-position list-style-type max-height max-width min-height"
    " min-width opacity overflow overflow-wrap table-layout text-align text-decoration text-indent text-transform"
    " unicode-bidi vertical-align visibility white-space width word-break word-spacing word-wrap"
    " align-items flex flex-direction flex-wrap gap justify-content".split()
)
_STYLE_FAMILIES = re.compile(r"(?:border|margin|padding|text-decoration)(?:-[a-z]+){1,2}|border|margin|padding")
# One declaration; or, with nothing captured, a quote that never closes
_DECLARATION = re.compile(r"""((?:[^;"']++|"[^"]*"|'[^']*')++)|.""", re.DOTALL)
_STYLE_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# No backslash, which can spell any name in CSS, and no function but these: url() and its kin are many
_STYLE_VALUE = re.compile(
    r"""(?:[\w\s#%.,!+*/-]++(?!\()|"[\w\s.,&+#()-]*"|'[\w\s.,&+#()-]*'|(?:rgba?|hsla?|calc|min|max)\([\w\s%.,+*/-]*\))++""",
    re.IGNORECASE,
)

_IMAGE_SOURCE = re.compile(
    r"\s*(?:https?://|cid:|data:image/(?:png|gif|jpe?g|pjpeg|webp|bmp|avif|x-icon|vnd\.microsoft\.icon)[;,])",
    re.IGNORECASE,
)
_LINK_TARGET = re.compile(rf"\s*(?:https?:|mailto:|tel:)|{sanitize_places.LINK_TARGET}\Z", re.IGNORECASE)
_CHECKED = {"href": _LINK_TARGET, "src": _IMAGE_SOURCE, "id": re.compile(rf"{sanitize_places.PLACE}\Z")}

_BODY_TAG = re.compile(r"<body\b([^<>]{0,2000})>", re.IGNORECASE)
_BODY_ATTRIBUTE = re.compile(
    r"""\b(bgcolor|text|style|dir|lang)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_FORMATTING = re.compile(r"<(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)[\s/]", re.IGNORECASE)

_TAG = re.compile(r"""(<[a-z][a-z0-9]*(?: [^\s=">/]+="[^"]*")++>)""")
_ATTRIBUTE = re.compile(r""" ([^\s=">/]+)="([^"]*)\"""")

_GREATER_IN_ATTRIBUTE = re.compile(r"""="[^"<>]*>|='[^'<>]*>""")
_PRE = re.compile(r"<pre\b.*?(?:</pre|\Z)", re.IGNORECASE | re.DOTALL)
_WITHOUT_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(style|script|title|textarea|select|noframes|xmp|svg|math)\b.*?(?:</\1\s{0,9}>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_ANY_TAG = re.compile(r"<(/?[a-z][a-z0-9]*|[!?/])[^>]*(?:>|\Z)", re.IGNORECASE)
# Where a new line begins unless one has begun just before
_NEW_LINE = "\x1e"
_NEW_LINES = re.compile(r"\x1e[\x1e \t]*")
_LINES = (
    "article aside center dd div dl dt fieldset footer form header hr main nav ol section table tbody tfoot thead tr ul"
)
_PARAGRAPHS = "blockquote h1 h2 h3 h4 h5 h6 p pre"
_SEPARATORS = {
    "br": "\n",
    "li": f"{_NEW_LINE}- ",
    "td": " ",
    "th": " ",
    **{slash + name: _NEW_LINE for name in _LINES.split() for slash in ("", "/")},
    **{slash + name: "\n\n" for name in _PARAGRAPHS.split() for slash in ("", "/")},
}

_MAX_QUIET_TAGS = 10_000
_MAX_QUIET_SIZE = 200_000
_MAX_QUIET_PRODUCT = 300_000
_MAX_STYLE = 4000


_OPTIONS = {
    "tags": _TAGS,
    "clean_content_tags": _DROPPED_WITH_CONTENT,
    "url_schemes": {"http", "https", "mailto", "tel", "cid", "data"},
    "link_rel": "noopener noreferrer",
    "set_tag_attribute_values": {"a": {"target": "_blank"}},
}
_cleaner = nh3.Cleaner(attributes=_ATTRIBUTES, url_relative="deny", **_OPTIONS)
_place_cleaner = nh3.Cleaner(attributes=_PLACE_ATTRIBUTES, url_relative="pass_through", **_OPTIONS)
_skeleton = nh3.Cleaner(tags=_TAGS, clean_content_tags=_DROPPED_WITH_CONTENT, attributes={}, link_rel=None)


def clean_html(html):
    """``html`` without anything that runs, loads, submits or leaves its place; the look of a mail stays.

    Images keep http(s), cid: and data: addresses: whether they load is decided where the mail is shown.
    """
    html = _body_as_div(html)
    has_places = sanitize_places.has_links(html)
    if len(html) <= _MAX_QUIET_SIZE and not has_places and (cleaned := _quick(html)) is not None:
        return cleaned
    tags = html.count("<")
    if len(html) > _MAX_QUIET_SIZE or tags > _MAX_QUIET_TAGS or tags > 1000 and _may_multiply(html, tags):
        tamed = sanitize_large.rewritten(html, _ALLOWED)
        if tamed is None:
            return mime_text.as_html(html_to_text(html))
        html = tamed
    return clean_exactly(html, has_places)


def clean_exactly(html, has_places=False):
    """What :func:`clean_html` does by itself to a fragment that is not large, whatever it is like."""
    html = sanitize_places.numbered(_place_cleaner.clean(html)) if has_places else _cleaner.clean(html)
    # nh3 writes attributes in one form only: name, equals sign, double quotes. So they can be found again,
    # and checked without a call into Python for each of them.
    pieces = _TAG.split(html)
    pieces[1::2] = [_remembered(tag) if len(tag) < 1000 else _clean_tag(tag) for tag in pieces[1::2]]
    return "".join(pieces)


def _clean_tag(tag):
    """A tag as nh3 writes it, its style and addresses checked."""
    name, _space, _rest = tag.partition(" ")
    kept = [name]
    for attribute, value in _ATTRIBUTE.findall(tag):
        if attribute == "style":
            style = clean_style(html_entities.unescape(value))
            if not style:
                continue
            value = html_entities.escape(style)
        elif attribute in _CHECKED and not _CHECKED[attribute].match(value):
            continue
        kept.append(f'{attribute}="{value}"')
    return " ".join(kept) + ">"


# Mail repeats its tags a lot.
_remembered = lru_cache(maxsize=4096)(_clean_tag)
_quick = sanitize_quick.QuickCleaner(_cleaner.clean, _clean_tag)


def clean_style(style):
    """The allowed declarations of a style attribute."""
    style = style[:_MAX_STYLE]
    if "/*" in style:
        style = _STYLE_COMMENT.sub(" ", style)
    kept = []
    for declaration in _DECLARATION.findall(style):
        name, _colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if (name in _STYLE_PROPERTIES or _STYLE_FAMILIES.fullmatch(name)) and _STYLE_VALUE.fullmatch(value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


def _body_as_div(html):
    """The colours of <body> belong to the mail, but a fragment has no <body>: a <div> carries them."""
    match = _BODY_TAG.search(html)
    if not match:
        return html
    found = {name.lower(): a or b or c for name, a, b, c in reversed(_BODY_ATTRIBUTE.findall(match[1]))}
    style = [html_entities.unescape(found.get("style", ""))]
    for name, property_ in (("bgcolor", "background-color"), ("text", "color")):
        if re.fullmatch(r"#?\w{1,30}", found.get(name, "")):
            style.insert(0, f"{property_}: {found[name]}")
    attributes = {"style": "; ".join(filter(None, style)), "dir": found.get("dir"), "lang": found.get("lang")}
    div = "".join(f' {name}="{html_entities.escape(value)}"' for name, value in attributes.items() if value)
    return f"{html[: match.start()]}<div{div}>{html[match.end() :]}" if div else html


def _may_multiply(html, tags):
    """HTML5 opens formatting elements that were never closed again in each later block."""
    return len(_FORMATTING.findall(html)) * tags > _MAX_QUIET_PRODUCT


def html_to_text(html):
    """The words of ``html``, with line breaks where it has blocks."""
    if len(html) <= _MAX_QUIET_SIZE and _GREATER_IN_ATTRIBUTE.search(html) and html.count("<") <= 1000:
        html = _skeleton.clean(html)  # knows where such a tag ends
    if _PRE.search(html):
        html = _PRE.sub(lambda match: match.group().replace("\n", "<br>"), html)
    html = _WITHOUT_TEXT.sub(" ", html.replace("\r", " ").replace("\n", " "))
    pieces = _ANY_TAG.split(html)
    pieces[1::2] = [_SEPARATORS.get(name.lower(), "") for name in pieces[1::2]]
    text = html_entities.unescape(_NEW_LINES.sub("\n", "".join(pieces)))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip()

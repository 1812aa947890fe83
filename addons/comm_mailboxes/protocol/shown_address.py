"""What a reader takes for an address: of a host in the text of a link, of somebody in the name of a sender. Plain Python.

Everything here reads what strangers wrote, of any length: each pattern is bounded, so the time grows with the text only.
"""

import html as html_entities
import re
import unicodedata
from urllib.parse import urlsplit

# One with its protocol, one that begins with www, or nothing but a name of a host.
_URL = re.compile(r"(?:https?:// ?|\bwww\.)[^\s<>\"'”’“„«»]+", re.IGNORECASE)
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}(?:[/?#:]\S*)?")
_MAIL = re.compile(r"[^\s@<>\"',;()]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
_AFTER_URL = ".,;:!?)]}…*"
# "offer.pdf" names a file, not a host.
_FILE_ENDINGS = set(
    "avi bmp csv doc docx eml exe gif htm html ics ini jpeg jpg js json log md mov mp pdf php png ppt pptx ps py rar rtf svg"
    " tar tif tiff txt xls xlsx xml zip odt ods odp".split()
)
# Within a sentence only these make a host of two words with a dot between: "Ende.Neuer Satz" is none. Those that are the
# name of a technique as well ("Socket.io") are left out.
_COMMON_ENDINGS = set(
    "app at au bank be biz br ca cc ch click cloud club cn co com cz de dev dk es eu fi fr hu ie in info it jp li live lu me"
    " net nl no nz online org pl pt ro ru se shop site sk store support tech top tr tv ua uk us xyz".split()
)
# These follow a full stop without a blank in no language, so they may begin with a capital.
_NO_WORDS = {"com", "net", "org", "de"}
_TECHNIQUES = {"ado.net", "asp.net", "vb.net"}
_HOST_LENGTH = 253
_WORDS = re.compile(r"[\w.-]+")

_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:[^<>"]++|"[^"]*")*+)>""", re.IGNORECASE)
_STYLE = re.compile(r"""\sstyle="([^"]*)\"""", re.IGNORECASE)
_HIDDEN = re.compile(r"display:none|visibility:hidden|font-size:0(?:\.0*)?(?:[a-z]+|%)?(?:[;!]|$)")
_VOID = {"br", "col", "hr", "img", "wbr"}

_CLAIMED = re.compile(r"[^\s@<>\"',;:()]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
# "boss @ firm.test", "boss (at) firm.test"
_DISGUISED = re.compile(
    r"([^\s@<>\"',;:()\[\]{}]{1,64})\s{0,3}(?:@|[(\[{]\s?at\s?[)\]}])\s{0,3}((?:[\w-]{1,63}\.)+[^\W\d_]{2,24})",
    re.IGNORECASE,
)
# "support@paypal"; with blanks it is how people name their company.
_WITHOUT_ENDING = re.compile(r"[^\s@<>\"',;:()]{2,64}@([\w-]{3,63})(?![\w.@-])")


def legible(text):
    """Return the text as people read it: signs that look like @ or a dot are those, and what cannot be seen is not there.

    >>> legible("chef\N{FULLWIDTH COMMERCIAL AT}firm\N{ZERO WIDTH SPACE}a\N{IDEOGRAPHIC FULL STOP}test")
    'chef@firma.test'
    """
    text = unicodedata.normalize("NFKC", text).replace("\N{IDEOGRAPHIC FULL STOP}", ".")
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def host_of(url):
    """Return the host that a browser would go to, in lower case; "" where there is none.

    >>> host_of("https://bank.example@evil.example/x")
    'evil.example'
    >>> host_of("https:\\\\\\\\evil.example\\\\@bank.example")
    'evil.example'
    """
    # Browsers drop these characters and read a backslash as a slash (WHATWG URL, 4.4).
    url = re.sub(r"[\t\r\n]", "", url).strip().replace("\\", "/")
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def shown_mail(text):
    found = _MAIL.search(text)
    return found[0] if found else ""


def shown_host(text):
    """Return the first host that a text shows, or the address with it.

    >>> shown_host("Login at »bank.com«."), shown_host("Ende.Neuer Satz, z.B. in Angebot.pdf")
    ('bank.com', '')
    """
    if found := _URL.search(text):
        url = found[0].rstrip(_AFTER_URL).replace(" ", "")
        if host := host_of(url if "//" in url else f"//{url}"):
            return host
    if found := shown_mail(text):
        return found
    bare = _HOST.fullmatch(_stripped(text))
    if bare:
        host = host_of(f"//{bare[0]}")
        ending = re.split(r"[/?#:]", bare[0], maxsplit=1)[0].rpartition(".")[2]
        # A capital after the dot begins a sentence.
        is_sentence = ending.istitle() and ending.lower() not in _COMMON_ENDINGS
        return "" if ending.lower() in _FILE_ENDINGS or is_sentence else host
    return next(filter(None, (_host_in_sentence(match[0]) for match in _WORDS.finditer(text))), "")


def _stripped(text):
    """The text without the punctuation around it."""
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not (text[end - 1].isalnum() or text[end - 1] == "/"):
        end -= 1
    return text[start:end]


def _host_in_sentence(word):
    word = word.strip("._-")
    if "." not in word or len(word) > _HOST_LENGTH or not _HOST.fullmatch(word):
        return ""
    rest, _dot, ending = word.rpartition(".")
    name, host = rest.rpartition(".")[2], word.lower()
    if ending.lower() not in _COMMON_ENDINGS or host in _TECHNIQUES or not re.search(r"[^\W\d_]", name):
        return ""
    if ending.istitle() and ending.lower() not in _NO_WORDS:
        return ""
    # "x.com" is a host, "z.at" a missing blank.
    return host if len(name) > 1 or ending.lower() == "com" else ""


def link_texts(inner):
    """Return what the inside of a link may show: its text, and the part of it that is not hidden.

    The whole text as well, since a later style may show what an earlier one hides. A picture that is not shown has been
    replaced by its text.

    >>> link_texts('a<span style="display:none">b</span>')
    ['ab', 'a']
    """
    whole, seen = [], []
    end, depth, hidden_at = 0, 0, None

    def add(text):
        whole.append(text)
        if hidden_at is None:
            seen.append(text)

    for match in _TAG.finditer(inner):
        add(inner[end : match.start()])
        end = match.end()
        name = match[2].lower()
        if name == "br":
            add(" ")
        elif name in _VOID:
            continue
        elif match[1]:
            depth -= 1
            if hidden_at is not None and depth <= hidden_at:
                hidden_at = None
        else:
            style = _STYLE.search(match[3])
            if (
                hidden_at is None
                and style
                and _HIDDEN.search("".join(html_entities.unescape(style[1]).lower().split()))
            ):
                hidden_at = depth
            depth += 1
    add(inner[end:])
    texts = [html_entities.unescape(text) for text in ("".join(whole), "".join(seen))]
    return list(dict.fromkeys(text for text in texts if text.strip()))


def claimed_address(name, address):
    """Return an address that the name of a sender shows and that is not ``address``; "" when there is none.

    >>> claimed_address("boss (at) bank.example", "x@evil.example")
    'boss@bank.example'
    >>> claimed_address("Anna @ Firm", "anna@firm.example"), claimed_address("Anna (at work)", "anna@firm.example")
    ('', '')
    """
    name, address = legible(name), address.lower()
    if found := _CLAIMED.search(name):
        return found[0] if found[0].lower() != address else ""
    domain = address.rpartition("@")[2]
    if found := _DISGUISED.search(name):
        claimed = found[2].lower()
        is_own = domain == claimed or domain.endswith(f".{claimed}")
        return "" if is_own else f"{found[1]}@{found[2]}"
    found = _WITHOUT_ENDING.search(name)
    return found[0] if found and found[1].lower() not in domain else ""

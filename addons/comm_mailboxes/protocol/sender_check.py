"""Whether the sender's address was verified: what our own mail server says of it (Authentication-Results, RFC 8601).

Anybody can write such a header, so only those count that

* stand above the fields which the sender wrote (a server puts its own on top, RFC 8601 4.1),
* name our server (``authserv-id``, RFC 8601 2.2), and
* belong to the topmost hop that has one: what a line Received parts from it is older.

Within that hop the topmost word about a method holds, and what stands below never heals what failed above: a server that
forgets to remove forged headers is not led astray by them.
"""

import re

from . import mime_headers

_FIELD = re.compile(
    rb"^(authentication-results|received|from|to|cc|subject|date|message-id|mime-version|dkim-signature)[ \t]*:"
    rb"[ \t]*(.*(?:\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_RESULT = re.compile(r"\s*([a-z][\w-]{0,30})\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,30})", re.IGNORECASE)
# Longest first; an unclosed quote or bracket reaches to the end.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[();]|\\.|[^"();\\]+|\\')

MAX_HEADERS = 20
MAX_LENGTH = 4_000

# Servers that write another name than that of the host where their users log in. Microsoft 365 writes none at all.
_PROVIDERS = {
    "gmail.com": ("google.com",),
    "googlemail.com": ("google.com",),
    "mail.me.com": ("icloud.com",),
    "mail.yahoo.com": ("yahoo.com",),
    "office365.com": ("", "protection.outlook.com"),
    "outlook.com": ("",),
}
# Below these anybody can have a name, so a neighbour there is a stranger.
_PUBLIC = {"ac", "co", "com", "edu", "gov", "gv", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "plc", "sch"}


def kept(block):
    """Return what is worth keeping of a header block, a header a line; an empty line stands for a line Received.

    >>> kept(b"Received: by a\\nAuthentication-Results: a.example;\\n dmarc=fail\\nFrom: x\\nAuthentication-Results: forged")
    'a.example; dmarc=fail'
    """
    lines = []
    for name, value in _FIELD.findall(block):
        match name.lower():
            case b"authentication-results":
                lines.append(mime_headers.decode(mime_headers.unfold(value))[:MAX_LENGTH])
            case b"received":
                lines.append("")
            case _:
                break
        if len(lines) == MAX_HEADERS:
            break
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip("\n")


def failed(text, trusted):
    """Return the method that failed ("dmarc", "dkim" or "spf"), or "" when none did or nobody trusted says so.

    :param text: what :func:`kept` returned
    :param trusted: names of servers; each stands for those below it, too, and "" for a header without a name
    """
    known, is_found = {}, False
    for line in (text or "").split("\n"):
        if not line:
            if is_found:
                break
            continue
        server, results = _parse(line)
        if not _is_trusted(server, trusted):
            continue
        is_found = True
        for method, words in results.items():
            known.setdefault(method, words)
        if "dmarc" in known or _verdict(known):
            break
    return _verdict(known)


def trusted_by_host(host):
    """Return the names that the server of a mailbox may write, for :func:`failed`.

    >>> trusted_by_host("imap.example.org")
    ('imap.example.org', 'example.org')
    >>> trusted_by_host("example.co.uk")
    ('example.co.uk',)
    """
    host = (host or "").strip().rstrip(".").casefold()
    if not host:
        return ()
    for domain, names in _PROVIDERS.items():
        if _is_below(host, domain):
            return names
    parent = host.partition(".")[2]
    first, _dot, last = parent.partition(".")
    if not last or parent.replace(".", "").isdecimal() or (len(last) == 2 and first in _PUBLIC):
        return (host,)
    return host, parent


def _is_trusted(server, trusted):
    return any(_is_below(server, name) if name else not server for name in trusted)


def _is_below(name, domain):
    return name == domain or name.endswith(f".{domain}")


def _verdict(known):
    """DMARC has the last word, for it alone is about the address that is shown. Without it nothing must have passed."""
    # compauth: Microsoft's own word, e.g. of a mailing list that it knows.
    if "dmarc" in known:
        is_forgiven = "pass" in known.get("compauth", ())
        return "dmarc" if "fail" in known["dmarc"] and not is_forgiven else ""
    if any("pass" in known.get(method, ()) for method in ("dkim", "spf")):
        return ""
    return next((method for method in ("dkim", "spf") if {"fail", "hardfail"} & known.get(method, set())), "")


def _parse(line):
    """Return the name of the server and ``{method: set of results}``, all in lower case."""
    parts, depth = [""], 0
    for token in _TOKEN.findall(line):
        if token == "(":
            depth += 1
        elif token == ")":
            depth = max(0, depth - 1)
        elif not depth and token == ";":
            parts.append("")
        elif not depth:
            parts[-1] += token
    server = ""
    if not _RESULT.match(parts[0]):
        name = parts.pop(0).split()
        server = name[0].strip('"').casefold() if name else ""
    results = {}
    for part in parts:
        if match := _RESULT.match(part):
            results.setdefault(match[1].lower(), set()).add(match[2].lower())
    return server, results

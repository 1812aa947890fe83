"""Links to places within the same mail, as the tables of contents of newsletters have them.

A stranger's ``id`` could be one that the page around means, or another mail's that is quoted in the same one. So places
are numbered, and each link leads to the place of that name which belongs to the same mail as the link does. Only places
that a link leads to are kept.
"""

import html as html_entities
import re
from urllib.parse import unquote

from . import message_view

_WRITTEN_LINK = re.compile(r"""href\s*+=\s*+["']?\s*+#""")
_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?: [^\s=">/]+="[^"]*")*+)>""")
_ATTRIBUTE = re.compile(r""" ([^\s=">/]+)="([^"]*)\"""")
# As they are written here; for "top" browsers scroll to the beginning.
PLACE = r"comm-[0-9]{1,9}"
LINK_TARGET = rf"#(?:{PLACE}|top)"
_PLACES = re.compile(rf''' (?:href="{LINK_TARGET}"|id="{PLACE}"|target="_blank"|rel="noopener noreferrer")''')
# What people read; a page of more must not keep a server busy.
_DEEPEST = 50
_MOST_LINKS = 2000
# The beginning of the mail
_TOP = -1


def has_links(html):
    """Tell whether the HTML of a mail may link to places in itself."""
    # IGNORECASE would look at each letter, which took a third of all the time that making a mail harmless takes.
    return bool(_WRITTEN_LINK.search(html.lower()))


def without_places(html):
    """Return sanitised HTML as it is without them; mail that was stored before they were kept has none."""
    return _PLACES.sub("", html)


def numbered(html):
    """Return HTML as the sanitiser's parser writes it, where links to places in it, and those places, bear numbers.

    >>> numbered('<a href="#one">1</a><a href="#two">2</a><h1 id="one">One</h1><h1 id="three">Three</h1>')
    '<a href="#comm-1">1</a><a>2</a><h1 id="comm-1">One</h1><h1>Three</h1>'
    """
    links = _links(html)
    numbers = {place: number for number, place in enumerate(sorted(set(links.values()) - {None, _TOP}), start=1)}

    def rewritten(match):
        if not match[3]:
            return match[0]
        start, dropped, kept = match.start(), {"id", "name"}, ""
        if start in links:
            dropped.add("href")
            if links[start] is not None:
                # It opens no window.
                dropped |= {"target", "rel"}
                kept += f' href="#{_name(links[start], numbers)}"'
        if start in numbers:
            kept += f' id="{_name(start, numbers)}"'
        kept += "".join(f' {name}="{value}"' for name, value in _ATTRIBUTE.findall(match[3]) if name not in dropped)
        return f"<{match[2]}{kept}>"

    return _TAG.sub(rewritten, html)


def _name(place, numbers):
    return "top" if place == _TOP else f"comm-{numbers[place]}"


def _links(html):
    """Return where each link to a place begins, and where that place does; None for one that is not there."""
    anywhere = _Mail()
    mail, around = _Mail(anywhere), []
    found = {}
    is_mail_header = message_view.header_finder(html)
    for match in _TAG.finditer(html):
        start, tag = match.start(), match[2]
        if tag == "blockquote":
            if match[1]:
                mail = around.pop()
            else:
                around.append(mail)
                mail = _Mail(mail) if len(around) <= _DEEPEST else mail
        elif tag in ("div", "hr", "p") and not match[1] and is_mail_header(match.end()):
            mail = _Mail(mail)
        for name, value in _ATTRIBUTE.findall(match[3]):
            value = html_entities.unescape(value).strip()
            if name in ("id", "name"):
                mail.places.setdefault(value, start)
                anywhere.places.setdefault(value, start)
            elif name == "href" and value.startswith("#"):
                found[start] = (mail, value[1:])
    return {
        start: mail.place_of(name) if number < _MOST_LINKS else None
        for number, (start, (mail, name)) in enumerate(found.items())
    }


class _Mail:
    """The places of a mail, which may be quoted in another: its links lead there if it has no such place itself."""

    def __init__(self, quoted_in=None):
        self.quoted_in = quoted_in
        self.places = {}

    def place_of(self, name):
        # As it is written, or what its %-signs stand for (HTML, "find a potential indicated element").
        place = self.places.get(name, self.places.get(unquote(name)))
        if place is not None:
            return place
        if self.quoted_in:
            return self.quoted_in.place_of(name)
        return _TOP if name.lower() == "top" else None

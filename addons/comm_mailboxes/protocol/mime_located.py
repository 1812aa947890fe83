"""Images that HTML shows by their Content-Location (RFC 2557), as web pages sent by mail do."""

import re
from html import unescape
from urllib.parse import quote, unquote, urljoin

_SOURCE = re.compile(r"""(\b(?:src|background)\s{0,9}=\s{0,9})("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)


def with_content_ids(html, base, files):
    """``html`` with its links to ``files`` by location replaced by links by Content-ID, which are known everywhere.

    :param base: the Content-Location of the HTML, "" for none
    :param files: ``{location: MimeAttachment}``; those that are shown get a Content-ID where they have none
    """
    known = {
        _normal(base, location): (file, f"location-{number}@content.invalid")
        for number, (location, file) in enumerate(files.items(), 1)
    }

    def link(match):
        found = known.get(_normal(base, unescape(match[2].strip("\"'"))))
        if not found:
            return match[0]
        file, content_id = found
        file.content_id = file.content_id or content_id
        return f'{match[1]}"cid:{quote(file.content_id)}"'

    return _SOURCE.sub(link, html)


def _normal(base, location):
    location = "".join(location.split())
    if base:
        try:
            location = urljoin(base, location)
        except ValueError:  # what looks like an address of IPv6 and is none
            return location
    return unquote(location)

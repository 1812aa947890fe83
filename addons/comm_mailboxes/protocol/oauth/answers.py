"""What an identity server answers, before msal sees it: numbers that can be counted with, and none of the secrets sent."""

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

from ..sasl import Credentials
from .refusals import numbers_in

# What is sent and everybody may see. Whatever else is in a form is secret.
_PUBLIC = {"client_id", "grant_type", "scope", "redirect_uri", "client_info", "claims", "response_type"}
# Seconds. Longer than any token is good for; no date that is computed from it leaves the calendar.
LONGEST = 366 * 24 * 3600
_SECONDS = ("expires_in", "ext_expires_in", "refresh_in", "expires_on", "interval")
# RFC 6749, section 5.2 has 400 and 401; Google refuses applications with 403, others answer everything with 200.
_REFUSING = (200, 400, 401, 403)
_WORD = re.compile(r"[\w.-]{1,100}")


def is_refusal(status, answer):
    """Whether it is an error object of OAuth 2.0, and not what a proxy or a server for web pages answers as JSON."""
    name = answer.get("error")
    return status in _REFUSING and isinstance(name, str) and bool(_WORD.fullmatch(name))


def is_numbered(answer):
    """Whether Microsoft says with one of its numbers why it refuses."""
    return isinstance(answer.get("error"), str) and bool(numbers_in(answer))


def concealed(answer, form):
    """Return the answer without what was sent in secret, however the server writes it."""
    echoes = set()
    for name, value in form.items():
        if name not in _PUBLIC and isinstance(value, str) and value:
            echoes |= _written(value)
    concealers = [Credentials("", echo).conceal for echo in sorted(echoes, key=len, reverse=True)]
    return _conceal(answer, concealers)


def _written(value):
    """Return how forms, addresses, pages, JSON in a text, and base64 for addresses write it."""
    written = {value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1]}
    written |= {html.escape(value), html.escape(value, quote=False), html.escape(value).replace("&#x27;", "&#39;")}
    written |= {base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")}
    # A page that shows an address, an address in an address
    written |= {quote(each, safe="") for each in written}
    return written | {re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), each) for each in written}


def _conceal(value, concealers):
    if isinstance(value, str):
        for conceal in concealers:
            value = conceal(value)
    elif isinstance(value, list):
        value = [_conceal(item, concealers) for item in value]
    elif isinstance(value, dict):
        value = {_conceal(name, concealers): _conceal(item, concealers) for name, item in value.items()}
    return value


def bounded(answer):
    """Return the answer with times that msal and calendars can take; without those that are none.

    msal counts with them before it stores the refresh token that came with them, and that one is good once.
    """
    return {name: value for name, value in ((n, _bound(n, v)) for n, v in answer.items()) if value is not None}


def _bound(name, value):
    if name not in _SECONDS:
        return value
    try:
        seconds = max(0, int(min(float(value), LONGEST if name != "expires_on" else 1 << 33)))
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds

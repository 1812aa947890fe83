"""What msal takes for its HTTP client: our guarded connections, and nothing but JSON passes."""

import http.client
import json
import re
from urllib.parse import urlencode, urlsplit

from .. import https
from ..dns_records import Deadline
from ..errors import CertificateRejected, HostLookupFailed, HostNotFound, ProtocolError, ServerSilent
from .answers import bounded, concealed, is_numbered, is_refusal
from .errors import (
    IdentityServerBusy,
    IdentityServerDown,
    IdentityServerNonsense,
    IdentityServerNotFound,
    IdentityServerSilent,
    IdentityServerUntrusted,
    SignInRefused,
)

SECONDS = 20.0
_SIZE_LIMIT = 1 << 20
_KIND = re.compile(r"[a-z]{1,20}/[a-z.+-]{1,30}", re.IGNORECASE)


class Response:
    """What msal reads of an answer."""

    def __init__(self, answer):
        self.status_code = answer.status
        self.headers = answer.headers
        self.text = answer.text

    def raise_for_status(self):
        """Never reached with an error: see :meth:`HttpClient._ask`."""


class HttpClient:
    """Every failure is one of our errors; msal never sees, and never logs, what is not JSON.

    :param guard: decides which hosts may be connected to: users enter them
    """

    def __init__(self, guard, *, ca_file=None, seconds=SECONDS):
        self._guard = guard
        self._ca_file = ca_file
        self._seconds = seconds

    def get(self, url, params=None, headers=None, **_options):
        if params:
            url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"
        response = self._ask("GET", url, headers, None)
        if response.status_code != http.client.OK:
            answer = json.loads(response.text)
            # Nobody has signed in or out here: only Microsoft's numbers say that the settings are wrong. Anything else
            # comes from a proxy, or from a server that is being set up, and the next request may be answered.
            if is_numbered(answer):
                raise SignInRefused(_host(url), answer)
            raise _nonsense(url, response)
        return response

    def post(self, url, params=None, data=None, headers=None, **_options):
        form = urlencode({name: value for name, value in (data or {}).items() if value is not None}).encode()
        fields = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        response = self._ask("POST", url, fields, form)
        answer = json.loads(response.text)
        if response.status_code != http.client.OK or "error" in answer:
            answer = concealed(answer, data or {})
            if not is_refusal(response.status_code, answer):
                raise _nonsense(url, response)
        response.text = json.dumps(bounded(answer))
        return response

    def close(self):
        """Each request has a connection of its own."""

    def _ask(self, method, url, headers, body):
        host = _host(url)
        try:
            answer = https.request(
                method,
                url,
                guard=self._guard,
                deadline=Deadline(self._seconds),
                headers={**(headers or {}), "Accept": "application/json"},
                body=body,
                ca_file=self._ca_file,
                size_limit=_SIZE_LIMIT,
            )
        except CertificateRejected as error:
            raise IdentityServerUntrusted(host, type(error).__name__.removeprefix("Certificate")) from error
        except HostLookupFailed as error:
            raise IdentityServerDown(host) from error
        except HostNotFound as error:
            raise IdentityServerNotFound(host) from error
        except (ServerSilent, TimeoutError) as error:
            raise IdentityServerSilent(host, f"{self._seconds:g}") from error
        except (ProtocolError, OSError) as error:
            raise IdentityServerDown(host) from error
        except (http.client.HTTPException, ValueError) as error:
            raise IdentityServerNonsense(host, type(error).__name__) from error
        if answer.status == http.client.TOO_MANY_REQUESTS or answer.status >= http.client.INTERNAL_SERVER_ERROR:
            raise IdentityServerBusy(host, answer.status)
        if not _is_json_object(answer):
            raise _nonsense(url, Response(answer))
        return Response(answer)


def _host(url):
    return urlsplit(url).hostname or "-"


def _nonsense(url, response):
    """Only the status and the kind of answer are told: nothing that may quote what was sent."""
    told = _KIND.match(response.headers.get("content-type", ""))
    return IdentityServerNonsense(_host(url), f"{response.status_code} {told[0] if told else ''}")


def _is_json_object(answer):
    try:
        return len(answer.body) <= _SIZE_LIMIT and isinstance(json.loads(answer.text), dict)
    except ValueError:
        return False

"""What the DNS says about a mail domain, asked within a time limit."""

import logging
import re
import socket
import time

import dns.exception
import dns.resolver

_logger = logging.getLogger(__name__)

_SECONDS_PER_QUESTION = 2.0
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


def is_host_name(text):
    """Say whether a text from outside can be the name of a server, and nothing else."""
    return bool(_HOST_NAME.fullmatch(text))


class Deadline:
    """The instant by which several steps have to be done together."""

    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def left(self):
        """Return the seconds that are left, for a socket's time-out.

        :raise TimeoutError: when none are
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class DnsRecords:
    """Answers are lists, empty when there is no such record or nobody to ask.

    :param nameserver: ``(address, port)`` of the name server; without one those of the operating system
    """

    def __init__(self, deadline, nameserver=None):
        self._deadline = deadline
        self._resolver = None
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameserver)
        except dns.exception.DNSException:
            return  # no name server is configured on this machine
        if nameserver:
            self._resolver.nameservers, self._resolver.port = [nameserver[0]], nameserver[1]

    def mail_hosts(self, domain):
        """Return the names of the servers that receive the domain's mail, the preferred one first."""
        records = sorted(self._ask(domain, "MX"), key=lambda record: record.preference)
        return [name for record in records if (name := _host(record.exchange))]

    def services(self, name):
        """Return ``(host, port)`` of a service (RFC 2782), the best first; a target "." says that there is none."""
        records = sorted(self._ask(name, "SRV"), key=lambda record: (record.priority, -record.weight))
        return [(host, record.port) for record in records if (host := _host(record.target)) and record.port]

    def addresses(self, name, port):
        """Return ``(family, sockaddr)`` of each address of a name: what the host guard wants of a lookup."""
        return [(socket.AF_INET, (record.address, port)) for record in self._ask(name, "A")] + [
            (socket.AF_INET6, (record.address, port, 0, 0)) for record in self._ask(name, "AAAA")
        ]

    def _ask(self, name, kind):
        if not self._resolver:
            return []
        try:
            lifetime = min(_SECONDS_PER_QUESTION, self._deadline.left())
            # Absolute names: a search domain of this machine's own network has no say here.
            return list(self._resolver.resolve(f"{name}.", kind, lifetime=lifetime, search=False))
        except (dns.resolver.LifetimeTimeout, TimeoutError):
            # Nobody answers, as on a machine without network: the next question would only cost time as well.
            self._resolver = None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            # No such name, no such record, or a name server that cannot say.
            _logger.debug("No %s record of %s: %s", kind, name, type(error).__name__)
        return []


def _host(name):
    """Return a name out of a record as text, "" when it is "." or no server's name."""
    text = name.to_text(omit_final_dot=True).lower()
    return text if is_host_name(text) else ""

"""Which servers a user may make Odoo connect to.

A mail host typed by a user is a port scanner inside the company network, unless loopback, link-local, private and
multicast addresses are refused. Names are resolved once, here; the connector connects to what was checked and to
nothing else, so a second DNS answer cannot swap the address (DNS rebinding).
"""

import copy
import ipaddress
import socket

import idna

from .errors import HostLookupFailed, HostNotFound, HostRefused, UnsafeArgument

_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_SPECIAL = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, among them the cloud providers' metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",
    )
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def ascii_host(host):
    """Return the host as it goes to DNS, SNI and certificates: A-labels, lower case, no brackets, no final dot."""
    host = host.strip()
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host or any(char <= " " or char in "/@\\\x7f" for char in host):
        raise UnsafeArgument("host")
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise HostNotFound(host) from error


def _embedded(address):
    """Return the IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), else the address itself."""
    if address.version == 6:
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.sixtofour:
            return address.sixtofour
    return address


def is_public(address):
    """Say whether an address lies in the public internet, as far as address ranges tell."""
    address = _embedded(address)
    if address.version == 6 and address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _SPECIAL if network.version == address.version)


def _system_lookup(name, port):
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [(family, sockaddr) for family, _type, _proto, _canonical, sockaddr in found]


class HostGuard:
    """Resolves host names, and refuses those inside the own network that are not on the list.

    ``allowed`` holds host names, addresses and networks in CIDR notation. An entry that is none of these matches
    nothing: a typing error refuses, it never opens.
    """

    def __init__(self, allowed=()):
        self._lookup = _system_lookup
        self._names = set()
        self._networks = []
        for entry in allowed:
            entry = str(entry).strip().strip("[]").rstrip(".").lower()
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                if entry:
                    self._names.add(entry if entry.isascii() else ascii_host(entry))

    def with_lookup(self, lookup):
        """Return a guard with the same list that finds addresses by ``lookup(name, port)``."""
        guard = copy.copy(self)
        guard._lookup = lookup
        return guard

    def resolve(self, host, port):
        """Return ``(family, sockaddr)`` of every address of the host that may be connected to."""
        name = ascii_host(host)
        try:
            found = self._lookup(name, port)
        except socket.gaierror as error:
            kind = HostLookupFailed if error.errno == socket.EAI_AGAIN else HostNotFound
            raise kind(host) from error
        except (UnicodeError, OverflowError, ValueError) as error:
            raise HostNotFound(host) from error
        if not found:
            raise HostNotFound(host)
        targets = [
            (family, sockaddr) for family, sockaddr in found if name in self._names or self._accepts(sockaddr[0])
        ]
        if not targets:
            raise HostRefused(host)
        return targets

    def _accepts(self, text):
        address = ipaddress.ip_address(text)
        if is_public(address):
            return True
        candidates = {address, _embedded(address)}
        return any(
            candidate in network
            for network in self._networks
            for candidate in candidates
            if candidate.version == network.version
        )

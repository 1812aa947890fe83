"""Which addresses a From means, however it is spelled: what is compared must be what is on the wire."""

import unicodedata
from email import policy
from email.errors import MessageError
from functools import lru_cache

import idna

from odoo.tools import email_split

from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

# Odoo parses the header, writes it anew and parses it again; whoever encodes a thing more often than that hides it.
_LEVELS = 5


@lru_cache(maxsize=10000)
def canonical(address):
    """Return the one spelling of ``local@domain``: no quotes, no encoded words, small letters, the domain as in DNS."""
    text = unicodedata.normalize("NFKC", address)
    # Invisible characters (soft hyphen, joiners) are dropped by some who read them.
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cc"))
    local, _at, domain = text.strip().rpartition("@")
    local, domain = local.strip(), domain.strip()
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = local[1:-1].replace("\\", "")
    # uts46 takes the other dots of the world (such as the ideographic one) for dots.
    try:
        domain = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        # A name that DNS does not have, such as one with an underscore.
        domain = domain.replace("\u3002", ".")
    return f"{local.casefold()}@{domain.casefold().rstrip('.')}"


@lru_cache(maxsize=10000)
def addresses_of(text):
    """Return all addresses that a From could be read as, each in its canonical spelling.

    None of it is guessed: these are the readings of Odoo (headers, envelope) and of Python's parser, which writes the
    header. A From of which nothing can be told has ``""`` among them, one without any address nothing at all.
    """
    found = set()
    text = " ".join((text or "").splitlines())
    for _level in range(_LEVELS):
        found.update(email_split(text))
        try:
            header = policy.SMTP.header_factory("From", text)
            found.update(address.addr_spec for address in header.addresses if address.domain)
            written = str(header)
            found.update(extract_rfc2822_addresses(written)[-1:])
        except (MessageError, ValueError, LookupError, AttributeError, TypeError):
            # Known faults of Python's parser; what it cannot read, it cannot write.
            return frozenset({*map(canonical, found), ""})
        if written == text:
            break
        text = written
    else:
        found.add("")
    if not found and ("@" in text or "=?" in text):
        found.add("")
    return frozenset(canonical(address) if address else "" for address in found)

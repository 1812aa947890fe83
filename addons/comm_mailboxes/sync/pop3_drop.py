"""What is in the drop of a POP3 server, each message by a key of its own.

The key is the UIDL (RFC 1939, section 7); where the server gives none or the same one twice, the hash of the header; where
that says too little or is the same too, the hash of the whole mail; and identical copies are numbered.
"""

import hashlib
from collections import Counter

from ..protocol.mime import identity_of, is_made_once

# Kinds of keys besides the UIDL, which holds no such prefix with what follows it.
HEADER_KEY = "header:"
CONTENT_KEY = "content:"


def by_key(session):
    """Return ``{key: protocol.pop3.Pop3Message}`` in the order of the drop; no two messages ever share a key."""
    messages = session.messages()
    uidls = Counter(message.uidl for message in messages)
    found = {message.uidl: message for message in messages if message.uidl and uidls[message.uidl] == 1}
    others = [message for message in messages if not message.uidl or uidls[message.uidl] > 1]
    identities = {message.number: _telling_identity(session, message) for message in others}
    times = Counter(identities.values())
    for message in others:
        identity = identities[message.number]
        if identity and times[identity] == 1:
            key = HEADER_KEY + identity
        else:
            key = CONTENT_KEY + hashlib.sha256(session.retrieve(message.number)).hexdigest()
        copies = sum(1 for known in found if known.partition("#")[0] == key)
        found[f"{key}#{copies + 1}" if copies else key] = message
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def is_id(key):
    """Tell whether the server gave this key: it says more than a hash of the header."""
    return not key.startswith((HEADER_KEY, CONTENT_KEY))


def _telling_identity(session, message):
    """Return the identity of a mail whose header no other one has; "" for one whose content has to be looked at."""
    header = session.header(message.number)
    return identity_of(header, message.size) if is_made_once(header) else ""


def identity_in(session, message):
    """Return the identity of a mail in the drop."""
    return identity_of(session.header(message.number), message.size)

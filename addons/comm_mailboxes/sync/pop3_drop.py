"""What is in the drop of a POP3 server, each message by a key of its own.

The key is the UIDL (RFC 1939, section 7); the hash of the header where the server gives none, the same one twice, or just the
number of the message, which is another one's as soon as one before it goes; where that says too little or is the same too, the
hash of the whole mail; and identical copies are numbered. What cannot be looked into has nothing but its size.
"""

import dataclasses
import hashlib
from collections import Counter

from ..protocol.errors import ProtocolError, ServerRefused
from ..protocol.large import LargeBytes
from ..protocol.mime import identity_of, is_made_once

# Kinds of keys besides the UIDL, which holds no such prefix with what follows it.
HEADER_KEY = "header:"
CONTENT_KEY = "content:"
SIZE_KEY = "size:"


def by_key(session, known, unreadable=frozenset()):
    """Return ``{key: protocol.pop3.Pop3Message}`` in the order of the drop; no two messages ever share a key.

    :param known: ``{key: (size, identity)}`` of what the server listed the last time
    :param unreadable: keys by size of messages that are not looked into any more
    :raise ProtocolError: with the key by size, in ``suspects``, of the message in which the connection broke; with ``done``
        where another one was read before
    """
    messages = session.messages()
    if _are_numbers(session, messages, known, unreadable):
        messages = [dataclasses.replace(message, uidl="") for message in messages]
    uidls = Counter(message.uidl for message in messages)
    found = {message.uidl: message for message in messages if message.uidl and uidls[message.uidl] == 1}
    others = [message for message in messages if not message.uidl or uidls[message.uidl] > 1]
    keys = {}
    # Those at which the connection broke come last: what is read before shows that the server hands out others.
    for message in sorted(others, key=lambda message: _size_key(message) in known):
        is_readable = _size_key(message) not in unreadable
        keys[message.number] = (
            _look(_header_key, session, message, bool(keys) or None) if is_readable else _size_key(message)
        )
    times = Counter(keys.values())
    for message in others:
        key = keys[message.number]
        if not key or (key.startswith(HEADER_KEY) and times[key] > 1):
            key = _look(_content_key, session, message)
        copies = sum(1 for known in found if known.partition("#")[0] == key)
        found[f"{key}#{copies + 1}" if copies else key] = message
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def _are_numbers(session, messages, known, unreadable):
    """Tell whether the ids are seen to be nothing but numbers: the last message that is known is another one under its number.

    Ids that count from 1 are the same as the numbers, too, as long as nothing was deleted.
    """
    if any(message.uidl != str(message.number) for message in messages):
        return False
    if not all(map(is_id, known)):
        # It was seen before.
        return True
    for message in reversed(messages):
        size, identity = known.get(message.uidl, (0, ""))
        if identity and size == message.size and _size_key(message) not in unreadable:
            return _look(identity_in, session, message) not in (identity, _size_key(message))
    return False


def is_id(key):
    """Tell whether the server gave this key: it says more than a hash of the header."""
    return not key.startswith((HEADER_KEY, CONTENT_KEY, SIZE_KEY))


def identity_in(session, message):
    """Return the identity of a mail in the drop."""
    return identity_of(session.header(message.number), message.size)


def digest_of(raw, digest=None):
    """Return the hash of a whole mail."""
    digest = digest or hashlib.blake2b(digest_size=20)
    for piece in raw.chunks(0, len(raw)) if isinstance(raw, LargeBytes) else [raw]:
        digest.update(piece)
    return digest.hexdigest()


def _look(key_of, session, message, done=None):
    try:
        return key_of(session, message)
    except ServerRefused:
        return _size_key(message)
    except ProtocolError as error:
        error.suspects, error.done = frozenset({_size_key(message)}), done
        raise


def _header_key(session, message):
    """Return the key of a mail whose header no other one has; "" for one whose content has to be looked at."""
    header = session.header(message.number)
    identity = identity_of(header, message.size) if is_made_once(header) else ""
    return identity and HEADER_KEY + identity


def _content_key(session, message):
    return CONTENT_KEY + digest_of(session.retrieve(message.number), hashlib.sha256())


def _size_key(message):
    return f"{SIZE_KEY}{message.size}"

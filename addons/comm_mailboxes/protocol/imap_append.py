"""Puts a message into a folder (RFC 3501 section 6.3.11, 4315 APPENDUID, 7888 LITERAL+, 7889 APPENDLIMIT)."""

import re

from . import imap_grammar
from .errors import MessageTooBig
from .imap_connection import LargeLiteral, string
from .imap_refusals import explain
from .imap_store import flag_list

_APPENDLIMIT = re.compile("APPENDLIMIT=([0-9]{1,20})")
_APPENDUID = re.compile(rb"\d+ (\d{1,20})\b")
_NUL = re.compile(rb"\0")


def append(wire, path, name, raw, flags=(), date=None):
    """Put a message into the folder with this path and wire name; return its UID, None when the server tells none.

    :param raw: the message, lines ending with CRLF: bytes, memoryview or mmap
    :param date: when it arrived: a datetime, UTC when naive; None: now
    """
    words = [b"APPEND", string(name)]
    if flags:
        words.append(flag_list(flags))
    if date:
        words.append(b'"%b"' % imap_grammar.format_internal_date(date))
    limit = _limit(wire)
    if limit is not None and len(raw) > limit:
        raise MessageTooBig(path, f"APPENDLIMIT={limit}")
    is_binary = wire.has("BINARY") and _NUL.search(raw) is not None
    with wire.speaking() as wire:
        typ, reply = wire.run(*words, LargeLiteral(raw, binary=is_binary))
        if typ != "OK":
            raise explain("APPEND", path, reply)
        match = _APPENDUID.match((wire.untagged_responses.get("APPENDUID") or [b""])[-1])
    return int(match[1]) if match else None


def _limit(wire):
    limits = [match for name in wire.capabilities if (match := _APPENDLIMIT.fullmatch(name))]
    return int(limits[0][1]) if limits else None

# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Writes TNEF streams (MS-OXTNEF) and compressed RTF (MS-OXRTFCP): what Outlook would put into a winmail.dat."""

import struct

MESSAGE_CLASS, SUBJECT, BODY, MESSAGE_PROPERTIES, VERSION, CODEPAGE = 0x8008, 0x8004, 0x800C, 0x9003, 0x9006, 0x9007
NEXT_FILE, TITLE, DATA, FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")
STORAGE_OBJECT = bytes.fromhex("0b00000000000000c000000000000046")
INTEGER, BOOLEAN, STRING8, UNICODE, TIME, OBJECT, BINARY = 3, 0x0B, 0x1E, 0x1F, 0x40, 0x0D, 0x102


def stream(*attributes, codepage=1252, message_class=b"IPM.Microsoft Mail.Note"):
    """A whole winmail.dat of the attributes, behind those that every one has."""
    return b"".join(
        (
            struct.pack("<IH", 0x223E9F78, 1),
            attribute(1, VERSION, struct.pack("<I", 0x10000), kind=8),
            attribute(1, CODEPAGE, struct.pack("<II", codepage, 0), kind=6),
            attribute(1, MESSAGE_CLASS, message_class + b"\0", kind=7),
            *attributes,
        )
    )


def attribute(level, name, data, kind=6):
    """An attribute; level 1 is the message, 2 an attachment."""
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def message(**properties):
    """The attribute that holds the MAPI properties of the message."""
    return attribute(1, MESSAGE_PROPERTIES, property_list(**properties))


def file(title, data=None, **properties):
    """The attributes of one attachment: its short name in the code page, its content, its MAPI properties."""
    chunks = [attribute(2, NEXT_FILE, bytes(14))]
    if title:
        chunks.append(attribute(2, TITLE, title + b"\0", kind=1))
    if data is not None:
        chunks.append(attribute(2, DATA, data))
    if properties:
        chunks.append(attribute(2, FILE_PROPERTIES, property_list(**properties)))
    return b"".join(chunks)


_IDS = {
    "message_class": 0x001A, "subject": 0x0037, "submitted": 0x0039, "sender": 0x0C1A, "sender_address": 0x0C1F,
    "to": 0x0E04, "text": 0x1000, "rtf": 0x1009, "html": 0x1013, "content": 0x3701, "name": 0x3704, "method": 0x3705,
    "long_name": 0x3707, "mime_type": 0x370E, "content_id": 0x3712, "codepage": 0x3FDE, "extension": 0x3703,
    "named": 0x8001, "numbered": 0x8002,
}  # fmt: skip


def property_list(**properties):
    """MAPI properties; the type of each comes from its value: str, bytes, int, bool, or (type, value, ...)."""
    return struct.pack("<I", len(properties)) + b"".join(
        _property(_IDS[name], value) for name, value in properties.items()
    )


def _property(key, value):
    kind, *values = value if isinstance(value, tuple) else (_kind(value), value)
    name = b""
    if key >= 0x8000:
        name = bytes(range(16)) + (
            struct.pack("<II", 0, 0x8205)
            if key % 2 == 0
            else struct.pack("<II", 1, 10) + "Name\0".encode("utf-16-le") + b"\0\0"
        )
    head = struct.pack("<HH", kind, key) + name
    if kind & 0x1000:
        return head + struct.pack("<I", len(values)) + _filled(b"".join(_value(kind & 0xFFF, item) for item in values))
    variable = kind in (STRING8, UNICODE, OBJECT, BINARY)
    return head + (struct.pack("<I", 1) if variable else b"") + _filled(_value(kind, values[0]))


def _kind(value):
    return {str: UNICODE, bytes: BINARY, bool: BOOLEAN, int: INTEGER}[type(value)]


def _value(kind, value):
    if kind in (2, BOOLEAN):
        return struct.pack("<H", value)
    if kind == INTEGER:
        return struct.pack("<I", value)
    if kind == TIME:
        return struct.pack("<Q", value)
    data = value.encode("utf-16-le") + b"\0\0" if isinstance(value, str) else value
    return struct.pack("<I", len(data)) + _filled(data)


def _filled(data):
    return data + bytes(-len(data) % 4)


def compressed_rtf(rtf):
    """``rtf`` as literals and, where a byte comes several times, references to it."""
    chunks, position, items, window = [], 0, [], 207
    while position < len(rtf):
        run = _run(rtf, position)
        if run:
            items.append((1, struct.pack(">H", ((window - 1) % 4096) << 4 | run - 2)))
            window, position = window + run, position + run
        else:
            items.append((0, rtf[position : position + 1]))
            window, position = window + 1, position + 1
    items.append((1, struct.pack(">H", (window % 4096) << 4)))
    for start in range(0, len(items), 8):
        chunk = items[start : start + 8]
        chunks.append(bytes([sum(bit << number for number, (bit, _octets) in enumerate(chunk))]))
        chunks += (octets for _bit, octets in chunk)
    packed = b"".join(chunks)
    return struct.pack("<II4sI", len(packed) + 12, len(rtf), b"LZFu", 0) + packed


def _run(rtf, position):
    """How often the byte before comes again: a reference that overlaps what it writes."""
    if not position:
        return 0
    length = 0
    while length < 17 and rtf[position + length : position + length + 1] == rtf[position - 1 : position]:
        length += 1
    return length if length >= 2 else 0

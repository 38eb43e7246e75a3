"""The wire format of protocol buffers: varints, and fields with a length in front."""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = [
    "FIXED64",
    "LENGTH",
    "VARINT",
    "as_bytes",
    "chunk",
    "double",
    "members",
    "number",
    "only_bytes",
    "read_double",
    "read_number",
    "read_varint",
    "varint",
]

VARINT, FIXED64, LENGTH = 0, 1, 2
"""The wire types that Kubernetes' messages have."""

_FIRST = bytes((1 << 3 | LENGTH,))
_double = struct.Struct("<d")


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the number at the position, and where it ends.

    Raises:
        IndexError: the data ends in it.
    """
    result = shift = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


def read_number(data: bytes, position: int) -> tuple[int, int]:
    """Return the number with its sign, and where it ends.

    Raises:
        IndexError: the data ends in it.
    """
    value = data[position]
    if value < 0x80:
        return value, position + 1
    value, position = read_varint(data, position)
    return (value - (1 << 64) if value >> 63 else value), position


def read_double(data: bytes, position: int) -> tuple[float, int]:
    """Return the number, and where it ends.

    Raises:
        IndexError: the data ends in it.
    """
    end = position + _double.size
    if end > len(data):
        raise IndexError("a number is cut off")
    return _double.unpack_from(data, position)[0], end


def members(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and the value of each field of a message.

    Raises:
        ValueError: the data is no message.
        IndexError: it is cut off.
    """
    position = 0
    while position < len(data):
        tag, position = read_varint(data, position)
        value, position = read_varint(data, position)
        if tag & 7 == LENGTH:
            end = position + value
            if end > len(data):
                raise ValueError("a field is longer than its message")
            yield tag >> 3, data[position:end]
            position = end
        elif tag & 7 == VARINT:
            yield tag >> 3, value - (1 << 64) if value >> 63 else value
        else:
            raise ValueError(f"a field has the wire type {tag & 7}")


def as_bytes(value: int | bytes) -> bytes:
    """The value of a field that has text, bytes or a message.

    Raises:
        ValueError: it is a number.
    """
    if isinstance(value, bytes):
        return value
    raise ValueError("a number where bytes should be")


def only_bytes(data: bytes) -> bytes:
    """The first field of a message that mostly has no other; nothing if it is not there.

    Raises:
        ValueError: the data is no message, or the field is a number.
        IndexError: it is cut off.
    """
    if data.startswith(_FIRST):
        size, position = read_varint(data, 1)
        if position + size == len(data):
            return data[position:]
    return as_bytes(dict(members(data)).get(1, b""))


def varint(value: int) -> bytes:
    """Write a number; a negative one takes ten bytes."""
    value &= (1 << 64) - 1
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def chunk(field: int, payload: bytes) -> bytes:
    """Write a field of text, bytes or a message."""
    return varint(field << 3 | LENGTH) + varint(len(payload)) + payload


def number(field: int, value: int) -> bytes:
    """Write a field of a whole number or a bool."""
    return varint(field << 3 | VARINT) + varint(value)


def double(field: int, value: float) -> bytes:
    """Write a field of a number with a fraction."""
    return varint(field << 3 | FIXED64) + _double.pack(value)

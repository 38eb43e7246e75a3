"""Splitting JSON without making objects of it, however deep or odd it is.

msgspec does the work; what it cannot take (deeper than Python's recursion limit, text that is no
UTF-8, numbers beyond a double) must not make a whole list unreadable, since a server stores it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from enum import Enum
from typing import Any, cast

import msgspec

from kubewright._json import is_object

__all__ = ["Unreadable", "plain", "read_json", "split_array", "split_object"]

Json = bytes | bytearray | memoryview | msgspec.Raw

_decode = msgspec.json.Decoder().decode
_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_split_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_TOKEN = re.compile(rb'"(?:[^"\\]+|\\.)*"|[{}\[\],:]', re.DOTALL)


class Unreadable(str):
    """The JSON text of a value that Python cannot hold; it is sent back as it came."""

    __slots__ = ("raw",)

    raw: msgspec.Raw

    @classmethod
    def of(cls, raw: msgspec.Raw) -> Unreadable:
        """Keep the bytes, and show them as far as they are text."""
        self = cls(bytes(raw).decode("utf-8", "replace"))
        self.raw = raw
        return self


def read_json(raw: msgspec.Raw) -> Any:
    """The value of a piece of JSON; one that cannot be read comes as `Unreadable`."""
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unreadable.of(raw)


def split_object(data: Json) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, each still JSON.

    Raises:
        msgspec.DecodeError: it is no object.
        UnicodeDecodeError: a name is no UTF-8.
    """
    try:
        return _split_object(data)
    except RecursionError:
        return {str(_decode(key)): value for key, value in _members(bytes(data), b"{")}


def split_array(data: Json) -> list[msgspec.Raw]:
    """The items of a JSON array, each still JSON.

    Raises:
        msgspec.DecodeError: it is no array.
    """
    try:
        return _split_array(data)
    except RecursionError:
        return [value for _, value in _members(bytes(data), b"[")]


def _members(data: bytes, opening: bytes) -> Iterator[tuple[bytes, msgspec.Raw]]:
    """Find the members by counting brackets, for what is too deep to be parsed."""
    depth, start, key = 0, 0, b""
    for token in _TOKEN.finditer(data):
        sign = token[0]
        if sign in b"{[":
            depth += 1
            if depth == 1:
                if sign != opening:
                    raise msgspec.ValidationError(f"expected {opening.decode()!r}")
                start = token.end()
        elif sign in b"}]":
            depth -= 1
            if depth == 0:
                if last := data[start : token.start()].strip():
                    yield key, msgspec.Raw(last)
                return
        elif depth == 1 and sign == b":":
            key, start = data[start : token.start()].strip(), token.end()
        elif depth == 1 and sign == b",":
            yield key, msgspec.Raw(data[start : token.start()].strip())
            start = token.end()
    raise msgspec.DecodeError("the JSON is cut off")


def plain(value: Any) -> Any:
    """A value as msgspec can encode it: models in it as their parts.

    Raises:
        TypeError: JSON has no form for it.
        ValueError: it is a number that JSON does not have.
    """
    kind = cast("type[object]", type(value))
    if kind in (str, int, bool, type(None), bytes, msgspec.Raw):
        return value
    if kind is float:
        if not math.isfinite(value):
            raise ValueError(f"JSON has no number {value}")
        return value
    if is_object(value):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("list[Any]", value)]
    return _converted(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a name in an object is text, not {key!r}")
    return str(key)


def _converted(value: Any) -> Any:
    if isinstance(value, Unreadable):
        return value.raw
    parts: Callable[[], Any] | None = getattr(value, "_parts", None) or getattr(
        value, "to_wire", None
    )
    if parts is not None:
        return parts()
    if isinstance(value, Enum):
        return plain(value.value)
    for kind in (str, int, float):
        if isinstance(value, kind):
            return plain(kind(value))
    if isinstance(value, datetime | date | time | bytearray):
        return value
    raise TypeError(f"JSON has no form for {type(value).__name__} objects")

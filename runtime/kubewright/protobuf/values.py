"""Types of Go whose JSON is not that of their fields: times, quantities, raw JSON and the like.

A reader takes the bytes of the message and returns what JSON shows; a writer takes JSON text and
returns the bytes. Both raise ``ValueError`` for what they cannot read, and `JsonOnlyError` for what
the other form has and Python has not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from kubewright.protobuf.table import JsonOnlyError
from kubewright.protobuf.wire import as_bytes, chunk, members, number, only_bytes
from kubewright.scalars import (
    BytesCodec,
    MicroTimeCodec,
    TimeCodec,
    format_nanoseconds,
    parse_nanoseconds,
)

__all__ = ["READ", "WRITE", "starts"]

Read: TypeAlias = Callable[[bytes], Any]
Write: TypeAlias = Callable[[msgspec.Raw], bytes]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
_time, _micro_time, _base64 = TimeCodec(), MicroTimeCodec(), BytesCodec()
_text = msgspec.json.Decoder(str).decode
_either = msgspec.json.Decoder(int | str).decode
_checked_raw = msgspec.json.Decoder(msgspec.Raw).decode


def _read_bytes(wire: bytes) -> str:
    return _base64.encode(wire)


def _write_bytes(raw: msgspec.Raw) -> bytes:
    return _base64.parse(_text(raw))


@lru_cache(4096)  # the times of a list of objects are few
def _read_time(wire: bytes) -> str | None:
    moment = _moment(wire, nanoseconds=False)
    return None if moment is None else _time.encode(moment)


def _read_micro_time(wire: bytes) -> str | None:
    moment = _moment(wire, nanoseconds=True)
    return None if moment is None else _micro_time.encode(moment)


def _moment(wire: bytes, *, nanoseconds: bool) -> datetime | None:
    """No bytes at all are Go's zero time; 1970 has a field with a zero in it."""
    if not wire:
        return None
    fields = dict(members(wire))
    try:
        moment = _EPOCH + timedelta(seconds=_int(fields.get(1, 0)))
        if nanoseconds:
            moment += timedelta(microseconds=_int(fields.get(2, 0)) // 1000)
    except OverflowError as error:
        raise JsonOnlyError(f"a time outside the years 1 to 9999: {error}") from error
    return moment


def _write_time(raw: msgspec.Raw) -> bytes:
    since = _time.parse(_text(raw)) - _EPOCH
    return number(1, since // _SECOND) + number(2, 0)


def _write_micro_time(raw: msgspec.Raw) -> bytes:
    seconds, rest = divmod(_time.parse(_text(raw)) - _EPOCH, _SECOND)
    return number(1, seconds) + number(2, rest // _MICROSECOND * 1000)


def _read_duration(wire: bytes) -> str:
    return format_nanoseconds(_int(dict(members(wire)).get(1, 0)))


def _write_duration(raw: msgspec.Raw) -> bytes:
    return number(1, parse_nanoseconds(_text(raw)))


def _read_quantity(wire: bytes) -> str:
    return (only_bytes(wire) or b"0").decode()


def _write_quantity(raw: msgspec.Raw) -> bytes:
    # a number is a quantity too, spelled as it came
    return chunk(1, _text(raw).encode() if starts(raw, b'"') else bytes(raw))


def _read_int_or_string(wire: bytes) -> int | str:
    fields = dict(members(wire))
    return as_bytes(fields.get(3, b"")).decode() if fields.get(1) else _int(fields.get(2, 0))


def _write_int_or_string(raw: msgspec.Raw) -> bytes:
    value = _either(raw)
    if isinstance(value, str):
        return number(1, 1) + chunk(3, value.encode())
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"{value} is no 32-bit number")
    return number(1, 0) + number(2, value)


def _read_raw(wire: bytes) -> msgspec.Raw | None:
    found = only_bytes(wire)
    return _checked_raw(found) if found else None


def _write_raw(raw: msgspec.Raw) -> bytes:
    return chunk(1, bytes(raw))


def _int(value: int | bytes) -> int:
    if isinstance(value, int):
        return value
    raise ValueError("bytes where a number should be")


def starts(raw: msgspec.Raw, sign: bytes) -> bool:
    """Whether the JSON text starts with a sign, which tells its type."""
    return bytes(memoryview(raw)[:1]) == sign


_RAW = (
    "meta.v1.FieldsV1",
    "runtime.RawExtension",
    "apiextensions.v1.JSON",
    "apiextensions.v1beta1.JSON",
)

READ: dict[str, Read] = {
    "bytes": _read_bytes,
    "meta.v1.Time": _read_time,
    "meta.v1.MicroTime": _read_micro_time,
    "meta.v1.Duration": _read_duration,
    "api.resource.Quantity": _read_quantity,
    "intstr.IntOrString": _read_int_or_string,
    **dict.fromkeys(_RAW, _read_raw),
}
"""How to read a message, by its name."""

WRITE: dict[str, Write] = {
    "bytes": _write_bytes,
    "meta.v1.Time": _write_time,
    "meta.v1.MicroTime": _write_micro_time,
    "meta.v1.Duration": _write_duration,
    "api.resource.Quantity": _write_quantity,
    "intstr.IntOrString": _write_int_or_string,
    **dict.fromkeys(_RAW, _write_raw),
}
"""How to write a message, by its name."""

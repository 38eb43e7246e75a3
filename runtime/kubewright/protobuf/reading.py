"""From the bytes of a message to what its JSON holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import msgspec

from kubewright.protobuf.table import SCALARS, Field, JsonOnlyError, message
from kubewright.protobuf.values import READ
from kubewright.protobuf.wire import (
    FIXED64,
    LENGTH,
    VARINT,
    as_bytes,
    members,
    read_double,
    read_number,
    read_varint,
)

__all__ = ["reader_of"]

# What to do with a value; the first are the most frequent.
_UNLESS_EMPTY, _SET, _APPEND, _MAP, _INLINE = range(5)
_NUMBERS: dict[int, Callable[[bytes, int], tuple[Any, int]]] = {
    VARINT: read_number,
    FIXED64: read_double,
}
# bytes of a message and messages of one kind, of those whose JSON is kept
_LARGEST_KNOWN, _MOST_KNOWN = 256, 512
# the tags of the fields of a map
_encode = msgspec.json.Encoder().encode
_KEY, _VALUE = bytes((1 << 3 | LENGTH,)), bytes((2 << 3 | LENGTH,))
_ZEROS = {"bool": False, "double": 0.0, "int32": 0, "int64": 0, "string": ""}


class _Slot(NamedTuple):
    how: int
    name: str
    read: Callable[..., Any] | None
    """How to read the value; ``None`` is text, by far the most frequent, or the number itself."""


class Reader:
    """Reads messages of one kind; made once for each kind, and used by many threads."""

    __slots__ = ("_absent", "_known", "_name", "_slots")

    def __init__(self, name: str) -> None:
        """Name the message; its fields are looked up when the first one is read."""
        self._name = name
        self._slots: dict[int, _Slot] = {}
        self._absent: dict[str, Any] | None = None
        self._known: dict[bytes, msgspec.Raw] = {}

    def read_part(self, data: bytes, position: int, end: int) -> dict[str, Any] | msgspec.Raw:
        """Read a message inside another, or find its JSON from when the same bytes came before.

        Three of four messages in a list of pods are like an earlier one: probes, tolerations,
        variables. Finding them halves the time of a list.
        """
        if end - position > _LARGEST_KNOWN:
            return self.read(data, position, end)
        wire = data[position:end]
        found = self._known.get(wire)
        if found is None:
            found = msgspec.Raw(_encode(self.read(wire, 0, len(wire))))
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[wire] = found
        return found

    def read(  # noqa: C901 - a function for each kind of field would cost a tenth of the time
        self, data: bytes, position: int, end: int
    ) -> dict[str, Any]:
        """Read one message.

        What it returns is to be encoded, not changed: parts of it are in other results too.

        Raises:
            JsonOnlyError: it has a field that this version does not know.
            ValueError: the data is no message.
            IndexError: the data is cut off.
            RecursionError: the message is too deep.
        """
        absent = self._absent
        if absent is None:
            absent = self._prepare()
        result = absent.copy()
        slots = self._slots
        while position < end:
            tag = data[position]
            position += 1
            if tag > 0x7F:
                tag, position = read_varint(data, position - 1)
            if tag not in slots:
                raise JsonOnlyError(
                    f"{self._name} has a field that is not known, number {tag >> 3}"
                )
            how, name, read = slots[tag]
            if tag & 7 != LENGTH:
                value, position = _NUMBERS[tag & 7](data, position)
                if read is not None:
                    value = read(value)
            else:
                size = data[position]
                position += 1
                if size > 0x7F:
                    size, position = read_varint(data, position - 1)
                start, position = position, position + size
                if position > end:
                    raise ValueError(f"a field of {self._name} is longer than its message")
                if not size and how == _UNLESS_EMPTY:
                    continue
                if read is not None:
                    value = read(data, start, position)
                else:
                    value = data[start:position].decode()
            if how == _SET:
                result[name] = value
            elif how == _UNLESS_EMPTY:
                if value:
                    result[name] = value
            elif how == _APPEND:
                if result.get(name) is None:
                    result[name] = [value]
                else:
                    result[name].append(value)
            elif how == _INLINE:
                _merge(result, value)
            elif result.get(name) is None:
                result[name] = value
            else:
                _merge(result[name], value)
        return result

    def _prepare(self) -> dict[str, Any]:
        absent: dict[str, Any] = {}
        slots: dict[int, _Slot] = {}
        known = message(self._name)
        for field in known.fields:
            read = _value(field.kind) if field.name else reader_of(field.kind).read
            absent.update(_when_absent(field, read))
            if field.is_map:
                read = partial(_entry, read)
            elif known.has_kind and field.name == "items" and read is not None:
                read = partial(_encoded, read)
            slots[field.number << 3 | _wire_type(field.kind)] = _Slot(_how(field), field.name, read)
        self._slots = slots
        self._absent = absent
        return absent


@cache
def reader_of(name: str) -> Reader:
    """The reader of a message."""
    return Reader(name)


def _how(field: Field) -> int:
    if field.is_map:
        return _MAP
    if field.is_list:
        return _APPEND
    if not field.name:
        return _INLINE
    if field.omits_zero:
        return _UNLESS_EMPTY
    plain = field.kind in SCALARS and not field.is_pointer
    return _UNLESS_EMPTY if plain and field.omits_empty else _SET


def _when_absent(field: Field, read: Callable[..., Any] | None) -> dict[str, Any]:
    """What JSON shows of a field that the wire does not have: Go's zero, or nothing."""
    if field.omits_zero:
        return {}
    if field.is_list or field.is_map or field.is_pointer or field.kind == "bytes":
        return {} if field.omits_empty else {field.name: None}
    if field.kind in SCALARS:
        return {} if field.omits_empty else {field.name: _ZEROS[field.kind]}
    assert read is not None  # noqa: S101 - only text and numbers have none
    zero = read(b"", 0, 0)
    return {field.name: zero} if field.name else zero


def _wire_type(kind: str) -> int:
    if kind in ("bool", "int32", "int64"):
        return VARINT
    return FIXED64 if kind == "double" else LENGTH


def _value(kind: str) -> Callable[..., Any] | None:
    if kind == "bool":
        return bool
    if kind in SCALARS and kind != "bytes":
        return None
    if kind in READ:
        return partial(_cut, READ[kind])
    base = kind.rpartition(".")[2]
    if base in _EITHER:
        return partial(_cut, partial(_EITHER[base], kind.removesuffix(base)))
    if message(kind).is_list:
        return partial(_list, reader_of(kind))
    return reader_of(kind).read_part


def _cut(read: Callable[[bytes], Any], data: bytes, position: int, end: int) -> Any:
    return read(data[position:end])


def _list(reader: Reader, data: bytes, position: int, end: int) -> Any:
    return reader.read(data, position, end)["items"]


def _encoded(read: Callable[..., Any], data: bytes, position: int, end: int) -> msgspec.Raw:
    """An object of a list: all of them at once would be a million Python objects."""
    return msgspec.Raw(_encode(read(data, position, end)))


def _merge(into: dict[str, Any], more: Any) -> None:
    into.update(more)


def _entry(read: Callable[..., Any] | None, data: bytes, position: int, end: int) -> dict[str, Any]:
    """One member of a map; its key and its value may be left out."""
    if data.startswith(_KEY, position, end):
        # both are there, in this order: that is how Go writes them
        size, start = read_varint(data, position + 1)
        stop = start + size
        if data.startswith(_VALUE, stop, end):
            size, at = read_varint(data, stop + 1)
            if at + size == end:
                value = data[at:end].decode() if read is None else read(data, at, end)
                return {data[start:stop].decode(): value}
    return _any_entry(read, data[position:end])


def _any_entry(read: Callable[..., Any] | None, wire: bytes) -> dict[str, Any]:
    key, value = b"", b""
    for number, found in members(wire):
        if number == 1:
            key = as_bytes(found)
        else:
            value = as_bytes(found)
    return {key.decode(): value.decode() if read is None else read(value, 0, len(value))}


def _schema_or_bool(package: str, wire: bytes) -> Any:
    fields = dict(members(wire))
    schema = fields.get(2)
    return fields.get(1, 0) != 0 if schema is None else _schema(package, schema)


def _schema_or_array(package: str, wire: bytes) -> Any:
    several = [_schema(package, value) for number, value in members(wire) if number == 2]
    return several or _one_schema(package, wire)


def _schema_or_strings(package: str, wire: bytes) -> Any:
    texts = [as_bytes(value).decode() for number, value in members(wire) if number == 2]
    return texts or _one_schema(package, wire)


def _one_schema(package: str, wire: bytes) -> Any:
    schema = dict(members(wire)).get(1)
    return None if schema is None else _schema(package, schema)


def _schema(package: str, value: int | bytes) -> Any:
    wire = as_bytes(value)
    return reader_of(f"{package}JSONSchemaProps").read(wire, 0, len(wire))


_EITHER: dict[str, Callable[[str, bytes], Any]] = {
    "JSONSchemaPropsOrArray": _schema_or_array,
    "JSONSchemaPropsOrBool": _schema_or_bool,
    "JSONSchemaPropsOrStringArray": _schema_or_strings,
}

"""From the JSON of a message to its bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Annotated, NamedTuple, TypeAlias

import msgspec

from kubewright.protobuf.table import Field, JsonOnlyError, message
from kubewright.protobuf.values import WRITE, starts
from kubewright.protobuf.wire import chunk, double, number

__all__ = ["writer_of"]

Write: TypeAlias = Callable[[msgspec.Raw], bytes]
"""The bytes of a value, without its tag."""
Put: TypeAlias = Callable[[msgspec.Raw], bytes]
"""The bytes of a whole field, with its tag."""

_NULL = msgspec.Raw(b"null")
_NO_FIELDS = frozenset(("kind", "apiVersion"))
_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_split_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode
_bool = msgspec.json.Decoder(bool).decode
_double = msgspec.json.Decoder(float).decode
_int32 = msgspec.json.Decoder(
    Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)], strict=True
).decode
_int64 = msgspec.json.Decoder(
    Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)], strict=True
).decode


class _Inline(NamedTuple):
    """A field of the inner message whose members stand in the outer object."""

    number: int
    writer: Writer


class Writer:
    """Writes messages of one kind; made once for each kind, and used by many threads."""

    def __init__(self, name: str) -> None:
        """Name the message; its fields are looked up when the first one is written."""
        self._name = name
        self._puts: dict[str, Put | _Inline] | None = None

    def write(self, raw: msgspec.Raw) -> bytes:
        """Write one message.

        Raises:
            JsonOnlyError: it has a member for which this version knows no field.
            ValueError: a value is of another type than its field.
        """
        return self.write_members(_split_object(raw))

    def write_members(self, parts: dict[str, msgspec.Raw]) -> bytes:
        """Write a message whose members are split already."""
        puts = self.puts()
        written: list[bytes] = []
        inner: dict[int, tuple[Writer, dict[str, msgspec.Raw]]] = {}
        for name, raw in parts.items():
            put = puts.get(name)
            if raw == _NULL and put is not None:
                continue  # Go makes its zero of both null and nothing
            if isinstance(put, _Inline):
                inner.setdefault(put.number, (put.writer, {}))[1][name] = raw
            elif put is not None:
                written.append(put(raw))
            else:
                raise JsonOnlyError(f"{self._name} has no field {name!r}")
        written += [chunk(at, writer.write_members(own)) for at, (writer, own) in inner.items()]
        return b"".join(written)

    def puts(self) -> dict[str, Put | _Inline]:
        """How to write each member."""
        if self._puts is None:
            known = message(self._name)
            puts: dict[str, Put | _Inline] = {}
            if known.has_kind:
                puts.update(dict.fromkeys(_NO_FIELDS, _nothing))
            for field in known.fields:
                if field.name:
                    puts[field.name] = _put(field)
                else:
                    inline = _Inline(field.number, writer_of(field.kind))
                    puts.update(dict.fromkeys(inline.writer.puts(), inline))
            self._puts = puts
        return self._puts


@cache
def writer_of(name: str) -> Writer:
    """The writer of a message."""
    return Writer(name)


def _put(field: Field) -> Put:
    one = _one(field.number, field.kind)
    if field.is_map:
        return partial(_map, field.number, _one(2, field.kind))
    return partial(_list, one) if field.is_list else one


def _one(at: int, kind: str) -> Put:
    """How to write a single value as a field with its number."""
    if kind in ("int32", "int64"):
        return partial(_put_number, at, _int32 if kind == "int32" else _int64)
    if kind == "bool":
        return partial(_put_number, at, _bool)
    if kind == "double":
        return partial(_put_double, at)
    return partial(_put_chunk, at, _payload(kind))


def _payload(kind: str) -> Write:
    if kind == "string":
        return _string
    if kind in WRITE:
        return WRITE[kind]
    base = kind.rpartition(".")[2]
    if base in _EITHER:
        return partial(_EITHER[base], kind.removesuffix(base))
    if message(kind).is_list:
        return partial(_list, partial(_put_chunk, 1, _string))
    return writer_of(kind).write


def _nothing(_raw: msgspec.Raw) -> bytes:
    return b""


def _put_number(at: int, read: Callable[[msgspec.Raw], int], raw: msgspec.Raw) -> bytes:
    return number(at, read(raw))


def _put_double(at: int, raw: msgspec.Raw) -> bytes:
    return double(at, _double(raw))


def _put_chunk(at: int, payload: Write, raw: msgspec.Raw) -> bytes:
    return chunk(at, payload(raw))


def _string(raw: msgspec.Raw) -> bytes:
    return _text(raw).encode()


def _list(one: Put, raw: msgspec.Raw) -> bytes:
    return b"".join([one(item) for item in _split_array(raw)])


def _map(at: int, value: Put, raw: msgspec.Raw) -> bytes:
    entries = _split_object(raw)
    return b"".join(
        [
            chunk(at, chunk(1, key.encode()) + (b"" if item == _NULL else value(item)))
            for key, item in entries.items()
        ]
    )


def _schema_or_bool(package: str, raw: msgspec.Raw) -> bytes:
    if starts(raw, b"{"):
        return number(1, 1) + chunk(2, _schema(package, raw))
    return number(1, _bool(raw))


def _schema_or_array(package: str, raw: msgspec.Raw) -> bytes:
    if starts(raw, b"{"):
        return chunk(1, _schema(package, raw))
    return b"".join([chunk(2, _schema(package, item)) for item in _split_array(raw)])


def _schema_or_strings(package: str, raw: msgspec.Raw) -> bytes:
    if starts(raw, b"{"):
        return chunk(1, _schema(package, raw))
    return b"".join([chunk(2, _string(item)) for item in _split_array(raw)])


def _schema(package: str, raw: msgspec.Raw) -> bytes:
    return writer_of(f"{package}JSONSchemaProps").write(raw)


_EITHER: dict[str, Callable[[str, msgspec.Raw], bytes]] = {
    "JSONSchemaPropsOrArray": _schema_or_array,
    "JSONSchemaPropsOrBool": _schema_or_bool,
    "JSONSchemaPropsOrStringArray": _schema_or_strings,
}

"""How each field of a model is read from its bytes and written again.

A class annotation becomes a tree of codecs once, when an object of the class is first looked at;
`kubewright.model` does the rest. Nothing here knows the class `Model`: what can be read from split
bytes offers ``from_parts``.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import (
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from pydantic.fields import FieldInfo

from kubewright._wire import plain, read_json, split_array, split_object

__all__ = ["FieldTable", "ModelField", "table_of"]

NULL = msgspec.Raw(b"null")
"""Compared with as it is: taking the bytes of a field to compare them would copy it."""


class Codec(Protocol):
    """Reads a value from JSON and makes it ready for msgspec's encoder."""

    @property
    def mutable(self) -> bool:
        """Whether the value can change without being set again, as a list or a model can."""
        ...

    def decode(self, raw: msgspec.Raw) -> Any:
        """Return the value; one of another shape than the schema says comes as plain data."""
        ...

    def encode(self, value: Any) -> Any:
        """Return what JSON has for the value."""
        ...

    def zero(self) -> Any:
        """Return what Go has where the wire has nothing."""
        ...


@dataclass(frozen=True, slots=True)
class _Scalar:
    """Strings, numbers, booleans."""

    kind: type | None
    mutable: bool = False

    def decode(self, raw: msgspec.Raw) -> Any:
        return read_json(raw)

    def encode(self, value: Any) -> Any:
        return plain(value)

    def zero(self) -> Any:
        return None if self.kind is None else self.kind()


@dataclass(frozen=True, slots=True)
class _Json:
    """Any JSON: free-form objects, and lists and maps of scalars."""

    kind: type | None
    mutable: bool = True

    def decode(self, raw: msgspec.Raw) -> Any:
        return read_json(raw)

    def encode(self, value: Any) -> Any:
        return plain(value)

    def zero(self) -> Any:
        return None if self.kind is None else self.kind()


@dataclass(frozen=True, slots=True)
class _Text:
    """A value that is text on the wire, such as a time or a quantity."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    exact: bool = False
    """Whether a form that would be written differently stays text: a container is written anew."""
    mutable: bool = False

    def decode(self, raw: msgspec.Raw) -> Any:
        text = read_json(raw)
        try:
            value = self.read(text)
        except (ValueError, TypeError):
            return text  # a newer server's form, or a hand-made one: shown as it is
        return text if self.exact and self.write(value) != text else value

    def encode(self, value: Any) -> Any:
        if isinstance(value, str | int | float | list | dict):
            return plain(value)  # what could not be read stayed as it came
        return self.write(value)

    def zero(self) -> Any:
        return None


@dataclass(frozen=True, slots=True)
class _Object:
    """A nested model."""

    from_split: Callable[[dict[str, msgspec.Raw]], Any]
    mutable: bool = True

    def decode(self, raw: msgspec.Raw) -> Any:
        try:
            return self.from_split(split_object(raw))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return read_json(raw)

    def encode(self, value: Any) -> Any:
        return plain(value)

    def zero(self) -> Any:
        return self.from_split({})


@dataclass(frozen=True, slots=True)
class _ListOf:
    item: Codec
    mutable: bool = True

    def decode(self, raw: msgspec.Raw) -> Any:
        try:
            items = split_array(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return read_json(raw)
        read = self.item.decode
        return [read(item) for item in items]

    def encode(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return plain(value)
        write = self.item.encode
        return [None if v is None else write(v) for v in cast("list[Any]", value)]

    def zero(self) -> Any:
        return []


@dataclass(frozen=True, slots=True)
class _MapOf:
    item: Codec
    mutable: bool = True

    def decode(self, raw: msgspec.Raw) -> Any:
        try:
            items = split_object(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return read_json(raw)
        read = self.item.decode
        return {key: read(item) for key, item in items.items()}

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return plain(value)
        write = self.item.encode
        pairs = cast("dict[str, Any]", value).items()
        return {key: None if v is None else write(v) for key, v in pairs}

    def zero(self) -> Any:
        return {}


def _codec(annotation: Any) -> Codec:
    """The codec of an annotation; an optional one has that of the type that may be there."""
    if isinstance(annotation, TypeVar):
        return _Json(None)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        for item in metadata:
            if hasattr(item, "decode") and hasattr(item, "encode"):
                return _Text(item.decode, item.encode)
        return _codec(inner)
    if origin in (Union, types.UnionType):
        return _union(annotation)
    if origin is Literal:
        return _Scalar(str if isinstance(get_args(annotation)[0], str) else int)
    if origin is list:
        item = _item(*get_args(annotation))
        return _Json(list) if isinstance(item, _Scalar) else _ListOf(item)
    if origin is dict:
        item = _item(get_args(annotation)[1])
        return _Json(dict) if isinstance(item, _Scalar) else _MapOf(item)
    return _of_class(annotation)


def _item(annotation: Any) -> Codec:
    codec = _codec(annotation)
    return replace(codec, exact=True) if isinstance(codec, _Text) else codec


def _union(annotation: Any) -> Codec:
    members = [_codec(arg) for arg in get_args(annotation) if arg is not type(None)]
    if len(members) == 1:
        return members[0]
    scalars = all(isinstance(member, _Scalar) for member in members)
    return _Scalar(None) if scalars else _Json(None)


def _of_class(kind: Any) -> Codec:
    if kind in (str, int, float, bool):
        return _Scalar(kind)
    if hasattr(kind, "from_parts"):
        return _Object(kind.from_parts)
    if hasattr(kind, "from_wire"):
        return _Text(kind.from_wire, kind.to_wire)
    return _Json(kind if kind in (list, dict) else None)


@dataclass(frozen=True, slots=True)
class ModelField:
    """One field of a model."""

    name: str
    wire_name: str
    codec: Codec
    default: Callable[[], Any]
    """What a reader sees where the wire has nothing."""

    def read(self, raw: msgspec.Raw) -> Any:
        """Decode; a ``null`` reads as if the field were not there."""
        return self.default() if raw == NULL else self.codec.decode(raw)


class FieldTable(dict[str, ModelField]):
    """The fields of one class by Python name."""

    __slots__ = ("python_names",)

    def __init__(self, fields: list[ModelField]) -> None:
        super().__init__((field.name, field) for field in fields)
        self.python_names = {field.wire_name: field.name for field in fields}


def table_of(model: Any, infos: dict[str, FieldInfo], alias: Callable[[str], str]) -> FieldTable:
    """Build the table of a class from its annotations, resolving references to later classes."""
    hints: dict[str, Any] = {}
    for kind in cast("list[type]", [*reversed(model.__mro__)]):
        stated = cast("dict[str, Any]", vars(kind).get("__annotations__", {}))
        own = {name: stated[name] for name in stated if name in infos}
        if own:
            hints |= _resolve(own, kind.__module__)
    fields: list[ModelField] = []
    for name, info in infos.items():
        codec = _codec(hints[name])
        default = _default(info, codec, hints[name])
        fields.append(
            ModelField(name, alias(name) if info.alias is None else info.alias, codec, default)
        )
    return FieldTable(fields)


def _resolve(annotations: dict[str, Any], module: str) -> dict[str, Any]:
    def holder() -> None: ...

    holder.__annotations__ = annotations
    return get_type_hints(holder, globalns=vars(sys.modules[module]), include_extras=True)


def _default(info: FieldInfo, codec: Codec, hint: Any) -> Callable[[], Any]:
    if info.default_factory is not None:
        return codec.zero
    if info.default is None and not _is_optional(hint):
        return codec.zero  # a required field that the server left out
    value = info.default
    return lambda: value


def _is_optional(hint: Any) -> bool:
    while get_origin(hint) is Annotated:  # what carries an alias
        hint = get_args(hint)[0]
    return hint is Any or type(None) in get_args(hint)

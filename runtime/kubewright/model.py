"""The base class of every Kubernetes model.

Four promises, which every model keeps:

* Building is strict: a checker asks for required fields, and a name that is not there is an error.
* Reading never fails: a field that the server left out, a ``null`` list, a value of another type
  than the schema says is not an error; what is a struct, list or map in Go is there.
* Nothing is lost: what nobody touched goes back byte for byte, unknown fields included.
* Absent, ``null`` and a value stay apart: ``del obj.field`` leaves it out, ``obj.field = None``
  sends ``null``.

A model that was read keeps the bytes of each field and decodes a field when somebody looks at it:
reading one label of a large pod costs microseconds, whatever its size.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_serializer
from pydantic.alias_generators import to_camel

from kubewright._errors import DecodeError
from kubewright._fields import NULL, FieldTable, table_of
from kubewright._wire import plain, read_json, split_object

__all__ = ["Model", "empty", "required"]

ModelT = TypeVar("ModelT", bound="Model")

if TYPE_CHECKING:
    # A field specifier with no default: checkers ask for the argument.
    from pydantic import Field as required  # noqa: N813 - it is a function
else:

    def required() -> Any:
        """A field that must be given when building, and may be missing when reading."""
        return Field(default=None)


@overload
def empty(kind: type[list[Any]]) -> list[Any]: ...
@overload
def empty(kind: type[dict[Any, Any]]) -> dict[str, Any]: ...
@overload
def empty(kind: type[ModelT]) -> ModelT: ...
def empty(kind: type[Any]) -> Any:
    """A list, map or nested object that is there even when the wire leaves it out.

    It is what a slice, a map or a struct (not a pointer) is in Go. A factory, because pydantic
    would deep-copy a plain ``[]`` for each object.
    """
    return Field(default_factory=kind)


_decode = msgspec.json.Decoder().decode
_set_slot = object.__setattr__
_NOTHING_SET: set[str] = set()  # shared by all objects in which nothing was set; never changed


class Model(BaseModel):
    """A piece of a Kubernetes object: snake_case in Python, camelCase on the wire."""

    # The fields as they came, each still JSON; missing on an object that was built in Python.
    __slots__ = ("_wire",)

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        defer_build=True,
        protected_namespaces=(),
    )

    @classmethod
    def from_json(cls, data: bytes | bytearray | memoryview | msgspec.Raw) -> Self:
        """Read one JSON object; its fields are decoded when somebody looks at them.

        The object keeps ``data`` alive: hand in a copy of a slice of something larger.

        Raises:
            DecodeError: the data is no JSON object.
        """
        try:
            return cls.from_parts(split_object(data))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecodeError(f"{cls.__name__}: no JSON object: {error}") from error

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read JSON-compatible data, such as a manifest that was loaded from YAML.

        Raises:
            DecodeError: the data is no mapping, or holds what JSON cannot.
        """
        try:
            return cls.from_json(msgspec.json.encode(plain(data)))
        except (TypeError, ValueError) as error:
            raise DecodeError(f"{cls.__name__}: {error}") from error

    @classmethod
    def from_parts(cls, wire: dict[str, msgspec.Raw]) -> Self:
        """Read an object whose members are split already; it keeps the dict and the bytes."""
        self = cls.__new__(cls)
        _set_slot(self, "_wire", wire)
        _set_slot(self, "__pydantic_fields_set__", _NOTHING_SET)
        _set_slot(self, "__pydantic_extra__", None)
        _set_slot(self, "__pydantic_private__", None)
        return self

    def to_json(self) -> bytes:
        """Encode for the server: what was set or received, and what says something.

        Raises:
            TypeError: JSON has no form for a value that was set; the message names the field.
            ValueError: the same of a number such as ``nan``.
        """
        return msgspec.json.encode(self._parts())

    def to_wire(self) -> dict[str, Any]:
        """Return what `to_json` sends as plain data of the caller's own.

        Raises:
            DecodeError: Python cannot hold it, as it is too deep or has text that is no UTF-8.
        """
        try:
            data: dict[str, Any] = _decode(self.to_json())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DecodeError(f"{type(self).__name__}: {error}") from error
        return data

    def _parts(self) -> dict[str, Any]:
        """The object for msgspec: what nobody touched is still the bytes that came."""
        wire: dict[str, msgspec.Raw] | None = getattr(self, "_wire", None)
        parts: dict[str, Any] = dict(wire or {})
        fields = _fields_of(type(self))
        for name, value in tuple(vars(self).items()):
            field = fields[name]
            was_set = name in self.__pydantic_fields_set__
            if wire is not None and not field.codec.mutable and not was_set:
                continue  # it was looked at only: it is on the wire as it came, or not at all
            try:
                encoded = None if value is None else field.codec.encode(value)
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"{type(self).__name__}.{name}: {error}") from error
            came = parts.get(field.wire_name)
            if encoded or was_set or (came is not None and came != NULL):
                parts[field.wire_name] = encoded
        if self.__pydantic_extra__ is not None:
            known = fields.python_names
            parts = {key: value for key, value in parts.items() if key in known}
            parts.update(plain(self.__pydantic_extra__))
        return parts

    @model_serializer(mode="plain")
    def _serialize(self) -> dict[str, Any]:
        return self.to_wire()  # so that pydantic, and what builds on it, writes the wire form too

    @property
    def model_extra(self) -> dict[str, Any]:
        """The fields that came and that the model does not know, by wire name; may be changed."""
        if self.__pydantic_extra__ is None:
            known = _fields_of(type(self)).python_names
            wire: dict[str, msgspec.Raw] = getattr(self, "_wire", {})
            extra = {key: read_json(raw) for key, raw in wire.items() if key not in known}
            _set_slot(self, "__pydantic_extra__", extra)
        assert self.__pydantic_extra__ is not None  # noqa: S101 - narrows what was just set
        return self.__pydantic_extra__

    @property
    def model_fields_set(self) -> set[str]:
        """The Python names of the fields that were received or set."""
        wire: dict[str, msgspec.Raw] = getattr(self, "_wire", {})
        received = {n for n, f in _fields_of(type(self)).items() if f.wire_name in wire}
        return received | self.__pydantic_fields_set__

    if not TYPE_CHECKING:  # else checkers would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            """Decode a field when it is first looked at."""
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            fields = _fields_of(type(self))
            field = fields.get(name)
            wire = getattr(self, "_wire", {})
            if field is None:
                return _extra_attribute(self, name, fields.python_names)
            raw = wire.get(field.wire_name)
            value = field.default() if raw is None else field.read(raw)
            # setdefault is atomic: two threads that look at once get one and the same object
            return vars(self).setdefault(name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _fields_of(type(self)):
            raise AttributeError(f"{type(self).__name__!r} object has no field {name!r}")
        vars(self)[name] = value
        _set_slot(self, "__pydantic_fields_set__", self.__pydantic_fields_set__ | {name})

    def __delattr__(self, name: str) -> None:
        field = _fields_of(type(self)).get(name)
        if field is None:
            raise AttributeError(f"{type(self).__name__!r} object has no field {name!r}")
        wire: dict[str, msgspec.Raw] = dict(getattr(self, "_wire", {}))
        wire.pop(field.wire_name, None)
        _set_slot(self, "_wire", wire)
        vars(self).pop(name, None)
        _set_slot(self, "__pydantic_fields_set__", self.__pydantic_fields_set__ - {name})

    def __eq__(self, other: object) -> bool:
        """Whether both are of one class and would be sent alike."""
        if not isinstance(other, Model) or type(self) is not type(other):
            return NotImplemented
        return self.to_wire() == other.to_wire()

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:
        """Yield the fields that are there, and their values: what ``dict(obj)`` holds."""
        yield from self.__repr_args__()

    def __repr_args__(self) -> Any:
        present = self.model_fields_set
        sent = self._parts()
        fields = _fields_of(type(self))
        for name in fields:
            if name in present or fields[name].wire_name in sent:
                yield name, getattr(self, name)
        yield from self.model_extra.items()

    def __copy__(self) -> Self:
        return self.__deepcopy__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return type(self).from_json(self.to_json())

    def __reduce__(self) -> Any:
        return type(self).from_json, (self.to_json(),)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = True) -> Self:
        """Return a copy that shares nothing with this object, with some fields set."""
        del deep
        copy = self.__deepcopy__()
        for name, value in (update or {}).items():
            setattr(copy, name, value)
        return copy


@cache
def _fields_of(model: type[Model]) -> FieldTable:
    return table_of(model, model.model_fields, to_camel)


def _extra_attribute(obj: Model, name: str, known: Mapping[str, str]) -> Any:
    if name in known:
        hint = f"use {known[name]!r}"
        raise AttributeError(f"{type(obj).__name__!r} object: {name!r} is a wire name, {hint}")
    if name in obj.model_extra:
        return obj.model_extra[name]
    raise AttributeError(f"{type(obj).__name__!r} object has no attribute {name!r}")

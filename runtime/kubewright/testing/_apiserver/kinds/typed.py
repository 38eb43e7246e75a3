"""Built-in objects as they are after the server has read them into its Go types and defaulted them.

What a type does not have is dropped and told, nulls and empty values leave the object where the type
leaves them out, structs and required values are there, quantities and times have their one
spelling. sigs.k8s.io/json: ``internal/golang/encoding/json/decode.go``. The types are those of
`kubewright.protobuf`; what they do not say is the name of Go's types of text, such as
``v1.PullPolicy``, which is ``string`` in the messages here.
"""

from __future__ import annotations

import base64
import binascii
import copy
import re
import string
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from kubewright._json import is_array, is_object
from kubewright.protobuf.table import SCALARS, Field, JsonOnlyError, message, message_of
from kubewright.quantity import Quantity
from kubewright.scalars import MicroTimeCodec, TimeCodec
from kubewright.testing._apiserver.golang import quoted
from kubewright.testing._apiserver.kinds.defaults import set_defaults

__all__ = ["WrongTypeError", "empty", "is_typed", "members_of", "typed", "typed_metadata"]

JSONObject = dict[str, Any]

_QUANTITY: Final = "api.resource.Quantity"
_INT_OR_STRING: Final = "intstr.IntOrString"
_TIMES: Final[dict[str, tuple[TimeCodec, str]]] = {
    "meta.v1.Time": (TimeCodec(), "2006-01-02T15:04:05Z07:00"),
    "meta.v1.MicroTime": (MicroTimeCodec(), "2006-01-02T15:04:05.000000Z07:00"),
}
_OPAQUE: Final = frozenset(
    ("meta.v1.FieldsV1", "runtime.RawExtension", "apiextensions.v1.JSON", "meta.v1.Duration")
)
_ZEROS: Final[dict[str, Any]] = {
    "bool": False,
    "double": 0,
    "int32": 0,
    "int64": 0,
    "string": "",
    _QUANTITY: "0",
    _INT_OR_STRING: 0,
}
_BITS: Final = {"int32": 31, "int64": 63, _INT_OR_STRING: 31}
_GO_NAMES: Final = {"bytes": "[]uint8", "double": "float64", _INT_OR_STRING: "int32"}
_BAD_QUANTITY: Final = (
    "quantities must match the regular expression " "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_AFTER_SECONDS: Final = re.compile(r"(?<=:\d\d:\d\d).*")
_MICRO: Final = re.compile(r"\.\d{6}(?!\d)")
_BASE64: Final = frozenset(string.ascii_letters + string.digits + "+/")
_ABSENT: Final = object()


class WrongTypeError(Exception):
    """A value is of another type than its field, in the words of Go's decoder."""

    def __init__(self, text: str, *, go_type: str = "") -> None:
        super().__init__(text)
        self.go_type = go_type


class _At(NamedTuple):
    """Where the reader is: Go names a field by its struct and without the indices of lists."""

    struct: str
    fields: str
    path: str

    def field(self, name: str) -> _At:
        dot = "." if self.path else ""
        fields = f"{self.fields}.{name}" if self.fields else name
        return self._replace(fields=fields, path=f"{self.path}{dot}{name}")

    def item(self, index: int) -> _At:
        return self._replace(path=f"{self.path}[{index}]")


class _Reading(NamedTuple):
    unknown: list[str]
    with_defaults: bool


def is_typed(api_version: str, kind: str) -> bool:
    """Whether the server has a Go type for a kind that is known here."""
    try:
        message_of(api_version, kind)
    except JsonOnlyError:
        return False
    return True


def typed(obj: JSONObject, *, with_defaults: bool = True) -> tuple[JSONObject, list[str]]:
    """Return an object as its Go type holds it, and the paths of the fields that it does not have.

    Args:
        obj: of a kind for which `is_typed` holds.
        with_defaults: set them, as a server does with whatever it reads.

    Raises:
        WrongTypeError: a value is of another type than its field.
    """
    unknown: list[str] = []
    reading = _Reading(unknown, with_defaults)
    name = message_of(str(obj["apiVersion"]), str(obj["kind"]))
    return _struct(obj, name, _At("", "", ""), reading), unknown


def typed_metadata(metadata: Any) -> tuple[JSONObject, list[str]]:
    """Return the metadata of any object like `typed`, paths included."""
    unknown: list[str] = []
    at = _At("", "", "").field("metadata")
    if not is_object(metadata):
        raise _wrong(metadata, at, "v1.ObjectMeta")
    plain = _At("", "", "")
    read = _struct(metadata, "meta.v1.ObjectMeta", plain, _Reading(unknown, with_defaults=False))
    return read, [f"metadata.{path}" for path in unknown]


def empty(api_version: str, kind: str, part: str) -> JSONObject:
    """Return a part of a kind, such as its status, in which nothing is set."""
    fields = members_of(message_of(api_version, kind))
    field = fields.get(part)
    if field is None:
        return {}
    return _struct({}, field.kind, _At("", "", ""), _Reading([], with_defaults=True))


class _Known(NamedTuple):
    """What a reader asks of a type again and again."""

    fields: dict[str, Field]
    always: tuple[Field, ...]
    types: tuple[str, ...]
    has_kind: bool


@cache
def _known(name: str) -> _Known:
    fields = members_of(name)
    always = tuple(field for field in fields.values() if _is_always_there(field))
    own = message(name)
    inlined = tuple(field.kind for field in own.fields if not field.name)
    return _Known(fields, always, (*inlined, name), own.has_kind)


@cache
def _is_list(name: str) -> bool:
    return message(name).is_list


@cache
def members_of(name: str) -> dict[str, Field]:
    """Return the fields of a message by their names, in the order that its Go type has."""
    return {field.name: field for field in _fields(name)}


def _fields(name: str) -> Iterator[Field]:
    for field in message(name).fields:
        if field.name:
            yield field
        else:
            yield from _fields(field.kind)


def _is_always_there(field: Field) -> bool:
    if not field.omits_empty:
        return True
    is_plain = not (field.is_list or field.is_map or field.is_pointer or field.omits_zero)
    return is_plain and (field.kind in _TIMES or field.kind == _INT_OR_STRING or _is_struct(field))


def _is_struct(field: Field) -> bool:
    is_value = field.kind in SCALARS or field.kind in _ZEROS or field.kind in _TIMES
    return not is_value and field.kind not in _OPAQUE and not _is_list(field.kind)


def _struct(value: Any, name: str, at: _At, reading: _Reading) -> JSONObject:
    known = _known(name)
    at = at._replace(struct=name.rpartition(".")[2])
    read: JSONObject = {}
    for key, below in value.items():
        field = known.fields.get(key)
        here = at.field(key)
        if field is not None:
            found = _field(below, field, here, reading)
            if found is not _ABSENT:
                read[key] = found
        elif known.has_kind and key in ("kind", "apiVersion"):
            if _scalar(below, "string", here):
                read[key] = below
        else:
            reading.unknown.append(here.path)
    for field in known.always:
        if field.name not in read:
            read[field.name] = _zero(field, at, reading)
    if reading.with_defaults:
        for each in known.types:
            set_defaults(each, read)
    return read


def _zero(field: Field, at: _At, reading: _Reading) -> Any:
    if field.is_list or field.is_map or field.is_pointer or not _is_struct(field):
        is_plain = not (field.is_list or field.is_map or field.is_pointer)
        return copy.copy(_ZEROS.get(field.kind)) if is_plain else None
    return _struct({}, field.kind, at.field(field.name), reading)


def _field(value: Any, field: Field, at: _At, reading: _Reading) -> Any:
    if value is None:
        return _ABSENT
    if field.is_list:
        read: Any = _list(value, field.kind, at, reading)
    elif field.is_map:
        read = _map(value, field.kind, at, reading)
    else:
        read = _value(value, field.kind, at, reading)
        if read is None:
            return _ABSENT
        if field.omits_zero and not field.is_pointer and read == {}:
            return _ABSENT
        is_kept = field.is_pointer or _is_struct(field)
        return _ABSENT if field.omits_empty and not is_kept and not read else read
    if read:
        return read
    # what is stored does not tell an empty list from none, and answers come out of the store
    return _ABSENT if field.omits_empty else None


def _list(value: Any, kind: str, at: _At, reading: _Reading) -> list[Any]:
    if not is_array(value):
        raise _wrong(value, at, f"[]{_go_name(kind)}")
    return [_item(item, kind, at.item(index), reading) for index, item in enumerate(value)]


def _map(value: Any, kind: str, at: _At, reading: _Reading) -> JSONObject:
    if not is_object(value):
        raise _wrong(value, at, f"map[string]{_go_name(kind)}")
    return {
        key: _item(item, kind, at._replace(path=f"{at.path}.{key}"), reading)
        for key, item in value.items()
    }


def _item(value: Any, kind: str, at: _At, reading: _Reading) -> Any:
    if value is None:
        # Go makes a zero of it
        field = Field("", 0, kind, *(False,) * 5)
        return _zero(field, at, reading)
    return _value(value, kind, at, reading)


def _value(value: Any, kind: str, at: _At, reading: _Reading) -> Any:
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(value, kind, at)
    if kind in SCALARS:
        return _scalar(value, kind, at)
    base = kind.rpartition(".")[2]
    if base.startswith("JSONSchemaPropsOr"):
        return _schema_or(value, kind.partition("Or")[0], at, reading)
    if _is_list(kind):
        return _list(value, "string", at, reading)
    if not is_object(value):
        raise _wrong(value, at, _go_name(kind))
    return _struct(value, kind, at, reading)


def _scalar(value: Any, kind: str, at: _At) -> Any:
    if kind == "string":
        is_right = isinstance(value, str)
    elif kind == "bool":
        is_right = isinstance(value, bool)
    else:
        is_right = isinstance(value, int) and not isinstance(value, bool)
        if kind == "double":
            is_right = is_right or isinstance(value, float)
        elif isinstance(value, float) or (is_right and not _fits(value, kind)):
            what = f"number {value}"
            raise _unmarshal(what, at, _go_name(kind))
    if not is_right:
        raise _wrong(value, at, _go_name(kind))
    return value


def _fits(value: int, kind: str) -> bool:
    limit = 1 << _BITS[kind]
    return -limit <= value < limit


def _quantity(value: Any, _kind: str, _at: _At) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongTypeError(_BAD_QUANTITY)
    try:
        return Quantity(str(value)).canonical()
    except ValueError as error:
        raise WrongTypeError(_BAD_QUANTITY) from error


def _int_or_string(value: Any, kind: str, at: _At) -> Any:
    return value if isinstance(value, str) else _scalar(value, kind, at)


def _time(value: Any, kind: str, at: _At) -> Any:
    text = _scalar(value, "string", at)
    if not text:
        return None
    codec, layout = _TIMES[kind]
    rest = _AFTER_SECONDS.search(text)
    if kind == "meta.v1.MicroTime" and rest is not None and not _MICRO.match(rest[0]):
        raise WrongTypeError(
            f'parsing time {quoted(text)} as "{layout}": cannot parse {quoted(rest[0])} as '
            '".000000"'
        )
    try:
        return codec.encode(codec.parse(text))
    except ValueError as error:
        message = (
            f'parsing time {quoted(text)} as "{layout}": cannot parse {quoted(text)} as "2006"'
        )
        raise WrongTypeError(message) from error


def _bytes(value: Any, kind: str, at: _At) -> str:
    if not isinstance(value, str):
        raise _wrong(value, at, _go_name(kind))
    plain = value.replace("\n", "").replace("\r", "")
    try:
        base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        place = _no_base64_at(value)
        raise WrongTypeError(f"illegal base64 data at input byte {place}") from error
    return plain


def _no_base64_at(text: str) -> int:
    """Return where Go's decoder stops."""
    group = 0
    letters = [(at, letter) for at, letter in enumerate(text) if letter not in "\r\n"]
    for index, (at, letter) in enumerate(letters):
        if letter in _BASE64:
            group = (group + 1) % 4
        elif letter != "=" or group < 2:
            return at
        else:
            left = [*letters[index + 1 :], (len(text), "")]
            if group == 3:
                return left[0][0]
            return left[1][0] if left[0][1] == "=" else left[0][0] - (left[0][1] != "")
    return len(text) - group


def _as_it_is(value: Any, _kind: str, _at: _At) -> Any:
    return value


def _schema_or(value: Any, schema: str, at: _At, reading: _Reading) -> Any:
    """Read what is a schema or something simpler."""
    if is_object(value):
        return _struct(value, schema, at, reading)
    if is_array(value):
        return [
            item if isinstance(item, str) else _struct(item, schema, at, reading) for item in value
        ]
    return value


_SPECIAL: Final[dict[str, Callable[[Any, str, _At], Any]]] = {
    "bytes": _bytes,
    _QUANTITY: _quantity,
    _INT_OR_STRING: _int_or_string,
    **dict.fromkeys(_TIMES, _time),
    **dict.fromkeys(_OPAQUE, _as_it_is),
}


def _go_name(kind: str) -> str:
    if kind in _GO_NAMES:
        return _GO_NAMES[kind]
    package, _, name = kind.rpartition(".")
    return f"{package.rpartition('.')[2]}.{name}" if package else name


def _wrong(value: Any, at: _At, go_type: str) -> WrongTypeError:
    if isinstance(value, bool):
        what = "bool"
    elif isinstance(value, str):
        what = "string"
    elif is_object(value):
        what = "object"
    else:
        what = "array" if is_array(value) else "number"
    return _unmarshal(what, at, go_type)


def _unmarshal(what: str, at: _At, go_type: str) -> WrongTypeError:
    place = f"Go struct field {at.struct}.{at.fields}" if at.struct else "Go value"
    text = f"json: cannot unmarshal {what} into {place} of type {go_type}"
    return WrongTypeError(text, go_type=go_type)

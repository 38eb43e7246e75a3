"""How the parts of objects merge: which lists are maps by key, which are sets, which are one value.

apimachinery: ``structured-merge-diff/schema``, and its ``typed`` for what an applied value must be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.documents.archive import kind_schema
from kubewright.testing._apiserver.golang import in_json, printed, quoted

__all__ = ["Shape", "errors_in", "printed_element", "shape_of"]

Schema = Mapping[str, Any]

_EMPTY: Schema = {}
_MEMBERS = {"additionalProperties", "properties", "x-kubernetes-preserve-unknown-fields"}
_HEAD: Schema = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}


def shape_of(schema: Schema | None, *, is_builtin: bool) -> Shape:
    """Return the shape of objects.

    Args:
        schema: of the kind; None where nothing is known but the metadata.
        is_builtin: whether the schema has the metadata; that of a custom resource does not.
    """
    if schema is not None and is_builtin:
        return Shape(schema)
    metadata = _metadata_schema()
    if schema is None:
        return Shape(
            {"properties": {**_HEAD, "metadata": metadata}, "additionalProperties": _EMPTY}
        )
    return Shape(_with_metadata(schema, metadata))


@cache
def _metadata_schema() -> Schema:
    config_map = kind_schema(GroupVersion("", "v1"), "ConfigMap") or _EMPTY
    found: Schema = config_map["properties"]["metadata"]
    return found


def _properties(schema: Schema) -> Schema:
    """Return the fields of a struct; an object in an object has a head, whatever its schema says."""
    own: Schema = schema.get("properties") or _EMPTY
    if schema.get("x-kubernetes-embedded-resource") is not True:
        return own
    return {**own, **_HEAD, "metadata": _metadata_schema()}


def _with_metadata(schema: Schema, metadata: Schema) -> Schema:
    return {
        **schema,
        "properties": {**(schema.get("properties") or {}), **_HEAD, "metadata": metadata},
    }


@dataclass(frozen=True, slots=True)
class Shape:
    """One place in an object, and what its schema says of merging it."""

    schema: Schema

    def child(self, name: str) -> Shape:
        """Return the shape of a field."""
        return Shape(_sub(self.schema, name))

    def items(self) -> Shape:
        """Return the shape of the items of a list."""
        items: Any = self.schema.get("items")
        return Shape(items if is_object(items) else _EMPTY)

    @property
    def is_atomic_map(self) -> bool:
        """Whether a map is one value, replaced as a whole."""
        is_opaque = self.schema.get("type") == "object" and not _MEMBERS & self.schema.keys()
        return is_opaque or self.schema.get("x-kubernetes-map-type") == "atomic"

    @property
    def is_set(self) -> bool:
        """Whether a list is a set."""
        return self.schema.get("x-kubernetes-list-type") == "set"

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells the items of a list apart; nothing where it is a set or one value."""
        keys: Any = self.schema.get("x-kubernetes-list-map-keys")
        is_map = self.schema.get("x-kubernetes-list-type") == "map"
        return tuple(map(str, keys)) if is_map and is_array(keys) else ()

    def declares(self, name: str) -> bool:
        """Whether there may be a field of this name."""
        others = self.schema.get("additionalProperties")
        keeps = self.schema.get("x-kubernetes-preserve-unknown-fields") is True
        is_known = name in _properties(self.schema)
        return is_known or keeps or others is True or is_object(others) or not self._is_struct

    def names(self, field: str) -> bool:
        """Whether a field is one of a struct, and not the key of a map."""
        return field in _properties(self.schema)

    def element(self, item: Any) -> str | None:
        """Return the path element of an item of a map or a set; None where it has no key."""
        if self.is_set:
            return f"v:{in_json(item)}"
        if not is_object(item):
            return None
        key = {key: item.get(key, self._default(key)) for key in self.keys}
        found = {name: value for name, value in key.items() if value is not None}
        return f"k:{in_json(found)}" if found else None

    def elements(self, items: list[Any]) -> dict[str, Any] | None:
        """Return the items by their path elements, or None where the list is one value."""
        if not self.is_set and not self.keys:
            return None
        found: dict[str, Any] = {}
        for item in items:
            element = self.element(item)
            if element is None:
                return None
            found[element] = item
        return found

    @property
    def _is_struct(self) -> bool:
        return bool(self.schema.get("properties")) or self.schema.get("type") == "object"

    def _default(self, key: str) -> Any:
        return _sub(self.items().schema, key).get("default")


def printed_element(element: str) -> str:
    """Return an element of a path as the server prints it."""
    kind, _, rest = element.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "v":
        return f"[={rest}]"
    keys: dict[str, Any] = json.loads(rest)
    return "[" + ",".join(f"{key}={in_json(value)}" for key, value in keys.items()) + "]"


def errors_in(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """Yield what makes a value none that can be applied, as the server says it."""
    expected = shape.schema.get("type")
    is_free = shape.schema.get("x-kubernetes-int-or-string") or "oneOf" in shape.schema
    if value is None or is_free:
        return
    if is_object(value):
        if expected not in (None, "object"):
            yield f"{path}: {_expectation(expected, value)}"
        else:
            yield from _errors_in_object(value, shape, path)
    elif is_array(value):
        if expected not in (None, "array"):
            yield f"{path}: {_expectation(expected, value)}"
        else:
            yield from _errors_in_list(value, shape, path)
    elif not _is_of(expected, value):
        yield f"{path}: {_expectation(expected, value)}"


def _errors_in_object(value: dict[str, Any], shape: Shape, path: str) -> Iterator[str]:
    for name in sorted(value):
        if not shape.declares(name):
            yield f"{path}.{name}: field not declared in schema"
            return
        yield from errors_in(value[name], shape.child(name), f"{path}.{name}")


def _errors_in_list(items: list[Any], shape: Shape, path: str) -> Iterator[str]:
    is_associative = shape.is_set or bool(shape.keys)
    seen: set[str] = set()
    for index, item in enumerate(items):
        place = f"[{index}]"
        if is_associative:
            element = shape.element(item)
            if element is None:
                yield f"{path}: element {index}: {_no_key(item, shape)}"
                return
            place = printed_element(element)
            if element in seen:
                yield f"{path}: duplicate entries for key {place}"
            seen.add(element)
        yield from errors_in(item, shape.items(), path + place)


def _no_key(item: Any, shape: Shape) -> str:
    if not is_object(item):
        return "associative list with keys may not have non-map elements"
    keys = " ".join(map(quoted, shape.keys))
    return (
        f"associative list with keys has an element that omits all key fields [{keys}] (and doesn't "
        "have default values for any key fields)"
    )


def _is_of(expected: Any, value: Any) -> bool:
    match expected:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "object" | "array":
            return False
        case _:
            return True


def _expectation(expected: Any, value: Any) -> str:
    if expected == "object":
        return f"expected map, got &{{{printed(value)}}}"
    if expected == "array":
        return f"expected list, got &{{{printed(value)}}}"
    if expected in ("integer", "number"):
        return f"expected numeric (int or float), got {_go_type(value)}"
    shown = quoted(value) if isinstance(value, str) else printed(value)
    if expected == "boolean":
        return f"expected boolean, got &{{{shown}}}"
    return f"expected string, got &value.valueUnstructured{{Value:{shown}}}"


def _go_type(value: Any) -> str:
    if is_object(value):
        return "map[string]interface {}"
    return "[]interface {}" if is_array(value) else type(value).__name__.replace("str", "string")


def _sub(schema: Schema, name: str) -> Schema:
    found: Any = _properties(schema).get(name)
    if found is None:
        found = schema.get("additionalProperties")
    return found if is_object(found) else _EMPTY

"""What has to hold for a custom resource beside what every object needs.

apiextensions-apiserver: ``pkg/registry/customresource/{strategy,status_strategy,validator}.go``. Rules
in CEL are not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.causes import duplicate, required, wrong
from kubewright.testing._apiserver.custom.validation import UNKNOWN, causes_in
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import in_json, printed
from kubewright.testing._apiserver.names import metadata_causes
from kubewright.testing._apiserver.parts import part_at
from kubewright.testing._apiserver.resources import steps_of

__all__ = ["custom_causes"]

Schema = Mapping[str, Any]

_RULES: Final = "x-kubernetes-validations"
_BLOCKING: Final = frozenset(
    {
        "FieldValueNotSupported",
        "FieldValueRequired",
        "FieldValueTooLong",
        "FieldValueTooMany",
        "FieldValueTypeInvalid",
    }
)
_LARGEST: Final = 2**31 - 1
_GO_TYPES: Final = {"NoneType": "<nil>", "float": "float64", "int": "int64", "str": "string"}


def custom_causes(call: Call, new: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[Cause]:
    """Return what is wrong with a custom resource.

    Args:
        call: a write, of the object or of its status.
        new: as it would be stored.
        old: as it is stored; None for a new one.
    """
    schema = call.served.schema
    causes: list[Cause] = []
    if schema is not None:
        if call.subresource == "status":
            causes += _status_causes(schema, new, old)
        else:
            before = UNKNOWN if old is None else {**old, "kind": "", "apiVersion": ""}
            causes += causes_in(new, schema, old=before)
    causes += _scale_causes(call, new)
    if schema is None:
        return causes
    causes += _embedded(new, schema, "")
    if old is None or not list(_list_causes(old, schema, "")):
        causes += _list_causes(new, schema, "")
    if _has_rules(schema) and any(cause.reason in _BLOCKING for cause in causes):
        why = (
            "some validation rules were not checked because the object was invalid; correct the "
            "existing errors to complete validation"
        )
        causes.append(wrong("<nil>", None, why))
    return causes


def _status_causes(
    schema: Schema, new: Mapping[str, Any], old: Mapping[str, Any] | None
) -> list[Cause]:
    part = part_at(schema, "properties", "status")
    if "status" not in new or not part:
        return []
    before = (old or {}).get("status", UNKNOWN)
    # a server forgets the path here
    return [
        cause._replace(field=f"status.{cause.field}" if cause.field != "<nil>" else "status")
        for cause in causes_in(new["status"], part, old=before)
    ]


def _scale_causes(call: Call, obj: Mapping[str, Any]) -> Iterator[Cause]:
    paths = call.served.scale_paths
    if paths is None:
        return
    replicas = (paths.spec_replicas, paths.status_replicas)
    for path in replicas[1:] if call.subresource == "status" else replicas:
        value, why = _accessed(obj, path, int)
        if why:
            yield wrong(path, 0, why)
        elif value is not None and value < 0:
            yield wrong(path, value, "should be a non-negative integer")
        elif value is not None and value > _LARGEST:
            yield wrong(path, value, f"should be less than or equal to {_LARGEST}")
    if paths.label_selector:
        _, why = _accessed(obj, paths.label_selector, str)
        if why:
            yield wrong(paths.label_selector, "", why)


def _accessed(obj: Mapping[str, Any], path: str, kind: type) -> tuple[Any, str]:
    """Return what a path leads to, and why that is not of a type; None where there is nothing."""
    value: Any = obj
    gone = ""
    for step in steps_of(path):
        if value is None:
            return None, ""
        gone = f"{gone}.{step}"
        if not is_object(value):
            return None, f"{gone} accessor error: {_told(value)}, expected map[string]interface{{}}"
        if step not in value:
            return None, ""
        value = value[step]
    if type(value) is kind:
        return value, ""
    expected = "int64" if kind is int else "string"
    return None, f"{path} accessor error: {_told(value)}, expected {expected}"


def _told(value: Any) -> str:
    kind = type(value).__name__
    if is_object(value):
        kind = "map[string]interface {}"
    elif is_array(value):
        kind = "[]interface {}"
    return f"{printed(value)} is of the type {_GO_TYPES.get(kind, kind)}"


def _list_causes(value: Any, schema: Schema, path: str) -> Iterator[Cause]:
    """Yield the items that a set or a map by keys has twice."""
    if is_array(value):
        kind = schema.get("x-kubernetes-list-type")
        if kind in ("set", "map"):
            yield from _doubled(value, schema, path)
        items = part_at(schema, "items")
        for index, item in enumerate(value):
            yield from _list_causes(item, items, f"{path}[{index}]")
    elif is_object(value):
        properties, others = part_at(schema, "properties"), part_at(schema, "additionalProperties")
        for name, below in value.items():
            found = properties.get(name)
            if is_object(found):
                yield from _list_causes(below, found, f"{path}.{name}" if path else name)
            elif others:
                yield from _list_causes(below, others, f"{path}[{name}]")


def _doubled(items: list[Any], schema: Schema, path: str) -> Iterator[Cause]:
    keys: list[str] = schema.get("x-kubernetes-list-map-keys") or []
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        told = item
        if schema.get("x-kubernetes-list-type") == "map":
            if item is not None and not is_object(item):
                why = "must be an object for an array of list-type map"
                yield wrong(f"{path}[{index}]", item, why)
                return
            told = {key: item[key] for key in keys if item and key in item}
        text = in_json(told)
        seen[text] = seen.get(text, 0) + 1
        if seen[text] == 2:
            yield duplicate(f"{path}[{index}]", told)


def _embedded(value: Any, schema: Schema, path: str) -> Iterator[Cause]:
    """Yield what is wrong with the metadata of objects in the object."""
    if is_array(value):
        for index, item in enumerate(value):
            yield from _embedded(item, part_at(schema, "items"), f"{path}[{index}]")
        return
    if not is_object(value):
        return
    if schema.get("x-kubernetes-embedded-resource") is True:
        for name in ("apiVersion", "kind"):
            if name not in value:
                yield required(f"{path}.{name}")
        yield from metadata_causes(part_at(value, "metadata"), at=f"{path}.metadata")
    properties = part_at(schema, "properties")
    for name, below in value.items():
        found = properties.get(name, schema.get("additionalProperties"))
        if is_object(found) and not (not path and name == "metadata"):
            yield from _embedded(below, found, f"{path}.{name}" if path else name)


def _has_rules(schema: Any) -> bool:
    if is_object(schema):
        return bool(schema.get(_RULES)) or any(_has_rules(below) for below in schema.values())
    return is_array(schema) and any(_has_rules(below) for below in schema)

"""What a structural schema does to a custom resource on its way in: defaults, and pruning.

apiextensions-apiserver: ``pkg/apiserver/schema/{defaulting,pruning}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.golang import in_json
from kubewright.testing._apiserver.kinds.typed import WrongTypeError, typed_metadata

__all__ = ["fill_and_prune"]

Schema = Mapping[str, Any]

_KEEP = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_OBJECT_FIELDS = frozenset({"apiVersion", "kind", "metadata"})


def fill_and_prune(
    obj: Mapping[str, Any], schema: Schema | None
) -> tuple[dict[str, Any], list[str]]:
    """Return the object with its defaults and without unknown fields, and the paths of those.

    Args:
        obj: a custom resource.
        schema: of its version; None changes nothing.

    Raises:
        WrongTypeError: the head of an embedded object is none.
    """
    if schema is None:
        return dict(obj), []
    unknown: list[str] = []
    return _object(obj, schema, "", unknown, is_resource=True), unknown


def _value(value: Any, schema: Schema, path: str, unknown: list[str]) -> Any:
    if is_object(value):
        return _object(value, schema, path, unknown, is_resource=schema.get(_EMBEDDED) is True)
    items = schema.get("items")
    if is_array(value) and (is_object(items) or schema.get(_KEEP) is not True):
        of_each: Schema = items if is_object(items) else {}
        return [
            _value(item, of_each, f"{path}[{index}]", unknown) for index, item in enumerate(value)
        ]
    return value


def _object(
    obj: Mapping[str, Any], schema: Schema, path: str, unknown: list[str], *, is_resource: bool
) -> dict[str, Any]:
    given = schema.get("properties")
    properties: Mapping[str, Any] = given if is_object(given) else {}
    others = schema.get("additionalProperties")
    kept: dict[str, Any] = {}
    for name, value in obj.items():
        place = f"{path}.{name}" if path else name
        below = properties.get(name)
        if is_resource and name in _OBJECT_FIELDS:
            kept[name] = value if not path else _head(name, value, path, unknown)
        elif is_object(below):
            if _may_be(value, below):
                kept[name] = _value(value, below, place, unknown)
        elif is_object(others):
            if _may_be(value, others):
                kept[name] = _value(value, others, place, unknown)
            elif "default" in others:
                kept[name] = _value(others["default"], others, place, unknown)
        elif others is True or schema.get(_KEEP) is True:
            kept[name] = value
        else:
            unknown.append(place)
    for name, below in properties.items():
        if name not in kept and is_object(below) and "default" in below:
            place = f"{path}.{name}" if path else name
            kept[name] = _value(below["default"], below, place, unknown)
    return kept


def _head(name: str, value: Any, path: str, unknown: list[str]) -> Any:
    """Return a part that says what an embedded object is, as its Go type holds it."""
    place = f"{path}.{name}"
    if name != "metadata":
        if not isinstance(value, str):
            raise WrongTypeError(f"{place}: Invalid value: {in_json(value)}: must be a string")
        return value
    try:
        metadata, others = typed_metadata(value)
    except WrongTypeError as error:
        raise WrongTypeError(f"{place}: Invalid value: {in_json(value)}: {error}") from error
    unknown += [f"{path}.{other}" for other in others]
    if metadata.get("creationTimestamp") is None:
        metadata.pop("creationTimestamp", None)
    return metadata


def _may_be(value: Any, schema: Schema) -> bool:
    """Whether a value stays: a null where none is allowed gives way to the default, or to nothing."""
    return value is not None or schema.get("nullable") is True or not schema

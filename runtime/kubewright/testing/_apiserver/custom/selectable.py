"""By which fields the objects of a definition can be selected.

apiextensions-apiserver: ``ValidateCustomResourceSelectableFields`` in
``pkg/apis/apiextensions/validation/validation.go``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright._json import is_object
from kubewright.testing._apiserver.causes import duplicate, required, too_many, wrong
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.parts import items_at, part_at, value_at

__all__ = ["selectable_causes"]

_TYPES: Final = ("boolean", "integer", "string")
_MOST: Final = 8
_STEP: Final = re.compile(r"\.([^.\[\]]+)")
_NO_FIELD: Final = "does not refer to a valid field"
_NO_VALUE: Final = (
    "must point to a field of type string, boolean or integer. Enum string fields and strings with "
    "formats are allowed."
)


def selectable_causes(version: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """Yield what is wrong with the selectable fields of a version.

    Args:
        version: of a definition.
        at: where it is.
    """
    schema = part_at(version, "schema", "openAPIV3Schema")
    seen: set[str] = set()
    for index, field in enumerate(items_at(version, "selectableFields")):
        place, path = f"{at}.selectableFields[{index}].jsonPath", str(field.get("jsonPath") or "")
        if not path:
            yield required(place)
            continue
        why, found = _found(path, schema)
        if why:
            yield wrong(place, path, f"is an invalid path: {why}")
            continue
        if path.startswith(".metadata."):
            yield wrong(place, path, "must not point to fields in metadata")
        if found.get("type") not in _TYPES:
            yield wrong(place, path, _NO_VALUE)
        if path in seen:
            yield duplicate(place, path)
        seen.add(path)
    if len(seen) > _MOST:
        yield too_many(f"{at}.selectableFields", len(seen), _MOST)


def _found(path: str, schema: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return why a path leads nowhere, or the schema that it leads to."""
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            rest = path[position:]
            is_item = rest.startswith("[")
            return (
                "array notation is not allowed"
                if is_item
                else f"expected [ or . but got: {_word(rest)}"
            ), {}
        below: Any = value_at(schema, "properties", step[1]) or schema.get("additionalProperties")
        if not is_object(below):
            return _NO_FIELD, {}
        schema, position = below, step.end()
    return "", schema


def _word(text: str) -> str:
    found = re.match(r"\w+|.", text)
    return found[0] if found else ""

"""What makes a schema one that a CustomResourceDefinition may have: structural, and not too costly.

apiextensions-apiserver: ``pkg/apiserver/schema/{validation,structural}.go`` and
``pkg/apis/apiextensions/validation``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.causes import forbidden_field, not_supported, required, wrong
from kubewright.testing._apiserver.custom.formats.table import format_of
from kubewright.testing._apiserver.custom.lists import list_causes
from kubewright.testing._apiserver.custom.patterns import PatternError, translated
from kubewright.testing._apiserver.custom.validation import causes_in
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.parts import part_at

__all__ = ["schema_causes", "unknown_formats"]

Schema = Mapping[str, Any]

_TYPES: Final = ("array", "boolean", "integer", "number", "object", "string")
_JUNCTORS: Final = ("allOf", "anyOf", "oneOf")
_BELOW: Final = ("items", "additionalProperties", "not")
_FORBIDDEN: Final = {
    "$ref": "$ref is not supported",
    "definitions": "definitions is not supported",
    "dependencies": "dependencies is not supported",
    "patternProperties": "patternProperties is not supported",
}
_ONLY_STRUCTURAL: Final = {
    "type": "must be empty to be structural",
    "title": "must be empty to be structural",
    "description": "must be empty to be structural",
    "default": "must be undefined to be structural",
    "additionalProperties": "must be undefined to be structural",
    "nullable": "must be false to be structural",
}
_KEEPS: Final = "x-kubernetes-preserve-unknown-fields"
_EITHER: Final = "x-kubernetes-int-or-string"
_EITHER_PARTS: Final = [{"type": "integer"}, {"type": "string"}]
_UNIQUE: Final = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
_METADATA: Final = (
    "must not specify anything other than name and generateName, but metadata is implicitly "
    "specified"
)


def schema_causes(schema: Schema, at: str) -> Iterator[Cause]:
    """Yield what a server does not take of the schema of a version.

    Args:
        schema: of the whole object.
        at: where it is.
    """
    if "additionalProperties" in schema:
        yield forbidden_field(f"{at}.additionalProperties", "must not be used at the root")
        return
    yield from _schema(schema, at, is_root=True)
    kind = schema.get("type")
    if kind != "object":
        if kind:
            yield wrong(f"{at}.type", kind, "must be object at the root")
        else:
            yield required(f"{at}.type", "must not be empty at the root")
    metadata = part_at(schema, "properties", "metadata", "properties")
    if metadata.keys() - {"name", "generateName"}:
        yield forbidden_field(f"{at}.properties[metadata]", _METADATA)


def unknown_formats(schema: Schema) -> Iterator[str]:
    """Yield the formats in a schema that mean nothing where they are."""
    if schema.get("format") and not format_of(schema):
        yield str(schema["format"])
    below = [*part_at(schema, "properties").values(), *(schema.get(name) for name in _BELOW)]
    for junctor in _JUNCTORS:
        below += schema.get(junctor) or []
    for part in below:
        if is_object(part):
            yield from unknown_formats(part)


def _schema(schema: Schema, at: str, *, is_root: bool = False) -> Iterator[Cause]:
    for name, below in part_at(schema, "properties").items():
        yield from _schema(below, f"{at}.properties[{name}]")
    others = schema.get("additionalProperties")
    if is_object(others):
        yield from _schema(others, f"{at}.additionalProperties")
    items = schema.get("items")
    if is_object(items):
        yield from _schema(items, f"{at}.items")
    yield from _own(schema, at, is_root=is_root)
    yield from _junctors(schema, at, may_be_either=schema.get(_EITHER) is True)


def _junctors(schema: Schema, at: str, *, may_be_either: bool) -> Iterator[Cause]:
    """Yield what is wrong below; what says ``_EITHER`` may say it in words as well, in two places."""
    for junctor in _JUNCTORS:
        parts = schema.get(junctor)
        if junctor == "anyOf" and may_be_either and parts == _EITHER_PARTS:
            continue
        for index, part in enumerate(parts if is_array(parts) else ()):
            is_first = junctor == "allOf" and index == 0 and schema.get(_EITHER) is True
            yield from _in_junctor(part, f"{at}.{junctor}[{index}]", may_be_either=is_first)
    if is_object(schema.get("not")):
        yield from _in_junctor(schema["not"], f"{at}.not")


def _own(schema: Schema, at: str, *, is_root: bool) -> Iterator[Cause]:
    for name, why in _FORBIDDEN.items():
        if schema.get(name):
            yield forbidden_field(f"{at}.{name}", why)
    kind = schema.get("type")
    is_free = schema.get(_KEEPS) is True or schema.get(_EITHER) is True
    if kind and kind not in _TYPES:
        yield not_supported(f"{at}.type", kind, _TYPES)
    elif not kind and not is_root and not is_free and not schema.get("$ref"):
        yield required(f"{at}.type", "must not be empty for specified object fields")
    if kind == "array" and not is_object(schema.get("items")):
        yield required(f"{at}.items", "must be specified")
    if schema.get("uniqueItems") is True:
        yield forbidden_field(f"{at}.uniqueItems", _UNIQUE)
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        why = "additionalProperties and properties are mutual exclusive"
        yield forbidden_field(f"{at}.additionalProperties", why)
    yield from _pattern(schema, at)
    yield from list_causes(schema, at)
    if "default" in schema:
        for cause in causes_in(schema["default"], schema):
            place = f".{cause.field}" if cause.field not in ("", "<nil>") else ""
            yield cause._replace(field=f"{at}.default{place}")


def _in_junctor(schema: Schema, at: str, *, may_be_either: bool = False) -> Iterator[Cause]:
    for name, why in _ONLY_STRUCTURAL.items():
        if name in schema:
            yield forbidden_field(f"{at}.{name}", why)
    yield from _pattern(schema, at)
    yield from _junctors(schema, at, may_be_either=may_be_either)
    for name, below in part_at(schema, "properties").items():
        yield from _in_junctor(below, f"{at}.properties[{name}]")
    if is_object(schema.get("items")):
        yield from _in_junctor(schema["items"], f"{at}.items")


def _pattern(schema: Schema, at: str) -> Iterator[Cause]:
    pattern = schema.get("pattern")
    try:
        translated(pattern or "")
    except PatternError as error:
        why = f"must be a valid regular expression, but isn't: {error}"
        yield wrong(f"{at}.pattern", pattern, why)

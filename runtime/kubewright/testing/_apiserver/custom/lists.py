"""What the schema of a list has to say when it says of which type the list is.

apiextensions-apiserver: ``pkg/apis/apiextensions/validation/validation.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright._json import is_object
from kubewright.testing._apiserver.causes import forbidden_field, not_supported, required, wrong
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.parts import part_at

__all__ = ["list_causes"]

Schema = Mapping[str, Any]

_LIST: Final = "x-kubernetes-list-type"
_KEYS: Final = "x-kubernetes-list-map-keys"
_MAP: Final = "x-kubernetes-map-type"
_NO_LIST: Final = f"must be array if {_LIST} is specified"
_NO_MAP: Final = f"must be map if {_KEYS} is non-empty"
_NOT_ATOMIC: Final = f"must be atomic as item of a list with {_LIST}=set"
_COMPOUND: Final = ("array", "object")


def list_causes(schema: Schema, at: str) -> Iterator[Cause]:
    """Yield what is wrong with the type of list that a schema names, and with its keys.

    Args:
        schema: of anything.
        at: where it is.
    """
    kind = schema.get(_LIST)
    keys: list[str] = schema.get(_KEYS) or []
    if kind is not None and schema.get("type") != "array":
        own = schema.get("type")
        yield wrong(f"{at}.type", own, _NO_LIST) if own else required(f"{at}.type", _NO_LIST)
    if kind not in (None, "atomic", "map", "set"):
        yield not_supported(f"{at}.{_LIST}", kind, ["atomic", "set", "map"])
    if keys and kind != "map":
        yield (
            required(f"{at}.{_LIST}", _NO_MAP)
            if kind is None
            else wrong(f"{at}.{_LIST}", kind, _NO_MAP)
        )
    items = part_at(schema, "items")
    if kind in ("map", "set") and items.get("nullable") is True:
        yield forbidden_field(f"{at}.items.nullable", f"cannot be nullable when {_LIST} is {kind}")
    if kind == "set":
        yield from _set(items, f"{at}.items")
    elif kind == "map":
        yield from _map(keys, items, at)


def _set(items: Schema, at: str) -> Iterator[Cause]:
    is_list = items.get("type") == "array"
    if is_list and items.get(_LIST) not in (None, "atomic"):
        yield wrong(f"{at}.{_LIST}", items[_LIST], _NOT_ATOMIC)
    elif items.get("type") == "object" and items.get(_MAP) != "atomic":
        # a server shows the type of list here as well
        yield wrong(f"{at}.{_MAP}", items.get(_LIST), _NOT_ATOMIC)


def _map(keys: list[str], items: Schema, at: str) -> Iterator[Cause]:
    if not keys:
        yield required(f"{at}.{_KEYS}", f"must not be empty if {_LIST} is map")
    if items and items.get("type") != "object":
        why = f"must be object if parent array's {_LIST} is map"
        yield wrong(f"{at}.items.type", items.get("type", ""), why)
    if len(set(keys)) != len(keys):
        yield wrong(f"{at}.{_KEYS}", keys, "must not contain duplicate entries")
    needed: list[str] = items.get("required") or []
    for key in dict.fromkeys(keys):
        found = part_at(items, "properties").get(key)
        place = f"{at}.items.properties[{key}]"
        if not is_object(found):
            yield wrong(f"{at}.{_KEYS}", keys, "entries must all be names of item properties")
            continue
        if found.get("type") in _COMPOUND:
            why = f"must be a scalar type if parent array's {_LIST} is map"
            yield wrong(f"{place}.type", items.get("type"), why)
        if "default" not in found and key not in needed:
            why = (
                f"this property is in {_KEYS}, so it must have a default or be a required property"
            )
            yield required(f"{place}.default", why)

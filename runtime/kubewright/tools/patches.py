"""JSON merge patches made from objects (RFC 7386).

apimachinery: ``util/jsonmergepatch``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.model import Model

__all__ = ["Wire", "merge_patch", "same", "three_way_merge_patch", "wire_of"]

Wire = Model | Mapping[str, Any]
"""An object: a model, or data in wire form."""


def merge_patch(original: Wire, modified: Wire) -> dict[str, Any]:
    """Return the patch that makes the one object into the other; empty when they are alike.

    Lists are replaced as a whole. A field that is ``null`` in the second object is removed.
    """
    return _difference(wire_of(original), wire_of(modified))


def three_way_merge_patch(original: Wire, modified: Wire, current: Wire) -> dict[str, Any]:
    """Return the patch that brings somebody's changes to what the object is by now.

    Args:
        original: what was wanted before, such as the last configuration that was applied.
        modified: what is wanted now.
        current: the object on the server; what others have set there stays.

    Returns:
        What is to be set, out of the difference of the second and the third, and what is to be
        removed, out of that of the first and the second.
    """
    wanted = wire_of(modified)
    added = _without_removals(_difference(wire_of(current), wanted))
    removed = _removals(_difference(wire_of(original), wanted))
    return _merged(removed, added)


def wire_of(obj: Wire) -> dict[str, Any]:
    """An object as plain data of the caller's own."""
    return obj.to_wire() if isinstance(obj, Model) else copy.deepcopy(dict(obj))


def _difference(original: Mapping[str, Any], modified: Mapping[str, Any]) -> dict[str, Any]:
    patch: dict[str, Any] = {key: None for key in original if key not in modified}
    for key, value in modified.items():
        before = original.get(key)
        if key in original and same(before, value):
            continue
        if is_object(before) and is_object(value):
            patch[key] = _difference(before, value)
        else:
            patch[key] = value
    return patch


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike on the wire; to Python ``True`` is ``1`` as well."""
    if is_object(one) and is_object(other):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if is_array(one) and is_array(other):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _without_removals(patch: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in patch.items():
        if is_object(value):
            inside = _without_removals(value)
            if inside or not value:
                kept[key] = inside
        elif value is not None:
            kept[key] = value
    return kept


def _removals(patch: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in patch.items():
        if value is None:
            kept[key] = None
        elif is_object(value) and (inside := _removals(value)):
            kept[key] = inside
    return kept


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in other.items():
        before = merged.get(key)
        merged[key] = _merged(before, value) if is_object(before) and is_object(value) else value
    return merged

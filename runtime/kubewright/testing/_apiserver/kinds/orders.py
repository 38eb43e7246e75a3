"""In which order the members of an object come in the server's messages.

What a patch has touched is a map, whose members come by name; the rest is as Go wrote the object that
was patched.
"""

from __future__ import annotations

import json
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.protobuf.table import JsonOnlyError, message, message_of
from kubewright.testing._apiserver.kinds.typed import members_of

__all__ = ["in_type_order", "patched_in_json"]

JSONObject = dict[str, Any]


def in_type_order(obj: JSONObject) -> JSONObject:
    """Return an object with its members in the order of its Go type; by name where it has none."""
    try:
        name = message_of(str(obj["apiVersion"]), str(obj["kind"]))
    except JsonOnlyError:
        return {key: _by_name(obj[key]) for key in sorted(obj)}
    ordered: JSONObject = _of_type(obj, name)
    return ordered


def patched_in_json(before: JSONObject, after: JSONObject) -> str:
    """Return in JSON what a patch has made of an object.

    Args:
        before: with its members in their order.
        after: what became of it.
    """
    return json.dumps(_patched(before, after), separators=(",", ":"), ensure_ascii=False)


def _of_type(value: Any, name: str) -> Any:
    if is_array(value):
        return [_of_type(item, name) for item in value]
    if not is_object(value):
        return value
    try:
        members = members_of(name)
    except KeyError:
        return _by_name(value)  # something simpler than a struct
    head = ("kind", "apiVersion") if message(name).has_kind else ()
    ordered: JSONObject = {key: value[key] for key in head if key in value}
    for key, field in members.items():
        if key not in value:
            continue
        below = value[key]
        if field.is_map and is_object(below):
            ordered[key] = {each: _of_type(below[each], field.kind) for each in sorted(below)}
        else:
            ordered[key] = _of_type(below, field.kind)
    # what can hold anything is a struct as well
    return {**ordered, **{key: _by_name(value[key]) for key in sorted(value.keys() - ordered)}}


def _by_name(value: Any) -> Any:
    if is_array(value):
        return [_by_name(item) for item in value]
    return {key: _by_name(value[key]) for key in sorted(value)} if is_object(value) else value


def _patched(before: Any, after: Any) -> Any:
    if before == after:
        return before
    if is_object(after):
        held: JSONObject = before if is_object(before) else {}
        return {key: _patched(held.get(key), after[key]) for key in sorted(after)}
    return _by_name(after)

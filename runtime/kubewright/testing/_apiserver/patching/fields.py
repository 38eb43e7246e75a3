"""The fields of objects as sets of paths: which there are, which differ, merging and removing them.

``structured-merge-diff``: its ``typed`` package. A path is a tuple of the elements that
``fieldsV1`` has (``f:spec``, ``k:{"name":"web"}``, ``v:"a"``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.patching.shapes import Shape

__all__ = [
    "Difference",
    "Path",
    "anyones",
    "difference",
    "fields_of",
    "merged",
    "with_named",
    "without",
]

Path = tuple[str, ...]

_ABSENT = object()
_MANAGED: Path = ("f:metadata", "f:managedFields")
# the server owns these, whoever writes them
_SYSTEM = frozenset(
    {(), ("f:apiVersion",), ("f:kind",), ("f:metadata",)}
    | {
        ("f:metadata", f"f:{name}")
        for name in (
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "generation",
            "managedFields",
            "name",
            "namespace",
            "resourceVersion",
            "selfLink",
            "uid",
        )
    }
)


class Difference(NamedTuple):
    """How an object differs from another.

    Attributes:
        changed: the fields that are new or have another value.
        removed: those that are there no more.
    """

    changed: frozenset[Path]
    removed: frozenset[Path]


def fields_of(obj: Mapping[str, Any], shape: Shape) -> frozenset[Path]:
    """Return what an applier of the object has a say in, its head among it."""
    return frozenset(_owned(obj, shape, ()))


def anyones(paths: Iterable[Path]) -> frozenset[Path]:
    """Return the paths without those that are the server's."""
    return frozenset(path for path in paths if path[:2] not in _SYSTEM)


def difference(old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape) -> Difference:
    """Return how an object differs from what it was; maps and lists count beside their content."""
    found = dict(_different(old, new, shape, ()))
    changed = anyones(path for path, is_there in found.items() if is_there)
    return Difference(changed, anyones(found.keys() - changed))


def with_named(paths: Iterable[Path], shape: Shape) -> frozenset[Path]:
    """Return the paths and the fields of structs that they lead through."""
    found = set(paths)
    for path in tuple(found):
        at = shape
        for depth, element in enumerate(path[:-1], 1):
            name = element.removeprefix("f:") if element.startswith("f:") else None
            if name is not None and at.names(name):
                found.add(path[:depth])
            at = at.items() if name is None else at.child(name)
    return frozenset(found)


def merged(live: Any, config: Any, shape: Shape) -> Any:
    """Return a value with an applied one in it; items keep the order of the applied list."""
    if is_object(live) and not shape.is_atomic_map and (config is None or is_object(config)):
        if not live and not config:
            return config
        result = dict(live)
        for name, value in (config or {}).items():
            is_there = name in live
            result[name] = merged(live[name], value, shape.child(name)) if is_there else value
        return result
    if is_array(live) and (config is None or is_array(config)):
        old, new = shape.elements(live), shape.elements(config or [])
        if old is not None and new is not None and (old or new):
            return _merged_items(old, new, shape.items())
    return config


def _merged_items(old: dict[str, Any], new: dict[str, Any], shape: Shape) -> list[Any]:
    """Return the items of both; those before a shared one stay before it where they can."""
    result: list[Any] = []
    left = list(old)
    shared = [element for element in new if element in old]
    for element, item in new.items():
        while left and left[0] != element:
            if left[0] not in new:
                result.append(old[left.pop(0)])
            elif left[0] in shared[1:]:
                left.pop(0)  # comes when its turn in the applied list does
            elif left[0] not in shared:
                left.pop(0)  # has come
            else:
                break
        result.append(merged(old[element], item, shape) if element in old else item)
        if left and left[0] == element:
            left.pop(0)
        if shared and shared[0] == element:
            shared.pop(0)
    return [*result, *(old[element] for element in left if element not in new)]


def without(value: Any, paths: Iterable[Path], shape: Shape) -> Any:
    """Return the value without what the paths lead to; what is emptied by that becomes None."""
    below: dict[str, set[Path]] = {}
    gone: set[str] = set()
    for path in paths:
        if len(path) == 1:
            gone.add(path[0])
        elif path:
            below.setdefault(path[0], set()).add(path[1:])
    if is_object(value) and not shape.is_atomic_map:
        kept: dict[str, Any] = {}
        for name, item in value.items():
            element = f"f:{name}"
            if element not in gone:
                rest = below.get(element)
                kept[name] = without(item, rest, shape.child(name)) if rest else item
        return kept or None
    elements = shape.elements(value) if is_array(value) else None
    if not elements:
        return None if is_object(value) or is_array(value) else value
    items = [
        without(item, below[element], shape.items()) if element in below else item
        for element, item in elements.items()
        if element not in gone
    ]
    return items or None


def _owned(value: Any, shape: Shape, path: Path) -> Iterator[Path]:
    if is_object(value) and not shape.is_atomic_map:
        for name, below in value.items():
            at = (*path, f"f:{name}")
            if below is None or below == {} or not shape.names(name):
                yield at
            yield from _owned(below, shape.child(name), at)
        return
    elements = shape.elements(value) if is_array(value) else None
    if elements is None:
        if value is not None:
            yield path
        return
    for element, item in elements.items():
        yield (*path, element)
        yield from _owned(item, shape.items(), (*path, element))


def _different(old: Any, new: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the paths that differ, and whether each is there now."""
    if path == _MANAGED:
        return  # long, and nobody's
    parts = _parts(old, new, shape)
    if parts is None:
        if old is _ABSENT or new is _ABSENT or old != new:
            yield path, new is not _ABSENT
        return
    for element, before, after, below in parts:
        yield from _different(before, after, below, (*path, element))
    if old is _ABSENT or new is _ABSENT:
        yield path, new is not _ABSENT


def _parts(old: Any, new: Any, shape: Shape) -> list[tuple[str, Any, Any, Shape]] | None:
    """Return the parts of two values by their elements; None where they are compared as a whole."""
    if (is_object(old) and old) or (is_object(new) and new):
        if shape.is_atomic_map:
            return None
        before, after = (value if is_object(value) else {} for value in (old, new))
        return [
            (f"f:{name}", before.get(name, _ABSENT), after.get(name, _ABSENT), shape.child(name))
            for name in before.keys() | after.keys()
        ]
    if (is_array(old) and old) or (is_array(new) and new):
        was, now = (shape.elements(value if is_array(value) else []) for value in (old, new))
        if was is None or now is None:
            return None
        items = shape.items()
        return [
            (element, was.get(element, _ABSENT), now.get(element, _ABSENT), items)
            for element in was.keys() | now.keys()
        ]
    return None

"""Server-side apply: who owns which field, conflicts, and what nobody applies any more.

apimachinery: ``util/managedfields`` over ``structured-merge-diff``. A path is a tuple of the
elements that ``fieldsV1`` has (``f:spec``, ``k:{"name":"web"}``, ``v:"a"``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.failures import apply_conflict, bad_request, internal_error
from kubewright.testing._apiserver.patching.shapes import Shape, errors_in, printed_element

__all__ = ["Manager", "apply", "check_applied", "track_update"]

Path = tuple[str, ...]
_HOLDER = object()  # in the place of the value of what is only there to hold others

_MANAGED: Path = ("f:metadata", "f:managedFields")
# the server owns these, whoever writes them
_SYSTEM = frozenset(
    {("f:apiVersion",), ("f:kind",), ("f:metadata",)}
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


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes, how and where; entries that agree in all are one.

    Attributes:
        operation: ``Apply`` or ``Update``.
        time: of the write, as on the wire.
    """

    name: str
    operation: str
    api_version: str
    subresource: str = ""
    time: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes two writes one entry; an applier is one in all versions."""
        version = self.api_version if self.operation == "Update" else ""
        return self.name, self.operation, version, self.subresource

    def __str__(self) -> str:
        text = json.dumps(self.name)
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        if self.operation == "Update":
            text += f" using {self.api_version}"
        return text


Owners = dict[tuple[str, str, str, str], tuple[Manager, frozenset[Path]]]


def track_update(
    old: Mapping[str, Any], new: Mapping[str, Any], manager: Manager, shape: Shape
) -> list[dict[str, Any]]:
    """Return the managed fields after a create, update or patch: who changes a field owns it.

    Args:
        old: the object before; for a new one, one in which nothing is set.
        new: after; its own managed fields count where it has some.
        manager: who writes.
        shape: of the object.
    """
    sent: Any = new["metadata"].get("managedFields")
    if sent == [{}]:
        return []
    owners = _read(sent) or _read(_metadata(old).get("managedFields"))
    if not owners and _metadata(old).get("uid"):
        # nobody was told apart before, so it would be wrong to begin with this one
        return []
    before = _fields(old, shape, with_holders=True)
    after = _fields(new, shape, with_holders=True)
    changed = _changed(before, after)
    gone = before.keys() - after.keys()
    remaining: Owners = {}
    for identity, (owner, paths) in owners.items():
        lost = gone if identity == manager.identity else gone | changed
        remaining[identity] = (owner, paths - lost)
    if changed:
        owned = remaining.get(manager.identity, (manager, frozenset[Path]()))[1]
        remaining[manager.identity] = (manager, owned | changed)
    return _write(remaining)


def apply(
    live: Mapping[str, Any] | None,
    config: dict[str, Any],
    manager: Manager,
    shape: Shape,
    *,
    force: bool,
) -> dict[str, Any]:
    """Return the object with the fields of a configuration in it, and without those it had before.

    Args:
        live: None where there is none.
        config: the fields to own.
        manager: who applies.
        shape: of the object.
        force: take fields from other managers.

    Raises:
        RefusedRequest: another manager owns a field and means another value.
    """
    if _metadata(config).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    owners = _read(_metadata(live).get("managedFields"))
    wanted = frozenset(_fields(config, shape))
    last = owners.pop(manager.identity, (manager, frozenset[Path]()))[1]
    merged: dict[str, Any] = _merge(dict(live), config, shape) if live is not None else config
    # who owns an empty map has a say in what is put there
    changed = _changed(
        _fields(live or {}, shape, with_holders=True), _fields(merged, shape, with_holders=True)
    )
    contested = [
        (str(owner), _printed(path))
        for owner, paths in owners.values()
        for path in sorted(changed & paths, key=_leaves_first)
    ]
    if contested and not force:
        raise apply_conflict(contested)
    held = {identity: (o, paths - changed) for identity, (o, paths) in owners.items()}
    still_owned = wanted.union(*(paths for _, paths in held.values()))
    merged = _without(merged, _Removal(_unowned(last, still_owned), still_owned), shape)
    after = _fields(merged, shape, with_holders=True)
    before = next((o for o in _read_all(live) if o.identity == manager.identity), None)
    stamped = manager
    if live is not None and _without_managers(merged) == _without_managers(live):
        # what changes nothing has no time of its own
        stamped = before or replace(manager, time="")
    final = {identity: (o, paths & after.keys()) for identity, (o, paths) in held.items()}
    final[manager.identity] = (replace(stamped, api_version=manager.api_version), wanted)
    metadata = {**merged["metadata"], "managedFields": _write(final)}
    return {**merged, "metadata": metadata}


def check_applied(config: Mapping[str, Any], shape: Shape) -> None:
    """Check that the schema has a place for all that is applied.

    Raises:
        RefusedRequest: it has not.
    """
    errors = list(errors_in(config, shape))
    if errors:
        group, _, version = f"/{config['apiVersion']}".rpartition("/")
        metadata = _metadata(config)
        name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
        about = f"{name}; {group.removeprefix('/')}/{version}, Kind={config['kind']}"
        listed = errors[0] if len(errors) == 1 else "errors:\n  " + "\n  ".join(errors)
        raise internal_error(f"failed to create typed patch object ({about}): {listed}")


def _leaves_first(path: Path) -> tuple[tuple[bool, str], ...]:
    last = len(path) - 1
    return tuple((depth < last, element) for depth, element in enumerate(path))


def _unowned(last: frozenset[Path], owned: frozenset[Path]) -> frozenset[Path]:
    """Return what was applied last and is nobody's now, nor holds what is somebody's."""
    holders = {path[:depth] for path in owned for depth in range(1, len(path) + 1)}
    return last - holders


def _metadata(obj: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found: Any = (obj or {}).get("metadata")
    return found if is_object(found) else {}


def _fields(obj: Mapping[str, Any], shape: Shape, *, with_holders: bool = False) -> dict[Path, Any]:
    """Return the leaves of an object with their values; items of lists count as well.

    Args:
        obj: the object.
        shape: of it.
        with_holders: count maps and lists too, as an update does: who adds a map owns it.
    """
    found: dict[Path, Any] = {}
    _collect(obj, shape, (), found, with_holders)
    return {path: value for path, value in found.items() if path[:2] not in _SYSTEM and path}


def _collect(
    value: Any, shape: Shape, path: Path, found: dict[Path, Any], with_holders: bool
) -> None:
    if with_holders and value and not shape.is_atomic_map:
        found[path] = _HOLDER
    if is_object(value) and value and not shape.is_atomic_map:
        for name, below in value.items():
            at = (*path, f"f:{name}")
            # the managed fields are long, and nobody's
            if at != _MANAGED:
                if not with_holders and is_object(below) and not shape.names(name):
                    found[at] = _HOLDER
                _collect(below, shape.child(name), at, found, with_holders)
        return
    if is_array(value):
        elements = shape.elements(value)
        if elements is not None and (value or not with_holders):
            for element, item in elements.items():
                found[*path, element] = _HOLDER
                if element.startswith("k:"):
                    _collect(item, shape.items(), (*path, element), found, with_holders)
            return
    found[path] = value


def _changed(before: Mapping[Path, Any], after: Mapping[Path, Any]) -> frozenset[Path]:
    return frozenset(
        path
        for path, value in after.items()
        if path not in before or (_HOLDER not in (value, before[path]) and before[path] != value)
    )


def _merge(live: Any, config: Any, shape: Shape) -> Any:
    if is_object(live) and is_object(config) and not shape.is_atomic_map:
        merged = dict(live)
        for name, value in config.items():
            merged[name] = _merge(live[name], value, shape.child(name)) if name in live else value
        return merged
    if is_array(live) and is_array(config):
        old, new = shape.elements(live), shape.elements(config)
        if old is not None and new is not None:
            both = {key: _merge(old[key], new[key], shape.items()) for key in old.keys() & new}
            return list({**old, **new, **both}.values())
    return config


def _without_managers(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: value for k, value in _metadata(obj).items() if k != "managedFields"}
    return {**obj, "metadata": metadata}


class _Removal(NamedTuple):
    """What goes, and what stays even when it is empty."""

    paths: frozenset[Path]
    owned: frozenset[Path]


def _without(value: Any, removal: _Removal, shape: Shape, at: Path = ()) -> Any:
    """Return the value without what the paths lead to, and without what is empty by that."""
    if not any(path[: len(at)] == at for path in removal.paths):
        return value
    if is_object(value):
        kept: dict[str, Any] = {}
        for name, below in value.items():
            path = (*at, f"f:{name}")
            left = _without(below, removal, shape.child(name), path)
            is_emptied = not left and left is not below and (is_object(left) or is_array(left))
            if path not in removal.paths and (not is_emptied or path in removal.owned):
                kept[name] = left
        return kept
    elements = shape.elements(value) if is_array(value) else None
    if elements is None:
        return value
    return [
        _without(item, removal, shape.items(), (*at, element))
        for element, item in elements.items()
        if (*at, element) not in removal.paths
    ]


def _read_all(obj: Mapping[str, Any] | None) -> list[Manager]:
    return [owner for owner, _ in _read(_metadata(obj).get("managedFields")).values()]


def _read(entries: Any) -> Owners:
    owners: Owners = {}
    for entry in entries if is_array(entries) else ():
        if is_object(entry) and entry.get("operation") in ("Apply", "Update"):
            manager = Manager(
                str(entry.get("manager", "")),
                str(entry["operation"]),
                str(entry.get("apiVersion", "")),
                str(entry.get("subresource", "")),
                str(entry.get("time", "")),
            )
            owners[manager.identity] = (manager, frozenset(_paths(entry.get("fieldsV1"), ())))
    return owners


def _paths(fields: Any, at: Path) -> Iterable[Path]:
    if not is_object(fields):
        return
    if not fields and at:
        yield at
    for element, below in fields.items():
        if element == ".":
            yield at
        else:
            yield from _paths(below, (*at, element))


def _write(owners: Owners) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for manager, paths in sorted(owners.values(), key=_order):
        if not paths:
            continue
        entry = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": manager.api_version,
            "time": manager.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(paths),
        }
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append({key: value for key, value in entry.items() if value != ""})
    return entries


def _order(entry: tuple[Manager, frozenset[Path]]) -> tuple[str, ...]:
    manager, _ = entry
    return manager.operation, manager.time, manager.name, manager.subresource


def _tree(paths: Iterable[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    members = set(paths)
    for path in sorted(members):
        node = tree
        for depth, element in enumerate(path, 1):
            is_new = element not in node
            node = node.setdefault(element, {})
            if not is_new and not node and depth < len(path) and path[:depth] in members:
                node["."] = {}
    return tree


def _printed(path: Path) -> str:
    return "".join(map(printed_element, path))

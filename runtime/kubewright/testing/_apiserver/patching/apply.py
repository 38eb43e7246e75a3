"""Server-side apply: who owns which field, conflicts, and what nobody applies any more.

apimachinery: ``util/managedfields``, and ``merge`` of ``structured-merge-diff``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.failures import apply_conflict, bad_request, internal_error
from kubewright.testing._apiserver.patching.fields import (
    Path,
    anyones,
    difference,
    fields_of,
    merged,
    with_named,
    without,
)
from kubewright.testing._apiserver.patching.shapes import Shape, errors_in, printed_element

__all__ = ["Manager", "apply", "check_applied", "track_scale", "track_update"]


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
    is_new = not _metadata(old).get("uid")
    if sent == [{}] and not is_new:
        return []
    owners = _read(sent) or _read(_metadata(old).get("managedFields"))
    if not owners and not is_new:
        # nobody was told apart before, so it would be wrong to begin with this one
        return []
    changed, gone = difference(old, new, shape)
    remaining: Owners = {}
    for identity, (owner, paths) in owners.items():
        lost = gone if identity == manager.identity else gone | changed
        remaining[identity] = (owner, paths - lost)
    if changed:
        owned = remaining.get(manager.identity, (manager, frozenset[Path]()))[1]
        remaining[manager.identity] = (manager, owned | changed)
    return _write(remaining)


def track_scale(
    old: Mapping[str, Any], replicas: tuple[int, int], path: Path, manager: Manager
) -> list[dict[str, Any]]:
    """Return the managed fields after a write of the scale, as its ``ScaleHandler`` does.

    Owners are looked for in the scale's version, so that a write takes the field from all updaters,
    and a field that is nobody's stays so.

    Args:
        old: the object before.
        replicas: before and after; none are no field.
        path: to the replicas in the object.
        manager: who writes.
    """
    owners = _read(_metadata(old).get("managedFields"))
    scaling: Owners = {}
    for owner, paths in owners.values():
        if path in paths:
            seen = replace(owner, api_version="autoscaling/v1", time="")
            scaling[seen.identity] = (
                replace(seen, api_version=manager.api_version),
                frozenset({path}),
            )
    before, after = replicas
    if scaling and before != after:
        own = replace(manager, api_version="autoscaling/v1")
        scaling = {own.identity: (manager, frozenset({path}))} if after else {}
    found: Owners = {}
    for identity, (owner, paths) in owners.items():
        if identity in scaling and path in paths:
            del scaling[identity]
            found[identity] = (owner, paths)
        else:
            found[identity] = (owner, paths - {path})
    return _write(found | scaling)


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
    wanted = fields_of(config, shape)
    last = owners.pop(manager.identity, (manager, frozenset[Path]()))
    result: dict[str, Any] = config if live is None else merged(dict(live), config, shape)
    owned = wanted.union(*(paths for _, paths in owners.values()))
    result = _pruned(result, last[1], owned, shape)
    changed, gone = difference(live or {}, result, shape)
    contested = [
        (str(owner), _printed(path))
        for _, (owner, paths) in sorted(owners.items())
        for path in sorted(changed & paths, key=_leaves_first)
    ]
    if contested and not force:
        raise apply_conflict(contested)
    stamped = manager
    if live is not None and _without_managers(result) == _without_managers(live):
        # what changes nothing has no time of its own
        stamped = replace(manager, time=last[0].time if last[1] else "")
    final = {identity: (o, paths - changed - gone) for identity, (o, paths) in owners.items()}
    final[manager.identity] = (stamped, anyones(wanted))
    metadata = {**result["metadata"], "managedFields": _write(final)}
    return {**result, "metadata": metadata}


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


def _pruned(
    obj: dict[str, Any], last: frozenset[Path], owned: frozenset[Path], shape: Shape
) -> dict[str, Any]:
    """Return the object without what was applied last and is nobody's now."""
    if not last:
        return obj
    applied = with_named(last, shape)
    present = with_named(fields_of(obj, shape), shape)
    kept = with_named(fields_of(without(obj, applied, shape) or {}, shape), shape)
    unowned = present - kept - with_named(owned, shape)
    # what goes with its holder but was not applied comes back
    left = with_named(fields_of(without(obj, unowned, shape) or {}, shape), shape)
    pruned: dict[str, Any] = without(obj, (present - left) & applied, shape)
    return pruned


def _metadata(obj: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found: Any = (obj or {}).get("metadata")
    return found if is_object(found) else {}


def _without_managers(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: value for k, value in _metadata(obj).items() if k != "managedFields"}
    return {**obj, "metadata": metadata}


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

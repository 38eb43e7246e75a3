"""Who owns which fields of an object, as its managed fields say, and as its scale has them.

apimachinery: ``util/managedfields``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.parts import value_at
from kubewright.testing._apiserver.patching.fields import Path

__all__ = [
    "SCALE_VERSION",
    "Manager",
    "Owners",
    "owners_of_scale",
    "owners_with_scale",
    "read_owners",
    "written_owners",
]

SCALE_VERSION: Final = "autoscaling/v1"
_REPLICAS: Final[Path] = ("f:spec", "f:replicas")


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


def read_owners(entries: Any) -> Owners:
    """Read managed fields."""
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


def written_owners(owners: Owners) -> list[dict[str, Any]]:
    """Return managed fields as a server lists them; who owns nothing is not told."""
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


def owners_of_scale(obj: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
    """Return the managed fields that the scale of an object has.

    Args:
        obj: as it is stored.
        path: to the replicas in it.
    """
    owners = read_owners(value_at(obj, "metadata", "managedFields"))
    seen = (
        replace(owner, api_version=SCALE_VERSION)
        for owner, paths in owners.values()
        if path in paths
    )
    return written_owners({owner.identity: (owner, frozenset({_REPLICAS})) for owner in seen})


def owners_with_scale(
    obj: Mapping[str, Any], path: Path, scale: Mapping[str, Any], api_version: str
) -> list[dict[str, Any]]:
    """Return the managed fields of an object after a write of its scale.

    An updater is another one in the scale's version, so that a write takes the field from all of
    them; who comes anew has no time.

    Args:
        obj: as it was stored.
        path: to the replicas in it.
        scale: after the write.
        api_version: of the object.
    """
    scaling = read_owners(value_at(scale, "metadata", "managedFields"))
    found: Owners = {}
    for identity, (owner, paths) in read_owners(value_at(obj, "metadata", "managedFields")).items():
        is_kept = path not in paths or scaling.pop(identity, None) is not None
        found[identity] = (owner, paths if is_kept else paths - {path})
    for identity, (owner, _) in scaling.items():
        own = replace(owner, api_version=api_version, time="")
        found[identity] = (own, frozenset({path}))
    return written_owners(found)

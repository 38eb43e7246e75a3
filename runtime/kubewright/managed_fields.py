"""Who owns which field of an object (server-side apply), and how to become its owner.

client-go: ``applyconfigurations`` (``Extract…``), ``util/csaupgrade``;
``apimachinery/pkg/util/managedfields``; the form of ``fieldsV1`` is that of
``sigs.k8s.io/structured-merge-diff``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from kubewright._json import is_array, is_object
from kubewright.errors import ConflictError
from kubewright.meta_v1 import KubernetesObject, ManagedFieldsEntry

__all__ = [
    "FieldConflict",
    "conflicts_of",
    "extract",
    "upgrade_managed_fields",
    "upgrade_patch",
]

_ITSELF: Final = "."  # beside the members of a field: the field as such, even when it is empty
_NOTHING: Final = object()
_CONFLICT: Final = "FieldManagerConflict"

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that another manager owns.

    Attributes:
        field: its path, as the server writes it: ``.spec.replicas``.
        manager: who owns it; empty where the server does not say.
        message: all that the server says.
    """

    field: str
    manager: str
    message: str


def conflicts_of(error: ConflictError) -> list[FieldConflict]:
    """Return which fields an apply could not have, and who has them; none for other conflicts."""
    return [
        FieldConflict(cause.field, _quoted(cause.message), cause.message)
        for cause in error.status.details.causes
        if cause.reason == _CONFLICT
    ]


def extract(obj: KubernetesObject, manager: str, *, subresource: str = "") -> dict[str, Any] | None:
    """Return the fields that a manager owns by server-side apply, as what it would apply.

    The same with types is ``extract`` of a typed client.

    Change that and apply it again: fields that are left out are given up. The kind, the name and
    the namespace are in it always.

    Args:
        obj: as it was read, with its managed fields.
        manager: the field manager.
        subresource: of which the fields are; empty for the object itself.

    Returns:
        Data in wire form; ``None`` when the manager has applied nothing.
    """
    entry = next(
        (
            each
            for each in obj.metadata.managed_fields
            if (each.manager, each.operation, each.subresource) == (manager, "Apply", subresource)
        ),
        None,
    )
    if entry is None:
        return None
    everybodys: Fields = {}
    for each in obj.metadata.managed_fields:
        everybodys = _union(everybodys, each.fields_v1)
    found = _taken(obj.to_wire(), entry.fields_v1, everybodys)
    taken: dict[str, Any] = found if is_object(found) else {}
    metadata = {**taken.get("metadata", {}), "name": obj.metadata.name}
    if obj.metadata.namespace:
        metadata["namespace"] = obj.metadata.namespace
    kind = {"apiVersion": obj.api_version or entry.api_version, "kind": obj.kind}
    return {**{key: value for key, value in kind.items() if value}, **taken, "metadata": metadata}


def upgrade_managed_fields(
    obj: KubernetesObject,
    managers: Collection[str],
    manager: str,
    *,
    subresource: str = "",
) -> bool:
    """Hand the fields of client-side managers over to one that applies on the server.

    Without this a field that was set by ``kubectl apply``, and is left out of the first server-side
    apply, stays for ever, as somebody else still owns it.

    Args:
        obj: as it was read; its managed fields are changed.
        managers: those that wrote by update, such as ``kubectl-client-side-apply``.
        manager: the one that applies from now on.
        subresource: of which the fields are; empty for the object itself.

    Returns:
        Whether anything changed.
    """
    before = [entry.to_wire() for entry in obj.metadata.managed_fields]
    entries = before
    for old in sorted(managers):
        entries = _handed_over(copy.deepcopy(entries), old, manager, subresource)
    if entries == before:
        return False
    obj.metadata.managed_fields = [ManagedFieldsEntry.from_wire(entry) for entry in entries]
    return True


def upgrade_patch(
    obj: KubernetesObject,
    managers: Collection[str],
    manager: str,
    *,
    subresource: str = "",
) -> list[dict[str, Any]]:
    """Return the JSON patch that does what `upgrade_managed_fields` does.

    It is refused as a conflict when the object was changed since it was read. It is empty when
    there is nothing to do.
    """
    changed = obj.model_copy()
    if not upgrade_managed_fields(changed, managers, manager, subresource=subresource):
        return []
    return [
        {
            "op": "replace",
            "path": "/metadata/managedFields",
            "value": [entry.to_wire() for entry in changed.metadata.managed_fields],
        },
        {
            "op": "replace",
            "path": "/metadata/resourceVersion",
            "value": obj.metadata.resource_version,
        },
    ]


def _taken(value: Any, fields: Fields, everybodys: Fields) -> Any:
    """What the fields name of a value.

    Args:
        value: of a field.
        fields: of the manager, below the field.
        everybodys: of all managers; who owns a field without its members owns all of it, unless
            somebody owns members.
    """
    if not fields:
        is_shared = is_object(value) and any(key != _ITSELF for key in everybodys)
        return _NOTHING if is_shared else copy.deepcopy(value)
    if is_object(value):
        taken: dict[str, Any] = {}
        for key, below in fields.items():
            name = key[2:]
            if key.startswith("f:") and name in value:
                found = _taken(value[name], below, everybodys.get(key, {}))
                if found is not _NOTHING:
                    taken[name] = found
        return taken
    if is_array(value):
        named = _in_order(value, fields)
        items = [_item(value, key, below, everybodys.get(key, {})) for key, below in named]
        return [item for item in items if item is not _NOTHING]
    return value


def _in_order(items: list[Any], fields: Fields) -> list[tuple[str, Any]]:
    """The fields that name items of a list, in the order of the list."""

    def position(entry: tuple[str, Any]) -> int:
        return next((i for i, item in enumerate(items) if _names(entry[0], item, i)), len(items))

    named = [entry for entry in fields.items() if entry[0] != _ITSELF]
    return sorted(named, key=position)


def _item(items: list[Any], key: str, fields: Fields, everybodys: Fields) -> Any:
    for index, item in enumerate(items):
        if _names(key, item, index):
            if not key.startswith("k:"):
                return copy.deepcopy(item)
            taken = _taken(item, fields, everybodys)
            return {**_json(key[2:]), **taken} if is_object(taken) and fields else taken
    return _NOTHING


def _names(key: str, item: Any, index: int) -> bool:
    """Whether a path element is about an item: ``k:{"name":"a"}``, ``v:"x"`` or ``i:0``."""
    kind, told = key[:2], key[2:]
    if kind == "k:":
        keys = _json(told)
        return (
            is_object(keys)
            and is_object(item)
            and all(item.get(name) == value for name, value in keys.items())
        )
    if kind == "v:":
        return bool(_json(told) == item)
    return kind == "i:" and told == str(index)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _handed_over(
    entries: list[dict[str, Any]], old: str, new: str, subresource: str
) -> list[dict[str, Any]]:
    def is_of(entry: dict[str, Any], manager: str, operation: str) -> bool:
        return (
            entry.get("manager"),
            entry.get("operation"),
            entry.get("subresource") or "",
        ) == (manager, operation, subresource)

    target = next((each for each in entries if is_of(each, new, "Apply")), None)
    if target is None:
        target = next((each for each in entries if is_of(each, old, "Update")), None)
        if target is None:
            return entries
        target |= {"operation": "Apply", "manager": new}
    source = next(
        (
            each
            for each in entries
            if is_of(each, old, "Update") and each.get("apiVersion") == target.get("apiVersion")
        ),
        None,
    )
    if source is not None:
        target["fieldsV1"] = _union(target.get("fieldsV1") or {}, source.get("fieldsV1") or {})
    return [each for each in entries if not is_of(each, old, "Update")]


def _union(one: Fields, other: Fields, *, top: bool = True) -> dict[str, Any]:
    """The fields of both; one that is there as such says so when it has members too."""
    if not top and bool(one) != bool(other):
        return {_ITSELF: {}, **(one or other)}
    union = dict(one)
    for key, below in other.items():
        union[key] = _union(cast("Fields", one[key]), below, top=False) if key in one else below
    return union


def _quoted(message: str) -> str:
    """The manager in ``conflict with "kubectl" using apps/v1``."""
    parts = message.split('"')
    return parts[1] if len(parts) > 2 else ""

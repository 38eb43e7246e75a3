"""Parts of objects whose form is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion

__all__ = ["group_version_of", "items_at", "part_at", "value_at", "without_server_fields"]

_SERVER_FIELDS = frozenset(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)


def value_at(obj: Mapping[str, Any], *names: str) -> Any:
    """Return what is found under names, or None."""
    value: Any = obj
    for name in names:
        if not is_object(value):
            return None
        value = value.get(name)
    return value


def part_at(obj: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the object that is found under names, or an empty one."""
    found = value_at(obj, *names)
    return found if is_object(found) else {}


def items_at(obj: Mapping[str, Any], *names: str) -> list[dict[str, Any]]:
    """Return the objects in the list that is found under names."""
    found = value_at(obj, *names)
    return [item for item in found if is_object(item)] if is_array(found) else []


def group_version_of(obj: Mapping[str, Any]) -> GroupVersion | None:
    """Return what an ``apiVersion`` says to a server, which takes more than one should write.

    Group and version may be empty. None: it has more than one slash.
    """
    api_version: Any = obj.get("apiVersion") or ""
    if not isinstance(api_version, str):
        return GroupVersion("", str(api_version))
    group, _, version = api_version.rpartition("/")
    return None if "/" in group else GroupVersion(group, version)


def without_server_fields(obj: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what the server adds to its metadata; its status stays."""
    metadata = {k: v for k, v in obj["metadata"].items() if k not in _SERVER_FIELDS}
    return {**obj, "metadata": metadata}

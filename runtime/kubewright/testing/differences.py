"""What is different between two states of a cluster, for asserts and for people.

client-go: none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kubewright._json import is_array, is_object
from kubewright._shown import shown
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.parts import without_server_fields

__all__ = ["ABSENT", "FieldChange", "ObjectId", "StateDiff", "changes", "diff"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NEEDED = frozenset({"apiVersion", "kind", "metadata"})
_SHOWN = 200  # characters of a value


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT = _Absent()
"""Stands for a field that is not there."""


class ObjectId(NamedTuple):
    """Which object, whatever version it is shown in."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {'/'.join(filter(None, (self.namespace, self.name)))}"


class FieldChange(NamedTuple):
    """One field; `ABSENT` where it was not, or is not.

    Attributes:
        path: such as ``spec.containers[0].image``.
    """

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {_text(self.before)} → {_text(self.after)}"


@dataclass(frozen=True, slots=True)
class StateDiff:
    """What became of the objects; false where nothing did.

    Attributes:
        added: objects that are new.
        removed: objects that are gone.
        changed: fields by object.
    """

    added: tuple[ObjectId, ...]
    removed: tuple[ObjectId, ...]
    changed: Mapping[ObjectId, tuple[FieldChange, ...]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        """Return lines as of a diff: ``+``, ``-`` and ``~`` with the fields below."""
        lines = {**{i: [f"+ {i}"] for i in self.added}, **{i: [f"- {i}"] for i in self.removed}}
        for which, fields in self.changed.items():
            lines[which] = [f"~ {which}", *(f"    {field}" for field in fields)]
        return "\n".join(line for which in sorted(lines) for line in lines[which])


def diff(
    before: Iterable[Mapping[str, Any]],
    after: Iterable[Mapping[str, Any]],
    *,
    server_fields: bool = False,
) -> StateDiff:
    """Compare two states.

    Args:
        before: objects, as `FakeCluster.dump` gives them.
        after: the same, later or elsewhere.
        server_fields: compare uids, versions, times and managed fields as well.

    Raises:
        ValueError: something is no object of a cluster.
    """
    old, new = (_by_id(objects, server_fields) for objects in (before, after))
    fields_of = {
        which: tuple(changes("", old[which], new[which])) for which in sorted(old.keys() & new)
    }
    return StateDiff(
        added=tuple(sorted(new.keys() - old)),
        removed=tuple(sorted(old.keys() - new)),
        changed={which: fields for which, fields in fields_of.items() if fields},
    )


def _by_id(
    objects: Iterable[Mapping[str, Any]], server_fields: bool
) -> dict[ObjectId, Mapping[str, Any]]:
    found: dict[ObjectId, Mapping[str, Any]] = {}
    for obj in objects:
        if not (obj.keys() >= _NEEDED and is_object(obj["metadata"]) and "name" in obj["metadata"]):
            raise ValueError(f"{shown(obj)} is no object with apiVersion, kind and metadata.name")
        metadata = obj["metadata"]
        group = GroupVersion.parse(str(obj["apiVersion"])).group
        which = ObjectId(group, obj["kind"], metadata.get("namespace", ""), metadata["name"])
        found[which] = dict(obj) if server_fields else without_server_fields(obj)
    return found


def changes(path: str, old: Any, new: Any) -> Iterator[FieldChange]:
    """Compare two JSON values, the second of which is the later one.

    Args:
        path: where they are; empty for whole objects.
        old: one of them.
        new: the other.
    """
    if is_object(old) and is_object(new):
        for key in sorted(old.keys() | new.keys()):
            yield from changes(_below(path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif is_array(old) and is_array(new):
        for index in range(max(len(old), len(new))):
            pair = (items[index] if index < len(items) else ABSENT for items in (old, new))
            yield from changes(f"{path}[{index}]", *pair)
    elif old is not new and (type(old), old) != (type(new), new):
        yield FieldChange(path, old, new)


def _below(path: str, key: str) -> str:
    if not _PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def _text(value: Any) -> str:
    text = repr(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

"""Every state of every object, one sequence of versions over all: etcd, as an API server sees it.

client-go: ``testing.ObjectTracker``, which keeps the last state alone; apiserver: ``storage/etcd3``.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from kubewright.watch.lister_watcher import EventType

__all__ = ["Change", "JSONObject", "Key", "Kind", "Store"]

JSONObject = dict[str, Any]
Kind = tuple[str, str]
"""Group and plural: what objects are stored under, whatever version they are asked for in."""
Key = tuple[str, str]
"""Namespace and name, in the order in which lists have them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one object; nobody changes the objects in it."""

    version: int
    type: EventType
    kind: Kind
    key: Key
    obj: JSONObject
    previous: JSONObject | None


class Store:
    """Objects by kind and key, with their past. Its owner guards it with a lock.

    What is stored is never changed afterwards: writers put a new object.
    """

    def __init__(self) -> None:
        self.version = 1
        self.compacted = 0
        self._past: dict[Kind, dict[Key, list[tuple[int, JSONObject | None]]]] = {}
        self._changes: dict[Kind, list[Change]] = {}

    def get(self, kind: Kind, key: Key) -> JSONObject | None:
        """Return the present state."""
        states = self._past.get(kind, {}).get(key)
        return states[-1][1] if states else None

    def objects(self, kind: Kind, version: int | None = None) -> list[tuple[Key, JSONObject]]:
        """Return all objects by key, as they are, or were at a version that is not compacted."""
        found: list[tuple[Key, JSONObject]] = []
        for key, states in sorted(self._past.get(kind, {}).items()):
            at = len(states)
            if version is not None:
                at = bisect_right(states, version, key=lambda state: state[0])
            obj = states[at - 1][1] if at else None
            if obj is not None:
                found.append((key, obj))
        return found

    def holds_any_in(self, namespace: str) -> bool:
        """Whether there is an object in a namespace; quick while it is emptied in order."""
        return any(
            key[0] == namespace and states[-1][1] is not None
            for objects in self._past.values()
            for key, states in reversed(objects.items())
        )

    def kinds(self) -> list[Kind]:
        """Return under what objects are, or were, stored."""
        return list(self._past)

    def put(self, kind: Kind, key: Key, obj: JSONObject) -> Change:
        """Store a state; it gets the next version, in its metadata too."""
        previous = self.get(kind, key)
        return self._add("MODIFIED" if previous else "ADDED", kind, key, obj, previous)

    def remove(self, kind: Kind, key: Key, last: JSONObject) -> Change:
        """Store that there is no object any more; its last state gets the version of its end."""
        return self._add("DELETED", kind, key, last, self.get(kind, key))

    def since(self, kind: Kind, version: int) -> list[Change]:
        """Return what happened after a version that is not compacted."""
        changes = self._changes.get(kind, [])
        return changes[bisect_right(changes, version, key=lambda change: change.version) :]

    def compact(self, version: int) -> None:
        """Forget the states that were replaced up to a version."""
        self.compacted = max(self.compacted, min(version, self.version))
        for kind, objects in self._past.items():
            for key, states in list(objects.items()):
                at = bisect_right(states, self.compacted, key=lambda state: state[0])
                kept = states[max(at - 1, 0) :]
                if kept[0][1] is None and kept[0][0] <= self.compacted:
                    kept = kept[1:]
                if kept:
                    objects[key] = kept
                else:
                    del objects[key]
            self._changes[kind] = self.since(kind, self.compacted)

    def _add(
        self, event: EventType, kind: Kind, key: Key, obj: JSONObject, previous: JSONObject | None
    ) -> Change:
        self.version += 1
        metadata = {**obj["metadata"], "resourceVersion": str(self.version)}
        stored = {**obj, "metadata": metadata}
        state = None if event == "DELETED" else stored
        self._past.setdefault(kind, {}).setdefault(key, []).append((self.version, state))
        change = Change(self.version, event, kind, key, stored, previous)
        self._changes.setdefault(kind, []).append(change)
        return change

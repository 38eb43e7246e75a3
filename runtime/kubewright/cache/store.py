"""Objects as the cache keeps them: bytes with a small decoded head, and a store of them by name.

client-go: ``cache.Store`` and ``cache.ThreadSafeStore``. A reader gets an object of its own, so
that changing it never changes the cache.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

import msgspec

from kubewright.lister_watcher import head_of
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = ["Entry", "Store"]

T = TypeVar("T", bound=KubernetesObject)


@dataclass(frozen=True, slots=True)
class Entry:
    """One state of one object.

    Attributes:
        name: the key.
        uid: tells objects of one name apart.
        resource_version: tells states of one object apart.
        labels: for selectors.
        data: the whole object as JSON.
    """

    name: ObjectName
    uid: str
    resource_version: str
    labels: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)

    @classmethod
    def from_json(cls, data: bytes | msgspec.Raw) -> Self:
        """Read the head of an object and copy its bytes.

        Raises:
            DecodeError: it is no Kubernetes object.
        """
        head = head_of(data)
        return cls(
            ObjectName(head.namespace, head.name),
            head.uid,
            head.resource_version,
            head.labels or {},
            bytes(data),
        )


class Store(Generic[T]):
    """Objects by name; safe for many threads."""

    def __init__(self, model: type[T]) -> None:
        self._model = model
        self._entries: dict[ObjectName, Entry] = {}
        # re-entrant: an index function may read the store that it is called by
        self._lock = threading.RLock()

    def get(self, name: ObjectName) -> T | None:
        """Return a copy of the object, or ``None``."""
        entry = self.entry(name)
        return None if entry is None else self.read(entry)

    def values(self) -> list[T]:
        """Return a copy of each object."""
        return [self.read(entry) for entry in self.entries()]

    def names(self) -> list[ObjectName]:
        """Return the names of all objects."""
        with self._lock:
            return list(self._entries)

    def entry(self, name: ObjectName) -> Entry | None:
        """Return what is stored under a name."""
        with self._lock:
            return self._entries.get(name)

    def entries(self) -> list[Entry]:
        """Return all that is stored."""
        with self._lock:
            return list(self._entries.values())

    def read(self, entry: Entry) -> T:
        """Make an object of the caller's own; its fields are decoded when they are looked at."""
        return self._model.from_json(entry.data)

    def put(self, entry: Entry) -> Entry | None:
        """Store a state, and return the one that it replaces."""
        with self._lock:
            old = self._entries.get(entry.name)
            self._entries[entry.name] = entry
            self._reindex(entry.name, old, entry)
            return old

    def remove(self, name: ObjectName) -> Entry | None:
        """Forget an object, and return its last state."""
        with self._lock:
            old = self._entries.pop(name, None)
            if old is not None:
                self._reindex(name, old, None)
            return old

    def replace(self, entries: Iterable[Entry]) -> None:
        """Store these and forget all others."""
        new = {entry.name: entry for entry in entries}
        with self._lock:
            for name in [name for name in self._entries if name not in new]:
                self.remove(name)
            for entry in new.values():
                self.put(entry)

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._entries

    def _reindex(self, name: ObjectName, old: Entry | None, new: Entry | None) -> None:
        """For subclasses: the state under a name changes; called under the lock."""

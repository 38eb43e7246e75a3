"""A store of objects by name that hands out copies.

client-go: ``cache.Store`` and ``cache.ThreadSafeStore``. A reader gets an object of its own, so
that changing it never changes the cache.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Generic, TypeVar

from kubewright.cache.entries import Entry, EntryCodec
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = ["Store"]

T = TypeVar("T", bound=KubernetesObject)


class Store(Generic[T]):
    """Objects by name; safe for many threads."""

    def __init__(self, model: type[T], *, codec: EntryCodec[T] | None = None) -> None:
        """Make an empty store.

        Args:
            model: what the objects are.
            codec: in what form they are kept; all entries must come from it.
        """
        self._codec = codec or EntryCodec(model)
        self._entries: dict[ObjectName, Entry] = {}
        self._resource_version = ""
        # re-entrant: an index function may read the store that it is called by
        self._lock = threading.RLock()

    @property
    def resource_version(self) -> str:
        """The version of the newest state that came in, or up to which nothing else came."""
        return self._resource_version

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

    def add(self, obj: T) -> None:
        """Store an object of the program; the one of the same name is replaced."""
        self.put(self._codec.entry_from(obj))

    def entry(self, name: ObjectName) -> Entry | None:
        """Return what is stored under a name."""
        # one look into a dict needs no lock
        return self._entries.get(name)

    def entries(self) -> list[Entry]:
        """Return all that is stored."""
        with self._lock:
            return list(self._entries.values())

    def read(self, entry: Entry) -> T:
        """Make an object of the caller's own; its fields are decoded when they are looked at."""
        return self._codec.read(entry)

    def entry_from(self, obj: T) -> Entry:
        """Make of an object of the program what `put` takes.

        Raises:
            DecodeError: its metadata are not what metadata are.
        """
        return self._codec.entry_from(obj)

    def put(self, entry: Entry) -> Entry | None:
        """Store a state, and return the one that it replaces."""
        with self._lock:
            old = self._entries.get(entry.name)
            self._entries[entry.name] = entry
            self._reindex(entry.name, entry)
            self._resource_version = entry.resource_version or self._resource_version
            return old

    def remove(self, name: ObjectName, *, resource_version: str = "") -> Entry | None:
        """Forget an object, and return its last state.

        Args:
            name: of the object.
            resource_version: of the deletion; without it the store's own stays.
        """
        with self._lock:
            old = self._entries.pop(name, None)
            if old is not None:
                self._reindex(name, None)
            self._resource_version = resource_version or self._resource_version
            return old

    def replace(
        self,
        entries: Iterable[Entry],
        resource_version: str = "",
        *,
        namespace: str | None = None,
    ) -> list[Entry]:
        """Store these and forget all others, which are returned.

        Args:
            entries: the new content.
            resource_version: of the list.
            namespace: only what is in this namespace is forgotten.
        """
        new = {entry.name: entry for entry in entries}
        with self._lock:
            gone = [
                old
                for name, old in self._entries.items()
                if name not in new and namespace in (None, name.namespace)
            ]
            for old in gone:
                self.remove(old.name)
            for entry in new.values():
                self.put(entry)
            self._resource_version = resource_version or self._resource_version
        return gone

    def bookmark(self, resource_version: str) -> None:
        """Take note that nothing else came up to a version."""
        with self._lock:
            self._resource_version = resource_version

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def _reindex(self, name: ObjectName, new: Entry | None) -> None:
        """For subclasses: the state under a name changes; called under the lock."""

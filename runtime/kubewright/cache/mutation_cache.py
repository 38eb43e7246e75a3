"""Reads a cache as if one's own writes had come back already.

client-go: ``cache.NewIntegerResourceVersionMutationCache``. Where one can wait, prefer
`SharedIndexInformer.wait_for`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Generic, TypeVar

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.cache.entries import Entry
from kubewright.cache.indexer import Indexer
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource_version import compare_versions
from kubewright.schema import ObjectName

__all__ = ["MutationCache"]

T = TypeVar("T", bound=KubernetesObject)


@dataclass(frozen=True, slots=True)
class _Write:
    entry: Entry
    end: float


class MutationCache(Generic[T]):
    """A cache below own writes that are newer; safe for many threads."""

    def __init__(
        self,
        indexer: Indexer[T],
        *,
        seconds: float = 300.0,
        capacity: int = 100,
        include_adds: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Lay own writes over a cache.

        Args:
            indexer: the cache of an informer.
            seconds: how long a write is remembered at most.
            capacity: how many writes are remembered; the oldest go first.
            include_adds: show also what is not in the cache yet. It then shows what was deleted
                by others, too, as long as the write is remembered.
            clock: measures.
        """
        self._indexer = indexer
        self._seconds = seconds
        self._capacity = capacity
        self._include_adds = include_adds
        self._clock = clock
        self._writes: dict[ObjectName, _Write] = {}
        self._lock = threading.Lock()

    def mutated(self, obj: T) -> None:
        """Remember what the server answered to a write.

        Raises:
            DecodeError: its metadata are not what metadata are.
        """
        entry = self._indexer.entry_from(obj)
        with self._lock:
            self._writes.pop(entry.name, None)
            self._writes[entry.name] = _Write(entry, self._clock.monotonic() + self._seconds)
            while len(self._writes) > self._capacity:
                del self._writes[next(iter(self._writes))]

    def get(self, name: ObjectName) -> T | None:
        """Return a copy of the newest state of an object, or ``None``.

        Raises:
            ValueError: a version of the object cannot be compared.
        """
        entry = self._newest(name)
        return None if entry is None else self._indexer.read(entry)

    def by_index(self, index_name: str, value: str) -> list[T]:
        """Return a copy of each object that has, in its newest state, a value in an index.

        Raises:
            KeyError: there is no such index.
            ValueError: a version of an object cannot be compared.
        """
        names = dict.fromkeys(self._indexer.names_by_index(index_name, value))
        with self._lock:
            names.update(dict.fromkeys(self._writes))
        entries = [entry for name in names if (entry := self._newest(name)) is not None]
        return [
            self._indexer.read(entry)
            for entry in entries
            if value in self._indexer.values_of(index_name, entry)
        ]

    def _newest(self, name: ObjectName) -> Entry | None:
        cached = self._indexer.entry(name)
        with self._lock:
            write = self._writes.get(name)
            if write is None:
                return cached
            if self._clock.monotonic() >= write.end:
                del self._writes[name]
                return cached
            if cached is None:
                return write.entry if self._include_adds else None
            if compare_versions(write.entry.resource_version, cached.resource_version) > 0:
                return write.entry
            del self._writes[name]
            return cached

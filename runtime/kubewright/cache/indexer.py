"""A store that finds objects by what functions say of them.

client-go: ``cache.Indexer``, ``cache.Indexers``, ``cache.IndexFunc``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

from kubewright.cache.entries import Entry, EntryCodec
from kubewright.cache.store import Store
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import ObjectName

__all__ = ["NAMESPACE_INDEX", "IndexFunc", "Indexer", "Indexers"]

logger = logging.getLogger("kubewright.cache")

T = TypeVar("T", bound=KubernetesObject)

IndexFunc: TypeAlias = Callable[[T], Iterable[str]]
"""Says under which values an object is to be found; must be pure and quick."""
Indexers: TypeAlias = Mapping[str, IndexFunc[T]]

NAMESPACE_INDEX = "namespace"
"""The index that every cache has."""


class _Index:
    """One index: the names for each value, and the values of each name."""

    def __init__(self, values_of: Callable[[Entry], Iterable[str]]) -> None:
        self.values_of = values_of
        # dicts without values: sets that keep the order in which objects came
        self.names: dict[str, dict[ObjectName, None]] = {}
        self._values: dict[ObjectName, tuple[str, ...]] = {}

    def change(self, name: ObjectName, new: Entry | None) -> None:
        values = () if new is None else tuple(dict.fromkeys(self.values_of(new)))
        before = self._values.pop(name, ())
        if values:
            self._values[name] = values
        for value in before:
            if value not in values:
                self._forget(name, value)
        for value in values:
            self.names.setdefault(value, {})[name] = None

    def _forget(self, name: ObjectName, value: str) -> None:
        names = self.names[value]
        del names[name]
        if not names:
            del self.names[value]


class Indexer(Store[T]):
    """A `Store` with indexes; one by namespace is always there."""

    def __init__(
        self,
        model: type[T],
        indexers: Indexers[T] | None = None,
        *,
        codec: EntryCodec[T] | None = None,
    ) -> None:
        """Make an empty store.

        Args:
            model: what the objects are.
            indexers: further indexes.
            codec: in what form objects are kept; all entries must come from it.
        """
        super().__init__(model, codec=codec)
        self._indexes = {NAMESPACE_INDEX: _Index(lambda entry: (entry.name.namespace,))}
        self.add_indexers(indexers or {})

    def add_indexers(self, indexers: Indexers[T]) -> None:
        """Add indexes, also over what is stored already.

        Raises:
            ValueError: there is an index of such a name.
        """
        with self._lock:
            clash = sorted(self._indexes.keys() & indexers.keys())
            if clash:
                raise ValueError(f"there is an index of that name already: {', '.join(clash)}")
            for index_name, function in indexers.items():
                index = _Index(self._guarded(index_name, function))
                for entry in self._entries.values():
                    index.change(entry.name, entry)
                self._indexes[index_name] = index

    def by_index(self, index_name: str, value: str) -> list[T]:
        """Return a copy of each object that an index has under a value.

        Raises:
            KeyError: there is no such index.
        """
        return [self.read(entry) for entry in self.entries_by_index(index_name, value)]

    def names_by_index(self, index_name: str, value: str) -> list[ObjectName]:
        """Return the names that an index has under a value.

        Raises:
            KeyError: there is no such index.
        """
        return [entry.name for entry in self.entries_by_index(index_name, value)]

    def entries_by_index(self, index_name: str, value: str) -> list[Entry]:
        """Return what is stored of the objects that an index has under a value.

        Raises:
            KeyError: there is no such index.
        """
        with self._lock:
            return [self._entries[name] for name in self._index(index_name).names.get(value, ())]

    def index(self, index_name: str, obj: T) -> list[T]:
        """Return a copy of each object that shares a value of an index with this one, each once.

        Raises:
            KeyError: there is no such index.
        """
        entry = self.entry_from(obj)
        with self._lock:
            index = self._index(index_name)
            names = dict.fromkeys(
                name for value in index.values_of(entry) for name in index.names.get(value, ())
            )
            found = [self._entries[name] for name in names]
        return [self.read(entry) for entry in found]

    def values_of(self, index_name: str, entry: Entry) -> Iterable[str]:
        """Return the values under which an index would have a state of an object.

        Raises:
            KeyError: there is no such index.
        """
        return self._index(index_name).values_of(entry)

    def index_values(self, index_name: str) -> list[str]:
        """Return the values under which an index has objects.

        Raises:
            KeyError: there is no such index.
        """
        with self._lock:
            return list(self._index(index_name).names)

    def _index(self, index_name: str) -> _Index:
        index = self._indexes.get(index_name)
        if index is None:
            raise KeyError(f"no index {index_name!r}; there are: {', '.join(self._indexes)}")
        return index

    def _guarded(self, index_name: str, function: IndexFunc[T]) -> Callable[[Entry], Iterable[str]]:
        def values_of(entry: Entry) -> Iterable[str]:
            try:
                return tuple(function(self.read(entry)))
            except Exception:
                # one odd object must not stop the cache; it is only not found by this index
                logger.exception("the index %r fails for %s", index_name, entry.name)
                return ()

        return values_of

    def _reindex(self, name: ObjectName, new: Entry | None) -> None:
        for index in self._indexes.values():
            index.change(name, new)

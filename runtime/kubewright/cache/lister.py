"""Typed reading from the cache, in the shape of the clients: a call narrows to a namespace.

client-go: the generated listers over ``listers.ResourceIndexer``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from kubewright.cache.entries import Entry
from kubewright.cache.indexer import NAMESPACE_INDEX, Indexer
from kubewright.errors import NotFoundError
from kubewright.meta_v1 import KubernetesObject, Status, StatusDetails
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName
from kubewright.selectors import Selector, label_requirements

__all__ = ["ClusterLister", "Lister", "NamespaceLister"]

T = TypeVar("T", bound=KubernetesObject)


class _Reader(Generic[T]):
    def __init__(
        self, indexer: Indexer[T], info: ResourceInfo, namespace: str | None = None
    ) -> None:
        """Read from a cache.

        Args:
            indexer: the cache.
            info: what it holds, for messages.
            namespace: ``None`` for the cluster and for all namespaces.
        """
        self._indexer = indexer
        self._info = info
        self._namespace = namespace

    def by_index(
        self, index_name: str, value: str, *, label_selector: Selector | None = None
    ) -> list[T]:
        """Return the cached objects of this scope that an index has under a value.

        Raises:
            KeyError: there is no such index.
            SelectorError: the selector is none.
        """
        found = self._indexer.entries_by_index(index_name, value)
        if self._namespace is not None:
            found = [entry for entry in found if entry.name.namespace == self._namespace]
        return self._matching(found, label_selector)

    def _matching(self, entries: Sequence[Entry], label_selector: Selector | None) -> list[T]:
        if label_selector is None:
            return [self._indexer.read(entry) for entry in entries]
        matches = label_requirements(label_selector).matches
        return [self._indexer.read(entry) for entry in entries if matches(entry.labels)]

    def list(self, *, label_selector: Selector | None = None) -> list[T]:
        """Return the cached objects of this scope that match; they are the caller's own.

        Raises:
            SelectorError: the selector is none.
        """
        return self._matching(self._entries(), label_selector)

    def __repr__(self) -> str:
        where = f" in {self._namespace!r}" if self._namespace is not None else ""
        return f"<{type(self).__name__} of {self._info}{where}>"

    def _entries(self) -> Sequence[Entry]:
        if self._namespace is None:
            return self._indexer.entries()
        return self._indexer.entries_by_index(NAMESPACE_INDEX, self._namespace)

    def _get(self, name: ObjectName) -> T:
        obj = self._indexer.get(name)
        if obj is not None:
            return obj
        gvr = self._info.gvr
        plural = f"{gvr.resource}.{gvr.group}" if gvr.group else gvr.resource
        raise NotFoundError(
            Status(
                status="Failure",
                code=404,
                reason="NotFound",
                message=f'{plural} "{name.name}" not found',
                details=StatusDetails(name=name.name, group=gvr.group, kind=gvr.resource),
            )
        )


class NamespaceLister(_Reader[T]):
    """Reads the cached objects of one namespace."""

    def get(self, name: str) -> T:
        """Return the cached object; it is the caller's own.

        Raises:
            NotFoundError: there is none in the cache.
        """
        return self._get(ObjectName(self._namespace or "", name))


class ClusterLister(_Reader[T]):
    """Reads the cached objects of a cluster-scoped resource."""

    def get(self, name: str) -> T:
        """Return the cached object; it is the caller's own.

        Raises:
            NotFoundError: there is none in the cache.
        """
        return self._get(ObjectName("", name))


class Lister(_Reader[T]):
    """Reads the cached objects of all namespaces; call it with a namespace to narrow it."""

    def __call__(self, namespace: str) -> NamespaceLister[T]:
        """Narrow to one namespace.

        Raises:
            ValueError: the namespace is empty.
        """
        if not namespace:
            raise ValueError("the namespace is empty: leave the call out to read all namespaces")
        return NamespaceLister(self._indexer, self._info, namespace)

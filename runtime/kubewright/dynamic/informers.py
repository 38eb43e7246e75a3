"""Informers of any resource.

client-go: ``dynamicinformer``, ``metadatainformer``, ``dynamiclister``, ``metadatalister``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, TypeVar, cast, overload

from kubewright.cache import (
    ClusterLister,
    InformerFactory,
    InformerOptions,
    NamespaceLister,
    SharedIndexInformer,
)
from kubewright.dynamic.client import DynamicClient, DynamicResource
from kubewright.dynamic.metadata import MetadataClient, MetadataResource
from kubewright.dynamic.resources import What
from kubewright.meta_v1 import KubernetesObject
from kubewright.schema import GroupVersionResource
from kubewright.selectors import FieldSelector, Selector
from kubewright.unstructured import PartialObjectMetadata, Unstructured

__all__ = ["DynamicInformer", "DynamicLister", "DynamicSharedInformerFactory"]

T = TypeVar("T", bound=KubernetesObject)
Key = tuple[GroupVersionResource, type[KubernetesObject]]


class DynamicLister(ClusterLister[T]):
    """Reads the cached objects of a resource; call it with a namespace where it has those."""

    def __call__(self, namespace: str) -> NamespaceLister[T]:
        """Narrow to one namespace.

        Raises:
            ValueError: the namespace is empty.
        """
        if not namespace:
            raise ValueError("the namespace is empty: leave the call out to read all namespaces")
        return NamespaceLister(self._indexer, self._info, namespace)


class DynamicInformer(SharedIndexInformer[T]):
    """Keeps a cache of the objects of any resource and tells handlers what changes."""

    @property
    def lister(self) -> DynamicLister[T]:
        """Reads the cache."""
        return DynamicLister(self.indexer, self.info)


class DynamicSharedInformerFactory(InformerFactory):
    """Informers that share one watch and one cache for each resource.

    .. code-block:: python

        factory = DynamicSharedInformerFactory(DynamicClient(connect()))
        certificates = factory.for_resource("certificates.cert-manager.io")
        certificates.add_key_handler(queue.add)
        with factory: ...
    """

    def __init__(
        self,
        client: DynamicClient | MetadataClient,
        *,
        namespace: str | Iterable[str] | None = None,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
        options: InformerOptions | None = None,
    ) -> None:
        """Choose what the informers see.

        Args:
            client: gives the objects, whole or their metadata alone.
            namespace: of namespaced resources, only this one, or these: each has its own watch.
            label_selector: only what matches.
            field_selector: only what matches; the server must know the field for each resource.
            options: of all informers.

        Raises:
            ValueError: there is no namespace among those to see, or an empty one.
        """
        super().__init__(
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            options=options,
        )
        self._client = client
        self._kinds: dict[Key, type[SharedIndexInformer[Any]]] = {}
        self._kinds_lock = threading.Lock()

    @overload
    def for_resource(self, what: type[T]) -> DynamicInformer[T]: ...
    @overload
    def for_resource(self, what: What) -> DynamicInformer[Unstructured]: ...
    def for_resource(self, what: What | type[KubernetesObject]) -> DynamicInformer[Any]:
        """Return the shared informer of a resource, making it at the first call.

        Args:
            what: as for `DynamicClient.resource`. Over a `MetadataClient` the objects are
                `PartialObjectMetadata`, for which `for_metadata` has the type.

        Raises:
            NoMatchError: the server has none.
            AmbiguousMatchError: several are called so.
        """
        return self._informer(self._client.resource(what))

    def for_metadata(
        self, what: What | type[KubernetesObject]
    ) -> DynamicInformer[PartialObjectMetadata]:
        """The same as `for_resource`, over a `MetadataClient`.

        Raises:
            TypeError: the client gives whole objects.
        """
        if not isinstance(self._client, MetadataClient):
            raise TypeError("the factory is not over a MetadataClient")
        return self._informer(self._client.resource(what))

    def _informer(self, source: DynamicResource[Any] | MetadataResource) -> DynamicInformer[Any]:
        info, model = source.info, source.model
        with self._kinds_lock:
            kind = self._kinds.get((info.gvr, model))
            if kind is None:
                members = {"info": info, "model": model}
                made = type(f"{info.kind.kind}Informer", (DynamicInformer,), members)
                kind = self._kinds[info.gvr, model] = cast("type[DynamicInformer[Any]]", made)
        return cast("DynamicInformer[Any]", self.informer_for(kind, source))

"""Reads the metadata of objects of any resource, and nothing else of them.

client-go: ``metadata.Interface``.
"""

from __future__ import annotations

from dataclasses import replace

from kubewright.discovery import RESTMapper
from kubewright.dynamic.resources import ResourceFinder, What
from kubewright.errors import RequestError
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersionKind
from kubewright.typed import (
    DeleteClient,
    DeleteCollectionClient,
    GetClient,
    ListClient,
    PatchClient,
    WatchClient,
)
from kubewright.unstructured import PartialObjectMetadata

__all__ = ["MetadataClient", "MetadataResource"]

# a server that sends the metadata in another form sends whole objects, of their own kind
_ANY_KIND = GroupVersionKind("meta.k8s.io", "v1", "")


class MetadataResource(
    GetClient[PartialObjectMetadata],
    ListClient[PartialObjectMetadata],
    WatchClient[PartialObjectMetadata],
    PatchClient[PartialObjectMetadata],
    DeleteClient[PartialObjectMetadata],
    DeleteCollectionClient[PartialObjectMetadata],
):
    """The metadata of one resource; call it with a namespace to work there."""

    model = PartialObjectMetadata

    def __init__(self, rest: RESTClient, info: ResourceInfo, namespace: str | None = None) -> None:
        """Name the scope; nothing is sent."""
        super().__init__(rest, namespace)
        self.info = replace(info, kind=_ANY_KIND)

    def __call__(self, namespace: str) -> MetadataResource:
        """Narrow to one namespace.

        Raises:
            RequestError: the namespace is empty, or the resource has none.
        """
        if not self.info.namespaced:
            raise RequestError(f"{self.info} are not in namespaces")
        if not namespace:
            raise RequestError("the namespace is empty: leave the call out to read all namespaces")
        return MetadataResource(self._rest, self.info, namespace)

    def _accept(self, *, of_list: bool = False) -> str:
        kind = "PartialObjectMetadataList" if of_list else "PartialObjectMetadata"
        return f"application/json;as={kind};g=meta.k8s.io;v=v1,application/json"

    def _object_path(self, name: str | None, subresource: str | tuple[str, ...] = ()) -> str:
        if self.info.namespaced and self._namespace is None:
            raise RequestError(f"{self.info} are in namespaces: say which one")
        return super()._object_path(name, subresource)


class MetadataClient:
    """Gives the client for the metadata of any resource.

    .. code-block:: python

        for secret in MetadataClient(connect()).resource("secrets").list():
            print(secret.metadata.name, secret.metadata.labels)
    """

    def __init__(self, rest: RESTClient, *, mapper: RESTMapper | None = None) -> None:
        """Take the way to the server; nothing is sent.

        Args:
            rest: the client.
            mapper: finds resources by name and kind; by default what the server serves, cached.
        """
        self._rest = rest
        self._finder = ResourceFinder(rest, mapper)

    def resource(self, what: What | type[KubernetesObject]) -> MetadataResource:
        """Return the client of a resource, in all namespaces or in the cluster.

        Args:
            what: as for `DynamicClient.resource`.

        Raises:
            NoMatchError: the server has none.
            AmbiguousMatchError: several are called so.
        """
        find_model, find = self._finder.find_model, self._finder.find
        info = find_model(what) if isinstance(what, type) else find(what)
        return MetadataResource(self._rest, info)

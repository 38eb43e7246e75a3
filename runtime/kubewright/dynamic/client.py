"""Reads and writes objects of any resource.

client-go: ``dynamic.Interface``; ``scale.ScalesGetter`` are the scale verbs here, for the versions of
``Scale`` that servers still have.
"""

from __future__ import annotations

from typing import Any, TypeVar, overload

from kubewright.discovery import RESTMapper
from kubewright.dynamic.resources import ResourceFinder, What
from kubewright.errors import RequestError
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.typed import FieldValidation, ResourceClient, ScaleClient, StatusClient
from kubewright.unstructured import Unstructured

__all__ = ["DynamicClient", "DynamicResource"]

T = TypeVar("T", bound=KubernetesObject)


class DynamicResource(ResourceClient[T], StatusClient[T], ScaleClient[T]):
    """One resource with every verb; call it with a namespace to work there.

    Which verbs and subresources the server really has, it says itself.
    """

    def __init__(
        self, rest: RESTClient, info: ResourceInfo, model: type[T], namespace: str | None = None
    ) -> None:
        """Name the scope; nothing is sent.

        Args:
            rest: the way to the server.
            info: the resource.
            model: what its objects are read as.
            namespace: ``None`` for the cluster and for all namespaces.
        """
        super().__init__(rest, namespace)
        self.info = info
        self.model = model

    def __call__(self, namespace: str) -> DynamicResource[T]:
        """Narrow to one namespace.

        Raises:
            RequestError: the namespace is empty, or the resource has none.
        """
        if not self.info.namespaced:
            raise RequestError(f"{self.info} are not in namespaces")
        if not namespace:
            raise RequestError("the namespace is empty: leave the call out to read all namespaces")
        return DynamicResource(self._rest, self.info, self.model, namespace)

    def create(
        self,
        obj: T,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Create the object; see `CreateClient`."""
        self._check_scope()
        return super().create(
            obj,
            dry_run=dry_run,
            field_manager=field_manager,
            field_validation=field_validation,
            timeout=timeout,
        )

    def _object_path(self, name: str | None, subresource: str | tuple[str, ...] = ()) -> str:
        self._check_scope()
        return super()._object_path(name, subresource)

    def _check_scope(self) -> None:
        if self.info.namespaced and self._namespace is None:
            raise RequestError(
                f"{self.info} are in namespaces: say which one, such as"
                f' client.resource({self.info.gvr.resource!r})("default")'
            )


class DynamicClient:
    """Gives the client of any resource.

    .. code-block:: python

        client = DynamicClient(connect())
        web = client.resource("deploy")("prod").get("web")
        web["spec"]["replicas"] = 5
        client.of(web).update(web)
    """

    def __init__(self, rest: RESTClient, *, mapper: RESTMapper | None = None) -> None:
        """Take the way to the server; nothing is sent.

        Args:
            rest: the client.
            mapper: finds resources by name and kind; by default what the server serves, cached.
        """
        self._rest = rest
        self._finder = ResourceFinder(rest, mapper)

    @property
    def mapper(self) -> RESTMapper:
        """Finds resources by name and kind."""
        return self._finder.mapper

    @overload
    def resource(self, what: type[T]) -> DynamicResource[T]: ...
    @overload
    def resource(self, what: What) -> DynamicResource[Unstructured]: ...
    @overload
    def resource(self, what: What, *, model: type[T]) -> DynamicResource[T]: ...
    def resource(
        self, what: What | type[KubernetesObject], *, model: type[KubernetesObject] = Unstructured
    ) -> DynamicResource[Any]:
        """Return the client of a resource, in all namespaces or in the cluster.

        Args:
            what: a name as kubectl takes it, a value, or a model. For a generated model and for a
                `ResourceInfo` the server is not asked.
            model: what its objects are read as.

        Raises:
            NoMatchError: the server has none.
            AmbiguousMatchError: several are called so.
            RequestError: a model that does not say what kind it is.
        """
        if isinstance(what, type):
            return DynamicResource(self._rest, self._finder.find_model(what), what)
        return DynamicResource(self._rest, self._finder.find(what), model)

    def of(self, obj: Unstructured) -> DynamicResource[Unstructured]:
        """Return the client for an object: of its kind, in its namespace.

        An object of a namespaced kind that names none is of the default namespace of the client.

        Raises:
            RequestError: the object does not say what kind it is.
            NoMatchError: the server has none.
        """
        if not obj.kind or not obj.api_version:
            raise RequestError("the object has no apiVersion and kind")
        try:
            kind = obj.group_version_kind
        except ValueError as error:
            raise RequestError(str(error)) from None
        found = self.resource(kind)
        if not found.info.namespaced:
            return found
        return found(obj.metadata.namespace or self._rest.namespace)

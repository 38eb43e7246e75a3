"""What all typed clients stand on: a scope of one resource, and the way to the server."""

from __future__ import annotations

from typing import Generic, TypeVar

from kubewright.errors import RequestError
from kubewright.meta_v1 import KubernetesObject
from kubewright.model import Model
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Method, Request, resource_path
from kubewright.typed._options import (
    ApplyConfiguration,
    Query,
    named_body,
    namespace_in,
    object_body,
)

__all__ = ["Client", "Namespaced", "Scope"]

T = TypeVar("T", bound=KubernetesObject)
M = TypeVar("M", bound=Model)
C = TypeVar("C", bound="Scope")


class Scope:
    """One resource in one namespace, in all of them, or in the cluster."""

    info: ResourceInfo

    def __init__(self, rest: RESTClient, namespace: str | None = None) -> None:
        """Name the scope; nothing is sent.

        Args:
            rest: the way to the server.
            namespace: ``None`` for the cluster and for all namespaces.
        """
        self._rest = rest
        self._namespace = namespace

    @property
    def namespace(self) -> str | None:
        """The namespace; ``None`` for the cluster and for all namespaces."""
        return self._namespace

    def __repr__(self) -> str:
        where = f" in {self._namespace!r}" if self._namespace is not None else ""
        return f"<{type(self).__name__} of {self.info}{where}>"

    def _path(self, name: str | None = None, subresource: str | tuple[str, ...] = ()) -> str:
        return resource_path(
            self.info.gvr, namespace=self._namespace, name=name, subresource=subresource
        )

    def _object_path(self, name: str | None, subresource: str | tuple[str, ...] = ()) -> str:
        # a name that is None, whatever its type says, must not reach for the collection:
        # a DELETE would empty it
        return self._path(name or "", subresource)

    def request(
        self,
        method: Method,
        name: str | None,
        subresource: str | tuple[str, ...],
        query: Query,
        answer: type[M],
        *,
        send: Model | tuple[bytes, str] | None = None,
        timeout: float | None = None,
    ) -> M:
        """Send one request about this scope: what all calls of typed clients come down to.

        Args:
            method: the HTTP method.
            name: of an object; ``None`` for the collection, which only POST may have.
            subresource: of the object, or nothing.
            query: the options.
            answer: how to read the answer.
            send: an object, or a body and its content type.
            timeout: seconds for the call.

        Raises:
            RequestError: it cannot be sent: the name is empty, or the object of another namespace.
            ApiError: the server refused.
            TransportError: no complete answer came.
        """
        body, content_type = None, "application/json"
        if isinstance(send, Model):
            self._check_namespace(send)
            if method == "POST" and name:
                body = named_body(send, self.info, name, self._namespace)
            else:
                body = object_body(send, self.info)
        elif isinstance(send, dict | str):
            kind = answer.__name__
            raise RequestError(f"{type(send).__name__} is no {kind}: {kind}.from_wire makes one")
        elif send is not None:
            body, content_type = send
        path_of = self._path if method == "POST" else self._object_path
        request = Request(
            method,
            path_of(name, subresource),
            query,
            body,
            content_type,
            self._accept(),
            timeout=timeout,
        )
        return answer.from_json(self._rest.send(request).body)

    def _accept(self, *, of_list: bool = False) -> str:
        """The content types that answers may have, best first."""
        del of_list
        return "application/json"

    def _check_namespace(self, obj: Model | ApplyConfiguration) -> None:
        namespace = namespace_in(obj)
        if not namespace or namespace == self._namespace:
            return
        if self._namespace is None:
            raise RequestError(
                f"the object has the namespace {namespace!r}, and {self.info} have none"
            )
        raise RequestError(
            f"the object is of the namespace {namespace!r}, and the client of {self._namespace!r}"
        )


class Client(Scope, Generic[T]):
    """A `Scope` of objects that have a model; the base of the classes that add one verb each."""

    model: type[T]


class Namespaced(Scope, Generic[C]):
    """A namespaced resource; call it with a namespace to get the client that works there."""

    client: type[C]

    def __init__(self, rest: RESTClient) -> None:
        """Name the scope; nothing is sent."""
        super().__init__(rest)

    def __call__(self, namespace: str) -> C:
        """Narrow to one namespace.

        Raises:
            RequestError: the namespace is empty.
        """
        if not namespace:
            raise RequestError("the namespace is empty: leave the call out to read all namespaces")
        return self.client(self._rest, namespace)

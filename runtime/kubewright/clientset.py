"""What every generated clientset can do; light to import, since a clientset is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from kubewright.dynamic import DynamicResource
    from kubewright.meta_v1 import KubernetesObject
    from kubewright.rest.client import RESTClient

    T = TypeVar("T", bound=KubernetesObject)

__all__ = ["BaseClientset"]


class BaseClientset:
    """The base of generated clientsets.

    Attributes:
        rest: the way to the server, which clientsets of other packages may share.
    """

    def __init__(self, rest: RESTClient) -> None:
        """Take the way to the server; nothing is sent."""
        self.rest = rest

    def resource(self, kind: type[T]) -> DynamicResource[T]:
        """Return the client for a model that is a parameter of the program.

        ``cs.resource(Deployment)("prod")`` is what ``cs.apps_v1.deployments("prod")`` is, with every
        verb, whether the server has it or not.

        Raises:
            RequestError: the model does not say what kind it is.
            NoMatchError: the server has no resource of the kind.
        """
        from kubewright.dynamic import DynamicClient

        return DynamicClient(self.rest).resource(kind)

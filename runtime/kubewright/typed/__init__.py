"""Typed clients, generic over the model; generated code only names the types.

Three scopes are three types, so that an editor offers only what the server would accept:

* `AllNamespaces` reads across namespaces; calling it with a namespace gives
* `ResourceClient`, which reads and writes in that namespace, or in the cluster for
  cluster-scoped resources. Resources that do not serve all eight verbs are put together from
  one class for each verb: `GetClient`, `ListClient`, `WatchClient`, `CreateClient`,
  `UpdateClient`, `PatchClient`, `DeleteClient`, `DeleteCollectionClient`.
* `PodOperations` adds logs, exec, attach, port-forward and copies, `ProxyOperations` requests.
* `StatusClient` and `ScaleClient` add those subresources, `CreateSubresource` and its siblings
  any other.

client-go: ``k8s.io/client-go/gentype`` and ``k8s.io/client-go/kubernetes/typed``.
"""

from kubewright.typed._base import Client, Namespaced, Scope
from kubewright.typed._clients import AllNamespaces, ReadOnlyClient, ResourceClient
from kubewright.typed._options import (
    ApplyConfiguration,
    FieldValidation,
    Patch,
    PatchType,
    PropagationPolicy,
    ResourceVersionMatch,
)
from kubewright.typed._pods import LogStream, PodOperations, ProxyOperations, TerminalSize
from kubewright.typed._reading import GetClient, ListClient, WatchClient
from kubewright.typed._status_scale import ScaleClient, StatusClient
from kubewright.typed._subresources import (
    CreateSubresource,
    GetSubresource,
    PatchSubresource,
    UpdateSubresource,
)
from kubewright.typed._waiting import WaitClient, WaitTimeoutError, Wanted
from kubewright.typed._writing import (
    CreateClient,
    DeleteClient,
    DeleteCollectionClient,
    PatchClient,
    UpdateClient,
)

__all__ = [
    "AllNamespaces",
    "ApplyConfiguration",
    "Client",
    "CreateClient",
    "CreateSubresource",
    "DeleteClient",
    "DeleteCollectionClient",
    "FieldValidation",
    "GetClient",
    "GetSubresource",
    "ListClient",
    "LogStream",
    "Namespaced",
    "Patch",
    "PatchClient",
    "PatchSubresource",
    "PatchType",
    "PodOperations",
    "PropagationPolicy",
    "ProxyOperations",
    "ReadOnlyClient",
    "ResourceClient",
    "ResourceVersionMatch",
    "ScaleClient",
    "Scope",
    "StatusClient",
    "TerminalSize",
    "UpdateClient",
    "UpdateSubresource",
    "WaitClient",
    "WaitTimeoutError",
    "Wanted",
    "WatchClient",
]

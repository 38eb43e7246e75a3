"""The usual combinations of verbs; the other resources are put together from single verbs."""

from __future__ import annotations

from typing import Generic, TypeVar

from kubewright.meta_v1 import KubernetesObject
from kubewright.typed._base import Namespaced, Scope
from kubewright.typed._reading import GetClient, ListClient, WatchClient
from kubewright.typed._waiting import WaitClient
from kubewright.typed._writing import (
    A,
    CreateClient,
    DeleteClient,
    DeleteCollectionClient,
    PatchClient,
    UpdateClient,
)

__all__ = ["AllNamespaces", "ReadOnlyClient", "ResourceClient"]

T = TypeVar("T", bound=KubernetesObject)
C = TypeVar("C", bound=Scope)


class AllNamespaces(ListClient[T], WatchClient[T], Namespaced[C], Generic[T, C]):
    """The objects of every namespace, to read; call it with a namespace to write as well."""


class ReadOnlyClient(GetClient[T], ListClient[T]):
    """Reads what nobody can write, such as ComponentStatus."""


class ResourceClient(
    GetClient[T],
    WaitClient[T],
    CreateClient[T],
    UpdateClient[T],
    PatchClient[T, A],
    DeleteClient[T],
    DeleteCollectionClient[T],
    Generic[T, A],
):
    """Reads and writes the objects of one namespace, or of the cluster: all eight verbs."""

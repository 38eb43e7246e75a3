"""Which objects are to be looked at when another one changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.schema import ObjectName

__all__ = ["owner_names"]


def owner_names(
    owner: ResourceInfo, *, controller_only: bool = True
) -> Callable[[KubernetesObject], Iterable[ObjectName]]:
    """Return a function that names the owners of an object, of one kind.

    Args:
        owner: the kind, as ``informer.info`` has it. Its version does not count: an owner may be
            referred to by any.
        controller_only: only the one owner that controls the object.
    """
    kind = owner.kind

    def names(obj: KubernetesObject) -> Iterable[ObjectName]:
        namespace = obj.metadata.namespace if owner.namespaced else ""
        for reference in obj.metadata.owner_references:
            group, _, version = reference.api_version.rpartition("/")
            if (group, reference.kind) != (kind.group, kind.kind) or not version:
                continue
            if reference.controller or not controller_only:
                yield ObjectName(namespace, reference.name)

    return names

"""Who owns an object: what is deleted with it, and which controller answers for it.

apimachinery: ``metav1.NewControllerRef``, ``metav1.GetControllerOf``; controller-runtime:
``controllerutil.SetControllerReference``.
"""

from __future__ import annotations

from kubewright.errors import KubeError
from kubewright.meta_v1 import KubernetesObject, OwnerReference
from kubewright.schema import GroupVersion

__all__ = [
    "AlreadyOwnedError",
    "controller_of",
    "owner_reference",
    "set_controller_reference",
    "set_owner_reference",
]


class AlreadyOwnedError(KubeError, ValueError):
    """Another controller answers for the object."""


def owner_reference(owner: KubernetesObject, *, controller: bool = False) -> OwnerReference:
    """Return a reference to an object that was read from the server.

    Args:
        owner: the object.
        controller: it answers for what it owns, and must wait for it when it is deleted.

    Raises:
        ValueError: the object has no uid or no kind, so that the server would refuse it.
    """
    if not owner.metadata.uid or not owner.kind or not owner.api_version:
        raise ValueError(
            f"{owner.object_name} has no uid, kind or apiVersion: take it as the server sent it"
        )
    reference = OwnerReference(
        api_version=owner.api_version,
        kind=owner.kind,
        name=owner.metadata.name,
        uid=owner.metadata.uid,
    )
    if controller:
        reference.controller = True
        reference.block_owner_deletion = True
    return reference


def controller_of(obj: KubernetesObject) -> OwnerReference | None:
    """Return the reference to the controller that answers for the object, if one does."""
    return next((each for each in obj.metadata.owner_references if each.controller), None)


def set_owner_reference(obj: KubernetesObject, owner: KubernetesObject) -> None:
    """Let an object be deleted with its owner; a reference to it that is there is renewed.

    Raises:
        ValueError: the owner is in another namespace, or cannot be referred to.
    """
    _add(obj, owner, owner_reference(owner))


def set_controller_reference(obj: KubernetesObject, owner: KubernetesObject) -> None:
    """Let a controller answer for an object.

    Raises:
        AlreadyOwnedError: another one does.
        ValueError: the owner is in another namespace, or cannot be referred to.
    """
    reference = owner_reference(owner, controller=True)
    other = controller_of(obj)
    if other is not None and not _same(other, reference):
        raise AlreadyOwnedError(
            f"{obj.object_name} is controlled by the {other.kind} {other.name!r} already"
        )
    _add(obj, owner, reference)


def _add(obj: KubernetesObject, owner: KubernetesObject, reference: OwnerReference) -> None:
    namespace = owner.metadata.namespace
    if namespace and namespace != obj.metadata.namespace:
        where = f"in {obj.metadata.namespace!r}" if obj.metadata.namespace else "in no namespace"
        raise ValueError(
            f"{owner.object_name} cannot own {obj.object_name}, which is {where}:"
            " the server would delete it"
        )
    kept = [each for each in obj.metadata.owner_references if not _same(each, reference)]
    obj.metadata.owner_references = [*kept, reference]


def _same(one: OwnerReference, other: OwnerReference) -> bool:
    """Whether both refer to one object, in whatever version."""
    groups = [GroupVersion.parse(each.api_version).group for each in (one, other)]
    return groups[0] == groups[1] and (one.kind, one.name) == (other.kind, other.name)

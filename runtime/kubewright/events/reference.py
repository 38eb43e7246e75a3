"""References to objects. client-go: ``tools/reference``."""

from __future__ import annotations

from kubewright.errors import RequestError
from kubewright.events.models import ObjectReference
from kubewright.meta_v1 import KubernetesObject

__all__ = ["reference_to"]


def reference_to(obj: KubernetesObject | ObjectReference) -> ObjectReference:
    """Return a reference to an object; one that is a reference already is returned as it is.

    Raises:
        RequestError: the object does not say what it is.
    """
    if isinstance(obj, ObjectReference):
        return obj
    if not isinstance(obj, KubernetesObject):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise RequestError(f"{obj!r} is no object to refer to")
    if not obj.kind or not obj.api_version:
        raise RequestError(f"{type(obj).__name__} {obj.object_name} has no kind or no api_version")
    metadata = obj.metadata
    known = {
        "apiVersion": obj.api_version,
        "kind": obj.kind,
        "namespace": metadata.namespace,
        "name": metadata.name,
        "uid": metadata.uid,
        "resourceVersion": metadata.resource_version,
    }
    # what is not known is left out: None would be sent as null
    return ObjectReference.from_wire({key: value for key, value in known.items() if value})

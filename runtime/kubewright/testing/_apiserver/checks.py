"""What has to hold before an object is stored, of whatever kind it is.

apiserver: ``registry/rest/{create,update}.go``.
"""

from __future__ import annotations

from typing import Final

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.custom.definitions import definition_warnings
from kubewright.testing._apiserver.custom.rules import custom_causes
from kubewright.testing._apiserver.failures import invalid
from kubewright.testing._apiserver.kinds.deprecated import deprecation_warnings, profile_causes
from kubewright.testing._apiserver.kinds.pods import ephemeral_causes
from kubewright.testing._apiserver.kinds.resizing import resize_causes
from kubewright.testing._apiserver.kinds.rules import builtin_causes
from kubewright.testing._apiserver.names import finalizer_warnings, metadata_causes, name_causes
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["check"]

# groups whose kinds may have finalizers without a domain
_LENIENT: Final = frozenset(
    {"admissionregistration.k8s.io", CRD_GROUP, "coordination.k8s.io", "policy"}
)
_TIMES: Final = 3  # that a server checks the metadata of a custom object in an update


def check(call: Call, new: JSONObject, old: JSONObject | None = None) -> None:
    """Refuse an object that is not valid, and warn of what is deprecated in one that is.

    Args:
        call: what writes it.
        new: as it would be stored, with its kind.
        old: as it is stored; None for a new one.

    Raises:
        RefusedRequest: with everything that is wrong.
    """
    resource, metadata = call.resource, new["metadata"]
    causes = [] if old is not None else list(name_causes(resource.store, metadata))
    is_strict = resource.is_builtin and resource.group not in _LENIENT
    for cause in metadata_causes(metadata, is_strict=is_strict):
        is_again = old is not None and not resource.is_builtin and "finalizers" not in cause.field
        causes += [cause] * (_TIMES if is_again else 1)
    if not resource.is_builtin:
        causes += custom_causes(call, new, old)
    elif call.subresource == "ephemeralcontainers":
        causes += ephemeral_causes(new, old or {})
    elif call.subresource == "resize":
        causes += resize_causes(new, old or {})
    elif not call.subresource:
        causes += builtin_causes(resource.store, new, old)
        causes += profile_causes(resource.store, new)
    if causes:
        raise invalid(resource.group, resource.kind, metadata["name"], causes)
    if resource.store == (CRD_GROUP, CRD_PLURAL) and not call.subresource:
        call.warnings.extend(definition_warnings(new, old))
    if resource.is_builtin and not call.subresource:
        call.warnings.extend(deprecation_warnings(resource.store, new, old))
    elif not resource.is_builtin:
        before: JSONObject = {} if old is None else old["metadata"]
        call.warnings.extend(finalizer_warnings(metadata, before))

"""What has to hold before an object is stored, of whatever kind it is.

apiserver: ``registry/rest/{create,update}.go``.
"""

from __future__ import annotations

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.custom.rules import custom_causes
from kubewright.testing._apiserver.failures import invalid
from kubewright.testing._apiserver.kinds.deprecated import deprecation_warnings, profile_causes
from kubewright.testing._apiserver.kinds.pods import ephemeral_causes
from kubewright.testing._apiserver.kinds.resizing import resize_causes
from kubewright.testing._apiserver.kinds.rules import builtin_causes
from kubewright.testing._apiserver.names import metadata_causes, name_causes
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["check"]


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
    causes += metadata_causes(metadata, is_core=resource.is_builtin and resource.group == "")
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
    if resource.is_builtin and not call.subresource:
        call.warnings.extend(deprecation_warnings(resource.store, new, old))

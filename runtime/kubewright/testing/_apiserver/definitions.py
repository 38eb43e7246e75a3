"""What the server says of a CustomResourceDefinition: whether its names are taken, and served.

apiextensions-apiserver: ``pkg/controller/status/naming_controller.go``.
"""

from __future__ import annotations

from typing import Any

from kubewright.testing._apiserver.resources import read_crd
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["accept_definition"]


def accept_definition(state: State, crd: JSONObject) -> None:
    """Give a definition the status that a server gives once it serves it."""
    served = read_crd(crd)
    names = {"singular": served.singular, "listKind": served.list_kind}
    crd["spec"] = {**crd["spec"], "names": {**names, **crd["spec"]["names"]}}
    told = (
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    )
    conditions: list[dict[str, Any]] = [
        {
            "type": kind,
            "status": "True",
            "lastTransitionTime": state.now(),
            "reason": reason,
            "message": message,
        }
        for kind, reason, message in told
    ]
    crd["status"] = {
        "acceptedNames": crd["spec"]["names"],
        "storedVersions": [served.storage_version],
        "conditions": conditions,
    }

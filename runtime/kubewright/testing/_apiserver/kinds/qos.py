"""The quality of service of a pod, from what its containers ask for.

kubernetes: ``pkg/apis/core/helper/qos/qos.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubewright.quantity import Quantity
from kubewright.testing._apiserver.parts import items_at, part_at

__all__ = ["qos_class"]

_COUNTED = ("cpu", "memory")


def qos_class(spec: Mapping[str, Any]) -> str:
    """Return the class of a pod: ``Guaranteed``, ``Burstable`` or ``BestEffort``."""
    if spec.get("resources"):
        return _class_of(spec["resources"])
    containers = [*items_at(spec, "initContainers"), *items_at(spec, "containers")]
    classes = {_class_of(part_at(container, "resources")) for container in containers}
    if not classes:
        return "BestEffort"
    return classes.pop() if len(classes) == 1 else "Burstable"


def _class_of(resources: Mapping[str, Any]) -> str:
    classes: set[str] = set()
    for name in _COUNTED:
        request, limit = (
            Quantity(str(part_at(resources, part).get(name, "0")))
            for part in ("requests", "limits")
        )
        if request != limit:
            return "Burstable"
        classes.add("BestEffort" if request == Quantity("0") else "Guaranteed")
    return classes.pop() if len(classes) == 1 else "Burstable"

"""New sizes of pods that are there: the resources of their containers, and nothing else.

kubernetes: ``podResizeStrategy`` in ``pkg/registry/core/pod/strategy.go``, ``ValidatePodResize`` in
``pkg/apis/core/validation/validation.go``. No kubelet does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kubewright.testing._apiserver.causes import forbidden_field, wrong
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.kinds.pods import pod_spec_causes
from kubewright.testing._apiserver.kinds.qos import qos_class
from kubewright.testing._apiserver.parts import items_at, part_at, value_at
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["resize_causes", "resized"]

_PARTS: Final = ("containers", "initContainers")
_SIZES: Final = ("resizePolicy", "resources")
_MUTABLE: Final = ("cpu", "memory")


def resized(old: JSONObject, new: JSONObject) -> JSONObject:
    """Return a pod with the sizes of another state of it; with all of that where they do not fit."""
    spec = dict(part_at(old, "spec"))
    for part in _PARTS:
        before, after = items_at(spec, part), items_at(new, "spec", part)
        if [each.get("name") for each in before] != [each.get("name") for each in after]:
            return new
        if before:
            spec[part] = [_with_size(*pair) for pair in zip(before, after, strict=True)]
    return {**new, "spec": spec}


def resize_causes(new: JSONObject, old: JSONObject) -> Iterator[Cause]:
    """Yield what is wrong with a pod of a new size."""
    spec, before = part_at(new, "spec"), part_at(old, "spec")
    yield from pod_spec_causes(spec, "spec")
    if qos_class(spec) != qos_class(before):
        why = "Pod QOS Class may not change as a result of resizing"
        yield wrong("spec", value_at(new, "status", "qosClass"), why)
    order = list(_order_causes(spec, before))
    yield from order
    if order:
        return
    for part in _PARTS:
        pairs = zip(items_at(before, part), items_at(spec, part), strict=True)
        for index, (was, now) in enumerate(pairs):
            for kind in ("requests", "limits"):
                had, has = (part_at(each, "resources", kind) for each in (was, now))
                if had.keys() - has:
                    at = f"spec.{part}[{index}].resources.{kind}"
                    yield forbidden_field(at, f"resource {kind} cannot be removed")
            if _fixed(was) != _fixed(now):
                yield forbidden_field("spec", "only cpu and memory resources are mutable")


def _with_size(before: JSONObject, after: JSONObject) -> JSONObject:
    rest = {name: value for name, value in before.items() if name not in _SIZES}
    return rest | {name: after[name] for name in _SIZES if name in after}


def _order_causes(spec: JSONObject, before: JSONObject) -> Iterator[Cause]:
    for part in _PARTS:
        was, now = items_at(before, part), items_at(spec, part)
        if len(was) != len(now):
            yield forbidden_field(f"spec.{part}", f"{part} may not be added or removed on resize")
            continue
        for index, (one, other) in enumerate(zip(was, now, strict=True)):
            if one.get("name") != other.get("name"):
                why = f"{part} may not be renamed or reordered on resize"
                yield forbidden_field(f"spec.{part}[{index}].name", why)


def _fixed(container: JSONObject) -> Any:
    """Return a container without what a resize may change."""
    resources: JSONObject = {}
    for kind, amounts in part_at(container, "resources").items():
        fixed = amounts
        if kind in ("limits", "requests"):
            fixed = {name: amount for name, amount in amounts.items() if name not in _MUTABLE}
        if fixed:
            resources[kind] = fixed
    return {**container, "resources": resources}

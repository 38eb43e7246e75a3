"""Bindings: a pod is given to a node.

kubernetes: ``pkg/registry/core/pod/storage/storage.go``.
"""

from __future__ import annotations

from dataclasses import replace

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.ending.deleting import success
from kubewright.testing._apiserver.failures import (
    bad_request,
    conflict,
    internal_error,
    not_found,
)
from kubewright.testing._apiserver.kinds.pods import binding_causes
from kubewright.testing._apiserver.parts import value_at
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["bind", "bind_named"]


def bind_named(state: State, call: Call) -> JSONObject:
    """Give the pod to a node that a binding, created as an object of its own, is named after.

    Raises:
        RefusedRequest: as `bind`.
    """
    name = value_at(call.body(), "metadata", "name")
    if not name:
        raise bad_request("Name parameter required.")
    pods = state.resources["", "pods"]
    return bind(state, replace(call, resource=pods, name=str(name), subresource="binding"))


def bind(state: State, call: Call) -> JSONObject:
    """Give a pod to a node.

    Raises:
        RefusedRequest: there is no such pod, it has a node, or the binding does not say which.
    """
    binding = call.body()
    if value_at(binding, "metadata", "name") != call.name:
        raise bad_request("name in URL does not match name in Binding object")
    if mistakes := [f"{cause.field}: {cause.message}" for cause in binding_causes(binding)]:
        raise internal_error(mistakes[0] if len(mistakes) == 1 else f"[{', '.join(mistakes)}]")
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found("", "pods", call.name or "")
    node = value_at(binding, "target", "name")
    spec: JSONObject = obj.get("spec") or {}
    if spec.get("nodeName"):
        why = f'pod {call.name} is already assigned to node "{spec["nodeName"]}"'
        raise conflict("", "pods/binding", call.name or "", why)
    if not call.is_dry_run:
        bound = {**obj, "spec": {**spec, "nodeName": node}, "status": _scheduled(state, obj)}
        state.put(call.resource, call.key, bound)
    return {**success(None), "code": 201}


def _scheduled(state: State, pod: JSONObject) -> JSONObject:
    status: JSONObject = pod.get("status") or {}
    given: list[JSONObject] = status.get("conditions") or []
    others = [condition for condition in given if condition.get("type") != "PodScheduled"]
    condition = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": state.now(),
    }
    return {**status, "conditions": [*others, condition]}

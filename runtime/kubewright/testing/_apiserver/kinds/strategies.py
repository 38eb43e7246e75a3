"""What a kind's registry and the admission of a plain server make of an object that is written.

kubernetes: ``pkg/registry/*/*/strategy.go``, and of the plugins in ``plugin/pkg/admission`` those that
change objects by themselves: DefaultTolerationSeconds, Priority, StorageObjectInUseProtection and
TaintNodesByCondition. ServiceAccount is not among them: no controller makes its accounts here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kubewright._json import is_array
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.custom.definitions import accept_definition
from kubewright.testing._apiserver.failures import forbidden
from kubewright.testing._apiserver.kinds.addresses import allocate, keep_allocated
from kubewright.testing._apiserver.kinds.qos import qos_class
from kubewright.testing._apiserver.kinds.resizing import resized
from kubewright.testing._apiserver.kinds.typed import empty, is_typed
from kubewright.testing._apiserver.parts import items_at, part_at
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["prepare_new", "prepare_update"]

_NAMESPACES: Final = ("", "namespaces")
_UNREADY: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_GENERATION: Final = "deprecated.daemonset.template.generation"
_SYSTEM_PRIORITIES: Final = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}


def prepare_new(state: State, call: Call, obj: JSONObject) -> JSONObject:
    """Return a new object as it is stored; nothing but its metadata is shared with the given one.

    Raises:
        RefusedRequest: it names something that is not there.
    """
    kind = call.resource.store
    obj = dict(obj)
    if "status" in call.served.subresources and kind != ("", "nodes"):
        obj.pop("status", None)
        if call.resource.is_builtin and is_typed(call.api_version, call.resource.kind):
            obj["status"] = empty(call.api_version, call.resource.kind, "status")
    function = _NEW.get(kind)
    if function is not None:
        function(state, call, obj)
    return obj


def prepare_update(state: State, call: Call, old: JSONObject, new: JSONObject) -> JSONObject:
    """Return an updated object with what the server keeps of it, or gives to it now."""
    kind = call.resource.store
    if call.subresource == "resize":
        return resized(old, new)
    if kind == ("", "services"):
        kept = keep_allocated(old, new)
        _service(state, call, kept)
        return kept
    if kind == (CRD_GROUP, CRD_PLURAL) and not call.subresource:
        accept_definition(state, new)
    if kind == ("apps", "daemonsets"):
        return _with_template_generation(old, new)
    if kind == _NAMESPACES:
        new = {**new, "metadata": dict(new["metadata"])}
        _label_namespace(new)
    return new


def _pod(state: State, _call: Call, obj: JSONObject) -> None:
    spec = obj["spec"] = dict(part_at(obj, "spec"))
    obj["status"] = {**obj["status"], "phase": "Pending", "qosClass": qos_class(spec)}
    spec["priority"], spec["preemptionPolicy"] = _priority(state, obj)
    given: list[JSONObject] = items_at(spec, "tolerations")
    for key in _UNREADY:
        if not any(_tolerates(toleration, key) for toleration in given):
            given.append(
                {
                    "key": key,
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                }
            )
    if given:
        spec["tolerations"] = given


def _tolerates(toleration: JSONObject, key: str) -> bool:
    matches: bool = toleration.get("key", key) == key
    return matches and toleration.get("effect", "NoExecute") == "NoExecute"


def _priority(state: State, pod: JSONObject) -> tuple[int, str]:
    spec, policy = pod["spec"], "PreemptLowerPriority"
    name = spec.get("priorityClassName")
    classes = state.store.objects(("scheduling.k8s.io", "priorityclasses"))
    if not name:
        chosen = [found for _, found in classes if found.get("globalDefault")]
        if not chosen:
            return 0, spec.get("preemptionPolicy", policy)
        found = chosen[0]
        spec["priorityClassName"] = found["metadata"]["name"]
    elif name in _SYSTEM_PRIORITIES:
        return _SYSTEM_PRIORITIES[name], policy
    else:
        named = {key[1]: found for key, found in classes}
        if name not in named:
            why = f"no PriorityClass with name {name} was found"
            raise forbidden("", "pods", pod["metadata"]["name"], why)
        found = named[name]
    return found.get("value", 0), found.get("preemptionPolicy", policy)


def _volume(state: State, _call: Call, obj: JSONObject) -> None:
    obj["status"]["lastPhaseTransitionTime"] = state.now()
    _protect(obj, "kubernetes.io/pv-protection")


def _claim(_state: State, _call: Call, obj: JSONObject) -> None:
    _protect(obj, "kubernetes.io/pvc-protection")


def _protect(obj: JSONObject, finalizer: str) -> None:
    finalizers: list[Any] = obj["metadata"].get("finalizers") or []
    if finalizer not in finalizers:
        obj["metadata"]["finalizers"] = [*finalizers, finalizer]


def _namespace(_state: State, _call: Call, obj: JSONObject) -> None:
    given: Any = part_at(obj, "spec").get("finalizers")
    finalizers = [f for f in given if f != "kubernetes"] if is_array(given) else []
    obj["spec"] = {**part_at(obj, "spec"), "finalizers": [*finalizers, "kubernetes"]}
    _label_namespace(obj)


def _label_namespace(obj: JSONObject) -> None:
    name = obj["metadata"]["name"]
    labels = {**part_at(obj["metadata"], "labels"), "kubernetes.io/metadata.name": name}
    obj["metadata"]["labels"] = labels


def _node(_state: State, _call: Call, obj: JSONObject) -> None:
    key = _UNREADY[0]
    taints = items_at(obj, "spec", "taints")
    if not any(taint.get("key") == key for taint in taints):
        taints = [*taints, {"key": key, "effect": "NoSchedule"}]
    obj["spec"] = {**part_at(obj, "spec"), "taints": taints}


def _job(_state: State, _call: Call, obj: JSONObject) -> None:
    spec, metadata = dict(obj["spec"]), obj["metadata"]
    obj["spec"] = spec
    if spec.get("manualSelector"):
        return
    uid, name = metadata["uid"], metadata["name"]
    labels = {
        "controller-uid": uid,
        "job-name": name,
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
    }
    template = spec["template"]
    own = part_at(template, "metadata")
    own_labels = {**part_at(own, "labels"), **labels}
    spec["template"] = {**template, "metadata": {**own, "labels": own_labels}}
    selector = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    spec.setdefault("selector", selector)
    # the labels of an object without any are those of its template: one map, that both see change
    if metadata.get("labels", {}) in ({}, part_at(own, "labels")):
        metadata["labels"] = own_labels


def _daemon_set(_state: State, _call: Call, obj: JSONObject) -> None:
    annotations = part_at(obj["metadata"], "annotations")
    obj["metadata"]["annotations"] = {**annotations, _GENERATION: "1"}


def _with_template_generation(old: JSONObject, new: JSONObject) -> JSONObject:
    before = old["metadata"].get("annotations", {}).get(_GENERATION, "1")
    is_other = old.get("spec", {}).get("template") != new.get("spec", {}).get("template")
    number = str(int(before) + 1) if is_other and before.isdecimal() else before
    annotations = {**part_at(new["metadata"], "annotations"), _GENERATION: number}
    return {**new, "metadata": {**new["metadata"], "annotations": annotations}}


def _service(state: State, _call: Call, obj: JSONObject) -> None:
    uid = obj["metadata"].get("uid")
    services = (found for _, found in state.store.objects(("", "services")))
    others = [found for found in services if found["metadata"].get("uid") != uid]
    obj["spec"] = allocate(obj, others)


def _definition(state: State, _call: Call, obj: JSONObject) -> None:
    accept_definition(state, obj)


_NEW: Final[Mapping[tuple[str, str], Callable[[State, Call, JSONObject], None]]] = {
    ("", "namespaces"): _namespace,
    ("", "nodes"): _node,
    ("", "persistentvolumeclaims"): _claim,
    ("", "persistentvolumes"): _volume,
    ("", "pods"): _pod,
    ("", "services"): _service,
    ("apps", "daemonsets"): _daemon_set,
    ("batch", "jobs"): _job,
    (CRD_GROUP, CRD_PLURAL): _definition,
}

"""Delete, with finalizers and preconditions; evictions and bindings.

apiserver: ``registry/rest/delete.go``. Nothing is left to a garbage collector, because there is
none: whatever the propagation policy says, dependents stay.
"""

from __future__ import annotations

from typing import Any

from kubewright._json import is_object
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import bad_request, conflict, not_found
from kubewright.testing._apiserver.reading import selected
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.state import State, view
from kubewright.testing._apiserver.store import JSONObject, Key

__all__ = ["bind", "delete", "delete_collection", "evict"]

_NAMESPACES = ("", "namespaces")
_PRECONDITIONS = (
    ("uid", "UID", "deleted and then recreated"),
    ("resourceVersion", "ResourceVersion", "modified"),
)


def delete(state: State, call: Call) -> JSONObject:
    """Delete an object, or begin to; return it, or that it is gone.

    Raises:
        RefusedRequest: it is not there, or a precondition does not hold.
    """
    options = _options(call)
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found(call.resource.group, call.resource.plural, call.name or "")
    _check_preconditions(call, obj, options)
    left = _delete(state, call.resource, call.key, obj, dry_run=_is_dry_run(call, options))
    if left is not None:
        return view(left, call.resource, call.version)
    details = {
        "name": call.name,
        "group": call.resource.group,
        "kind": call.resource.plural,
        "uid": obj["metadata"]["uid"],
    }
    return _success({key: value for key, value in details.items() if value})


def delete_collection(state: State, call: Call) -> JSONObject:
    """Delete what the selectors take; return it as a list.

    Raises:
        RefusedRequest: a wrong selector.
    """
    dry_run = _is_dry_run(call, _options(call))
    found = selected(state, call)
    for key, obj in found:
        _delete(state, call.resource, key, obj, dry_run=dry_run)
    return {
        "kind": call.resource.list_kind,
        "apiVersion": call.api_version,
        "metadata": {"resourceVersion": str(state.store.version)},
        "items": [view(obj, call.resource, call.version) for _, obj in found],
    }


def evict(state: State, call: Call) -> JSONObject:
    """Delete a pod at the wish of an eviction; disruption budgets are not looked at.

    Raises:
        RefusedRequest: there is no such pod.
    """
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found("", "pods", call.name or "")
    _delete(state, call.resource, call.key, obj, dry_run=call.is_dry_run)
    return _success(None)


def bind(state: State, call: Call) -> JSONObject:
    """Give a pod to a node.

    Raises:
        RefusedRequest: there is no such pod, or it has a node.
    """
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found("", "pods", call.name or "")
    target: Any = call.body().get("target")
    node = target.get("name") if is_object(target) else None
    if not node:
        raise bad_request("the binding names no target")
    spec: JSONObject = obj.get("spec") or {}
    if spec.get("nodeName"):
        why = f'pod {call.name} is already assigned to node "{spec["nodeName"]}"'
        raise conflict("", "pods/binding", call.name or "", why)
    if not call.is_dry_run:
        state.put(call.resource, call.key, {**obj, "spec": {**spec, "nodeName": node}})
    return _success(None)


def _delete(
    state: State, resource: Served, key: Key, obj: JSONObject, *, dry_run: bool
) -> JSONObject | None:
    """Return what is left of the object; None when it is gone."""
    metadata: JSONObject = obj["metadata"]
    is_namespace = resource.store == _NAMESPACES
    if not metadata.get("finalizers") and not is_namespace:
        if not dry_run:
            state.remove(resource, key, obj)
        return None
    if "deletionTimestamp" in metadata:
        return obj
    ending: JSONObject = {"deletionTimestamp": state.now()}
    if not is_namespace:
        ending["deletionGracePeriodSeconds"] = 0
    if "generation" in metadata:
        ending["generation"] = metadata["generation"] + 1
    obj = {**obj, "metadata": {**metadata, **ending}}
    if is_namespace:
        obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    if dry_run:
        return obj
    obj = state.put(resource, key, obj)
    if not is_namespace:
        return obj
    # what a controller of a real cluster does in its own time
    for below, at, content in list(state.objects_in(key[1])):
        _delete(state, below, at, content, dry_run=False)
    state.finish_namespace(key[1])
    return obj


def _options(call: Call) -> JSONObject:
    return call.body() if call.request.body else {}


def _is_dry_run(call: Call, options: JSONObject) -> bool:
    return call.is_dry_run or options.get("dryRun") == ["All"]


def _check_preconditions(call: Call, obj: JSONObject, options: JSONObject) -> None:
    wanted: Any = options.get("preconditions")
    if not is_object(wanted):
        return
    metadata = obj["metadata"]
    for name, words, guess in _PRECONDITIONS:
        if wanted.get(name) and wanted[name] != metadata[name]:
            why = (
                f"the {words} in the precondition ({wanted[name]}) does not match the {words} in "
                f"record ({metadata[name]}). The object might have been {guess}"
            )
            raise conflict(call.resource.group, call.resource.kind, call.name or "", why)


def _success(details: JSONObject | None) -> JSONObject:
    status: JSONObject = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
    }
    return {**status, "details": details} if details else status

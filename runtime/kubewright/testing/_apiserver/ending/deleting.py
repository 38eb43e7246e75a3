"""Delete, with options and preconditions.

apiserver: ``endpoints/handlers/delete.go``. What becomes of dependents is `garbage`'s business.
"""

from __future__ import annotations

from dataclasses import replace

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.custom.definitions import reconsider_definitions
from kubewright.testing._apiserver.ending.endings import DeleteOptions, end
from kubewright.testing._apiserver.failures import (
    conflict,
    not_found,
)
from kubewright.testing._apiserver.parts import part_at
from kubewright.testing._apiserver.reading import find
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL, Served
from kubewright.testing._apiserver.state import State, view
from kubewright.testing._apiserver.store import JSONObject, Key

__all__ = [
    "check_preconditions",
    "delete",
    "delete_collection",
    "delete_object",
    "success",
]

_NAMESPACES = ("", "namespaces")
# kinds of which a deletion answers with the object
_RETURNED = frozenset(
    {
        ("", "persistentvolumeclaims"),
        ("", "persistentvolumes"),
        ("", "pods"),
        ("", "podtemplates"),
        ("", "resourcequotas"),
        ("", "serviceaccounts"),
        ("", "services"),
        ("resource.k8s.io", "deviceclasses"),
        ("resource.k8s.io", "resourceclaims"),
        ("resource.k8s.io", "resourceclaimtemplates"),
        ("resource.k8s.io", "resourceslices"),
        ("storage.k8s.io", "csidrivers"),
        ("storage.k8s.io", "csinodes"),
        ("storage.k8s.io", "storageclasses"),
        ("storage.k8s.io", "volumeattachments"),
        ("storage.k8s.io", "volumeattributesclasses"),
    }
)
_PRECONDITIONS = (
    ("uid", "UID", "deleted and then recreated"),
    ("resourceVersion", "ResourceVersion", "modified"),
)


def delete(state: State, call: Call) -> tuple[int, JSONObject]:
    """Delete an object, or begin to; return the status, and the object or that it is gone.

    Raises:
        RefusedRequest: it is not there, or a precondition does not hold.
    """
    options = _options(call)
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found(call.resource.group, call.resource.plural, call.name or "")
    check_preconditions(call, obj, options)
    last, is_gone = delete_object(state, call.resource, call.key, obj, options)
    if not is_gone or call.resource.store in _RETURNED:
        code = 202 if options.keeps_no_orphans and not is_gone else 200
        return code, view(last, call.resource, call.version)
    details = {
        "name": call.name,
        "group": call.resource.group,
        "kind": call.resource.plural,
        "uid": obj["metadata"]["uid"],
    }
    return 200, success({key: value for key, value in details.items() if value})


def delete_collection(state: State, call: Call) -> JSONObject:
    """Delete what the selectors take; return it as a list.

    Raises:
        RefusedRequest: a wrong selector.
    """
    options = _options(call)
    found = find(state, call)
    for key, obj in found.objects:
        named = replace(call, name=key[1])
        check_preconditions(named, obj, options)
        delete_object(state, call.resource, key, obj, options)
    return found.shown(call)


def delete_object(
    state: State, resource: Served, key: Key, obj: JSONObject, options: DeleteOptions
) -> tuple[JSONObject, bool]:
    """Delete an object, or begin to; return its last state, and whether it is gone."""
    if resource.store != _NAMESPACES:
        last, is_gone = end(state, resource, key, obj, options)
        if is_gone and resource.store == (CRD_GROUP, CRD_PLURAL):
            reconsider_definitions(state)
        return last, is_gone
    if "deletionTimestamp" in obj["metadata"]:
        return obj, False
    ending = {"deletionTimestamp": state.now()}
    status = {**part_at(obj, "status"), "phase": "Terminating"}
    obj = {**obj, "metadata": {**obj["metadata"], **ending}, "status": status}
    if options.dry_run:
        return obj, False
    obj = state.put(resource, key, obj)
    # what a controller of a real cluster does in its own time
    for below, at, content in list(state.objects_in(key[1])):
        end(state, below, at, content, DeleteOptions(policy="Background", grace=0))
    state.finish_namespace(key[1])
    return obj, False


def _options(call: Call) -> DeleteOptions:
    if call.request.body:
        # options of the query do not count beside a body, not even a dry run
        return DeleteOptions.read(call.body())
    grace, orphan = call.number("gracePeriodSeconds"), call.option("orphanDependents")
    return DeleteOptions.read(
        {
            "propagationPolicy": call.option("propagationPolicy") or None,
            "gracePeriodSeconds": grace,
            "orphanDependents": call.flag("orphanDependents") if orphan else None,
            "dryRun": [call.option("dryRun")] if call.option("dryRun") else None,
        }
    )


def check_preconditions(call: Call, obj: JSONObject, options: DeleteOptions) -> None:
    """Check what a deletion says of the object.

    Raises:
        RefusedRequest: it is another one by now.
    """
    wanted = options.preconditions
    if wanted is None:
        return
    metadata = obj["metadata"]
    for name, words, guess in _PRECONDITIONS:
        if wanted.get(name) and wanted[name] != metadata[name]:
            why = (
                f"the {words} in the precondition ({wanted[name]}) does not match the {words} in "
                f"record ({metadata[name]}). The object might have been {guess}"
            )
            raise conflict(call.resource.group, call.resource.kind, call.name or "", why)


def success(details: JSONObject | None) -> JSONObject:
    """Return the answer that something is done."""
    status: JSONObject = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
    }
    return {**status, "details": details} if details else status

"""Create, update and patch, of objects and of the subresources that are parts of them.

apiserver: ``registry/generic/registry/store.go``, ``endpoints/handlers``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kubewright._json import is_object
from kubewright.testing._apiserver.apply import Manager, apply, track_update
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import (
    Cause,
    already_exists,
    bad_request,
    forbidden,
    invalid,
    not_found,
    unsupported_media_type,
)
from kubewright.testing._apiserver.metadata import (
    check_body,
    check_same_object,
    keep_system_fields,
    new_metadata,
)
from kubewright.testing._apiserver.patches import (
    APPLY,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC,
    apply_body,
    patch_of,
)
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL, read_crd
from kubewright.testing._apiserver.schema import fill_and_prune
from kubewright.testing._apiserver.shapes import Shape
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["SECTIONS", "Written", "create", "patch", "store_update", "update"]

SECTIONS = {
    "status": "status",
    "approval": "status",
    "resize": "spec",
    "ephemeralcontainers": "spec",
    "finalize": "spec",
}
"""Subresources that answer with the object, and the part of it that they write."""

_NAMESPACES = ("", "namespaces")
# what a server says of a new object before any controller saw it
_FIRST_STATUS: dict[tuple[str, str], JSONObject] = {
    _NAMESPACES: {"phase": "Active"},
    ("", "persistentvolumeclaims"): {"phase": "Pending"},
    ("", "persistentvolumes"): {"phase": "Pending"},
    ("", "pods"): {"phase": "Pending"},
}


class Written(NamedTuple):
    """The answer to a write."""

    code: int
    obj: JSONObject
    warnings: tuple[str, ...] = ()


def create(state: State, call: Call, *, require_namespace: bool) -> Written:
    """Store a new object.

    Raises:
        RefusedRequest: it is there already, is not valid, or its namespace does not take it.
    """
    obj = check_body(call, call.body())
    _check_namespace(state, call, required=require_namespace)
    obj = {**obj, "metadata": new_metadata(state, call, obj["metadata"])}
    obj, warnings = _through_schema(call, obj)
    obj = _first_state(state, call, obj)
    own = {key: value for key, value in obj.items() if key not in _given_parts(call)}
    obj["metadata"]["managedFields"] = track_update(
        None, own, _manager(state, call, "Update"), _shape(call)
    )
    return Written(201, _store_new(state, call, obj), warnings)


def update(state: State, call: Call) -> Written:
    """Replace an object, or the part that a subresource is.

    Raises:
        RefusedRequest: it is not there, was changed since, or is not valid.
    """
    body = call.body()
    old = _present(state, call)
    new = check_body(call, body)
    check_same_object(call, old, new, is_patch=False)
    return store_update(state, call, old, new)


def patch(state: State, call: Call, *, require_namespace: bool) -> Written:
    """Change parts of an object, by one of the patch types or by server-side apply.

    Raises:
        RefusedRequest: as `update`; or the content type is not served, the patch is not valid, or
            a field belongs to another manager.
    """
    if call.request.content_type == APPLY:
        return _apply(state, call, require_namespace=require_namespace)
    change = patch_of(call.request)
    if change is None:
        is_strategic = call.resource.is_builtin and call.request.content_type == STRATEGIC
        accepted = [JSON_PATCH, MERGE_PATCH, APPLY]
        raise unsupported_media_type(accepted, is_strategic=is_strategic)
    old = _present(state, call)
    new: Any = change(_seen(call, old))
    if not is_object(new):
        raise bad_request("the patched object is no object")
    new = check_body(call, new)
    check_same_object(call, old, new, is_patch=True)
    return store_update(state, call, old, new)


def store_update(
    state: State,
    call: Call,
    old: JSONObject,
    new: JSONObject,
    *,
    track: Callable[[JSONObject, JSONObject], list[Any]] | None = None,
) -> Written:
    """Store what an update makes of an object; nothing where it changes nothing.

    Args:
        state: of the server.
        call: says which part may change.
        old: as stored.
        new: as it was sent.
        track: returns the managed fields; by default those of an update.
    """
    new, warnings = _through_schema(call, new)
    new = keep_system_fields(call, old, _writable_part(call, old, new))
    if _counts_as_change(call, old, new):
        new["metadata"]["generation"] = (old["metadata"].get("generation") or 0) + 1
    managed = (
        track(old, new)
        if track is not None
        else track_update(old, new, _manager(state, call, "Update"), _shape(call))
    )
    new["metadata"] = new["metadata"] | {"managedFields": managed}
    if not managed:
        del new["metadata"]["managedFields"]
    new = {key: value for key, value in new.items() if key not in ("kind", "apiVersion")}
    if _without_times(new) == _without_times(old):
        return Written(200, old, warnings)
    if call.is_dry_run:
        return Written(200, new, warnings)
    is_over = "deletionTimestamp" in new["metadata"] and not new["metadata"].get("finalizers")
    if is_over and call.resource.store != _NAMESPACES:
        # the change is not stored: what is told of, and at which version, is the state before
        state.remove(call.resource, call.key, old)
        return Written(200, new, warnings)
    stored = state.put(call.resource, call.key, new)
    if call.resource.store == _NAMESPACES and call.name:
        state.finish_namespace(call.name)
    return Written(200, stored, warnings)


def _apply(state: State, call: Call, *, require_namespace: bool) -> Written:
    if not call.option("fieldManager"):
        message = "Required value: is required for apply patch"
        cause = Cause("FieldValueRequired", message, "fieldManager")
        raise invalid("meta.k8s.io", "PatchOptions", "", [cause])
    config = check_body(call, apply_body(call.request))
    given = config["metadata"].setdefault("name", call.name)
    if given != call.name:
        raise bad_request(
            f"the name of the object ({given}) does not match the name on the URL ({call.name})"
        )
    manager, shape, force = _manager(state, call, "Apply"), _shape(call), call.flag("force")
    live = state.get(call.resource, call.key)
    if live is None:
        if call.subresource:
            raise not_found(call.resource.group, call.resource.plural, call.name or "")
        _check_namespace(state, call, required=require_namespace)
        made = apply(None, _own_part(call, config), manager, shape, force=force)
        managed = made["metadata"]["managedFields"]
        made = {**made, "metadata": new_metadata(state, call, made["metadata"])}
        made, warnings = _through_schema(call, made)
        made = _first_state(state, call, made)
        made["metadata"]["managedFields"] = managed
        return Written(201, _store_new(state, call, made), warnings)
    version = config["metadata"].pop("resourceVersion", None)
    if version or config["metadata"].get("uid"):
        expected = {**config["metadata"], "resourceVersion": version}
        check_same_object(call, live, {**config, "metadata": expected}, is_patch=True)
    merged = apply(_seen(call, live), _own_part(call, config), manager, shape, force=force)
    managed = merged["metadata"]["managedFields"]
    return store_update(state, call, live, merged, track=lambda old, new: managed)


def _present(state: State, call: Call) -> JSONObject:
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found(call.resource.group, call.resource.plural, call.name or "")
    return obj


def _seen(call: Call, obj: JSONObject) -> JSONObject:
    head = {"kind": call.resource.kind, "apiVersion": call.api_version}
    return {**head, **obj, "metadata": dict(obj["metadata"])}


def _manager(state: State, call: Call, operation: str) -> Manager:
    # servers leave the time out here
    time = "" if call.subresource == "scale" else state.now()
    return Manager(call.field_manager, operation, call.api_version, call.subresource, time)


def _shape(call: Call) -> Shape:
    return Shape(call.served.schema, is_root=True)


def _through_schema(call: Call, obj: JSONObject) -> tuple[JSONObject, tuple[str, ...]]:
    filled, unknown = fill_and_prune(obj, call.served.schema)
    texts = tuple(f'unknown field "{path}"' for path in unknown)
    validation = call.option("fieldValidation") or "Warn"
    if texts and validation == "Strict":
        raise bad_request(
            f'{call.resource.kind} in version "{call.version}" cannot be handled as a '
            f"{call.resource.kind}: strict decoding error: {', '.join(texts)}"
        )
    return filled, texts if validation == "Warn" else ()


def _first_state(state: State, call: Call, obj: JSONObject) -> JSONObject:
    kind = call.resource.store
    obj = dict(obj)
    if "status" in call.served.subresources:
        obj.pop("status", None)
        if call.resource.is_builtin:
            obj["status"] = dict(_FIRST_STATUS.get(kind, {}))
    if kind == _NAMESPACES:
        spec: Any = obj.get("spec")
        obj["spec"] = {**(spec if is_object(spec) else {}), "finalizers": ["kubernetes"]}
        labels: Any = obj["metadata"].get("labels")
        named = {"kubernetes.io/metadata.name": obj["metadata"]["name"]}
        obj["metadata"]["labels"] = {**(labels if is_object(labels) else {}), **named}
    if kind == (CRD_GROUP, CRD_PLURAL):
        obj["status"] = _accepted(obj, state.now())
    return obj


def _given_parts(call: Call) -> tuple[str, ...]:
    """Return the parts of a new object that are the server's, and nobody's fields."""
    return ("spec", "status") if call.resource.store == _NAMESPACES else ("status",)


def _accepted(crd: JSONObject, now: str) -> JSONObject:
    """Return the status that a server gives to a definition once it serves it."""
    served = read_crd(crd)
    names = {"singular": served.singular, "listKind": served.list_kind}
    crd["spec"] = {**crd["spec"], "names": {**names, **crd["spec"]["names"]}}
    told = (
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    )
    return {
        "acceptedNames": crd["spec"]["names"],
        "storedVersions": [served.storage_version],
        "conditions": [
            {
                "type": kind,
                "status": "True",
                "lastTransitionTime": now,
                "reason": reason,
                "message": message,
            }
            for kind, reason, message in told
        ],
    }


def _store_new(state: State, call: Call, obj: JSONObject) -> JSONObject:
    name = obj["metadata"]["name"]
    key = (call.namespace or "", name)
    resource = call.resource
    if state.get(resource, key) is not None:
        raise already_exists(resource.group, resource.plural, name)
    if not obj["metadata"].get("managedFields"):
        obj["metadata"].pop("managedFields", None)
    stored = {k: value for k, value in obj.items() if k not in ("kind", "apiVersion")}
    return stored if call.is_dry_run else state.put(resource, key, stored)


def _check_namespace(state: State, call: Call, *, required: bool) -> None:
    if call.namespace is None:
        return
    found = state.store.get(_NAMESPACES, ("", call.namespace))
    if found is None:
        if required:
            raise not_found("", "namespaces", call.namespace)
    elif "deletionTimestamp" in found["metadata"]:
        why = (
            f"unable to create new content in namespace {call.namespace} because it is being "
            "terminated"
        )
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {call.namespace} is being terminated",
            "field": "metadata.namespace",
        }
        resource = call.resource
        raise forbidden(resource.group, resource.plural, call.name or "", why, causes=[cause])


def _own_part(call: Call, config: JSONObject) -> JSONObject:
    """Return the fields that an apply to this path can own."""
    section = SECTIONS.get(call.subresource)
    if section is not None:
        head = {key: config[key] for key in ("kind", "apiVersion", "metadata")}
        name = {k: v for k, v in config["metadata"].items() if k in ("name", "namespace")}
        own = {section: config[section]} if section in config else {}
        return {**head, "metadata": name, **own}
    if "status" in call.served.subresources:
        return {key: value for key, value in config.items() if key != "status"}
    return config


def _writable_part(call: Call, old: JSONObject, new: JSONObject) -> JSONObject:
    """Return the new object with the parts that are not this path's as they are stored."""
    section = SECTIONS.get(call.subresource)
    if section is None:
        if "status" not in call.served.subresources:
            return new
        return _with_section(new, "status", old)
    result = {**old, "kind": new["kind"], "apiVersion": new["apiVersion"]}
    result["metadata"] = dict(old["metadata"])
    managed = new["metadata"].get("managedFields")
    if managed:
        result["metadata"]["managedFields"] = managed
    return _with_section(result, section, new)


def _with_section(obj: JSONObject, section: str, source: JSONObject) -> JSONObject:
    rest = {key: value for key, value in obj.items() if key != section}
    return {**rest, section: source[section]} if section in source else rest


def _counts_as_change(call: Call, old: JSONObject, new: JSONObject) -> bool:
    if not call.resource.counts_generation:
        return False
    uncounted = {"kind", "apiVersion", "metadata"}
    if "status" in call.served.subresources:
        uncounted.add("status")
    return {k: v for k, v in old.items() if k not in uncounted} != {
        k: v for k, v in new.items() if k not in uncounted
    }


def _without_times(obj: JSONObject) -> JSONObject:
    metadata = dict(obj["metadata"])
    entries: list[JSONObject] = metadata.get("managedFields") or []
    metadata["managedFields"] = [
        {key: value for key, value in entry.items() if key != "time"} for entry in entries
    ]
    return {**obj, "metadata": metadata}

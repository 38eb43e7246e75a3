"""Create, update and patch, of objects and of the subresources that are parts of them.

apiserver: ``registry/generic/registry/store.go``, ``endpoints/handlers``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kubewright._json import is_object
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.checks import check
from kubewright.testing._apiserver.custom.schema import fill_and_prune
from kubewright.testing._apiserver.failures import (
    already_exists,
    bad_request,
    being_deleted,
    conflict,
    forbidden,
    not_found,
)
from kubewright.testing._apiserver.intake import nothing_of, read_body, read_made, read_patched
from kubewright.testing._apiserver.kinds.strategies import prepare_new, prepare_update
from kubewright.testing._apiserver.metadata import (
    applied,
    check_name,
    check_same_object,
    in_namespace,
    keep_system_fields,
    new_metadata,
    with_owners_once,
)
from kubewright.testing._apiserver.patching.apply import apply, check_applied, track_update
from kubewright.testing._apiserver.patching.owners import Manager
from kubewright.testing._apiserver.patching.patches import APPLY, apply_body, patch_of
from kubewright.testing._apiserver.patching.shapes import Shape, shape_of
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
_COUNTED_METADATA = {"endpointslices": "labels", "deployments": "annotations"}


class Written(NamedTuple):
    """The answer to a write."""

    code: int
    obj: JSONObject


def create(state: State, call: Call, *, require_namespace: bool) -> Written:
    """Store a new object.

    Raises:
        RefusedRequest: it is there already, is not valid, or its namespace does not take it.
    """
    obj = with_owners_once(call, read_body(call))
    return _make(state, call, obj, require_namespace=require_namespace)


def _make(state: State, call: Call, obj: JSONObject, *, require_namespace: bool) -> Written:
    _check_namespace(state, call, obj, required=require_namespace)
    own = {key: value for key, value in obj.items() if key not in _given_parts(call)}
    managed = track_update(nothing_of(call), own, _manager(state, call, "Update"), _shape(call))
    obj = {**obj, "metadata": new_metadata(state, call, obj["metadata"])}
    obj = prepare_new(state, call, obj)
    check(call, obj)
    obj["metadata"]["managedFields"] = managed
    return Written(201, _store_new(state, call, obj))


def update(state: State, call: Call, *, require_namespace: bool) -> Written:
    """Replace an object, or the part that a subresource is; some kinds are created by it.

    Raises:
        RefusedRequest: it is not there, was changed since, or is not valid.
    """
    new = with_owners_once(call, read_body(call))
    check_name(call, str(new["metadata"].get("name") or ""))
    is_new = state.get(call.resource, call.key) is None
    if is_new and call.resource.creates_on_update and not call.subresource:
        return _make(state, call, new, require_namespace=require_namespace)
    old = _present(state, call)
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
    change = patch_of(call.request, call.builtin_schema, can_apply=True)
    old = _present(state, call)
    seen = _seen(call, old)
    new: Any = change(seen)
    if not is_object(new):
        raise bad_request("the patched object is no object")
    new = with_owners_once(call, read_patched(call, seen, new))
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
    new = keep_system_fields(call, old, _writable_part(call, old, new))
    new = prepare_update(state, call, old, new)
    check(call, new, old)
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
    new = _as_stored(call, new)
    if _without_times(new) == _without_times(old):
        return Written(200, old)
    if call.is_dry_run:
        return Written(200, new)
    is_over = new["metadata"].get("deletionGracePeriodSeconds") == 0
    if is_over and not new["metadata"].get("finalizers"):
        # the change is not stored: what is told of, and at which version, is the state before
        state.remove(call.resource, call.key, old)
        return Written(200, new)
    stored = state.put(call.resource, call.key, new)
    if call.resource.store == _NAMESPACES and call.name:
        state.finish_namespace(call.name)
    return Written(200, stored)


def _apply(state: State, call: Call, *, require_namespace: bool) -> Written:
    config = applied(apply_body(call.request), call.resource.kind, call.api_version)
    check_applied(config, _shape(call))
    config = in_namespace(call, config)
    live = state.get(call.resource, call.key)
    fallback = call.name if live is not None else None
    given = str(config["metadata"].get("name") or fallback or "")
    check_name(call, given)
    config["metadata"]["name"] = given
    manager, shape, force = _manager(state, call, "Apply"), _shape(call), call.flag("force")
    if live is None:
        if call.subresource:
            raise not_found(call.resource.group, call.resource.plural, call.name or "")
        if uid := config["metadata"].get("uid"):
            why = (
                f"uid mismatch: the provided object specified uid {uid}, and no existing object "
                "was found"
            )
            raise conflict(call.resource.group, call.resource.plural, call.name or "", why)
        config["metadata"].pop("resourceVersion", None)
        _check_namespace(state, call, config, required=require_namespace)
        made = apply(None, _own_part(call, config), manager, shape, force=force)
        managed = made["metadata"]["managedFields"]
        made = with_owners_once(call, read_made(call, made))
        made = {**made, "metadata": new_metadata(state, call, made["metadata"])}
        made = prepare_new(state, call, made)
        check(call, made)
        made["metadata"]["managedFields"] = managed
        return Written(201, _store_new(state, call, made))
    version = config["metadata"].pop("resourceVersion", None)
    if version or config["metadata"].get("uid"):
        expected = {**config["metadata"], "resourceVersion": version}
        check_same_object(call, live, {**config, "metadata": expected}, is_patch=True)
    seen = _seen(call, live)
    if not seen["metadata"].get("managedFields"):
        seen["metadata"]["managedFields"] = _before_first_apply(state, call, seen)
    merged = apply(seen, _own_part(call, config), manager, shape, force=force)
    managed = merged["metadata"]["managedFields"]
    merged = with_owners_once(call, read_made(call, merged))
    return store_update(state, call, live, merged, track=lambda old, new: managed)


def _before_first_apply(state: State, call: Call, live: JSONObject) -> list[JSONObject]:
    """Return who owns what is there, when nobody was told apart before."""
    own = {key: value for key, value in live.items() if key not in _given_parts(call)}
    first = Manager("before-first-apply", "Update", call.api_version, time=state.now())
    return track_update(nothing_of(call), own, first, _shape(call))


def _present(state: State, call: Call) -> JSONObject:
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found(call.resource.group, call.resource.plural, call.name or "")
    return obj


def _seen(call: Call, obj: JSONObject) -> JSONObject:
    head = {"kind": call.resource.kind, "apiVersion": call.api_version}
    return {**head, **obj, "metadata": dict(obj["metadata"])}


def _manager(state: State, call: Call, operation: str) -> Manager:
    now = state.now()
    return Manager(call.field_manager, operation, call.api_version, call.subresource, now)


def _shape(call: Call) -> Shape:
    schema = call.builtin_schema or call.served.schema
    return shape_of(schema, is_builtin=call.resource.is_builtin)


def _given_parts(call: Call) -> tuple[str, ...]:
    """Return the parts of a new object that are the server's, and nobody's fields."""
    if call.resource.store == _NAMESPACES:
        return ("spec", "status")
    has_status = call.resource.is_builtin or "status" in call.served.subresources
    return ("status",) if has_status else ()


def _as_stored(call: Call, obj: JSONObject) -> JSONObject:
    """Return an object as it comes out of the store.

    What is custom has no more than the version has that is stored, and the defaults of that: those
    of a status, which nobody can send, come in here.
    """
    resource = call.resource
    if not resource.is_builtin and resource.storage_version in resource.versions:
        obj, _ = fill_and_prune(obj, resource.versions[resource.storage_version].schema)
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def _store_new(state: State, call: Call, obj: JSONObject) -> JSONObject:
    name = obj["metadata"]["name"]
    key = (call.namespace or "", name)
    resource = call.resource
    present = state.get(resource, key)
    if present is not None:
        if "deletionTimestamp" in present["metadata"]:
            raise being_deleted(resource.group, resource.plural, name)
        raise already_exists(resource.group, resource.plural, name)
    if not obj["metadata"].get("managedFields"):
        obj["metadata"].pop("managedFields", None)
    stored = _as_stored(call, obj)
    return stored if call.is_dry_run else state.put(resource, key, stored)


def _check_namespace(state: State, call: Call, obj: JSONObject, *, required: bool) -> None:
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
        name = obj["metadata"].get("name") or ""
        raise forbidden(resource.group, resource.plural, name, why, causes=[cause])


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
    counted = _COUNTED_METADATA.get(call.resource.plural)
    if counted and call.resource.is_builtin:
        old, new = ({**obj, "": obj["metadata"].get(counted)} for obj in (old, new))
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

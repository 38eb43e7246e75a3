"""The scale subresource: an ``autoscaling/v1`` Scale in place of the object.

apiextensions-apiserver: ``registry/customresource/etcd.go`` (``ScaleREST``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kubewright._json import is_object
from kubewright.resource import ScalePaths
from kubewright.schema import GroupVersion
from kubewright.selectors import SelectorError, requirements_of
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.documents.archive import kind_schema
from kubewright.testing._apiserver.failures import (
    Cause,
    RefusedRequest,
    bad_request,
    conflict,
    invalid,
)
from kubewright.testing._apiserver.patching.apply import Manager, track_scale
from kubewright.testing._apiserver.patching.patches import patch_of
from kubewright.testing._apiserver.reading import get
from kubewright.testing._apiserver.resources import steps_of
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject
from kubewright.testing._apiserver.writing import store_update

__all__ = ["read_scale", "write_scale"]

_AUTOSCALING = GroupVersion("autoscaling", "v1")
_BUILT_IN = ScalePaths(spec_replicas=".spec.replicas", status_replicas=".status.replicas")


def read_scale(state: State, call: Call) -> JSONObject:
    """Return the scale of an object.

    Raises:
        RefusedRequest: there is no such object.
    """
    return _scale_of(call, get(state, call))


def write_scale(state: State, call: Call) -> JSONObject:
    """Set the replicas that are wanted, by an update or a patch of the scale.

    Raises:
        RefusedRequest: there is no such object, it was changed since, or the number is negative.
    """
    old = get(state, call)
    if call.request.method == "PATCH":
        schema = kind_schema(_AUTOSCALING, "Scale") if call.resource.is_builtin else None
        change = patch_of(call.request, schema, can_apply=False)
        scale: Any = change(_scale_of(call, old))
    else:
        scale = call.body()
        _check_head(call, scale)
    replicas = _replicas(call, scale)
    metadata: Any = scale.get("metadata") if is_object(scale) else None
    version = metadata.get("resourceVersion") if is_object(metadata) else None
    if version and version != old["metadata"]["resourceVersion"]:
        raise conflict(call.resource.group, call.resource.plural, call.name or "")
    steps = steps_of(_paths(call).spec_replicas)
    new = _with_value(old, steps, replicas)
    head = {"kind": call.resource.kind, "apiVersion": call.api_version}
    counts = (_value_at(old, _paths(call).spec_replicas) or 0, replicas)
    # servers leave the time out here
    manager = Manager(call.field_manager, "Update", call.api_version, call.subresource)
    managed = track_scale(old, counts, tuple(f"f:{step}" for step in steps), manager)
    written = store_update(
        state,
        call,
        old,
        {**head, **new, "metadata": dict(old["metadata"])},
        track=lambda _old, _new: managed,
    )
    return _scale_of(call, written.obj)


def _check_head(call: Call, scale: JSONObject) -> None:
    kind = scale.get("kind") or "Scale"
    if kind != "Scale" and call.resource.is_builtin:
        raise bad_request(
            f'{kind} in version "{call.version}" cannot be handled as a Scale: converting '
            f"({call.version}.{kind}) to (autoscaling.Scale): unknown conversion"
        )
    if kind != "Scale":
        raise bad_request(
            'no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"'
        )
    metadata: Any = scale.get("metadata")
    name = metadata.get("name") if is_object(metadata) else None
    if name and name != call.name:
        raise bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({call.name})"
        )


def _replicas(call: Call, scale: Any) -> int:
    spec: Any = scale.get("spec") if is_object(scale) else None
    replicas: Any = (spec.get("replicas") if is_object(spec) else 0) or 0
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request(f"spec.replicas is no number: {json.dumps(replicas)}")
    if replicas < 0:
        raise _negative(call, replicas)
    return replicas


def _negative(call: Call, replicas: int) -> RefusedRequest:
    given = f"Invalid value: {replicas}"
    paths = call.served.scale_paths
    if paths is None:
        message = f"{given}: must be greater than or equal to 0"
        cause = Cause("FieldValueInvalid", message, "spec.replicas")
        return invalid("autoscaling", "Scale", call.name or "", [cause])
    message = f"{given}: should be a non-negative integer"
    cause = Cause("FieldValueInvalid", message, paths.spec_replicas)
    return invalid(call.resource.group, call.resource.kind, call.name or "", [cause])


def _paths(call: Call) -> ScalePaths:
    return call.served.scale_paths or _BUILT_IN


def _scale_of(call: Call, obj: JSONObject) -> JSONObject:
    paths = _paths(call)
    metadata = obj["metadata"]
    replicas = _value_at(obj, paths.spec_replicas)
    shown = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: JSONObject = {"replicas": _value_at(obj, paths.status_replicas) or 0}
    selector = _selector(call, obj, paths)
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in shown if key in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _selector(call: Call, obj: JSONObject, paths: ScalePaths) -> str:
    if call.served.scale_paths is not None:
        return str(_value_at(obj, paths.label_selector) or "") if paths.label_selector else ""
    selector: Any = _value_at(obj, ".spec.selector")
    if not is_object(selector):
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        selector = {"matchLabels": selector}
    try:
        return str(requirements_of(selector))
    except SelectorError:
        return ""


def _value_at(obj: JSONObject, path: str) -> Any:
    value: Any = obj
    for step in steps_of(path):
        value = value.get(step) if is_object(value) else None
    return value


def _with_value(obj: Mapping[str, Any], steps: tuple[str, ...], value: Any) -> JSONObject:
    first, *rest = steps
    below: Any = obj.get(first)
    if not rest:
        return {**obj, first: value}
    return {**obj, first: _with_value(below if is_object(below) else {}, tuple(rest), value)}

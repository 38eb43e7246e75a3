"""The scale subresource: an ``autoscaling/v1`` Scale in place of the object.

apiextensions-apiserver: ``registry/customresource/etcd.go`` (``ScaleREST``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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
    internal_error,
    invalid,
    invalid_patch,
)
from kubewright.testing._apiserver.intake import judge
from kubewright.testing._apiserver.kinds.orders import patched_in_json
from kubewright.testing._apiserver.kinds.typed import WrongTypeError, typed
from kubewright.testing._apiserver.metadata import applied, check_name
from kubewright.testing._apiserver.parts import part_at, value_at
from kubewright.testing._apiserver.patching.apply import apply, check_applied, track_update
from kubewright.testing._apiserver.patching.owners import (
    SCALE_VERSION,
    Manager,
    owners_of_scale,
    owners_with_scale,
)
from kubewright.testing._apiserver.patching.patches import APPLY, apply_body, patch_of
from kubewright.testing._apiserver.patching.shapes import Shape, shape_of
from kubewright.testing._apiserver.reading import get
from kubewright.testing._apiserver.resources import steps_of
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject
from kubewright.testing._apiserver.writing import store_update

__all__ = ["read_scale", "write_scale"]

_AUTOSCALING, _APPS = GroupVersion.parse(SCALE_VERSION), GroupVersion("apps", "v1")
_NO_KIND = 'no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"'
_UNCONVERTED = (
    "failed to convert {what} object ({name}; autoscaling/v1, Kind=Scale) to proper version: request "
    "to convert CR to an invalid group/version: autoscaling/v1"
)
_BUILT_IN = ScalePaths(spec_replicas=".spec.replicas", status_replicas=".status.replicas")


def read_scale(state: State, call: Call) -> JSONObject:
    """Return the scale of an object.

    Raises:
        RefusedRequest: there is no such object.
    """
    return _scale_of(call, get(state, call))


def write_scale(state: State, call: Call) -> JSONObject:
    """Set the replicas that are wanted, by an update, a patch or an apply of the scale.

    Raises:
        RefusedRequest: there is no such object, it was changed since, or the number is negative.
    """
    old = get(state, call)
    steps = steps_of(_paths(call).spec_replicas)
    path = tuple(f"f:{step}" for step in steps)
    before = _scale_of(call, old)
    if managed := owners_of_scale(old, path):
        before["metadata"]["managedFields"] = managed
    scale = _written(state, call, before)
    replicas = value_at(scale, "spec", "replicas") or 0
    if replicas < 0:
        raise _negative(call, replicas)
    version = value_at(scale, "metadata", "resourceVersion")
    if version and version != old["metadata"]["resourceVersion"]:
        raise conflict(call.resource.group, call.resource.plural, call.name or "")
    managed = owners_with_scale(old, path, scale, call.api_version)
    head = {"kind": call.resource.kind, "apiVersion": call.api_version}
    new = {**head, **_with_value(old, steps, replicas), "metadata": dict(old["metadata"])}
    written = store_update(state, call, old, new, track=lambda _old, _new: managed)
    return _scale_of(call, written.obj)


def _written(state: State, call: Call, before: JSONObject) -> JSONObject:
    """Return the scale as it is to be, with who owns its replicas then."""
    schema = kind_schema(_AUTOSCALING, "Scale", among=_APPS)
    shape = shape_of(schema, is_builtin=True)
    if call.request.content_type == APPLY:
        return _applied(state, call, before, shape)
    if call.request.method == "PATCH":
        known = schema if call.resource.is_builtin else None
        change = patch_of(call.request, known, can_apply=True)
        patched: Any = change(before)
        if not is_object(patched):
            raise bad_request("the patched object is no object")
        scale = _typed(call, patched, partial(invalid_patch, patched_in_json(before, patched)))
    else:
        scale = _replaced(call)
    manager = Manager(call.field_manager, "Update", SCALE_VERSION, call.subresource)
    managed = track_update(before, scale, manager, shape)
    return {**scale, "metadata": {**scale["metadata"], "managedFields": managed}}


def _applied(state: State, call: Call, before: JSONObject, shape: Shape) -> JSONObject:
    config = applied(apply_body(call.request), "Scale", SCALE_VERSION)
    check_applied(config, shape)
    metadata = {"name": call.name, **part_at(config, "metadata")}
    version = metadata.pop("resourceVersion", None)
    manager = Manager(
        call.field_manager, "Apply", SCALE_VERSION, call.subresource, time=state.now()
    )
    config = {**config, "metadata": metadata}
    is_unknown = "managedFields" not in before["metadata"]
    if is_unknown and not call.resource.is_builtin:
        why = _UNCONVERTED.format(what="live", name="/")
        raise internal_error(f"failed to create manager for existing fields: {why}")
    made = apply(before, config, manager, shape, force=call.flag("force"))
    if not call.resource.is_builtin and "replicas" in part_at(config, "spec"):
        raise internal_error(_UNCONVERTED.format(what="new", name=f"/{call.name}"))
    check_name(call, str(metadata["name"]))
    return {**made, "metadata": {**made["metadata"], "resourceVersion": version}}


def _replaced(call: Call) -> JSONObject:
    scale = call.body()
    _check_head(call, scale)

    def refuse(text: str) -> RefusedRequest:
        words = f'Scale in version "v1" cannot be handled as a Scale: {text}'
        return bad_request(words if call.resource.is_builtin else _NO_KIND)

    return _typed(call, scale, refuse)


def _typed(call: Call, scale: JSONObject, refuse: Callable[[str], RefusedRequest]) -> JSONObject:
    try:
        read, unknown = typed({**scale, "kind": "Scale", "apiVersion": SCALE_VERSION})
    except WrongTypeError as error:
        raise refuse(str(error)) from error
    judge(call, [f'unknown field "{path}"' for path in unknown], refuse)
    return read


def _check_head(call: Call, scale: JSONObject) -> None:
    kind = scale.get("kind") or "Scale"
    if kind != "Scale" and call.resource.is_builtin:
        raise bad_request(
            f'{kind} in version "{call.version}" cannot be handled as a Scale: converting '
            f"({call.version}.{kind}) to (autoscaling.Scale): unknown conversion"
        )
    if kind != "Scale":
        raise bad_request(_NO_KIND)
    metadata: Any = scale.get("metadata")
    name = metadata.get("name") if is_object(metadata) else None
    if name and name != call.name:
        raise bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({call.name})"
        )


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
    replicas = value_at(obj, *steps_of(paths.spec_replicas))
    shown = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: JSONObject = {"replicas": value_at(obj, *steps_of(paths.status_replicas)) or 0}
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
        return (
            str(value_at(obj, *steps_of(paths.label_selector)) or "")
            if paths.label_selector
            else ""
        )
    selector: Any = value_at(obj, "spec", "selector")
    if not is_object(selector):
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        selector = {"matchLabels": selector}
    try:
        return str(requirements_of(selector))
    except SelectorError:
        return ""


def _with_value(obj: Mapping[str, Any], steps: tuple[str, ...], value: Any) -> JSONObject:
    first, *rest = steps
    below: Any = obj.get(first)
    if not rest:
        return {**obj, first: value}
    return {**obj, first: _with_value(below if is_object(below) else {}, tuple(rest), value)}

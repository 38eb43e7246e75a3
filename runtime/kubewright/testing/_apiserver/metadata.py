"""What the server writes into objects and keeps from being written.

apiserver: ``registry/rest/{create,update,meta}.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.causes import wrong
from kubewright.testing._apiserver.failures import (
    Cause,
    RefusedRequest,
    bad_request,
    conflict,
    internal_error,
    invalid,
)
from kubewright.testing._apiserver.golang import quoted
from kubewright.testing._apiserver.parts import group_version_of, items_at, value_at
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = [
    "applied",
    "check_kind",
    "check_name",
    "check_same_object",
    "in_namespace",
    "keep_system_fields",
    "new_metadata",
    "with_owners_once",
]

# of the stored object, whatever an update says
_KEPT = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "uid",
)


def check_kind(call: Call, obj: JSONObject) -> JSONObject:
    """Return an object that says what it is, when that is what the resource has.

    Raises:
        RefusedRequest: it is a custom object of another kind or version.
    """
    resource = call.resource
    kind = str(obj.get("kind") or resource.kind)
    api_version = str(obj.get("apiVersion") or call.api_version)
    if api_version != call.api_version and call.request.method != "PATCH":
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version "
            f"({call.api_version})"
        )
    causes: list[Cause] = []
    if kind != resource.kind:
        causes.append(wrong("kind", kind, f"must be {resource.kind}"))
    if api_version != call.api_version:
        causes.append(wrong("apiVersion", api_version, f"must be {call.api_version}"))
    if causes:
        name = str(value_at(obj, "metadata", "name") or "")
        told = group_version_of(obj)
        raise invalid(told.group if told else "", kind, name, causes)
    head = {"kind": call.resource.kind, "apiVersion": call.api_version}
    return head | {key: value for key, value in obj.items() if key not in head}


def applied(config: JSONObject, expected_kind: str, expected_version: str) -> JSONObject:
    """Return what is applied, when it says that it is of a kind.

    Raises:
        RefusedRequest: it is of another kind, or does not say of which.
    """
    told = group_version_of(config)
    kind = config.get("kind", "") if told else ""
    told = told or GroupVersion("", "")
    if (kind, told.api_version) != (expected_kind, expected_version):
        raise bad_request(f"invalid object type: {told.group}/{told.version}, Kind={kind}")
    return {**config, "apiVersion": expected_version}


def in_namespace(call: Call, obj: JSONObject) -> JSONObject:
    """Return an object with metadata and in the namespace of the request.

    Raises:
        RefusedRequest: it says that it is in another one.
    """
    given: Any = obj.get("metadata")
    metadata: JSONObject = dict(given) if is_object(given) else {}
    namespace = metadata.get("namespace")
    if call.namespace is None:
        metadata.pop("namespace", None)
    elif namespace and namespace != call.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if call.namespace is not None:
        metadata["namespace"] = call.namespace
    return {**obj, "metadata": metadata}


def new_metadata(state: State, call: Call, metadata: Mapping[str, Any]) -> JSONObject:
    """Return the metadata of a new object.

    Raises:
        RefusedRequest: there is no name, or there is a resource version.
    """
    if _version(metadata):
        raise internal_error("resourceVersion should not be set on objects to be created")
    name, prefix = metadata.get("name") or "", metadata.get("generateName") or ""
    resource = call.resource
    if not name and not prefix:
        message = "Required value: name or generateName is required"
        cause = Cause("FieldValueRequired", message, "metadata.name")
        raise invalid(resource.group, resource.kind, "", [cause])
    dropped = {*_KEPT, "selfLink", "resourceVersion"}
    made: JSONObject = {"uid": state.new_uid(), "creationTimestamp": state.now()}
    if resource.counts_generation:
        made["generation"] = 1
    elif resource.is_builtin:
        dropped.remove("generation")
    kept = {key: value for key, value in metadata.items() if key not in dropped}
    return kept | {"name": name or state.generated_name(prefix)} | made


def with_owners_once(call: Call, obj: JSONObject) -> JSONObject:
    """Return an object whose owners are told once, and warn of those that were told again."""
    owners = items_at(obj, "metadata", "ownerReferences")
    once = [owner for index, owner in enumerate(owners) if owner not in owners[:index]]
    if len(once) == len(owners):
        return obj
    again = (owner for index, owner in enumerate(owners) if owner in owners[:index])
    when = " after mutating admission happens" if call.request.method == "PATCH" else ""
    call.warnings.append(
        f".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner "
        "references in 1.20+, and may reject such requests as early as 1.24; please fix your "
        f"requests; duplicate UID(s) observed: {', '.join(str(owner.get('uid')) for owner in again)}"
    )
    return {**obj, "metadata": {**obj["metadata"], "ownerReferences": once}}


def check_name(call: Call, given: str) -> None:
    """Check that an object has the name that the path has.

    Raises:
        RefusedRequest: it has another one, or none.
    """
    if not given and call.resource.is_builtin:
        raise bad_request(
            f"the name of the object ({call.name} based on URL) was undeterminable: name must be "
            "provided"
        )
    if given != call.name:
        raise bad_request(
            f"the name of the object ({given}) does not match the name on the URL ({call.name})"
        )


def check_same_object(call: Call, old: JSONObject, new: JSONObject, *, is_patch: bool) -> None:
    """Check that an update is about the object and its present state.

    Raises:
        RefusedRequest: it has another name, uid or version; or no version, where one is needed.
    """
    resource, name = call.resource, call.name or ""
    metadata: JSONObject = new["metadata"]
    check_name(call, metadata.get("name") or "")
    present = old["metadata"]
    uid = metadata.get("uid") or ""
    if uid and uid != present["uid"] and is_patch:
        raise immutable(call, "uid", uid)
    if uid and uid != present["uid"]:
        group = "" if resource.is_builtin else f"{resource.group}/"
        place = "/".join(filter(None, (call.namespace, name)))
        why = (
            "StorageError: invalid object, Code: 4, Key: "
            f"/registry/{group}{resource.plural}/{place}, ResourceVersion: 0, "
            "AdditionalErrorMsg: Precondition failed: UID in precondition: "
            f"{uid}, UID in object meta: {present['uid']}"
        )
        raise conflict(resource.group, resource.plural, name, why)
    version = metadata.get("resourceVersion") or ""
    if version and not version.isdecimal():
        raise internal_error(f"strconv.ParseUint: parsing {quoted(version)}: invalid syntax")
    version = version if _version(metadata) else ""
    if not version and not resource.is_builtin and not is_patch:
        cause = Cause(
            "FieldValueInvalid",
            "Invalid value: 0: must be specified for an update",
            "metadata.resourceVersion",
        )
        raise invalid(resource.group, resource.plural, name, [cause])
    if version and version != present["resourceVersion"]:
        raise conflict(resource.group, resource.plural, name)


def immutable(call: Call, name: str, value: str) -> RefusedRequest:
    """Refuse to change a part of the metadata that stays."""
    message = f"Invalid value: {quoted(value)}: field is immutable"
    cause = Cause("FieldValueInvalid", message, f"metadata.{name}")
    # a server checks the metadata of custom objects twice
    causes = [cause] if call.resource.is_builtin else [cause, cause]
    return invalid(call.resource.group, call.resource.kind, call.name or "", causes)


def keep_system_fields(call: Call, old: JSONObject, new: JSONObject) -> JSONObject:
    """Return the new object with what only the server writes as it was.

    Raises:
        RefusedRequest: it adds finalizers to an object that is being deleted, or says when an
            object is deleted that is not.
    """
    before, given = old["metadata"], new["metadata"]
    told = given.get("deletionTimestamp")
    if told and told != before.get("deletionTimestamp"):
        raise immutable(call, "deletionTimestamp", told)
    dropped = {*_KEPT, "selfLink"}
    kept = {key: before[key] for key in _KEPT if key in before}
    metadata = {key: value for key, value in given.items() if key not in dropped} | kept
    metadata["resourceVersion"] = before["resourceVersion"]
    added = [f for f in _finalizers(metadata) if f not in _finalizers(before)]
    if added and "deletionTimestamp" in before:
        listed = ", ".join(quoted(finalizer) for finalizer in added)
        message = (
            "Forbidden: no new finalizers can be added if the object is being deleted, found new "
            f"finalizers []string{{{listed}}}"
        )
        cause = Cause("FieldValueForbidden", message, "metadata.finalizers")
        resource = call.resource
        raise invalid(resource.group, resource.kind, call.name or "", [cause])
    return {**new, "metadata": metadata}


def _version(metadata: Mapping[str, Any]) -> int:
    """Return the version of an object; 0 where it has none, or one that is no number."""
    text = str(metadata.get("resourceVersion") or "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _finalizers(metadata: Mapping[str, Any]) -> list[Any]:
    found: Any = metadata.get("finalizers")
    return found if is_array(found) else []

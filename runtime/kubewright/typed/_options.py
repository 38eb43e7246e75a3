"""Builds the queries and bodies of typed calls, and checks them, without any I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from kubewright._wire import split_object
from kubewright.errors import RequestError
from kubewright.meta_v1 import KubernetesObject, Preconditions
from kubewright.model import Model
from kubewright.resource import ResourceInfo
from kubewright.rest.request import encode_query
from kubewright.selectors import FieldSelector, Selector, field_selector_text, selector_text

__all__ = [
    "ApplyConfiguration",
    "FieldValidation",
    "Patch",
    "PatchType",
    "PropagationPolicy",
    "Query",
    "ResourceVersionMatch",
]

ApplyConfiguration: TypeAlias = Mapping[str, object]
"""Part of an object in wire form, as in YAML: what server-side apply is to own."""
Patch: TypeAlias = Mapping[str, object] | Sequence[Mapping[str, object]]
"""A merge or strategic merge patch, or the list of operations of a JSON patch."""
FieldValidation: TypeAlias = Literal["Strict", "Warn", "Ignore"]
"""What the server does about unknown and duplicate fields: refuse, warn, drop them."""
PatchType: TypeAlias = Literal["json", "merge", "strategic"]
PropagationPolicy: TypeAlias = Literal["Orphan", "Background", "Foreground"]
"""What becomes of dependents: they stay, go later, or go before the object does."""
ResourceVersionMatch: TypeAlias = Literal["NotOlderThan", "Exact"]

Query: TypeAlias = list[tuple[str, str]]

APPLY_CONTENT_TYPE: Final = "application/apply-patch+yaml"
MERGE_CONTENT_TYPE: Final = "application/merge-patch+json"
_PATCH_CONTENT_TYPES: Final[Mapping[PatchType, str]] = {
    "json": "application/json-patch+json",
    "merge": MERGE_CONTENT_TYPE,
    "strategic": "application/strategic-merge-patch+json",
}


def write_query(
    *,
    dry_run: bool,
    field_manager: str | None,
    field_validation: FieldValidation | None,
    force: bool | None = None,
) -> Query:
    """The query of a create, update, patch or apply."""
    return encode_query(
        {
            "dryRun": "All" if dry_run else None,
            "fieldManager": field_manager,
            "fieldValidation": field_validation,
            "force": force or None,
        }
    )


def selector_query(label_selector: Selector | None, field_selector: FieldSelector | None) -> Query:
    """The query that selects objects.

    Raises:
        SelectorError: a selector that is no selector.
    """
    return encode_query(
        {
            "labelSelector": selector_text(label_selector) or None,
            "fieldSelector": field_selector_text(field_selector) or None,
        }
    )


def object_body(obj: Model, info: ResourceInfo) -> bytes:
    """Encode an object for the server, with its kind: the items of a list come without one."""
    return msgspec.json.encode(_with_kind(split_object(obj.to_json()), type(obj), info))


def named_body(obj: Model, info: ResourceInfo, name: str, namespace: str | None) -> bytes:
    """Encode what is posted to a subresource, which the server wants to name the object as well.

    Raises:
        RequestError: it names another object.
    """
    wire: dict[str, Any] = _with_kind(split_object(obj.to_json()), type(obj), info)
    metadata = _metadata_of(obj.to_json())
    if metadata.get("name") not in (None, "", name):
        raise RequestError(f"the body is about {metadata['name']!r}, and the call about {name!r}")
    wire["metadata"] = {
        **metadata,
        "name": name,
        **({"namespace": namespace} if namespace is not None else {}),
    }
    return msgspec.json.encode(wire)


def apply_body(obj: Model | ApplyConfiguration, info: ResourceInfo) -> tuple[bytes, str]:
    """Encode what server-side apply is to own; return it with the name of the object.

    Raises:
        RequestError: there is no name, or it was read from the server with its managed fields.
    """
    kind = type(obj) if isinstance(obj, Model) else Model
    data = obj.to_json() if isinstance(obj, Model) else encode(obj)
    metadata = _metadata_of(data)
    if metadata.get("managedFields"):
        raise RequestError(
            "apply takes the fields to own, not an object as it was read: leave out "
            "metadata.managedFields, and what others set"
        )
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise RequestError("apply needs metadata.name")
    return msgspec.json.encode(_with_kind(split_object(data), kind, info)), name


def namespace_in(obj: Model | ApplyConfiguration) -> str:
    """The namespace that an object says it is in, or nothing."""
    if isinstance(obj, KubernetesObject):
        return obj.metadata.namespace
    data = obj.to_json() if isinstance(obj, Model) else encode(obj)
    namespace = _metadata_of(data).get("namespace")
    return namespace if isinstance(namespace, str) else ""


def patch_body(patch: Patch, kind: PatchType, info: ResourceInfo) -> tuple[bytes, str]:
    """Encode a patch; return it with its content type.

    Raises:
        RequestError: the patch has not the form of its type, or the resource does not take it.
    """
    if kind not in _PATCH_CONTENT_TYPES:
        raise RequestError(f"the patch type {kind!r} is not json, merge or strategic")
    is_list = not isinstance(patch, Mapping)
    if is_list != (kind == "json"):
        expected = "a list of operations" if kind == "json" else "an object"
        instead = 'type="json" takes a list' if is_list else f"{kind!r} takes no object"
        raise RequestError(f"a {kind} patch is {expected}; {instead}")
    if kind == "strategic" and not info.takes_strategic_merge:
        raise RequestError(
            f"{info.gvr} takes no strategic merge patch: the server knows no merge keys of "
            'custom resources; use type="merge", or apply'
        )
    return encode(patch), _PATCH_CONTENT_TYPES[kind]


def delete_body(
    *,
    dry_run: bool,
    propagation_policy: PropagationPolicy | None,
    grace_period_seconds: int | None,
    preconditions: Preconditions | None,
) -> bytes | None:
    """Encode the options of a delete, or nothing when there are none."""
    options: dict[str, object] = {
        "propagationPolicy": propagation_policy,
        "gracePeriodSeconds": grace_period_seconds,
        "preconditions": preconditions,
        "dryRun": ["All"] if dry_run else None,
    }
    given = {key: value for key, value in options.items() if value is not None}
    if not given:
        return None
    return encode({"apiVersion": "v1", "kind": "DeleteOptions", **given})


def encode(data: object) -> bytes:
    """Encode plain data, in which models may be.

    Raises:
        RequestError: it holds what JSON cannot.
    """
    try:
        return msgspec.json.encode(data, enc_hook=_encode_model)
    except TypeError as error:
        raise RequestError(str(error)) from error


def _encode_model(value: Any) -> Any:
    if isinstance(value, Model):
        return msgspec.Raw(value.to_json())
    raise TypeError(f"{type(value).__name__} cannot be encoded as JSON")


def _with_kind(
    wire: dict[str, msgspec.Raw], model: type[Model], info: ResourceInfo
) -> dict[str, Any]:
    missing = [key for key in _KIND if bytes(wire.get(key) or b"null") in (b"null", b'""')]
    if not missing:
        return wire
    own = {
        key: model.model_fields[name].default for key, name in _KIND.items() if _has(model, name)
    }
    known = own if all(own.get(key) for key in _KIND) else _kind_of(info)
    # half a kind is sent as it was given: the server refuses one that is wrong
    return {**known, **{key: raw for key, raw in wire.items() if key not in missing}}


_KIND: Final = {"apiVersion": "api_version", "kind": "kind"}


def _has(model: type[Model], name: str) -> bool:
    return name in model.model_fields


def _kind_of(info: ResourceInfo) -> dict[str, str]:
    return {"apiVersion": info.kind.api_version, "kind": info.kind.kind}


def _metadata_of(data: bytes) -> dict[str, Any]:
    raw = split_object(data).get("metadata")
    decoded: Any = msgspec.json.decode(raw) if raw is not None else None
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}

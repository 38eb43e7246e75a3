"""What decoding makes of an object that is sent: typed, with defaults, without unknown fields.

apiserver: ``endpoints/handlers/{create,update,patch}.go``, where field validation is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.calls import Call, decode
from kubewright.testing._apiserver.custom.numbers import beyond_doubles, held, may_be_too_large
from kubewright.testing._apiserver.custom.schema import fill_and_prune
from kubewright.testing._apiserver.failures import (
    Cause,
    RefusedRequest,
    bad_request,
    broken_inside,
    invalid,
    invalid_patch,
)
from kubewright.testing._apiserver.golang import (
    no_double,
    no_literal,
    printed,
    quoted,
    syntax_error,
)
from kubewright.testing._apiserver.kinds.conversion import why_not_converted
from kubewright.testing._apiserver.kinds.orders import in_type_order, patched_in_json
from kubewright.testing._apiserver.kinds.typed import (
    WrongTypeError,
    is_typed,
    typed,
    typed_metadata,
)
from kubewright.testing._apiserver.metadata import check_kind, in_namespace
from kubewright.testing._apiserver.parts import group_version_of, value_at
from kubewright.testing._apiserver.patching.patches import STRATEGIC
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["duplicates_in", "judge", "nothing_of", "read_body", "read_made", "read_patched"]

_MODES: Final = ("", "Ignore", "Strict", "Warn")
_SHOWN: Final = 30
_NO_KIND: Final = "couldn't get version/kind; json parse error"
_HEAD: Final = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string ' + (
    r'"json:\"kind,omitempty\"" }'
)

Refuse = Callable[[str], RefusedRequest]


def read_body(call: Call) -> JSONObject:
    """Return the object of a create or an update; what it should not have, the call warns of.

    Raises:
        RefusedRequest: it is none of the resource, or validation of fields is strict.
    """
    _check_mode(call, "CreateOptions" if call.request.method == "POST" else "UpdateOptions")
    body = call.request.body or b""
    obj = _json_object(call, body)
    kind = str(obj.get("kind") or call.resource.kind)
    told = group_version_of(obj) if obj.get("apiVersion") else None
    version = told.version if told else call.version
    refuse: Refuse = lambda text: bad_request(  # noqa: E731 - it closes over the object
        f'{kind} in version "{version}" cannot be handled as a {call.resource.kind}: {text}'
    )
    _check_version(call, obj, refuse, lambda: body.decode(errors="surrogateescape"))
    obj, problems = _read(call, obj, refuse)
    doubled = [f"duplicate field {quoted(path)}" for path in duplicates_in(body)]
    judge(call, [*doubled, *problems], refuse)
    return in_namespace(call, check_kind(call, obj))


def read_patched(call: Call, before: JSONObject, patched: JSONObject) -> JSONObject:
    """Return what a patch made of an object, as `read_body`.

    Args:
        call: the patch.
        before: the object that was patched.
        patched: what became of it.

    Raises:
        RefusedRequest: as `read_body`.
    """
    _check_mode(call, "PatchOptions")
    body = call.request.body or b""
    is_strategic = call.request.content_type == STRATEGIC

    def shown() -> str:
        if is_strategic:
            return printed(decode(body))
        return patched_in_json(in_type_order(before), patched)

    refuse: Refuse = lambda text: invalid_patch(shown(), text)  # noqa: E731 - closes over it
    if not call.resource.is_builtin and not patched.get("kind"):
        raise refuse(f"Object 'Kind' is missing in '{shown()}'")
    told = group_version_of(patched)
    if told is None:
        raise refuse(_no_version(patched))
    patched = _with_version(patched, told)
    _check_version(call, patched, refuse, shown)
    obj, problems = _read(call, patched, refuse, converts=is_strategic)
    about = "json patch " if body.lstrip().startswith(b"[") else ""
    doubled = [f"{about}duplicate field {quoted(path)}" for path in duplicates_in(body)]
    judge(call, [*doubled, *problems], refuse)
    return in_namespace(call, check_kind(call, obj))


def read_made(call: Call, obj: JSONObject) -> JSONObject:
    """Return an object that the server made from one it had, and from what was applied.

    Raises:
        RefusedRequest: a value is of another type than its field.
    """
    return in_namespace(call, _read(call, obj, bad_request)[0])


def nothing_of(call: Call) -> JSONObject:
    """Return an object of the resource in which nothing is set."""
    head = {"apiVersion": call.api_version, "kind": call.resource.kind}
    if call.resource.is_builtin and is_typed(call.api_version, call.resource.kind):
        return typed(head, with_defaults=False)[0]
    return head


def duplicates_in(data: bytes) -> list[str]:
    """Return the paths of the members that a JSON text has more than once."""
    found: list[_Doubled] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        obj = dict(members)
        if len(obj) == len(members):
            return obj
        doubled = _Doubled(obj)
        names = [name for name, _ in members]
        doubled.names = [name for at, name in enumerate(names) if name in names[:at]]
        found.append(doubled)
        return doubled

    try:
        tree = json.loads(data, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return []
    return list(_doubled_paths(tree, "")) if found else []


class _Doubled(dict[str, Any]):
    """An object with members that came twice."""

    names: list[str]


def _doubled_paths(value: Any, path: str) -> list[str]:
    paths: list[str] = []
    if isinstance(value, _Doubled):
        paths += [f"{path}.{name}" if path else name for name in value.names]
    if is_object(value):
        for name, below in value.items():
            paths += _doubled_paths(below, f"{path}.{name}" if path else name)
    elif is_array(value):
        for index, item in enumerate(value):
            paths += _doubled_paths(item, f"{path}[{index}]")
    return paths


def _json_object(call: Call, body: bytes) -> JSONObject:
    head = f"the object provided is unrecognized (must be of type {call.resource.kind})"
    text = body.decode(errors="surrogateescape")
    try:
        value: Any = json.loads(text, parse_constant=no_literal)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"{head}: {_NO_KIND}: {syntax_error(error)} ({_start(body)})") from error
    if value is None and call.resource.is_builtin:
        return {}
    if not is_object(value) and value is not None:
        what = "array" if is_array(value) else "string" if isinstance(value, str) else "number"
        why = f"json: cannot unmarshal {what} into Go value of type {_HEAD}"
        raise bad_request(f"{head}: {_NO_KIND}: {why} ({_start(body)})")
    given: JSONObject = value or {}
    told = group_version_of(given)
    if told is None:
        raise bad_request(f"{head}: {_no_version(given)} ({_start(body)})")
    if value is None or (not call.resource.is_builtin and not value.get("kind")):
        why = f"Object 'Kind' is missing in '{text}'"
        raise bad_request(f"{head}: {why} ({_start(body)})")
    if not call.resource.is_builtin and not told.api_version:
        raise bad_request(
            "the API version in the data () does not match the expected API version "
            f"({call.api_version})"
        )
    return _with_version(value, told)


def _no_version(obj: JSONObject) -> str:
    return f"unexpected GroupVersion string: {obj['apiVersion']}"


def _with_version(obj: JSONObject, told: GroupVersion) -> JSONObject:
    """Return an object with the version as it was read: without a slash where there is no group."""
    is_it = not isinstance(obj.get("apiVersion"), str) or obj["apiVersion"] == told.api_version
    return obj if is_it else {**obj, "apiVersion": told.api_version}


def _check_version(call: Call, obj: JSONObject, refuse: Refuse, shown: Callable[[], str]) -> None:
    """Refuse an object of a group alone."""
    if not str(obj.get("apiVersion") or "").endswith("/"):
        return
    if call.resource.is_builtin:
        raise refuse(f"Object 'apiVersion' is missing in '{shown()}'")
    if call.request.method == "PATCH":
        raise broken_inside("Object 'apiVersion' is missing in 'object has no apiVersion field'")


def _start(body: bytes) -> str:
    """Return how a body begins, as the server shows it: what is no object in hexadecimal."""
    if not body:
        return "<empty>"
    if not body.startswith(b"{"):
        shown = body[:_SHOWN].hex()
    else:
        shown = body[:_SHOWN].decode(errors="replace")
    return f"{shown} ..." if len(body) > _SHOWN else shown


def _read(
    call: Call, obj: JSONObject, refuse: Refuse, *, converts: bool = False
) -> tuple[JSONObject, list[str]]:
    resource = call.resource
    kind = str(obj.get("kind") or resource.kind)
    api_version = str(obj.get("apiVersion") or call.api_version)
    if resource.is_builtin and (kind, api_version) != (resource.kind, call.api_version):
        raise refuse(why_not_converted(obj, kind, api_version, resource))
    obj = {**obj, "kind": kind, "apiVersion": api_version}
    try:
        if resource.is_builtin and is_typed(api_version, kind):
            read, unknown = typed(_with_told_managers(obj))
        else:
            body = call.request.body or b""
            if may_be_too_large(body):
                obj = held(obj)
            if number := beyond_doubles(body):
                raise WrongTypeError(f"json: {no_double(number)}")
            metadata, unknown = typed_metadata(obj.get("metadata") or {})
            schema = _schema_of(call, kind, api_version)
            filled, others = fill_and_prune({**obj, "metadata": metadata}, schema)
            read, unknown = filled, [*unknown, *sorted(others)]
    except WrongTypeError as error:
        # a strategic merge patch is not decoded but converted, which says less
        text = f"unrecognized type: {error.go_type}" if converts and error.go_type else str(error)
        raise refuse(text) from error
    in_quotes = quoted if resource.is_builtin else '"{}"'.format
    return read, [f"unknown field {in_quotes(path)}" for path in unknown]


def _schema_of(call: Call, kind: str, api_version: str) -> Mapping[str, Any] | None:
    """Return by which schema an object is read; one of nothing for a version without."""
    told = group_version_of({"apiVersion": api_version})
    if told is None or (told.group, kind) != (call.resource.group, call.resource.kind):
        return None
    served = call.resource.versions.get(told.version)
    return {} if served is None else served.schema


def _with_told_managers(obj: JSONObject) -> JSONObject:
    """Return an object in which an empty list of managed fields is one of nothing: both forget."""
    if value_at(obj, "metadata", "managedFields") != []:
        return obj
    return {**obj, "metadata": {**obj["metadata"], "managedFields": [{}]}}


def judge(call: Call, problems: list[str], refuse: Refuse) -> None:
    """Warn of what an object should not have, or refuse it, as the call wishes."""
    mode = call.option("fieldValidation") or "Warn"
    if problems and mode == "Strict":
        raise refuse(f"strict decoding error: {', '.join(problems)}")
    if mode == "Warn":
        call.warnings.extend(problems)


def _check_mode(call: Call, kind: str) -> None:
    mode = call.option("fieldValidation")
    if mode not in _MODES:
        supported = ", ".join(map(quoted, _MODES))
        message = f"Unsupported value: {quoted(mode)}: supported values: {supported}"
        cause = Cause("FieldValueNotSupported", message, "fieldValidation")
        raise invalid("meta.k8s.io", kind, "", [cause])

"""The patch types, as functions from an object to an object.

apiserver: ``endpoints/handlers/patch.go``. JSON patches are the library jsonpatch's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kubewright._json import is_array, is_object
from kubewright.rest.request import Request
from kubewright.testing._apiserver.bodies import decode_json_or_yaml
from kubewright.testing._apiserver.calls import decode
from kubewright.testing._apiserver.custom.numbers import beyond_doubles
from kubewright.testing._apiserver.failures import (
    RefusedRequest,
    bad_request,
    no_patch_type,
    not_implemented,
    unprocessable,
    unsupported_media_type,
)
from kubewright.testing._apiserver.golang import no_double, not_decoded
from kubewright.testing._apiserver.patching.strategic import strategically_merged
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["APPLY", "apply_body", "merge", "patch_of"]

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_FROM_THE_END = re.compile("-[0-9]{1,9}")


def patch_of(
    request: Request, schema: Mapping[str, Any] | None, *, can_apply: bool
) -> Callable[[Any], Any]:
    """Return the change that a patch means.

    Args:
        request: with the patch.
        schema: of a built-in kind, by which strategic merge patches are; None: there are none.
        can_apply: whether a refusal names server-side apply as well.

    Raises:
        RefusedRequest: the content type is not served, or it is no patch of its type.
    """
    strategic = [STRATEGIC] if schema is not None else []
    accepted = [JSON_PATCH, MERGE_PATCH, *strategic, *([APPLY] if can_apply else [])]
    content_type = request.content_type.partition(";")[0].strip()
    if content_type not in accepted:
        raise unsupported_media_type(accepted) if schema is None else no_patch_type()
    try:
        patch: Any = decode(request.body or b"")
    except RefusedRequest as error:
        _check_numbers(request)
        raise bad_request("invalid JSON patch") from error
    if content_type == JSON_PATCH:
        if not is_array(patch) and patch is not None:
            raise _not_decoded(patch, "[]handlers.jsonPatchOp")
        return partial(_operated, operations=patch or [])
    _check_numbers(request)
    if patch is None:
        raise bad_request("Invalid JSON Patch")
    if not is_object(patch):
        raise _not_decoded(patch, "map[string]interface {}")
    if content_type == MERGE_PATCH:
        return partial(_merged, patch=patch)
    return partial(strategically_merged, patch=patch, schema=schema or {})


def _check_numbers(request: Request) -> None:
    if number := beyond_doubles(request.body or b""):
        raise bad_request(f"error decoding patch: json: {no_double(number)}")


def _not_decoded(patch: Any, go_type: str) -> RefusedRequest:
    return bad_request(f"error decoding patch: {not_decoded(patch, go_type)}")


def apply_body(request: Request) -> JSONObject:
    """Return what is applied, from JSON or YAML.

    Raises:
        RefusedRequest: it is no object.
    """
    config: Any = decode_json_or_yaml(request.body or b"")
    if config is None:
        return {}
    if not is_object(config):
        why = not_decoded(config, "map[string]interface {}")
        raise bad_request(
            f"error decoding patch: error unmarshaling JSON: while decoding JSON: {why}"
        )
    return config


def merge(obj: Any, patch: Any) -> Any:
    """Return the value with an RFC 7386 merge patch applied to it."""
    if not is_object(patch):
        return patch
    result: dict[str, Any] = dict(obj) if is_object(obj) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def _merged(obj: Any, *, patch: Mapping[str, Any]) -> Any:
    return merge(obj, patch)


def _operated(obj: Any, *, operations: list[Any]) -> Any:
    try:
        import jsonpatch
    except ImportError as error:
        raise not_implemented("JSON patches without jsonpatch: pip install jsonpatch") from error
    try:
        for operation in operations:
            obj = jsonpatch.apply_patch(obj, [_as_servers_read(operation, obj)])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise unprocessable() from error
    return obj


def _from_the_start(pointer: str, obj: Any, *, adds: bool) -> str:
    """Return a pointer with the positions that count from the end of a list replaced.

    Args:
        pointer: to a part of an object.
        obj: it.
        adds: whether the last position is one that there will be.
    """
    parts = pointer.split("/")
    at = obj
    for depth in range(1, len(parts)):
        if is_array(at) and _FROM_THE_END.fullmatch(parts[depth]):
            size = len(at) + (adds and depth == len(parts) - 1)
            position = int(parts[depth]) + size
            if 0 <= position <= size:
                parts[depth] = str(position % size if size else 0)
        part = parts[depth]
        if is_object(at):
            at = at.get(part.replace("~1", "/").replace("~0", "~"))
        elif is_array(at):
            at = at[int(part)] if part.isdecimal() and int(part) < len(at) else None
    return "/".join(parts)


def _as_servers_read(operation: Any, obj: Any) -> Any:
    """Return the operation, or the one that servers take it for: they replace what is not there, and count from both ends."""
    import jsonpatch

    if not is_object(operation):
        return operation
    adds = operation.get("op") in ("add", "copy", "move")
    for name in ("from", "path"):
        if isinstance(operation.get(name), str):
            place = _from_the_start(operation[name], obj, adds=adds and name == "path")
            operation = {**operation, name: place}
    if operation.get("op") == "add":
        return {"value": None, **operation}
    if operation.get("op") != "replace":
        return operation
    parent, last = jsonpatch.JsonPointer(str(operation.get("path"))).to_last(obj)
    is_new = is_object(parent) and last is not None and last not in parent
    return {**operation, "op": "add"} if is_new else operation

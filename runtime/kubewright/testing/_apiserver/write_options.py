"""What a request that writes must be before anybody looks at the object.

apiserver: ``apis/meta/v1/validation``, ``endpoints/handlers/negotiation``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from kubewright.rest.request import Request
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import (
    Cause,
    bad_request,
    invalid,
    unsupported_media_type,
)
from kubewright.testing._apiserver.golang import in_json, quoted

__all__ = ["check_writing", "in_json_form"]

_KINDS: Final = {
    "create": "CreateOptions",
    "update": "UpdateOptions",
    "patch": "PatchOptions",
    "delete": "DeleteOptions",
    "deletecollection": "DeleteOptions",
}
_JSON, _YAML, _PROTOBUF = (
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
)
_LONGEST_MANAGER: Final = 128


def check_writing(call: Call) -> None:
    """Check the options of a request that writes.

    Raises:
        RefusedRequest: one of them is not valid.
    """
    kind = _KINDS.get(call.verb)
    if kind is None:
        return
    causes: list[Cause] = []
    manager = call.option("fieldManager")
    if len(manager.encode()) > _LONGEST_MANAGER:
        message = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        causes.append(Cause("FieldValueTooLong", message, "fieldManager"))
    for position, character in enumerate(manager):
        if not character.isprintable():
            why = f"invalid character U+{ord(character):04X} (at position {position})"
            message = f"Invalid value: {quoted(manager)}: {why}"
            causes.append(Cause("FieldValueInvalid", message, "fieldManager"))
            break
    dry_run = [value for key, value in call.request.query if key == "dryRun"]
    if any(value != "All" for value in dry_run):
        message = f'Unsupported value: {in_json(dry_run)}: supported values: "All"'
        causes.append(Cause("FieldValueNotSupported", message, "dryRun"))
    if causes:
        raise invalid("meta.k8s.io", kind, "", causes)


def in_json_form(request: Request) -> Request:
    """Return a request that creates or replaces, with its body in JSON.

    Raises:
        RefusedRequest: the body is in a form that is not read.
    """
    if request.method not in ("POST", "PUT") or not request.body:
        return request
    content_type = request.content_type.partition(";")[0].strip()
    if content_type == _JSON:
        return request
    if content_type != _YAML:
        raise unsupported_media_type([_JSON, _YAML, _PROTOBUF], is_patch=False)
    import yaml

    try:
        value: Any = yaml.safe_load(request.body)
        body = json.dumps(value).encode()
    except (yaml.YAMLError, RecursionError, TypeError, ValueError) as error:
        raise bad_request(f"error decoding YAML: {error}") from error
    return replace(request, body=body, content_type=_JSON)

"""The forms in which objects come: whatever it was, it is JSON from here on.

apiserver: ``endpoints/handlers/negotiation``; apimachinery: ``runtime/serializer``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any, Final

import msgspec

from kubewright.errors import DecodeError
from kubewright.protobuf import CONTENT_TYPE, JsonOnlyError, to_json
from kubewright.rest.request import Request
from kubewright.testing._apiserver.failures import bad_request, unsupported_media_type

__all__ = ["decode_yaml", "in_json_form"]

_JSON: Final = "application/json"
_YAML: Final = "application/yaml"


def in_json_form(request: Request) -> Request:
    """Return the request with its object in JSON; patches have types of their own, without a body none.

    Raises:
        RefusedRequest: the body is not what it says it is, or of a type that is not read.
    """
    if request.method == "PATCH":
        return request if request.body is not None else replace(request, content_type="")
    if not request.body:
        return request
    match request.content_type.partition(";")[0].strip().lower():
        case "application/json" | "" | "*/*":
            return request
        case "application/yaml":
            body = msgspec.json.encode(decode_yaml(request.body))
        case "application/vnd.kubernetes.protobuf":
            try:
                body = to_json(request.body)
            except (JsonOnlyError, DecodeError) as error:
                raise bad_request(f"error decoding the body: {error}") from error
        case _:
            raise unsupported_media_type([_JSON, _YAML, CONTENT_TYPE])
    return replace(request, body=body, content_type=_JSON)


def decode_yaml(data: bytes) -> Any:
    """Decode YAML.

    Raises:
        RefusedRequest: it is none.
    """
    import yaml

    from kubewright._yaml_documents import DocumentError, load_documents

    try:
        if b"*" in data:  # it may have aliases, which could stand for more than memory holds
            deque(load_documents(data, "body"), maxlen=0)
        return yaml.safe_load(data)
    except DocumentError as error:
        raise bad_request(f"error decoding YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise bad_request(f"error decoding YAML: {error}") from error

"""The forms in which objects come: whatever it was, it is JSON from here on.

apiserver: ``endpoints/handlers/negotiation``; apimachinery: ``runtime/serializer``.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import replace
from typing import Any, Final

import msgspec

from kubewright.errors import DecodeError
from kubewright.protobuf import CONTENT_TYPE, JsonOnlyError, to_json
from kubewright.rest.request import Request
from kubewright.testing._apiserver.failures import bad_request, unsupported_media_type
from kubewright.testing._apiserver.yaml_values import yaml_value

__all__ = ["decode_json_or_yaml", "decode_yaml", "in_json_form"]

_JSON: Final = "application/json"
_YAML: Final = "application/yaml"
_APPLY: Final = "application/apply-patch+yaml"
_HALF_ESCAPE: Final = re.compile(rb"\\(?:u|U0000)[dD][89a-fA-F]")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)  # one without an end as well
_PAIR: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_NO_LETTER: Final = re.compile(
    rf"({_PAIR})|[\udc80-\udcff]|\\u[dD][89a-fA-F][0-9a-fA-F]{{2}}|(\\.)", re.DOTALL
)
_HALF: Final = re.compile("[\ud800-\udfff]")
# what is something else in JSON than in YAML: control characters, ends of lines, halves of pairs
_OTHERWISE_IN_YAML: Final = re.compile(
    rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef\xbf[\xbe\xbf]|" + _HALF_ESCAPE.pattern
)


def in_json_form(request: Request) -> Request:
    """Return the request with its object in JSON; a patch stays what it is, without a body of no type.

    Raises:
        RefusedRequest: the body is not what it says it is, or of a type that is not read.
    """
    if request.method == "PATCH" and request.body is None:
        return replace(request, content_type="")
    if not request.body:
        return request
    content_type = request.content_type.partition(";")[0].strip().lower()
    if request.method == "PATCH":
        is_yaml = content_type == _APPLY
        return request if is_yaml else replace(request, body=_in_letters(request.body))
    match content_type:
        case "application/json" | "" | "*/*":
            return replace(request, body=_in_letters(request.body))
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


def _in_letters(data: bytes) -> bytes:
    """Return JSON with U+FFFD in its strings for each byte that is no UTF-8, and each half of a pair.

    What is no letter elsewhere stays: it is no JSON.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode(errors="surrogateescape")
    else:
        if not _HALF_ESCAPE.search(data):
            return data
    text = _STRING.sub(lambda found: _NO_LETTER.sub(_letter, found[0]), text)
    return text.encode(errors="surrogateescape")


def _letter(found: re.Match[str]) -> str:
    return found[0] if found[1] or found[2] else "\ufffd"


def decode_json_or_yaml(data: bytes) -> Any:
    """Decode YAML, of which JSON is nearly a part.

    Raises:
        RefusedRequest: it is none; of JSON, that is what has control characters in it, or escapes of
            what is beyond 16 bits.
    """
    if not _OTHERWISE_IN_YAML.search(data):
        try:
            return msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
    return decode_yaml(data)


def decode_yaml(data: bytes) -> Any:
    """Decode YAML.

    Raises:
        RefusedRequest: it is none.
    """
    from kubewright._yaml_documents import DocumentError, load_documents

    try:
        if b"*" in data:  # it may have aliases, which could stand for more than memory holds
            deque(load_documents(data, "body"), maxlen=0)
        value = yaml_value(data)
    except DocumentError as error:
        raise bad_request(f"error decoding YAML: {error.problem}") from error
    except (RecursionError, ValueError) as error:
        raise bad_request(f"error decoding YAML: {error}") from error
    if _HALF_ESCAPE.search(data):
        text = json.dumps(value, ensure_ascii=False)
        if _HALF.search(text):
            raise bad_request("error decoding YAML: found invalid Unicode character escape code")
    return value

"""The lines of a recording, and what is masked in them.

A recording is JSON lines: ``request`` with ``answer``, ``stream`` or ``error``, and for open
streams a ``piece`` for each event or chunk that came, up to an ``end``; ``id`` tells which
belong together, the order of the lines is that in which things happened.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from kubewright._errors import KubeError
from kubewright._json import is_array, is_object
from kubewright.errors import TransportError
from kubewright.rest.debugging import SECRET_RESOURCES
from kubewright.rest.request import Request, Subject

__all__ = [
    "FORMAT",
    "Mask",
    "body_line",
    "bytes_of",
    "encoded",
    "error_line",
    "error_of",
    "headers_line",
    "is_secret",
    "masked",
    "request_line",
]

Mask = Callable[[Any], Any]
FORMAT: Final = {"kubewright": "recording", "version": 1}
_MASKED: Final = "****"
_MASKED_BASE64: Final = base64.b64encode(_MASKED.encode()).decode()
_HEADERS: Final = frozenset({"content-type", "retry-after", "warning"})
_SECRET_KINDS: Final = frozenset({"Secret", "SecretList", "TokenRequest", "TokenReview"})
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def encoded(line: Mapping[str, Any]) -> bytes:
    """Return one line."""
    return msgspec.json.encode(line) + b"\n"


def is_secret(request: Request) -> bool:
    """Whether what is sent, or comes back, holds credentials."""
    subject = Subject.of(request.path)
    return subject.resource in SECRET_RESOURCES or subject.subresource == "token"


def request_line(request: Request, mask: Mask) -> dict[str, Any]:
    """Return a request without credentials; headers of the caller are left out."""
    line: dict[str, Any] = {"method": request.method, "path": request.path}
    if request.query:
        line["query"] = [list(pair) for pair in request.query]
    if request.body is not None:
        line["contentType"] = request.content_type
        line |= body_line(request.body, is_secret(request), mask)
    return line


def body_line(body: bytes, secret: bool, mask: Mask) -> dict[str, Any]:
    """Return a body: as JSON, else as text, else in base64."""
    if not body:
        return {}
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    else:
        return {"body": masked(mask(value), secret)}  # a mask that fails lets nothing through
    if secret:
        return {"text": _MASKED}  # of another form, such as protobuf: nobody can tell what is in it
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def bytes_of(line: Mapping[str, Any]) -> bytes:
    """Return the body that a line holds."""
    if "body" in line:
        return msgspec.json.encode(line["body"])
    if "base64" in line:
        return base64.b64decode(line["base64"])
    return str(line.get("text", "")).encode()


def headers_line(headers: Mapping[str, str]) -> list[list[str]]:
    """Return the headers that a client acts on."""
    return [[name, value] for name, value in headers.items() if name.lower() in _HEADERS]


def error_line(error: KubeError) -> dict[str, str]:
    """Return an error by its class."""
    return {"type": type(error).__name__, "message": str(error)}


def error_of(line: Mapping[str, str]) -> TransportError:
    """Return the error that was recorded."""
    known = {kind.__name__: kind for kind in _below(TransportError)}
    return known.get(line["type"], TransportError)(line["message"])


def masked(value: Any, secret: bool = False) -> Any:
    """Return JSON without the values of Secrets and tokens; names and shapes stay."""
    if is_array(value):
        return [masked(item, secret) for item in value]
    if not is_object(value):
        return value
    secret = secret or value.get("kind") in _SECRET_KINDS
    if not secret:
        return {key: masked(item) for key, item in value.items()}
    return {key: _masked_field(key, item, value) for key, item in value.items()}


def _masked_field(key: str, value: Any, holder: Mapping[str, Any]) -> Any:
    if key == "data" and is_object(value):
        return dict.fromkeys(value, _MASKED_BASE64)
    if key == "stringData" and is_object(value):
        return dict.fromkeys(value, _MASKED)
    if key in ("token", _LAST_APPLIED) or (key == "value" and "op" in holder):
        return _MASKED
    return masked(value, secret=True)


def _below(kind: type[TransportError]) -> list[type[TransportError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _below(child))]

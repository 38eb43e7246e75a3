"""What a list or a watch is asked to begin with, and which of the options go together.

apiserver: ``apis/meta/internalversion/validation``, ``storage/continue.go``.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from kubewright._json import is_object
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import (
    Cause,
    RefusedRequest,
    bad_request,
    internal_error,
    invalid,
)
from kubewright.testing._apiserver.golang import syntax_error
from kubewright.testing._apiserver.store import Key

__all__ = ["ANY_VERSION", "PageToken", "check_list", "check_watch", "version_of"]

ANY_VERSION = -1
_VERSION = "meta.k8s.io/v1"
_EXACT, _NOT_OLDER = "Exact", "NotOlderThan"
_LAST_VERSION = 2**64 - 1
_MATCH, _INITIAL = "resourceVersionMatch", "sendInitialEvents"


class PageToken(NamedTuple):
    """Where a list goes on: at which version, after which object."""

    version: int
    after: Key

    def text(self, namespace: str | None) -> str:
        """Return it as clients get it; keys are as long as the collection's path leaves them."""
        start = self.after[1] if namespace is not None else "/".join(filter(None, self.after))
        data = {"v": _VERSION, "rv": self.version, "start": f"{start}\0"}
        encoded = base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode())
        return encoded.decode().rstrip("=")

    @classmethod
    def read(cls, text: str, call: Call) -> PageToken:
        """Read what a client got.

        Raises:
            RefusedRequest: it is no token.
        """
        try:
            data: Any = json.loads(_decoded(text))
        except (ValueError, RecursionError) as error:
            raise _no_token(syntax_error(error)) from error
        if not is_object(data) or data.get("v") != _VERSION:
            version: Any = data.get("v") if is_object(data) else ""
            raise _no_token(f"server does not recognize this encoded version {version}")
        version, start = data.get("rv"), data.get("start")
        if not isinstance(version, int) or not version:
            raise _no_token(f"incorrect encoded start resourceVersion (version {_VERSION})")
        if not isinstance(start, str) or not start:
            raise _no_token(f"encoded start key empty (version {_VERSION})")
        key = start.rstrip("\0")
        if ".." in key.split("/"):
            raise _no_token(key)
        if call.namespace is not None:
            return cls(version, (call.namespace, key))
        namespace, _, name = key.rpartition("/")
        return cls(version, (namespace, name))


def check_list(call: Call) -> None:
    """Check the options of a list.

    Raises:
        RefusedRequest: they do not go together.
    """
    causes: list[Cause] = []
    match, version = call.option(_MATCH), call.option("resourceVersion")
    if match:
        if not version:
            text = f"{_MATCH} is forbidden unless resourceVersion is provided"
            causes.append(_forbidden(_MATCH, text))
        if call.option("continue"):
            text = f"{_MATCH} is forbidden when continue is provided"
            causes.append(_forbidden(_MATCH, text))
        if match not in (_EXACT, _NOT_OLDER):
            causes.append(_unsupported(match, _EXACT, _NOT_OLDER, ""))
        if match == _EXACT and version == "0":
            text = f'{_MATCH} "exact" is forbidden for resourceVersion "0"'
            causes.append(_forbidden(_MATCH, text))
    if call.option(_INITIAL):
        causes.append(_forbidden(_INITIAL, f"{_INITIAL} is forbidden for list"))
    _refuse(causes)


def check_watch(call: Call) -> bool | None:
    """Check the options of a watch; return whether it begins with what is there, if it says so.

    Raises:
        RefusedRequest: they do not go together.
    """
    match = call.option(_MATCH)
    is_told = bool(call.option(_INITIAL))
    causes: list[Cause] = []
    if match and not is_told:
        text = f"{_MATCH} is forbidden for watch unless {_INITIAL} is provided"
        causes.append(_forbidden(_MATCH, text))
    if is_told and match != _NOT_OLDER:
        text = f"{_INITIAL} requires setting {_MATCH} to {_NOT_OLDER}"
        causes.append(_forbidden(_MATCH, text))
        if match:
            causes.append(_unsupported(match, _NOT_OLDER))
    _refuse(causes)
    return call.flag(_INITIAL) if is_told else None


def version_of(call: Call, *, is_list: bool = False) -> int | None:
    """Return the version that a call is about, or None where it is about none.

    Raises:
        RefusedRequest: it is no number, or none of 64 bits.
    """
    text = call.option("resourceVersion")
    if not text:
        return None
    is_number = text.isascii() and text.isdecimal()
    digits = text.lstrip("0") or "0"
    # Python reads no more than 4,300 digits
    if is_number and len(digits) <= len(str(_LAST_VERSION)) and int(digits) <= _LAST_VERSION:
        return int(digits)
    why = "value out of range" if is_number else "invalid syntax"
    message = (
        f"resourceVersion: Invalid value: {json.dumps(text)}: "
        f"strconv.ParseUint: parsing {json.dumps(text)}: {why}"
    )
    raise (
        bad_request(f"invalid resource version: {message}") if is_list else internal_error(message)
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_token("illegal base64 data at input byte 0") from error


def _no_token(why: str) -> RefusedRequest:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")


def _forbidden(field: str, text: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {text}", field)


def _unsupported(value: str, *supported: str) -> Cause:
    listed = ", ".join(json.dumps(word) for word in supported)
    message = f"Unsupported value: {json.dumps(value)}: supported values: {listed}"
    return Cause("FieldValueNotSupported", message, _MATCH)


def _refuse(causes: list[Cause]) -> None:
    if causes:
        raise invalid("meta.k8s.io", "ListOptions", "", causes)

"""Tokens of service accounts: in the form of real ones, and signed by nobody.

kubernetes: ``pkg/registry/core/serviceaccount/storage/token.go``.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kubewright._json import is_object
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.causes import wrong
from kubewright.testing._apiserver.documents.archive import kind_schema
from kubewright.testing._apiserver.failures import bad_request, invalid, not_found
from kubewright.testing._apiserver.kinds.typed import WrongTypeError, typed
from kubewright.testing._apiserver.parts import part_at, value_at
from kubewright.testing._apiserver.patching.apply import track_update
from kubewright.testing._apiserver.patching.owners import Manager
from kubewright.testing._apiserver.patching.shapes import shape_of
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["AUDIENCE", "User", "request_token", "user_of_token"]

AUDIENCE: Final = "https://kubernetes.default.svc"

_GROUP_VERSION: Final = GroupVersion("authentication.k8s.io", "v1")
_KIND: Final = "TokenRequest"
_ACCOUNTS: Final = ("", "serviceaccounts")
_SHORTEST: Final = 600
_LONGEST: Final = 1 << 32
_BOUND: Final = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}
_SIGNATURE: Final = "bm9ib2R5"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who asks."""

    name: str
    groups: tuple[str, ...]
    uid: str = ""

    def to_wire(self) -> JSONObject:
        """Return it as in a review."""
        wire = {"username": self.name, "uid": self.uid, "groups": list(self.groups)}
        return {key: value for key, value in wire.items() if value}


def request_token(state: State, call: Call) -> JSONObject:
    """Answer a request for a token of a service account.

    Raises:
        RefusedRequest: the account or the object to bind to is not there, or the time is too short.
    """
    head = {"apiVersion": str(_GROUP_VERSION), "kind": _KIND}
    try:
        request, _ = typed({**head, **call.body()})
    except WrongTypeError as error:
        text = f'{_KIND} in version "v1" cannot be handled as a {_KIND}: {error}'
        raise bad_request(text) from error
    account = state.store.get(_ACCOUNTS, call.key)
    if account is None:
        raise not_found("", "serviceaccounts", call.name or "")
    seconds = request["spec"]["expirationSeconds"]
    if not _SHORTEST <= seconds <= _LONGEST:
        words = "less than 10 minutes" if seconds < _SHORTEST else "larger than 2^32 seconds"
        cause = wrong("spec.expirationSeconds", seconds, f"may not specify a duration {words}")
        raise invalid(_GROUP_VERSION.group, _KIND, "", [cause])
    managed = _managed(state, call, request, head)
    spec = {**request["spec"], "audiences": request["spec"].get("audiences") or [AUDIENCE]}
    _check_bound(state, call, part_at(spec, "boundObjectRef"))
    until = state.clock.now() + timedelta(seconds=seconds)
    metadata = {key: account["metadata"][key] for key in ("name", "namespace", "uid")}
    made = {"creationTimestamp": state.now(), "managedFields": managed}
    token = _token(state, account, spec, until)
    expiration = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {"token": token, "expirationTimestamp": expiration}
    return {**head, "metadata": metadata | made, "spec": spec, "status": status}


def _managed(state: State, call: Call, request: JSONObject, head: JSONObject) -> list[JSONObject]:
    nothing, _ = typed(head, with_defaults=False)
    own = {key: value for key, value in request.items() if key != "status"}
    manager = Manager(
        call.field_manager, "Update", str(_GROUP_VERSION), call.subresource, state.now()
    )
    schema = kind_schema(_GROUP_VERSION, _KIND)
    return track_update(nothing, own, manager, shape_of(schema, is_builtin=True))


def _check_bound(state: State, call: Call, reference: JSONObject) -> None:
    if not reference:
        return
    plural = _BOUND.get(str(reference.get("kind")))
    if plural is None:
        raise bad_request(f"cannot bind token for serviceaccount {call.name} to this kind")
    name = str(reference.get("name", ""))
    namespace = "" if plural == "nodes" else call.namespace or ""
    if state.store.get(("", plural), (namespace, name)) is None:
        raise not_found("", plural, name)


def _token(state: State, account: JSONObject, spec: JSONObject, until: datetime) -> str:
    metadata = account["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    now = int(state.clock.now().timestamp())
    claims = {
        "aud": spec["audiences"],
        "exp": int(until.timestamp()),
        "iat": now,
        "iss": AUDIENCE,
        "jti": state.new_uid(),
        "kubernetes.io": {
            "namespace": namespace,
            "serviceaccount": {"name": name, "uid": metadata["uid"]},
        },
        "nbf": now,
        "sub": f"system:serviceaccount:{namespace}:{name}",
    }
    return ".".join((_encoded({"alg": "none"}), _encoded(claims), _SIGNATURE))


def user_of_token(state: State, token: str) -> User | None:
    """Return whose token it is; None where it is nobody's, or its time is over."""
    claims = _claims(token)
    account = part_at(claims, "kubernetes.io", "serviceaccount")
    namespace = str(value_at(claims, "kubernetes.io", "namespace"))
    name = str(account.get("name"))
    found = state.store.get(_ACCOUNTS, (namespace, name))
    if found is None or found["metadata"]["uid"] != account.get("uid"):
        return None
    if datetime.fromtimestamp(claims.get("exp", 0), UTC) <= state.clock.now():
        return None
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    user = f"system:serviceaccount:{namespace}:{name}"
    return User(user, (*groups, "system:authenticated"), uid=str(account["uid"]))


def _encoded(value: JSONObject) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != len(("header", "claims", "signature")) or parts[2] != _SIGNATURE:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return claims if is_object(claims) else {}

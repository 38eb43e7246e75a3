"""What a secret has to have by its type.

kubernetes: ``ValidateSecret`` in ``pkg/apis/core/validation/validation.go``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright._json import is_object
from kubewright.testing._apiserver.causes import required, wrong
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import not_decoded, syntax_error
from kubewright.testing._apiserver.parts import part_at

__all__ = ["secret_type_causes"]

_ACCOUNT: Final = "kubernetes.io/service-account.name"
_REGISTRIES: Final = {"dockercfg": ".dockercfg", "dockerconfigjson": ".dockerconfigjson"}


def secret_type_causes(secret: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what a secret lacks for its type."""
    data = part_at(secret, "data")
    match str(secret.get("type", "")).removeprefix("kubernetes.io/"):
        case "service-account-token":
            if not part_at(secret, "metadata", "annotations").get(_ACCOUNT):
                yield required(f"metadata.annotations[{_ACCOUNT}]")
        case "dockercfg" | "dockerconfigjson" as kind:
            yield from _registries(data, _REGISTRIES[kind])
        case "basic-auth":
            if not data.keys() & {"username", "password"}:
                yield required("data[username]")
                yield required("data[password]")
        case "ssh-auth":
            if not data.get("ssh-privatekey"):
                yield required("data[ssh-privatekey]")
        case "tls":
            yield from (
                required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data
            )
        case _:
            pass


def _registries(data: Mapping[str, str], key: str) -> Iterator[Cause]:
    if key not in data:
        yield required(f"data[{key}]")
        return
    try:
        value: Any = json.loads(base64.b64decode(data[key]))
    except (ValueError, RecursionError) as error:
        why = syntax_error(error)
    else:
        if is_object(value) or value is None:
            return
        why = not_decoded(value, "map[string]interface {}")
    yield wrong(f"data[{key}]", "<secret contents redacted>", why)

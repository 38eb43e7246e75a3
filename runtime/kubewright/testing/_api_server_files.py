"""The files that a kube-apiserver of tests starts with: tokens, keys, a kubeconfig.

No library for certificates is needed: the server signs its own, and a private key is a number.
"""

from __future__ import annotations

import base64
import json
import random
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = [
    "ServingCertificate",
    "free_port",
    "kubeconfig_text",
    "write_key",
    "write_private",
    "write_tokens",
]

# A private key on P-256 as RFC 5915 has it; the public half, which is optional there, is left out.
_EC_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_EC_BEFORE: Final = bytes.fromhex("30310201010420")
_EC_AFTER: Final = bytes.fromhex("a00a06082a8648ce3d030107")


@dataclass(frozen=True, slots=True)
class ServingCertificate:
    """With what the server shows who it is; for 127.0.0.1.

    Attributes:
        certificate: the PEM file.
        key: the PEM file of its private key.
        ca: the PEM file by which clients trust it.
        client_ca: the PEM file of a CA whose client certificates it accepts.
    """

    certificate: Path
    key: Path
    ca: Path
    client_ca: Path | None = None


def kubeconfig_text(url: str, ca_data: bytes, *, token: str, namespace: str = "default") -> str:
    """Return a kubeconfig with one context, for a user with a token."""
    name = "kubewright-test"
    cluster = {"server": url, "certificate-authority-data": base64.b64encode(ca_data).decode()}
    context = {"cluster": name, "user": name, "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": context}],
    }
    return json.dumps(config, indent=2) + "\n"  # JSON is YAML


def write_tokens(folder: Path, users: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write a token for each user with its groups; return the tokens."""
    tokens = {user: secrets.token_hex(16) for user in users}
    rows = [
        f"{tokens[user]},{user},{user}" + (f',"{",".join(groups)}"' if groups else "")
        for user, groups in users.items()
    ]
    write_private(folder / "tokens.csv", "\n".join(rows) + "\n")
    return tokens


def write_key(path: Path) -> None:
    """Write the key that signs the tokens of service accounts, unless it is there."""
    if path.exists():
        return
    number = secrets.randbelow(_EC_ORDER - 1) + 1
    der = _EC_BEFORE + number.to_bytes(32, "big") + _EC_AFTER
    text = base64.encodebytes(der).decode()
    kind = "EC PRIVATE KEY"
    write_private(path, f"-----BEGIN {kind}-----\n{text}-----END {kind}-----\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that the user alone can read."""
    path.touch(mode=0o600)
    path.write_text(text)


def free_port() -> int:
    """Return a port below those that a system gives to connections: nobody takes it before the server."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port

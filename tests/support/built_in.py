"""What the committed package serves, found by looking at it, and objects to put there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, cast

import trustme
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kubewright.resource import ResourceInfo
from kubewright.schema import GroupVersionResource
from kubewright.typed import Scope
from kubewright_k8s import Clientset

__all__ = ["BuiltIn", "built_in_resources", "load_documents", "signing_request"]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One resource, and how users get at its client: ``clientset.apps_v1.deployments``."""

    info: ResourceInfo
    group_version: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.group_version}-{self.attribute}"

    @property
    def gvr(self) -> GroupVersionResource:
        return self.info.gvr

    def client(self, clientset: Clientset, namespace: str) -> Any:
        """The client of the namespace, or of the cluster where the resource has none."""
        scope = getattr(getattr(clientset, self.group_version), self.attribute)
        return scope(namespace) if self.info.namespaced else scope


def built_in_resources() -> list[BuiltIn]:
    """Every resource of the committed package, in the order of its folders."""
    clientset = Clientset(cast("Any", None))  # only asked for its attributes
    return [
        found
        for name in sorted(vars(Clientset))
        if not name.startswith("_")
        for found in _resources_of(clientset, name)
    ]


def _resources_of(clientset: Clientset, group_version: str) -> Iterator[BuiltIn]:
    group: object = getattr(clientset, group_version)
    for name in vars(type(group)):
        if not name.startswith("_") and isinstance(scope := getattr(group, name), Scope):
            yield BuiltIn(scope.info, group_version, name)


def load_documents(path: Path) -> list[dict[str, Any]]:
    """The objects of a YAML file, in which ``$CSR`` and its like stand for what is made."""
    text = Template(path.read_text()).safe_substitute(_made())
    return [document for document in yaml.safe_load_all(text) if document is not None]


@cache
def _made() -> Mapping[str, str]:
    authority = trustme.CA().cert_pem.bytes().decode()
    return {
        "CSR": _base64(signing_request("alice")),
        "STUB": _base64(signing_request(None, serialization.Encoding.DER)),
        "CA": json.dumps(authority),
        "CA64": _base64(authority.encode()),
    }


def signing_request(
    user: str | None, encoding: serialization.Encoding = serialization.Encoding.PEM
) -> bytes:
    """A certificate signing request with a key that is forgotten."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)] if user else [])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    return request.sign(key, hashes.SHA256()).public_bytes(encoding)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""``certificates.k8s.io/v1`` ``CertificateSigningRequest``: what a signer is asked.

Written by hand, as `kubewright.meta_v1` is, so that certificates need no generated package.
"""

from __future__ import annotations

from kubewright.meta_v1 import KubernetesObject
from kubewright.model import Model, empty
from kubewright.scalars import Bytes, Time

__all__ = [
    "CertificateSigningRequest",
    "CertificateSigningRequestCondition",
    "CertificateSigningRequestSpec",
    "CertificateSigningRequestStatus",
]


class CertificateSigningRequestSpec(Model):
    """What is asked for, and by whom; it never changes."""

    expiration_seconds: int | None = None
    extra: dict[str, list[str]] = empty(dict)
    groups: list[str] = empty(list)
    request: Bytes | None = None
    signer_name: str = ""
    uid: str | None = None
    usages: list[str] = empty(list)
    username: str | None = None


class CertificateSigningRequestCondition(Model):
    """What became of it: ``Approved``, ``Denied`` or ``Failed``."""

    last_transition_time: Time | None = None
    last_update_time: Time | None = None
    message: str | None = None
    reason: str | None = None
    status: str = ""
    type: str = ""


class CertificateSigningRequestStatus(Model):
    """The conditions, and the certificates (PEM) once they are there."""

    certificate: Bytes | None = None
    conditions: list[CertificateSigningRequestCondition] = empty(list)


class CertificateSigningRequest(KubernetesObject):
    """A request to a signer."""

    api_version: str = "certificates.k8s.io/v1"
    kind: str = "CertificateSigningRequest"
    spec: CertificateSigningRequestSpec = empty(CertificateSigningRequestSpec)
    status: CertificateSigningRequestStatus = empty(CertificateSigningRequestStatus)

"""A signer of the tests' own: approves certificate signing requests, and signs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.certificates import CertificatePair
from kubewright.rest.client import RESTClient
from kubewright_k8s import Clientset
from kubewright_k8s.certificates_v1 import (
    CertificateSigningRequest,
    CertificateSigningRequestCondition,
)
from kubewright_k8s.certificates_v1.client import CertificateSigningRequestClient

__all__ = ["Signer", "sign"]

_USAGES = {
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
}
Rewrite = Callable[[x509.CertificateSigningRequest], x509.Name]


def _as_asked(request: x509.CertificateSigningRequest) -> x509.Name:
    return request.subject


def sign(
    request: bytes,
    authority: CertificatePair,
    *,
    begin: datetime,
    end: datetime,
    usages: list[str] | None = None,
    subject: Rewrite = _as_asked,
) -> bytes:
    """Make a certificate (PEM) of a request."""
    asked = x509.load_pem_x509_csr(request)
    builder = x509.CertificateBuilder(
        issuer_name=authority.leaf.subject,
        subject_name=subject(asked),
        public_key=asked.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=begin,
        not_valid_after=end,
    )
    purposes = [_USAGES[usage] for usage in usages or ["client auth"] if usage in _USAGES]
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for extension in asked.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)


class Signer:
    """Decides on requests, one by one or, in a thread, on all that come.

    Attributes:
        lifetime: of the certificates to come.
        backdate: how long ago that began.
        subject: what they say, other than what was asked for.
        signed: how many were signed.
    """

    def __init__(
        self,
        rest: RESTClient,
        authority: CertificatePair,
        *,
        lifetime: timedelta = timedelta(hours=1),
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._rest = rest
        self._authority = authority
        self._clock = clock
        self.lifetime = lifetime
        self.backdate = timedelta(0)
        self.subject: Rewrite = _as_asked
        self.signed = 0

    def approve(self, name: str) -> None:
        self._decide(name, "Approved", "TestApproved", "the test says so")

    def deny(self, name: str) -> None:
        self._decide(name, "Denied", "TestDenied", "the test says no")

    def fail(self, name: str) -> None:
        found = self._requests.get(name)
        found.status.conditions.append(_condition("Failed", "TestFailed", "the pen is empty"))
        self._requests.update_status(found)

    def sign(self, name: str) -> None:
        found = self._requests.get(name)
        begin = self._clock.now() - self.backdate
        found.status.certificate = sign(
            found.spec.request,
            self._authority,
            begin=begin,
            end=begin + self.lifetime,
            usages=list(found.spec.usages),
            subject=self.subject,
        )
        self._requests.update_status(found)
        self.signed += 1

    def names(self) -> list[str]:
        """The requests that are there."""
        return [each.metadata.name for each in self._requests.list()]

    @contextmanager
    def serving(self, signer_name: str) -> Generator[None]:
        """Approve and sign all that comes for a signer."""
        watch = self._requests.watch()

        def serve() -> None:
            for event in watch:
                if event.type == "ADDED" and event.object.spec.signer_name == signer_name:
                    self._serve(event.object)

        thread = threading.Thread(target=serve, name="signer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            watch.stop()
            thread.join(10)

    @property
    def _requests(self) -> CertificateSigningRequestClient:
        return Clientset(self._rest).certificates_v1.certificate_signing_requests

    def _serve(self, request: CertificateSigningRequest) -> None:
        if not request.status.conditions:
            self.approve(request.metadata.name)
            self.sign(request.metadata.name)

    def _decide(self, name: str, kind: str, reason: str, message: str) -> None:
        found = self._requests.get(name)
        found.status.conditions.append(_condition(kind, reason, message))
        self._requests.update_approval(name, found)


def _condition(kind: str, reason: str, message: str) -> CertificateSigningRequestCondition:
    return CertificateSigningRequestCondition(
        type=kind, status="True", reason=reason, message=message
    )

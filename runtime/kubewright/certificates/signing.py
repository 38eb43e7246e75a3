"""One request for one certificate: sent, found again, and waited for.

client-go: ``util/certificate/csr``. Only ``certificates.k8s.io/v1`` is spoken, which servers have
since 1.19.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from cryptography import x509

from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright.certificates._pem import pem_blocks
from kubewright.certificates.errors import (
    CertificateDeniedError,
    CertificateFailedError,
    SigningError,
    SigningTimeoutError,
)
from kubewright.certificates.keys import PrivateKey
from kubewright.certificates.models import (
    CertificateSigningRequest,
    CertificateSigningRequestCondition,
    CertificateSigningRequestSpec,
)
from kubewright.certificates.pairs import certificates_from_pem
from kubewright.certificates.template import names_in
from kubewright.errors import AlreadyExistsError, DecodeError, RequestError, StoppedError
from kubewright.meta_v1 import ObjectMeta
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.typed import ResourceClient
from kubewright.watch import Watch

__all__ = ["SentRequest", "request_certificate", "wait_for_certificate"]

_REFUSALS = {"Denied": CertificateDeniedError, "Failed": CertificateFailedError}
_OUTCOMES = {"Denied": "was denied", "Failed": "could not be signed"}


class _Requests(ResourceClient[CertificateSigningRequest]):
    info = ResourceInfo(
        GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests"),
        kind=GroupVersionKind("certificates.k8s.io", "v1", "CertificateSigningRequest"),
        namespaced=False,
    )
    model = CertificateSigningRequest


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A CertificateSigningRequest of the server: its name, and the uid that tells it from others."""

    name: str
    uid: str


def request_certificate(
    rest: RESTClient,
    request: bytes,
    *,
    key: PrivateKey,
    signer_name: str,
    usages: Iterable[str],
    name: str | None = None,
    lifetime: timedelta | None = None,
    clock: Clock = SYSTEM_CLOCK,
    timeout: float | None = None,
) -> SentRequest:
    """Ask a signer for a certificate, or go on with the request that is there already.

    Args:
        rest: the way to the server.
        request: PKCS #10 as PEM: see `CertificateTemplate.signing_request`.
        key: what the request is signed with.
        signer_name: such as ``kubernetes.io/kube-apiserver-client``.
        usages: what the certificate is for: see `CertificateTemplate.usages_for`.
        name: of the object. With one, a program that was started again goes on with what it asked
            for before, if it has kept the key; without, the server makes one.
        lifetime: for how long the certificate is to be valid, ten minutes at least; signers may
            give another.
        clock: tells whether what was signed before is still valid.
        timeout: seconds for each call.

    Raises:
        SigningError: there is a request of that name for somebody else, or with another key, or
            its certificate has expired.
        ForbiddenError: the signer's requests are not for this user to make.
        RequestError: ``request`` is no PKCS #10 request.
    """
    wanted = CertificateSigningRequest(
        metadata=ObjectMeta(name=name) if name else ObjectMeta(generate_name="csr-"),
        spec=CertificateSigningRequestSpec(
            request=request, signer_name=signer_name, usages=list(usages)
        ),
    )
    if lifetime is not None:
        wanted.spec.expiration_seconds = int(lifetime.total_seconds())
    ours = _parsed(request)
    if ours is None:
        raise RequestError("that is no certificate signing request (PEM)")
    requests = _Requests(rest)
    try:
        found = requests.create(wanted, timeout=timeout)
    except AlreadyExistsError:
        if not name:
            raise
        found = requests.get(name, timeout=timeout)
        difference = _difference(found, ours, signer_name, key, clock)
        if difference:
            raise SigningError(
                f"the certificate signing request {name!r} is there and cannot be used: {difference}"
            ) from None
    return SentRequest(found.metadata.name, found.metadata.uid)


def wait_for_certificate(
    rest: RESTClient,
    request: SentRequest,
    *,
    timeout: float | None = None,
    stop: StopToken | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> bytes:
    """Follow a request until it is signed; return the certificates (PEM), the own one first.

    Args:
        rest: the way to the server.
        request: what `request_certificate` returned.
        timeout: seconds; without it, for ever.
        stop: ends the waiting.
        clock: measures and waits.

    Raises:
        CertificateDeniedError: it was denied.
        CertificateFailedError: the signer could not do it.
        SigningTimeoutError: it was not approved, or not signed, in time.
        SigningError: it was deleted, or made again by somebody.
        ForbiddenError: requests are not for this user to watch. client-go asks on until the end.
        StoppedError: it was stopped before.
    """
    requests = _Requests(rest)
    deadline = None if timeout is None else clock.monotonic() + timeout
    selector = {"metadata.name": request.name}
    present = requests.list(field_selector=selector, timeout=timeout)
    if not present:
        raise SigningError(f"{_named(request)} was deleted")
    watch = Watch(
        requests.lister_watcher(field_selector=selector),
        CertificateSigningRequest,
        info=_Requests.info,
        since=present,
        timeout=None if deadline is None else max(deadline - clock.monotonic(), 0.0),
        clock=clock,
    )
    forget = None if stop is None else stop.on_stop(watch.stop)
    is_approved = False
    try:
        for found in chain(present, _objects(watch, request)):
            certificate = _signed(found, request)
            if certificate:
                return certificate
            is_approved = _condition(found, "Approved") is not None
    finally:
        watch.stop()
        if forget is not None:
            forget()
    if stop is not None and stop.is_stopped:
        raise StoppedError(f"stopped before {_named(request)} was signed")
    missing = "signed, though approved," if is_approved else "approved"
    raise SigningTimeoutError(f"{_named(request)} was not {missing} within {timeout:g} s")


def _objects(
    watch: Watch[CertificateSigningRequest], request: SentRequest
) -> Iterator[CertificateSigningRequest]:
    for event in watch:
        if event.type == "DELETED":
            raise SigningError(f"{_named(request)} was deleted")
        yield event.object


def _named(request: SentRequest) -> str:
    return f"the certificate signing request {request.name!r}"


def _signed(found: CertificateSigningRequest, request: SentRequest) -> bytes | None:
    """Return the certificate if it is there; raise if it will never be."""
    if found.metadata.uid != request.uid:
        raise SigningError(f"{_named(request)} was deleted, and another of its name is there")
    for kind, error in _REFUSALS.items():
        condition = _condition(found, kind)
        if condition is not None:
            why = ": ".join(filter(None, (condition.reason, condition.message)))
            raise error(f"{_named(request)} {_OUTCOMES[kind]}: {why or 'nobody says why'}")
    return found.status.certificate if _condition(found, "Approved") is not None else None


def _condition(
    request: CertificateSigningRequest, kind: str
) -> CertificateSigningRequestCondition | None:
    return next((c for c in request.status.conditions if c.type == kind), None)


def _difference(
    found: CertificateSigningRequest,
    ours: x509.CertificateSigningRequest,
    signer_name: str,
    key: PrivateKey,
    clock: Clock,
) -> str:
    """Say why a request that is there is not the one that would be made; empty if it is."""
    theirs = _parsed(found.spec.request or b"")
    if theirs is None:
        return "it holds no request"
    if theirs.subject != ours.subject:
        return f"it is for {theirs.subject.rfc4514_string()!r}"
    if names_in(theirs) != names_in(ours):
        return "it is for other names and addresses"
    if found.spec.signer_name != signer_name:
        return f"it is for the signer {found.spec.signer_name!r}"
    if theirs.public_key() != key.public_key() or not theirs.is_signature_valid:
        return "it is for another key"
    if found.status.certificate:
        try:
            signed = certificates_from_pem(found.status.certificate)
        except DecodeError as error:
            return str(error)
        if any(clock.now() > each.not_valid_after_utc for each in signed):
            return "its certificate has expired"
    return ""


def _parsed(data: bytes) -> x509.CertificateSigningRequest | None:
    block = next(pem_blocks(data), None)
    if block is None or block.label != "CERTIFICATE REQUEST":
        return None
    try:
        return x509.load_der_x509_csr(block.der)
    except ValueError:
        return None

"""A request is sent once, found again, and waited for until somebody has decided."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from kubewright._clock import StopToken
from kubewright.certificates import (
    CertificateDeniedError,
    CertificateFailedError,
    CertificatePair,
    CertificateTemplate,
    SentRequest,
    SigningError,
    SigningTimeoutError,
    generate_key,
    key_to_pem,
    request_certificate,
    self_signed_authority,
    wait_for_certificate,
)
from kubewright.errors import ForbiddenError, RequestError, StoppedError
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.rest.wrapping import WrappedTransport
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset
from tests.support.patience import wait_until
from tests.support.scripted import FakeClock
from tests.support.signer import Signer

SIGNER = "example.com/tests"
KEY = generate_key()
JANE = CertificateTemplate("jane", ("developers",))
AUTHORITY = self_signed_authority("tests")
WAIT = 10.0


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def signer(cluster: FakeCluster) -> Signer:
    return Signer(cluster.rest, AUTHORITY)


def send(cluster: FakeCluster, template: CertificateTemplate = JANE, **changes: Any) -> SentRequest:
    key = changes.pop("key", KEY)
    options: dict[str, Any] = {"signer_name": SIGNER, "usages": template.usages_for(key), **changes}
    return request_certificate(cluster.rest, template.signing_request(key), key=key, **options)


def test_a_request_says_all_that_a_signer_needs(cluster: FakeCluster) -> None:
    request = JANE.signing_request(KEY)
    sent = request_certificate(
        cluster.rest,
        request,
        key=KEY,
        signer_name=SIGNER,
        usages=["client auth"],
        name="jane",
        lifetime=timedelta(hours=2),
    )

    found = Clientset(cluster.rest).certificates_v1.certificate_signing_requests.get("jane")
    assert sent == SentRequest("jane", found.metadata.uid)
    assert found.spec.to_wire() == {
        "request": found.spec.to_wire()["request"],
        "signerName": SIGNER,
        "usages": ["client auth"],
        "expirationSeconds": 7200,
    }
    assert found.spec.request == request


def test_the_server_makes_a_name_where_none_is_given(cluster: FakeCluster) -> None:
    first, second = send(cluster), send(cluster)

    assert first.name.startswith("csr-")
    assert first != second


def test_an_equal_request_of_the_same_key_is_used_again(cluster: FakeCluster) -> None:
    assert send(cluster, name="jane") == send(cluster, name="jane")


@pytest.mark.parametrize(
    ("template", "changes", "reason"),
    [
        (CertificateTemplate("joe", ("developers",)), {}, "it is for 'CN=jane,O=developers'"),
        (replace(JANE, dns_names=("jane.example",)), {}, "it is for other names and addresses"),
        (JANE, {"signer_name": "example.com/other"}, "it is for the signer 'example.com/tests'"),
        (JANE, {"key": generate_key()}, "it is for another key"),
    ],
    ids=["subject", "names", "signer", "key"],
)
def test_another_request_of_the_name_is_not_used(
    cluster: FakeCluster, template: CertificateTemplate, changes: dict[str, Any], reason: str
) -> None:
    send(cluster, name="jane")

    with pytest.raises(SigningError) as caught:
        send(cluster, template, name="jane", **changes)
    expected = "the certificate signing request 'jane' is there and cannot be used"
    assert str(caught.value) == f"{expected}: {reason}"


def test_a_request_that_another_key_signed_is_not_used(cluster: FakeCluster) -> None:
    forged = x509.load_pem_x509_csr(JANE.signing_request(KEY)).public_bytes(Encoding.DER)
    forged = forged[:-1] + bytes([forged[-1] ^ 1])
    pem = b"-----BEGIN CERTIFICATE REQUEST-----\n%s-----END CERTIFICATE REQUEST-----\n"
    cluster.add(
        {
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": "jane"},
            "spec": {
                "signerName": SIGNER,
                "request": base64.b64encode(pem % base64.encodebytes(forged)).decode(),
            },
        }
    )

    with pytest.raises(SigningError, match="it is for another key"):
        send(cluster, name="jane")


def test_a_request_whose_certificate_has_expired_is_not_used(
    cluster: FakeCluster, signer: Signer
) -> None:
    send(cluster, name="jane")
    signer.approve("jane")
    signer.sign("jane")
    clock = FakeClock()
    clock.time = datetime.now(UTC).timestamp()
    assert send(cluster, name="jane", clock=clock).name == "jane"

    clock.advance(signer.lifetime.total_seconds() + 1)()
    with pytest.raises(SigningError, match="its certificate has expired"):
        send(cluster, name="jane", clock=clock)


@pytest.mark.parametrize("data", [b"", b"text", key_to_pem(KEY)], ids=["nothing", "text", "key"])
def test_what_is_no_request_is_not_sent(cluster: FakeCluster, data: bytes) -> None:
    with pytest.raises(RequestError, match="no certificate signing request"):
        request_certificate(cluster.rest, data, key=KEY, signer_name=SIGNER, usages=[])
    assert cluster.requests == []


def test_a_certificate_that_is_there_is_returned_at_once(
    cluster: FakeCluster, signer: Signer
) -> None:
    sent = send(cluster)
    signer.approve(sent.name)
    signer.sign(sent.name)

    pair = CertificatePair.from_pem(wait_for_certificate(cluster.rest, sent), key_to_pem(KEY))
    assert pair.leaf.subject.rfc4514_string() == "CN=jane,O=developers"


def test_a_certificate_is_waited_for(cluster: FakeCluster, signer: Signer) -> None:
    sent = send(cluster)

    def sign() -> None:
        wait_until(lambda: cluster.open_watches == 1)
        signer.approve(sent.name)
        signer.sign(sent.name)

    thread = threading.Thread(target=sign)
    thread.start()
    signed = wait_for_certificate(cluster.rest, sent, timeout=WAIT)
    thread.join(WAIT)
    assert CertificatePair.from_pem(signed, key_to_pem(KEY)).certificate_pem == signed
    wait_until(lambda: cluster.open_watches == 0)


def test_a_certificate_counts_only_when_it_is_approved(
    cluster: FakeCluster, signer: Signer
) -> None:
    sent = send(cluster)
    signer.sign(sent.name)

    with pytest.raises(SigningTimeoutError, match=r"was not approved within 0\.05 s"):
        wait_for_certificate(cluster.rest, sent, timeout=0.05)


def test_a_timeout_tells_that_nobody_approved(cluster: FakeCluster) -> None:
    sent = send(cluster, name="jane")

    with pytest.raises(SigningTimeoutError) as caught:
        wait_for_certificate(cluster.rest, sent, timeout=0.05)
    expected = "the certificate signing request 'jane' was not approved within 0.05 s"
    assert str(caught.value) == expected


def test_a_timeout_tells_that_nobody_signed(cluster: FakeCluster, signer: Signer) -> None:
    sent = send(cluster, name="jane")
    signer.approve("jane")

    with pytest.raises(SigningTimeoutError) as caught:
        wait_for_certificate(cluster.rest, sent, timeout=0.05)
    expected = "the certificate signing request 'jane' was not signed, though approved,"
    assert str(caught.value) == f"{expected} within 0.05 s"


Decide = Callable[[Signer, str], None]


@pytest.mark.parametrize(
    ("decide", "error", "message"),
    [
        (Signer.deny, CertificateDeniedError, "was denied: TestDenied: the test says no"),
        (Signer.fail, CertificateFailedError, "could not be signed: TestFailed: the pen is empty"),
    ],
    ids=["denied", "failed"],
)
def test_a_refusal_is_raised_with_its_reason(
    cluster: FakeCluster,
    signer: Signer,
    decide: Decide,
    error: type[SigningError],
    message: str,
) -> None:
    sent = send(cluster, name="jane")
    decide(signer, "jane")

    with pytest.raises(error) as caught:
        wait_for_certificate(cluster.rest, sent)
    assert str(caught.value) == f"the certificate signing request 'jane' {message}"


def delete(cluster: FakeCluster) -> None:
    Clientset(cluster.rest).certificates_v1.certificate_signing_requests.delete("jane")


def test_a_request_that_is_gone_is_not_waited_for(cluster: FakeCluster) -> None:
    sent = send(cluster, name="jane")
    delete(cluster)

    with pytest.raises(SigningError, match=r"'jane' was deleted$"):
        wait_for_certificate(cluster.rest, sent)


def test_a_request_that_goes_ends_the_waiting(cluster: FakeCluster) -> None:
    sent = send(cluster, name="jane")

    def remove() -> None:
        wait_until(lambda: cluster.open_watches == 1)
        delete(cluster)

    thread = threading.Thread(target=remove)
    thread.start()
    with pytest.raises(SigningError, match=r"'jane' was deleted$"):
        wait_for_certificate(cluster.rest, sent, timeout=WAIT)
    thread.join(WAIT)


def test_another_request_of_the_name_is_not_waited_for(cluster: FakeCluster) -> None:
    sent = send(cluster, name="jane")
    delete(cluster)
    send(cluster, name="jane")

    with pytest.raises(SigningError, match="was deleted, and another of its name is there"):
        wait_for_certificate(cluster.rest, sent)


def test_the_waiting_can_be_stopped(cluster: FakeCluster) -> None:
    sent, stop = send(cluster), StopToken()

    def end() -> None:
        wait_until(lambda: cluster.open_watches == 1)
        stop.stop()

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(StoppedError, match="stopped before"):
        wait_for_certificate(cluster.rest, sent, stop=stop)
    thread.join(WAIT)


class Forbidding(WrappedTransport):
    """Lets nobody read."""

    def send(self, request: Request) -> Response:
        if request.method == "GET":
            return Response(403, {}, b"")
        return super().send(request)


def test_who_may_not_read_requests_is_told_at_once(cluster: FakeCluster) -> None:
    sent = send(cluster)

    with pytest.raises(ForbiddenError):
        wait_for_certificate(RESTClient(Forbidding(cluster)), sent)

"""There is a valid certificate at all times: the first, the next, and one that is wanted now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kubewright._clock import Clock
from kubewright.certificates import (
    CertificateManager,
    CertificatePair,
    CertificateTemplate,
    MemoryStore,
    SigningTimeoutError,
    generate_key,
    self_signed_authority,
)
from kubewright.certificates.template import subject_name
from kubewright.errors import ConfigError, StoppedError
from kubewright.rest.client import RESTClient
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.rest.wrapping import WrappedTransport
from kubewright.testing import FakeCluster, ManualClock
from kubewright_k8s import Clientset
from tests.support.patience import wait_until
from tests.support.scripted import FakeClock
from tests.support.signer import Signer

SIGNER = "example.com/tests"
NODE = CertificateTemplate("system:node:n1", ("system:nodes",))
OTHER = CertificateTemplate("system:node:n2", ("system:nodes",))
AUTHORITY = self_signed_authority("tests")
KEY = generate_key()
WAIT = 10.0


class Office:
    """A cluster with a signer, and the managers of a test."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.signer = Signer(RESTClient(self.cluster), AUTHORITY)
        self.managers: list[CertificateManager] = []

    def manager(self, *, clock: Clock, **options: Any) -> CertificateManager:
        self.signer = Signer(RESTClient(self.cluster), AUTHORITY, clock=clock)
        given: dict[str, Any] = {
            "connect": lambda: nullcontext(RESTClient(self.cluster)),
            "template": NODE,
            "signer_name": SIGNER,
            "rand": lambda: 0.0,
            "new_key": lambda: KEY,
            **options,
        }
        made = CertificateManager(clock=clock, **given)
        self.managers.append(made)
        return made

    def requests(self) -> int:
        return len(self.signer.names())

    def until_asked(self, times: int = 1) -> list[str]:
        wait_until(lambda: self.requests() >= times)
        return self.signer.names()


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    for manager in made.managers:
        manager.stop()


def common_name(pair: CertificatePair | None) -> str:
    return "" if pair is None else pair.leaf.subject.rfc4514_string().split(",")[0]


def issued(clock: Clock, template: CertificateTemplate = NODE) -> CertificatePair:
    """A certificate of ten hours that was signed before."""
    name, organizations = template.common_name, template.organizations
    lifetime = timedelta(hours=10)
    return self_signed_authority(name, organizations=organizations, lifetime=lifetime, clock=clock)


def test_the_first_certificate_is_asked_for_and_kept(office: Office) -> None:
    clock, store = ManualClock(), MemoryStore()
    manager = office.manager(clock=clock, store=store, lifetime=timedelta(hours=3))
    with office.signer.serving(SIGNER), manager:
        pair = manager.wait(WAIT)

    assert manager.current is pair
    assert store.current() is pair
    assert NODE.missing_in(pair.leaf) == ""
    spec = (
        Clientset(office.cluster.rest).certificates_v1.certificate_signing_requests.list()[0].spec
    )
    assert (spec.signer_name, spec.usages, spec.expiration_seconds) == (
        SIGNER,
        ["digital signature", "client auth"],
        10800,
    )


def test_a_certificate_of_the_store_is_used_again(office: Office) -> None:
    clock = ManualClock()
    kept = issued(clock)
    manager = office.manager(clock=clock, store=MemoryStore(kept))
    with manager:
        assert manager.wait(WAIT) is kept
        clock.until_waiting()

    assert office.cluster.requests == []


def test_an_expired_certificate_of_the_store_is_none(office: Office) -> None:
    clock = ManualClock()
    kept = issued(clock)
    clock.advance(36000)
    manager = office.manager(clock=clock, store=MemoryStore(kept))

    assert manager.current is None


def test_a_store_that_cannot_be_read_is_told_at_once(office: Office) -> None:
    class Broken(MemoryStore):
        def current(self) -> CertificatePair | None:
            raise ConfigError("client-current.pem: there is no certificate (PEM)")

    with pytest.raises(ConfigError, match="there is no certificate"):
        office.manager(clock=ManualClock(), store=Broken())


def test_a_certificate_that_expires_is_current_no_more(office: Office) -> None:
    clock = ManualClock()
    manager = office.manager(clock=clock, store=MemoryStore(issued(clock)))
    assert manager.current is not None

    clock.advance(36000)
    assert manager.current is None


@pytest.mark.parametrize(("drawn", "hours"), [(0.0, 7), (1.0, 9)])
def test_each_certificate_is_renewed_in_time(office: Office, drawn: float, hours: int) -> None:
    clock = FakeClock()
    renewed: list[float] = []
    enough = threading.Event()

    def on_renewed(new: CertificatePair, old: CertificatePair | None) -> None:
        renewed.append(new.not_before.timestamp())
        if len(renewed) == 4:
            manager.stop()
            enough.set()

    manager = office.manager(clock=clock, rand=lambda: drawn, on_renewed=on_renewed)
    office.signer.lifetime = timedelta(hours=10)
    start = clock.time
    with office.signer.serving(SIGNER), manager:
        assert enough.wait(WAIT)

    assert renewed == [start + number * hours * 3600 for number in range(4)]
    # a machine that slept sees within an hour that time has passed
    assert max(clock.waits) == 3600


def test_who_is_told_of_a_renewal_gets_the_old_one_too(office: Office) -> None:
    clock, told = ManualClock(), list[tuple[object, object]]()
    kept = issued(clock, OTHER)

    def on_renewed(new: CertificatePair, old: CertificatePair | None) -> None:
        told.append((new, old))
        raise RuntimeError("the callback's own trouble")

    manager = office.manager(clock=clock, store=MemoryStore(kept), on_renewed=on_renewed)
    with office.signer.serving(SIGNER), manager:
        wait_until(lambda: bool(told))
        clock.until_waiting()

    assert told == [(manager.current, kept)]


def test_a_certificate_that_lacks_something_is_renewed_at_once(office: Office) -> None:
    clock = ManualClock()
    manager = office.manager(clock=clock, store=MemoryStore(issued(clock, OTHER)))
    with office.signer.serving(SIGNER), manager:
        wait_until(lambda: common_name(manager.current) == "CN=system:node:n1")


def test_another_template_leads_to_another_certificate(office: Office) -> None:
    clock, wanted = ManualClock(), [NODE]
    manager = office.manager(
        clock=clock, store=MemoryStore(issued(clock)), template=lambda: wanted[0]
    )
    with office.signer.serving(SIGNER), manager:
        clock.until_waiting(2)
        wanted[0] = OTHER
        clock.advance(1)
        wait_until(lambda: common_name(manager.current) == "CN=system:node:n2")

    assert office.requests() == 1


def test_nothing_is_asked_for_before_there_is_a_template(office: Office) -> None:
    clock, wanted = ManualClock(), list[CertificateTemplate]()
    manager = office.manager(clock=clock, template=lambda: wanted[0] if wanted else None)
    with office.signer.serving(SIGNER), manager:
        clock.until_waiting(2)
        assert office.requests() == 0
        wanted.append(NODE)
        clock.advance(1)
        manager.wait(WAIT)


def test_a_request_for_what_is_still_wanted_is_waited_for(office: Office) -> None:
    clock = ManualClock()
    manager = office.manager(
        clock=clock, template=lambda: CertificateTemplate("system:node:n1", ("system:nodes",))
    )
    with manager:
        asked = office.until_asked()
        wait_until(lambda: office.cluster.open_watches == 1)
        for _ in range(3):
            clock.until_waiting()
            clock.advance(1)
        clock.until_waiting()
        office.signer.approve(asked[0])
        office.signer.sign(asked[0])
        manager.wait(WAIT)

    assert office.signer.names() == asked


def test_a_request_for_what_is_not_wanted_any_more_is_left(office: Office) -> None:
    clock, wanted = ManualClock(), [NODE]
    manager = office.manager(clock=clock, template=lambda: wanted[0])
    with manager:
        first = office.until_asked()
        wait_until(lambda: office.cluster.open_watches == 1)
        wanted[0] = OTHER
        clock.until_waiting()
        clock.advance(1)
        second = next(name for name in office.until_asked(2) if name not in first)
        office.signer.approve(second)
        office.signer.sign(second)

        assert common_name(manager.wait(WAIT)) == "CN=system:node:n2"


class Answering(WrappedTransport):
    """Answers each request that would make an object."""

    def __init__(self, cluster: FakeCluster, answer: Response) -> None:
        super().__init__(cluster)
        self.answer = answer

    def send(self, request: Request) -> Response:
        return self.answer if request.method == "POST" else super().send(request)


def answer(code: int, reason: str | None = None) -> Response:
    status = f'{{"kind":"Status","status":"Failure","reason":"{reason}","code":{code}}}'
    return Response(code, {"Content-Type": "application/json"}, (status if reason else "").encode())


def failing(office: Office, refusal: Response, *, times: int) -> tuple[FakeClock, Exception, bool]:
    """Run a manager until it has failed so often."""
    clock, failures, enough = FakeClock(), list[Exception](), threading.Event()

    def on_failed(error: Exception) -> None:
        failures.append(error)
        if len(failures) == times:
            manager.stop()
            enough.set()

    rest = RESTClient(Answering(office.cluster, refusal))
    manager = office.manager(clock=clock, connect=lambda: nullcontext(rest), on_failed=on_failed)
    with manager:
        assert enough.wait(WAIT)
    return clock, failures[0], manager.is_server_healthy


def test_waits_grow_while_the_server_refuses(office: Office) -> None:
    clock, error, _ = failing(office, answer(403, "Forbidden"), times=8)

    assert clock.waits[:7] == [2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0]
    assert type(error).__name__ == "ForbiddenError"


class Moody(WrappedTransport):
    """Refuses, one after the other, the requests that are marked so."""

    def __init__(self, cluster: FakeCluster, *refused: bool) -> None:
        super().__init__(cluster)
        self.refused = list(refused)

    def send(self, request: Request) -> Response:
        if request.method == "POST" and self.refused and self.refused.pop(0):
            return answer(403, "Forbidden")
        return super().send(request)


def test_waits_begin_anew_after_a_success(office: Office) -> None:
    clock, failures, enough = FakeClock(), list[float](), threading.Event()

    def on_failed(error: Exception) -> None:
        failures.append(clock.time)
        if len(failures) == 5:
            manager.stop()
            enough.set()

    rest = RESTClient(Moody(office.cluster, True, True, False, True, True, True))
    manager = office.manager(clock=clock, connect=lambda: nullcontext(rest), on_failed=on_failed)
    with office.signer.serving(SIGNER), manager:
        assert enough.wait(WAIT)

    gaps = [after - before for before, after in pairwise(failures)]
    assert (gaps[0], gaps[2], gaps[3]) == (2.0, 2.0, 4.0)


def test_waits_begin_anew_with_another_template(office: Office) -> None:
    clock, wanted, failures = ManualClock(), [NODE], list[float]()

    def on_failed(error: Exception) -> None:
        failures.append(clock.monotonic())

    rest = RESTClient(Answering(office.cluster, answer(403, "Forbidden")))
    manager = office.manager(
        clock=clock,
        template=lambda: wanted[0],
        connect=lambda: nullcontext(rest),
        on_failed=on_failed,
    )

    def after(seconds: float, count: int) -> None:
        clock.until_waiting(2)
        clock.advance(seconds)
        wait_until(lambda: len(failures) == count, limit=5.0)  # the clock moves itself after 10

    with manager:
        after(0, 1)
        after(2, 2)
        after(4, 3)
        wanted[0] = OTHER
        after(1, 4)
        after(2, 5)


@pytest.mark.parametrize(
    ("refusal", "healthy"),
    [
        (answer(401), True),
        (answer(401, "Unauthorized"), True),
        (answer(403, "Forbidden"), True),
        (answer(404, "NotFound"), True),
        (answer(403), False),
        (answer(404), False),
        (answer(500, "InternalError"), False),
    ],
    ids=["bare 401", "401", "403", "404", "403 of a proxy", "404 of a proxy", "500"],
)
def test_a_server_is_healthy_when_it_speaks_for_itself(
    office: Office, refusal: Response, healthy: bool
) -> None:
    _, _, is_healthy = failing(office, refusal, times=1)

    assert is_healthy is healthy


def test_a_server_that_gave_a_certificate_is_healthy(office: Office) -> None:
    manager = office.manager(clock=ManualClock())
    assert not manager.is_server_healthy

    with office.signer.serving(SIGNER), manager:
        manager.wait(WAIT)
    assert manager.is_server_healthy


def test_a_denied_request_is_followed_by_another(office: Office) -> None:
    clock, failures = ManualClock(), list[Exception]()
    manager = office.manager(clock=clock, on_failed=failures.append)
    with manager:
        office.signer.deny(office.until_asked()[0])
        wait_until(lambda: bool(failures))
        clock.until_waiting()
        with office.signer.serving(SIGNER):
            clock.advance(2)
            manager.wait(WAIT)

    assert "was denied: TestDenied" in str(failures[0])


def test_a_certificate_that_cannot_be_stored_is_not_current(office: Office) -> None:
    class Full(MemoryStore):
        def update(self, pair: CertificatePair) -> None:
            raise ConfigError("no space left")

    failures: list[Exception] = []
    manager = office.manager(clock=ManualClock(), store=Full(), on_failed=failures.append)
    with office.signer.serving(SIGNER), manager:
        wait_until(lambda: bool(failures))

    assert str(failures[0]) == "no space left"
    assert manager.current is None


def test_a_weak_key_is_not_used(office: Office) -> None:
    failures: list[Exception] = []
    weak = ec.generate_private_key(ec.SECP224R1())
    manager = office.manager(clock=ManualClock(), new_key=lambda: weak, on_failed=failures.append)
    with manager:
        wait_until(lambda: bool(failures))

    assert office.cluster.requests == []


def test_another_certificate_than_asked_for_is_kept_and_the_next_waits_longer_and_longer(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    clock, renewed, enough = FakeClock(), list[CertificatePair](), threading.Event()

    def on_renewed(new: CertificatePair, old: CertificatePair | None) -> None:
        renewed.append(new)
        if len(renewed) == 5:
            manager.stop()
            enough.set()

    manager = office.manager(clock=clock, on_renewed=on_renewed)
    office.signer.subject = lambda _: subject_name("somebody", ())
    with office.signer.serving(SIGNER), manager:
        assert enough.wait(WAIT)

    assert clock.waits[:4] == [2.0, 4.0, 8.0, 16.0]
    assert office.requests() == 5
    assert manager.current is renewed[-1]
    expected = "is not what was asked for: the common name is 'somebody', not 'system:node:n1'"
    assert expected in caplog.text


def test_waits_for_the_right_certificate_begin_anew_when_it_came(office: Office) -> None:
    clock, renewed, enough = FakeClock(), list[float](), threading.Event()
    subjects = [subject_name(name, ()) for name in ("a", "b", "system:node:n1", "c", "d")]

    def on_renewed(new: CertificatePair, old: CertificatePair | None) -> None:
        renewed.append(clock.time)
        if len(renewed) == 5:
            manager.stop()
            enough.set()

    template = CertificateTemplate("system:node:n1")
    manager = office.manager(clock=clock, template=template, on_renewed=on_renewed)
    office.signer.subject = lambda _: subjects[len(renewed)]
    with office.signer.serving(SIGNER), manager:
        assert enough.wait(WAIT)

    assert [round(after - before) for before, after in pairwise(renewed)] == [2, 4, 2520, 2]


def test_a_certificate_that_is_to_be_renewed_already_is_not_asked_for_again_at_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    clock, renewed, enough = FakeClock(), list[CertificatePair](), threading.Event()

    def on_renewed(new: CertificatePair, old: CertificatePair | None) -> None:
        renewed.append(new)
        if len(renewed) == 4:
            manager.stop()
            enough.set()

    manager = office.manager(clock=clock, on_renewed=on_renewed)
    office.signer.backdate = timedelta(hours=9)
    office.signer.lifetime = timedelta(hours=10)
    with office.signer.serving(SIGNER), manager:
        assert enough.wait(WAIT)

    assert clock.waits[:3] == [2.0, 4.0, 8.0]
    assert "is not what was asked for: it is to be renewed already" in caplog.text


def test_a_certificate_that_has_expired_does_not_replace_one_that_is_valid(office: Office) -> None:
    clock, failures = ManualClock(), list[Exception]()
    kept = issued(clock, OTHER)
    manager = office.manager(clock=clock, store=MemoryStore(kept), on_failed=failures.append)
    office.signer.backdate = timedelta(hours=2)
    with office.signer.serving(SIGNER), manager:
        wait_until(lambda: bool(failures))

    assert str(failures[0]).startswith("the new certificate expired at ")
    assert manager.current is kept


def test_a_client_that_was_closed_is_a_failure(office: Office) -> None:
    failures: list[Exception] = []

    def closed() -> RESTClient:
        raise StoppedError("the client is closed")

    manager = office.manager(clock=ManualClock(), connect=closed, on_failed=failures.append)
    with manager:
        wait_until(lambda: bool(failures))

    assert str(failures[0]) == "the client is closed"


def test_a_bootstrap_certificate_is_current_until_the_first(office: Office) -> None:
    clock, store = ManualClock(), MemoryStore()
    bootstrap = issued(clock)
    manager = office.manager(clock=clock, store=store, bootstrap=bootstrap)
    assert manager.current is bootstrap

    with office.signer.serving(SIGNER), manager:
        own = manager.wait(WAIT)
    assert own is not bootstrap
    assert manager.current is store.current() is own


def test_a_certificate_of_the_store_goes_before_a_bootstrap_certificate(office: Office) -> None:
    clock = ManualClock()
    kept = issued(clock)
    manager = office.manager(clock=clock, store=MemoryStore(kept), bootstrap=issued(clock))

    assert manager.current is kept


def test_credentials_are_the_token_until_there_is_a_certificate(office: Office) -> None:
    manager = office.manager(clock=ManualClock())
    token = Credentials(token="bootstrap")
    credentials = manager.credentials(until_then=StaticCredentials(token))
    assert credentials.current() is token
    assert not credentials.refresh(token)

    with office.signer.serving(SIGNER), manager:
        pair = manager.wait(WAIT)
    assert credentials.current() == pair.credentials
    assert credentials.current() is credentials.current()
    assert credentials.refresh(token)
    assert not credentials.refresh(credentials.current())


def test_credentials_without_anything_say_so(office: Office) -> None:
    credentials = office.manager(clock=ManualClock()).credentials()

    with pytest.raises(ConfigError, match="no client certificate yet"):
        credentials.current()


def test_who_waits_too_long_is_told_why(office: Office) -> None:
    failures: list[Exception] = []
    rest = RESTClient(Answering(office.cluster, answer(403, "Forbidden")))
    manager = office.manager(
        clock=ManualClock(), connect=lambda: nullcontext(rest), on_failed=failures.append
    )
    with manager:
        wait_until(lambda: bool(failures))
        with pytest.raises(SigningTimeoutError) as caught:
            manager.wait(0.01)

    assert str(caught.value) == f"there is no certificate after 0.01 s: {failures[0]}"
    assert caught.value.__cause__ is failures[0]


def test_stopping_ends_what_it_waits_for(office: Office) -> None:
    manager = office.manager(clock=ManualClock())
    manager.start()
    office.until_asked()
    wait_until(lambda: office.cluster.open_watches == 1)
    manager.stop()

    wait_until(lambda: office.cluster.open_watches == 0)
    with pytest.raises(StoppedError):
        manager.wait()


def test_it_starts_once(office: Office) -> None:
    manager = office.manager(clock=ManualClock())
    with manager, pytest.raises(RuntimeError, match="started before"):
        manager.start()

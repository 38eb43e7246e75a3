"""The faults of the cluster in memory are those that a client meets in production."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest

from kubewright import AlreadyExistsError, ConflictError, NotFoundError, ObjectMeta
from kubewright.errors import (
    ConnectionLostError,
    ExpiredError,
    ForbiddenError,
    InternalServerError,
    KubeError,
    RefusedError,
    RequestTimeoutError,
    ServiceUnavailableError,
    TransportError,
)
from kubewright.meta_v1 import Status
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster, ManualClock, WatchFrame, faults
from kubewright.testing.reactions import EventReactor, Reactor
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap

WATCH = Request("GET", "/api/v1/configmaps", [("watch", "true")])
GONE = Status(status="Failure", code=410, reason="Expired", message="too old")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(skips_waits=True)


@pytest.fixture
def cluster(clock: ManualClock) -> FakeCluster:
    return FakeCluster(clock=clock, rand=lambda: 0.0)


def _create(cluster: FakeCluster, name: str = "a") -> ConfigMap:
    maps = Clientset(cluster.rest).core_v1.config_maps("default")
    return maps.create(ConfigMap(metadata=ObjectMeta(name=name)))


def _names(cluster: FakeCluster) -> list[str]:
    return [m.metadata.name for m in Clientset(cluster.unrecorded).core_v1.config_maps.list()]


@pytest.mark.parametrize(
    ("fault", "error", "text"),
    [
        (faults.conflict(), ConflictError, "Operation cannot be fulfilled"),
        (faults.already_exists(), AlreadyExistsError, 'configmaps "a" already exists'),
        (faults.not_found(), NotFoundError, 'configmaps "a" not found'),
        (faults.forbidden("not yours"), ForbiddenError, "is forbidden: not yours"),
        (faults.internal_error("disk"), InternalServerError, "disk"),
        (faults.unavailable(), ServiceUnavailableError, "unable to handle"),
        (faults.error(507), KubeError, "fail with 507"),
        (faults.refused_connection(), RefusedError, "refused"),
        (faults.lost_connection(), ConnectionLostError, "reset"),
        (faults.timeout(), RequestTimeoutError, "time out"),
    ],
)
def test_a_fault_is_an_error_of_the_client_and_nothing_is_written(
    cluster: FakeCluster, fault: Reactor, error: type[KubeError], text: str
) -> None:
    cluster.react("create", "configmaps", fault, times=1)

    with pytest.raises(error, match=text):
        _create(cluster)
    assert _names(cluster) == []
    _create(cluster)


@pytest.mark.parametrize(
    "fault", [faults.too_many_requests(retry_after=7), faults.unavailable(retry_after=7)]
)
def test_the_client_tries_again_when_the_server_says_so(
    cluster: FakeCluster, clock: ManualClock, fault: Reactor
) -> None:
    cluster.react("*", "configmaps", fault, times=2)

    _create(cluster)

    assert (len(cluster.actions), clock.waits) == (3, [7.0, 7.0])


def test_a_lost_answer_is_one_of_a_write_that_took_place(cluster: FakeCluster) -> None:
    cluster.react("create", "configmaps", faults.lost_answer(), times=1)

    with pytest.raises(TransportError) as caught:
        _create(cluster)

    assert caught.value.may_have_reached
    assert _names(cluster) == ["a"]


def test_a_delay_is_measured_by_the_clock(cluster: FakeCluster, clock: ManualClock) -> None:
    cluster.react("create", "configmaps", faults.delay(30, clock=cluster.clock))
    before = clock.monotonic()

    _create(cluster)

    assert clock.monotonic() - before == 30


def test_a_delay_beyond_the_timeout_of_the_call_fails_it(
    cluster: FakeCluster, clock: ManualClock
) -> None:
    cluster.react("list", "configmaps", faults.delay(30, clock=clock))

    with pytest.raises(RequestTimeoutError, match="no answer in 5 s"):
        Clientset(cluster.rest).core_v1.config_maps("default").list(timeout=5)


def _frames(cluster: FakeCluster) -> Iterator[str]:
    """Watch without healing, so that what the server sends is what is seen."""
    stream = cluster.stream(WATCH, read_timeout=5)

    def read() -> Iterator[str]:
        for line in stream.lines():
            event: Any = msgspec.json.decode(line)
            obj = event["object"]
            yield f"{event['type']} {obj.get('reason') or obj['metadata']['name']}"

    return read()


@pytest.mark.parametrize(
    ("reactor", "expected"),
    [
        (lambda: faults.repeat_events, ["ADDED a", "ADDED a", "ADDED b", "ADDED b"]),
        (lambda: faults.drop_events, []),
        (lambda: faults.late_events(1), ["ADDED a"]),
    ],
    ids=["repeated", "dropped", "late"],
)
def test_events_are_changed_on_their_way(
    cluster: FakeCluster, reactor: Callable[[], EventReactor], expected: list[str]
) -> None:
    events = _frames(cluster)
    with cluster.react_to_events("configmaps", reactor()):
        _create(cluster, "a")
        _create(cluster, "b")
    _create(cluster, "c")
    cluster.end_watches()

    assert list(events) == [*expected, "ADDED c"]


def test_a_stalled_watch_gets_all_of_it_later(cluster: FakeCluster) -> None:
    events = _frames(cluster)
    cluster.stall_watches()
    _create(cluster, "a")
    cluster.resume_watches()

    assert next(events) == "ADDED a"


def test_what_changes_events_and_fails_ends_its_own_watch_alone(cluster: FakeCluster) -> None:
    first, second = cluster.stream(WATCH), cluster.stream(WATCH)

    def fail(frame: WatchFrame) -> Iterable[WatchFrame]:
        reaction.close()
        raise LookupError("of the test")

    reaction = cluster.react_to_events("configmaps", fail)
    _create(cluster, "a")

    assert b'"name":"a"' in next(second.lines())
    with pytest.raises(LookupError, match="of the test"):
        next(first.lines())


def test_a_watch_that_ended_while_it_was_stalled_ends_when_it_goes_on(cluster: FakeCluster) -> None:
    stream = cluster.stream(WATCH)
    cluster.stall_watches()
    _create(cluster, "a")
    cluster.end_watches(broken=True)
    cluster.resume_watches()
    seen: list[str] = []

    def read() -> None:
        with pytest.raises(ConnectionLostError):
            seen.extend("frame" for _ in stream.lines())
        seen.append("lost")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(5)

    assert seen[-1:] == ["lost"]


def test_a_stalled_watch_is_silent(cluster: FakeCluster, clock: ManualClock) -> None:
    stream = cluster.stream(WATCH, read_timeout=60)
    cluster.stall_watches()
    _create(cluster, "a")
    failures: list[KubeError] = []

    def read() -> None:
        try:
            next(stream.lines())
        except KubeError as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while not failures and reader.is_alive():
        clock.advance(60)
    reader.join(10)

    assert [type(error) for error in failures] == [RequestTimeoutError]


def test_a_watch_is_told_of_an_error(cluster: FakeCluster) -> None:
    events = _frames(cluster)
    cluster.fail_watches(GONE)

    assert list(events) == ["ERROR Expired"]
    assert cluster.open_watches == 0


def test_a_watch_is_refused(cluster: FakeCluster) -> None:
    cluster.react("watch", "configmaps", lambda action: GONE)

    with pytest.raises(ExpiredError):
        cluster.rest.stream(WATCH)


def test_a_watch_breaks_before_its_first_event(cluster: FakeCluster) -> None:
    cluster.react("watch", "configmaps", faults.lost_answer())

    with pytest.raises(ConnectionLostError):
        _frames(cluster)
    assert cluster.open_watches == 0

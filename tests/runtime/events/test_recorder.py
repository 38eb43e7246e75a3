"""A program tells events and goes on; the server hears of them as well as it can."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kubewright import ObjectMeta
from kubewright.errors import ConnectionLostError, RequestError
from kubewright.events import EventLimits, EventRecorder, ObjectReference, reference_to
from kubewright.events.recorder import EventApi
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap
from tests.support.patience import wait_until
from tests.support.scripted import FakeClock, status

WAIT = 10.0
SITE = ConfigMap(metadata=ObjectMeta(name="site", namespace="shop", uid="7"))


class Told:
    """A cluster that hears events, over a transport that may fail."""

    def __init__(self, api: EventApi = "auto", limits: EventLimits | None = None) -> None:
        self.cluster = FakeCluster()
        self.cs = Clientset(self.cluster.rest)
        self.clock = FakeClock()
        self.failures: list[Exception | Response] = []
        self.lost = 0  # so many answers get lost
        self.sent: list[Request] = []
        self.before: Callable[[Request], object] = lambda _: None
        self.recorder = EventRecorder(
            RESTClient(self, max_retries=0),
            component="tester",
            instance="tester-1",
            api=api,
            limits=limits,
            clock=self.clock,
            rand=lambda: 0.5,
        )

    def send(self, request: Request) -> Response:
        self.before(request)
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        response = self.cluster.send(request)
        self.sent.append(request)
        if self.lost:
            self.lost -= 1
            raise ConnectionLostError("reset")
        return response

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Any:
        raise AssertionError("events need no streams")

    def close(self) -> None:
        pass

    def tell(self, message: str = "it is there", count: int = 1) -> None:
        for _ in range(count):
            self.recorder.event(SITE, "Deployed", message)

    def core(self) -> list[dict[str, Any]]:
        assert self.recorder.close(WAIT)
        return [each.to_wire() for each in self.cs.core_v1.events("shop").list()]

    def series(self) -> list[dict[str, Any]]:
        assert self.recorder.close(WAIT)
        return [each.to_wire() for each in self.cs.events_v1.events("shop").list()]


def refused(code: int, reason: str, **more: Any) -> Response:
    return Response(code, {}, json.dumps(status(code, reason, **more)).encode())


def test_an_event_says_what_happened_to_what() -> None:
    told = Told()
    told.recorder.event(SITE, "Deployed", "é" * 600, type="Warning", action="Deploy", related=SITE)

    (event,) = told.series()
    assert event["regarding"] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "site",
        "namespace": "shop",
        "uid": "7",
    }
    assert event["related"] == event["regarding"]
    assert (event["type"], event["reason"], event["action"]) == ("Warning", "Deployed", "Deploy")
    assert event["note"] == "é" * 512
    assert (event["reportingController"], event["reportingInstance"]) == ("tester", "tester-1")
    assert event["eventTime"].endswith("Z")
    assert len(event["eventTime"]) == len("2026-01-01T00:00:00.000000Z")


class TestOldForm:
    def test_repetitions_are_counted_in_one_event(self) -> None:
        told = Told("core")
        told.tell(count=3)

        (event,) = told.core()
        assert (event["count"], event["message"]) == (3, "it is there")
        assert event["source"]["component"] == "tester"
        assert event["involvedObject"]["name"] == "site"

    def test_an_event_that_vanished_is_made_again(self) -> None:
        told = Told("core")
        told.tell()
        sent = threading.Event()

        def delete(request: Request) -> None:
            if request.method == "PATCH" and not sent.is_set():
                sent.set()
                told.cs.core_v1.events("shop").delete_collection()

        told.before = delete
        told.tell()

        (event,) = told.core()
        assert (sent.is_set(), event["count"]) == (True, 2)

    def test_what_has_no_namespace_is_told_in_default(self) -> None:
        told = Told("core")
        node = ObjectReference(api_version="v1", kind="Node", name="n1")
        told.recorder.event(node, "Ready", "it is")
        assert told.recorder.close(WAIT)

        (event,) = told.cs.core_v1.events("default").list()
        assert event.involved_object.name == "n1"

    @pytest.mark.parametrize("api", ["core", "auto"])
    def test_its_limits_may_be_others(self, api: EventApi) -> None:
        told = Told(api, EventLimits(burst=2))
        told.failures = [refused(404, "NotFound")] * (api == "auto")
        told.tell(count=5)

        (event,) = told.core()
        assert event["count"] == 2


class TestSeries:
    def test_the_second_one_begins_a_series_and_the_end_tells_its_length(self) -> None:
        told = Told()
        told.tell(count=5)

        (event,) = told.series()
        assert event["series"]["count"] == 5
        assert [r.method for r in told.cluster.requests if "events" in r.path][:3] == [
            "POST",
            "PATCH",
            "PATCH",
        ]

    def test_one_alone_is_no_series(self) -> None:
        told = Told()
        told.tell()

        (event,) = told.series()
        assert "series" not in event

    def test_where_the_api_is_missing_the_old_form_is_told(self) -> None:
        told = Told()
        told.failures = [refused(404, "NotFound")]
        told.tell(count=2)

        (event,) = told.core()
        assert event["count"] == 2

    def test_a_missing_namespace_is_no_missing_api(self) -> None:
        told = Told()
        details = {"name": "shop", "kind": "namespaces"}
        told.failures = [refused(404, "NotFound", details=details)]
        told.tell(count=2)

        (event,) = told.series()
        assert event["series"]["count"] == 2

    def test_a_series_that_is_over_does_not_go_on(self) -> None:
        told = Told()
        told.tell(count=2)
        wait_until(lambda: len(told.sent) == 2)
        told.clock.advance(361)()
        told.tell()

        assert sorted(len(each.get("series", {})) for each in told.series()) == [0, 2]

    def test_the_length_of_a_series_is_told_at_the_end_though_its_begin_was_not(self) -> None:
        told = Told()
        told.tell()
        wait_until(lambda: len(told.sent) == 1)
        told.failures = [ConnectionLostError("reset")] * 12
        told.tell()

        (event,) = told.series()
        assert event["series"]["count"] == 2


@pytest.mark.parametrize("api", ["core", "events"])
class TestNames:
    def test_an_object_may_have_a_name_that_no_event_can_have(self, api: EventApi) -> None:
        told = Told(api)
        role = ObjectReference(
            api_version="rbac.authorization.k8s.io/v1", kind="ClusterRole", name="system:node"
        )
        told.recorder.event(role, "Bound", "it is")
        assert told.recorder.close(WAIT)

        assert len(told.cs.core_v1.events("default").list()) == 1

    def test_two_in_the_same_instant_are_two(self, api: EventApi) -> None:
        told = Told(api)
        told.recorder.event(SITE, "Deployed", "m")
        told.recorder.event(SITE, "Removed", "m")

        assert sorted(each["reason"] for each in told.core()) == ["Deployed", "Removed"]


@pytest.mark.parametrize("api", ["core", "events"])
def test_annotations_are_told(api: EventApi) -> None:
    told = Told(api)
    told.recorder.event(SITE, "Deployed", "m", annotations={"example.com/run": "7"})

    (event,) = told.core()
    assert event["metadata"]["annotations"] == {"example.com/run": "7"}


class TestLostAnswers:
    """The server has done what it was asked, and the answer does not come."""

    @pytest.mark.parametrize("message", ["it is there", "another"])
    def test_to_the_first_of_the_old_form(self, message: str) -> None:
        told = Told("core")
        told.lost = 1
        told.tell()
        told.tell(message)

        counts = sorted(each["count"] for each in told.core())
        assert counts == ([2] if message == "it is there" else [1, 1])

    def test_to_a_repetition_of_the_old_form(self) -> None:
        told = Told("core")
        told.tell()
        wait_until(lambda: len(told.sent) == 1)
        told.lost = 1
        told.tell(count=2)

        (event,) = told.core()
        assert event["count"] == 3

    def test_to_the_first_of_a_series(self) -> None:
        told = Told()
        told.lost = 1
        told.tell(count=3)

        (event,) = told.series()
        assert event["series"]["count"] == 3

    def test_an_object_with_an_odd_name_has_one_event_all_the_same(self) -> None:
        told = Told("core")
        told.lost = 2
        role = ObjectReference(api_version="v1", kind="ConfigMap", name="a:b", namespace="shop")
        told.recorder.event(role, "Bound", "it is")

        assert len(told.core()) == 1


class TestFailures:
    def test_a_refusal_is_final(self, caplog: pytest.LogCaptureFixture) -> None:
        told = Told("core")
        told.failures = [refused(403, "Forbidden", message="no")]
        told.tell("first")
        told.tell("second")

        (event,) = told.core()
        assert event["message"] == "second"
        assert caplog.messages == ["the server refused an event: no"]

    def test_no_answer_is_tried_again_after_a_while(self) -> None:
        told = Told("core")
        told.failures = [ConnectionLostError("reset")] * 3
        told.tell()

        assert len(told.core()) == 1
        assert told.clock.waits == [5.0, 10.0, 10.0]

    def test_after_twelve_attempts_it_is_lost(self, caplog: pytest.LogCaptureFixture) -> None:
        told = Told("core")
        told.failures = [ConnectionLostError("reset")] * 12
        told.tell()

        assert told.core() == []
        assert len(told.clock.waits) == 11
        assert caplog.messages == ["an event is lost after 12 attempts"]

    def test_a_slow_server_makes_nobody_wait(self, caplog: pytest.LogCaptureFixture) -> None:
        told = Told("core")
        go, busy = threading.Event(), threading.Event()

        def hang(_: Request) -> None:
            busy.set()
            go.wait(WAIT)

        told.before = hang
        told.tell()
        assert busy.wait(WAIT)
        told.tell(count=1003)
        go.set()

        assert told.recorder.dropped == 3
        assert caplog.messages == [
            "1 events were dropped: the server is slow",
            "2 events were dropped: the server is slow",
        ]
        assert told.recorder.close(WAIT)


class TestClose:
    def test_without_events_there_is_no_thread(self) -> None:
        before = threading.active_count()
        told = Told()

        assert threading.active_count() == before
        assert told.recorder.close()

    def test_what_comes_afterwards_is_dropped(self) -> None:
        told = Told()
        told.tell()
        assert told.recorder.close(WAIT)
        told.tell()

        assert told.recorder.dropped == 1
        assert not [t for t in threading.enumerate() if t.name == "events of tester"]

    def test_it_does_not_wait_for_ever(self) -> None:
        told = Told("core")
        go = threading.Event()
        told.before = lambda _: go.wait(WAIT)
        told.tell()

        assert not told.recorder.close(0.05)
        go.set()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((SITE, "R", "m", "Bad"), ValueError, "Normal or Warning, not 'Bad'"),
        ((SITE, "", "m", "Normal"), ValueError, "needs a reason"),
        ((None, "R", "m", "Normal"), RequestError, "None is no object"),
    ],
)
def test_wrong_use_is_an_error_at_once(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    obj, reason, text, kind = arguments
    with pytest.raises(error, match=message):
        Told().recorder.event(obj, reason, text, type=kind)


def test_a_component_is_needed() -> None:
    with pytest.raises(ValueError, match="name of its component"):
        EventRecorder(FakeCluster().rest, component="")


def test_an_object_must_say_what_it_is() -> None:
    obj = ConfigMap.from_wire({"kind": "", "metadata": {"name": "a"}})

    with pytest.raises(RequestError, match="has no kind or no api_version"):
        reference_to(obj)

"""A probe learns which check fails; figures have client-go's names."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from kubewright.controller import Controller, HealthServer
from kubewright.schema import ObjectName
from kubewright.workqueue import PriorityQueue, RecordedMetrics
from tests.support.scripted import FakeClock


def get(server: HealthServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def controller() -> Controller:
    return Controller('my "own"', lambda _: None)


def broken() -> bool:
    raise ValueError("no lease")


def test_without_checks_it_is_healthy() -> None:
    with HealthServer() as server:
        assert get(server, "/healthz") == (200, "ok\n")


def test_a_check_that_fails_is_named() -> None:
    with HealthServer(health={"a": lambda: True, "b": lambda: False, "c": broken}) as server:
        assert get(server, "/healthz") == (
            500,
            "[+] a ok\n[-] b failed\n[-] c failed: no lease\nfailed\n",
        )


def test_a_controller_that_does_not_work_yet_is_not_ready() -> None:
    with HealthServer(controller()) as server:
        assert get(server, "/readyz?verbose") == (500, '[-] my "own" failed\nfailed\n')


def test_figures_are_there() -> None:
    one = controller()
    one.queue.add(ObjectName("shop", "a"))
    with HealthServer(one) as server:
        status, text = get(server, "/metrics")

    assert status == 200
    assert 'workqueue_depth{name="my \\"own\\""} 1\n' in text
    assert 'workqueue_adds_total{name="my \\"own\\""} 1\n' in text


def test_work_that_is_stuck_shows() -> None:
    clock = FakeClock()
    one = Controller("c", lambda _: None, clock=clock)
    one.queue.add(ObjectName("shop", "a"))
    one.queue.get()
    one.queue.add(ObjectName("shop", "a"))
    clock.advance(7)()
    with HealthServer(one) as server:
        _, text = get(server, "/metrics")

    assert 'workqueue_unfinished_work_seconds{name="c"} 7.0\n' in text
    assert 'workqueue_longest_running_processor_seconds{name="c"} 7.0\n' in text
    assert 'workqueue_depth{name="c"} 1\n' in text
    assert 'workqueue_queue_duration_seconds_count{name="c"} 1\n' in text


def test_figures_of_a_queue_that_was_given_are_those_that_it_has() -> None:
    metrics = RecordedMetrics()
    one = Controller("c", lambda _: None, queue=PriorityQueue[ObjectName](metrics=metrics))
    one.queue.add(ObjectName("shop", "a"))
    other = Controller("d", lambda _: None, queue=PriorityQueue[ObjectName]())
    with HealthServer(one, other) as server:
        _, text = get(server, "/metrics")

    assert 'workqueue_adds_total{name="c"} 1\n' in text
    assert 'workqueue_adds_total{name="d"}' not in text
    assert 'controller_active_workers{name="d"} 0\n' in text


@pytest.mark.parametrize("path", ["/", "/other", "/healthz/x"])
def test_other_pages_are_not_found(path: str) -> None:
    with HealthServer() as server:
        assert get(server, path)[0] == 404

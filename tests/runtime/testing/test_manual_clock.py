"""A clock that the test moves: for the cluster, its watches and whoever waits."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from kubewright import ObjectMeta
from kubewright._clock import StopToken
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster, ManualClock
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap

START = datetime(2026, 5, 4, tzinfo=UTC)


def test_it_stands_until_it_is_moved() -> None:
    clock = ManualClock(start=START)
    before = clock.monotonic()

    clock.advance(90)

    assert clock.monotonic() - before == 90
    assert clock.now() == datetime(2026, 5, 4, 0, 1, 30, tzinfo=UTC)


def test_a_thread_that_waits_goes_on_when_its_time_has_come() -> None:
    clock = ManualClock()
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(clock.wait(10)))
    thread.start()
    clock.until_waiting()

    clock.advance(9)
    early = list(results)
    clock.advance(1)
    thread.join(10)

    assert (early, results, clock.waits) == ([], [False], [10])


def test_waits_are_skipped_where_nobody_would_advance() -> None:
    clock = ManualClock(start=START, skips_waits=True)
    stop = StopToken()

    assert clock.wait(60, stop) is False
    assert clock.now() == datetime(2026, 5, 4, 0, 1, tzinfo=UTC)

    stop.stop()
    assert clock.wait(60, stop) is True
    assert clock.now() == datetime(2026, 5, 4, 0, 1, tzinfo=UTC)


def test_objects_are_made_at_the_time_of_the_clock() -> None:
    cluster = FakeCluster(clock=ManualClock(start=START))
    maps = Clientset(cluster.rest).core_v1.config_maps("default")

    made = maps.create(ConfigMap(metadata=ObjectMeta(name="a")))

    assert made.metadata.creation_timestamp == START


@pytest.mark.parametrize("seconds", [30, 300])
def test_a_watch_ends_when_the_clock_says_so(seconds: int) -> None:
    clock = ManualClock()
    cluster = FakeCluster(clock=clock)
    query = [("watch", "true"), ("timeoutSeconds", str(seconds))]
    stream = cluster.stream(Request("GET", "/api/v1/pods", query))
    lines: list[bytes] = []
    thread = threading.Thread(target=lambda: lines.extend(stream.lines()))
    thread.start()

    clock.advance(seconds)
    thread.join(10)

    assert (thread.is_alive(), lines) == (False, [])


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_time_does_not_go_back(seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot be advanced"):
        ManualClock().advance(seconds)

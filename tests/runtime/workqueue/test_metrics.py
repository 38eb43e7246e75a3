"""The figures of a queue are those of client-go, and are up to date when they are asked for."""

from __future__ import annotations

import pytest

from kubewright.workqueue import (
    DelayingQueue,
    ExponentialLimiter,
    RateLimitingQueue,
    RecordedMetrics,
    WorkQueue,
)
from tests.support.scripted import FakeClock


@pytest.fixture
def metrics() -> RecordedMetrics:
    return RecordedMetrics()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_what_comes_again_while_it_is_worked_on_counts_as_waiting(
    metrics: RecordedMetrics, clock: FakeClock
) -> None:
    queue = WorkQueue[str](metrics=metrics, clock=clock)
    depths: list[int] = []
    for step in (
        lambda: queue.add("a"),
        lambda: queue.get(0),
        lambda: queue.add("a"),
        lambda: queue.add("b"),
        lambda: queue.get(0),
        lambda: queue.done("a"),
        lambda: queue.get(0),
    ):
        step()
        depths.append(metrics.items)

    assert depths == [1, 0, 1, 2, 1, 1, 0]


def test_work_that_is_stuck_shows(metrics: RecordedMetrics, clock: FakeClock) -> None:
    queue = WorkQueue[str](metrics=metrics, clock=clock)
    queue.add("a")
    queue.add("b")
    queue.get(0)
    clock.advance(3)()
    queue.get(0)
    clock.advance(4)()
    queue.report()

    assert (metrics.unfinished_seconds, metrics.longest_seconds) == (11.0, 7.0)


def test_work_that_has_ended_is_stuck_no_more(metrics: RecordedMetrics, clock: FakeClock) -> None:
    queue = WorkQueue[str](metrics=metrics, clock=clock)
    queue.add("a")
    queue.get(0)
    clock.advance(3)()
    queue.report()
    queue.done("a")
    queue.report()

    assert (metrics.unfinished_seconds, metrics.longest_seconds) == (0.0, 0.0)


def test_without_metrics_there_is_nothing_to_report() -> None:
    WorkQueue[str]().report()


def test_adding_for_later_is_a_retry_for_whatever_reason(
    metrics: RecordedMetrics, clock: FakeClock
) -> None:
    queue = DelayingQueue[str](metrics=metrics, clock=clock)
    queue.add("a")
    queue.add_after("b", 0)
    queue.add_after("c", 5)
    queue.shut_down()
    queue.add_after("d", 0)

    assert metrics.retries == 2


def test_a_failure_is_one_retry(metrics: RecordedMetrics, clock: FakeClock) -> None:
    limiter = ExponentialLimiter[str](0.0, 0.0)
    queue = RateLimitingQueue[str](limiter, metrics=metrics, clock=clock)
    queue.add_rate_limited("a")

    assert (metrics.retries, metrics.adds) == (1, 1)

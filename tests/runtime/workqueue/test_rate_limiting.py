"""Items that fail come again, later each time; those that succeed are forgotten."""

from __future__ import annotations

import logging
import threading

import pytest

from kubewright.testing import ManualClock
from kubewright.workqueue import ExponentialLimiter, RateLimitingQueue, RecordedMetrics

WAIT = 10.0


def test_failures_make_an_item_wait_longer() -> None:
    clock = ManualClock()
    metrics = RecordedMetrics()
    queue = RateLimitingQueue[str](ExponentialLimiter[str](1.0, 60.0), clock=clock, metrics=metrics)
    queue.add_rate_limited("a")
    clock.until_waiting()
    clock.advance(1)
    item = queue.get(WAIT)
    queue.done(item)
    queue.add_rate_limited("a")
    clock.until_waiting()
    clock.advance(1.9)

    assert (len(queue), queue.num_requeues("a"), metrics.retries) == (0, 2, 2)
    queue.shut_down()


def test_processing_repeats_what_fails_and_forgets_what_succeeds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = RateLimitingQueue[str](ExponentialLimiter[str](0.001, 0.001))
    attempts: list[str] = []

    def work(item: str) -> None:
        attempts.append(item)
        if len(attempts) < 3:
            raise ValueError("not yet")
        queue.shut_down()

    queue.add("a")
    worker = threading.Thread(target=queue.process, args=[work])
    with caplog.at_level(logging.CRITICAL):
        worker.start()
        worker.join(WAIT)

    assert (attempts, queue.num_requeues("a"), queue.processing) == (["a"] * 3, 0, 0)

"""Supervised work goes on after an exception, until it is told to stop."""

from __future__ import annotations

import logging
import threading

import pytest

from kubewright._clock import StopToken
from kubewright._threads import SupervisedThread
from tests.support.scripted import FakeClock


def test_work_that_fails_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    attempts: list[str] = []

    def work() -> None:
        attempts.append(threading.current_thread().name)
        if len(attempts) < 3:
            raise ValueError("a bug")

    thread = SupervisedThread("worker", work, stop=StopToken(), clock=clock)
    with caplog.at_level(logging.CRITICAL):
        thread.start()
        ended = thread.join(10)

    assert (ended, attempts, len(clock.waits)) == (True, ["worker"] * 3, 2)


def test_stopped_work_is_not_started_again() -> None:
    stop = StopToken()
    attempts: list[int] = []

    def work() -> None:
        attempts.append(1)
        stop.stop()
        raise ValueError("a bug")

    thread = SupervisedThread("worker", work, stop=stop, clock=FakeClock())
    thread.start()

    assert (thread.join(10), attempts) == (True, [1])


def test_a_thread_does_not_wait_for_itself() -> None:
    ended: list[bool] = []
    thread = SupervisedThread("worker", lambda: ended.append(thread.join(10)), stop=StopToken())
    thread.start()
    thread.join(10)

    assert ended == [False]

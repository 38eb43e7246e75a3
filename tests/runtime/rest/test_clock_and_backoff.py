"""Time, stopping and growing waits."""

from __future__ import annotations

import threading

import pytest

from kubewright._backoff import Backoff, BackoffPolicy, jittered
from kubewright._clock import StopToken, SystemClock
from tests.runtime.rest.fakes import FakeClock

POLICY = BackoffPolicy(initial=1.0, maximum=5.0, factor=2.0, jitter=0.0, reset_after=60.0)


def test_waits_grow_to_the_maximum() -> None:
    backoff = Backoff(POLICY, clock=FakeClock())

    assert [backoff.next() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_reset_starts_again() -> None:
    backoff = Backoff(POLICY, clock=FakeClock())
    backoff.next()
    backoff.next()
    backoff.reset()

    assert backoff.next() == 1.0


def test_long_pause_starts_again() -> None:
    clock = FakeClock()
    backoff = Backoff(POLICY, clock=clock)
    waits: list[float] = []
    for pause in (60.0, 60.1, 0.0):
        waits.append(backoff.next())
        clock.time += pause
    waits.append(backoff.next())

    assert waits == [1.0, 2.0, 1.0, 2.0]


@pytest.mark.parametrize(("random", "expected"), [(0.0, 10.0), (0.5, 15.0), (1.0, 20.0)])
def test_jitter_only_makes_longer(random: float, expected: float) -> None:
    assert jittered(10.0, 1.0, rand=lambda: random) == expected


def test_stop_wakes_those_who_wait() -> None:
    stop = StopToken()
    waiting = threading.Thread(target=stop.wait, args=(10,), daemon=True)
    waiting.start()
    stop.stop()
    waiting.join(5)

    assert (waiting.is_alive(), stop.is_stopped, SystemClock().wait(10, stop)) == (
        False,
        True,
        True,
    )


def test_callbacks_are_called_once_and_late_ones_at_once() -> None:
    stop = StopToken()
    calls: list[str] = []
    stop.on_stop(lambda: calls.append("early"))
    forget = stop.on_stop(lambda: calls.append("forgotten"))
    forget()
    stop.stop()
    stop.stop()
    stop.on_stop(lambda: calls.append("late"))

    assert calls == ["early", "late"]

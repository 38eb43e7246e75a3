"""A clock that stands until a test moves it, and knows who waits."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from kubewright._clock import StopToken

__all__ = ["ManualClock"]

_LIMIT = 10.0  # seconds of real time; the limit of a hang


class ManualClock:
    """Time passes only by `advance`; threads that wait are woken by it."""

    def __init__(self) -> None:
        self._time = 1000.0
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, StopToken | None]] = []

    def monotonic(self) -> float:
        return self._time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._time, UTC)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        forget = None if stop is None else stop.on_stop(self._wake)
        with self._changed:
            wait = self._time + seconds, stop
            self._waiting.append(wait)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._goes_on(wait), _LIMIT)
            self._waiting.remove(wait)
        if forget is not None:
            forget()
        return stop is not None and stop.is_stopped

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._changed:
            self._time += seconds
            self._changed.notify_all()

    def until_waiting(self, threads: int = 1) -> None:
        """Wait until so many threads wait for what has not come."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: sum(map(self._goes_on, self._waiting)) >= threads, _LIMIT
            )

    def _goes_on(self, wait: tuple[float, StopToken | None]) -> bool:
        until, stop = wait
        return self._time < until and not (stop is not None and stop.is_stopped)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

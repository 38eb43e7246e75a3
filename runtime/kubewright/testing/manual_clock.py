"""A clock that stands until a test moves it, and knows who waits.

client-go: ``k8s.io/utils/clock/testing.FakeClock``.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from kubewright._clock import StopToken

__all__ = ["ManualClock"]

_LIMIT = 10.0  # seconds of real time; the limit of a hang
_START = datetime(2026, 1, 1, tzinfo=UTC)


class ManualClock:
    """Time passes only by `advance`; threads that wait are woken by it.

    A test of one thread has nobody to advance the clock while the program waits: with
    ``skips_waits=True`` a wait moves the time itself and returns at once.

    Attributes:
        waits: how long the program wanted to wait, each time, in seconds.
    """

    def __init__(self, *, start: datetime = _START, skips_waits: bool = False) -> None:
        """Begin at a time of day.

        Args:
            start: with a time zone.
            skips_waits: see above.
        """
        self.waits: list[float] = []
        self._skips_waits = skips_waits
        self._time = start.timestamp()
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, StopToken | None]] = []
        self._callbacks: dict[object, Callable[[], None]] = {}

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        return self._time

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.fromtimestamp(self._time, UTC)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        """Wait until that much time was made to pass, or stopped; return whether it was stopped."""
        self.waits.append(seconds)
        if self._skips_waits:
            if stop is None or not stop.is_stopped:
                self.advance(max(seconds, 0.0))
            return stop is not None and stop.is_stopped
        forget = None if stop is None else stop.on_stop(self._wake)
        with self._changed:
            wait = self._time + seconds, stop
            self._waiting.append(wait)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._goes_on(wait))
            self._waiting.remove(wait)
        if forget is not None:
            forget()
        return stop is not None and stop.is_stopped

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake who waited for it.

        Raises:
            ValueError: time cannot pass like that: it would go back, or never end.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a clock cannot be advanced by {seconds} seconds")
        with self._changed:
            self._time += seconds
            self._changed.notify_all()
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()

    def on_advance(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call a function after each advance; return one that takes the registration back."""
        key = object()
        with self._changed:
            self._callbacks[key] = callback
        return lambda: self._forget(key)

    def until_waiting(self, threads: int = 1) -> None:
        """Wait until so many threads wait for what has not come.

        Raises:
            TimeoutError: they do not within ten real seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._who_waits() >= threads, _LIMIT):
                raise TimeoutError(f"{self._who_waits()} of {threads} threads wait for the clock")

    def _who_waits(self) -> int:
        return sum(map(self._goes_on, self._waiting))

    def _goes_on(self, wait: tuple[float, StopToken | None]) -> bool:
        until, stop = wait
        return self._time < until and not (stop is not None and stop.is_stopped)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _forget(self, key: object) -> None:
        with self._changed:
            self._callbacks.pop(key, None)

"""Time and the wish to stop, as objects that a test can put others in the place of.

client-go: ``k8s.io/utils/clock`` and the ``context.Context`` that ends a loop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["SYSTEM_CLOCK", "Clock", "StopToken", "SystemClock"]


class StopToken:
    """Tells loops in other threads to end; once stopped, it stays so."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next_id = 0

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._event.is_set()

    def stop(self) -> None:
        """Wake all that wait, and call what was registered, in this thread, once."""
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            callback()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for that long, or until stopped; return whether it is stopped."""
        return self._event.wait(seconds)

    def on_stop(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call the function when stopped, at once if that was before.

        Args:
            callback: must be quick and must not raise: it runs in the thread that stops.

        Returns:
            A function that takes the registration back.
        """
        with self._lock:
            if not self._event.is_set():
                key = self._next_id
                self._next_id += 1
                self._callbacks[key] = callback
                return lambda: self._forget(key)
        callback()
        return _nothing

    def _forget(self, key: int) -> None:
        with self._lock:
            self._callbacks.pop(key, None)


class Clock(Protocol):
    """Where code that waits or measures gets its time from."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        ...

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        """Let that much time pass, or less if stopped; return whether it was stopped."""
        ...


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        """Let that much time pass, or less if stopped; return whether it was stopped."""
        if stop is not None:
            return stop.wait(max(seconds, 0.0))
        time.sleep(max(seconds, 0.0))
        return False


SYSTEM_CLOCK = SystemClock()


def _nothing() -> None:
    pass

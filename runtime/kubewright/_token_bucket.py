"""So many at a time, and so many a second in the long run.

client-go: ``util/flowcontrol`` and ``golang.org/x/time/rate``.
"""

from __future__ import annotations

import threading

from kubewright._clock import Clock

__all__ = ["TokenBucket"]


class TokenBucket:
    """Tells how long each has to wait; for many threads."""

    def __init__(self, rate: float, burst: int, clock: Clock) -> None:
        """Start with a full bucket.

        Args:
            rate: tokens a second.
            burst: tokens in a full bucket.
            clock: measures.

        Raises:
            ValueError: either is not above zero.
        """
        if rate <= 0 or burst <= 0:
            raise ValueError("a rate and a burst are above zero")
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        self._tokens = self._burst
        self._counted = clock.monotonic()
        self._lock = threading.Lock()

    def take(self, *, at_most: float | None = None) -> float | None:
        """Take a token; return after how many seconds it is there.

        Args:
            at_most: seconds; ``None`` is returned, and no token taken, when it is longer.
        """
        with self._lock:
            now = self._clock.monotonic()
            self._tokens = min(self._tokens + (now - self._counted) * self._rate, self._burst)
            self._counted = now
            seconds = max((1.0 - self._tokens) / self._rate, 0.0)
            if at_most is not None and seconds > at_most:
                return None
            self._tokens -= 1.0
            return seconds
